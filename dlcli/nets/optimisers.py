"""How weights follow their gradient: one step over all of them at once, as one flat vector.

g is the gradient, p the weights, t counts steps from 1, η is the learning rate of the step:

    sgd       p ← p − η g
    momentum  v ← μ v + g;  p ← p − η v
    nesterov  v ← μ v + g;  p ← p − η (g + μ v)
    rmsprop   s ← ρ s + (1 − ρ) g²;  p ← p − η g / (√s + ε)
    adam      m ← β₁ m + (1 − β₁) g;  s ← β₂ s + (1 − β₂) g²;  p ← p − η m̂ / (√ŝ + ε),
              m̂ = m / (1 − β₁ᵗ), ŝ = s / (1 − β₂ᵗ)
    adamw     p ← p − η λ p first, then as adam

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

#: The learning rate of each where none is asked for.
RATES = {"sgd": 0.01, "momentum": 0.01, "nesterov": 0.01, "rmsprop": 0.001, "adam": 0.001, "adamw": 0.001}

#: The vectors that each keeps.
SLOTS: dict[str, tuple[str, ...]] = {
    "sgd": (), "momentum": ("velocity",), "nesterov": ("velocity",), "rmsprop": ("square",),
    "adam": ("mean", "square"), "adamw": ("mean", "square"),
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
        self._a, self._b = np.empty(size, dtype), np.empty(size, dtype)

    def step(self, weights: Array, gradient: Array, rate: float) -> None:
        """Move the weights, in place, by one step."""
        self.steps += 1
        rule, a, one = self.rule, self._a, weights.dtype.type
        if rule.weight_decay and rule.name == "adamw":
            weights *= one(1 - rate * rule.weight_decay)
        elif rule.weight_decay:
            np.multiply(weights, one(rule.weight_decay), out=self._b)
            gradient = np.add(gradient, self._b, out=self._b)
        match rule.name:
            case "sgd":
                weights -= np.multiply(gradient, one(rate), out=a)
            case "momentum" | "nesterov":
                velocity = self.slots["velocity"]
                velocity *= one(rule.momentum)
                velocity += gradient
                if rule.name == "nesterov":
                    np.multiply(velocity, one(rule.momentum), out=a)
                    a += gradient
                    a *= one(rate)
                else:
                    np.multiply(velocity, one(rate), out=a)
                weights -= a
            case "rmsprop":
                square = self.slots["square"]
                self._towards(square, np.multiply(gradient, gradient, out=a), 1 - rule.rho)
                np.sqrt(square, out=a)
                a += one(rule.epsilon)
                np.divide(gradient, a, out=a)
                a *= one(rate)
                weights -= a
            case _:
                self._adam(weights, gradient, rate)

    def _adam(self, weights: Array, gradient: Array, rate: float) -> None:
        """One step of Adam: √ŝ + ε = (√s + ε c) / c with c = √(1 − β₂ᵗ), so that one division does."""
        rule, a, one = self.rule, self._a, weights.dtype.type
        mean, square = self.slots["mean"], self.slots["square"]
        np.subtract(gradient, mean, out=a)
        a *= one(1 - rule.beta_1)
        mean += a
        self._towards(square, np.multiply(gradient, gradient, out=a), 1 - rule.beta_2)
        c = math.sqrt(1 - rule.beta_2**self.steps)
        np.sqrt(square, out=a)
        a += one(rule.epsilon * c)
        np.divide(mean, a, out=a)
        a *= one(rate * c / (1 - rule.beta_1**self.steps))
        weights -= a

    def _towards(self, kept: Array, new: Array, share: float) -> None:
        """kept ← kept + share (new − kept); ``new`` is overwritten."""
        new -= kept
        new *= kept.dtype.type(share)
        kept += new


def clip(gradient: Array, most: float) -> float:
    """Scale a gradient down, in place, where its length is more than ``most``; returns the length it had.

    >>> g = np.array([3.0, 4.0])
    >>> clip(g, 1.0), g
    (5.0, array([0.6, 0.8]))

    Source: Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks, 2013.
    """
    length = math.sqrt(float(np.dot(gradient, gradient)))
    if length > most:
        gradient *= gradient.dtype.type(most / length)
    return length
