"""Numbers in squares, some of them lit up: what a window, a step or a query is looking at."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array
from dlcli.views.page.figures import Drawing
from dlcli.views.page.shapes import Box, Letters, Shape
from dlcli.views.page.style import ink_on
from dlcli.views.screen.colour import on
from dlcli.views.screen.screen import has_colour
from dlcli.views.text.text import BOLD, DIM, clip, text_line
from dlcli.words.number import MINUS, number

SIGN, PAD = 7.23, 5  # pixels of a letter, and at both sides of a text
SIDE, TALL = 30, 30  # pixels of the narrowest square, and of the height of all
SMALL = 9  # pixels of a letter below
MIDDLE, RAISED = 20, 16  # pixels from its top to the base line of a text, alone and above a smaller one
BORDER = 2  # pixels of the border of a square that is lit
LABEL = 14  # cells of a label
LARGE = 1e4  # numbers that have no decimals written

#: What is lit: orange under black letters, in both looks and on every terminal.
LIT = on(np.array([255, 190, 120])) + BOLD
LIT_COLOUR = "ffbe78"


def texts_of(values: Array, precision: int) -> Array:
    """Each number as text, in the digits that it needs: an array of str of the same shape.

    >>> texts_of(np.array([[1.0, -0.25]]), 3)
    array([['1', '−0.25']], dtype=object)
    """
    found = [number(value, precision) for value in np.asarray(values).ravel().tolist()]
    return np.array(found, dtype=object).reshape(np.shape(values))


def in_decimals(values: Array, places: int) -> Array:
    """Each number as text with so many decimals, so that columns keep their width from picture to picture.

    >>> in_decimals(np.array([-0.00049, -2.5, np.inf, 123456.0]), 2)
    array(['0.00', '−2.50', 'inf', '123456'], dtype=object)
    """
    found = [
        f"{value:z.{places}f}".replace("-", MINUS)
        if np.isfinite(value) and abs(value) < LARGE
        else number(value, 3)
        for value in np.asarray(values, np.float64).ravel().tolist()
    ]
    return np.array(found, dtype=object).reshape(np.shape(values))


class Board:
    """Texts in rows and columns of equal squares.

    Parameters
    ----------
    texts : array (rows, columns) of str
        What stands in the squares; nothing is known yet of an empty one.
    lit : array (rows, columns) of bool, optional
        Squares that are looked at.
    beside : array (rows, columns) of bool, optional
        Squares that belong to no input: padding, holes.
    below : array (rows, columns) of str, optional
        What stands small under the texts: the weight that each is multiplied by.
    grounds : array (rows, columns, 3) of bytes, optional
        Colours of squares that have a text and are not lit.
    rows, columns : sequences of str, optional
        Labels.
    wide : int
        Characters that a square has room for at least, so that boards that follow each other are alike.

    >>> from rich.console import Console
    >>> view = Board(np.array([["1", "2"]]), lit=np.array([[False, True]]), below=np.array([["", "×3"]]))
    >>> Console(width=40).print(view)  # doctest: +NORMALIZE_WHITESPACE
      1  [2]
         ×3
    """

    def __init__(
        self,
        texts: Array,
        *,
        lit: Array | None = None,
        beside: Array | None = None,
        below: Array | None = None,
        grounds: Array | None = None,
        rows: tuple[str, ...] = (),
        columns: tuple[str, ...] = (),
        wide: int = 1,
    ) -> None:
        self.texts = np.asarray(texts)
        none = np.zeros(self.texts.shape, bool)
        self.lit = none if lit is None else lit
        self.beside = none if beside is None else beside
        self.below = below
        self.grounds = grounds
        self.rows = tuple(clip(label, LABEL) for label in rows)
        self.columns = tuple(clip(label, LABEL) for label in columns)
        told = (*self.texts.ravel().tolist(), *(() if below is None else below.ravel().tolist()))
        self.wide = max(wide, *map(cell_len, (*told, *self.columns)))
        self.side = max(map(cell_len, self.rows), default=0)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        fits = max(1, (options.max_width - self.side) // (self.wide + 2))
        shown = range(min(fits, self.texts.shape[1]))
        if self.columns:
            heads = "".join(f" {self.columns[j]:>{self.wide}} " for j in shown)
            yield from text_line(f"{'':{self.side}}{heads}", DIM)
        for i in range(len(self.texts)):
            yield Segment(f"{self.rows[i] if self.rows else '':{self.side}}", DIM)
            for j in shown:
                yield self._square(str(self.texts[i, j]) or "·", i, j, has_colour(console))
            yield Segment.line()
            if self.below is not None:
                yield Segment(" " * self.side)
                for j in shown:
                    style = LIT if self.lit[i, j] and has_colour(console) else DIM
                    yield Segment(f" {self.below[i, j]:>{self.wide}} ", style)
                yield Segment.line()
        if len(shown) < self.texts.shape[1]:
            yield from text_line(f"(and {self.texts.shape[1] - len(shown)} columns more)", DIM)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        width = min(options.max_width, self.side + (self.wide + 2) * self.texts.shape[1])
        return Measurement(width, width)

    def figure(self) -> Drawing:
        """Squares in a frame of rules, orange where they are lit."""
        rows, columns = self.texts.shape
        wide = max(SIDE, round(SIGN * self.wide) + 2 * PAD)
        left = round(SIGN * self.side) + 2 * PAD if self.rows else 0
        top = 18 if self.columns else 0
        size = left + columns * wide + 1, top + rows * TALL + 1
        shapes: list[Shape] = [Box(left, top, columns * wide + 1, rows * TALL + 1, look="area")]
        for j, label in enumerate(self.columns):
            shapes.append(Letters(left + (j + 0.5) * wide, top - 5, label, "quiet", anchor="middle", size=11))
        for i in range(rows):
            if self.rows:
                shapes.append(Letters(0, top + i * TALL + MIDDLE - 1, self.rows[i], "quiet", size=11))
            for j in range(columns):
                shapes += self._shapes(left + j * wide, top + i * TALL, wide, i, j)
        lit = int(self.lit.sum())
        return Drawing(*size, shapes, f"{rows} × {columns} numbers, {lit} of them marked")

    def _square(self, text: str, i: int, j: int, coloured: bool) -> Segment:
        if not coloured:
            left, right = "[]" if self.lit[i, j] else "()" if self.beside[i, j] else "  "
            return Segment(f"{left + text:>{self.wide + 1}}{right}")
        style = DIM if self.beside[i, j] or text == "·" else Style()
        if self.lit[i, j]:
            style = LIT
        elif self.grounds is not None and self.texts[i, j]:
            style = on(self.grounds[i, j])
        return Segment(f" {text:>{self.wide}} ", style)

    def _shapes(self, x: float, y: float, wide: int, i: int, j: int) -> Iterator[Shape]:
        """One square: its border is what is left of the area below it."""
        text, lit = str(self.texts[i, j]), bool(self.lit[i, j])
        look, colour, ink = "shade" if self.beside[i, j] or not text else "paper", "", ""
        if lit:
            yield Box(x, y, wide + 1, TALL + 1, look="1")
            look, colour, ink = "", LIT_COLOUR, "000000"
        elif self.grounds is not None and text:
            colour = bytes(self.grounds[i, j].tolist()).hex()
            look, ink = "", ink_on(colour)
        edge = BORDER if lit else 1
        yield Box(x + edge, y + edge, wide + 1 - 2 * edge, TALL + 1 - 2 * edge, look, colour)
        below = "" if self.below is None else str(self.below[i, j])
        shade = "" if ink else "quiet" if self.beside[i, j] else "ink"
        if text:
            base = y + (RAISED if below else MIDDLE)
            yield Letters(x + wide / 2, base, text, shade, ink, "middle", bold=lit)
        if below:
            yield Letters(x + wide - 3, y + TALL - 4, below, shade, ink, "end", SMALL)
