"""Winners in colours: what is drawn of a large map, the wheel, the legend, and attributes that say nonsense."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from dlcli.tensor import Tensor
from dlcli.views.pictures.winner_map import NOBODY, WinnerMap, colours_of, marks_of
from dlcli.views.screen.colour import oklab, wheel
from dlcli.words.winners import Bank, bank_of

LINES = Bank(tuple(f"line:{angle}" for angle in range(0, 180, 15)), tuple(range(0, 180, 15)), 180)


def drawn(view: WinnerMap, width: int = 20) -> str:
    page = io.StringIO()
    Console(file=page, width=width, no_color=True, color_system=None).print(view)
    return page.getvalue()


def test_of_an_area_the_strongest_winner_is_drawn() -> None:
    winner = np.array([[0, 0, 1, -1], [0, 1, 1, -1]])
    strength = np.array([[1.0, 2, 5, 99], [3, 4, 4, 99]])
    painted = WinnerMap(winner, Bank(("a", "b")), strength).painted(1, 2)
    one, other = colours_of(Bank(("a", "b")))[[1, 1]].astype(float)
    np.testing.assert_allclose(painted[0, 0], one * (0.35 + 0.65 * np.sqrt(4 / 5)), atol=0.51)
    np.testing.assert_allclose(painted[0, 1], other, atol=0.51)


def test_without_strengths_it_is_the_one_that_wins_most_often() -> None:
    winner = np.array([[0, 0, -1, -1], [0, 1, -1, -1]])
    painted = WinnerMap(winner, Bank(("a", "b"))).painted(1, 2)
    assert painted.tolist() == [[colours_of(Bank(("a", "b")))[0].tolist(), list(NOBODY)]]


def test_angles_are_neighbours_across_the_end_of_the_wheel() -> None:
    lab = oklab(colours_of(LINES))
    steps = np.linalg.norm(lab - np.roll(lab, 1, axis=0), axis=1)
    assert steps.max() < 1.6 * steps.min()
    assert np.ptp(lab[:, 0]) < 0.03
    np.testing.assert_array_equal(wheel(np.array([0.25])), wheel(np.array([1.25])))


def test_without_colour_strokes_and_arrows_have_the_angles_beside_them() -> None:
    assert drawn(WinnerMap(np.array([[0, 3, 6, 9, -1]]), LINES), 76) == (
        "--//||\\\\··\n- 0° 15° 165°  / 30° 45° 60°  | 75° 90° 105°  \\ 120° 135° 150°  · no winner\n"
    )
    assert marks_of(Bank(("a", "b", "c"), (0, 90, 350), 360)) == ["→", "↑", "→"]


def test_a_legend_goes_on_in_the_next_line() -> None:
    lines = drawn(WinnerMap(np.array([[0]]), Bank(("sobel-x", "sobel-y", "box:3"))), 20).splitlines()
    assert lines[1:] == ["a sobel-x  b sobel-y", "c box:3  · no winner"]


@pytest.mark.parametrize(
    ("data", "attrs", "name"),
    [
        ([[0, 2]], {"kernels": "a\tb"}, "winner"),
        ([[0, -2]], {"kernels": "a\tb"}, "winner"),
        ([[0.0, 1.0]], {"kernels": "a\tb"}, "winner"),
        ([0, 1], {"kernels": "a\tb"}, "winner"),
        ([[0, 1]], {"kernels": 5}, "winner"),
        ([[0, 1]], {}, "winner"),
        ([[0, 1]], {"kernels": "a\tb"}, "pooled"),
    ],
)
def test_what_is_no_map_of_winners(data: Any, attrs: dict[str, Any], name: str) -> None:
    assert bank_of(Tensor(data, name=name, attrs=attrs)) is None


@pytest.mark.parametrize("more", [{"angles": "0\tx", "period": 180}, {"angles": "0", "period": 180},
                                  {"angles": "0\t1", "period": 0}, {"angles": "0\t1"}])  # fmt: skip
def test_angles_that_are_none_leave_the_names(more: dict[str, Any]) -> None:
    bank = bank_of(Tensor([[0, 1]], name="winner", attrs={"kernels": "a\tb", **more}))
    assert bank == Bank(("a", "b"))
