from collections.abc import Callable

import pytest
from rich.cells import cell_len

from dlcli.views.table import Table

HEADER = ("axis", "length", "rule")
ROWS = [["height", "300", "equal"], ["a very long name of an axis", "1", "1 is stretched"]]


def test_columns_line_up(draw):
    assert draw(Table(HEADER, ROWS, right=[1])).split("\n") == [
        "axis                         length  rule",
        "height                          300  equal",
        "a very long name of an axis       1  1 is stretched",
    ]


@pytest.mark.parametrize("width", [18, 24, 30, 40])
def test_the_widest_columns_are_cut_where_it_is_narrow(draw, width):
    text = draw(Table(HEADER, ROWS, right=[1]), width)
    assert len(text.split("\n")) == 3
    assert "…" in text
    assert "300" in text


def test_wide_letters_take_two_cells(draw):
    lines = draw(Table(["a", "b"], [["猫", "1"], ["cat", "2"]])).split("\n")
    assert [cell_len(line) for line in lines[1:]] == [6, 6]


def test_outside_text_takes_no_effect(draw):
    text = draw(Table(["a"], [["[red]\x1b[2J\n"]]))
    assert text.split("\n")[1] == "[red]␛[2J␊"


def test_markdown():
    assert (
        Table(["a", "b"], [["x|y", "1"]], right=[1]).markdown() == "| a | b |\n| --- | ---: |\n| x\\|y | 1 |"
    )


def test_no_row_is_a_header_alone(draw):
    assert draw(Table(HEADER, [])) == "axis  length  rule"


def test_spare_columns_are_left_out_where_cutting_would_not_do(draw: Callable[..., str]) -> None:
    table = Table(("name", "spare", "rather", "last"), [("abcdef", "12345", "123456", "x")], spare=(1, 2))
    assert draw(table, 40) == "name    spare  rather  last\nabcdef  12345  123456  x"
    assert draw(table, 16) == "name  rat…  last\nabc…  123…  x"
    assert draw(table, 10) == "name  last\nabc…  x"


def test_numbers_are_cut_last(draw: Callable[..., str]) -> None:
    table = Table(("name", "share", "more"), [("abcdefgh", "0.1234", "12.5 bits")], right=(1, 2), spare=(2,))
    assert draw(table, 40) == "name       share       more\nabcdefgh  0.1234  12.5 bits"
    assert draw(table, 24) == "name    share       more\nabcd…  0.1234  12.5 bits"
    assert draw(table, 20) == "name       share\nabcdefgh  0.1234"
    assert draw(table, 10) == "name  sha…\nabc…  0.1…"
