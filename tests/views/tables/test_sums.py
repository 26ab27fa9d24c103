"""Sums on the board: points below each other, what is listed, and what happens when it is narrow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.views.tables.sums import Summands, SumTable

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


@pytest.mark.parametrize("width", range(14, 40))
def test_every_number_is_there_and_whole_at_any_width(width: int, draw: Any) -> None:
    table = board(names=("a name that is long", "another name"))
    lines = draw(table, width=width).splitlines()
    assert max(map(len, lines)) <= width
    words = " ".join(lines).split()
    assert all(word in words for word in ("factor", "0.50", "0.25", "value", "10", "−3", "product"))
    assert [line[-5:] for line in lines[-4:]] == [" 5.00", "−0.75", "─────", " 4.25"]


def test_columns_without_room_go_on_below(draw: Any) -> None:
    assert draw(board(names=("first", "the second")), width=25).splitlines() == [
        "what        factor  value",
        "first         0.50     10",
        "the second    0.25     −3",
        "",
        "what        product",
        "first          5.00",
        "the second    −0.75",
        "              ─────",
        "sum            4.25",
    ]


def test_names_are_as_long_as_the_widest_part_allows(draw: Any) -> None:
    lines = draw(board(names=("first", "the second")), width=20).splitlines()
    assert lines[0] == "what   factor  value"
    assert lines[2] == "the …    0.25     −3"


def test_a_markdown_table_has_everything() -> None:
    assert board().markdown().splitlines()[-1] == "| sum |  |  | 4.25 |"


def test_names_that_are_cut_stay_apart(draw: Any) -> None:
    lines = draw(board(names=("lecture 1", "lecture 2")), width=15).splitlines()
    assert [line.split("  ")[0] for line in lines[1:3]] == ["lec… 1", "lec… 2"]


ROWS = [("x[0]", 2.0, 0.5, 1.0), ("h[−1] 0", -1.0, 0.25, -0.25)]
TABLE = SumTable(ROWS, {"b": 0.5}, 1.25, ("tanh(1.25)", 0.8482836), note="not listed: 1 time 0 · weight")


def test_every_factor_and_product_stands_in_its_line(draw: Any) -> None:
    assert draw(TABLE, 60).split("\n") == [
        "from     value   weight   product",
        "x[0]         2 ×   0.50 =   1.000",
        "h[−1] 0     −1 ×   0.25 =  −0.250",
        "                    + b     0.500",
        "                          ───────",
        "                    sum     1.250",
        "             tanh(1.25)     0.848",
        "not listed: 1 time 0 · weight",
    ]


def test_without_a_product_there_is_still_a_sum(draw: Any) -> None:
    told = draw(SumTable([], {"b": 0.5}, 0.5))
    assert "sum" in told
    assert told.endswith("0.5")


def test_products_are_coloured_by_their_sign(paint: Any) -> None:
    rows = paint(TABLE, 60)
    grounds = [{ground for _, (_, ground) in row if ground} for row in rows]
    assert [len(ground) for ground in grounds] == [0, 1, 1, 0, 0, 0, 0, 0]
    assert grounds[1] != grounds[2]


def test_in_markdown_it_is_a_table() -> None:
    told = TABLE.markdown()
    assert "| h\\[−1\\] 0 | −1 | 0.25 | −0.250 |" in told
    assert "| sum |" in told


def test_what_has_no_room_goes_on_below(draw: Any, paint: Any) -> None:
    rows = [("unit 10", 0.12345678912345, -0.12345678912345, -0.0152415788123), ("b", 1.0, 2.0, 2.0)]
    table = SumTable(rows, {"2 others": 0.0}, 1.9847584212345, precision=10)
    assert "unit 10  0.123456789 × −0.123456789 = −0.015241579" in draw(table, 60).split("\n")
    assert [line.rstrip() for line in draw(table, 40).split("\n")] == [
        "from           value         weight",
        "                              product",
        "unit 10  0.123456789 × −0.123456789 =",
        "                         −0.015241579",
        "b        1.000000000 ×  2.000000000 =",
        "                          2.000000000",
        "            + 2 others    0.000000000",
        "                         ────────────",
        "                   sum    1.984758421",
    ]
    grounds = [{ground for _, (_, ground) in row if ground} for row in paint(table, 40)]
    assert [len(ground) for ground in grounds] == [0, 0, 0, 1, 0, 1, 0, 0, 0]


def test_the_head_of_names_is_whole_before_numbers_stand_beside_it(draw: Any) -> None:
    """Columns of numbers that have no room go on below."""
    names = {"episode": ["0"], "state": ["a long one"]}
    table = Summands(names, {head: np.array([0.25]) for head in ("target", "before", "after")})
    assert draw(table, 40).split("\n")[0].split() == ["episode", "state", "target", "before", "after"]
    for width in (26, 30, 34):
        assert draw(table, width).split()[0] == "episode", width
