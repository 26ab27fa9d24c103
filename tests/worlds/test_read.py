"""Worlds as tensors and back, and texts that are none."""

from __future__ import annotations

import re

import numpy as np
import pytest

from dlcli.errors import BadData
from dlcli.tensor import Axis, Tensor
from dlcli.worlds.builtin import WORLDS, builtin
from dlcli.worlds.read import COLUMNS, read_world, tensor_world, world_tensor


@pytest.mark.parametrize("name", [*WORLDS, "gridworld:5x5"])
def test_a_world_comes_back_from_its_tensor(name: str) -> None:
    world = builtin(name)
    assert world is not None
    back = tensor_world(world_tensor(world))
    assert (back.states, back.actions, back.gamma) == (world.states, world.actions, world.gamma)
    for field in ("state", "action", "next", "probability", "reward", "pairs", "start"):
        assert np.array_equal(getattr(back.transitions, field), getattr(world.transitions, field))


def test_without_names_states_are_numbers() -> None:
    rows = np.array([[0, 0, 1, 1, 5], [1, 1, 2, 1, 6]])
    world = tensor_world(Tensor(rows, (Axis("row"), Axis("column", COLUMNS[:5]))))
    assert world.states == ("0", "1", "2")
    assert world.transitions.start.tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([[0, 0, 1, 0.5, 5]], "the probabilities of action 0 in state 0 add up to 0.5, not to 1"),
        ([[0.5, 0, 1, 1, 5]], "the column state of a world expects whole numbers from 0"),
        ([[0, 0, -1, 1, 5]], "the column next of a world expects whole numbers from 0"),
        ([[0, 0, 1e9, 1, 5]], "the column next of a world expects numbers below 10000000; received 1e+09"),
    ],
)
def test_numbers_that_are_no_world_are_refused(rows: list[list[float]], told: str) -> None:
    with pytest.raises(BadData, match=f"^{re.escape(told)}$"):
        tensor_world(Tensor(np.array(rows), (Axis("row"), Axis("column", COLUMNS[:5]))))


def test_without_a_start_the_first_state_that_is_no_end_is_one() -> None:
    rows = np.array([[1, 0, 0, 1, 5.0]])
    assert tensor_world(
        Tensor(rows, (Axis("row"), Axis("column", COLUMNS[:5])))
    ).transitions.start.tolist() == [0, 1]


def test_other_tensors_are_no_worlds() -> None:
    with pytest.raises(
        BadData, match="a world is a matrix with the columns state, action, next, probability, reward"
    ):
        tensor_world(Tensor(np.eye(3)))


def test_a_text_that_is_neither_is_told_both_forms() -> None:
    with pytest.raises(
        BadData, match="a world is a table with the header state,action,next,probability,reward, or TOML"
    ):
        read_world("1 2; 3 4")
