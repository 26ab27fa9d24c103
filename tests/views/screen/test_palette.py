import io
import itertools

import numpy as np
import pytest
from rich.console import Console

from dlcli.views.screen.colour import linear, oklab
from dlcli.views.screen.palette import COLOURS, LETTERS, colour, letter, many_colours

BYTES = np.array([list(bytes.fromhex(code[1:])) for code in COLOURS])


def test_the_first_are_readable_on_black_and_on_white():
    light = linear(BYTES) @ [0.2126, 0.7152, 0.0722]
    worst = np.minimum(1.05 / (light + 0.05), (light + 0.05) / 0.05)
    assert (worst[:4] >= 3).all()  # WCAG 2.1, 1.4.11: graphical objects
    assert (worst >= 2).all()


def test_any_two_differ():
    for a, b in itertools.combinations(oklab(BYTES), 2):
        assert np.linalg.norm(a - b) > 0.1


def test_series_after_the_sixth_share_colours_and_not_letters():
    assert colour(6) == colour(0)
    assert letter(6) != letter(0)
    assert len(set(LETTERS)) == 52


@pytest.mark.parametrize(
    ("system", "expected"), [("truecolor", True), ("256", True), ("standard", False), (None, False)]
)
def test_sixteen_colours_are_not_many(system, expected):
    page = Console(file=io.StringIO(), color_system=system, force_terminal=True, _environ={})
    assert many_colours(page) is expected


def test_no_color_is_no_colour():
    page = Console(
        file=io.StringIO(), color_system="truecolor", force_terminal=True, no_color=True, _environ={}
    )
    assert not many_colours(page)
