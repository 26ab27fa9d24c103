"""The textbook's figures of dynamic programming: Jack's cars (4.2) and the gambler (4.3)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise

import numpy as np

from dlcli.engines.decisions.bellman import evaluate, q_values
from dlcli.engines.decisions.optimal import policy_iteration
from dlcli.engines.decisions.policy import best_actions
from dlcli.engines.decisions.sweeps import optimal_sweeps
from dlcli.tensor import Array
from dlcli.worlds import textbook_tables as book
from dlcli.worlds.cars import MOVED, cars
from dlcli.worlds.comparison import Check, check, claim, otherwise
from dlcli.worlds.gambler import GOAL, HEADS, gambler

#: What a sweep moves values by that have come to rest.
SETTLED = 1e-8


def improvements() -> Iterator[tuple[Array, Array]]:
    """The cars moved (21, 21) by each policy of policy iteration, the first moves none, and its values."""
    world = cars()
    moves, size = world.transitions, len(world.states)
    acts = np.full(size, MOVED)
    while True:
        values = evaluate(moves, np.eye(moves.n_actions)[acts], world.gamma)
        yield acts.reshape(21, 21) - MOVED, values
        better = best_actions(q_values(moves, values, world.gamma))
        kept = better[np.arange(size), acts]
        if kept.all():
            return
        acts = np.where(kept, acts, better.argmax(axis=1))


def car_policies() -> Iterator[Check]:
    """Figure 4.2: policy iteration from the policy that moves no car, and the values in the end."""
    found = list(improvements())
    moved, values = found[-1]
    told = "caption: five policies, the last is optimal"
    yield check("policies, the first one among them", len(found), book.CARS_POLICIES, 0.0, told)
    strict = [
        bool((after >= before - SETTLED).all() and (after > before + SETTLED).any())
        for (_, before), (_, after) in pairwise(found)
    ]
    yield claim("each policy is a strict improvement", all(strict), "caption")
    contours = "contours of the drawing of π₄"
    yield check("most cars to the second place, π₄", moved.max(), book.CARS_MOST, 0.0, contours)
    yield check("most cars to the first place, π₄", -moved.min(), book.CARS_BACK, 0.0, contours)
    world = cars()
    best = policy_iteration(world.transitions, world.gamma)
    yield otherwise(
        "value with no car anywhere", values[0], best.values[0], 1e-6, "begun with all actions alike"
    )
    same = (best.q[np.arange(len(best.q)), (moved + MOVED).ravel()] >= best.values - 1e-9).sum()
    yield otherwise("states of 441 in which π₄ is greedy", same, 441, 0.0, "optimality")


def bold(heads: float) -> Array:
    """The chance of reaching 100 from each capital (101,) for who stakes all that he has, or all he needs.

    No other way is better where heads come less than half of the time. Source: Dubins and Savage, How to
    gamble if you must, 1965.
    """
    values = np.zeros(GOAL + 1)
    values[GOAL] = 1.0
    for _ in range(200):  # each pass halves what is not yet known, at least
        lower = heads * values[np.arange(0, GOAL, 2)]
        values = np.concatenate([lower, heads + (1 - heads) * values[::2]])
    return values


def gambler_sweeps() -> Iterator[Check]:
    """Figure 4.3: value iteration for the gambler, whose coin shows heads with 0.4, and the final policy."""
    world = gambler()
    moves = world.transitions
    swept = dict(enumerate(islice(optimal_sweeps(moves, 1.0, in_place=True), 4)))
    best = policy_iteration(moves, 1.0)
    stakes = best.policy > 0
    yield claim("with 50 all is bet", stakes[50].argmax() == 49, "exercise 4.8")
    yield claim("with 51 not all is bet", not stakes[51, 50:].any(), "exercise 4.8")
    yield claim("the best policy is not the only one", (stakes.sum(axis=1) > 1).any(), "example 4.3")
    rising = all((swept[k + 1] >= swept[k]).all() for k in range(3))
    yield claim("values rise from sweep to sweep", rising, "the figure")
    # 0.4 with 50; from 75 it is 0.4 + 0.6 · 0.4, and from 25 it is 0.4 · 0.4 once 50 has its value.
    for sweep, capital, value in ((1, 49, 0.0), (1, 50, 0.4), (1, 75, 0.64), (2, 25, 0.16)):
        yield otherwise(f"v({capital}) after sweep {sweep}", swept[sweep][capital], value, 1e-9, "by hand")
    inner = slice(1, GOAL)
    off = float(np.abs(best.values[inner] - bold(HEADS)[inner]).max())
    yield otherwise("values less those of bold play", round(off, 12), 0.0, 1e-9, "Dubins and Savage 1965")
    owned = np.arange(1, GOAL)
    allowed = int(stakes[owned, np.minimum(owned, GOAL - owned) - 1].sum())
    yield otherwise("capitals in which bold play is best", allowed, GOAL - 1, 0.0, "Dubins and Savage 1965")
