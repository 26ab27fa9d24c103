"""A small matrix with some of its numbers in brackets, and lines between the parts it falls into."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array
from dlcli.views.screen.colour import coloured, on
from dlcli.views.screen.screen import sixteen_colours
from dlcli.views.tables.matrix import shares
from dlcli.views.text.markdown import table
from dlcli.views.text.text import clip, flush_left, flush_right
from dlcli.words.number import Numbers

DIM = Style(dim=True)
NAME = 16


class Marked:
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
    precision, scale, limits
        As for ``Matrix``.

    Columns that do not fit the width continue below.

    >>> import numpy as np
    >>> from rich.console import Console
    >>> marks = np.array([[False, True, False]])
    >>> names = ("row", "0"), ("column", "012")
    >>> view = Marked(np.array([[1, 9, 4]]), marks, ~marks, *names, breaks=((), (2,)))
    >>> Console(width=40).print(view)
         column
    row   0   1    2
      0   1  [9] │ 4
    """

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
    ) -> None:
        self.marks, self.quiet, self.breaks = marks, quiet, breaks
        self.names = clip(rows[0], NAME), clip(columns[0], NAME)
        self.labels = [clip(label, NAME) for label in rows[1]], [clip(label, NAME) for label in columns[1]]
        self.texts = Numbers(values, precision).texts
        if words is not None:
            for place in zip(*words.nonzero(), strict=True):
                self.texts[place] = words[place]
        self.scale, self.shares = scale, shares(values, scale, limits)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        colours = coloured(self.scale, self.shares, sixteen=sixteen_colours(console))
        side, cell = self._side(), self._cell()
        count = len(self.labels[1])
        fits = max(1, (options.max_width - side) // (cell + 2))
        if side + count * cell + 2 * len(self.breaks[1]) <= options.max_width:
            fits = count
        for first in range(0, count, fits):
            if first:
                yield Segment.line()
            yield from self._block(colours, range(first, min(first + fits, count)), side, cell)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        most = self._side() + len(self.labels[1]) * self._cell() + 2 * len(self.breaks[1])
        most = min(options.max_width, max(most, self._side() + 1 + cell_len(self.names[1])))
        return Measurement(min(most, self._side() + self._cell() + 2), most)

    def markdown(self, width: int = 80) -> str:
        """A Markdown table, the marked numbers in brackets."""
        body = [
            [label, *(self._text(i, j).strip() for j in range(len(self.labels[1])))]
            for i, label in enumerate(self.labels[0])
        ]
        return table([" ".join(self.names), *self.labels[1]], body, right=range(1, len(self.labels[1]) + 1))

    def _block(self, colours: Array, shown: range, side: int, cell: int) -> Iterator[Segment]:
        yield Segment(" " * (side + 1) + self.names[1], DIM)
        yield Segment.line()
        heads = "".join(
            "  " * self._broken(1, j, shown[0]) + flush_right(self.labels[1][j], cell - 1) + " "
            for j in shown
        )
        yield Segment((flush_left(self.names[0], side) + heads).rstrip(), DIM)
        yield Segment.line()
        for i, label in enumerate(self.labels[0]):
            if self._broken(0, i, 0):
                lines = ("─┼" * self._broken(1, j, shown[0]) + "─" * cell for j in shown)
                yield Segment(" " * side + "".join(lines), DIM)
                yield Segment.line()
            yield Segment(flush_right(label, side - 1) + " ", DIM)
            for j in shown:
                if self._broken(1, j, shown[0]):
                    yield Segment(" │", DIM)
                text = flush_right(self._text(i, j), cell)
                style = Style(dim=not self.marks[i, j])
                if not self.quiet[i, j]:
                    style = on(colours[i, j]) + Style(bold=bool(self.marks[i, j]))
                yield Segment(text, style)
            yield Segment.line()

    def _text(self, i: int, j: int) -> str:
        text: str = self.texts[i, j]
        return f"[{text.strip()}]" if self.marks[i, j] else f"{text} "

    def _broken(self, direction: int, place: int, first: int) -> bool:
        return place in self.breaks[direction] and place > first

    def _side(self) -> int:
        return 1 + max(map(cell_len, (self.names[0], *self.labels[0])))

    def _cell(self) -> int:
        texts = (cell_len(str(text)) for text in self.texts.ravel())
        return 2 + max(*texts, max(map(cell_len, self.labels[1])), 1)
