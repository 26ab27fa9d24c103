"""A sum of products as it is written on the board: factors, products, what is added, the result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.views.screen.colour import coloured, on
from dlcli.views.screen.screen import sixteen_colours
from dlcli.views.tables.matrix import shares
from dlcli.views.text.markdown import table
from dlcli.views.text.text import clip, flush_left, flush_right
from dlcli.words.number import Numbers

DIM, BOLD = Style(dim=True), Style(bold=True)
PLACE = 20  # cells that the name of a factor may take
HEADS = ("from", "value", "weight", "product")
GAPS = (0, 2, 1, 1)  # cells before name, value, weight and product
LEAST = 15  # cells left of what is added up, for its names


class SumTable:
    """Rows (name, value, weight, product), then numbers added beside them, their sum, and what becomes of it.

    Parameters
    ----------
    rows : sequence of (str, value, weight, product)
    extra : mapping of names to numbers
        What is added beside the products.
    total : float
    last : (str, number), optional
        The activation of the sum, and its value.
    note : str
        A line below.
    heads : four str
        What stands above names, factors and products.

    Where the width is too small, weights and products go on below the names and values: no number is cut.

    >>> from rich.console import Console
    >>> print_ = Console(width=60).print
    >>> print_(SumTable([("x", 2.0, 0.5, 1.0)], {"b": 0.25}, 1.25, ("tanh(1.25)", 0.848)))
    from  value   weight   product
    x         2 ×    0.5 =   1.000
                     + b     0.250
                           ───────
                     sum     1.250
              tanh(1.25)     0.848
    """

    def __init__(
        self,
        rows: Sequence[tuple[str, float, float, float]],
        extra: Mapping[str, float],
        total: float,
        last: tuple[str, float] | None = None,
        *,
        note: str = "",
        heads: tuple[str, str, str, str] = HEADS,
        precision: int = 4,
    ) -> None:
        self.heads = heads
        self.places = [clip(row[0], PLACE) for row in rows]
        self.note = note
        names = [f"+ {name}" for name in extra]
        added = Numbers(
            np.array(
                [*(row[3] for row in rows), *extra.values(), total, *([last[1]] if last else [])], float
            ),
            precision,
        )
        self.products = added.texts[: len(rows)].tolist()
        self.width = max(added.width, len(self.heads[3]))
        below = added.texts[len(rows) :].tolist()
        self.lines = list(zip([*names, "sum", *([last[0]] if last else [])], below, strict=True))
        self.values, self.weights = (
            Numbers(np.array([row[i] for row in rows], float), precision) for i in (1, 2)
        )
        self.shares = shares(np.array([row[3] for row in rows], float), "diverging", None)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines, room = self._fitting(options.max_width)
        yield from self._row(self._names(), lines, room, DIM, None)
        colours = coloured("diverging", self.shares, sixteen=sixteen_colours(console))
        for i, name in enumerate(self.places):
            factors = (f"{self.values.texts[i]} ×", f"{self.weights.texts[i]} =", self.products[i])
            yield from self._row((name, *factors), lines, room, None, on(colours[i]))
        left = room - self.width
        for i, (name, text) in enumerate(self.lines):
            if name == "sum":
                yield Segment(" " * left + "─" * self.width, DIM)
                yield Segment.line()
            yield Segment(flush_right(clip(name, left - 3), left - 3) + "   ")
            yield Segment(text.rjust(self.width), BOLD if i == len(self.lines) - 1 else None)
            yield Segment.line()
        if self.note:
            yield Segment(clip(self.note, options.max_width), DIM)
            yield Segment.line()

    def _names(self) -> tuple[str, str, str, str]:
        """What stands above the four; no sign stands between them."""
        name, value, weight, product = self.heads
        return name, f"{value}  ", f"{weight}  ", product

    def _fitting(self, width: int) -> tuple[list[list[int]], int]:
        """Which of name, value, weight and product stand in one line, and how wide all lines are.

        What does not fit beside the others goes on below them, to the right.
        """
        cells = self._cells()
        lines: list[list[int]] = [[0]]
        for column in (1, 2, 3):
            if self._taken([*lines[-1], column], cells) <= width:
                lines[-1].append(column)
            else:
                lines.append([column])
        room = max(self._taken(line, cells) for line in lines)
        return lines, min(width, max(room, self.width + LEAST))

    def _cells(self) -> tuple[int, int, int, int]:
        """How wide the four are, with the sign behind a factor."""
        place, value, weight = self._widths()
        return place, value + 2, weight + 2, self.width

    def _taken(self, line: Sequence[int], cells: Sequence[int]) -> int:
        return sum(cells[column] for column in line) + sum(GAPS[column] for column in line[1:])

    def _row(
        self,
        texts: Sequence[str],
        lines: Sequence[Sequence[int]],
        room: int,
        style: Style | None,
        ground: Style | None,
    ) -> Iterator[Segment]:
        """Name, factors and product in their lines, the product on its colour."""
        cells = self._cells()
        for line in lines:
            text = " " * (room - self._taken(line, cells)) if line[0] else ""
            for column in line:
                text += " " * GAPS[column] if column != line[0] else ""
                if column == 3 and ground is not None:
                    yield Segment(text, style)
                    text, style = "", ground
                place = flush_left if column == 0 else flush_right
                text += place(clip(texts[column], cells[column]), cells[column])
            yield Segment(text, style)
            yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        most = sum(self._widths()) + 8 + self.width
        return Measurement(min(options.max_width, most), min(options.max_width, most))

    def markdown(self, width: int = 80) -> str:
        """The same as a Markdown table."""
        rows = [
            [name, self.values.texts[i].strip(), self.weights.texts[i].strip(), self.products[i].strip()]
            for i, name in enumerate(self.places)
        ]
        rows += [[name, "", "", text.strip()] for name, text in self.lines]
        return table(self.heads, rows, right=(1, 2, 3))

    def _widths(self) -> tuple[int, int, int]:
        place = max([len(self.heads[0]), *map(cell_len, self.places)])
        return place, max(self.values.width, len(self.heads[1])), max(self.weights.width, len(self.heads[2]))
