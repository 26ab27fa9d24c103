"""Returns: from the back, from the definition, and what the sum of all rewards is worth."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy.signal import lfilter

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.returns import discounted_rewards, return_terms, returns, returns_plain


@pytest.mark.parametrize("gamma", [0.0, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("steps", [1, 2, 50])
def test_from_the_back_equals_the_definition_and_a_filter(steps: int, gamma: float) -> None:
    rewards = np.random.default_rng(steps).normal(size=steps)
    worth = returns(rewards, gamma)
    assert np.abs(worth - returns_plain(rewards, gamma)).max() < 1e-13
    assert np.abs(worth - lfilter([1.0], [1.0, -gamma], rewards[::-1])[::-1]).max() < 1e-13


def test_the_exercise_of_the_book() -> None:
    """Exercise 3.8: γ = 0.5 and rewards −1, 2, 6, 3, 2 are worth 2, 6, 8, 4, 2."""
    assert returns(np.array([-1, 2, 6, 3, 2]), 0.5).tolist() == [2, 6, 8, 4, 2]


def test_a_reward_for_ever_comes_to_its_geometric_sum() -> None:
    assert abs(returns(np.ones(2000), 0.9)[0] - 10) < 1e-12


def test_undiscounted_it_is_the_sum_of_what_is_to_come() -> None:
    assert returns(np.array([1, 2, 3]), 1.0).tolist() == [6, 5, 3]


def test_each_row_is_an_episode() -> None:
    rewards = np.random.default_rng(0).normal(size=(3, 4, 5))
    along = returns(rewards, 0.7, axis=1)
    for i in range(3):
        for j in range(5):
            assert np.abs(along[i, :, j] - returns_plain(rewards[i, :, j], 0.7)).max() < 1e-14


def test_precision_follows_the_rewards() -> None:
    assert returns(np.ones(3, np.float32), 0.5).dtype == np.float32
    assert returns(np.ones(3), 0.5).dtype == np.float64


def test_the_input_stays_as_it_is() -> None:
    rewards = np.array([1.0, 2.0])
    returns(rewards, 0.5)
    assert rewards.tolist() == [1, 2]


def test_no_discounted_reward_is_nan() -> None:
    assert returns(np.array([1.0, np.inf]), 0.0).tolist() == [1, np.inf]


def test_no_rewards_have_no_returns() -> None:
    assert returns(np.ones((2, 0)), 0.5).shape == (2, 0)


def test_the_terms_of_a_step() -> None:
    terms = return_terms(np.array([-1.0, 2, 6, 3, 2]), 0.5, 2)
    assert terms.powers.tolist() == [1, 0.5, 0.25]
    assert terms.rewards.tolist() == [6, 3, 2]
    assert terms.products.sum() == 8


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_discounted_rewards_add_up_to_the_first_return(axis: int) -> None:
    rewards = np.random.default_rng(3).normal(size=(4, 5, 6))
    worth = discounted_rewards(rewards, 0.8, axis)
    assert worth.shape == rewards.shape
    first = returns(rewards, 0.8, axis).take(0, axis)
    assert np.abs(worth.sum(axis=axis) - first).max() < 1e-13


def test_discounted_rewards_keep_their_precision() -> None:
    assert discounted_rewards(np.ones(3, np.float32), 0.5).dtype == np.float32
    assert discounted_rewards(np.array([1, 2]), 0.5).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("rewards", "gamma", "axis", "told"),
    [
        (np.ones(2), 1.5, -1, "gamma expects a number from 0 to 1; received 1.5"),
        (np.ones(2), -0.5, -1, "gamma expects a number from 0 to 1; received -0.5"),
        (np.ones(2) * 1j, 0.5, -1, "rewards are real numbers; received complex128"),
        (np.ones(2), 0.5, 1, "there is no axis 1 in shape (2,); try axis=-1"),
    ],
)
def test_what_cannot_be_is_refused(rewards: np.ndarray, gamma: float, axis: int, told: str) -> None:
    with pytest.raises(EngineError, match=f"^{re.escape(told)}$"):
        returns(rewards, gamma, axis)
