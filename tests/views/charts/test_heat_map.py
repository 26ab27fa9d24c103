import io

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from dlcli.tensor import Axis
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.page.shapes import Image
from dlcli.views.screen.colour import coloured

ROW, COLUMN = Axis("row"), Axis("column")
TOKENS = ("the", "cat", "sat")
QUERY, KEY = Axis("query", TOKENS), Axis("key", TOKENS)
HERTZ = Axis("frequency", start=0, step=100, unit="Hz")
SECONDS = Axis("frame", start=0, step=0.1, unit="s")


def top_left(lines):
    """The inks of the first cell of the first row, behind the line at its left."""
    return next(colours[0] for letter, colours in lines[1] if letter == "▀")


def test_labels_of_small_matrices_stand_at_their_rows_and_columns(draw):
    view = HeatMap(np.array([[1, 0, 0], [0.5, 0.5, 0], [0, 0, 1.0]]), QUERY, KEY)
    assert draw(view, 40).split("\n") == [
        "query",
        "   │@@@@@",
        "the┤@@@@@",
        "   │==========",
        "cat┤==========",
        "   │          @@@@@",
        "sat┤          @@@@@",
        "   └──┬────┬────┬──",
        "     the  cat  sat",
        "          key",
        "0 | .:-=+*#%@| 1",
    ]


def test_ten_tokens_are_readable_at_40_columns(draw):
    tokens = ("the", "cat", "sat", "on", "the", "mat", "because", "it", "was", "tired")
    lines = draw(HeatMap(np.eye(10), Axis("query", tokens), Axis("key", tokens)), 40).split("\n")
    for line, token in zip(lines[1:11], tokens, strict=True):
        assert line.split("┤")[0].strip() == token
    below = "\n".join(lines[12:])
    assert all(token in below for token in tokens)


def test_labels_that_do_not_fit_give_way_to_numbers(draw):
    view = HeatMap(np.eye(50), Axis("query", ("a long token",) * 50), Axis("key", ("a long token",) * 50))
    lines = draw(view, 40).split("\n")
    assert "a long" not in "".join(lines)
    assert lines[-3].split()[:2] == ["0", "10"]
    assert lines[-2].strip() == "key"


def test_the_origin_puts_low_frequencies_below(draw):
    values = np.zeros((41, 30))
    values[0] = 1
    for origin, place in (("upper", 1), ("lower", 21)):
        lines = draw(HeatMap(values, HERTZ, SECONDS, origin=origin), 40).split("\n")
        assert lines[0] == "frequency (Hz)"
        assert lines[place].split("┤")[0].strip() == "0"
        assert lines[place].count("+") + lines[place].count("@") + lines[place].count("=") > 20
        assert lines[-2].strip() == "frame (s)"


@pytest.mark.parametrize(
    ("values", "scale", "expected"),
    [
        (np.array([[0.0, 4.0]]), None, coloured("sequential", np.array(0.0))),
        (np.array([[4.0, 0.0]]), None, coloured("sequential", np.array(1.0))),
        (np.array([[3.0, 5.0]]), "gray", coloured("gray", np.array(0.0))),
        (np.array([[-2.0, 1.0]]), None, coloured("diverging", np.array(-1.0))),
        (np.array([[1.0, 2.0]]), "diverging", coloured("diverging", np.array(0.5))),
        (np.array([[-5.0, -1.0]]), None, coloured("sequential", np.array(0.0))),
        (np.array([[3 + 4j, 0]]), None, coloured("sequential", np.array(1.0))),
    ],
)
def test_the_scale_suits_the_signs_unless_one_is_named(paint, values, scale, expected):
    assert top_left(paint(HeatMap(values, ROW, COLUMN, scale=scale))) == tuple(expected.tolist())


def test_limits_make_maps_comparable(paint):
    view = HeatMap(np.array([[1.0, 2.0]]), ROW, COLUMN, limits=(0, 4))
    assert top_left(paint(view)) == tuple(coloured("sequential", np.array(0.25)).tolist())


@pytest.mark.parametrize(("system", "drawn"), [("truecolor", True), ("256", True), ("standard", False)])
def test_few_colours_mean_characters(system, drawn):
    page = Console(width=40, file=io.StringIO(), force_terminal=True, color_system=system, _environ={})
    page.print(HeatMap(np.eye(4), ROW, COLUMN))
    assert ("▀" in page.file.getvalue()) is drawn
    assert ("@" in page.file.getvalue()) is not drawn


