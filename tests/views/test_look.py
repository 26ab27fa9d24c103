"""A view is chosen from what the axes are and how many numbers there are."""

import math
import re

import numpy as np
import pytest
from rich.console import Group

from dlcli.tensor import Axis, Tensor
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.look import blocks, facts, look
from dlcli.views.pictures.picture import Multiples, Picture
from dlcli.views.shelf import Shelf
from dlcli.views.tables.matrix import Matrix

TIME = Axis("time", start=0, step=0.1, unit="s")
HERTZ = Axis("frequency", start=0, step=100, unit="Hz")
SIDES = Axis("channel", ("left", "right"))
LIGHT = Axis("channel", ("red", "green", "blue"))
HEIGHT, WIDTH = Axis("height"), Axis("width")
HEAD, QUERY, KEY = Axis("head"), Axis("query"), Axis("key")


def letters(count):
    return tuple(chr(97 + i) for i in range(count))


@pytest.mark.parametrize(
    ("shape", "axes", "expected"),
    [
        ((24,), (), Matrix),
        ((25,), (), LineChart),
        ((8000,), (TIME,), LineChart),
        ((26,), (Axis("letter", letters(26)),), Matrix),
        ((12, 12), (), Shelf),
        ((13, 12), (), HeatMap),
        ((13, 13), (HEIGHT, WIDTH), Picture),
        ((13, 13, 1), (HEIGHT, WIDTH, Axis("channel")), Picture),
        ((13, 13, 3), (HEIGHT, WIDTH, LIGHT), Picture),
        ((13, 13, 3), (HEIGHT, WIDTH, Axis("channel")), Multiples),
        ((13, 13, 3), (), Multiples),
        ((13, 13), (Axis("query", letters(13)), Axis("key", letters(13))), HeatMap),
        ((100, 2), (TIME, SIDES), LineChart),
        ((100, 7), (TIME, Axis("unit", letters(7))), HeatMap),
        ((100, 2), (Axis("row"), SIDES), HeatMap),
        ((100, 2), (TIME, Axis("unit")), HeatMap),
        ((40, 30), (HERTZ, TIME), HeatMap),
        ((2, 3, 3), (HEAD, QUERY, KEY), Shelf),
        ((2, 20, 20), (HEAD, Axis("query", letters(20)), KEY), Shelf),
        ((2, 3, 4, 5), (), Shelf),
        ((5, 5, 12), (HEIGHT, WIDTH, Axis("channel")), Multiples),
        ((4, 4, 40), (HEIGHT, WIDTH, Axis("channel")), Group),
        ((3, 12, 14, 2), (Axis("batch"), HEIGHT, WIDTH, Axis("channel")), Shelf),
        ((9, 12, 14, 2), (Axis("batch"), HEIGHT, WIDTH, Axis("channel")), Group),
        ((), (), Matrix),
    ],
)
def test_the_axes_choose_the_view(shape, axes, expected, draw):
    tensor = Tensor(np.random.default_rng(0).random(shape), axes)
    assert type(look(tensor)) is expected
    for width in (40, 80):
        assert draw(look(tensor), width)


@pytest.mark.parametrize(
    "shape", [(3, 12, 14, 2), (6, 7, 40), (50, 9, 9, 64), (2, 2, 2, 2, 2, 2, 30), (12, 12, 12)]
)
def test_a_screen_or_two_is_enough(shape, draw):
    for width in (40, 80):
        assert len(draw(look(Tensor(np.random.default_rng(0).normal(size=shape))), width).split("\n")) < 110


def test_parts_of_a_batch_have_their_place_and_the_others_are_counted(draw):
    axes = (Axis("batch"), HEIGHT, WIDTH, Axis("channel", ("red", "green", "blue")))
    text = draw(look(Tensor(np.random.default_rng(0).random((9, 20, 20, 3)), axes), height=4))
    assert [
        text.count(word) for word in ("batch 0", "batch 1", "batch 2", "batch 3", "and 6 more of batch")
    ] == [1, 1, 1, 0, 1]


def test_a_sound_is_a_line_over_its_seconds(draw):
    lines = draw(look(Tensor(np.sin(np.arange(100) / 8), (TIME,))), 40).split("\n")
    assert lines[-2].split() == ["0", "2", "4", "6", "8"]
    assert lines[-1].strip() == "time (s)"


def test_both_sides_of_a_sound_are_named(draw):
    lines = draw(look(Tensor(np.random.default_rng(0).normal(size=(100, 2)), (TIME, SIDES)))).split("\n")
    assert lines[0] == "a left   b right"


