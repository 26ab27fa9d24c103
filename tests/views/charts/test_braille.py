import numpy as np
import pytest

from dlcli.views.charts.braille import NOBODY, Canvas


def plain_line(x0, y0, x1, y1):
    """One dot for every step along the longer side, halves rounded up."""
    steps = max(abs(x1 - x0), abs(y1 - y0))
    if not steps:
        return {(x0, y0)}
    return {
        (int(np.floor(x0 + (x1 - x0) * t / steps + 0.5)), int(np.floor(y0 + (y1 - y0) * t / steps + 0.5)))
        for t in range(steps + 1)
    }


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [(0, 0, "⠁"), (1, 0, "⠈"), (0, 1, "⠂"), (1, 1, "⠐"), (0, 2, "⠄"), (1, 2, "⠠"), (0, 3, "⡀"), (1, 3, "⢀")],
)
def test_each_dot_of_a_cell(x, y, expected):
    canvas = Canvas(1, 1)
    canvas.points(np.array([x]), np.array([y]))
    assert canvas.lines() == [expected]


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        ([0, 7], [0, 0], ["⠉⠉⠉⠉", ""]),
        ([0, 0], [0, 7], ["⡇", "⡇"]),
        ([0, 7], [0, 7], ["⠑⢄", "  ⠑⢄"]),
        ([7, 0], [0, 7], ["  ⡠⠊", "⡠⠊"]),
        ([0, 3, 7], [7, 0, 7], [" ⡜⢆", "⡜ ⠈⢆"]),
        ([3], [3], [" ⢀", ""]),
        ([], [], ["", ""]),
    ],
)
def test_lines(x, y, expected):
    canvas = Canvas(4, 2)
    canvas.line(np.array(x, int), np.array(y, int))
    assert canvas.lines() == expected


def test_all_pieces_at_once_are_the_pieces_one_by_one():
    random = np.random.default_rng(0)
    x, y = random.integers(-5, 45, 60), random.integers(-5, 45, 60)
    canvas = Canvas(20, 10)
    canvas.line(x, y)
    dots = set().union(*(plain_line(*ends) for ends in zip(x[:-1], y[:-1], x[1:], y[1:], strict=True)))
    expected = {(a, b) for a, b in dots if 0 <= a < 40 and 0 <= b < 40}
    assert {(a, b) for b, a in np.argwhere(canvas.dots)} == expected


def test_a_line_ends_where_a_run_ends():
    canvas = Canvas(4, 1)
    canvas.line(np.array([0, 3, 5, 7]), np.zeros(4), runs=np.array([0, 0, 1, 1]))
    assert canvas.dots[0].tolist() == [True, True, True, True, False, True, True, True]


def test_filled_columns_and_shades():
    canvas = Canvas(2, 1)
    canvas.columns_filled(np.arange(4), np.array([3, 2, 1, 0]), np.full(4, 3))
    assert canvas.lines() == ["⣠⣾"]
    shaded = Canvas(2, 2)
    shaded.columns_filled(np.arange(4), np.zeros(4), np.full(4, 7), every=4)
    assert shaded.lines() == ["⠡⠡", "⠡⠡"]


def test_a_cell_belongs_to_who_drew_last():
    canvas = Canvas(2, 1)
    canvas.points(np.array([0, 2]), np.array([0, 0]), 4)
    canvas.points(np.array([1]), np.array([1]), 7)
    assert canvas.owner.tolist() == [[7, 4]]
    assert Canvas(1, 1).owner.tolist() == [[NOBODY]]
