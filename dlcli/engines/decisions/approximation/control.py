"""Semi-gradient control: an agent whose action values are weighted sums of features.

q(s, a) = Σ wᵢ xᵢ(s) with weights of its own for every action, w ← w + α [target − q(s, a)] x(s).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, share
from dlcli.engines.decisions.approximation.acting import Experience
from dlcli.engines.decisions.approximation.features import Features

RULES = ("sarsa", "expected-sarsa", "q-learning")


@dataclass(frozen=True, eq=False)
class ActionUpdate:
    """One update of an action value: what happened, q of all actions here and ahead, target and error.

    ``worth`` is what the next state was taken to be worth, ``after`` the value that came out.
    """

    step: Experience
    q: Array
    ahead: Array
    worth: float
    target: float
    delta: float
    after: float


class LinearAgent:
    """SARSA, expected SARSA or Q-learning with features, ε-greedy.

    ``alpha`` is the share of an error that one update takes away: the step of the weights is alpha divided
    by Σ xᵢ². ``epsilon`` says how many actions are taken at random, falling from 1 over ``decay`` steps.

    >>> from dlcli.engines.decisions.approximation.features import Groups
    >>> agent = LinearAgent("q-learning", Groups(1, 1), 2, np.random.default_rng(0), alpha=0.5)
    >>> agent.see(Experience(np.zeros(1), 1, 4.0, np.zeros(1), True, False))
    >>> agent.q(np.zeros((1, 1)))
    array([[0., 2.]])

    Raises ``EngineError`` for a rule that is none, and for numbers out of range.

    Source: Sutton and Barto, 2nd edition, the box of section 10.1.
    """

    def __init__(
        self,
        rule: str,
        features: Features,
        n_actions: int,
        generator: np.random.Generator,
        *,
        alpha: float,
        gamma: float = 1.0,
        epsilon: float = 0.1,
        decay: int = 0,
        initial: float = 0.0,
        watched: int | None = None,
    ) -> None:
        if rule not in RULES:
            raise EngineError(f"rules with features are {', '.join(RULES)}; received {rule!r}")
        share("gamma", gamma)
        share("epsilon", epsilon)
        self.rule, self.features, self.generator = rule, features, generator
        self.alpha, self.gamma, self.epsilon, self.decay = alpha, gamma, epsilon, decay
        self.weights = np.zeros((n_actions, features.size))
        self.initial = initial
        self.updates, self.steps, self.finished = 0, 0, False
        self.watched = watched
        self._next: tuple[Array, int] | None = None
        self._known: tuple[Array, Array, Array] | None = None
        self.update: ActionUpdate | None = None

    def q(self, observed: Array) -> Array:
        """The values of all actions (n, A) for observations (n, D)."""
        active = self.features(observed)
        found: Array = np.einsum("ank,nk->na", self.weights[:, active.index], active.value)
        return found + self.initial

    def _features(self, observed: Array) -> tuple[Array, Array]:
        """The features of one observation (D,): their numbers and what they are, made once."""
        if self._known is None or self._known[0] is not observed:
            active = self.features(observed[None])
            self._known = observed, active.index[0], active.value[0]
        return self._known[1:]

    def _q(self, observed: Array) -> Array:
        """The values of all actions (A,) for one observation (D,)."""
        index, value = self._features(observed)
        found: Array = self.weights[:, index] @ value + self.initial
        return found

    def exploring(self) -> float:
        """The share of actions that are taken at random now."""
        return exploring(self.epsilon, self.decay, self.steps)

    def act(self, observed: Array) -> int:
        """An ε-greedy action: the one that SARSA has chosen already, where it did."""
        if self._next is not None and self._next[0] is observed:
            return self._next[1]
        return self._choose(self._q(observed))

    def _choose(self, q: Array) -> int:
        return tried(q, self.exploring(), self.generator.random())

    def see(self, step: Experience) -> None:
        """Move the value of the action that was taken."""
        self.steps += 1
        index, value = self._features(step.observed)
        q = self.weights[:, index] @ value + self.initial
        ahead, worth, self._next = np.zeros_like(q), 0.0, None
        if not step.ended:
            ahead = self._q(step.after)
            if self.rule == "q-learning":
                worth = float(ahead.max())
            elif self.rule == "sarsa":
                then = self._choose(ahead)
                self._next, worth = (step.after, then), float(ahead[then])
            else:
                epsilon = self.exploring()
                worth = float((1 - epsilon) * ahead.max() + epsilon * ahead.mean())
        target = step.reward + self.gamma * worth
        before = float(q[step.action])
        delta = target - before
        self.weights[step.action, index] += self.alpha / float(value @ value) * delta * value
        if self.updates == self.watched:
            after = float(self.weights[step.action, index] @ value) + self.initial
            self.update = ActionUpdate(step, q, ahead, worth, target, delta, after)
            self.finished = True
        self.updates += 1

    def best(self, observed: Array) -> Array:
        """The best actions (n,), the first of several."""
        found: Array = self.q(observed).argmax(axis=1)
        return found

    def parameters(self) -> Array:
        """The weights, flat."""
        return self.weights.reshape(-1)


def tried(q: Array, epsilon: float, uniform: float) -> int:
    """One of the best of all actions by q (A,), or with probability ε any; ``uniform`` is drawn from [0, 1).

    >>> [tried(np.array([1.0, 3.0, 3.0]), 0.3, u) for u in (0.05, 0.15, 0.25, 0.3, 0.7)]
    [0, 1, 2, 1, 2]
    """
    if uniform < epsilon:
        among, share = np.arange(len(q)), uniform / epsilon
    else:
        best = np.flatnonzero(q == q.max())
        among, share = best if len(best) else np.arange(len(q)), (uniform - epsilon) / (1 - epsilon)
    return int(among[min(int(share * len(among)), len(among) - 1)])


def exploring(epsilon: float, decay: int, steps: int) -> float:
    """The share of random actions after so many steps: from 1 down to ε in a straight line over ``decay``.

    >>> exploring(0.1, 100, 0), exploring(0.1, 100, 50), exploring(0.1, 100, 200), exploring(0.1, 0, 0)
    (1.0, 0.55, 0.1, 0.1)
    """
    if steps >= decay:
        return epsilon
    return epsilon + (1 - epsilon) * (1 - steps / decay)
