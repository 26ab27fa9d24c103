"""How weights follow their gradient: one step over all of them at once, as one flat vector.

g is the gradient, p the weights, t counts steps from 1, η is the learning rate of the step:

    sgd       p ← p − η g
    momentum  v ← μ v + g;  p ← p − η v
    nesterov  v ← μ v + g;  p ← p − η (g + μ v)
    rmsprop   s ← ρ s + g²;  p ← p − η g / (√(s (1 − ρ)) + ε)
    adam      v ← β₁ v + g;  s ← β₂ s + g²;  p ← p − η v̂ / (√ŝ + ε),
              v̂ = v (1 − β₁) / (1 − β₁ᵗ), ŝ = s (1 − β₂) / (1 − β₂ᵗ)
    adamw     p ← p − η λ p first, then as adam

v and s are sums in which what is older weighs less, and (1 − β) / (1 − βᵗ) makes means of them. The papers
keep them times 1 − β, which gives the same steps and takes two passes more over all weights.

With a weight decay λ all but adamw add λ p to the gradient, as PyTorch does. ε is 1e-7, Keras' number.

Sources: Polyak, 1964; Sutskever et al., 2013; Hinton, Neural networks for machine learning, lecture 6e, 2012;
Kingma and Ba, Adam, 2015, algorithm 1; Loshchilov and Hutter, Decoupled weight decay regularization, 2019.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, DType
from dlcli.nets.layers.base import UnknownName

#: Weights that are moved together: with all that belongs to them they stay in a processor's own memory.
BLOCK = 1 << 15

#: What a dead unit leaves in the memory of an optimiser fades to numbers with which a processor is ten times
#: slower: after so many steps what is less than so many times the smallest plain number becomes 0.
SWEEP, NOTHING = 64, 1e8

#: The learning rate of each where none is asked for.
RATES = {"sgd": 0.01, "momentum": 0.01, "nesterov": 0.01, "rmsprop": 0.001, "adam": 0.001, "adamw": 0.001}

#: The vectors that each keeps.
SLOTS: dict[str, tuple[str, ...]] = {
    "sgd": (), "momentum": ("velocity",), "nesterov": ("velocity",), "rmsprop": ("squares",),
    "adam": ("velocity", "squares"), "adamw": ("velocity", "squares"),
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """An optimiser by its name, with its numbers."""

    name: str = "adam"
    momentum: float = 0.9
    beta_1: float = 0.9
    beta_2: float = 0.999
    rho: float = 0.9
    epsilon: float = 1e-7
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        if self.name not in SLOTS:
            raise UnknownName("optimizer", self.name, tuple(SLOTS))


class Optimiser:
    """A rule at work on weights of ``size`` numbers; ``slots`` are what it remembers from step to step.

    >>> weights = np.array([1.0])
    >>> optimiser = Optimiser(Rule("momentum"), 1, np.dtype(np.float64))
    >>> for _ in range(2):
    ...     optimiser.step(weights, np.array([1.0]), 0.1)
    >>> weights
    array([0.71])
    """

    def __init__(self, rule: Rule, size: int, dtype: DType) -> None:
        self.rule = rule
        self.steps = 0
        self.slots = {name: np.zeros(size, dtype) for name in SLOTS[rule.name]}
        self._nothing = float(np.finfo(dtype).tiny) * NOTHING
        self._a, self._b = np.empty(BLOCK, dtype), np.empty(BLOCK, dtype)

    @property
    def finite(self) -> bool:
        """Whether all that it remembers are finite numbers."""
        return all(np.isfinite(slot).all() for slot in self.slots.values())

    def step(self, weights: Array, gradient: Array, rate: float) -> None:
        """Move the weights, in place, by one step."""
        self.steps += 1
        for begin in range(0, weights.size, BLOCK):
            part = slice(begin, begin + BLOCK)
            slots = {name: slot[part] for name, slot in self.slots.items()}
            self._move(weights[part], gradient[part], rate, slots)
        if self.steps % SWEEP == 0:
            for slot in self.slots.values():
                slot[np.abs(slot) < self._nothing] = 0

    def _move(self, weights: Array, gradient: Array, rate: float, slots: dict[str, Array]) -> None:
        """The step of some weights."""
        rule, a, b, one = self.rule, self._a[: weights.size], self._b[: weights.size], weights.dtype.type
        if rule.weight_decay and rule.name == "adamw":
            weights *= one(1 - rate * rule.weight_decay)
        elif rule.weight_decay:
            np.multiply(weights, one(rule.weight_decay), out=b)
            gradient = np.add(gradient, b, out=b)
        match rule.name:
            case "sgd":
                np.multiply(gradient, one(rate), out=a)
            case "momentum" | "nesterov":
                velocity = slots["velocity"]
                velocity *= one(rule.momentum)
                velocity += gradient
                if rule.name == "nesterov":
                    np.multiply(velocity, one(rule.momentum), out=a)
                    a += gradient
                    a *= one(rate)
                else:
                    np.multiply(velocity, one(rate), out=a)
            case "rmsprop":
                self._by_squares(gradient, gradient, slots["squares"], rule.rho, 1 - rule.rho, rate)
            case _:
                velocity = slots["velocity"]
                velocity *= one(rule.beta_1)
                velocity += gradient
                mean = (1 - rule.beta_1) / (1 - rule.beta_1**self.steps)
                share = (1 - rule.beta_2) / (1 - rule.beta_2**self.steps)
                self._by_squares(velocity, gradient, slots["squares"], rule.beta_2, share, rate * mean)
        weights -= a

    def _by_squares(
        self, way: Array, gradient: Array, squares: Array, keep: float, share: float, rate: float
    ) -> None:
        """a ← rate way / (√(share s) + ε), s ← keep s + g² before: with c = √share one division does."""
        a, one, c = self._a[: way.size], way.dtype.type, math.sqrt(share)
        squares *= one(keep)
        squares += np.multiply(gradient, gradient, out=a)
        np.sqrt(squares, out=a)
        a += one(self.rule.epsilon / c)
        np.divide(way, a, out=a)
        a *= one(rate / c)


def clip(gradient: Array, most: float | None) -> float:
    """Scale a gradient down, in place, where its length is more than ``most``; returns the length it had.

    Without a ``most`` it is measured alone.

    >>> g = np.array([3.0, 4.0])
    >>> clip(g, 1.0), g
    (5.0, array([0.6, 0.8]))

    Source: Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks, 2013.
    """
    length = math.sqrt(float(np.dot(gradient, gradient)))
    if most is not None and length > most:
        gradient *= gradient.dtype.type(most / length)
    return length