def test_square_cells_where_neither_axis_has_a_unit(paint):
    lines = paint(HeatMap(np.zeros((100, 200)), ROW, COLUMN, legend=False))
    body = [line for line in lines if any(letter == "▀" for letter, _ in line)]
    width = sum(letter == "▀" for letter, _ in body[0])
    assert width == pytest.approx(2 * 2 * len(body), abs=2)


def test_what_is_no_number_is_crossed(draw):
    assert "×" in draw(HeatMap(np.array([[1.0, np.nan], [2.0, 3.0]]), ROW, COLUMN))


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize(
    ("shape", "rows", "columns"),
    [
        ((1, 1), ROW, COLUMN),
        ((300, 451), ROW, COLUMN),
        ((3, 1000), HERTZ, SECONDS),
        ((1000, 3), HERTZ, SECONDS),
        ((30, 70), HERTZ, SECONDS),
        (
            (3, 3),
            Axis("query", ("猫" * 40, "\x1b[31m", "[bold]")),
            Axis("key", ("猫" * 40, "\x1b[31m", "[bold]")),
        ),
        ((9, 60), ROW, Axis("key", tuple("abc" * 20))),
        ((25, 13), Axis("n" * 99), Axis("m" * 99, start=0, step=1e-9, unit="s" * 99)),
    ],
)
def test_every_line_fits(draw, paint, shape, rows, columns, width):
    view = HeatMap(np.random.default_rng(0).normal(size=shape), rows, columns)
    assert draw(view, width)
    assert all(sum(cell_len(letter) for letter, _ in line) <= width for line in paint(view, width))


@pytest.mark.parametrize("values", [np.full((3, 3), np.nan), np.zeros((3, 3)), np.full((20, 20), 7)])
def test_flat_and_empty_maps_draw_without_warning(draw, values):
    assert draw(HeatMap(values, ROW, COLUMN))


def test_no_cells(draw):
    assert draw(HeatMap(np.zeros((0, 5)), ROW, COLUMN)) == "(no cells)"


def test_markdown_is_a_table_when_small_and_a_drawing_when_large():
    view = HeatMap(np.array([[1, 2], [3, 4]]), HERTZ, Axis("key", ("a", "b")), origin="lower")
    assert view.markdown().split("\n")[2:] == ["| 100 Hz | 3 | 4 |", "| 0 Hz | 1 | 2 |"]
    assert HeatMap(np.eye(13), ROW, COLUMN).markdown().startswith("```text\nrow")


@pytest.mark.parametrize(("shape", "origin"), [((2,), "upper"), ((2, 2, 3), "upper"), ((2, 2), "left")])
def test_other_shapes_and_origins_are_refused(shape, origin):
    with pytest.raises(ValueError, match="a heat map is"):
        HeatMap(np.zeros(shape), ROW, COLUMN, origin=origin)


def test_rows_can_be_marked_where_one_likes(draw):
    values = np.arange(60.0).reshape(20, 3)
    view = HeatMap(
        values, Axis("a", start=0.0, step=1.0), Axis("b"), height=10, marks={0: "low", 18.5: "high"}
    )
    lines = draw(view, 30).splitlines()
    assert [line[:5] for line in lines if "┤" in line] == [" low┤", "high┤"]
    assert [place for place, line in enumerate(lines) if "┤" in line] == [1, 10]


def test_an_area_may_be_drawn_by_its_mean(draw):
    gain = np.indices((40, 400)).sum(axis=0) % 2
    shades = {"scale": "gray", "limits": (0, 1), "height": 2, "legend": False}
    assert set(draw(HeatMap(gain, HERTZ, SECONDS, **shades), 40).split("\n")[1][8:]) == {"@"}
    assert set(draw(HeatMap(gain, HERTZ, SECONDS, mean=True, **shades), 40).split("\n")[1][8:]) <= {"=", "+"}


@pytest.mark.parametrize(("height", "times"), [(7, 2), (24, 8)])
def test_a_square_map_of_a_page_is_as_large_as_its_pixels_allow_not_its_signs(height, times):
    """60 rows are 2 pixels each of 140, which 7 lines are, and 8 of 480."""
    drawing = HeatMap(np.eye(60), ROW, COLUMN, height=height, legend=False).figure()
    (image,) = [shape for shape in drawing.shapes if isinstance(shape, Image)]
    assert (image.width, image.height) == (60 * times, 60 * times)
