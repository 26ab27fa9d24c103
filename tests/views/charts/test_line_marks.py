import numpy as np
import pytest

from dlcli.views.charts.braille import NOBODY
from dlcli.views.charts.line_marks import inked, legend, marked
from dlcli.views.screen.colour import colour

BLANK = np.full((3, 30), " "), np.full((3, 30), NOBODY)


def rows(letters):
    return ["".join(row).rstrip() for row in letters.tolist()]


@pytest.mark.parametrize(("width", "expected"), [(80, "a sine   b cosine\n"), (12, "a sine\nb cosine\n")])
def test_the_legend_goes_on_below(width, expected):
    assert "".join(segment.text for segment in legend(["sine", "cosine"], width, False)) == expected


def test_the_legend_has_the_inks_of_the_lines():
    letters = [segment for segment in legend(["sine", "cosine"], 80, True) if segment.text in ("a", "b")]
    assert [segment.style.color for segment in letters] == [colour(0).color, colour(1).color]


def test_ends_in_one_cell_have_their_letters_side_by_side():
    letters, owner = marked(*BLANK, [(1, 29), (1, 29), None, (0, 4)], margin=2, sparse=True)
    assert rows(letters) == ["     d", " " * 30 + "ab", ""]
    assert owner[1, 30:].tolist() == [-2, -3]


def test_a_letter_along_the_line_stands_where_the_line_is():
    owner = BLANK[1].copy()
    owner[2] = 0
    letters, _ = marked(BLANK[0], owner, [(2, 29), None], margin=1, sparse=False)
    assert rows(letters) == ["", "", "     a" + " " * 19 + "a" + " " * 4 + "a"]


def test_neighbours_of_one_line_share_a_segment():
    letters = np.array(list("⠉⠉ ⠒a "))
    owner = np.array([0, 0, NOBODY, 1, -2, NOBODY])
    found = list(inked(letters, owner, "╌", 4, True))
    assert [segment.text for segment in found] == ["⠉⠉", "╌", "⠒", "a"]
    assert [segment.style.color for segment in found] == [
        colour(0).color,
        None,
        colour(1).color,
        colour(0).color,
    ]
    assert [bool(segment.style.bold) for segment in found] == [False, False, False, True]
    assert all(segment.style.color is None for segment in inked(letters, owner, "╌", 4, False))
