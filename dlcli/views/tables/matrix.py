"""Numbers in rows and columns on the colours of their sizes: which are positive, which negative."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from copy import copy
from typing import Self

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array, Axis
from dlcli.views.page.cells import UNKNOWN, Cells, Placed
from dlcli.views.page.figures import Cell, Table
from dlcli.views.screen.colour import code, coloured, on
from dlcli.views.screen.screen import sixteen_colours
from dlcli.views.text.gaps import gap
from dlcli.views.text.markdown import table
from dlcli.views.text.text import DIM, clip, flush_left, flush_right, text_line
from dlcli.words.number import Numbers

LABEL = 16  # cells that a label may take


class Grid:
    """Texts in rows and columns with labels; columns that do not fit the width go on below.

    Parameters
    ----------
    texts : array (rows, columns) of str
    scale, shares : str, array (rows, columns)
        A scale of colours, and where each number stands on it; nan: nowhere, it has no colour.
    labels : two sequences of str
        Those of the rows and of the columns; the former are shown with ``side``, the latter with ``head``.
    names : (str, str or None)
        What stands above the labels of the rows, and above those of the columns.
    corner : str
        What stands above the labels of the rows in Markdown.
    """

    indent = 1  # cells from where the columns begin to their name
    lead, pad = 0, 0  # cells of a column before the ground of its number, and behind its label alone
    gap = 0  # cells that a line between two columns takes
    found = False  # whether its rows are called by what is to be found
    cells: Cells | Placed = UNKNOWN  # of a tensor, that are shown

    def __init__(
        self,
        texts: Array,
        scale: str,
        shares: Array,
        labels: tuple[Sequence[str], Sequence[str]],
        names: tuple[str, str | None],
        corner: str,
        *,
        side: bool = True,
        head: bool = True,
    ) -> None:
        self.texts, self.scale, self.shares, self.labels = texts, scale, shares, labels
        self.names, self.corner, self.head = names, corner, head
        self.filled: Array = ~np.isnan(shares)
        self.bold: Array = np.zeros(texts.shape, bool)
        self.below: Sequence[Sequence[str]] = ()
        self.breaks: tuple[Collection[int], Collection[int]] = (), ()
        self.side = 1 + max(cell_len(clip(label, LABEL)) for label in (names[0], *labels[0])) if side else 0
        heads = (min(cell_len(label), LABEL) for label in labels[1] if head)
        self.widest = max((*map(cell_len, texts.ravel().tolist()), *heads), default=1) or 1

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        colours = self._colours(console)
        cell, pad, fits = self._layout(options.max_width)
        count = len(self.labels[1])
        for first in range(0, count, fits):
            if first:
                yield Segment.line()
            yield from self._block(range(first, min(first + fits, count)), cell, pad, colours)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        most = self._natural()
        if self.names[1] is not None:
            most = max(most, self.side + self.indent + cell_len(clip(self.names[1], LABEL)))
        return Measurement(min(most, options.max_width), min(most, options.max_width))

    def blank(self) -> Self:
        """The same rows and columns with a gap for each number, none of them marked."""
        other = copy(self)
        between = (self.texts == "⋮") | (self.texts == "…")
        other.texts = np.where(between, self.texts, gap(self.texts.ravel().tolist()))
        other.filled, other.bold = np.zeros_like(self.filled), np.ones_like(self.bold)
        other.below = [[gap(row)] * len(row) for row in self.below]
        other.widest = max(self.widest, *map(cell_len, other.texts.ravel().tolist()), 0)
        if self.found:
            rows, columns = self.labels
            other.labels = [gap(rows)] * len(rows), columns
            other.side = 1 + max(cell_len(other.labels[0][0]), cell_len(self.names[0]))
        return other

    def markdown(self, width: int = 80) -> str:
        """The numbers as a Markdown table, what stands below them in brackets."""
        rows, columns = self.labels
        body = [[label, *(text.strip() for text in row)] for label, row in zip(rows, self.texts, strict=True)]
        for line, below in zip(body, self.below, strict=False):
            line[1:] = [f"{text} ({place})" for text, place in zip(line[1:], below, strict=True)]
        return table([self.corner, *columns], body, right=range(1, len(columns) + 1))

    def figure(self) -> Table:
        """A table whose numbers stand on their colours."""
        colours = coloured(self.scale, self.shares)
        side, several = self.side > 0, len(self.labels[1])
        head: list[list[Cell]] = []
        if self.names[1] is not None:
            head.append([*[Cell("")] * side, Cell(self.names[1], span=several)])
        if self.head:
            head.append([*[Cell(self.names[0])] * side, *map(Cell, self.labels[1])])
        body = [
            [*[Cell(self.labels[0][i])] * side, *(self._cell(i, j, colours[i, j]) for j in range(several))]
            for i in range(len(self.texts))
        ]
        return Table(
            head,
            body,
            labels=int(side),
            right=range(int(side), side + several),
            rules=self.breaks[0],
            bars=[j + side for j in self.breaks[1]],
            of=self.cells.of,
        )

    def _cell(self, i: int, j: int, colour: Array) -> Cell:
        filled = bool(self.filled[i, j])
        return Cell(
            str(self.texts[i, j]).strip(),
            ground=code(colour) if filled else "",
            bold=bool(self.bold[i, j]),
            quiet=not (filled or self.bold[i, j]),
            below=self.below[i][j] if self.below else "",
            cell=self._place(i, j) if self.cells.of else "",
        )

    def _place(self, i: int, j: int) -> str:
        """The cell of the tensor that stands there."""
        return self.cells.at(i, j)

    def _colours(self, console: Console) -> Array:
        return coloured(self.scale, self.shares, sixteen=sixteen_colours(console))

    def _natural(self) -> int:
        """The cells of all columns beside each other."""
        return self.side + len(self.labels[1]) * (2 + self.widest) + self.gap * len(self.breaks[1])

    def _layout(self, width: int) -> tuple[int, int, int]:
        """The cells of a column, those behind its number, and how many columns fit."""
        cell = 2 + self.widest
        fits = len(self.labels[1]) if self._natural() <= width else (width - self.side) // (cell + self.gap)
        return cell, 0, max(1, fits)

    def _title(self, places: range) -> str | None:
        return None if self.names[1] is None else " " * (self.side + self.indent) + clip(self.names[1], LABEL)

    def _block(self, places: range, cell: int, pad: int, colours: Array) -> Iterator[Segment]:
        """Columns that stand beside each other."""

        def line(j: int, drawn: str) -> str:
            return drawn if j in self.breaks[1] and j > places[0] else ""

        side, behind = max(0, self.side - 1), pad + self.pad
        heads = [
            line(j, "  ") + flush_right(clip(self.labels[1][j], cell - 1), cell - behind) + " " * behind
            for j in places
        ]
        head = flush_left(clip(self.names[0], side) if side else "", self.side) + "".join(heads)
        head = head.rstrip() if self.pad else head
        for text in (self._title(places), head if self.head else None):
            if text is not None:
                yield from text_line(text, DIM)
        for i, row in enumerate(self.texts):
            if i and i in self.breaks[0]:
                yield from text_line(
                    " " * self.side + "".join(line(j, "─┼") + "─" * cell for j in places), DIM
                )
            if self.side:
                yield Segment(flush_right(clip(self.labels[0][i], side), side) + " ", DIM)
            for j in places:
                yield Segment(line(j, " │") + " " * self.lead, DIM if line(j, " │") else None)
                text = flush_right(row[j], cell - self.lead - pad) + " " * pad
                marked = bool(self.bold[i, j])
                ground = (
                    on(colours[i, j]) + Style(bold=marked) if self.filled[i, j] else Style(dim=not marked)
                )
                yield Segment(text, ground)
            yield Segment.line()
            if self.below:
                yield from text_line(
                    " " * self.side + "".join(flush_right(self.below[i][j], cell) for j in places), DIM
                )


class Matrix(Grid):
    """Numbers in rows and columns, each on the colour of its size.

    Parameters
    ----------
    values : array (rows, columns)
    rows, columns : Axis or None
        Names and labels of the two axes; without them neither names nor indices are shown.
    precision : int
        Significant digits of the largest number; all numbers are written alike.
    scale : {"diverging", "gray", "sequential"}
        ``diverging`` goes from minus to plus the largest size, the others from the least to the largest.
    limits : (float, float), optional
        The numbers at the two ends of the colours, to compare several matrices.
    sums : int
        How many of the last columns are sums of the others: they have labels, but are none of the places.
    max_cells : int
        A larger matrix shows its first and last rows and columns, with ``…`` for those between.
    cells : Cells or Placed
        Which cells of a tensor the numbers are.
    found : bool
        Whether the rows are called by what is to be found.

    Columns that do not fit the width continue below, under a line that names them. The sign is in the
    number itself, so that nothing is lost without colour.

    >>> from rich.console import Console
    >>> Console(width=80).print(Matrix(np.array([[0.9, 1.1], [-2.8, 0.8]])))
      0.9   1.1
     −2.8   0.8
    """

    def __init__(
        self,
        values: Array,
        *,
        rows: Axis | None = None,
        columns: Axis | None = None,
        precision: int = 4,
        scale: str = "diverging",
        limits: tuple[float, float] | None = None,
        sums: int = 0,
        max_cells: int = 400,
        cells: Cells | Placed = UNKNOWN,
        found: bool = False,
    ) -> None:
        self.cells, self.found = cells, found
        self.places = values.shape[1] - sums
        # What is between the ends is never formatted: a matrix may be as large as a photo.
        self.kept = kept(values.shape[0], values.shape[1], max_cells)
        solid = np.ix_(*([index is not None for index in axis] for axis in self.kept))
        shown = values[np.ix_(*([index for index in axis if index is not None] for axis in self.kept))]
        texts = np.full([len(axis) for axis in self.kept], "⋮", object)
        texts[:, [index is None for index in self.kept[1]]] = "…"
        share, filled = np.zeros(texts.shape), np.zeros(texts.shape, bool)
        texts[solid] = Numbers(shown, precision).texts
        share[solid] = shares(shown, scale, limits)
        filled[solid] = ~np.isnan(share[solid])
        super().__init__(
            texts,
            scale,
            share,
            (_labels(self.kept[0], rows, "⋮"), _labels(self.kept[1], columns, "…")),
            ("" if rows is None else rows.name, None if columns is None else columns.name),
            "" if rows is None else rows.name,
            side=rows is not None,
            head=columns is not None,
        )
        self.filled = filled

    def _place(self, i: int, j: int) -> str:
        row, column = self.kept[0][i], self.kept[1][j]
        return "" if row is None or column is None or column >= self.places else self.cells.at(row, column)

    def _layout(self, width: int) -> tuple[int, int, int]:
        """Where all fit, a blank follows every number; otherwise all lines have about as many columns."""
        roomy = self._natural() <= width
        cell, count = 1 + self.widest + roomy, len(self.labels[1])
        parts = -(-count // max(1, (width - self.side) // cell))
        return cell, int(roomy), -(-count // max(1, parts))

    def _title(self, places: range) -> str | None:
        if len(places) == len(self.labels[1]):
            return super()._title(places)
        name = clip(self.names[1] or "column", LABEL)
        first, last = (_nearest(self.kept[1], place) for place in (places[0], places[-1]))
        sums = [clip(self.labels[1][j], LABEL) for j in places if (self.kept[1][j] or 0) >= self.places]
        last = min(last, self.places - 1)
        told = [f"{name} {first}{f' to {last}' if last > first else ''} of {self.places}"]
        return ", ".join([*told * (first < self.places), *sums])


class MarkedMatrix(Grid):
    """Numbers on colours; those that are marked stand in brackets, so that nothing depends on colour.

    Parameters
    ----------
    values : array (rows, columns)
    marks : array of bool, same shape
        Which numbers stand in brackets.
    quiet : array of bool, same shape
        Which numbers have no colour: they take no part.
    rows, columns : (str, sequence of str)
        Name and labels of the two axes: outside text.
    words : array of str, same shape, optional
        What is written instead of a number, where it is not empty.
    breaks : (rows, columns)
        Before which rows and columns a line is drawn.
    precision, scale, limits, cells
        As for ``Matrix``.

    >>> from rich.console import Console
    >>> marks = np.array([[False, True, False]])
    >>> names = ("row", "0"), ("column", "012")
    >>> view = MarkedMatrix(np.array([[1, 9, 4]]), marks, ~marks, *names, breaks=((), (2,)))
    >>> Console(width=40).print(view)
         column
    row   0   1    2
      0   1  [9] │ 4
    """

    pad, gap = 1, 2

    def __init__(
        self,
        values: Array,
        marks: Array,
        quiet: Array,
        rows: tuple[str, Sequence[str]],
        columns: tuple[str, Sequence[str]],
        *,
        words: Array | None = None,
        breaks: tuple[Collection[int], Collection[int]] = ((), ()),
        precision: int = 4,
        scale: str = "diverging",
        limits: tuple[float, float] | None = None,
        cells: Cells | Placed = UNKNOWN,
    ) -> None:
        self.cells = cells
        texts = Numbers(values, precision).texts
        if words is not None:
            texts = np.where(words.astype(bool), words, texts)
        names = clip(rows[0], LABEL), clip(columns[0], LABEL)
        labels = [clip(label, LABEL) for label in rows[1]], [clip(label, LABEL) for label in columns[1]]
        super().__init__(texts, scale, shares(values, scale, limits), labels, names, " ".join(names))
        self.breaks, self.bold = breaks, marks
        self.filled = self.filled & ~quiet
        for place in np.ndindex(texts.shape):
            self.texts[place] = f"[{str(texts[place]).strip()}]" if marks[place] else f"{texts[place]} "

    def unmarked(self) -> Self:
        """The same numbers, none of them in brackets."""
        other = copy(self)
        wide = max(map(len, self.texts.ravel().tolist()), default=0)
        other.texts = np.empty_like(self.texts)
        for place in np.ndindex(self.texts.shape):
            other.texts[place] = f"{str(self.texts[place]).strip('[] '):>{wide - 1}} "
        other.bold, other.filled = np.ones_like(self.bold), np.zeros_like(self.filled)
        return other


class PlacedMatrix(Grid):
    """A small matrix, every number on the colour of its size and above the name of its place.

    Parameters
    ----------
    values : array (rows, columns)
    places : rows of columns of str
        Where each number came from: outside text.
    rows, columns : Axis, optional
        Names and labels of the two axes; what is missing is not shown.
    precision, scale, limits, cells
        As for ``Matrix``.

    >>> from rich.console import Console
    >>> view = PlacedMatrix(np.array([[7, 8]]), [["0,0", "0,1"]], columns=Axis("index"))
    >>> Console(width=40).print(view)
    index    0    1
             7    8
           0,0  0,1
    """

    indent, lead = 2, 2

    def __init__(
        self,
        values: Array,
        places: Sequence[Sequence[str]],
        *,
        rows: Axis | None = None,
        columns: Axis | None = None,
        precision: int = 4,
        scale: str = "diverging",
        limits: tuple[float, float] | None = None,
        cells: Cells | Placed = UNKNOWN,
    ) -> None:
        self.cells = cells
        labels = tuple(
            [clip(axis.place(i), LABEL) if axis else "" for i in range(length)]
            for axis, length in zip((rows, columns), values.shape, strict=True)
        )
        names = [clip(axis.name, LABEL) for axis in (rows, columns) if axis]
        super().__init__(
            Numbers(values, precision).texts,
            scale,
            shares(values, scale, limits),
            (labels[0], labels[1]),
            (names[0] if names else "", names[1] if len(names) > 1 else None),
            " ".join(names),
            side=bool(names),
            head=columns is not None,
        )
        self.below = [[clip(place, LABEL) for place in row] for row in places]
        self.widest = max(self.widest, *(cell_len(place) for row in self.below for place in row))

    def _colours(self, console: Console) -> Array:
        return coloured(self.scale, self.shares)


def kept(rows: int, columns: int, max_cells: int) -> tuple[list[int | None], list[int | None]]:
    """The indices of the rows and columns to show; None stands where some are left out.

    >>> kept(2, 9, 10)
    ([0, 1], [0, 1, 2, None, 7, 8])
    """
    if rows * columns <= max_cells:
        return list(range(rows)), list(range(columns))
    side = max(2, math.isqrt(max_cells))
    shown_rows = min(rows, max(side, max_cells // columns))
    return ends(rows, shown_rows), ends(columns, max(2, max_cells // shown_rows))


def shares(values: Array, scale: str, limits: tuple[float, float] | None) -> Array:
    """Where each number stands on a scale: -1..1 around zero, or 0..1 from the least to the largest.

    What is nan or infinite stands nowhere: it is nan, and views draw it without a colour.
    """
    if values.dtype.kind == "c":
        values = np.abs(values)
    values = values.astype(np.float64)
    finite = values[np.isfinite(values)]
    low, high = limits or ((finite.min(), finite.max()) if finite.size else (0.0, 1.0))
    values = np.where(np.isfinite(values), values, np.nan)
    if scale == "diverging":
        return values / (max(abs(low), abs(high)) or 1.0)
    return (values - low) / ((high - low) or 1.0)


def ends(length: int, shown: int) -> list[int | None]:
    """The first and last indices of a length; None stands between them for those left out.

    >>> ends(9, 3), ends(2, 3)
    ([0, 1, None, 8], [0, 1])
    """
    if length <= shown:
        return list(range(length))
    head = (shown + 1) // 2
    return [*range(head), None, *range(length - (shown - head), length)]


def _nearest(kept: list[int | None], place: int) -> int:
    index = kept[place]
    if index is None:
        before = kept[place - 1]
        index = 0 if before is None else before + 1
    return index


def _labels(kept: list[int | None], axis: Axis | None, dots: str) -> list[str]:
    return [dots if i is None else str(i) if axis is None else axis.place(i) for i in kept]
