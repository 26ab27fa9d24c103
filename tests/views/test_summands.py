"""Sums on the board: points below each other, and what is left out when it is narrow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.views.summands import Summands

NUMBERS = {
    "factor": np.array([0.5, 0.25]),
    "value": np.array([10.0, -3.0]),
    "product": np.array([5.0, -0.75]),
}


def board(*totals: tuple[str, float], names: tuple[str, ...] = ("first", "second")) -> Summands:
    return Summands({"what": names}, NUMBERS, totals or [("sum", 4.25)])


def test_a_rule_and_the_sum_stand_below_the_summands(draw: Any) -> None:
    assert draw(board(), width=60).splitlines() == [
        "what    factor  value  product",
        "first     0.50     10     5.00",
        "second    0.25     −3    −0.75",
        "                         ─────",
        "sum                       4.25",
    ]


def test_several_sums(draw: Any) -> None:
    lines = draw(board(("3 others", 1.0), ("sum", 5.25)), width=60).splitlines()
    assert lines[-2:] == ["3 others                  1.00", "sum                       5.25"]


def test_without_sums_there_is_no_rule(draw: Any) -> None:
    assert "─" not in draw(Summands({"what": ["a", "b"]}, NUMBERS), width=60)


@pytest.mark.parametrize("width", range(13, 40))
def test_the_summands_stay_whole_at_any_width(width: int, draw: Any) -> None:
    table = board(names=("a name that is long", "another name"))
    lines = draw(table, width=width).splitlines()
    assert max(map(len, lines)) <= width
    assert lines[1].endswith(" 5.00")
    assert lines[2].endswith("−0.75")
    assert lines[-1].endswith("4.25")


def test_factors_go_from_the_first_on(draw: Any) -> None:
    head = draw(board(), width=21).splitlines()[0]
    assert "value" in head
    assert "factor" not in head


def test_a_markdown_table_has_everything() -> None:
    assert board().markdown().splitlines()[-1] == "| sum |  |  | 4.25 |"
