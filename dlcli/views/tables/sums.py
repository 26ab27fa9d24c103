"""A sum on the board: a line for each summand with its factors, and below a rule what they add up to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
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
from dlcli.views.text.text import apart, clip, flush_left
from dlcli.words.number import Numbers

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

    Where the width is too small, names are cut, then columns of numbers go on below, beside the names once
    more; a number is always whole.

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
        self.names = {head: apart(texts, NAME) for head, texts in names.items()}
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
        names, parts = self._parts(options.max_width)
        colours = coloured("diverging", self.shares, sixteen=sixteen_colours(console))
        for place, heads in enumerate(parts):
            if place:
                yield Segment.line()
            yield from self._block(names, heads, colours if place == len(parts) - 1 else None)

    def _block(
        self, names: Mapping[str, int], heads: Sequence[str], colours: Array | None
    ) -> Iterator[Segment]:
        """Columns of numbers beside the names; what is added up is among them when it has ``colours``."""
        widths = {head: self._wide(head) for head in heads}
        head_line = [flush_left(clip(head, width), width) for head, width in names.items()]
        yield Segment((" " * GAP).join([*head_line, *(h.rjust(w) for h, w in widths.items())]), DIM)
        yield Segment.line()
        last = heads[-1] if colours is not None else None
        wide = max((cell_len(text) for text in self._added()), default=0)
        cut = [
            [flush_left(text, width) for text in apart(self.names[head], width)]
            for head, width in names.items()
        ]
        for i in range(self.count):
            cells = [texts[i] for texts in cut]
            cells += [self.numbers[head][i].rjust(width) for head, width in widths.items() if head != last]
            yield Segment((" " * GAP).join(cells))
            if last is not None and colours is not None:
                yield Segment(" " * (GAP + widths[last] - wide))
                # What is added up is on the colour of its size.
                yield Segment(self.numbers[last][i].rjust(wide), on(colours[i]))
            yield Segment.line()
        if last is not None:
            before = sum(names.values()) + GAP * (len(names) - 1)
            before += sum(GAP + width for head, width in widths.items() if head != last)
            yield from self._sums(before, widths[last], wide)

    def _sums(self, before: int, room: int, wide: int) -> Iterator[Segment]:
        """A rule and what stands below it, right of so many cells."""
        if self.totals:
            yield Segment(" " * (before + GAP) + ("─" * wide).rjust(room), DIM)
            yield Segment.line()
        for place, (label, text) in enumerate(self.totals):
            style = BOLD if place == len(self.totals) - 1 else None
            yield Segment(flush_left(clip(label, before), before) + " " * GAP + text.rjust(room), style)
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
        last = head == list(self.numbers)[-1]
        return max(map(cell_len, (head, *(self._added() if last else self.numbers[head]))))

    def _added(self) -> list[str]:
        """What is added up, and the sums."""
        return [*list(self.numbers.values())[-1], *(text for _, text in self.totals)]

    def _parts(self, width: int) -> tuple[dict[str, int], list[list[str]]]:
        """The cells for each kind of name, and the columns of numbers that stand beside each other."""
        natural = {head: self._named(head) for head in self.names}
        least = {head: min(wide, LEAST) for head, wide in natural.items()}

        def taken(names: Mapping[str, int], heads: Sequence[str]) -> int:
            return sum(names.values()) + sum(map(self._wide, heads)) + GAP * (len(names) + len(heads) - 1)

        parts: list[list[str]] = []
        for head in self.numbers:
            if parts and taken(least, [*parts[-1], head]) <= width:
                parts[-1].append(head)
            else:
                parts.append([head])
        names = dict(natural)
        while names != least and max(taken(names, heads) for heads in parts) > width:
            widest = max((head for head in names if names[head] > least[head]), key=lambda head: names[head])
            names[widest] -= 1
        return names, parts


def _whole(values: Array) -> Array:
    """Whole numbers without a point, when all of them are."""
    values = np.asarray(values)
    if values.dtype.kind == "f" and np.isfinite(values).all() and (values == np.round(values)).all():
        return values.astype(np.int64) if np.abs(values).max(initial=0) < 1e15 else values
    return values
