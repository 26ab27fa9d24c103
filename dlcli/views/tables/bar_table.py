"""Columns of numbers beside their labels, the last one as bars too, and what they add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, Self

import numpy as np
from rich.cells import cell_len
from rich.color import Color
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array, Axis
from dlcli.views.page.cells import NO_CELLS, Listed
from dlcli.views.page.figures import Cell, Table
from dlcli.views.screen.colour import code, colour
from dlcli.views.screen.screen import has_colour
from dlcli.views.tables.sums import sum_of_others
from dlcli.views.text.gaps import GAP as OPEN
from dlcli.views.text.gaps import GIVEN, gap, without_fractions
from dlcli.views.text.markdown import table
from dlcli.views.text.text import BOLD, DIM, clip, flush_left, text_line
from dlcli.words.number import MINUS, Numbers, number

LABEL = 16  # cells that a label may take
GAP = 2
LISTED = 12  # of more scores, these are the largest
BAR = 24  # cells of a bar for the number 1
SHORTEST = 5  # a bar for 1 that would be shorter is left out
EIGHTHS = " ▏▎▍▌▋▊▉█"
MARK = "▸ "


class BarTable:
    """A line for each label with its numbers, a bar as long as the last of them (0 to 1), and sums below.

    Parameters
    ----------
    name : str
        What the labels are; it stands above them.
    labels : sequence of str
        Outside text.
    columns : mapping of heads to arrays (n,)
        The numbers; the last column has values from 0 to 1 and is drawn as bars.
    totals : sequence of (label, mapping of heads to numbers)
        Lines below a rule.
    marked : int, optional
        The line that is pointed at.
    signed : bool
        The last column has numbers of both signs: bars begin in the middle, and the longest is for the
        largest size.
    relative : bool
        The longest bar is for the largest number, not for 1.
    inks : array (n, 3) of bytes, optional
        The colour of each bar.
    cells : Listed
        Which cells of a tensor the numbers of the column ``under`` are, without that of the last.

    ranks : sequence of int, optional
        The places of the labels before they were put in the order of their numbers: that of a worksheet.
    found : bool
        The labels are what is to be found; in a worksheet the lines are counted.

    Where the width is too small, the bars go first, then the columns from the second on; the last one stays.

    >>> from rich.console import Console
    >>> shares = {"x": np.array([1, 2]), "p": np.array([0.25, 0.75])}
    >>> Console(width=40).print(BarTable("word", ["the", "cat"], shares, totals=[("sum", {"p": 1.0})]))
    word  x     p
    the   1  0.25  ██████
    cat   2  0.75  ██████████████████
             ────
    sum      1.00
    >>> Console(width=40).print(BarTable("word", ["not", "bad"], {"x": np.array([4.0, -1.0])}, signed=True))
    word   x
    not    4              ████████████
    bad   −1           ███
    """

    def __init__(
        self,
        name: str,
        labels: Sequence[str],
        columns: Mapping[str, Array],
        *,
        totals: Sequence[tuple[str, Mapping[str, Any]]] = (),
        marked: int | None = None,
        signed: bool = False,
        relative: bool = False,
        inks: Array | None = None,
        cells: Listed = NO_CELLS,
        under: str = "",
        ranks: Sequence[int] | None = None,
        found: bool = False,
        precision: int = 4,
    ) -> None:
        self.ranks, self.found = ranks, found
        self.signed, self.inks = signed, inks
        self.cells, self.under = cells, under or list(columns)[-1]
        self.marked, self.mark = marked, 0 if marked is None else len(MARK)
        self.name = clip(name, LABEL)
        self.labels = [clip(label, LABEL) for label in (*labels, *(label for label, _ in totals))]
        self.side = max(map(cell_len, (self.name, *self.labels)))
        self.count = len(labels)
        last = np.nan_to_num(np.asarray(list(columns.values())[-1], dtype=np.float64))
        most = (np.abs(last).max(initial=0) or 1) if signed or relative else 1
        self.bars = last / most if signed else (last / most).clip(0, 1)
        self.columns: dict[str, list[str]] = {}
        for head, values in columns.items():
            below = [row.get(head) for _, row in totals]
            # What is added up and its sum have their points below each other.
            known = np.array([*values, *(value for value in below if value is not None)])
            texts = iter(Numbers(known, precision).texts.tolist())
            lines = [next(texts) for _ in labels] + ["" if value is None else next(texts) for value in below]
            wide = max(map(cell_len, (head, *lines)))
            self.columns[head] = [text.rjust(wide) for text in (head, *lines)]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        heads = self._fitting(options.max_width)
        room = min(BAR, options.max_width - self._width(heads) - GAP)
        yield from text_line(" " * self.mark + flush_left(self.name, self.side) + self._line(heads, 0), DIM)
        for place, label in enumerate(self.labels):
            pointed = place == self.marked
            style = BOLD if pointed else None
            if place == self.count:
                yield from text_line(" " * (self.mark + self.side) + self._rule(heads), DIM)
            if self.marked is not None:
                yield Segment(MARK if pointed else " " * len(MARK), style)
            text = flush_left(label, self.side) + self._line(heads, place + 1)
            yield Segment(text.rstrip(), style)
            if place < self.count and room >= SHORTEST and (bar := self._bar(place, room)):
                yield Segment(" " * GAP)
                yield Segment(bar, self._ink(place) if has_colour(console) else None)
            yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        last = list(self.columns)[-1:]
        most = self._width(list(self.columns)) + GAP + BAR
        return Measurement(min(self._width(last), options.max_width), min(most, options.max_width))

    def blank(self) -> Self:
        """The same lines with gaps for their numbers, without bars; none is pointed at."""
        other = copy(self)
        other.columns = {}
        for head, (_, *texts) in self.columns.items():
            if head in GIVEN:
                other.columns[head] = self.columns[head]
                continue
            head = without_fractions(head)
            wide = max(cell_len(head), len(gap(texts)))
            other.columns[head] = [
                text.rjust(wide) for text in (head, *(gap(texts) if one.strip() else "" for one in texts))
            ]
        other.bars, other.marked, other.mark = np.zeros_like(self.bars), None, 0
        names, totals = self.labels[: self.count], self.labels[self.count :]
        if self.found:
            names = [f"{place} {OPEN}" for place in range(self.count)]
        elif self.ranks is not None:
            names = [names[place] for place in np.argsort(self.ranks, kind="stable").tolist()]
        if self.found or self.ranks is not None:
            other.cells = NO_CELLS  # their places would tell the answer
        other.labels = [*names, *totals]
        other.side = max(map(cell_len, (self.name, *other.labels)))
        return other

    def markdown(self, width: int = 80) -> str:
        """The numbers as a Markdown table, the line that is pointed at with its mark."""
        rows = [
            [
                (MARK if place == self.marked else "") + label,
                *(texts[place + 1].strip() for texts in self.columns.values()),
            ]
            for place, label in enumerate(self.labels)
        ]
        return table([self.name, *self.columns], rows, right=range(1, len(self.columns) + 1))

    def figure(self) -> Table:
        """The numbers, and a bar beside each label."""
        head = [Cell(self.name), *map(Cell, self.columns), Cell("")]
        body = []
        for place, label in enumerate(self.labels):
            bold = place == self.marked
            numbers = (
                Cell(texts[place + 1].strip(), bold=bold, cell=self.cells[place] * (head == self.under))
                for head, texts in self.columns.items()
            )
            bar = float(self.bars[place]) if place < self.count else None
            ink = "" if self.inks is None or bar is None else code(self.inks[place])
            name = Cell((MARK if bold else "") + label, bold=bold)
            body.append([name, *numbers, Cell("", bar=bar, ink=ink)])
        right = range(1, len(self.columns) + 1)
        return Table([head], body, right=right, rules=(self.count,), of=self.cells.of)

    def _width(self, heads: Sequence[str]) -> int:
        return self.mark + self.side + sum(GAP + cell_len(self.columns[head][0]) for head in heads)

    def _fitting(self, width: int) -> list[str]:
        heads = list(self.columns)
        while len(heads) > 1 and self._width(heads) > width:
            heads.pop(1 if len(heads) > 2 else 0)
        return heads

    def _line(self, heads: Sequence[str], row: int) -> str:
        return "".join(" " * GAP + self.columns[head][row] for head in heads)

    def _rule(self, heads: Sequence[str]) -> str:
        """A line under every column that is added up."""
        cells = []
        for head in heads:
            texts = self.columns[head]
            summed = any(text.strip() for text in texts[self.count + 1 :])
            cells.append(" " * GAP + ("─" if summed else " ") * cell_len(texts[0]))
        return "".join(cells).rstrip()

    def _ink(self, place: int) -> Style:
        if self.inks is None:
            return colour(int(self.bars[place] < 0))
        return Style(color=Color.from_rgb(*self.inks[place].tolist()))

    def _bar(self, place: int, room: int) -> str:
        if self.signed:
            half = room // 2
            length = round(abs(float(self.bars[place])) * half)
            left = half - length if self.bars[place] < 0 else half
            return " " * left + "█" * length if length else ""
        eighths = round(float(self.bars[place]) * 8 * room)
        return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def score_bars(
    name: str,
    labels: Sequence[str],
    scores: Array,
    shares: Array,
    marked: int,
    *,
    cells: Listed = NO_CELLS,
    precision: int = 4,
) -> BarTable:
    """Scores (n,), their exponentials and softmax shares: all of them, or the largest and the marked one.

    ``cells`` are those of the scores.

    >>> from rich.console import Console
    >>> scores, shares = np.log([1.0, 3.0]), np.array([0.25, 0.75])
    >>> Console(width=30).print(score_bars("token", ["the", "cat"], scores, shares, 1))
      token  score    exp     p
      the    0.000  0.333  0.25
    ▸ cat    1.099  1.000  0.75
                    ─────  ────
      sum           1.333  1.00
    """
    exponentials = np.exp(scores - scores.max())
    columns = {"score": scores, "exp": exponentials, "p": shares}
    return _largest(name, labels, columns, scores, marked, precision, cells)


def softmax_row(keys: Axis, x: Array, weights: Array, key: int, name: str, precision: int) -> BarTable:
    """A line for each key of a row x (n,), or for the most weighted ones and the one that is pointed at.

    ``name`` stands above x, what the softmax is given; ``weights`` (n,) are what it gives.

    >>> from rich.console import Console
    >>> x, weights = np.array([0.0, np.log(3)]), np.array([0.25, 0.75])
    >>> Console(width=40).print(softmax_row(Axis("key", ("the", "cat")), x, weights, 1, "x", 3))
      key    x  exp(x − 1.1)  weight
      the  0.0          0.33    0.25  █▌
    ▸ cat  1.1          1.00    0.75  ████▌
                ────────────  ──────
      sum               1.33    1.00
    """
    x = x.astype(np.float64)
    finite = x[np.isfinite(x)]
    top = float(finite.max()) if finite.size else 0.0
    with np.errstate(invalid="ignore"):
        powers = np.exp(x - top)
    power = f"exp(x {'+' if top < 0 else MINUS} {number(abs(top), precision)})"
    labels = [keys.place(i) for i in range(len(x))]
    columns = {name: x, power: powers, "weight": weights}
    return _largest("key", labels, columns, np.nan_to_num(weights), key, precision)


def _largest(
    name: str,
    labels: Sequence[str],
    columns: Mapping[str, Array],
    size: Array,
    marked: int,
    precision: int,
    cells: Listed = NO_CELLS,
) -> BarTable:
    """All lines, or those of the largest ``size`` and the marked one; sums of all columns but the first.

    ``cells`` are those of the first column.
    """
    shown = np.arange(len(size))
    if len(size) > LISTED:
        shown = np.union1d(np.argsort(-size, kind="stable")[:LISTED], [marked])
    _, *added = columns
    totals = [("sum", {head: columns[head].sum() for head in added})]
    if len(shown) < len(size):
        rest = {head: sum_of_others(columns[head], shown) for head in added}
        totals.insert(0, (f"{len(size) - len(shown)} others", rest))
    return BarTable(
        name,
        [labels[i] for i in shown.tolist()],
        {head: values[shown] for head, values in columns.items()},
        totals=totals,
        marked=int(np.searchsorted(shown, marked)),
        cells=cells.only(shown.tolist()),
        under=next(iter(columns)),
        precision=precision,
    )
