"""Ink and letters that tell the lines of a chart apart: where each ends, and in the legend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array
from dlcli.views.charts.braille import NOBODY
from dlcli.views.screen.colour import colour, letter
from dlcli.views.text.text import BOLD, DIM

EVERY = 20  # columns after which a line has its letter again where colours do not tell


def legend(names: Sequence[str], width: int, coloured: bool) -> Iterator[Segment]:
    """The letter of each line with its name, in as many rows of the screen as that takes.

    >>> print("".join(segment.text for segment in legend(["sine", "cosine"], 12, False)), end="")
    a sine
    b cosine
    """
    used = 0
    for place, name in enumerate(names):
        gap = 3 if used else 0
        size = 2 + cell_len(name)
        if used and used + gap + size > width:
            yield Segment.line()
            used = gap = 0
        yield Segment(" " * gap)
        yield Segment(letter(place), (colour(place) if coloured else Style()) + BOLD)
        yield Segment(f" {name}")
        used += gap + size
    yield Segment.line()


def marked(
    letters: Array, owner: Array, last: Sequence[tuple[int, int] | None], margin: int, sparse: bool
) -> tuple[Array, Array]:
    """Put each line's letter right of its end and, unless that is enough (``sparse``), along the line.

    ``letters`` and ``owner`` (rows, columns) are those of a canvas, ``last`` the cells in which lines end;
    both come back with ``margin`` more columns. The owner of a cell with a letter is ``-2 - place``.
    """
    letters = np.pad(letters, ((0, 0), (0, margin)), constant_values=" ")
    owner = np.pad(owner, ((0, 0), (0, margin)), constant_values=NOBODY)
    columns = letters.shape[1] - margin
    if not sparse:
        for place in range(len(last)):
            for column in range((2 * place + 1) * EVERY // (2 * len(last)), columns - 2, EVERY):
                rows = np.flatnonzero(owner[:, column] == place)
                if rows.size:
                    row = rows[rows.size // 2]
                    letters[row, column], owner[row, column] = letter(place), -2 - place
    for place, end in enumerate(last):
        if end is not None:
            row, column = end[0], end[1] + 1
            while owner[row, column] < NOBODY and column < letters.shape[1] - 1:
                column += 1
            letters[row, column], owner[row, column] = letter(place), -2 - place
    return letters, owner


def inked(letters: Array, owner: Array, empty: str, columns: int, coloured: bool) -> Iterator[Segment]:
    """One row of a chart in colours: a segment for each run of one line, ``empty`` where there is none."""
    cells = [
        (whose, empty if whose == NOBODY and place < columns else text)
        for place, (whose, text) in enumerate(zip(owner.tolist(), letters.tolist(), strict=True))
    ]
    while cells and cells[-1][1] == " ":
        cells.pop()
    start = 0
    for end in range(1, len(cells) + 1):
        if end == len(cells) or cells[end][0] != cells[start][0]:
            whose = cells[start][0]
            style = DIM if whose == NOBODY else Style()
            if coloured and whose != NOBODY:
                style = colour(whose if whose >= 0 else -2 - whose)
            if whose < NOBODY:
                style += BOLD
            yield Segment("".join(text for _, text in cells[start:end]), style)
            start = end
