"""A sum on the board: a line for each summand with its factors, and below a rule what they add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array
from dlcli.views.colour import coloured, on
from dlcli.views.markdown import table
from dlcli.views.matrix import shares
from dlcli.views.number import Numbers
from dlcli.views.screen import sixteen_colours
from dlcli.views.text import clip, flush_left

NAME = 20  # cells that a name may take
LEAST = 4  # and that it keeps, however narrow the console
GAP = 2
DIM, BOLD = Style(dim=True), Style(bold=True)


class Summands:
    """Names, then columns of numbers, of which the last one is added up.

    Parameters
    ----------
    names : mapping of heads to sequences of str
        Outside text that says what a line is about.
    numbers : mapping of heads to arrays (n,)
        What stands in the line; the last column holds the summands.
    totals : sequence of (label, number)
        Lines below a rule, the last of them in bold.

    Where the width is too small, names are cut, then columns of numbers left out from the first one on, the
    summands never; a number is always whole.

    >>> from rich.console import Console
    >>> lines = Summands({"next": ["a", "b"]}, {"p": np.array([0.5, 0.5]), "p·v": np.array([2, -1.5])},
    ...                  [("sum", 0.5)])
    >>> Console(width=40).print(lines)
    next    p   p·v
    a     0.5   2.0
    b     0.5  −1.5
               ────
    sum         0.5
    """

    def __init__(
        self,
        names: Mapping[str, Sequence[str]],
        numbers: Mapping[str, Array],
        totals: Sequence[tuple[str, Any]] = (),
        *,
        precision: int = 4,
    ) -> None:
        self.names = {head: [clip(text, NAME) for text in texts] for head, texts in names.items()}
        *factors, last = numbers
        self.numbers = {head: Numbers(_whole(numbers[head]), precision).texts.tolist() for head in factors}
        # What is added up and its sum have their points below each other.
        added = _whole(np.array([*numbers[last], *(value for _, value in totals)]))
        texts = Numbers(added, precision).texts.tolist()
        self.count = len(numbers[last])
        self.shares = shares(np.asarray(numbers[last], np.float64), "diverging", None)
        self.numbers[last] = texts[: self.count]
        self.totals = list(zip((clip(label, NAME) for label, _ in totals), texts[self.count :], strict=True))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        names, heads = self._fitting(options.max_width)
        widths = {head: self._wide(head) for head in heads}
        last = heads[-1]
        before = sum(names.values()) + GAP * (len(names) - 1)
        before += sum(GAP + width for head, width in widths.items() if head != last)
        head_line = [flush_left(clip(head, width), width) for head, width in names.items()]
        yield Segment((" " * GAP).join([*head_line, *(h.rjust(w) for h, w in widths.items())]), DIM)
        yield Segment.line()
        colours = coloured("diverging", self.shares, sixteen=sixteen_colours(console))
        wide = max(
            (cell_len(text) for text in (*self.numbers[last], *(t for _, t in self.totals))), default=0
        )
        for i in range(self.count):
            cells = [flush_left(clip(self.names[head][i], width), width) for head, width in names.items()]
            cells += [self.numbers[head][i].rjust(width) for head, width in widths.items() if head != last]
            yield Segment((" " * GAP).join(cells) + " " * (GAP + widths[last] - wide))
            # What is added up is on the colour of its size.
            yield Segment(self.numbers[last][i].rjust(wide), on(colours[i]))
            yield Segment.line()
        if self.totals:
            yield Segment(" " * (before + GAP) + ("─" * wide).rjust(widths[last]), DIM)
            yield Segment.line()
        for place, (label, text) in enumerate(self.totals):
            style = BOLD if place == len(self.totals) - 1 else None
            yield Segment(
                flush_left(clip(label, before), before) + " " * GAP + text.rjust(widths[last]), style
            )
            yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        wide = sum(self._named(head) for head in self.names) + sum(self._wide(head) for head in self.numbers)
        wide = min(wide + GAP * (len(self.names) + len(self.numbers) - 1), options.max_width)
        return Measurement(wide, wide)

    def markdown(self, width: int = 80) -> str:
        """All of it as a Markdown table, the sums in its last rows."""
        heads = [*self.names, *self.numbers]
        columns = [
            *self.names.values(),
            *([text.strip() for text in texts] for texts in self.numbers.values()),
        ]
        rows = [list(row) for row in zip(*columns, strict=True)]
        rows += [[label, *[""] * (len(heads) - 2), text.strip()] for label, text in self.totals]
        return table(heads, rows, right=range(len(self.names), len(heads)))

    def _named(self, head: str) -> int:
        return max(map(cell_len, (head, *self.names[head])))

    def _wide(self, head: str) -> int:
        last = [text for _, text in self.totals] if head == list(self.numbers)[-1] else []
        return max(map(cell_len, (head, *self.numbers[head], *last)))

    def _fitting(self, width: int) -> tuple[dict[str, int], list[str]]:
        """The cells for each kind of name, and the columns of numbers that there is room for."""
        names = {head: self._named(head) for head in self.names}
        heads = list(self.numbers)

        def over() -> bool:
            wide = sum(names.values()) + sum(map(self._wide, heads)) + GAP * (len(names) + len(heads) - 1)
            return wide > width

        while over():
            widest = max(names, key=lambda head: names[head], default=None)
            if widest is not None and names[widest] > LEAST:
                names[widest] -= 1
            elif len(heads) > 1:
                heads.pop(0)
            else:
                break
        return names, heads


def _whole(values: Array) -> Array:
    """Whole numbers without a point, when all of them are."""
    values = np.asarray(values)
    if values.dtype.kind == "f" and np.isfinite(values).all() and (values == np.round(values)).all():
        return values.astype(np.int64) if np.abs(values).max(initial=0) < 1e15 else values
    return values
