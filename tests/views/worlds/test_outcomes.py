"""Trees of outcomes: where names begin, how branches are drawn, and what gives way."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcli.views.worlds.outcomes import Outcomes


def tree(**changes: Any) -> Outcomes:
    given = {
        "state": ["a", "a", "a", "b"], "action": ["go", "go", "stay", "go"], "next": ["b", "end", "a", "end"],
        "probability": np.array([0.5, 0.5, 1, 1]), "reward": np.array([1.0, 2, 0, -3]),
        "ends": np.array([False, True, False, True]),
    } | changes  # fmt: skip
    return Outcomes(**given)


def test_names_stand_where_they_begin(draw: Any) -> None:
    assert draw(tree(), width=60).splitlines() == [
        "state   action     p  reward    next",
        "a     ┬ go     ┬ 0.5       1  → b",
        "      │        └ 0.5       2  → end ■",
        "      └ stay   ─ 1.0       0  → a",
        "b     ─ go     ─ 1.0      −3  → end ■",
    ]


def test_three_branches(draw: Any) -> None:
    one = tree(state=["a"] * 4, action=["x", "y", "y", "z"])
    signs = [(line[6], line[15]) for line in draw(one, width=60).splitlines()[1:]]
    assert signs == [("┬", "─"), ("├", "┬"), ("│", "└"), ("└", "─")]


def test_names_give_way_and_numbers_do_not(draw: Any) -> None:
    long = tree(state=["a state with a long name"] * 3 + ["b"], next=["another long name"] * 4)
    lines = draw(long, width=40).splitlines()
    assert max(map(len, lines)) <= 40
    assert "…" in lines[1]
    assert "0.5       1  → " in lines[1]


def test_one_name_in_two_states_begins_again(draw: Any) -> None:
    lines = draw(tree(state=["a", "b", "c", "d"], action=["go"] * 4), width=60).splitlines()[1:]
    assert all("─ go" in line for line in lines)


def test_a_markdown_table_repeats_every_name() -> None:
    rows = tree().markdown().splitlines()
    assert rows[0] == "| state | action | p | reward | next |"
    assert rows[3] == "| a | go | 0.5 | 2 | end |"


def test_a_control_character_takes_the_cell_of_its_sign(draw: Any) -> None:
    names = ["a\x1b[31m"] * 4
    one = tree(state=names[:2], action=names[:2], next=names[:2], probability=np.array([0.5, 0.5]),
               reward=np.array([1.0, 2]), ends=np.array([False, True]))  # fmt: skip
    lines = draw(one, width=60).splitlines()
    assert lines[1] == "a␛[31m ─ a␛[31m ┬ 0.5       1  → a␛[31m"
    assert lines[2] == "                └ 0.5       2  → a␛[31m ■"
    assert one.markdown().splitlines()[2].count("a␛") == 3


def test_where_it_ends_is_told_behind_a_name_that_is_cut(draw: Any) -> None:
    lines = draw(tree(next=["elsewhere", "the very end", "a", "over there"]), width=38).splitlines()
    assert [line.split("→ ")[1] for line in lines[1:]] == ["elsew…", "the… ■", "a", "ove… ■"]
