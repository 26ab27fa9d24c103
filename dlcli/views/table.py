"""A small table of words: names, lengths, rules."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.views.markdown import table
from dlcli.views.text import clip, flush_left, flush_right, visible

GAP = 2
LEAST = 4  # cells that a column keeps, however narrow the console


class Table:
    """Rows of text below a quiet header, the columns in ``right`` flush right.

    All text may come from outside. Where the width is too small, the widest columns are cut, those in
    ``right`` last, for they are numbers, and a number that is cut says something else. Where that would not
    do, the ``spare`` columns are left out, in their order. What tells rows apart may be kept ``whole``, too.

    >>> from rich.console import Console
    >>> Console(width=40).print(Table(["axis", "length"], [["row", "2"], ["column", "10"]], right=[1]))
    axis    length
    row          2
    column      10
    """

    def __init__(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        right: Collection[int] = (),
        spare: Sequence[int] = (),
        whole: Collection[int] = (),
    ) -> None:
        self.header = tuple(header)
        self.rows = [tuple(visible(text) for text in row) for row in rows]
        self.right, self.spare = frozenset(right), tuple(spare)
        self.whole = self.right | frozenset(whole)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        widths = dict(enumerate(self._widths()))
        least = self._least()
        for column in self.spare:
            if sum(least[column] + GAP for column in widths) - GAP > options.max_width:
                del widths[column]
        while sum(widths.values()) + GAP * (len(widths) - 1) > options.max_width:
            wide = [column for column in widths if widths[column] > least[column]] or list(widths)
            widest = max(wide, key=lambda column: widths[column])
            if widths[widest] <= LEAST:
                break
            widths[widest] -= 1
        for place, row in enumerate((self.header, *self.rows)):
            cells = [
                (flush_right if column in self.right else flush_left)(clip(row[column], width), width)
                for column, width in widths.items()
            ]
            yield Segment((" " * GAP).join(cells).rstrip(), Style(dim=True) if place == 0 else None)
            yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        most = sum(self._widths()) + GAP * (len(self.header) - 1)
        return Measurement(min(most, options.max_width), min(most, options.max_width))

    def markdown(self, width: int = 80) -> str:
        """The same as a Markdown table, nothing cut."""
        return table(self.header, self.rows, right=self.right)

    def _widths(self) -> list[int]:
        columns = zip(self.header, *self.rows, strict=True)
        return [max(cell_len(text) for text in column) for column in columns]

    def _least(self) -> list[int]:
        """What each column keeps as long as another can be cut: of words a few letters, of numbers all."""
        cells = [
            max((cell_len(row[column]) for row in self.rows), default=0) for column in range(len(self.header))
        ]
        widths = self._widths()
        return [
            max(min(width, LEAST), cells[column]) if column in self.whole else min(width, LEAST)
            for column, width in enumerate(widths)
        ]
