"""Importance sampling: products by hand, both means, what is expected of them, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.bellman import start_value
from dlcli.engines.decisions.episodes import Episodes
from dlcli.engines.decisions.learning.importance import importance_estimates, importance_ratios
from dlcli.engines.decisions.policy import random_policy
from dlcli.engines.decisions.walk import sample_episodes
from dlcli.worlds.builtin import builtin

RNG = np.random.default_rng(2)


def test_a_ratio_is_the_product_over_the_steps_of_its_episode() -> None:
    lengths = [3, 1, 4]
    state, action = RNG.integers(0, 3, 8), RNG.integers(0, 2, 8)
    seen = Episodes.of(state, action, np.zeros(8), state, lengths=lengths)
    target, behaviour = RNG.dirichlet(np.ones(2), 3), RNG.dirichlet(np.ones(2), 3)
    plain, t = [], 0
    for length in lengths:
        product = 1.0
        for _ in range(length):
            product *= target[state[t], action[t]] / behaviour[state[t], action[t]]
            t += 1
        plain.append(product)
    np.testing.assert_allclose(importance_ratios(seen, target, behaviour), plain, rtol=1e-13)


def test_estimates_are_means_episode_by_episode() -> None:
    returns, ratios = RNG.normal(size=(2, 30)), RNG.exponential(size=(2, 30))
    ratios[:, :3] = 0.0
    ordinary, weighted = importance_estimates(returns, ratios)
    for run in range(2):
        for n in range(1, 31):
            some = ratios[run, :n] * returns[run, :n]
            assert ordinary[run, n - 1] == pytest.approx(some.mean())
            if n > 3:
                assert weighted[run, n - 1] == pytest.approx(some.sum() / ratios[run, :n].sum())
    assert (weighted[:, :3] == 0).all()
    assert (np.abs(weighted[:, 3:]) <= np.abs(returns).max(axis=1, keepdims=True)).all()


def test_from_the_same_policy_nothing_is_weighted() -> None:
    world = builtin("frozen-lake")
    assert world is not None
    policy = random_policy(world.transitions)
    seen = sample_episodes(world.transitions, policy, 50, [np.random.default_rng(0)])
    np.testing.assert_array_equal(importance_ratios(seen, policy, policy), 1.0)


def test_another_policy_comes_to_what_it_is_worth() -> None:
    world = builtin("random-walk")
    assert world is not None
    moves = world.transitions
    target = random_policy(moves) * np.array([0.6, 1.4])
    seen = sample_episodes(moves, random_policy(moves), 40_000, [np.random.default_rng(0)])
    ratios = importance_ratios(seen, target, random_policy(moves))
    exact = start_value(moves, target, 1.0)
    for found in importance_estimates(seen.first_returns(1.0), ratios):
        assert found[-1] == pytest.approx(exact, abs=0.03)


def test_what_is_never_done_cannot_be_weighted() -> None:
    seen = Episodes.of([0, 1], [0, 1], [0.0, 0.0], [1, 2], lengths=[2])
    half, one = np.full((2, 2), 0.5), np.array([[0.5, 0.5], [1.0, 0.0]])
    with pytest.raises(EngineError, match="never takes action 1 in state 1"):
        importance_ratios(seen, half, one)
    with pytest.raises(EngineError, match=r"received \(2, 2\) and \(2, 1\)"):
        importance_ratios(seen, half, half[:, :1])
