"""The textbook's figures of blackjack: 5.1 to 5.3."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlcli.engines.decisions.bellman import evaluate
from dlcli.engines.decisions.learning.prediction import Method, predict
from dlcli.tensor import Array
from dlcli.worlds import textbook_tables as book
from dlcli.worlds.blackjack import STICK, blackjack
from dlcli.worlds.world import World

FEW, MANY = 10_000, 500_000

#: A label, our number or numbers, the book's, the tolerance, and where that comes from.
Row = tuple[str, float | Array, float | Array, float, str]


def sticking_on(least: int) -> Array:
    """The policy (S, 2) that sticks on a sum of so much or more, and hits below."""
    world = blackjack()
    policy = np.zeros((len(world.states), 2))
    for numbers in maps(world, np.arange(float(len(world.states)))):
        part = numbers.astype(np.intp)
        rows = np.arange(len(part))[:, None] >= least - 12
        stick = rows & np.ones(part.shape, bool)
        policy[part[stick], STICK] = 1.0
        policy[part[~stick], 1 - STICK] = 1.0
    return policy


def maps(world: World, values: Array) -> tuple[Array, Array]:
    """What belongs to the states (S,) as two maps (sum − 12, dealer's card − 1): soft hands, hard ones."""
    assert world.layout is not None
    soft, hard = np.split(world.layout.grid(values), 2)
    return soft, hard


def estimated_values(rng: np.random.Generator) -> Iterator[Row]:
    """Figure 5.1: first-visit Monte Carlo after 10,000 games and 500,000, beside the exact values."""
    world, policy = blackjack(), sticking_on(20)
    exact = evaluate(world.transitions, policy, 1.0)
    errors = {}
    for games in (FEW, MANY):
        (generator,) = rng.spawn(1)
        method = Method("mc", None, first_visit=True)
        found = predict(world.transitions, policy, [method], [generator], episodes=games).values[0, 0]
        errors[games] = [
            float(np.sqrt(np.mean(part * part)))
            for part in maps(world, np.where(np.isnan(found), 0, found) - exact)
        ]
    soft, hard = errors[MANY]
    yield "RMS error after 500,000 games, hard hands", hard, 0.0, 0.02, "the text: very well approximated"
    yield "RMS error after 500,000 games, soft hands", soft, 0.0, 0.06, "soft hands are rare"
    yield (
        "after 10,000 games soft ones are less certain",
        float(errors[FEW][0] > errors[FEW][1]),
        1.0,
        0.0,
        "the text",
    )
    deuce = float(exact[world.states.index("soft 13 against 2")])
    yield "soft 13 against 2, exact value", deuce, book.DEUCE, 2e-4, "100 million games differ by 0.0001"
    (soft_values, hard_values) = maps(world, exact)
    jump = float((hard_values[8] - hard_values[7]).min() > 0.3)
    yield "a jump to the rows of 20 and 21", jump, 1.0, 0.0, "exercise 5.1"
    lowest = float((hard_values[:, :1] < hard_values[:, 1:8]).all())
    yield "against an ace less than against 2 to 8", lowest, 1.0, 0.0, "exercise 5.1"
    higher = float((soft_values[:8] > hard_values[:8]).all())
    yield "soft hands below 20 are worth more", higher, 1.0, 0.0, "exercise 5.1"
