"""Blocks side by side under their names, as many in a row as the width allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment

from dlcli.views.page.compose import figure_of
from dlcli.views.page.figures import Row
from dlcli.views.text.gaps import GIVEN, Frame, emptied, unmarked, without_fractions
from dlcli.views.text.markdown import block as markdown_of
from dlcli.views.text.markdown import escape
from dlcli.views.text.text import BOLD, apart, clip, visible

Lines = list[list[Segment]]

FRAMES = 2  # on a sheet to be filled in


def _is_sketch(view: RenderableType) -> bool:
    """Whether there is nothing in a view but room for sketches."""
    if isinstance(view, Shelf):
        return all(_is_sketch(block) for _, block in view.blocks)
    return isinstance(view, Frame)


class Shelf:
    """Renderables next to each other, each below its name; what does not fit goes below.

    ``blocks`` are (name, renderable) pairs; names are outside text, an empty one takes no line when all are
    empty. A block is never split: one that is wider than the console has that width to itself.
    """

    def __init__(self, blocks: Sequence[tuple[str, RenderableType]], *, gap: int = 3) -> None:
        self.blocks = tuple(blocks)
        self.gap = gap

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for number, row in enumerate(self._rows(console, options)):
            if number:
                yield Segment.line()
            drawn = [self._draw(console, options, place, width) for place, width in row]
            height = max(len(lines) for lines in drawn)
            last = len(row) - 1
            shaped = [
                # Nothing stands to the right of the last block: no blanks at the ends of lines.
                lines + [[]] * (height - len(lines))
                if place == last
                else Segment.set_shape(lines, width, height)
                for place, (lines, (_, width)) in enumerate(zip(drawn, row, strict=True))
            ]
            for parts in zip(*shaped, strict=True):
                for place, part in enumerate(parts):
                    if place:
                        yield Segment(" " * self.gap)
                    yield from part
                yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        widths = [self._width(console, options, name, block) for name, block in self.blocks]
        return Measurement(max(widths, default=0), sum(widths) + self.gap * max(len(widths) - 1, 0))

    def blank(self) -> Shelf:
        """The blocks with gaps for their numbers; what went in stays, of many drawings a few are framed."""
        blocks = [
            (without_fractions(name), block if name in GIVEN else emptied(block))
            for name, block in self.blocks
        ]
        frames = [place for place, (_, block) in enumerate(blocks) if _is_sketch(block)]
        kept = [block for place, block in enumerate(blocks) if place not in frames[FRAMES:]]
        return Shelf(kept, gap=self.gap)

    def unmarked(self) -> Shelf:
        """The blocks, in none of which anything is pointed at."""
        return Shelf([(name, unmarked(block)) for name, block in self.blocks], gap=self.gap)

    def markdown(self, width: int = 80) -> str:
        """The blocks one below the other, each after its name."""
        return "\n\n".join(
            (f"**{escape(name)}**\n\n" if name else "") + markdown_of(body, width)
            for name, body in self.blocks
        )

    def figure(self) -> Row:
        """The blocks beside each other."""
        return Row([(visible(name), figure_of(body)) for name, body in self.blocks])

    def _rows(self, console: Console, options: ConsoleOptions) -> Iterator[list[tuple[int, int]]]:
        """Which blocks stand side by side, and the width of each."""
        row: list[tuple[int, int]] = []
        used = 0
        for place, (name, block) in enumerate(self.blocks):
            width = self._width(console, options, name, block)
            if row and used + self.gap + width > options.max_width:
                yield row
                row, used = [], 0
            used += width + (self.gap if row else 0)
            row.append((place, width))
        if row:
            yield row

    def _width(self, console: Console, options: ConsoleOptions, name: str, block: RenderableType) -> int:
        body = Measurement.get(console, options, block).maximum
        return min(options.max_width, max(body, min(cell_len(clip(name, 24)), 24)))

    def _draw(self, console: Console, options: ConsoleOptions, place: int, width: int) -> Lines:
        block = self.blocks[place][1]
        lines = console.render_lines(block, options.update(width=width, height=None), pad=False)
        names = [name for name, _ in self.blocks]
        if not any(names):
            return lines
        return [[Segment(apart(names, width)[place], BOLD)], *lines]
