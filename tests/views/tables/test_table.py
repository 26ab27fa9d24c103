import io
from collections.abc import Callable

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from dlcli.views.tables.table import FactsTable, Table, with_rest

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


LEARNT = ["state", "0.01", "0.02", "0.01", "0.02", "exact"]
GROUPS = ["", "TD(0), α =", "TD(0), α =", "MC, α =", "MC, α =", ""]
VALUES = [["A", "0.1234", "0.2345", "1.25e−5", "0.4567", "0.5"], ["B", "−0.1", "0.2", "0.3", "0.4", "0.6"]]


def learnt() -> Table:
    return Table(LEARNT, VALUES, right=range(1, 6), heads=range(6), groups=GROUPS)


def test_what_columns_share_stands_above_their_heads(draw: Callable[..., str]) -> None:
    assert draw(learnt(), 60).split("\n") == [
        "       TD(0), α =      MC, α =",
        "state    0.01    0.02     0.01    0.02  exact",
        "A      0.1234  0.2345  1.25e−5  0.4567    0.5",
        "B        −0.1     0.2      0.3     0.4    0.6",
    ]


def test_columns_without_room_go_on_below(draw: Callable[..., str]) -> None:
    assert draw(learnt(), 37).split("\n") == [
        "       TD(0), α =",
        "state    0.01    0.02",
        "A      0.1234  0.2345",
        "B        −0.1     0.2",
        "",
        "       MC, α =",
        "state     0.01    0.02  exact",
        "A      1.25e−5  0.4567    0.5",
        "B          0.3     0.4    0.6",
    ]


def test_a_group_that_is_too_wide_is_parted(draw: Callable[..., str]) -> None:
    table = Table(["s", *"abcd"], [["x", *["0.25"] * 4]], right=range(1, 5), groups=["", *["V"] * 4])
    assert draw(table, 16).split("\n") == [
        "   V", "s     a     b", "x  0.25  0.25", "", "   V", "s     c     d", "x  0.25  0.25"
    ]  # fmt: skip


def test_a_group_wider_than_its_columns_moves_the_next_one(draw: Callable[..., str]) -> None:
    table = Table(["s", "a", "b"], [["x", "1", "2"]], right=(1, 2), groups=["", "a group", "more"])
    assert draw(table, 40).split("\n") == ["   a group  more", "s  a        b", "x  1        2"]


@pytest.mark.parametrize("width", range(17, 60))
def test_no_number_and_no_head_is_cut(width: int, draw: Callable[..., str]) -> None:
    text = draw(learnt(), width)
    assert max(map(cell_len, text.split("\n"))) <= width
    assert "…" not in text
    words = text.split()
    assert all(number in words for row in VALUES for number in row[1:])
    assert words.count("0.01") == words.count("0.02") == 2


def test_names_are_cut_before_numbers_where_columns_go_on_below(draw: Callable[..., str]) -> None:
    table = Table(["state", "V", "v"], [["a long name", "0.1234", "0.2345"]], right=(1, 2), whole=(0,))
    assert draw(table, 19).split("\n") == [
        "state             V", "a long name  0.1234", "", "state             v", "a long name  0.2345"
    ]  # fmt: skip
    assert draw(table, 14).split("\n") == [
        "state        V", "a lon…  0.1234", "", "state        v", "a lon…  0.2345"
    ]  # fmt: skip


def test_rows_whose_names_are_cut_stay_apart(draw: Callable[..., str]) -> None:
    table = Table(["method", "V"], [["TD(0), α = 0.1", "1.25"], ["TD(0), α = 0.2", "2.5"]], right=(1,))
    assert draw(table, 15).split("\n") == ["method        V", "TD(0… 0.1  1.25", "TD(0… 0.2   2.5"]


def test_markdown_writes_groups_before_heads() -> None:
    assert learnt().markdown().splitlines()[0] == (
        "| state | TD(0), α = 0.01 | TD(0), α = 0.02 | MC, α = 0.01 | MC, α = 0.02 | exact |"
    )


def test_heads_steer_nothing(draw: Callable[..., str]) -> None:
    assert draw(Table(["a\x1b[2J"], [["b"]], groups=["c\n"]), 40).split("\n") == ["c␊", "a␛[2J", "b"]


def test_words_wrap_within_their_column(draw: Callable[..., str]) -> None:
    table = FactsTable([("source", "a b c"), ("command", "conv sample:cat -k diag | show")])
    assert draw(table, 24) == "source   a b c\ncommand  conv sample:cat\n         -k diag | show"


def test_outside_text_steers_nothing(draw: Callable[..., str]) -> None:
    assert draw(FactsTable([("x\n", "[bold]\x1b[31m"), ("y", "")])) == "x␊  [bold]␛[31m\ny"


def test_markdown_is_a_table() -> None:
    assert FactsTable([("a|b", "1")]).markdown() == "|  |  |\n| --- | --- |\n| a\\|b | 1 |"


@pytest.mark.parametrize(
    ("left", "what", "told"),
    [
        (1, "kernels", "and 1 more kernel"),
        (2, "kernels", "and 2 more kernels"),
        (1, "states: --emit values -f csv", "and 1 more state: --emit values -f csv"),
        (1, "ends, reached less often", "and 1 more end, reached less often"),
        (1, "", "and 1 more"),
    ],
)
def test_one_more_is_said_as_one(left: int, what: str, told: str) -> None:
    console = Console(width=80, file=io.StringIO())
    console.print(with_rest(Text("a"), left, what))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines()[1] == told
