"""The textbook's walk of 1000 states with state aggregation: figures 9.1 and 9.2."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import cache

import numpy as np

from dlcli.engines.decisions.approximation.features import Groups
from dlcli.engines.decisions.approximation.prediction import LinearEstimate, estimate
from dlcli.engines.decisions.bellman import evaluate
from dlcli.engines.decisions.learning.prediction import Method
from dlcli.engines.decisions.transitions import Transitions
from dlcli.tensor import Array
from dlcli.worlds import textbook_tables as book
from dlcli.worlds.comparison import Check, check, claim, otherwise

STATES, REACH, RUNS = 1000, 100, 40


@cache
def long_walk() -> Transitions:
    """1000 states in a row: each step leads up to 100 of them to the left or right; the ends pay −1 and 1.

    States 0 and 1001 are the ends; a step beyond one of them leads there. Source: Sutton and Barto, example
    9.1.
    """
    jumps = np.concatenate([np.arange(-REACH, 0), np.arange(1, REACH + 1)])
    state = np.repeat(np.arange(1, STATES + 1), len(jumps))
    landing = np.clip(state + np.tile(jumps, STATES), 0, STATES + 1)
    pairs, counts = np.unique(state * (STATES + 2) + landing, return_counts=True)
    state, landing = np.divmod(pairs, STATES + 2)
    reward = np.where(landing == STATES + 1, 1.0, np.where(landing == 0, -1.0, 0.0))
    return Transitions.of(
        state, np.zeros(len(state), np.intp), landing, counts / len(jumps), reward,
        n_states=STATES + 2, n_actions=1, start=STATES // 2,
    )  # fmt: skip


def policy() -> Array:
    """The only thing that can be done (S, 1)."""
    return np.where(long_walk().terminal, 0.0, 1.0)[:, None]


@cache
def chain() -> tuple[Array, Array, Array]:
    """Exact values, the share of the time that is spent in each state (1000,), and P between them."""
    moves = long_walk()
    full = np.zeros((STATES + 2, STATES + 2))
    full[moves.state, moves.next] = moves.probability
    inner = full[1:-1, 1:-1]
    visits = np.linalg.solve(np.eye(STATES) - inner.T, moves.start[1:-1])
    return evaluate(moves, policy(), 1.0), visits / visits.sum(), inner


def fixed_points(groups: int) -> tuple[Array, Array, float, float]:
    """What Monte Carlo and TD converge to in groups (G,), and their errors, states weighed by their visits.

    The first is the mean of a group's values, the second solves XᵀD(I − P)X w = XᵀD r. Source: Sutton and
    Barto, equations 9.1 and 9.12.
    """
    values, share, inner = chain()
    values, moves = values[1:-1], long_walk()
    member = np.zeros((STATES, groups))
    member[np.arange(STATES), np.arange(STATES) * groups // STATES] = 1.0
    reward = np.bincount(moves.state, moves.probability * moves.reward, STATES + 2)[1:-1]
    mc = (member.T @ (share * values)) / (member.T @ share)
    td = np.linalg.solve(member.T @ (share[:, None] * (member - inner @ member)), member.T @ (share * reward))
    errors = [float(np.sqrt(share @ ((member @ weights - values) ** 2))) for weights in (mc, td)]
    return mc, td, errors[0], errors[1]


def grouped(groups: int, alpha: float | Array, runs: int) -> LinearEstimate:
    """An estimate with so many groups of states that follow each other."""
    points = np.clip((np.arange(STATES + 2) - 0.5) / STATES, 0, 1)[:, None]
    return LinearEstimate(Groups(groups, 1)(points), groups, runs, alpha=alpha, terminal=long_walk().terminal)


def learnt(method: Method, alpha: float, episodes: int, rng: np.random.Generator) -> Array:
    """The values of ten groups after some episodes, the mean of the runs (10,)."""
    one = grouped(10, alpha, RUNS)
    estimate(long_walk(), policy(), [one], rng.spawn(RUNS), method=method, episodes=episodes)
    found: Array = one.weights.mean(axis=0)
    return found


def aggregated_values(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 9.1 and the text beside it."""
    _, share, _ = chain()
    start = STATES // 2 - 1
    yield check("time in the start state, %", 100 * share[start], book.WALK_START, 0.005, "the text")
    near = 100 * share[[start - 1, start + 1]].mean()
    yield check("time in a state beside it, %", near, book.WALK_NEAR, 0.005, "the text: about 0.17")
    yield check("time in the outermost, %", 100 * share[[0, -1]].mean(), book.WALK_OUTER, 0.00005, "the text")
    yield claim("state 100 weighs over three times state 1", share[99] > 3 * share[0], "the text")
    mc, *_ = fixed_points(10)
    found = learnt(Method("mc"), 0.003, 700, rng)
    off = float(np.abs(found - mc).max())
    yield otherwise("farthest group from its fixed point", off, 0.0, 0.08, "linear equations; runs tremble")


def aggregated_steps(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 9.2: where TD comes to rest, and n-step TD by n and α over the first ten episodes."""
    _, td, near, far = fixed_points(10)
    yield claim("TD rests farther from the truth than Monte Carlo", far > near, "the text")
    found = learnt(Method("td0"), 0.03, 300, rng)
    off = float(np.abs(found - td).max())
    yield otherwise("farthest group from its fixed point", off, 0.0, 0.08, "linear equations; runs tremble")
    alphas, generators = np.arange(1, 11) / 10, rng.spawn(RUNS)
    errors = {}
    for n in (1, 2, 4, 8, 16):
        one = grouped(20, np.repeat(alphas, RUNS), RUNS * len(alphas))
        same = [deepcopy(generator) for _ in alphas for generator in generators]
        told = estimate(
            long_walk(), policy(), [one], same, method=Method("n-step", n=n), episodes=10, exact=chain()[0]
        )
        rms = told.learnt[0].rms
        assert rms is not None
        errors[n] = rms[:, 1:].mean(axis=1).reshape(len(alphas), RUNS).mean(axis=1)
    best = min(errors, key=lambda n: float(errors[n].min()))
    yield check("n with the smallest error", best, book.AGGREGATED_BEST, 0.0, "exact")
    alpha = float(alphas[errors[best].argmin()])
    yield check("its α", alpha, book.AGGREGATED_ALPHA, 0.1001, "read off the figure")
    yield check("its error", float(errors[best].min()), book.AGGREGATED_ERROR, 0.03, "read off the figure")
