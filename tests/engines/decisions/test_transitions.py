"""Outcomes are sorted, checked and found again; what is wrong is named."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.transitions import Transitions


def lazy(**changes: Any) -> Transitions:
    """Two states of which the first has two actions, one of them uncertain; the third state is an end."""
    given = {
        "state": [1, 0, 0, 0], "action": [0, 1, 0, 1], "next": [2, 2, 1, 0],
        "probability": [1, 0.75, 1, 0.25], "reward": [5, 2, -1, 0],
        "n_states": 3, "n_actions": 2,
    } | changes  # fmt: skip
    return Transitions.of(**given)


def test_outcomes_are_sorted_by_state_and_action() -> None:
    made = lazy()
    assert made.state.tolist() == [0, 0, 0, 1]
    assert made.action.tolist() == [0, 1, 1, 0]
    assert made.next.tolist() == [1, 2, 0, 2]
    assert made.probability.tolist() == [1, 0.75, 0.25, 1]
    assert made.reward.tolist() == [-1, 2, 0, 5]


def test_every_pair_finds_its_outcomes() -> None:
    made = lazy()
    ranges = {(s, a): made.pairs[2 * s + a : 2 * s + a + 2].tolist() for s in range(3) for a in range(2)}
    assert ranges == {
        (0, 0): [0, 1],
        (0, 1): [1, 3],
        (1, 0): [3, 4],
        (1, 1): [4, 4],
        (2, 0): [4, 4],
        (2, 1): [4, 4],
    }
    assert made.rows.tolist() == [0, 3, 4, 4]
    assert made.pair.tolist() == [0, 1, 1, 2]
    assert made.allowed.tolist() == [[True, True], [True, False], [False, False]]
    assert made.terminal.tolist() == [False, False, True]
    assert made.expected_reward.tolist() == [[-1, 1.5], [5, 0], [0, 0]]


def test_what_never_happens_is_no_outcome() -> None:
    made = lazy(probability=[1, 1, 1, 0])
    assert made.next.tolist() == [1, 2, 2]


def test_arrays_are_read_only() -> None:
    made = lazy()
    for array in (made.state, made.next, made.probability, made.pairs, made.start, made.terminal, made.rows):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_the_start_is_a_state_or_chances() -> None:
    assert lazy(start=1).start.tolist() == [0, 1, 0]
    assert lazy(start=[0.5, 0.5, 0]).start.tolist() == [0.5, 0.5, 0]


def test_without_a_start_episodes_begin_in_the_first_state_that_is_no_end() -> None:
    assert lazy().start.tolist() == [1, 0, 0]
    late = {"state": [2, 1, 1, 1], "next": [0, 0, 2, 1]}
    assert lazy(**late).terminal.tolist() == [True, False, False]
    assert lazy(**late).start.tolist() == [0, 1, 0]


def test_a_world_that_is_over_everywhere_has_no_start() -> None:
    told = "^in each of 2 states the episode has ended: there is nowhere to start$"
    with pytest.raises(EngineError, match=told):
        Transitions.of([], [], [], [], [], n_states=2, n_actions=1)


def test_sums_that_are_rounded_are_accepted() -> None:
    tenths = [0.1] * 10
    made = Transitions.of([0] * 10, [0] * 10, range(10), tenths, [0] * 10, n_states=10, n_actions=1)
    assert (
        np.cumsum(made.probability)[-1] != 1.0
    )  # one after the other, as sum no longer adds from Python 3.12 on
    third = [0.3333333333, 0.3333333333, 0.3333333334]
    Transitions.of([0] * 3, [0] * 3, range(3), third, [0] * 3, n_states=3, n_actions=1)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"probability": [1, 0.7, 1, 0.25]}, "the probabilities of action 1 in state 0 add up to 0.95, not to 1"),
        (
            {"probability": [1, 0.8, 1, 0.25], "states": ("pub", "class", "sleep"), "actions": ("go", "stay")},
            "the probabilities of action stay in state pub add up to 1.05, not to 1",
        ),
        ({"probability": [0, 0.75, 1, 0.25]}, "the probabilities of action 0 in state 1 add up to 0, not to 1"),
        (
            {"probability": [1, 1.25, 1, -0.25]},
            "the probability of action 1 in state 0 expects a finite number from 0 to 1; received -0.25",
        ),
        (
            {"probability": [1, np.nan, 1, 0.25]},
            "the probability of action 1 in state 0 expects a finite number from 0 to 1; received nan",
        ),
        ({"reward": [5, np.inf, -1, 0]}, "the reward of action 1 in state 0 expects a finite number; received inf"),
        ({"next": [3, 2, 1, 0]}, "there is no next state 3; there are 3, from 0 on"),
        ({"action": [0, 2, 0, 2]}, "there is no action 2; there are 2, from 0 on"),
        ({"state": [-1, 0, 0, 0]}, "there is no state -1; there are 3, from 0 on"),
        ({"reward": [5, 2, -1]}, "outcomes need five columns of one length"),
        (
            {"n_states": 100_000, "n_actions": 1000},
            "100000 states times 1000 actions are more than 50000000; try the same names of actions in every state",
        ),
        ({"start": 3}, "there is no state 3 to start in; there are 3, from 0 on"),
        ({"start": [0.5, 0.4, 0]}, "the probabilities of the start add up to 0.9, not to 1"),
        ({"start": 2}, "state 2 ends episodes: none can start in it, but its start is 1"),
        ({"start": [0.5, 0.25, 0.25]}, "state 2 ends episodes: none can start in it, but its start is 0.25"),
        (
            {"start": [0.5, 0, 0.5], "states": ("pub", "class", "sleep")},
            "state sleep ends episodes: none can start in it, but its start is 0.5",
        ),
        ({"start": [2, -1, 0]}, "the start of state 1 expects a finite number from 0 to 1; received -1"),
        ({"start": [np.nan, 1, 0]}, "the start of state 0 expects a finite number from 0 to 1; received nan"),
        ({"start": [1.0, 0]}, "start expects a probability for each of 3 states; received (2,)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(EngineError, match=f"^{re.escape(told)}"):
        lazy(**changes)


def test_memory_is_that_of_the_outcomes() -> None:
    n = 100_000
    chain = np.arange(n - 1)
    made = Transitions.of(chain, 0 * chain, chain + 1, np.ones(n - 1), 0.0 * chain, n_states=n, n_actions=1)
    fields = (made.state, made.action, made.next, made.probability, made.reward, made.pairs, made.start)
    assert sum(array.nbytes for array in fields) <= 7 * 8 * n
