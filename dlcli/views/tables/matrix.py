"""A matrix as numbers on colours: what is positive, what is negative, and how much of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array, Axis
from dlcli.views.screen.colour import coloured, on
from dlcli.views.screen.screen import sixteen_colours
from dlcli.views.text.markdown import table
from dlcli.views.text.text import clip, flush_left, flush_right
from dlcli.words.number import Numbers

LABEL = 16  # cells that a label may take
DIM = Style(dim=True)


class Matrix:
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
    ) -> None:
        self.rows, self.columns = rows, columns
        self.places = values.shape[1] - sums
        # What is between the ends is never formatted: a matrix may be as large as a photo.
        self.kept_rows, self.kept_columns = kept(values.shape[0], values.shape[1], max_cells)
        shown = values[np.ix_(_solid(self.kept_rows), _solid(self.kept_columns))]
        self.numbers = Numbers(shown, precision)
        self.scale, self.shares = scale, shares(shown, scale, limits)
        self.row_labels = _labels(self.kept_rows, rows, "⋮")
        self.column_labels = _labels(self.kept_columns, columns, "…")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        side = self._side()
        colours = coloured(self.scale, self.shares, sixteen=sixteen_colours(console))
        roomy = side + len(self.kept_columns) * self._cell(True) <= options.max_width
        width = self._cell(roomy)
        count = len(self.kept_columns)
        parts = -(-count // max(1, (options.max_width - side) // width))
        fits = -(-count // max(1, parts))
        for first in range(0, count, fits):
            places = range(first, min(first + fits, count))
            if parts > 1:
                if first:
                    yield Segment.line()
                yield Segment(self._range_words(places), DIM)
                yield Segment.line()
            elif self.columns is not None:
                yield Segment(" " * (side + 1) + clip(self.columns.name, LABEL), DIM)
                yield Segment.line()
            yield from self._block(colours, places, side, width, roomy)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        side = self._side()
        title = 0 if self.columns is None else side + 1 + cell_len(clip(self.columns.name, LABEL))
        most = max(title, side + len(self.kept_columns) * self._cell(True))
        return Measurement(min(side + self._cell(False), most), most)

    def markdown(self, width: int = 80) -> str:
        """The matrix as a Markdown table."""
        solid = iter(range(len(self.numbers.texts)))
        body = [
            [label, *(text.strip() for text in self._texts(None if kept is None else next(solid)))]
            for label, kept in zip(self.row_labels, self.kept_rows, strict=True)
        ]
        corner = "" if self.rows is None else self.rows.name
        return table([corner, *self.column_labels], body, right=range(1, len(self.column_labels) + 1))

    def _texts(self, row: int | None) -> list[str]:
        """The numbers of one shown row, dots where columns or the whole row are left out."""
        texts = iter(self.numbers.texts[row] if row is not None else ())
        return [
            "…" if kept is None else next(texts, "⋮").rjust(self.numbers.width) for kept in self.kept_columns
        ]

    def _block(
        self, colours: Array, places: Sequence[int], side: int, width: int, roomy: bool
    ) -> Iterator[Segment]:
        end = " " if roomy else ""
        if self.columns is not None:
            name = clip(self.rows.name, side - 1) if self.rows is not None else ""
            labels = (
                flush_right(clip(self.column_labels[place], width - 1), width - len(end)) for place in places
            )
            yield Segment(flush_left(name, side) + "".join(label + end for label in labels), DIM)
            yield Segment.line()
        solid_columns = np.cumsum([kept is not None for kept in self.kept_columns]) - 1
        row = -1
        for label, kept in zip(self.row_labels, self.kept_rows, strict=True):
            row += kept is not None
            if self.rows is not None:
                yield Segment(flush_right(clip(label, side - 1), side - 1) + " ", DIM)
            texts = self._texts(None if kept is None else row)
            for place in places:
                text = texts[place].rjust(width - len(end)) + end
                filled = kept is not None and self.kept_columns[place] is not None
                yield Segment(text, on(colours[row, solid_columns[place]]) if filled else DIM)
            yield Segment.line()

    def _side(self) -> int:
        if self.rows is None:
            return 0
        return 1 + max(cell_len(clip(label, LABEL)) for label in (self.rows.name, *self.row_labels))

    def _cell(self, roomy: bool) -> int:
        labels = self.column_labels if self.columns is not None else ()
        longest = max((min(cell_len(label), LABEL) for label in labels), default=1)
        return 1 + max(self.numbers.width, longest) + roomy

    def _range_words(self, places: Sequence[int]) -> str:
        name = clip(self.columns.name if self.columns is not None else "column", LABEL)
        first, last = (_nearest(self.kept_columns, place) for place in (places[0], places[-1]))
        beyond = [place for place in places if (self.kept_columns[place] or 0) >= self.places]
        sums = [clip(self.column_labels[place], LABEL) for place in beyond]
        last = min(last, self.places - 1)
        told = [f"{name} {first}{f' to {last}' if last > first else ''} of {self.places}"]
        return ", ".join([*told * (first < self.places), *sums])


def kept(rows: int, columns: int, max_cells: int) -> tuple[list[int | None], list[int | None]]:
    """The indices of the rows and columns to show; None stands where some are left out.

    >>> kept(2, 9, 10)
    ([0, 1], [0, 1, 2, None, 7, 8])
    """
    if rows * columns <= max_cells:
        return list(range(rows)), list(range(columns))
    side = max(2, math.isqrt(max_cells))
    shown_rows = min(rows, max(side, max_cells // columns))
    return _ends(rows, shown_rows), _ends(columns, max(2, max_cells // shown_rows))


def shares(values: Array, scale: str, limits: tuple[float, float] | None) -> Array:
    """Where each number stands on a scale: -1..1 around zero, or 0..1 from the least to the largest."""
    if values.dtype.kind == "c":
        values = np.abs(values)
    values = values.astype(np.float64)
    finite = values[np.isfinite(values)]
    low, high = limits or ((finite.min(), finite.max()) if finite.size else (0.0, 1.0))
    values = np.nan_to_num(values, nan=0.0 if scale == "diverging" else low, posinf=high, neginf=low)
    if scale == "diverging":
        return values / (max(abs(low), abs(high)) or 1.0)
    return (values - low) / ((high - low) or 1.0)


def _ends(length: int, shown: int) -> list[int | None]:
    if length <= shown:
        return list(range(length))
    head = (shown + 1) // 2
    return [*range(head), None, *range(length - (shown - head), length)]


def _solid(kept: list[int | None]) -> list[int]:
    return [index for index in kept if index is not None]


def _nearest(kept: list[int | None], place: int) -> int:
    index = kept[place]
    if index is None:
        before = kept[place - 1]
        index = 0 if before is None else before + 1
    return index


def _labels(kept: list[int | None], axis: Axis | None, dots: str) -> list[str]:
    return [dots if i is None else str(i) if axis is None else axis.place(i) for i in kept]
