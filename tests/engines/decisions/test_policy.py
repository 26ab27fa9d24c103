"""Policies: random, greedy with ties, and those that a world cannot follow."""

from __future__ import annotations

import re

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.policy import (
    best_actions,
    checked_policy,
    epsilon_greedy,
    greedy_policy,
    random_policy,
)
from dlcli.engines.decisions.transitions import Transitions

WORLD = Transitions.of([0, 0, 1], [0, 1, 0], [1, 2, 2], [1, 1, 1], [0, 0, 0], n_states=3, n_actions=2)
NAMES = (("home", "road", "end"), ("walk", "ride"))


def test_random_shares_among_the_actions_that_are_there() -> None:
    assert random_policy(WORLD).tolist() == [[0.5, 0.5], [1, 0], [0, 0]]


def test_ties_are_found_across_rounding_and_only_there() -> None:
    q = np.array([[0.1 + 0.2, 0.3, 0.2999], [-1, -1 - 1e-14, np.nan], [np.nan] * 3])
    assert best_actions(q).tolist() == [[True, True, False], [True, True, False], [False] * 3]
    assert greedy_policy(q).tolist() == [[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 0]]
    assert best_actions(1e6 * np.array([[1.0, 1 - 1e-14, 0.99]])).tolist() == [[True, True, False]]


def test_epsilon_shares_among_the_actions_that_are_there() -> None:
    policy = epsilon_greedy(np.array([[1.0, 2.0, np.nan], [np.nan] * 3]), 0.5)
    assert policy.tolist() == [[0.25, 0.75, 0], [0, 0, 0]]


def test_a_policy_of_the_world_is_accepted() -> None:
    assert checked_policy(np.array([[0, 1], [1, 0], [0, 0]]), WORLD).dtype == np.float64


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (
            [[0.5, 0.5], [0.5, 0.5], [0, 0]],
            "the policy takes action ride in state road, which has none: it has walk",
        ),
        (
            [[0.5, 0.5], [1, 0], [0, 1]],
            "the policy takes action ride in state end, which has none: it is terminal",
        ),
        ([[0.5, 0.25], [1, 0], [0, 0]], "the policy's probabilities in state home add up to 0.75, not to 1"),
        ([[0.5, 0.5], [0, 0], [0, 0]], "the policy's probabilities in state road add up to 0, not to 1"),
        ([[1.5, -0.5], [1, 0], [0, 0]], "the policy takes action ride in state home with probability -0.5"),
        ([[1, 0], [1, 0]], "a policy of this world is (3, 2) (state, action); received (2, 2)"),
    ],
)
def test_one_that_cannot_be_followed_is_refused(policy: list[list[float]], told: str) -> None:
    with pytest.raises(EngineError, match=f"^{re.escape(told)}$"):
        checked_policy(np.array(policy), WORLD, *NAMES)
