"""Semi-gradient prediction: w ← w + α [target − v(s, w)] ∇v(s, w), one step of experience at a time.

The gradient is that of the estimate alone: the target, which is made of the same weights, counts as given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, share
from dlcli.engines.decisions.approximation.features import Active
from dlcli.engines.decisions.episodes import Episodes
from dlcli.engines.decisions.learning.backups import Backups
from dlcli.engines.decisions.learning.learning_curve import rms_error
from dlcli.engines.decisions.learning.prediction import Method
from dlcli.engines.decisions.transitions import Transitions
from dlcli.engines.decisions.walk import Moves, Walkers

#: Episodes of all runs that are held at once.
GROUP = 4096


@dataclass(frozen=True, eq=False)
class Updated:
    """One update: v of the state ``before`` and ``after``, v ``ahead`` at the follower, target and error.

    ``step`` is the step of the experience whose state was updated, ``steep`` the length of ∇v there.
    """

    step: int
    state: int
    follower: int
    reward: float
    discount: float
    ahead: float
    target: float
    before: float
    delta: float
    after: float
    steep: float


class Estimate(Protocol):
    """What estimates the values of S states in R runs."""

    @property
    def size(self) -> int:
        """How many numbers one run learns."""

    def values(self, runs: Array) -> Array:
        """v of all states in some of the runs (r, S)."""

    def look(self, runs: Array, states: Array) -> Array:
        """v of a state in each of some runs (r,)."""

    def move(self, runs: Array, states: Array, delta: Array) -> None:
        """Move the weights of these runs along ∇v of their states, by the errors (r,)."""

    def steep(self, run: int, state: int) -> float:
        """The length of ∇v of a state in a run."""


class LinearEstimate:
    """v(s) = Σ wᵢ xᵢ(s) with weights (R, P) that begin with one number for every feature.

    ``alpha``, a number or one for each run (R,), is the share of an error that one update takes away on
    average over the states: the step size of the weights is alpha / mean of Σ xᵢ². With tile coding that is
    alpha / tilings; with one feature for each state, alpha. ``initial`` is the first guess of every value.

    Source: Sutton and Barto, 2nd edition, equation 9.19 for the step size.
    """

    def __init__(
        self,
        active: Active,
        size: int,
        runs: int,
        *,
        alpha: float | Array,
        terminal: Array,
        initial: float = 0.0,
    ) -> None:
        self.size, self.active = size, Active(active.index, active.value * ~terminal[:, None])
        inner = active.value[~terminal]
        self.step = np.broadcast_to(alpha / (inner**2).sum(axis=1).mean(), (runs,))
        self.weights = np.zeros((runs, size))
        if initial and (inner == 1).all():
            self.weights += initial / inner.shape[1]
        elif initial:  # the bias
            self.weights[:, 0] = initial

    def values(self, runs: Array) -> Array:
        found: Array = np.einsum("rsk,sk->rs", self.weights[runs][:, self.active.index], self.active.value)
        return found

    def look(self, runs: Array, states: Array) -> Array:
        chosen = self.weights[runs[:, None], self.active.index[states]]
        found: Array = (chosen * self.active.value[states]).sum(axis=1)
        return found

    def move(self, runs: Array, states: Array, delta: Array) -> None:
        change = (self.step[runs] * delta)[:, None] * self.active.value[states]
        self.weights[runs[:, None], self.active.index[states]] += change

    def steep(self, run: int, state: int) -> float:
        return float(np.linalg.norm(self.active.value[state]))


@dataclass(frozen=True, eq=False)
class Estimated:
    """What one estimate learnt in R runs of E episodes: ``values`` (R, S), ``rms`` (R, E+1).

    ``size`` is how many numbers it learns. ``rms`` is None where the exact values are not known.
    """

    size: int
    values: Array
    rms: Array | None


@dataclass(frozen=True, eq=False)
class Estimates:
    """What several estimates learnt from the same episodes, whose ``steps`` and ``returns`` are (R, E)."""

    learnt: tuple[Estimated, ...]
    steps: Array
    returns: Array
    cut: int


def estimate(
    transitions: Transitions,
    policy: Array,
    estimates: Sequence[Estimate],
    generators: Sequence[np.random.Generator],
    *,
    method: Method,
    episodes: int,
    gamma: float = 1.0,
    exact: Array | None = None,
    limit: int = 10_000,
    seen: Callable[[Updated], bool] | None = None,
) -> Estimates:
    """Learn the values of a policy by each of the estimates, all from the same episodes of R runs.

    Parameters
    ----------
    transitions, policy : Transitions, (S, A)
        The world, and what is done in it.
    estimates : sequence of Estimate
        What learns, each for R runs and S states.
    generators : sequence of numpy.random.Generator
        One for each run.
    method : Method
        What targets are made of: td0, n-step or mc. Its step size is the estimates' own.
    episodes, gamma, exact, limit
        As for ``learning.predict``.
    seen : function of an update, optional
        Is told of every update of the first estimate in the first run; once it says so, all ends.

    >>> from dlcli.engines.decisions.approximation.features import Active
    >>> chain = Transitions.of([0, 1], [0, 0], [1, 2], [1, 1], [0, 1], n_states=3, n_actions=1)
    >>> table = Active(np.arange(3)[:, None], np.ones((3, 1)))
    >>> one = LinearEstimate(table, 3, 1, alpha=0.5, terminal=chain.terminal)
    >>> learnt = estimate(chain, np.ones((3, 1)), [one], [np.random.default_rng(0)],
    ...                   method=Method("td0"), episodes=2)
    >>> learnt.learnt[0].values
    array([[0.25, 0.75, 0.  ]])

    Raises ``EngineError`` for a method that there is no such update for, and for a gamma outside of [0, 1].

    Source: Sutton and Barto, 2nd edition, the boxes of sections 9.3 and 9.4.
    """
    if method.name not in ("td0", "n-step", "mc") or method.batch:
        raise EngineError(f"approximation is there for td0, n-step and mc; received {method.name}")
    share("gamma", gamma)
    moves, runs = Moves.of(transitions, policy), np.arange(len(generators))
    counted = ~transitions.terminal
    curves: list[list[Array]] = [[] for _ in estimates]
    if exact is not None:
        for one, curve in zip(estimates, curves, strict=True):
            curve.append(rms_error(one.values(runs), exact, counted)[:, None])
    steps, returns, cut, done = [], [], 0, 0
    block = max(1, GROUP // len(runs))
    while done < episodes:
        count = min(block, episodes - done)
        happened = Walkers(moves, count, len(runs), limit).walk(generators)
        steps.append(happened.lengths.reshape(len(runs), -1))
        returns.append(happened.first_returns(gamma).reshape(len(runs), -1))
        cut += int(happened.cut.sum())
        backups = method.backups(happened, gamma)
        for place, (one, curve) in enumerate(zip(estimates, curves, strict=True)):
            told = _learn(one, backups, happened, exact, counted, seen if place == 0 else None)
            if told is None:
                break
            curve.append(told)
        done += count
        if told is None:
            break
    learnt = tuple(
        Estimated(one.size, one.values(runs), None if exact is None else np.concatenate(curve, axis=1))
        for one, curve in zip(estimates, curves, strict=True)
    )
    return Estimates(learnt, np.concatenate(steps, axis=1), np.concatenate(returns, axis=1), cut)


def _learn(
    one: Estimate,
    backups: Backups,
    seen: Episodes,
    exact: Array | None,
    counted: Array,
    told: Callable[[Updated], bool] | None,
) -> Array | None:
    """Make the updates of all runs beside each other; the RMS error after each episode (R, E).

    None where ``told`` has had enough.
    """
    counts = np.diff(backups.offsets)
    runs, each = len(counts), len(seen.lengths) // len(counts)
    order = np.argsort(-counts, kind="stable")
    beside = np.searchsorted(-counts[order], -np.arange(int(counts.max())), side="left")
    state, follower = backups.state, backups.follower
    reward, discount = backups.reward, backups.discount
    episode = seen.episode[backups.step]
    last = np.append(episode[1:] != episode[:-1], True)
    last[backups.offsets[1:] - 1] = True
    curve = np.full((runs, each), np.nan)
    for i, active in enumerate(beside.tolist()):
        r = order[:active]
        b = backups.offsets[r] + i
        s = state[b]
        ahead, before = one.look(r, follower[b]), one.look(r, s)
        target = reward[b] + discount[b] * ahead
        delta = target - before
        mine = np.flatnonzero(r == 0) if told is not None else r[:0]
        steep = one.steep(0, int(s[mine[0]])) if mine.size else 0.0
        one.move(r, s, delta)
        if told is not None and mine.size:
            k = int(mine[0])
            after = float(one.look(r[k : k + 1], s[k : k + 1])[0])
            moved = Updated(
                int(backups.step[b[k]]), int(s[k]), int(follower[b[k]]), float(reward[b[k]]),
                float(discount[b[k]]), float(ahead[k]), float(target[k]), float(before[k]), float(delta[k]),
                after, steep,
            )  # fmt: skip
            if told(moved):
                return None
        if exact is not None and (ends := last[b]).any():
            error = rms_error(one.values(r[ends]), exact, counted)
            curve[r[ends], episode[b[ends]] % each] = error
    return curve
