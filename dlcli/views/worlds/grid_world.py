"""A grid world as a drawing: values, arrows, walls, ends and marks of its cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from typing import Self

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array
from dlcli.views.page.cells import UNKNOWN, Cells, Placed
from dlcli.views.page.figures import Cell, Column, Figure, Run, Table, Words
from dlcli.views.screen.colour import code, coloured, on
from dlcli.views.screen.screen import sixteen_colours
from dlcli.views.tables.matrix import shares
from dlcli.views.text.markdown import drawn, fence
from dlcli.views.text.text import BOLD, DIM, clip, text_line
from dlcli.words.number import Numbers, rounded

WALL = "▒"
STONE = "808080"  # the colour behind a wall of a page
END = "■"
MARK = 8  # cells that a mark may take
NARROWEST = 3  # columns of a cell
LEAST = 2  # digits of the largest value: with one, a half would be written as 0

#: Several arrows in one character, for cells that are narrower than the arrows.
JUNCTIONS = {
    frozenset(pair): sign
    for pair, sign in {
        "←→": "↔", "↑↓": "↕", "←↑": "┘", "↑→": "└", "→↓": "┌", "←↓": "┐",
        "←↑→": "┴", "↑→↓": "├", "←→↓": "┬", "←↑↓": "┤", "←↑→↓": "┼",
    }.items()
}  # fmt: skip


class GridWorld:
    """Cells in rows and columns, each with its value and arrows.

    Parameters
    ----------
    values : array (rows, columns) or None
        What a cell is worth, on blue below and red above zero; nothing is written for nan.
    arrows : array (rows, columns, direction), optional
        Not zero where a direction is taken: several of a cell when they are tied.
    directions : str
        One arrow for each position of that axis.
    walls, ends : array (rows, columns) of bool, optional
        Cells that nobody enters, and those where an episode ends.
    marks : mapping of (row, column) to text
        Outside text in a cell: S and G for start and goal, the letters of a jump.
    names : mapping of marks to text
        What marks stand for; a line below tells it.
    limits : (float, float), optional
        The values at the ends of the colours, to compare several sweeps.
    cells : Placed or Cells
        Which cells of a tensor the values are.

    Where values do not fit they lose digits, all alike; then the lines between cells go; then the values
    themselves, and a line says so. Several arrows become one sign, in all cells alike, where one of these has
    no room for more; a line below says what it stands for.

    >>> from rich.console import Console
    >>> view = GridWorld(np.array([[0.0, -1.5]]), arrows=np.array([[[0, 0], [1, 0]]]), directions="←→",
    ...                  ends=np.array([[True, False]]))
    >>> Console(width=40).print(view)
    ┌──────┬──────┐
    │  ■   │  ←   │
    │  0.0 │ −1.5 │
    └──────┴──────┘
    ■ end
    """

    def __init__(
        self,
        values: Array | None,
        *,
        arrows: Array | None = None,
        directions: str = "←↑→↓",
        walls: Array | None = None,
        ends: Array | None = None,
        marks: Mapping[tuple[int, int], str] | None = None,
        names: Mapping[str, str] | None = None,
        limits: tuple[float, float] | None = None,
        cells: Placed | Cells = UNKNOWN,
        precision: int = 4,
    ) -> None:
        self.cells = cells
        parts = [part for part in (values, arrows, walls, ends) if part is not None]
        if not parts or any(part.shape[:2] != parts[0].shape[:2] or part.ndim < 2 for part in parts):
            shapes = ", ".join(str(part.shape) for part in parts) or "nothing"
            raise ValueError(f"the parts of a grid have its rows and columns; received {shapes}")
        if arrows is not None and arrows.shape[2:] != (len(directions),):
            raise ValueError(f"arrows are (rows, columns, {len(directions)}); received {arrows.shape}")
        self.shape = parts[0].shape[:2]
        blank = np.zeros(self.shape, bool)
        self.walls = blank if walls is None else walls.astype(bool)
        self.ends = blank if ends is None else ends.astype(bool)
        self.values = None if values is None else np.where(self.walls, np.nan, values.astype(np.float64))
        self.arrows, self.directions = arrows, directions
        self.marks = {place: clip(text, MARK) for place, text in (marks or {}).items()}
        self.names = {clip(mark, MARK): clip(name, 24) for mark, name in (names or {}).items()}
        self.precision = precision
        self.hidden = False  # whether values and arrows are left for others to write
        if self.values is not None:
            self.shares = shares(self.values, "diverging", limits)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not all(self.shape):
            yield from text_line("(no cells)", DIM)
            return
        texts, inner, lined = self._layout(options.max_width)
        room = max(1, inner - (not lined))  # without lines, a blank keeps the signs of neighbours apart
        joined = self._joined(room)
        rows, columns = self.shape
        colours = None
        if self.values is not None:
            colours = coloured("diverging", self.shares, sixteen=sixteen_colours(console))
        if lined:
            yield from self._rule("┌┬┐", inner)
        for row in range(rows):
            if row and lined:
                yield from self._rule("├┼┤", inner)
            for above in (True, False) if texts is not None else (True,):
                for column in range(columns):
                    if lined:
                        yield Segment("│", DIM)
                    yield self._cell(row, column, inner, texts, colours, joined if above else None, room)
                if lined:
                    yield Segment("│", DIM)
                yield Segment.line()
        if lined:
            yield from self._rule("└┴┘", inner)
        for note in self._notes(texts is None, room, options.max_width):
            yield from text_line(clip(note, options.max_width), DIM)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        if not all(self.shape):
            return Measurement(10, 10)
        texts, inner, lined = self._layout(options.max_width)
        room = max(1, inner - (not lined))
        width = self.shape[1] * (inner + lined) + lined
        most = max(
            width, *(cell_len(note) for note in self._notes(texts is None, room, options.max_width)), 0
        )
        most = min(most, options.max_width)
        return Measurement(min(self.shape[1] * NARROWEST, most), most)

    def blank(self) -> Self:
        """The same cells without values and arrows, with room for both."""
        other = copy(self)
        other.hidden = True
        return other

    def markdown(self, width: int = 80) -> str:
        """The drawing: in a table nobody would see where an arrow points to."""
        return fence(drawn(self, width))

    def figure(self) -> Figure:
        """A table of the cells: values on their colours, arrows and marks below these, walls gray."""
        if not all(self.shape):
            return Words([Run("(no cells)", quiet=True)])
        rows, columns = self.shape
        made = Table(
            [], self.squares(), labels=0, bars=range(1, columns), rules=range(1, rows), of=self.cells.of
        )
        return Column([made, Words([Run(self.meanings, quiet=True)])]) if self.meanings else made

    def squares(self) -> list[list[Cell]]:
        """The cells of a page, row by row."""
        texts = None if self.values is None else Numbers(self._shown(self.precision), self.precision).texts
        colours = None if self.values is None else coloured("diverging", self.shares)
        rows, columns = self.shape
        return [[self._square(i, j, texts, colours) for j in range(columns)] for i in range(rows)]

    @property
    def meanings(self) -> str:
        """What its signs stand for, in a line."""
        return "; ".join(self._meanings(10**6))

    def _square(self, row: int, column: int, texts: Array | None, colours: Array | None) -> Cell:
        if self.walls[row, column]:
            return Cell(WALL * 2, ground=STONE)
        sign = self._sign(row, column, 10**6, {})
        known = not self.hidden and self.values is not None and not np.isnan(self.values[row, column])
        if not known or texts is None or colours is None or self.values is None:
            return Cell(sign)
        ground = code(colours[row, column]) if np.isfinite(self.values[row, column]) else ""
        cell = self.cells.at(row, column) if self.cells.of else ""
        return Cell(texts[row, column].strip(), ground=ground, below=sign, cell=cell)

    def has_room(self, width: int) -> bool:
        """Whether the values are written in a drawing of this width."""
        return self._layout(width)[0] is not None

    def _layout(self, width: int) -> tuple[Array | None, int, bool]:
        """Values as text (None when there is no room for them), the width of a cell, lines between cells."""
        columns = self.shape[1]
        digits = range(self.precision, min(self.precision, LEAST) - 1, -1)
        for lined in (True, False):
            room = (width - lined) // columns - lined
            for precision in digits if self.values is not None else ():
                numbers = Numbers(self._shown(precision), precision)
                # Without a line between them, a blank keeps numbers apart.
                if numbers.width + 1 - lined <= room:
                    return numbers.texts, min(room, max(numbers.width + 2, 4)), lined
        lined = (width - 1) // columns - 1 >= NARROWEST
        room = (width - lined) // columns - lined
        return None, max(1, min(room, 5)), lined

    def _shown(self, precision: int) -> Array:
        """The values, rounded to so many digits of the largest one, never before the point."""
        values = np.where(np.isnan(np.asarray(self.values)), 0.0, np.asarray(self.values))
        sizes = np.abs(values[np.isfinite(values)])
        top = sizes.max() if sizes.size else 0.0
        if not top:
            return values
        return rounded(values, max(0, precision - 1 - int(np.floor(np.log10(top)))))

    def _cell(
        self,
        row: int,
        column: int,
        inner: int,
        texts: Array | None,
        colours: Array | None,
        joined: Mapping[str, str] | None,
        room: int,
    ) -> Segment:
        """The sign of a cell, by how several arrows are ``joined``; without that its value."""
        if self.walls[row, column]:
            return Segment(WALL * inner, DIM)
        style = Style()
        if (
            not self.hidden
            and self.values is not None
            and colours is not None
            and np.isfinite(self.values[row, column])
        ):
            style = on(colours[row, column])
        if joined is not None:
            text = self._sign(row, column, room, joined)
            left = (inner - cell_len(text)) // 2
            text = " " * left + text + " " * (inner - left - cell_len(text))
            return Segment(text, style + BOLD)
        known = not self.hidden and self.values is not None and not np.isnan(self.values[row, column])
        text = texts[row, column] if texts is not None and known else ""
        right = (inner - len(text)) // 2 if inner - len(text) > 1 else 0
        return Segment((text + " " * right).rjust(inner), style)

    def _mark(self, row: int, column: int) -> str:
        return self.marks.get((row, column), END if self.ends[row, column] else "")

    def _arrows(self, row: int, column: int) -> str:
        taken = self.arrows[row, column] if self.arrows is not None and not self.hidden else ()
        return "".join(arrow for arrow, there in zip(self.directions, taken, strict=False) if there)

    def _joined(self, room: int) -> Mapping[str, str]:
        """The arrows of cells that have several -> one sign for them; none where there is room for all."""
        cells = [(row, column) for row, column in np.ndindex(*self.shape) if not self.walls[row, column]]
        several = [(place, arrows) for place in cells if len(arrows := self._arrows(*place)) > 1]
        if all(cell_len(f"{self._mark(*place)} {arrows}".strip()) <= room for place, arrows in several):
            return {}
        return {arrows: JUNCTIONS.get(frozenset(arrows), "+") for _, arrows in several}

    def _sign(self, row: int, column: int, room: int, joined: Mapping[str, str]) -> str:
        """The mark of a cell and its arrows, as much of both as fits."""
        mark, arrows = self._mark(row, column), self._arrows(row, column)
        arrows = joined.get(arrows, arrows)
        for text in (f"{mark} {arrows}".strip(), f"{mark}{arrows}", mark, arrows):
            if text and cell_len(text) <= room:
                return text
        return clip(mark, room)

    def _rule(self, corners: str, inner: int) -> Iterator[Segment]:
        line = corners[1].join(["─" * inner] * self.shape[1])
        yield from text_line(corners[0] + line + corners[2], DIM)

    def _meanings(self, room: int) -> Iterator[str]:
        """What the signs stand for, of arrows those that are joined in so much room."""
        marked_ends = {place for place in self.marks if self.ends[place]}
        yield from [f"{END} end"] if self.ends.sum() > len(marked_ends) else []
        yield from [f"{WALL} wall"] if self.walls.any() else []
        yield from (f"{mark} {name}" for mark, name in self.names.items() if mark in self.marks.values())
        yield from (f"{sign} {arrows}" for arrows, sign in self._joined(room).items())

    def _notes(self, hidden: bool, room: int, width: int) -> Iterator[str]:
        """The same in lines, and whether the values have no room."""
        line = ""
        for part in self._meanings(room):
            longer = f"{line}   {part}" if line else part
            if line and cell_len(longer) > width:
                yield line
                longer = part
            line = longer
        if line:
            yield line
        if hidden and self.values is not None:
            yield "(too narrow for the values)"
