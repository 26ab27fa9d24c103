"""Policies: how likely each action is in each state."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.graph import staying, steps_to
from dlcli.engines.decisions.transitions import TOLERANCE, Labels, Transitions

#: How far below the best an action may be, relative to the size of the values, and still be as good.
TIED = 1e-12


def random_policy(transitions: Transitions) -> Array:
    """Every action that a state has, equally likely: (S, A), rows of 0 for terminal states.

    >>> two = Transitions.of([0, 0], [0, 1], [1, 1], [1, 1], [5, 0], n_states=2, n_actions=2)
    >>> random_policy(two)
    array([[0.5, 0.5],
           [0. , 0. ]])
    """
    return equal_shares(transitions.allowed)


def equal_shares(chosen: Array) -> Array:
    """The actions that are ``chosen`` (S, A) of bool, equally likely: rows of 0 where none is."""
    return chosen / np.maximum(chosen.sum(axis=1, keepdims=True), 1)


def best_actions(q: Array) -> Array:
    """Which actions are best in each state (S, A) of bool, all of those that are tied.

    ``q`` is nan where a state has no such action. Values that differ by less than ``TIED`` of the largest
    are the same number computed in two ways.

    >>> best_actions(np.array([[1.0, 1 + 1e-15, 0.5], [np.nan, np.nan, np.nan]]))
    array([[ True,  True, False],
           [False, False, False]])
    """
    known = np.where(np.isnan(q), -np.inf, q)
    best = known.max(axis=1, keepdims=True, initial=-np.inf)
    scale = np.abs(np.where(np.isfinite(known), known, 0.0)).max(initial=1.0)
    return (known >= best - TIED * scale) & np.isfinite(known)


def proper_actions(transitions: Transitions, q: Array, gamma: float) -> Array:
    """Those of the best actions (S, A) of bool of which any choice earns what they promise.

    Discounted, that is all of them. Undiscounted, an action may be worth as much as another and lead round in
    a circle for ever: of those that may, only what has a chance to come nearer to an end, counted in steps
    back from the ends through best actions, or to a place worth nothing where one can stay for nothing.

    Here one may step to and fro between 0 and 1, or go from 1 to an end that pays:

    >>> way = Transitions.of([0, 1, 1], [0, 0, 1], [1, 0, 2], [1, 1, 1], [0, 0, 5], n_states=3, n_actions=2)
    >>> q = np.array([[5, np.nan], [5, 5], [np.nan, np.nan]])
    >>> proper_actions(way, q, 1.0)
    array([[ True, False],
           [False,  True],
           [False, False]])

    Source: Bertsekas and Tsitsiklis, An analysis of stochastic shortest path problems, 1991.
    """
    best, moves = best_actions(q), transitions
    if gamma < 1 or not (best.sum(axis=1) > 1).any():
        return best
    taken = best[moves.state, moves.action]
    state, next = moves.state[taken], moves.next[taken]
    # A place worth nothing from which no best action leads to an end: whoever waits there keeps his nothing.
    worth = np.where(best, q, 0.0).sum(axis=1) / np.maximum(best.sum(axis=1), 1)
    scale = np.abs(worth).max(initial=1.0)
    nothing = (np.abs(worth) <= TIED * scale) & (steps_to(moves.terminal, state, next) < 0)
    waiting = staying(moves, best & moves.free & nothing[:, None], moves.terminal)
    goal = moves.terminal | waiting.any(axis=1)
    far = steps_to(goal, state, next)
    nearer = np.zeros_like(best)
    comes = taken & (far[moves.next] >= 0) & (far[moves.next] < far[moves.state])
    nearer[moves.state[comes], moves.action[comes]] = True
    circling = staying(moves, best & ~goal[:, None], np.zeros_like(goal)) & (far >= 0)[:, None]
    return np.where(goal[:, None], waiting, best & (nearer | ~circling))


def single_best(transitions: Transitions, q: Array) -> Array:
    """The policy (S, A) that takes a best action, the first of several that are tied: nobody dithers.

    >>> way = Transitions.of([0, 0], [0, 1], [1, 1], [1, 1], [4, 4], n_states=2, n_actions=2)
    >>> single_best(way, np.array([[4.0, 4.0], [np.nan, np.nan]]))
    array([[1., 0.],
           [0., 0.]])
    """
    single = np.zeros(q.shape)
    rows = np.flatnonzero(~transitions.terminal)
    single[rows, np.nanargmax(q[rows], axis=1)] = 1.0
    return single


def greedy_policy(q: Array) -> Array:
    """The best actions of each state, equally likely where several are tied: (S, A).

    >>> greedy_policy(np.array([[1.0, 3.0], [2.0, 2.0]]))
    array([[0. , 1. ],
           [0.5, 0.5]])
    """
    return equal_shares(best_actions(q))


def epsilon_greedy(q: Array, epsilon: float) -> Array:
    """The best actions with probability 1 − ε, and any action with ε: (S, A).

    >>> epsilon_greedy(np.array([[1.0, 3.0]]), 0.1)
    array([[0.05, 0.95]])
    """
    return (1 - epsilon) * greedy_policy(q) + epsilon * equal_shares(~np.isnan(q))


def checked_policy(
    policy: Array,
    transitions: Transitions,
    states: Sequence[str] | None = None,
    actions: Sequence[str] | None = None,
) -> Array:
    """The policy (S, A) in float64, when it is one of this world.

    Raises ``EngineError``, with the names of state and action, for another shape, for numbers that are no
    probabilities, for an action that the state does not have, and for rows that do not add up to 1.
    """
    shape = (transitions.n_states, transitions.n_actions)
    if policy.shape != shape:
        raise EngineError(f"a policy of this world is {shape} (state, action); received {policy.shape}")
    policy, name = policy.astype(np.float64), Labels(states, actions)
    wrong = np.argwhere(~(np.isfinite(policy) & (policy >= 0)))
    if wrong.size:
        s, a = wrong[0]
        raise EngineError(f"the policy takes {name.pair(s, a)} with probability {policy[s, a]:g}")
    missing = np.argwhere((policy > 0) & ~transitions.allowed)
    if missing.size:
        s, a = missing[0]
        there = [name.action(b) for b in np.flatnonzero(transitions.allowed[s]).tolist()]
        has = f"it has {', '.join(there)}" if there else "it is terminal"
        raise EngineError(f"the policy takes {name.pair(s, a)}, which has none: {has}")
    sums = policy.sum(axis=1)
    off = np.flatnonzero(~transitions.terminal & (np.abs(sums - 1) > TOLERANCE))
    if off.size:
        s = int(off[0])
        raise EngineError(f"the policy's probabilities in {name.state(s)} add up to {sums[s]:.10g}, not to 1")
    return policy
