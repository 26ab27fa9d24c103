"""Views on a terminal with sixteen colours: in these alone, and with the text that they have without colours."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.color import ColorSystem
from rich.console import Console

from dlcli.tensor import Axis
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.pictures.picture import Picture
from dlcli.views.tables.matrix import MarkedMatrix, Matrix
from dlcli.views.tables.step_table import Columns, StepTable
from dlcli.views.worlds.grid_world import GridWorld

VALUES = np.array([[-1, -0.5, 0, 0.5, 1]])
NONE = np.zeros(VALUES.shape, bool)
NAMES = ("row", "0"), ("column", "01234")
MAP = HeatMap(VALUES, Axis("row"), Axis("column"))

GROUNDS = {44, 104, 107, 101, 41}  # blue, light blue, white, light red, red
INKS = {ground - 10 for ground in GROUNDS}
STYLES = {0, 1, 2, 30, 97}  # off, bold, dim; black and white on a ground

NUMBERS = {
    "matrix": Matrix(VALUES),
    "marked": MarkedMatrix(VALUES, NONE, NONE, *NAMES),
    "steps": StepTable(Axis("time"), [Columns("h", "state", VALUES)]),
    "grid": GridWorld(VALUES),
}


def shown(view):
    """The text of a view where there are sixteen colours, and the codes of all its styles.

    The codes are worked out here: a style keeps those that it was first written in, whatever the terminal.
    """
    console = Console(width=60, file=io.StringIO(), force_terminal=True, color_system="standard", _environ={})
    segments = list(console.render(view))
    codes = {0}
    for style in {segment.style for segment in segments if segment.style}:
        codes |= {1} if style.bold else set()
        codes |= {2} if style.dim else set()
        for colour, foreground in ((style.color, True), (style.bgcolor, False)):
            if colour is not None:
                sixteen = colour.downgrade(ColorSystem.STANDARD)
                codes |= {int(code) for code in sixteen.get_ansi_codes(foreground)}
    return "".join(segment.text for segment in segments), codes


@pytest.mark.parametrize("view", NUMBERS.values(), ids=NUMBERS)
def test_numbers_stand_on_the_five_grounds_of_their_scale(draw, view):
    text, codes = shown(view)
    assert [line.rstrip() for line in text.rstrip().split("\n")] == draw(view, 60).split("\n")
    assert GROUNDS <= codes <= GROUNDS | STYLES


def test_a_picture_has_the_same_colours_as_ink_and_ground():
    _, codes = shown(Picture(np.repeat(VALUES, 2, axis=0), legend=False))
    assert codes - STYLES | INKS & STYLES == GROUNDS | INKS


def test_a_heat_map_is_written_as_without_colours(draw):
    text, codes = shown(MAP)
    assert [line.rstrip() for line in text.rstrip().split("\n")] == draw(MAP, 60).split("\n")
    assert codes <= {0, 2}
