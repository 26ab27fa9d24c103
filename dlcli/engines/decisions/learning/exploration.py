"""How actions are chosen while they are learnt: greedy, ε-greedy, optimistic, softmax, by upper bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, share

#: Way of choosing -> what it does.
WAYS = {
    "greedy": "The action that seems best, always.",
    "epsilon-greedy": "The action that seems best, and with probability E any: E from 0 to 1 (0.1).",
    "optimistic": "Greedy, with Q as first guess for every action (5): what disappoints is left for others.",
    "softmax": "Any action, as likely as exp(Q/T): the temperature T above 0 (1) flattens or sharpens.",
    "ucb": "The largest Q + C · √(ln t / N): actions tried N of t times get a bonus of weight C (2).",
}

#: Way -> the number behind its name when none is typed.
USUAL = {"greedy": 0.0, "epsilon-greedy": 0.1, "optimistic": 5.0, "softmax": 1.0, "ucb": 2.0}


def falling(value: float, decay: float, least: float, episodes: int) -> Array:
    """A number that is multiplied by ``decay`` after each episode, until it is ``least`` (E+1,).

    >>> falling(0.5, 0.5, 0.2, 3)
    array([0.5 , 0.25, 0.2 , 0.2 ])
    """
    factors = np.full(episodes + 1, decay)
    factors[0] = value
    found: Array = np.multiply.accumulate(factors)
    return np.maximum(found, least) if least else found


@dataclass(frozen=True)
class Fall:
    """What a step size is multiplied by after each episode, and the least that it falls to.

    Raises ``EngineError`` for numbers outside of [0, 1].
    """

    decay: float = 1.0
    least: float = 0.0

    def __post_init__(self) -> None:
        share("the factor of alpha", self.decay)
        share("the least alpha", self.least)

    def sizes(self, alpha: float | None, episodes: int) -> list[float] | list[None]:
        """The step size of each episode, and of the one after them; None where it is one over the visits.

        >>> Fall(0.5, 0.2).sizes(0.5, 3), Fall().sizes(None, 1)
        ([0.5, 0.25, 0.2, 0.2], [None, None])
        """
        if alpha is None:
            return [None] * (episodes + 1)
        found: list[float] = falling(alpha, self.decay, min(self.least, alpha), episodes).tolist()
        return found


#: A step size that stays as it is.
STEADY = Fall()


@dataclass(frozen=True)
class Exploration:
    """A way to choose actions, one of ``WAYS``, with its number, which is multiplied after each episode.

    ``value`` is ε, the temperature τ, the weight c of the bonus, or the first guess of who is optimistic and
    then greedy; greedy has none. ``decay`` from 0 to 1 is what ε, τ or c is multiplied with when an episode
    has ended, until it is ``least``.

    Raises ``EngineError`` for a way that does not exist, and for numbers out of range.

    >>> Exploration("softmax", 0.5, decay=0.5).values(2)
    array([0.5  , 0.25 , 0.125])
    >>> Exploration("epsilon-greedy", 1.0, 0.5, least=0.3).values(3)
    array([1. , 0.5, 0.3, 0.3])

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, sections 2.2, 2.6, 2.7 and, for softmax,
    13.1.
    """

    name: str = "epsilon-greedy"
    value: float = 0.1
    decay: float = 1.0
    least: float = 0.0

    def __post_init__(self) -> None:
        if self.name not in WAYS:
            raise EngineError(f"there is no way to explore {self.name!r}; there are {', '.join(WAYS)}")
        if self.name == "epsilon-greedy":
            share("epsilon", self.value)
        elif self.name == "softmax" and not 0 < self.value < np.inf:
            raise EngineError(f"temperature expects a number above 0; received {self.value:g}")
        elif self.name == "ucb" and not 0 <= self.value < np.inf:
            raise EngineError(f"c expects a number from 0 on; received {self.value:g}")
        elif not np.isfinite(self.value):
            raise EngineError(f"the first guess expects a finite number; received {self.value:g}")
        share("decay", self.decay)
        if not 0 <= self.least <= max(self.value, 0.0):
            told = f"the least number of {self.name} expects one from 0 to {self.value:g}"
            raise EngineError(f"{told}; received {self.least:g}")

    def first(self, initial: float) -> float:
        """The first guess for every action: ``initial``, unless it is a part of this way to explore."""
        return self.value if self.name == "optimistic" else initial

    def values(self, episodes: int) -> Array:
        """ε, τ or c in each of so many episodes, and in the one after them (E+1,); never quite 0 of τ."""
        fallen = falling(self.value, self.decay, self.least, episodes)
        return np.maximum(fallen, np.finfo(np.float64).tiny) if self.name == "softmax" else fallen


#: How actions are chosen when nothing is said of it: one in ten at random.
ONE_IN_TEN = Exploration()


def scores(explore: Exploration, q: Array, allowed: Array, seen: Array, value: Array | float) -> Array:
    """What actions are compared by (…, A): Q(s, a), and for ucb with the bonus; −inf where there is none.

    Parameters
    ----------
    q : (…, A)
        What actions seem to be worth.
    allowed : (…, A) of bool
        Which there are.
    seen : (…, A)
        How often each has been taken. Where ucb has not tried all, those that it has not are the best.
    value : (…) or float
        ε, τ or c now.

    >>> ucb = Exploration("ucb")
    >>> q, three = np.array([1.0, 0.0, 0.0]), np.ones(3, bool)
    >>> scores(ucb, q, three, np.array([4, 0, 0]), 2.0)
    array([-inf,   0.,   0.])
    >>> scores(ucb, q, three, np.array([4, 2, 1]), 2.0).round(2)
    array([2.44, 2.04, 2.88])
    """
    if explore.name != "ucb":
        return np.where(allowed, q, -np.inf)
    untried = allowed & (seen == 0)
    total = np.log(seen.sum(axis=-1, keepdims=True) + 1)
    bonus = np.sqrt(total / np.maximum(seen, 1))
    known = np.where(allowed, q + np.asarray(value)[..., None] * bonus, -np.inf)
    return np.where(untried.any(axis=-1, keepdims=True), np.where(untried, 0.0, -np.inf), known)


def weights(explore: Exploration, q: Array, allowed: Array, seen: Array, value: Array | float) -> Array:
    """How likely each action is (…, A), up to a factor: of what is best 1, for softmax exp((Q − max Q) / τ).

    Of ε-greedy it is what is done when no chance is taken. Where values are no numbers any action will do.

    >>> weights(Exploration("softmax"), np.log([1.0, 2.0, 4.0]), np.ones(3, bool), np.zeros(3), 1.0).round(4)
    array([0.25, 0.5 , 1.  ])
    """
    found = scores(explore, q, allowed, seen, value)
    with np.errstate(invalid="ignore", over="ignore"):
        if explore.name == "softmax":
            apart = (found - found.max(axis=-1, keepdims=True)) / np.asarray(value)[..., None]
            wanted = np.where(allowed, np.exp(apart), 0.0)
        else:
            wanted = (allowed & (found == found.max(axis=-1, keepdims=True))).astype(np.float64)
    good = np.isfinite(wanted).all(axis=-1, keepdims=True) & (wanted > 0).any(axis=-1, keepdims=True)
    return np.where(good, wanted, allowed)


def probabilities(explore: Exploration, q: Array, allowed: Array, seen: Array, value: Array | float) -> Array:
    """π(a|s) (…, A): how likely each action is taken; rows of 0 where there is no action.

    >>> probabilities(Exploration(), np.array([1.0, 3.0]), np.ones(2, bool), np.zeros(2), 0.1)
    array([0.05, 0.95])
    """
    wanted = weights(explore, q, allowed, seen, value)
    policy: Array = wanted / np.maximum(wanted.sum(axis=-1, keepdims=True), np.finfo(np.float64).tiny)
    if explore.name != "epsilon-greedy":
        return policy
    epsilon = np.asarray(value)[..., None]
    return (1 - epsilon) * policy + epsilon * allowed / np.maximum(allowed.sum(axis=-1, keepdims=True), 1)


def choose(
    explore: Exploration, q: Array, allowed: Array, seen: Array, value: Array, uniform: Array
) -> Array:
    """The actions that N agents take (N,), each from one number that is uniform in [0, 1).

    Equals ``choose_plain`` agent by agent. ``q``, ``allowed`` and ``seen`` are (N, A), ``value`` and
    ``uniform`` (N,); of a state without any action it is some action that nobody takes.

    >>> agents = np.tile([1.0, 3.0, 3.0], (5, 1))
    >>> uniform = np.array([0.05, 0.15, 0.25, 0.3, 0.7])
    >>> choose(Exploration(), agents, np.ones((5, 3), bool), np.zeros((5, 3)), np.full(5, 0.3), uniform)
    array([0, 1, 2, 1, 2])
    """
    wanted = weights(explore, q, allowed, seen, value)
    if explore.name == "epsilon-greedy":
        tried = uniform < value
        wanted = np.where(tried[:, None], allowed, wanted)
        with np.errstate(divide="ignore", invalid="ignore"):
            uniform = np.where(tried, uniform / value, (uniform - value) / (1 - value))
    return drawn(wanted, uniform)


def drawn(wanted: Array, uniform: Array) -> Array:
    """The place of each row (N,) in which its number, uniform in [0, 1), falls, by the weights (N, A).

    >>> drawn(np.array([[1.0, 0.0, 3.0]] * 3), np.array([0.0, 0.24, 0.25]))
    array([0, 0, 2])
    """
    total = np.cumsum(wanted, axis=1)
    at = np.minimum(uniform * total[:, -1], np.nextafter(total[:, -1], 0.0))
    found: Array = (total > at[:, None]).argmax(axis=1)
    return found


def choose_plain(
    explore: Exploration, q: Array, allowed: Array, seen: Array, value: float, uniform: float
) -> int:
    """The action that one agent takes, as the textbook has it: values, counts and flags are vectors (A,).

    >>> three = np.ones(3, bool)
    >>> choose_plain(Exploration("ucb"), np.zeros(3), three, np.array([1, 1, 0]), 2.0, 0.5)
    2
    >>> choose_plain(Exploration("softmax"), np.log([1.0, 2.0, 1.0]), three, np.zeros(3), 1.0, 0.5)
    1

    Source: Sutton and Barto, 2nd edition, section 2.2 for ε-greedy, equation 2.10 for ucb, 13.2 for softmax.
    """
    there = np.flatnonzero(allowed)
    if explore.name == "softmax":
        best = q[there].max()
        with np.errstate(invalid="ignore"):
            likely = np.exp((q[there] - best) / value)
        if not np.isfinite(likely).all():
            likely = np.ones(len(there))
        total = 0.0
        for weight in likely.tolist():
            total += weight
        reached, at = 0.0, min(uniform * total, float(np.nextafter(total, 0.0)))
        for a, weight in zip(there.tolist(), likely.tolist(), strict=True):
            reached += weight
            if reached > at:
                return int(a)
    if explore.name == "ucb":
        untried = [a for a in there.tolist() if seen[a] == 0]
        score = np.full(len(q), -np.inf)
        if untried:
            score[untried] = 0.0
        else:
            score[there] = q[there] + value * np.sqrt(np.log(seen[there].sum() + 1) / seen[there])
        return epsilon_greedy_action(score, allowed, 0.0, uniform)
    return epsilon_greedy_action(q, allowed, value if explore.name == "epsilon-greedy" else 0.0, uniform)


def epsilon_greedy_action(q: Array, allowed: Array, epsilon: float, uniform: float) -> int:
    """A best action, or with probability ε any, from one number that is uniform in [0, 1).

    >>> q, allowed = np.array([1.0, 3.0, 3.0]), np.ones(3, bool)
    >>> [epsilon_greedy_action(q, allowed, 0.3, u) for u in (0.05, 0.15, 0.25, 0.3, 0.7)]
    [0, 1, 2, 1, 2]
    """
    if uniform < epsilon:
        among, share = np.flatnonzero(allowed), uniform / epsilon
    else:
        # Of values that are no numbers none is the best: any action will do.
        best = allowed & (q == q.max())
        among, share = np.flatnonzero(best if best.any() else allowed), (uniform - epsilon) / (1 - epsilon)
    return int(among[min(int(share * len(among)), len(among) - 1)])
