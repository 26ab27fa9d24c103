"""The λ-return: its definition, the pass backwards, its two ends, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.learning.lambda_return import (
    lambda_returns,
    lambda_returns_plain,
    learn_offline,
)
from dlcli.engines.decisions.returns import returns

RNG = np.random.default_rng(3)
REWARD = RNG.normal(size=7)
NEXT = np.append(RNG.normal(size=6), 0.0)


@pytest.mark.parametrize("decay", [0.0, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("gamma", [0.0, 0.8, 1.0])
def test_one_pass_backwards_makes_the_weighted_mean(gamma: float, decay: float) -> None:
    plain = lambda_returns_plain(REWARD, NEXT, gamma=gamma, decay=decay)
    np.testing.assert_allclose(lambda_returns(REWARD, NEXT, gamma=gamma, decay=decay), plain, atol=1e-13)


def test_its_ends_are_the_next_value_and_the_whole_return() -> None:
    np.testing.assert_allclose(lambda_returns(REWARD, NEXT, gamma=0.9, decay=0.0), REWARD + 0.9 * NEXT)
    np.testing.assert_allclose(lambda_returns(REWARD, NEXT, gamma=0.9, decay=1.0), returns(REWARD, 0.9))


def test_several_learners_are_one_beside_the_other() -> None:
    decay = np.array([0.2, 0.7])
    following = np.stack([NEXT, 2 * NEXT])
    both = lambda_returns(REWARD, following, gamma=0.9, decay=decay)
    for i in range(2):
        alone = lambda_returns(REWARD, following[i], gamma=0.9, decay=float(decay[i]))
        np.testing.assert_array_equal(both[i], alone)
    learnt = learn_offline(np.zeros((2, 3)), [0, 1, 0, 2, 1, 0, 2], both, alpha=np.array([0.1, 0.5]))
    alone = learn_offline(np.zeros(3), [0, 1, 0, 2, 1, 0, 2], both[1], alpha=0.5)
    np.testing.assert_array_equal(learnt[1], alone)


@pytest.mark.parametrize(
    ("reward", "following", "decay", "wrong"),
    [
        (REWARD, NEXT[1:], 0.5, r"received \(7,\) and \(6,\)"),
        (REWARD[:0], NEXT[:0], 0.5, r"received \(0,\)"),
        (REWARD, NEXT, 1.1, "lambda expects a number from 0 to 1; received 1.1"),
        (REWARD, NEXT, np.nan, "lambda expects a number from 0 to 1"),
    ],
)
def test_refused(reward: np.ndarray, following: np.ndarray, decay: float, wrong: str) -> None:
    for function in (lambda_returns, lambda_returns_plain):
        with pytest.raises(EngineError, match=wrong):
            function(reward, following, gamma=1.0, decay=decay)
