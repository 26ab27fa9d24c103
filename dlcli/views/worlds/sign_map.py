"""A map of short words: what is done in each cell of two numbers, on colours."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment

from dlcli.tensor import Array, Axis
from dlcli.views.page.figures import Cell, Column, Run, Table, Words
from dlcli.views.screen.colour import code, coloured, on
from dlcli.views.screen.screen import sixteen_colours
from dlcli.views.text.markdown import drawn, fence
from dlcli.views.text.text import DIM, clip, text_line, visible

LABEL = 8


class SignMap:
    """Signs in rows and columns, the first row below as in a diagram, with the names of both axes.

    Parameters
    ----------
    signs : array (rows, columns) of str
        Outside text of a few cells; nothing is written where it is empty.
    shares : array (rows, columns)
        From −1 to 1: on what colour a sign stands.
    rows, columns : Axis
    meaning : str
        What the signs stand for, in a line below.

    >>> import numpy as np
    >>> from rich.console import Console
    >>> signs = np.array([["H", "H"], ["H", "S"]])
    >>> sums, shown = Axis("sum", start=12, step=1), Axis("shown")
    >>> view = SignMap(signs, np.zeros((2, 2)), sums, shown, "H hit, S stick")
    >>> Console(width=40).print(view)
    sum
     13  H  S
     12  H  H
         0  1
         shown
    H hit, S stick
    """

    def __init__(self, signs: Array, shares: Array, rows: Axis, columns: Axis, meaning: str) -> None:
        if signs.ndim != 2 or signs.shape != shares.shape:
            raise ValueError(f"a map is (rows, columns) twice; received {signs.shape} and {shares.shape}")
        self.signs, self.shares, self.meaning = signs, shares, meaning
        self.names = rows.name, columns.name
        self.labels = [clip(rows.place(i), LABEL) for i in range(len(signs))]
        self.heads = [clip(columns.place(j), LABEL) for j in range(signs.shape[1])]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        side, cell, gap = self._layout(options.max_width)
        colours = coloured("diverging", self.shares, sixteen=sixteen_colours(console))
        yield from text_line(clip(self.names[0], options.max_width), DIM)
        for i in reversed(range(len(self.signs))):
            yield Segment(self.labels[i].rjust(side) + " ", DIM)
            for j, sign in enumerate(self.signs[i].tolist()):
                text = " " * (gap + cell - cell_len(sign)) + sign
                yield Segment(text, on(colours[i, j]) if sign else None)
            yield Segment.line()
        every = max(1, -(-(max(map(cell_len, self.heads), default=1) + 1) // (cell + gap)))
        heads = "".join(
            head.rjust((cell + gap) * (every if j else 1))
            for j, head in enumerate(self.heads)
            if j % every == 0
        )
        yield from text_line(" " * (side + 1) + heads, DIM)
        yield from text_line(clip(" " * (side + 1 + gap) + self.names[1], options.max_width), DIM)
        yield from text_line(clip(self.meaning, options.max_width), DIM)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        side, cell, gap = self._layout(options.max_width)
        most = side + 1 + (cell + gap) * len(self.heads)
        most = max(most, cell_len(self.meaning), cell_len(self.names[0]), side + 2 + cell_len(self.names[1]))
        return Measurement(min(most, options.max_width), min(most, options.max_width))

    def markdown(self, width: int = 80) -> str:
        """The map as it is drawn."""
        return fence(drawn(self, width))

    def figure(self) -> Column:
        """A table on colours, the first row below, and what the signs stand for."""
        colours = coloured("diverging", self.shares)
        head = [
            [Cell(""), Cell(self.names[1], span=len(self.heads))],
            [Cell(self.names[0]), *map(Cell, self.heads)],
        ]
        body = [
            [
                Cell(self.labels[i]),
                *(
                    Cell(sign, ground=code(colours[i, j]) if sign else "")
                    for j, sign in enumerate(self.signs[i].tolist())
                ),
            ]
            for i in reversed(range(len(self.signs)))
        ]
        made = Table(head, body, right=range(len(self.heads) + 1))
        return Column([made, Words([Run(visible(self.meaning), quiet=True)])])

    def _layout(self, width: int) -> tuple[int, int, int]:
        """The cells of a label, of a sign, and between signs: two where there is room."""
        side = max(map(cell_len, self.labels), default=0) + 1
        cell = max(map(cell_len, self.signs.ravel().tolist()), default=1)
        wide = side + 1 + (cell + 2) * len(self.heads) <= width
        return side, cell, 2 if wide else 1
