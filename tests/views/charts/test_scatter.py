"""Points over two axes: where they stand, who is shown where several share a cell, and what is left out."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcli.views.charts.scatter import Scatter


def test_corners_stand_in_corners(draw: Any) -> None:
    lines = draw(
        Scatter(np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.arange(4), ["p", "q", "r", "s"], height=4), 30
    )
    drawn = [line.split("┤")[-1].split("│")[-1] for line in lines.split("\n")[:4]]
    assert (drawn[0][0], drawn[0][-1], drawn[-1][0], drawn[-1][-1]) == ("q", "s", "p", "r")


def test_the_class_with_the_most_points_in_a_cell_is_shown(draw: Any) -> None:
    places = np.array([[0, 0]] * 3 + [[1, 1]])
    few = draw(Scatter(places, np.array([0, 1, 1, 0]), ["x", "o"], height=3), 30)
    assert few.count("o") == 1
    assert few.count("x") == 1


def test_long_names_get_letters_and_a_legend(draw: Any) -> None:
    told = draw(Scatter(np.array([[0, 0], [1, 1]]), np.array([0, 1]), ["circle", "star"], ("one", "two")), 40)
    assert told.startswith("a circle   b star\ntwo\n")
    assert told.endswith("one")


def test_what_is_not_finite_is_counted(draw: Any) -> None:
    told = draw(Scatter(np.array([[0, 0], [np.nan, 1], [np.inf, 2]]), np.zeros(3, int), ["x"]), 40)
    assert told.endswith("not drawn: 2 that are not finite")
    assert draw(Scatter(np.full((1, 2), np.nan), np.zeros(1, int), ["x"]), 40).startswith("(nothing to draw)")


def test_classes_have_their_colours(paint: Any) -> None:
    lines = paint(Scatter(np.array([[0, 0], [1, 1]]), np.array([0, 1]), ["x", "o"], height=2), 20)
    inks = {text: ink for line in lines for text, (ink, _) in line if text in "xo"}
    assert len(set(inks.values())) == 2
