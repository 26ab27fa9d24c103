"""Charts as drawings of a page: numbers in their places, letters apart, nothing outside."""

from __future__ import annotations

import io
import itertools
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dlcli.commands.rnn.unrolled import Unrolled
from dlcli.tensor import Array, Axis
from dlcli.views.charts.boxes import Box as Stage
from dlcli.views.charts.boxes import Boxes
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.charts.histogram import Histogram
from dlcli.views.charts.map_sheet import MapSheet
from dlcli.views.charts.scatter import MOST, Scatter
from dlcli.views.charts.series import Series
from dlcli.views.charts.waves import Waves
from dlcli.views.page import html, svg
from dlcli.views.page.axes import BASE, markers
from dlcli.views.page.cells import Cells
from dlcli.views.page.figures import Column, Drawing, Figure, HasFigure, Legend, Words
from dlcli.views.page.layout import Block
from dlcli.views.page.raster import painted
from dlcli.views.page.shapes import SIGN, Area, Box, Dots, Image, Letters, Shape, Stroke
from dlcli.views.pictures.tone import Tone
from dlcli.words.numeral import MINUS

TOKENS = Axis("token", ("the", "cat", "sat"))
RANDOM = np.random.default_rng(4)


def drawing_of(view: HasFigure) -> Drawing:
    """The drawing of a view, which may stand over notes and a scale of colours."""
    figure = view.figure()
    drawing = figure.parts[0] if isinstance(figure, Column) else figure
    assert isinstance(drawing, Drawing)
    return drawing


def of_kind(drawing: Drawing, kind: type, look: str | None = None) -> list[Any]:
    return [
        one for one in drawing.shapes if isinstance(one, kind) and look in (None, getattr(one, "look", ""))
    ]


def number(text: str) -> float:
    return float(text.replace(MINUS, "-"))


def ruled(drawing: Drawing, *, log: bool = False) -> Callable[[Array], Array]:
    """From points in pixels to numbers, as the labels at the left and below say."""
    quiet = [
        one for one in of_kind(drawing, Letters, "quiet") if one.text.strip(f"0123456789.e{MINUS}") == ""
    ]
    up = [(one.y - BASE, number(one.text)) for one in quiet if one.anchor == "end"]
    low = min(one.y for one in quiet if one.anchor == "middle")
    across = [(one.x, number(one.text)) for one in quiet if one.anchor == "middle" and one.y == low]
    assert min(len(up), len(across)) > 1

    def inverted(points: Array) -> Array:
        (x, to_x), (y, to_y) = np.array(across).T, np.array(up).T
        to_y = np.log10(to_y) if log else to_y
        columns = [
            np.polyval(np.polyfit(x, to_x, 1), points[:, 0]),
            np.polyval(np.polyfit(y, to_y, 1), points[:, 1]),
        ]
        return np.stack([columns[0], 10 ** columns[1] if log else columns[1]], axis=1)

    return inverted


@pytest.mark.parametrize("log", [False, True], ids=["linear", "log"])
def test_points_of_a_line_are_where_the_axes_say_and_a_nan_is_a_gap(log: bool) -> None:
    y = RANDOM.uniform(0.002, 4, 50)
    y[[7, 20, 21]] = np.nan
    drawing = drawing_of(LineChart({"y": y}, Axis("time", start=1, step=0.5, unit="s"), log=log))
    (line,) = of_kind(drawing, Stroke, "0")
    found = ruled(drawing, log=log)(line.points)
    np.testing.assert_allclose(found[:, 0], 1 + 0.5 * np.arange(50), rtol=1e-9)
    np.testing.assert_allclose(found[:, 1], y, rtol=1e-9)


def test_ticks_are_those_of_the_screen(draw: Callable[..., str]) -> None:
    view = LineChart({"y": np.arange(500) / 7}, Axis("time", start=0, step=0.01, unit="s"))
    drawing = drawing_of(view)
    (line,) = of_kind(drawing, Stroke, "0")
    columns = int((line.points[-1, 0] - line.points[0, 0]) / SIGN)
    screen = draw(view, columns + 3).split("\n")
    letters = of_kind(drawing, Letters, "quiet")
    at_the_left = [one.text for one in letters if one.anchor == "end"]
    assert at_the_left[::-1] == [row.split("┤")[0].strip() for row in screen if "┤" in row]
    below = [one.text for one in letters if one.anchor == "middle"]
    assert " ".join(below).split() == " ".join(screen[-2:]).split()


def test_several_lines_differ_in_look_and_have_letters_at_their_ends_and_in_the_legend() -> None:
    drawing = drawing_of(LineChart({"up": np.arange(30), "down": -np.arange(30), "level": np.zeros(30)}))
    for place, letter in enumerate("abc"):
        (sample, line) = of_kind(drawing, Stroke, str(place))
        known, end = (one for one in of_kind(drawing, Letters, str(place)))
        assert known.text == end.text == letter
        assert (end.x, end.y) == (line.points[-1, 0] + BASE, line.points[-1, 1] + BASE)
        assert abs(sample.points[0, 1] + BASE - known.y) < 1e-9


