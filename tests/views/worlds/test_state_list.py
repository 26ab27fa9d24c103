"""Lists of states: values in a column, coloured, and words that give way."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from rich.cells import cell_len

from dlcli.views.worlds.state_list import StateList


def view(names: tuple[str, ...] = ("here", "there")) -> StateList:
    actions = [[("▸ go", "1.5"), ("stay", "1")], [("■ end", "")]]
    return StateList(names, np.array([1.5, -10]), actions, "v(s)", "q(s, a)")


def many(*names: str) -> StateList:
    actions = [(name, f"−{place}.25") for place, name in enumerate(names)]
    return StateList(["here"], np.array([1.5]), [actions], "v(s)", "q(s, a)")


def test_points_stand_below_each_other(draw: Callable[..., str]) -> None:
    assert draw(view(), 60).splitlines() == [
        "state   v(s)  q(s, a)",
        "here     1.5  ▸ go 1.5   stay 1",
        "there  −10.0  ■ end",
    ]


@pytest.mark.parametrize("width", range(16, 50))
def test_numbers_are_whole_at_any_width(width: int, draw: Callable[..., str]) -> None:
    lines = draw(view(("a name that is long", "another one")), width).splitlines()
    assert "  1.5" in lines[1]
    assert "−10.0" in lines[2]


def test_only_the_first_actions_are_shown_and_the_others_counted(draw: Callable[..., str]) -> None:
    assert draw(many(*"abcdef"), 80).splitlines()[1] == (
        "here    1.5  a −0.25   b −1.25   c −2.25   d −3.25   … 2 more"
    )


@pytest.mark.parametrize("width", range(30, 90))
def test_neither_numbers_nor_counts_are_cut(width: int, draw: Callable[..., str]) -> None:
    names = ["pickup", "east", "a very long name", "west", "north", "south"]
    line = draw(many(*names), width).splitlines()[1]
    assert cell_len(line) <= width
    shown = re.findall(r"−\d\.25", line)
    assert shown == [f"−{place}.25" for place in range(len(shown))]
    assert line.endswith((f" … {6 - len(shown)} more", " +5"))


def test_names_of_actions_give_way_to_numbers(draw: Callable[..., str]) -> None:
    lines = draw(many("a long name", "another"), 36).splitlines()
    assert lines[1] == "here    1.5  a long … −0.25 … 1 more"
    assert draw(many("a long name", "another"), 27).splitlines()[1] == "here    1.5  a lo… −0.25 +1"
    assert draw(many("a long name", "another"), 17).splitlines()[1].split() == ["here", "1.5"]


def test_names_from_outside_steer_nothing(draw: Callable[..., str]) -> None:
    assert draw(many("a\x1b[2J"), 40).splitlines()[1] == "here    1.5  a␛[2J −0.25"


def test_markdown(draw: Callable[..., str]) -> None:
    assert view().markdown().splitlines()[-1] == "| there | −10.0 | ■ end |"
