"""The worlds with names are those of the book, cell by cell."""

from __future__ import annotations

import re

import numpy as np
import pytest

from dlcli.errors import BadData
from dlcli.worlds.builtin import WORLDS, builtin, random_walk
from dlcli.worlds.world import World


def world(word: str) -> World:
    found = builtin(word)
    assert found is not None
    return found


def step(word: str, state: str, action: str) -> list[tuple[str, float, float]]:
    """The outcomes of an action: next state, probability, reward."""
    one = world(word)
    moves = one.transitions
    pair = one.states.index(state) * moves.n_actions + one.actions.index(action)
    return [
        (one.states[moves.next[k]], round(float(moves.probability[k]), 12), float(moves.reward[k]))
        for k in range(*moves.pairs[pair : pair + 2])
    ]


@pytest.mark.parametrize("name", WORLDS)
def test_every_world_has_states_names_and_a_start(name: str) -> None:
    one = world(name)
    moves = one.transitions
    assert len(one.states) == moves.n_states == len(set(one.states))
    assert len(one.actions) == moves.n_actions
    assert one.name.split(":")[0] == one.attrs["source"] == name
    assert not moves.start[moves.terminal].any()
    assert WORLDS[name].what.endswith(".")


def test_the_walk_pays_at_its_right_end_only() -> None:
    one = world("random-walk")
    moves = one.transitions
    assert moves.next.tolist() == [0, 2, 1, 3, 2, 4, 3, 5, 4, 6]
    assert moves.reward.tolist() == [0] * 9 + [1]
    assert moves.start.tolist() == [0, 0, 0, 1, 0, 0, 0]
    assert moves.terminal.tolist() == [True, *[False] * 5, True]


def test_longer_walks_start_in_the_middle() -> None:
    one = random_walk(19, left=-1)
    assert int(np.argmax(one.transitions.start)) == 10
    assert one.states[10] == "J"
    assert one.transitions.reward[[0, -1]].tolist() == [-1, 1]
    assert random_walk(40).states[:3] == ("left end", "1", "2")


@pytest.mark.parametrize(
    ("state", "action", "outcomes"),
    [
        ("0,1", "up", [("0,1", 1, -1)]),
        ("0,1", "left", [("0,0", 1, -1)]),
        ("0,1", "right", [("0,2", 1, -1)]),
        ("2,3", "down", [("3,3", 1, -1)]),
        ("3,2", "right", [("3,3", 1, -1)]),
        ("3,3", "left", []),
    ],
)
def test_four_by_four(state: str, action: str, outcomes: list[tuple[str, float, float]]) -> None:
    assert step("gridworld:4x4", state, action) == outcomes


@pytest.mark.parametrize(
    ("state", "action", "outcomes"),
    [
        ("0,0", "up", [("0,0", 1, -1)]),
        ("0,0", "right", [("0,1", 1, 0)]),
        ("0,1", "up", [("4,1", 1, 10)]),
        ("0,1", "left", [("4,1", 1, 10)]),
        ("0,3", "down", [("2,3", 1, 5)]),
        ("4,1", "down", [("4,1", 1, -1)]),
        ("2,2", "down", [("3,2", 1, 0)]),
    ],
)
def test_five_by_five_jumps(state: str, action: str, outcomes: list[tuple[str, float, float]]) -> None:
    assert step("gridworld:5x5", state, action) == outcomes
    assert world("gridworld:5x5").gamma == 0.9


@pytest.mark.parametrize(
    ("state", "action", "outcomes"),
    [
        ("3,0", "right", [("3,0", 1, -100)]),
        ("3,0", "left", [("3,0", 1, -1)]),
        ("3,0", "up", [("2,0", 1, -1)]),
        ("2,5", "down", [("3,0", 1, -100)]),
        ("2,11", "down", [("3,11", 1, -1)]),
        ("3,11", "up", []),
    ],
)
def test_the_cliff_sends_back_to_the_start(
    state: str, action: str, outcomes: list[tuple[str, float, float]]
) -> None:
    assert step("cliff", state, action) == outcomes
    assert len(world("cliff").states) == 38


@pytest.mark.parametrize(
    ("state", "action", "landing"),
    [
        ("3,0", "right", "3,1"),
        ("3,3", "right", "2,4"),
        ("3,2", "right", "3,3"),
        ("3,6", "right", "1,7"),
        ("3,6", "up", "0,6"),
        ("3,6", "down", "2,6"),
        ("6,6", "down", "5,6"),
        ("6,3", "down", "6,3"),
        ("0,6", "right", "0,7"),
        ("4,8", "left", "3,7"),
        ("5,9", "right", "5,9"),
    ],
)
def test_wind_counts_where_a_move_begins(state: str, action: str, landing: str) -> None:
    assert step("windy", state, action) == [(landing, 1, -1)]


def test_the_lake_slips_to_either_side() -> None:
    third = round(1 / 3, 12)
    assert step("frozen-lake", "2,2", "down") == [("2,1", third, 0), ("2,3", third, 0), ("3,2", third, 0)]
    assert step("frozen-lake", "0,0", "up") == [("0,0", round(2 / 3, 12), 0), ("0,1", third, 0)]
    assert step("frozen-lake", "3,2", "right") == [("2,2", third, 0), ("3,2", third, 0), ("3,3", third, 1)]
    assert step("frozen-lake", "1,1", "down") == []


def test_the_predictor_is_the_likeliest_chain_of_eight_episodes() -> None:
    one = world("predictor")
    assert one.states == ("A", "B", "end")
    assert step("predictor", "A", "go") == [("B", 1, 0)]
    assert step("predictor", "B", "go") == [("end", 0.75, 1), ("end", 0.25, 0)]
    assert one.transitions.start.tolist() == [0.125, 0.875, 0]


def test_large_grids_are_made_quickly_in_memory_of_their_outcomes() -> None:
    moves = world("gridworld:300x200").transitions
    assert moves.n_states == 60_000
    assert len(moves.state) == 4 * (60_000 - 2)


def test_other_words_are_no_worlds() -> None:
    assert builtin("nowhere.csv") is None


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("random-walk:0", "'0' is no number of states from 1 to 1000000; try random-walk:19"),
        ("random-walk:many", "'many' is no number of states from 1 to 1000000; try random-walk:19"),
        ("random-walk:a\\b", "'a\\b' is no number of states from 1 to 1000000; try random-walk:19"),
        ("gridworld:4", "gridworld:4 is no size in rows x columns; try gridworld:4x4"),
        ("gridworld:1x2", "a gridworld has 3 to 1000000 cells; received 1 × 2"),
        ("cliff:9", "nothing may follow the name of this world; received '9'"),
        ("predictor:9", "nothing may follow the name of this world; received '9'"),
        ("frozen-lake:5x5", "there is no frozen-lake:5x5; try frozen-lake:4x4 or frozen-lake:8x8"),
    ],
)
def test_what_follows_a_name_must_make_sense(word: str, told: str) -> None:
    with pytest.raises(BadData, match=f"^{re.escape(told)}$"):
        builtin(word)
