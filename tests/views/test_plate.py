"""Picture files with axes: every number of a map at its place, between ticks that count it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlcli.errors import DlcliError
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views import plate as module
from dlcli.views.look import look
from dlcli.views.page.axes import around
from dlcli.views.page.compose import figure_of
from dlcli.views.page.figures import Column, Drawing, Pixels, Row
from dlcli.views.page.layout import block
from dlcli.views.page.shapes import Image as Picture
from dlcli.views.plate import SHARP, plate
from dlcli.views.screen.colour import code, coloured

MARGIN = 16 * SHARP
PLACES = Axis("height"), Axis("width")


def held(page: Array, picture: Array) -> list[tuple[int, int]]:
    """Where a page (height, width, 3) has a picture, each of whose pixels is a square: row and column."""
    first, second = picture[0, 0], picture[-1, -1]
    high, wide = (side - 1 for side in picture.shape[:2])
    corners = (page[:-high, :-wide] == first).all(axis=2) & (page[high:, wide:] == second).all(axis=2)
    return [
        (row, column)
        for row, column in np.argwhere(corners).tolist()
        if (page[row : row + high + 1, column : column + wide + 1] == picture).all()
    ]


@pytest.mark.parametrize(
    ("shape", "times"), [((30, 40), 13), ((30, 33), 15), ((300, 450), 1), ((1000, 700), 1)]
)
def test_each_number_of_a_map_has_its_pixels(shape: tuple[int, int], times: int) -> None:
    values = np.random.default_rng(1).normal(size=shape)
    page, note = plate(Tensor(values, PLACES))
    (pixels,) = [figure_of(look(Tensor(values, PLACES)))]
    assert isinstance(pixels, Pixels)
    assert pixels.colours is not None
    assert note is None
    large = times * SHARP
    picture = pixels.colours[pixels.data].repeat(large, axis=0).repeat(large, axis=1)
    if shape[1] <= 450:
        (place,) = held(page.data, picture)
        assert min(place) >= MARGIN
    else:  # 700 numbers in 520 pixels of the page, twice as many in the file
        assert page.shape[1] > 2 * 520
        assert page.shape[0] > shape[0]


def test_ticks_count_the_rows_and_columns_of_the_numbers() -> None:
    pixels = Pixels(np.zeros((30, 40, 3), np.uint8), "words", times=10)
    shapes = block(around(pixels, (30, 40), ("row", "column"))).shapes
    (image,) = [one for one in shapes if isinstance(one, Picture)]
    places = {(one.text, one.anchor): one for one in shapes if hasattr(one, "anchor")}
    assert places["20", "end"].y - 4 == image.y + 205  # the middle of row 20
    assert places["20", "middle"].x == pytest.approx(image.x + 205)
    assert {text for text, _ in places} >= {"row", "column"}


def test_several_maps_have_their_names_and_one_scale(cli: Any) -> None:
    line = ("conv", "sample:cat", "-k", "sobel-x", "-k", "sobel-y", "--channels", "gray")
    written = cli(*line, "--axes", "-o", "both.png")
    assert (written.code, written.err, written.out) == (0, "", "")
    with Image.open(Path("both.png")) as image:
        page = np.asarray(image)
    maps = cli(*line).tensor
    figure = figure_of(look(maps))
    assert isinstance(figure, Column)
    assert isinstance(figure.parts[0], Row)
    assert [name for name, _ in figure.parts[0].parts] == ["sobel-x", "sobel-y"]
    for _, pixels in figure.parts[0].parts:
        assert isinstance(pixels, Pixels)
        assert pixels.colours is not None
        assert pixels.data.shape == maps.shape[:2]
        assert len(held(page, pixels.colours[pixels.data].repeat(SHARP, axis=0).repeat(SHARP, axis=1))) == 1


def test_a_sound_is_a_line_a_small_table_its_numbers_and_a_theme_is_dark() -> None:
    line, _ = plate(Tensor(np.sin(np.arange(2000) / 99), (Axis("time", start=0, step=0.01, unit="s"),)))
    assert (line.data == (0, 0x72, 0xB2)).all(axis=2).sum() > 1000
    table, _ = plate(Tensor(np.eye(3)), theme="dark")
    assert table.data[0, 0].tolist() == [0x14, 0x18, 0x1D]
    assert (table.data == (103, 0, 31)).all(axis=2).any()


def test_what_has_no_room_is_told_and_what_is_empty_refused() -> None:
    assert "several numbers" in str(plate(Tensor(np.zeros((2000, 1500)), PLACES))[1])
    with pytest.raises(DlcliError, match="nothing to draw"):
        plate(Tensor(np.zeros((0, 3))))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("-f", "csv"),
            "--axes draws a picture file between its axes, and none is written: give one with -o",
        ),
        (("-o", "a.svg"), "or leave out --axes; a .svg has them anyway"),
        (
            ("-o", "a.png", "--scale", "clip"),
            "--axes draws in the colours of the screen, and --scale clip in",
        ),
    ],
)
def test_axes_are_for_picture_files(cli: Any, words: tuple[str, ...], told: str) -> None:
    ended = cli("softmax", "1 2 3", "--axes", *words)
    assert ended.code == 2
    assert re.search(re.escape(told), ended.err)
    assert not list(Path().iterdir())


def test_what_is_on_the_line_comes_before_a_variable(cli: Any) -> None:
    assert cli("softmax", "1 2 3", "-f", "csv", variables={"DLCLI_AXES": "1"}).code == 0
    line = ("show", "1 2", "-o", "two.png")
    assert cli(*line, "--scale", "clip", variables={"DLCLI_AXES": "1"}).code == 0
    assert Path("two.png").stat().st_size < 100  # two numbers and nothing around them
    assert cli(*line, "--axes", variables={"DLCLI_SCALE": "clip"}).code == 0
    assert Path("two.png").stat().st_size > 500


def test_a_result_is_drawn_as_its_story_draws_it(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    figures: list[Any] = []
    monkeypatch.setattr(module, "block", lambda figure: figures.append(figure) or block(figure))
    for line in (
        ("show", "sample:cat", "--view", "histogram"),
        ("mdp", "gridworld:5x5"),
        ("kernels", "gabor:45"),
        ("attn", "the cat sat", "--emit", "weights"),
        ("mdp", "gridworld:5x5", "--emit", "q"),
        ("show", "digits8", "--view", "histogram"),
    ):
        ended = cli(*line, "--axes", "-o", f"{len(figures)}.png")
        assert (ended.code, ended.err) == (0, "")
    histogram, world, kernel, weights, others, data = figures
    assert isinstance(histogram, Drawing)
    assert "405900 numbers" in histogram.words
    assert isinstance(data, Drawing)
    assert " numbers" in data.words
    assert [len(row) for row in world.parts[0].body] == [5] * 5
    assert "↑→↓←" in world.parts[0].body[0][1].below
    assert isinstance(kernel, Column)
    (image,) = [one for one in kernel.parts[0].shapes if isinstance(one, Picture)]
    assert image.data.shape == (11, 11)
    shares = np.array([[0.98293], [0.00765]])
    assert [weights.body[0][i].ground for i in (1, 2)] == [code(c[0]) for c in coloured("sequential", shares)]
    assert isinstance(others.parts[0], Drawing)  # q has a column for each action: no map of the world


def test_a_view_that_a_picture_file_has_with_axes_alone_is_told(cli: Any) -> None:
    ended = cli("show", "1 2", "--view", "histogram", "-o", "two.png")
    assert ended.code == 0
    assert ended.err == (
        "dlcli: two.png: --view histogram is how the story draws it; in a picture file it needs --axes\n"
    )


@pytest.mark.parametrize("words", [("-o", "a.png"), ("-o", "a.npy"), ("-f", "json"), ("-f", "plain")])
def test_a_theme_is_of_pages(cli: Any, words: tuple[str, ...]) -> None:
    ended = cli("softmax", "1 2 3", "--theme", "dark", *words)
    assert ended.code == 2
    assert "--theme is of pages, of pictures with --axes and of those that move" in ended.err
    assert not list(Path().iterdir())
    assert cli("softmax", "1 2 3", *words, variables={"DLCLI_THEME": "dark"}).code == 0
    for page in (("-o", "a.svg"), ("-f", "html"), ("-o", "b.png", "--axes")):
        assert cli("softmax", "1 2 3", "--theme", "dark", *page).code == 0
