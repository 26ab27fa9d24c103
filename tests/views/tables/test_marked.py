"""A matrix with brackets: where they stand, where lines run, and how it folds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.views.tables.marked import Marked

VALUES = np.array([[1, 22, 3], [4, 5, 6], [7, 8, 9]])
MARKS = VALUES == 22
QUIET = (VALUES > 6) & ~MARKS


def view(**more: Any) -> Marked:
    return Marked(VALUES, MARKS, QUIET, ("row", "012"), ("column", "012"), **more)


@pytest.fixture
def lined() -> Marked:
    return view(breaks=((2,), (2,)))


def test_brackets_and_lines(lined: Marked, draw: Any) -> None:
    assert draw(lined) == "\n".join(
        [
            "     column",
            "row   0   1     2",
            "  0   1 [22] │  3",
            "  1   4   5  │  6",
            "    ─────────┼────",
            "  2   7   8  │  9",
        ]
    )


def test_a_narrow_console_folds_it(lined: Marked, draw: Any) -> None:
    assert draw(lined, 15) == "\n".join(
        [
            "     column",
            "row   0",
            "  0   1",
            "  1   4",
            "    ────",
            "  2   7",
            "",
            "     column",
            "row   1",
            "  0 [22]",
            "  1   5",
            "    ────",
            "  2   8",
            "",
            "     column",
            "row   2",
            "  0   3",
            "  1   6",
            "    ────",
            "  2   9",
        ]
    )


def test_words_instead_of_numbers_and_outside_text(draw: Any) -> None:
    words = np.full((3, 3), "", object)
    words[2, 2] = "·"
    told = draw(
        Marked(VALUES, MARKS, QUIET, ("[b]\x1b[2J", ("a", "b", "\x07")), ("column", "012"), words=words)
    )
    assert told.split("\n")[-1] == "      ␇   7   8   ·"
    assert told.split("\n")[1].startswith("[b]␛[2J")


def test_only_what_takes_part_is_coloured_and_the_marked_is_bold(paint: Any) -> None:
    lines = paint(view(scale="gray", limits=(0, 22)))
    marked = [colours for letter, colours in lines[2] if letter in "[2]"]
    assert {ground for _, ground in marked} == {(255, 255, 255)}
    assert {ground for letter, (_, ground) in lines[4] if letter in "789"} == {None}


def test_markdown() -> None:
    assert view().markdown() == "\n".join(
        [
            "| row column | 0 | 1 | 2 |",
            "| --- | ---: | ---: | ---: |",
            "| 0 | 1 | \\[22\\] | 3 |",
            "| 1 | 4 | 5 | 6 |",
            "| 2 | 7 | 8 | 9 |",
        ]
    )
