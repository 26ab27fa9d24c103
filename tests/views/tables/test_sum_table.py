"""A sum of products: every factor, what stands beside them, the rule, the sum, the activation."""

from __future__ import annotations

from typing import Any

from dlcli.views.tables.sum_table import SumTable

ROWS = [("x[0]", 2.0, 0.5, 1.0), ("h[−1] 0", -1.0, 0.25, -0.25)]
TABLE = SumTable(ROWS, {"b": 0.5}, 1.25, ("tanh(1.25)", 0.84828), note="not listed: 1 time 0 · weight")


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
    rows = [("unit 10", 0.1234567891, -0.1234567891, -0.0152415788), ("b", 1.0, 2.0, 2.0)]
    table = SumTable(rows, {"2 others": 0.0}, 1.9847584212, precision=10)
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
