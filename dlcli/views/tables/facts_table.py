"""A table of facts: a name and a text on each line."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.text import Text

from dlcli.views.text.markdown import table
from dlcli.views.text.text import DIM, clip, flush_left, text_line, visible

NAME = 20  # cells that a name may take
GAP = 2


class FactsTable:
    """Pairs of (outside) texts: names below each other, and beside them words that wrap within their column.

    >>> from rich.console import Console
    >>> Console(width=30).print(FactsTable([("mean", "1.5"), ("deviation", "0.5")]))
    mean       1.5
    deviation  0.5
    """

    def __init__(self, rows: Sequence[tuple[str, str]]) -> None:
        self.rows = [(clip(name, NAME), visible(words)) for name, words in rows]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        side = self._side()
        for name, words in self.rows:
            lines = Text(words).wrap(console, max(1, options.max_width - side)) or [Text("")]
            for place, line in enumerate(lines):
                yield Segment(flush_left("" if place else name, side), DIM)
                yield from text_line(line.plain.rstrip())

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        most = self._side() + max((cell_len(words) for _, words in self.rows), default=0)
        return Measurement(min(options.max_width, self._side() + NAME), min(options.max_width, most))

    def markdown(self, width: int = 80) -> str:
        """A table of two columns."""
        return table(("", ""), self.rows)

    def _side(self) -> int:
        return GAP + max((cell_len(name) for name, _ in self.rows), default=0)
