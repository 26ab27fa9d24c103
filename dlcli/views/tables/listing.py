"""A list whose items have a name, a text and a picture or table beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.text import Text

from dlcli.views.page.compose import figure_of
from dlcli.views.page.figures import Column, Figure, Run, Words
from dlcli.views.text.markdown import block, escape
from dlcli.views.text.text import BOLD, DIM, clip, flush_left, visible

GAP = 3
NAME = 24  # cells that a name may take


class Listing:
    """Rows of (name, text, renderable): the renderable at the left, name and text beside it.

    The first line of the text stands below the name, further lines are dimmed; all is outside text. A blank
    line divides rows of which one is more than two lines high.
    """

    def __init__(self, rows: Sequence[tuple[str, str, RenderableType | None]]) -> None:
        self.rows = tuple(rows)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        side = self._side(console, options)
        width = options.max_width - side - (GAP if side else 0)
        for place, (name, text, body) in enumerate(self.rows):
            if place:
                yield Segment.line()
            lines = [[Segment(clip(name, min(NAME, width)), BOLD)], *self._words(console, text, width)]
            drawn = [] if body is None else console.render_lines(body, options.update(width=side), pad=False)
            for left, right in zip_longest(drawn, lines, fillvalue=()):
                yield from left
                if right:
                    used = Segment.get_line_length(list(left))
                    yield Segment(flush_left("", side - used + (GAP if side else 0)))
                    yield from right
                yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        side = self._side(console, options)
        words = max(
            (cell_len(line) for name, text, _ in self.rows for line in (name, *text.split("\n"))), default=0
        )
        return Measurement(min(options.max_width, side + GAP + NAME), side + GAP + words)

    def markdown(self, width: int = 80) -> str:
        """The rows one after the other, each under its name."""
        parts: list[str] = []
        for name, text, body in self.rows:
            parts.append(f"**{escape(name)}**: {escape('; '.join(text.split(chr(10))))}")
            if body is not None:
                parts.append(block(body, width))
        return "\n\n".join(parts)

    def figure(self) -> Column:
        """Each row by itself: name and text, and the renderable below them."""
        return Column([part for row in self.rows for part in self._parts(*row)])

    def _parts(self, name: str, text: str, body: RenderableType | None) -> Iterator[Figure]:
        first, *more = map(visible, text.split("\n"))
        yield Words([Run(visible(name), bold=True), Run(f": {first}")])
        yield from (Words([Run(line, quiet=True)]) for line in more)
        if body is not None:
            yield figure_of(body)

    def _side(self, console: Console, options: ConsoleOptions) -> int:
        """Columns of the widest renderable, at most half of what there is."""
        bodies = (body for _, _, body in self.rows if body is not None)
        widest = max((Measurement.get(console, options, body).maximum for body in bodies), default=0)
        return min(widest, options.max_width // 2)

    def _words(self, console: Console, text: str, width: int) -> list[list[Segment]]:
        lines: list[list[Segment]] = []
        for place, part in enumerate(text.split("\n")):
            style = DIM if place else None
            wrapped = Text(visible(part)).wrap(console, width)
            lines += [[Segment(line.plain.rstrip(), style)] for line in wrapped]
        return lines
