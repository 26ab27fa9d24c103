"""The textbook's figures of dynamic programming: Jack's cars (4.2) and the gambler (4.3)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from dlcli.engines.decisions.bellman import evaluate, q_values
from dlcli.engines.decisions.optimal import policy_iteration
from dlcli.engines.decisions.policy import best_actions
from dlcli.engines.decisions.sweeps import optimal_sweeps
from dlcli.tensor import Array
from dlcli.worlds import textbook_tables as book
from dlcli.worlds.cars import MOVED, cars
from dlcli.worlds.gambler import GOAL, HEADS, gambler

#: A label, our number or numbers, the book's, the tolerance, and where that comes from.
Row = tuple[str, float | Array, float | Array, float, str]


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


def car_policies() -> Iterator[Row]:
    """Figure 4.2: policy iteration from the policy that moves no car, and the values in the end."""
    found = list(improvements())
    moved, values = found[-1]
    yield "policies after the first, until none is better", len(found) - 1.0, book.CARS_POLICIES, 0.0, "exact"
    yield "most cars to the second place, π₄", float(moved.max()), book.CARS_MOST, 0.0, "exact"
    yield "most cars to the first place, π₄", -float(moved.min()), book.CARS_BACK, 0.0, "exact"
    yield (
        "the least value, with no car anywhere",
        float(values.min()),
        book.CARS_LEAST,
        2.0,
        "read off the axis",
    )
    yield "cars moved from 20,0", float(moved[20, 0]), float(book.CARS_MOST), 0.0, "exact"
    yield "cars moved from 0,20", float(moved[0, 20]), -float(book.CARS_BACK), 0.0, "exact"


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


def gambler_sweeps() -> Iterator[Row]:
    """Figure 4.3: value iteration for the gambler, whose coin shows heads with 0.4, and the final policy."""
    world = gambler()
    moves = world.transitions
    swept = dict(enumerate(islice(optimal_sweeps(moves, 1.0, in_place=True), 33)))
    for sweep, capital, printed in book.GAMBLER_SWEEPS:
        yield f"v({capital}) after sweep {sweep}", float(swept[sweep][capital]), printed, 1e-9, "exact"
    best = policy_iteration(moves, 1.0)
    late = round(float(np.abs(swept[32] - best.values).max()), 12)
    yield "what sweep 32 is away from the end", late, 0.0, 0.005, "the figure: one line with the last"
    inner = slice(1, GOAL)
    same = np.abs(best.values[inner] - bold(HEADS)[inner]).max()
    yield "values less those of bold play", round(float(same), 12), 0.0, 1e-9, "exact"
    least = best.policy.argmax(axis=1) + 1
    for capital, stake in book.GAMBLER_STAKES.items():
        yield f"least best stake with {capital}", float(least[capital]), float(stake), 0.0, "exact"
