"""Returns of episodes that are lived through: their mean is what is expected, and where they are cut."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.decisions.bellman import evaluate
from dlcli.engines.decisions.policy import random_policy
from dlcli.engines.decisions.transitions import Transitions
from dlcli.engines.decisions.walk import RETURN_STEPS, sampled_returns
from dlcli.worlds.builtin import random_walk


@pytest.mark.parametrize("gamma", [0.0, 0.9, 1.0])
def test_the_mean_is_what_is_expected(gamma: float) -> None:
    moves = random_walk().transitions
    policy = random_policy(moves)
    returns, cut = sampled_returns(moves, policy, 4000, np.random.default_rng(0), gamma=gamma)
    expected = float(moves.start @ evaluate(moves, policy, gamma))
    assert abs(returns.mean() - expected) <= 5 * returns.std() / 4000**0.5
    assert cut == 0


@pytest.mark.parametrize(("gamma", "worth", "cut"), [(1.0, RETURN_STEPS, 2), (0.5, 2.0, 0), (0.0, 1.0, 0)])
def test_an_episode_without_an_end_is_cut_where_nothing_is_left(gamma: float, worth: float, cut: int) -> None:
    forever = Transitions.of([0], [0], [0], [1], [1], n_states=1, n_actions=1)
    returns, count = sampled_returns(forever, np.ones((1, 1)), 2, np.random.default_rng(0), gamma=gamma)
    np.testing.assert_allclose(returns, [worth, worth], rtol=1e-8)
    assert count == cut
