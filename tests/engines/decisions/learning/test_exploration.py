"""How actions are chosen: shares by the definition, properties, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.learning.exploration import (
    USUAL,
    WAYS,
    Exploration,
    choose,
    choose_plain,
    probabilities,
)

Q = np.array([0.5, -1.0, 0.5, -np.inf, 0.0])
ALLOWED = np.array([True, True, True, False, True])
SEEN = np.array([3, 1, 2, 0, 5])


@pytest.mark.parametrize("name", WAYS)
def test_actions_are_taken_as_often_as_their_probabilities_say(name: str) -> None:
    explore = Exploration(name, USUAL[name] or 0.1)
    policy = probabilities(explore, Q, ALLOWED, SEEN, 0.4)
    assert policy.sum() == pytest.approx(1, abs=1e-15)
    assert policy[3] == 0
    uniform = (np.arange(20_000) + 0.5) / 20_000
    many = [np.tile(part, (len(uniform), 1)) for part in (Q, ALLOWED, SEEN)]
    taken = choose(explore, *many, np.full(len(uniform), 0.4), uniform)
    np.testing.assert_allclose(np.bincount(taken, minlength=5) / len(uniform), policy, atol=2e-4)
    alone = [choose_plain(explore, Q, ALLOWED, SEEN, 0.4, u) for u in uniform[::97].tolist()]
    np.testing.assert_array_equal(taken[::97], alone)


def test_softmax_is_the_formula_and_a_low_temperature_is_greedy() -> None:
    policy = probabilities(Exploration("softmax"), Q, ALLOWED, SEEN, 0.7)
    likely = np.where(ALLOWED, np.exp(Q / 0.7), 0)
    np.testing.assert_allclose(policy, likely / likely.sum(), rtol=1e-14)
    greedy = probabilities(Exploration("greedy"), Q, ALLOWED, SEEN, 0.0)
    np.testing.assert_allclose(probabilities(Exploration("softmax"), Q, ALLOWED, SEEN, 1e-300), greedy)


def test_ucb_tries_each_arm_once_before_it_comes_back_to_one() -> None:
    q, seen, every = np.zeros(6), np.zeros(6, int), np.ones(6, bool)
    generator = np.random.default_rng(0)
    for pull in range(200):
        a = choose_plain(Exploration("ucb"), q, every, seen, 2.0, float(generator.random()))
        assert seen[a] == 0 or pull >= 6
        if pull >= 6:
            bonus = [q[b] + 2 * (np.log(pull + 1) / seen[b]) ** 0.5 for b in range(6)]
            assert bonus[a] == pytest.approx(max(bonus))
        seen[a] += 1
        q[a] += (generator.normal(a / 3) - q[a]) / seen[a]
    assert seen.argmax() == 5


def test_the_number_falls_by_its_factor_after_each_episode() -> None:
    np.testing.assert_allclose(Exploration(value=0.8, decay=0.5).values(3), [0.8, 0.4, 0.2, 0.1])
    assert (Exploration("softmax", 1.0, 0.0).values(3) > 0).all()


@pytest.mark.parametrize("name", WAYS)
def test_values_that_are_no_numbers_leave_any_action_that_is_there(name: str) -> None:
    for lost in (np.nan, np.inf, -np.inf):
        q = np.array([lost, 5.0, lost])
        allowed = np.array([True, False, True])
        explore = Exploration(name, USUAL[name])
        ends = [
            choose_plain(explore, np.where(allowed, q, -np.inf), allowed, np.ones(3), 1.0, u)
            for u in (0.1, 0.9)
        ]
        assert ends == [0, 2]
        one = np.where(allowed, q, -np.inf)[None], allowed[None], np.ones((1, 3)), np.ones(1)
        assert [int(choose(explore, *one, np.array([u]))[0]) for u in (0.1, 0.9)] == ends


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("boltzmann",), "there is no way to explore 'boltzmann'; there are greedy, epsilon-greedy"),
        (("epsilon-greedy", 2.0), "epsilon expects a number from 0 to 1; received 2"),
        (("softmax", 0.0), "temperature expects a number above 0; received 0"),
        (("ucb", -1.0), "c expects a number from 0 on; received -1"),
        (("ucb", 1.0, 1.5), "decay expects a number from 0 to 1; received 1.5"),
    ],
)
def test_numbers_outside_of_their_ranges_are_refused(words: tuple[str, float], told: str) -> None:
    with pytest.raises(EngineError, match=told):
        Exploration(*words)
