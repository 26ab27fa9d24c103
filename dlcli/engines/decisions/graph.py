"""What leads where in a world: how far it is to a goal, where one can stay, what leads round in a circle."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.transitions import Transitions

# Plain lists and loops: in a world that is one long corridor an array has one state to work on at a time.


def steps_to(goal: Array, state: Array, next: Array) -> Array:
    """The fewest steps (S,) from each state to a goal (S,) of bool, by steps (J,) from ``state`` to ``next``.

    0 at the goals, and −1 where no way leads to one.

    >>> steps_to(np.array([False, False, True, False]), np.array([0, 1, 3]), np.array([1, 2, 3]))
    array([ 2,  1,  0, -1])
    """
    before, ends = _arrivals(state, next, len(goal))
    far = np.where(goal, 0, -1).tolist()
    front = np.flatnonzero(goal).tolist()
    for s in front:  # which grows on the way
        for t in before[ends[s] : ends[s + 1]]:
            if far[t] < 0:
                far[t] = far[s] + 1
                front.append(t)
    return np.array(far, np.intp)


def no_end(transitions: Transitions, start: Array) -> bool:
    """Whether a world has ends, and no way leads to one from where ``start`` (S,) is above 0.

    >>> apart = Transitions.of([0, 1], [0, 0], [2, 1], [1, 1], [4, 1], n_states=3, n_actions=1)
    >>> no_end(apart, np.array([1, 0, 0])), no_end(apart, np.array([0, 1, 0]))
    (False, True)
    """
    moves = transitions
    far = steps_to(moves.terminal, moves.state, moves.next)
    return bool(moves.terminal.any() and (far[start > 0] < 0).all())


def staying(transitions: Transitions, actions: Array, ends: Array) -> Array:
    """Those of some ``actions`` (S, A) of bool that lead for certain to where there is such an action again.

    Whoever takes them can go on with them for ever, or has come to one of the ``ends`` (S,) of bool.

    >>> state, action, next = [0, 0, 1, 1], [0, 1, 0, 1], [1, 2, 0, 2]
    >>> way = Transitions.of(state, action, next, [1] * 4, [0] * 4, n_states=3, n_actions=2)
    >>> staying(way, way.allowed, np.zeros(3, bool))
    array([[ True, False],
           [ True, False],
           [False, False]])
    """
    moves, n_actions = transitions, transitions.n_actions
    pairs, bounds = _arrivals(moves.pair, moves.next, moves.n_states)
    kept, left = actions.ravel().tolist(), (actions.sum(axis=1) + ends).tolist()
    gone = [s for s, count in enumerate(left) if not count]
    for s in gone:  # which grows on the way
        for pair in pairs[bounds[s] : bounds[s + 1]]:
            if kept[pair]:
                kept[pair] = False
                left[pair // n_actions] -= 1
                if not left[pair // n_actions]:
                    gone.append(pair // n_actions)
    return np.array(kept, bool).reshape(actions.shape)


def components(state: Array, next: Array, n_states: int) -> tuple[Array, int]:
    """The strongly connected components: a number (S,) for each state, and how many there are.

    States of one component can be reached from each other. A component has a larger number than those to
    which it leads.

    >>> components(np.array([0, 1, 2, 2]), np.array([1, 2, 1, 3]), 4)
    (array([2, 1, 1, 0]), 3)

    Source: Tarjan, Depth-first search and linear graph algorithms, 1972.
    """
    after, ends = _arrivals(next, state, n_states)
    place = ends[:-1]  # the step of each state that is looked at next
    found, least, of = [0] * n_states, [0] * n_states, [-1] * n_states
    way: list[int] = []  # from where the search began
    open_: list[int] = []  # found, and in no component yet
    count = number = 0
    for first in range(n_states):
        if found[first]:
            continue
        way.append(first)
        while way:
            s = way[-1]
            if not found[s]:
                number += 1
                found[s] = least[s] = number
                open_.append(s)
            for k in range(place[s], ends[s + 1]):
                t = after[k]
                if not found[t]:
                    place[s] = k
                    way.append(t)
                    break
                if of[t] < 0 and least[t] < least[s]:
                    least[s] = least[t]
            else:
                way.pop()
                if least[s] == found[s]:
                    while of[s] < 0:
                        of[open_.pop()] = count
                    count += 1
    return np.array(of, np.intp), count


def narrow_order(state: Array, next: Array, n_states: int) -> Array:
    """The states (S,) of a component in an order in which steps lead to states that stand near each other.

    Level by level from one end of it, those with fewer neighbours first.

    >>> narrow_order(np.array([0, 3, 1]), np.array([3, 1, 2]), 4)
    array([2, 1, 3, 0])

    Source: Cuthill and McKee, Reducing the bandwidth of sparse symmetric matrices, 1969.
    """
    beside, ends = _arrivals(np.concatenate([state, next]), np.concatenate([next, state]), n_states)
    order = [0]
    for _ in range(2):  # the first time finds an end
        order = [order[-1]]
        seen = [False] * n_states
        seen[order[0]] = True
        for s in order:  # which grows on the way
            new = {t for t in beside[ends[s] : ends[s + 1]] if not seen[t]}
            for t in sorted(new, key=lambda t: (ends[t + 1] - ends[t], t)):
                seen[t] = True
                order.append(t)
    return np.array(order, np.intp)


def _arrivals(origin: Array, goal: Array, n_goals: int) -> tuple[list[int], list[int]]:
    """The origins of all steps by their goals: those of goal g stand from ``ends[g]`` to ``ends[g + 1]``."""
    ends = np.zeros(n_goals + 1, np.intp)
    np.cumsum(np.bincount(goal, minlength=n_goals), out=ends[1:])
    return origin[np.argsort(goal, kind="stable")].tolist(), ends.tolist()
