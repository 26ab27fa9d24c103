"""Many small maps as one sheet: a row of them for each layer, a column for each head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment

from dlcli.tensor import Array
from dlcli.views.page import axes
from dlcli.views.page.figures import Column, Drawing, Figure
from dlcli.views.page.shapes import SIGN, Image, Letters, Shape, Stroke
from dlcli.views.pictures.area import PEAKS, shrink
from dlcli.views.pictures.page_pixels import legend_of, pixels_of
from dlcli.views.pictures.picture import characters, half_blocks
from dlcli.views.pictures.tone import Tone
from dlcli.views.screen.screen import drawing_of, many_colours
from dlcli.views.text.markdown import drawn, fence
from dlcli.views.text.text import DIM, text_line, visible
from dlcli.words.number import number

GAP = 1  # columns between two maps
LEAST = 4  # columns of a map, below which a row goes on in another band
THICK = 2  # columns that a cell takes at most
LARGEST = 20  # the same in pixels of a page
PAGE = 480  # pixels of the maps of a page


class MapSheet:
    """Maps (row, column, query, key) of numbers from 0 on, all in the same colours, with the names of both.

    ``names`` stand above the labels of the rows and of the columns, which are their numbers unless
    ``columns`` names the latter; ``top`` is the number of the strongest
    colour, by default the largest. Each map is as wide as the console lets it be, up to ``THICK`` columns a
    cell; where there is no room for all cells, each place stands for the largest number of a block of them,
    and the line below says so. Rows that do not fit at all go on in a band below.

    >>> from rich.console import Console
    >>> maps = np.array([[[[1.0, 0], [0, 1]], [[0, 1], [0, 1]]]])
    >>> Console(width=40, color_system=None).print(MapSheet(maps, ("layer", "head")))
           head
    layer  0    1
      0    @@     @@
             @@   @@
    <BLANKLINE>
    0 | .:-=+*#%@| 1
    """

    def __init__(
        self,
        maps: Array,
        names: tuple[str, str],
        *,
        columns: Sequence[str] | None = None,
        top: float | None = None,
    ) -> None:
        if maps.ndim != 4:
            raise ValueError(f"a sheet has maps (row, column, query, key); received {maps.shape}")
        self.maps, self.names = maps, names
        self.columns = [*map(str, range(maps.shape[1]))] if columns is None else columns
        self.top = float(maps[np.isfinite(maps)].max(initial=0)) or 1.0 if top is None else top

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self.maps.size:
            yield from text_line("(no cells)", DIM)
            return
        rows, columns, queries, keys = self.maps.shape
        width, each = self._layout(options.max_width)
        tone = Tone.of_map(self.maps, self.maps, scale="sequential", limits=(0.0, self.top))
        coloured = many_colours(console) and drawing_of(console).means != "ascii"
        for first in range(0, columns, each):
            shown = range(first, min(first + each, columns))
            if first:
                yield Segment.line()
            yield from self._head(shown, width)
            for row in range(rows):
                if row:
                    yield Segment.line()
                yield from self._row(row, shown, width, tone, coloured=coloured)
        yield Segment.line()
        yield from tone.legend(coloured, 4)
        small = min(queries, width), min(keys, width)
        if small != (queries, keys):
            yield Segment(f"   {self._note(*small)}", DIM)
        yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        width, each = self._layout(options.max_width)
        most = self._side + each * (width + GAP)
        return Measurement(min(most, options.max_width), min(most, options.max_width))

    def markdown(self, width: int = 80) -> str:
        """The drawing."""
        return fence(drawn(self, width))

    def figure(self) -> Figure:
        """All maps in their places, with lines between them, over the scale of colours."""
        if not self.maps.size:
            return axes.quiet("(no cells)")
        rows, columns, queries, keys = self.maps.shape
        room = max(PAGE // columns, LEAST)
        times = min(LARGEST, room // keys)
        size = (queries, keys) if times else (max(1, round(queries * room / keys)), room)
        times = max(times, 1)
        maps = [[shrink(one, *size, PEAKS)[..., 0] for one in row] for row in self.maps]
        tone = Tone.of_map(self.maps, self.maps, scale="sequential", limits=(0.0, self.top))
        whole = np.concatenate([np.concatenate(row, axis=1) for row in maps])
        picture = pixels_of(
            whole, tone, lambda: PEAKS, height=whole.shape[0], width=whole.shape[1], legend=False
        )
        high, wide = times * size[0], times * size[1]
        names, top, left = self.names, 2.0 * axes.LINE, SIGN * (cell_len(self.names[0]) + 2)
        right, bottom = left + columns * wide, top + rows * high
        shapes: list[Shape] = [
            Letters(0, top - axes.BASE, names[0], "quiet"),
            Letters(left, axes.LINE - axes.BASE, names[1], "quiet"),
            Image(left, top, right - left, bottom - top, picture.data, picture.colours),
            *_between(left, top, right, bottom, rows, columns),
        ]
        fits = max(1, -(-int(SIGN * (max(map(cell_len, self.columns)) + 1)) // wide))
        shapes += [
            Letters(
                left + (i + 0.5) * wide, top - axes.BASE, visible(self.columns[i]), "quiet", anchor="middle"
            )
            for i in range(0, columns, fits)
        ]
        every = max(1, -(-axes.LINE // high))
        shapes += [
            Letters(left - 8, top + (i + 0.5) * high + axes.BASE, str(i), "quiet", anchor="end")
            for i in range(0, rows, every)
        ]
        said = f"{rows} × {columns} maps of {queries} × {keys}, {names[0]} by {names[1]}"
        note = [] if size == (queries, keys) else [axes.quiet(self._note(*size))]
        return Column(
            [
                Drawing(
                    max(right, PAGE / 2), bottom + 2, shapes, visible(f"{said}, 0 to {number(self.top, 4)}")
                ),
                legend_of(tone, 4),
                *note,
            ]
        )

    def _note(self, high: int, wide: int) -> str:
        """How many numbers of each map are drawn."""
        queries, keys = self.maps.shape[2:]
        return f"each map {high} × {wide} of {queries} × {keys}: the largest of each block"

    @property
    def _side(self) -> int:
        """Columns of the labels at the left."""
        return cell_len(self.names[0]) + 2

    def _layout(self, most: int) -> tuple[int, int]:
        """Columns of one map, and how many maps stand beside each other."""
        columns, keys = self.maps.shape[1], self.maps.shape[3]
        room = max(most - self._side, LEAST + GAP)
        each = min(columns, max(room // (LEAST + GAP), 1))
        bands = -(-columns // each)
        each = -(-columns // bands)
        width = max(room // each - GAP, 1)
        return min(width, keys * min(THICK, max(width // keys, 1))), each

    def _head(self, shown: range, width: int) -> Iterator[Segment]:
        labels = "".join(self.columns[column].ljust(width + GAP) for column in shown).rstrip()
        yield from text_line(" " * self._side + self.names[1], DIM)
        yield from text_line(f"{self.names[0]:<{self._side}}{labels}", DIM)

    def _row(self, row: int, shown: range, width: int, tone: Tone, *, coloured: bool) -> Iterator[Segment]:
        """The maps of one row beside each other, behind its label."""
        blocks: list[Sequence[list[Segment]]] = []
        for column in shown:
            data = self.maps[row, column]
            high = -(-width * len(data) // data.shape[1])
            small = shrink(data, min(len(data), high), min(data.shape[1], width), PEAKS)
            down, across = (
                np.arange(n) * have // n for n, have in zip((high, width), small.shape, strict=False)
            )
            fine = small[down][:, across]
            body = half_blocks(fine, tone) if coloured else characters(fine, tone, PEAKS)
            blocks.append(list(Segment.split_lines(body)))
        for place in range(max(map(len, blocks))):
            label = f"  {row}" if not place else ""
            yield Segment(label.ljust(self._side), DIM)
            line: list[Segment] = []
            for lines in blocks:
                line += Segment.adjust_line_length(lines[place], width)
                line.append(Segment(" " * GAP))
            yield from line[:-1]
            yield Segment.line()


def _between(
    left: float, top: float, right: float, bottom: float, rows: int, columns: int
) -> Iterator[Shape]:
    """Lines between maps, where there are several."""
    lines = [[(left, y), (right, y)] for y in np.linspace(top, bottom, rows + 1)[1:-1].tolist()]
    lines += [[(x, top), (x, bottom)] for x in np.linspace(left, right, columns + 1)[1:-1].tolist()]
    if lines:
        parts = [[*line, (np.nan, np.nan)] for line in lines]
        yield Stroke(np.array(parts).reshape(-1, 2), "rule", wide=2)
