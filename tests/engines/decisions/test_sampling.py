"""Draws follow the probabilities, never what cannot happen, and are the same everywhere."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.learning.control import control
from dlcli.engines.decisions.learning.exploration import Exploration
from dlcli.engines.decisions.sampling import Chance, normal_quantile, outcome_chance, start_chance
from dlcli.engines.decisions.stepping import stepped_episodes
from dlcli.engines.decisions.transitions import Transitions
from dlcli.engines.decisions.walk import sample_episodes

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


class EdgyGenerator:
    """Uniform numbers in [0, 1), every third of them at one of its very ends."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def random(self, size: Any) -> Array:
        place = self.rng.integers(6, size=size)
        return np.select([place == 0, place == 1], [0.0, np.nextafter(1, 0)], self.rng.random(size))


#: A long way of states with five actions each; in every second one the first and the last are not there.
LENGTH = 300
WAY = [(s, a) for s in range(LENGTH) for a in range(5) if s % 2 or 0 < a < 4]
LONG = Transitions.of(
    *zip(*((s, a, s + 1, 1, 0) for s, a in WAY), strict=True), n_states=LENGTH + 1, n_actions=5
)


@pytest.mark.parametrize(
    "row", [[0, 0.5, 0, 0.5, 0], [0, 0.123, 0, 0.877, 0], [0, 1, 0, 0, 0]], ids=["equal", "odd", "one"]
)
@pytest.mark.parametrize("seed", range(3))
def test_a_policy_never_draws_an_action_that_it_does_not_take(row: list[float], seed: int) -> None:
    policy = np.tile(row, (LENGTH + 1, 1))
    policy[-1] = 0
    walked = sample_episodes(LONG, policy, 40, [EdgyGenerator(seed)])  # type: ignore[list-item]
    stepped = stepped_episodes(Way(), policy, 10, EdgyGenerator(seed))  # type: ignore[arg-type]
    for seen, count in ((walked, 40), (stepped, 10)):
        assert len(seen.action) == count * LENGTH
        assert set(seen.action.tolist()) == set(np.flatnonzero(row).tolist())


class Way:
    """The same world, step by step."""

    def reset(self) -> int:
        self.state = 0
        return 0

    def step(self, action: int) -> tuple[int, float, bool]:
        self.state += 1
        return self.state, 0.0, self.state == LENGTH


@pytest.mark.parametrize("epsilon", [0, 0.3, 1])
@pytest.mark.parametrize("rule", ["sarsa", "double-q"])
def test_learning_never_takes_an_action_that_is_not_there(rule: str, epsilon: float) -> None:
    generator: Any = EdgyGenerator(1)
    learnt = control(
        LONG,
        rule,
        [generator],
        episodes=20,
        explore=Exploration(value=epsilon),
        initial=-1.0,
        trace=20 * LENGTH,
    )
    assert len(learnt.happened) == 20 * LENGTH
    assert all(LONG.allowed[step.state, step.action] for step in learnt.happened)


def test_normal_numbers_are_those_of_the_standard_library() -> None:
    """``statistics.NormalDist`` has the same algorithm, number by number."""
    uniform = np.array(
        [2.0**-54, 1e-15, 1e-9, 1e-3, 0.07, 0.075, 0.2, 0.5, 0.8, 0.925, 0.93, 0.999, 1 - 1e-12]
    )
    expected = [NormalDist().inv_cdf(u) for u in uniform.tolist()]
    np.testing.assert_allclose(normal_quantile(uniform), expected, rtol=1e-14)
    assert np.isfinite(normal_quantile(np.array([0.0, 1 - 2.0**-53]))).all()