def test_a_band_is_an_area_from_its_lower_to_its_upper_edge() -> None:
    y = np.linspace(1, 5, 9)
    drawing = drawing_of(LineChart([Series("y", y, band=(y - 1, y + 2))]))
    (area,) = of_kind(drawing, Area, "0")
    found = ruled(drawing)(area.points)
    above, below = found[: len(found) // 2], found[len(found) // 2 :]
    np.testing.assert_allclose(above[:, 1] - (1 + above[:, 0] / 2), 2, atol=1e-9)
    np.testing.assert_allclose((1 + below[:, 0] / 2) - below[:, 1], 1, atol=1e-9)


def test_of_a_million_numbers_those_that_stand_out_are_drawn() -> None:
    y = np.zeros(1_000_000)
    y[123_456], y[500_000:600_000] = 9, np.nan
    drawing = drawing_of(LineChart({"y": y}, Axis("sample", start=0, step=1)))
    (line,) = of_kind(drawing, Stroke, "0")
    found = ruled(drawing)(line.points)
    assert len(found) < 2500
    place = np.nanargmax(found[:, 1])
    assert found[place, 1] == pytest.approx(9)
    assert abs(found[place, 0] - 123_456) < 2500
    gap = np.flatnonzero(np.isnan(found[:, 1]))
    assert len(gap) == 1
    assert abs(found[gap[0] - 1, 0] - 500_000) < 2500


@settings(max_examples=40)
@given(
    y=arrays(
        np.float64, st.integers(1, 40), elements=st.floats(width=64, allow_nan=True, allow_infinity=True)
    ),
    log=st.booleans(),
    span=st.sampled_from([None, (1.0, 2.0)]),
)
def test_whatever_is_drawn_stays_within_its_frame(
    y: Array, log: bool, span: tuple[float, float] | None
) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        view = LineChart([Series("a", y, band=(y - 1, y * 2)), Series("b", -y)], log=log, span=span)
        figure = view.figure()
    drawing = figure.parts[0] if isinstance(figure, Column) else figure
    if isinstance(drawing, Words):
        assert drawing.runs[0].text == "(nothing to draw)"
        return
    assert isinstance(drawing, Drawing)
    (edge, *_) = of_kind(drawing, Stroke, "edge")
    top, bottom = edge.points[:2, 1]
    for shape in (*of_kind(drawing, Stroke), *of_kind(drawing, Area), *of_kind(drawing, Dots)):
        if shape.look in ("0", "1") and not shape.points[0, 1] < top - 6:  # the samples of the legend
            inside = shape.points[np.isfinite(shape.points).all(axis=1)]
            assert (inside[:, 1] >= top - 1e-9).all()
            assert (inside[:, 1] <= bottom + 1e-9).all()
            assert (inside[:, 0] >= edge.points[0, 0] - 1e-9).all()


def test_a_map_has_each_number_as_a_pixel_with_labels_at_the_middle_of_its_cells() -> None:
    values = RANDOM.random((3, 3))
    drawing = drawing_of(HeatMap(values, TOKENS, TOKENS, cells=Cells("weights", "0,r,c")))
    (image,) = of_kind(drawing, Image)
    tone = Tone.of_map(values, values)
    np.testing.assert_array_equal(image.colours[image.data], tone.rgb(values[..., None]))
    assert image.cells == Cells("weights", "0,r,c")
    wide, high = image.width / 3, image.height / 3
    assert (wide, high) == (int(wide), int(high))
    assert wide >= 24
    assert high >= 20
    letters = {one.text: one for one in of_kind(drawing, Letters) if one.anchor == "end"}
    for place, token in enumerate(TOKENS.labels or ()):
        assert letters[token].y == image.y + (place + 0.5) * high + BASE
        assert any(
            one.text == token and one.x == image.x + (place + 0.5) * wide for one in of_kind(drawing, Letters)
        )


def test_low_frequencies_are_below_and_their_cells_counted_from_there() -> None:
    values = RANDOM.random((30, 50))
    hertz = Axis("frequency", start=0, step=100, unit="Hz")
    drawing = drawing_of(
        HeatMap(
            values, hertz, Axis("time", start=0, step=0.1, unit="s"), origin="lower", cells=Cells("s", "r,c")
        )
    )
    (image,) = of_kind(drawing, Image)
    np.testing.assert_array_equal(
        image.colours[image.data], Tone.of_map(values, values).rgb(values[::-1, :, None])
    )
    assert image.cells == Cells("s", "R,c")
    found = ruled(drawing)(np.array([[image.x, image.y], [image.x + image.width, image.y + image.height]]))
    np.testing.assert_allclose(found, [[-0.05, 2950], [4.95, -50]], atol=1e-9)


def test_columns_of_a_histogram_are_as_high_as_what_they_count() -> None:
    values = RANDOM.random(4000)
    view = Histogram(values, bins=20, height=12)
    drawing = drawing_of(view)
    (area,) = of_kind(drawing, Area, "0")
    found = ruled(drawing)(area.points).reshape(-1, 4, 2)
    counts, edges = np.histogram(values, 20)
    np.testing.assert_allclose(found[:, 1, 1], counts, rtol=1e-9)
    middle = found[:, :, 0].mean(axis=1)
    np.testing.assert_allclose(middle, (edges[1:] + edges[:-1]) / 2, atol=1e-6)


def test_points_of_a_scatter_are_where_they_are_and_no_two_classes_look_alike() -> None:
    places, classes = RANDOM.normal(size=(90, 2)), np.arange(90) % 3
    drawing = drawing_of(Scatter(places, classes, ["one", "two", "three"]))
    (_, dots) = of_kind(drawing, Dots, "0")
    np.testing.assert_allclose(ruled(drawing)(dots.points), places[classes == 0], atol=1e-9)
    squares = of_kind(drawing, Area, "1")[1].points.reshape(30, -1, 2)[:, :-1]
    np.testing.assert_allclose(ruled(drawing)(squares.mean(axis=1)), places[classes == 1], atol=1e-9)
    looks = [markers(np.zeros((1, 2)), place) for place in range(36)]
    assert len({(one.look, np.round(one.points, 3).tobytes()) for one in looks}) == 36  # type: ignore[union-attr]


def test_of_a_hundred_thousand_points_some_thousand_are_drawn() -> None:
    places = RANDOM.normal(size=(100_000, 2))
    figure = Scatter(places, np.zeros(100_000, int), ["one"]).figure()
    assert isinstance(figure, Column)
    assert isinstance(figure.parts[1], Words)
    assert "one is drawn" in figure.parts[1].runs[0].text
    (dots,) = of_kind(figure.parts[0], Dots)  # type: ignore[arg-type]
    assert MOST / 8 < len(dots.points) <= MOST


def test_a_sheet_has_the_maps_at_their_rows_and_columns() -> None:
    maps = np.zeros((3, 2, 4, 5))
    maps[2, 1, 0, 4] = 1
    drawing = drawing_of(MapSheet(maps, ("layer", "head")))
    (image,) = of_kind(drawing, Image)
    assert image.data.shape == (12, 10)
    assert np.argwhere(image.data != image.data[0, 0]).tolist() == [[8, 9]]


def test_a_wave_is_as_high_as_its_values() -> None:
    drawing = drawing_of(Waves({"EN": np.array([1, 0, 0.5])}))
    (wave,) = of_kind(drawing, Stroke, "line")
    (rule,) = of_kind(drawing, Stroke, "rule")
    low = rule.points[0, 1]
    assert ((low - wave.points[:, 1]) / 18).tolist() == [1, 1, 0, 0, 0.5, 0.5]


def test_an_unrolled_net_has_a_box_for_each_step_and_says_what_it_left_out() -> None:
    drawing = drawing_of(Unrolled("gru", ["<b>"] * 9, ["y"] * 9, layers=2, bidirectional=True))
    assert [one.text for one in of_kind(drawing, Letters)].count("gru") == len(of_kind(drawing, Box)) == 16
    assert [one.text for one in of_kind(drawing, Letters)].count("…") == 4


LONG = "<b>a very long name\x1b of a thing & more of it"
VIEWS: dict[str, HasFigure] = {
    "lines": LineChart({f"{LONG}{i}": np.exp(-np.arange(9.0) * i) for i in range(30)}, y=LONG, log=True),
    "labels": LineChart({"y": np.arange(12)}, Axis(LONG, tuple(f"{LONG}{i}" for i in range(12))), y="size"),
    "ends": LineChart({"y": np.arange(2)}, Axis("end", ("the first one", "the last one"))),
    "far": LineChart({"y": np.array([-1e308, 1e308])}, height=3),
    "near": LineChart({"y": 1e9 + np.arange(40) * 1e-6}),
    "one": LineChart({"y": np.array([3.0])}),
    "map": HeatMap(RANDOM.random((12, 12)), *(Axis(LONG, tuple(f"{LONG}{i}" for i in range(12))),) * 2),
    "wide map": HeatMap(RANDOM.normal(size=(2, 3000)), Axis("row"), Axis("column")),
    "tall map": HeatMap(RANDOM.normal(size=(3000, 2)), Axis("row"), Axis("column", ("a", "b"))),
    "holes": HeatMap(np.array([[np.nan, np.inf], [1, 2]]), Axis("row"), Axis("column")),
    "histogram": Histogram(np.array([1, 2, 2, 9]), name=LONG),
    "bins": Histogram(RANDOM.normal(size=500) * 1e-7),
    "scatter": Scatter(RANDOM.normal(size=(50, 2)), np.arange(50) % 10, list("0123456789"), ("x", LONG)),
    "sheet": MapSheet(RANDOM.random((12, 12, 9, 9)), ("layer", "head")),
    "long sheet": MapSheet(RANDOM.random((2, 3, 200, 300)), ("layer", "head"), columns=["a", "mean", "c"]),
    "waves": Waves({LONG: np.arange(40) % 2, "Q": np.arange(40) / 40}),
    "boxes": Boxes([Stage(2**i, 2**i, (f"{i}", LONG)) for i in range(9)]),
    "unrolled": Unrolled(LONG, [LONG] * 7, ["", *["y"] * 6], bidirectional=True, ends=True, layers=3),
}


def taken(letters: Letters) -> tuple[float, float]:
    """From where to where letters go."""
    wide = SIGN * len(letters.text) * letters.size / 12
    left = letters.x - {"start": 0, "middle": wide / 2, "end": wide}[letters.anchor]
    return left, left + wide


@pytest.mark.parametrize("name", VIEWS)
def test_every_chart_has_words_stays_inside_and_writes_no_text_over_another(name: str) -> None:
    drawing = drawing_of(VIEWS[name])
    assert drawing.words
    assert "\x1b" not in drawing.words
    assert drawing.width <= 640
    letters = of_kind(drawing, Letters)
    for one in letters:
        left, right = taken(one)
        assert -1 < left < right < drawing.width + 1, one
        assert 0 < one.y <= drawing.height, one
        assert "\x1b" not in one.text
    lines: dict[float, list[tuple[float, float]]] = {}
    for one in letters:
        lines.setdefault(one.y, []).append(taken(one))
    for line in lines.values():
        line.sort()
        assert all(end < start + 1 for (_, end), (start, _) in itertools.pairwise(line)), line
    assert len(drawing.shapes) < 400
    text = svg.page([VIEWS[name]], title="t")
    assert "<b>" not in text
    paths = [one.get("d", "") for one in ElementTree.parse(io.StringIO(text)).iter()]
    assert any(paths)
    assert not any("n" in path for path in paths)
    assert drawing.words.split()[0] in html.page([VIEWS[name]], title="t")
    ground = painted(Block(drawing.width, drawing.height, drawing.shapes), theme="dark")
    assert len(np.unique(ground.reshape(-1, 3), axis=0)) > 3


@pytest.mark.parametrize(
    ("view", "told"),
    [
        (LineChart({"y": np.array([np.nan, 1, np.inf])}), "not drawn: 1 nan, 1 infinite"),
        (LineChart({"y": np.array([np.nan])}), "(nothing to draw)"),
        (Histogram(np.array([np.nan, 1])), "not counted: 1 nan"),
        (Histogram(np.array([])), "(nothing to count)"),
        (
            Scatter(np.array([[np.nan, 1], [1, 1]]), np.zeros(2, int), ["a"]),
            "not drawn: 1 that are not finite",
        ),
        (HeatMap(np.zeros((0, 2)), Axis("row"), Axis("column")), "(no cells)"),
        (MapSheet(np.zeros((1, 0, 2, 2)), ("layer", "head")), "(no cells)"),
    ],
)
def test_what_is_not_drawn_is_told(view: HasFigure, told: str) -> None:
    figure = view.figure()
    parts: list[Figure] = [*figure.parts] if isinstance(figure, Column) else [figure]
    assert told in [part.runs[0].text for part in parts if isinstance(part, Words)]


def test_a_map_has_the_scale_of_its_colours_unless_others_have_it() -> None:
    values = RANDOM.normal(size=(4, 4))
    with_scale = HeatMap(values, Axis("row"), Axis("column")).figure()
    assert isinstance(with_scale, Column)
    assert isinstance(with_scale.parts[-1], Legend)
    assert isinstance(HeatMap(values, Axis("row"), Axis("column"), legend=False).figure(), Drawing)


def test_two_areas_of_one_shape_are_painted_apart() -> None:
    corners = np.array([[0, 0], [4, 0], [4, 4], [0, 4], [np.nan, np.nan]])
    shapes: list[Shape] = [Area(np.concatenate([corners, corners + np.array([8, 0])]), colour="ff0000")]
    seen = painted(Block(14, 6, shapes))
    assert [tuple(seen[2, x].tolist()) for x in (2, 6, 10)] == [(255, 0, 0), (255, 255, 255), (255, 0, 0)]
