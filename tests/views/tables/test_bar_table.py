"""Columns of numbers with bars."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from dlcli.views.tables.bar_table import BarTable

COLUMNS = {"x": np.array([1, -2]), "exp": np.array([1.0, 0.05]), "p": np.array([0.952, 0.048])}


def view(**more) -> BarTable:
    return BarTable("word", ["the", "cat"], COLUMNS, **more)


def test_points_and_sums_stand_below_each_other(draw: Callable[..., str]) -> None:
    totals = [("1 other", {"exp": 10.5, "p": 0.0}), ("sum", {"exp": 11.55})]
    assert draw(view(totals=totals)).split("\n") == [
        "word      x    exp      p",
        "the       1   1.00  0.952  ██████████████████████▉",
        "cat      −2   0.05  0.048  █▏",
        "             ─────  ─────",
        "1 other      10.50  0.000",
        "sum          11.55",
    ]


@pytest.mark.parametrize(
    ("width", "told"),
    [
        (60, "the    1  1.00  0.952  ██████████████████████▉"),
        (30, "the    1  1.00  0.952  ██████▋"),
        (28, "the    1  1.00  0.952  ████▊"),
        (27, "the    1  1.00  0.952"),
        (21, "the    1  1.00  0.952"),
        (20, "the    1  0.952"),
        (14, "the   0.952"),
        (11, "the   0.952"),
    ],
)
def test_bars_go_first_then_columns(width: int, told: str, draw: Callable[..., str]) -> None:
    assert draw(view(), width).split("\n")[1] == told


def test_a_line_that_is_pointed_at_is_so_without_colour(draw: Callable[..., str]) -> None:
    assert draw(view(marked=1)).split("\n") == [
        "  word   x   exp      p",
        "  the    1  1.00  0.952  ██████████████████████▉",
        "▸ cat   −2  0.05  0.048  █▏",
    ]


def test_bars_are_as_long_as_the_numbers_and_no_longer_than_one(draw: Callable[..., str]) -> None:
    shares = np.array([0, 0.25, 0.5, 1, 1.5, np.nan, 1 / 192, -1])
    lines = draw(BarTable("i", [""] * 8, {"p": shares}, precision=2)).split("\n")[1:]
    bars = [line.count("█") for line in lines]
    assert bars == [0, 6, 12, 24, 24, 0, 0, 0]
    assert lines[6].endswith("▏")


def test_the_bar_has_a_colour_of_its_own(paint: Callable) -> None:
    (line,) = paint(view())[1:2]
    inks = {ink for letter, (ink, _) in line if letter == "█"}
    assert inks == {(0, 114, 178)}


def test_labels_are_outside_text(draw: Callable[..., str]) -> None:
    told = draw(BarTable("a\x1b[2J", ["[bold]\n", "x" * 99], {"p": np.array([0.5, 0.5])}), 60)
    assert told.split("\n")[0].startswith("a␛[2J")
    assert "[bold]␊" in told
    assert "x" * 15 + "… " in told


def test_markdown_is_a_table() -> None:
    assert view(totals=[("sum", {"p": 1.0})], marked=0).markdown() == (
        "| word | x | exp | p |\n| --- | ---: | ---: | ---: |\n"
        "| ▸ the | 1 | 1.00 | 0.952 |\n| cat | −2 | 0.05 | 0.048 |\n| sum |  |  | 1.000 |"
    )
