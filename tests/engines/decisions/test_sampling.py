"""Draws follow the probabilities, never what cannot happen, and are the same everywhere."""

from __future__ import annotations

import numpy as np

from dlcli.engines.decisions.sampling import Chance, outcome_chance, start_chance
from dlcli.engines.decisions.transitions import Transitions

#: Two states with two actions each, and an end.
WORLD = Transitions.of(
    [0, 0, 0, 1, 1, 1], [0, 0, 1, 0, 1, 1], [0, 1, 2, 2, 0, 1], [0.1, 0.9, 1, 1, 0.5, 0.5], [0, 1, 2, 3, 4, 5],
    n_states=3, n_actions=2, start=[0.25, 0.75, 0],
)  # fmt: skip


def test_a_draw_is_the_first_outcome_whose_sum_is_above_the_number() -> None:
    chance = outcome_chance(WORLD)
    for pair in (0, 1, 2, 3):
        first, end = WORLD.pairs[pair : pair + 2]
        for uniform in np.linspace(0, 1, 101)[:-1]:
            total, k = 0.0, int(first)
            while k < end - 1 and uniform >= total + WORLD.probability[k]:
                total += WORLD.probability[k]
                k += 1
            assert chance.draw(np.array([pair]), np.array([uniform])) == k


def test_shares_are_those_of_the_probabilities() -> None:
    """Chi-squared with 2 degrees of freedom stays below 24 but once in 10,000 seeds."""
    rng = np.random.default_rng(5)
    rows = [[0.05, 0.45, 0.5], [0.5, 0.25, 0.25]]
    chance = Chance.of(np.concatenate(rows), np.array([0, 3, 6]))
    n = 40_000
    for row, expected in enumerate(rows):
        drawn = chance.draw(np.full(n, row), rng.random(n))
        assert (drawn // 3 == row).all()
        counts = np.bincount(drawn, minlength=6)[3 * row : 3 * row + 3]
        share = np.array(expected) * n
        assert ((counts - share) ** 2 / share).sum() < 24


def test_a_number_just_below_one_stays_in_its_row() -> None:
    n = 5000
    rows = np.arange(n + 1) * 2
    chance = Chance.of(np.tile([0.5, 0.5], n), rows)
    drawn = chance.draw(np.arange(n), np.full(n, np.nextafter(1, 0)))
    assert drawn.tolist() == (rows[1:] - 1).tolist()


def test_episodes_start_where_they_may() -> None:
    chance, states = start_chance(WORLD)
    zeros = np.zeros(3, np.intp)
    assert states[chance.draw(zeros, np.array([0.0, 0.2499, 0.25]))].tolist() == [0, 0, 1]


def test_a_seed_draws_the_same_everywhere() -> None:
    chance = outcome_chance(WORLD)
    drawn = chance.draw(np.tile([0, 3], 6), np.random.default_rng(2).random(12))
    assert drawn.tolist() == [1, 4, 1, 4, 1, 5, 1, 4, 1, 5, 1, 4]
