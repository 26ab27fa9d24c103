"""Numbers on colours: how they line up, fold, are marked, and stand above their places."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis
from dlcli.views.screen.colour import coloured, on
from dlcli.views.shelf import Shelf
from dlcli.views.tables.matrix import MarkedMatrix, Matrix, PlacedMatrix, kept, shares

ROW, COLUMN = Axis("row"), Axis("column")


def test_numbers_stand_under_their_columns(draw):
    view = Matrix(np.array([[23, 255, 40], [21, 34, 200]]), rows=ROW, columns=COLUMN, scale="gray")
    assert draw(view) == "\n".join(
        ["     column", "row    0    1    2", "  0   23  255   40", "  1   21   34  200"]
    )


def test_a_kernel_has_neither_names_nor_indices(draw):
    assert draw(Matrix(np.array([[0.9, 1.1], [-2.8, 0.8]]))) == "  0.9   1.1\n −2.8   0.8"


def test_columns_that_do_not_fit_continue_below_under_their_range(draw):
    values = np.arange(60).reshape(2, 30)
    assert draw(Matrix(values, rows=ROW, columns=COLUMN), 40).split("\n") == [
        "column 0 to 9 of 30",
        "row   0  1  2  3  4  5  6  7  8  9",
        "  0   0  1  2  3  4  5  6  7  8  9",
        "  1  30 31 32 33 34 35 36 37 38 39",
        "",
        "column 10 to 19 of 30",
        "row  10 11 12 13 14 15 16 17 18 19",
        "  0  10 11 12 13 14 15 16 17 18 19",
        "  1  40 41 42 43 44 45 46 47 48 49",
        "",
        "column 20 to 29 of 30",
        "row  20 21 22 23 24 25 26 27 28 29",
        "  0  20 21 22 23 24 25 26 27 28 29",
        "  1  50 51 52 53 54 55 56 57 58 59",
    ]


def test_a_large_matrix_shows_its_ends(draw):
    values = np.arange(10_000).reshape(100, 100)
    assert draw(Matrix(values, rows=ROW, columns=COLUMN, max_cells=16)).split("\n") == [
        "     column",
        "row     0     1     …    98    99",
        "  0     0     1     …    98    99",
        "  1   100   101     …   198   199",
        "  ⋮     ⋮     ⋮     …     ⋮     ⋮",
        " 98  9800  9801     …  9898  9899",
        " 99  9900  9901     …  9998  9999",
    ]


def test_kept_never_hides_a_short_side():
    assert kept(2, 9, 10) == ([0, 1], [0, 1, 2, None, 7, 8])
    assert kept(3, 3, 9) == ([0, 1, 2], [0, 1, 2])
    rows, columns = kept(1000, 2, 20)
    assert columns == [0, 1]
    assert rows == [0, 1, 2, 3, 4, None, 995, 996, 997, 998, 999]


def test_colours_go_from_blue_over_white_to_red(paint):
    (line,) = paint(Matrix(np.array([[-2.0, 0.0, 2.0]])))
    grounds = [ground for letter, (_, ground) in line if letter in "−02"]
    assert grounds == [(5, 48, 97), (5, 48, 97), (247, 247, 247), (103, 0, 31)]
    assert "".join(letter for letter, _ in line) == " −2   0   2 "


def test_limits_make_matrices_comparable(paint):
    (line,) = paint(Matrix(np.array([[1.0]]), limits=(-4, 4)))
    assert line[1][1][1] == tuple(coloured("diverging", np.array(0.25)).tolist())


def test_what_is_not_finite_has_no_place_among_the_colours():
    values = np.array([np.nan, np.inf, -np.inf, 2.0, -1.0])
    nowhere = [np.nan] * 3
    np.testing.assert_array_equal(shares(values, "diverging", None), [*nowhere, 1, -0.5])
    np.testing.assert_array_equal(shares(values, "gray", None), [*nowhere, 1, 0])
    assert shares(np.zeros(2), "diverging", None).tolist() == [0, 0]
    assert shares(np.array([3 + 4j, 0]), "gray", None).tolist() == [1, 0]


def test_labels_from_outside_are_data_and_keep_their_column(draw):
    tokens = Axis("token", labels=("\x1b[31mthe", "[bold]cat"))
    view = Matrix(np.eye(2), rows=tokens, columns=Axis("unit", labels=("a\nb", "猫")))
    assert draw(view) == "\n".join(
        ["           unit", "token     a␊b  猫", " ␛[31mthe   1   0", "[bold]cat   0   1"]
    )


def test_a_long_label_is_cut(draw):
    view = Matrix(np.eye(2), rows=Axis("token", labels=("a" * 500, "b")), columns=COLUMN)
    assert draw(view).split("\n")[2] == "a" * 15 + "…  1  0"


def test_markdown_is_a_table():
    view = Matrix(np.array([[1, -2]]), rows=Axis("a|b", labels=("x_y",)), columns=COLUMN)
    assert view.markdown() == "| a\\|b | 0 | 1 |\n| --- | ---: | ---: |\n| x\\_y | 1 | −2 |"


def test_markdown_of_a_large_matrix_has_dots():
    lines = Matrix(np.arange(100).reshape(10, 10), max_cells=16).markdown().split("\n")
    assert lines[0] == "|  | 0 | 1 | … | 8 | 9 |"
    assert lines[4] == "| ⋮ | ⋮ | ⋮ | … | ⋮ | ⋮ |"
    assert lines[5] == "| 8 | 80 | 81 | … | 88 | 89 |"


def test_a_shelf_puts_blocks_side_by_side_and_goes_on_below(draw):
    blocks = [
        (name, Matrix(np.full((2, 2), value))) for name, value in (("[red]", 1), ("green", 2), ("b", 300))
    ]
    assert draw(Shelf(blocks), 20) == "\n".join(
        ["[red]    green", " 1  1     2  2", " 1  1     2  2", "", "b", " 300  300", " 300  300"]
    )


def test_a_shelf_without_names_has_no_line_for_them(draw):
    assert draw(Shelf([("", Matrix(np.eye(2))), ("", Matrix(np.array([[7]])))])) == " 1  0     7\n 0  1"


def test_a_shelf_in_markdown_names_its_tables():
    text = Shelf([("a*b", Matrix(np.array([[7]])))]).markdown()
    assert text == "**a\\*b**\n\n|  | 0 |\n| --- | ---: |\n| 0 | 7 |"


VALUES = np.array([[1, 22, 3], [4, 5, 6], [7, 8, 9]])
MARKS = VALUES == 22
QUIET = (VALUES > 6) & ~MARKS


def view(**more: Any) -> MarkedMatrix:
    return MarkedMatrix(VALUES, MARKS, QUIET, ("row", "012"), ("column", "012"), **more)


@pytest.fixture
def lined() -> MarkedMatrix:
    return view(breaks=((2,), (2,)))


def test_brackets_and_lines(lined: MarkedMatrix, draw: Any) -> None:
    assert draw(lined) == "\n".join(
        [
            "     column",
            "row   0   1     2",
            "  0   1 [22] │  3",
            "  1   4   5  │  6",
            "    ─────────┼────",
            "  2   7   8  │  9",
        ]
    )


def test_a_narrow_console_folds_it(lined: MarkedMatrix, draw: Any) -> None:
    assert draw(lined, 15) == "\n".join(
        [
            "     column",
            "row   0",
            "  0   1",
            "  1   4",
            "    ────",
            "  2   7",
            "",
            "     column",
            "row   1",
            "  0 [22]",
            "  1   5",
            "    ────",
            "  2   8",
            "",
            "     column",
            "row   2",
            "  0   3",
            "  1   6",
            "    ────",
            "  2   9",
        ]
    )


def test_words_instead_of_numbers_and_outside_text(draw: Any) -> None:
    words = np.full((3, 3), "", object)
    words[2, 2] = "·"
    told = draw(
        MarkedMatrix(VALUES, MARKS, QUIET, ("[b]\x1b[2J", ("a", "b", "\x07")), ("column", "012"), words=words)
    )
    assert told.split("\n")[-1] == "      ␇   7   8   ·"
    assert told.split("\n")[1].startswith("[b]␛[2J")


def test_only_what_takes_part_is_coloured_and_the_marked_is_bold(paint: Any) -> None:
    lines = paint(view(scale="gray", limits=(0, 22)))
    marked = [colours for letter, colours in lines[2] if letter in "[2]"]
    assert {ground for _, ground in marked} == {(255, 255, 255)}
    assert {ground for letter, (_, ground) in lines[4] if letter in "789"} == {None}


def test_markdown() -> None:
    assert view().markdown() == "\n".join(
        [
            "| row column | 0 | 1 | 2 |",
            "| --- | ---: | ---: | ---: |",
            "| 0 | 1 | \\[22\\] | 3 |",
            "| 1 | 4 | 5 | 6 |",
            "| 2 | 7 | 8 | 9 |",
        ]
    )


PLACES = [["0,0", "0,1", "0,2"], ["1,0", "1,1", "1,2"]]


def test_each_number_stands_above_its_place(draw):
    view = PlacedMatrix(
        np.array([[1, -20, 3], [4, 5, 6]]), PLACES, rows=Axis("row"), columns=Axis("unit", tuple("abc"))
    )
    assert draw(view).split("\n") == [
        "      unit",
        "row     a    b    c",
        "  0     1  −20    3",
        "      0,0  0,1  0,2",
        "  1     4    5    6",
        "      1,0  1,1  1,2",
    ]


def test_without_axes_there_is_no_margin(draw):
    assert draw(PlacedMatrix(np.array([[1.5]]), [["x"]])) == "  1.5\n    x"


@pytest.mark.parametrize("width", [9, 14, 19, 40])
def test_columns_that_do_not_fit_go_on_below(draw, width):
    text = draw(PlacedMatrix(np.arange(24).reshape(1, -1), [[f"0,{i}" for i in range(24)]]), width)
    assert [word for line in text.split("\n")[0::3] for word in line.split()] == [str(i) for i in range(24)]


def test_the_colour_is_the_number_s_and_not_the_place_s(paint):
    lines = paint(PlacedMatrix(np.array([[1.0, -2.0]]), [["a", "b"]], limits=(-2, 2)))
    grounds = [[ground for _, (_, ground) in line] for line in lines]
    shades = [on(colour).bgcolor for colour in coloured("diverging", np.array([0.5, -1.0]))]
    wanted = [tuple(shade.get_truecolor()) for shade in shades if shade is not None]
    assert [ground for ground in dict.fromkeys(grounds[0]) if ground is not None] == wanted
    assert len(wanted) == 2
    assert set(grounds[1]) == {None}


def test_places_are_outside_text(draw):
    text = draw(PlacedMatrix(np.array([[1]]), [["[b]\x1b[2J" + "x" * 50]], columns=Axis("\x07")))
    assert "[b]␛[2J" in text
    assert "␇" in text


def test_markdown_keeps_number_and_place_together():
    view = PlacedMatrix(np.array([[1, 2]]), [["a|b", "c"]], columns=Axis("index"))
    assert view.markdown() == "| index | 0 | 1 |\n| --- | ---: | ---: |\n|  | 1 (a\\|b) | 2 (c) |"


def test_what_is_not_finite_has_no_ground_on_a_page_and_on_a_screen(paint):
    values = np.array([[np.nan, 1.0], [np.inf, 2.0], [-np.inf, 3.0]])
    names = (("row", "abc"), ("column", "de"))
    for view in (
        Matrix(values),
        PlacedMatrix(values, [["p", "q"]] * 3),
        MarkedMatrix(values, values == 2, np.zeros((3, 2), bool), *names),
    ):
        numbers = [row[-2:] for row in view.figure().body]
        assert [(first.ground, first.quiet) for first, _ in numbers] == [("", True)] * 3
        assert all(second.ground for _, second in numbers)
    for line in paint(Matrix(values)):
        assert {colours[1] for letter, colours in line if letter in "naif"} == {None}
        assert None not in {colours[1] for letter, colours in line if letter in "123"}