def test_low_frequencies_are_below(draw):
    lines = draw(look(Tensor(np.eye(40), (HERTZ, TIME)))).split("\n")
    assert lines[-5].startswith("   0┤@")


def test_each_head_has_its_map_in_the_same_colours(draw):
    weights = np.zeros((2, 13, 13))
    weights[1] = 1
    text = draw(look(Tensor(weights, (HEAD, Axis("query", letters(13)), KEY))))
    assert "head 0" in text
    assert "head 1" in text
    assert text.count("0 | .:-=+*#%@| 1") == 1
    drawn = {line.partition("┤")[2] for line in text.split("\n") if "┤" in line}
    assert drawn == {"", "@" * 78}


def test_small_heads_are_numbers(draw):
    text = draw(look(Tensor(np.arange(8).reshape(2, 2, 2), (HEAD, QUERY, KEY))), 40)
    assert text.split("\n")[0].split() == ["head", "0", "head", "1"]
    assert [line.split() for line in text.split("\n")[3:]] == [
        ["0", "0", "1", "0", "4", "5"],
        ["1", "2", "3", "1", "6", "7"],
    ]


def test_of_many_heads_some_are_drawn_and_the_others_counted(draw):
    text = draw(look(Tensor(np.zeros((20, 13, 13)), (HEAD, Axis("query", letters(13)), KEY))))
    assert text.split("\n")[-1] == "and 8 more of head"


def test_bright_input_is_gray_not_yellow(paint):
    lines = paint(look(Tensor(np.arange(400.0).reshape(20, 20)), scale="gray", legend=False))
    inks = {ink for line in lines for letter, (ink, _) in line if letter == "▀"}
    assert all(red == green == blue for red, green, blue in inks)


def test_no_cells(draw):
    assert draw(look(Tensor(np.zeros((0, 3))))) == "(no cells)"


def test_sizes_that_are_rounding_are_not_told() -> None:
    assert facts(Tensor(np.array([1e-16, 2j]))).plain.endswith("complex128, size up to 2")
    assert facts(Tensor(np.array([0, 2j]))).plain.endswith("complex128, size 0 to 2")
    assert facts(Tensor(np.array([1e-3, 2j]))).plain.endswith("complex128, size 0.001 to 2")


def test_three_axes_are_the_matrices_of_the_first_as_numpy_prints_them(draw):
    lines = draw(look(Tensor(np.arange(30).reshape(3, 2, 5))), 76).split("\n")
    assert lines == [
        "axis0 0                 axis0 1",
        "       axis2                   axis2",
        "axis1  0  1  2  3  4    axis1   0   1   2   3   4",
        "    0  0  1  2  3  4        0  10  11  12  13  14",
        "    1  5  6  7  8  9        1  15  16  17  18  19",
        "",
        "axis0 2",
        "       axis2",
        "axis1   0   1   2   3   4",
        "    0  20  21  22  23  24",
        "    1  25  26  27  28  29",
    ]


@pytest.mark.parametrize(
    ("shape", "axes", "count"),
    [
        ((3, 2, 5), (), 3),
        ((3, 2, 5), (Axis("state"), Axis("action"), Axis("next")), 3),
        ((3, 2, 5), (HEIGHT, WIDTH, Axis("channel")), 5),
        ((3, 2, 5), (TIME, Axis("unit"), Axis("gate")), 5),
        ((2, 3, 2, 5), (), 2 * 3),
        ((2, 2, 3, 5), (Axis("batch"), HEIGHT, WIDTH, Axis("channel")), 2 * 5),
        ((2, 1, 2, 2, 3), (), 2 * 2),
    ],
)
def test_every_matrix_stands_below_its_place(shape, axes, count, draw):
    """Whatever the rank: the numbers of each block are a matrix of the tensor, all numbers are there."""
    tensor = Tensor(np.arange(math.prod(shape)).reshape(shape), axes)
    for view in (look, lambda one: blocks(one, lambda part: Matrix(part.data))):
        text = draw(view(tensor), 200)
        named = [
            axis.name for axis in tensor.axes if re.search(rf"\b{axis.name} \d+( |$)", text, re.MULTILINE)
        ]
        assert len(named) >= len(shape) - 2
        assert {str(number) for number in range(math.prod(shape))} <= set(text.split())
    seen = []
    blocks(tensor, lambda part: seen.append(part.shape) or Matrix(part.data))
    assert len(seen) == count
    assert len(set(seen)) == 1
