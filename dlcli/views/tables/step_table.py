"""A table over time: a row for each step, quantities in groups of columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment

from dlcli.tensor import Array, Axis
from dlcli.views.page.cells import UNKNOWN, Cells
from dlcli.views.page.figures import Cell, Table
from dlcli.views.screen.colour import code, coloured, on
from dlcli.views.screen.screen import sixteen_colours
from dlcli.views.tables.matrix import ends, shares
from dlcli.views.text.gaps import gap
from dlcli.views.text.markdown import table
from dlcli.views.text.text import DIM, clip, flush_left, flush_right, text_line
from dlcli.words.number import Numbers

ROWS = 16  # steps that are listed; of more the first and the last
LABEL = 16
GAP = 2


@dataclass(frozen=True, eq=False)
class Columns:
    """One quantity at every step: its letter, what it is called, and its numbers (time, columns).

    ``names`` stand over the columns; ``scale`` is that of ``Matrix``, ``limits`` the numbers at its ends. A
    nan is a number that is not there. ``cells`` are those of a tensor that they are, a row for each step.
    What is ``given`` went in, and is not to be found.
    """

    letter: str
    called: str
    values: Array
    names: tuple[str, ...] | None = None
    scale: str = "diverging"
    limits: tuple[float, float] | None = None
    cells: Cells = UNKNOWN
    given: bool = False

    @property
    def heads(self) -> tuple[str, ...]:
        """What stands over each column."""
        return tuple(str(i) for i in range(self.values.shape[1])) if self.names is None else self.names


class StepTable:
    """Groups of columns over the same steps; groups that do not fit beside each other go on below.

    Parameters
    ----------
    time : Axis
        Its labels and places name the rows.
    groups : sequence of Columns
        A group is never parted unless it is wider than the screen by itself.
    precision : int
        Significant digits.

    >>> from rich.console import Console
    >>> h = Columns("h", "state", np.array([[0.5, -1.0], [0.25, 0.0]]))
    >>> y = Columns("y", "output", np.array([[2.0], [1.0]]))
    >>> Console(width=60).print(StepTable(Axis("time", labels=("the", "cat")), [h, y]))
          h state        y output
    time     0      1    0
    the   0.50  −1.00    2
    cat   0.25   0.00    1
    """

    def __init__(self, time: Axis, groups: Sequence[Columns], *, precision: int = 4) -> None:
        self.rows = ends(len(groups[0].values), ROWS)
        solid = [row for row in self.rows if row is not None]
        self.name = clip(time.name, LABEL)
        self.labels = ["⋮" if row is None else clip(time.place(row), LABEL) for row in self.rows]
        self.side = GAP + max(cell_len(text) for text in (self.name, *self.labels))
        self.groups = [replace(group, values=group.values[solid]) for group in groups]
        self.numbers = [Numbers(group.values, precision) for group in self.groups]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        sixteen = sixteen_colours(console)
        for place, line in enumerate(self._lines(options.max_width - self.side)):
            if place:
                yield Segment.line()
            yield from self._block(line, sixteen)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        each = [self._width(i, range(group.values.shape[1])) for i, group in enumerate(self.groups)]
        most = self.side + sum(width + GAP for width in each)
        return Measurement(min(options.max_width, self.side + max(each) + GAP), min(options.max_width, most))

    def blank(self) -> Self:
        """The same steps with gaps for their numbers; what went in stays."""
        other = copy(self)
        other.groups = [
            group if group.given else replace(group, values=np.full(group.values.shape, np.nan))
            for group in self.groups
        ]
        other.numbers = [copy(numbers) for numbers in self.numbers]
        for group, numbers in zip(other.groups, other.numbers, strict=True):
            if group.given:
                continue
            numbers.texts = np.full_like(numbers.texts, gap(numbers.texts.ravel().tolist()))
            numbers.width = max(map(len, numbers.texts.ravel().tolist()), default=0)
        return other

    def markdown(self, width: int = 80) -> str:
        letters = [group.letter for group in self.groups]
        names = [
            group.letter if letters.count(group.letter) == 1 else self._title(i)
            for i, group in enumerate(self.groups)
        ]  # the states and those of another run may share a letter
        heads = [
            f"{name} {head}".strip()
            for name, group in zip(names, self.groups, strict=True)
            for head in group.heads
        ]
        body = []
        solid = iter(range(len(self.labels)))
        for label, row in zip(self.labels, self.rows, strict=True):
            at = None if row is None else next(solid)
            texts = [
                "⋮" if at is None else _text(numbers.texts[at][column])
                for group, numbers in zip(self.groups, self.numbers, strict=True)
                for column in range(group.values.shape[1])
            ]
            body.append([label, *texts])
        return table([self.name, *heads], body, right=range(1, len(heads) + 1))

    def figure(self) -> Table:
        """All groups beside each other, a line before each."""
        sizes = [group.values.shape[1] for group in self.groups]
        head = [
            [Cell(""), *(Cell(self._title(i), span=size) for i, size in enumerate(sizes))],
            [Cell(self.name), *(Cell(head) for group in self.groups for head in group.heads)],
        ]
        colours = [
            coloured(group.scale, shares(group.values, group.scale, group.limits)) for group in self.groups
        ]
        body = []
        at = -1
        for label, row in zip(self.labels, self.rows, strict=True):
            at += row is not None
            cells = (
                self._cell_of(i, at, row, column, colours[i])
                for i, size in enumerate(sizes)
                for column in range(size)
            )
            body.append([Cell(label), *cells])
        begins = [1 + sum(sizes[:i]) for i in range(len(sizes))]
        of = next((group.cells.of for group in self.groups if group.cells), "")
        return Table(head, body, right=range(1, 1 + sum(sizes)), bars=begins, of=of)

    def _cell_of(self, i: int, at: int, row: int | None, column: int, colours: Array) -> Cell:
        group = self.groups[i]
        if row is None:
            return Cell("⋮", quiet=True)
        known = bool(np.isfinite(group.values[at, column]))
        return Cell(
            _text(self.numbers[i].texts[at][column]),
            ground=code(colours[at, column]) if known else "",
            quiet=not known,
            cell=group.cells.at(row, column) if group.cells else "",
            of=group.cells.of,
        )

    def _lines(self, room: int) -> Iterator[list[tuple[int, range]]]:
        """Which columns of which groups stand beside each other."""
        line: list[tuple[int, range]] = []
        used = 0
        for i, group in enumerate(self.groups):
            for part in self._parts(i, group.values.shape[1], room):
                width = self._width(i, part) + GAP
                if line and used + width > room:
                    yield line
                    line, used = [], 0
                line.append((i, part))
                used += width
        if line:
            yield line

    def _parts(self, i: int, columns: int, room: int) -> Iterator[range]:
        """A group in one piece, or in as few as the screen allows."""
        fits = max(1, (room - GAP) // self._cell(i))
        pieces = -(-columns // fits) if self._width(i, range(columns)) + GAP > room else 1
        each = -(-columns // pieces)
        yield from (range(first, min(first + each, columns)) for first in range(0, columns, each))

    def _block(self, line: list[tuple[int, range]], sixteen: bool) -> Iterator[Segment]:
        titles = "".join(
            " " * GAP + flush_left(clip(self._title(i), self._width(i, part)), self._width(i, part))
            for i, part in line
        )
        yield from text_line((" " * (self.side - GAP) + titles).rstrip(), DIM)
        heads = "".join(
            " " * GAP + flush_left("".join(self._head(i, column) for column in part), self._width(i, part))
            for i, part in line
        )
        yield from text_line((flush_left(self.name, self.side - GAP) + heads).rstrip(), DIM)
        colours = [
            coloured(group.scale, shares(group.values, group.scale, group.limits), sixteen=sixteen)
            for group in self.groups
        ]
        at = -1
        for label, row in zip(self.labels, self.rows, strict=True):
            at += row is not None
            yield Segment(flush_left(label, self.side - GAP))
            for i, part in line:
                yield Segment(" " * GAP)
                for column in part:
                    yield from self._number(i, column, None if row is None else at, colours[i])
                yield Segment(" " * (self._width(i, part) - len(part) * self._cell(i)))
            yield Segment.line()

    def _number(self, i: int, column: int, at: int | None, colours: Array) -> Iterator[Segment]:
        cell = self._cell(i)
        if at is None:
            yield Segment("⋮".rjust(cell), DIM)
            return
        text = _text(self.numbers[i].texts[at][column])
        known = bool(np.isfinite(self.groups[i].values[at, column]))
        yield Segment(" ")
        yield Segment(text.rjust(cell - 1), on(colours[at, column]) if known else DIM)

    def _head(self, i: int, column: int) -> str:
        cell = self._cell(i)
        return flush_right(clip(self.groups[i].heads[column], cell - 1), cell)

    def _title(self, i: int) -> str:
        return f"{self.groups[i].letter} {self.groups[i].called}".strip()

    def _cell(self, i: int) -> int:
        heads = max((min(cell_len(head), LABEL) for head in self.groups[i].heads), default=1)
        return 1 + max(self.numbers[i].width, heads)

    def _width(self, i: int, part: range) -> int:
        return max(len(part) * self._cell(i), min(cell_len(self._title(i)), 16))


def _text(text: str) -> str:
    """A number, or the sign for one that is not there."""
    stripped = text.strip()
    return "–" if stripped == "nan" else stripped
