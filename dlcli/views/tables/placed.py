"""Numbers on colours with the place that each came from below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array, Axis
from dlcli.views.screen.colour import SCALES, on
from dlcli.views.tables.matrix import LABEL, shares
from dlcli.views.text.markdown import table
from dlcli.views.text.text import clip, flush_left, flush_right
from dlcli.words.number import Numbers

DIM = Style(dim=True)


class Placed:
    """A small matrix, every number on the colour of its size and above the name of its place.

    Parameters
    ----------
    values : array (rows, columns)
    places : rows of columns of str
        Where each number came from: outside text.
    rows, columns : Axis, optional
        Names and labels of the two axes; what is missing is not shown.
    precision, scale, limits
        As for ``Matrix``.

    Columns that do not fit the width continue below.

    >>> import numpy as np
    >>> from rich.console import Console
    >>> view = Placed(np.array([[7, 8]]), [["0,0", "0,1"]], columns=Axis("index"))
    >>> Console(width=40).print(view)
    index    0    1
             7    8
           0,0  0,1
    """

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
    ) -> None:
        self.rows, self.columns = rows, columns
        self.places = [[clip(place, LABEL) for place in row] for row in places]
        self.numbers = Numbers(values, precision)
        self.colours = SCALES[scale](shares(values, scale, limits))
        height, width = values.shape
        self.row_labels = [clip(rows.place(i), LABEL) if rows else "" for i in range(height)]
        self.column_labels = [clip(columns.place(j), LABEL) if columns else "" for j in range(width)]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        side, cell = self._side(), self._cell()
        count = len(self.column_labels)
        fits = max(1, (options.max_width - side) // cell)
        for first in range(0, count, fits):
            if first:
                yield Segment.line()
            yield from self._block(range(first, min(first + fits, count)), side, cell)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        most = self._side() + len(self.column_labels) * self._cell()
        if self.rows is not None and self.columns is not None:
            most = max(most, self._side() + 2 + cell_len(clip(self.columns.name, LABEL)))
        return Measurement(min(self._side() + self._cell(), options.max_width), min(most, options.max_width))

    def markdown(self, width: int = 80) -> str:
        """Number and place side by side in every cell of a Markdown table."""
        body = [
            [label, *(f"{text.strip()} ({place})" for text, place in zip(texts, places, strict=True))]
            for label, texts, places in zip(self.row_labels, self.numbers.texts, self.places, strict=True)
        ]
        corner = " ".join(clip(axis.name, LABEL) for axis in (self.rows, self.columns) if axis)
        return table([corner, *self.column_labels], body, right=range(1, len(self.column_labels) + 1))

    def _block(self, shown: range, side: int, cell: int) -> Iterator[Segment]:
        if self.columns is not None:
            head = clip(self.columns.name, LABEL)
            if self.rows is not None:
                yield Segment(" " * (side + 2) + head, DIM)
                yield Segment.line()
                head = clip(self.rows.name, LABEL)
            labels = self._line([self.column_labels[j] for j in shown], cell)
            yield Segment(flush_left(head, side) + labels, DIM)
            yield Segment.line()
        for i, label in enumerate(self.row_labels):
            yield Segment(flush_right(label, side - 1) + " " if side else "", DIM)
            for j in shown:
                # The ground is the number's alone: the blank before it parts it from its neighbour.
                yield Segment("  ")
                yield Segment(flush_right(self.numbers.texts[i, j], cell - 2), on(self.colours[i, j]))
            yield Segment.line()
            yield Segment(" " * side + self._line([self.places[i][j] for j in shown], cell), DIM)
            yield Segment.line()

    def _line(self, texts: Sequence[str], cell: int) -> str:
        return "".join(flush_right(text, cell) for text in texts)

    def _side(self) -> int:
        head = self.rows or self.columns
        names = [clip(head.name, LABEL)] if head else []
        longest = max(map(cell_len, (*names, *self.row_labels)), default=0)
        return longest + 1 if longest else 0

    def _cell(self) -> int:
        texts = (*self.column_labels, *(place for row in self.places for place in row))
        return 2 + max(self.numbers.width, *map(cell_len, texts))
