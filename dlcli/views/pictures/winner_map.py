"""Which kernel wins where: a colour for each kernel, on a wheel where they stand for angles."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.cells import cell_len
from rich.color import Color
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array
from dlcli.views.page.cells import UNKNOWN, Cells
from dlcli.views.page.figures import Column, Figure, Pixels, Run, Words
from dlcli.views.pictures.area import fit
from dlcli.views.pictures.page_pixels import WIDTH, rows_high
from dlcli.views.pictures.picture import HEIGHT, half_blocks
from dlcli.views.pictures.tone import Tone
from dlcli.views.screen.colour import COLOURS, code, letter, wheel
from dlcli.views.screen.raster import pixels
from dlcli.views.screen.screen import drawing_of, has_colour
from dlcli.views.text.text import DIM, clip, text_line
from dlcli.words.number import counted
from dlcli.words.winners import Bank

#: What a place without a winner looks like.
NOBODY = (28, 28, 28)
BLANK = "·"

#: Without colour: a stroke for the orientation of a line, an arrow for a direction, both from 0° on.
STROKES, ARROWS = "-/|\\", "→↗↑↖←↙↓↘"

#: How bright the weakest winner is drawn, as a share of the strongest.
DIMMEST = 0.35

BLOCK = "██"


def colours_of(bank: Bank) -> Array:
    """A colour of sRGB for each kernel (kernel, 3): by its angle on the wheel, else by its number.

    >>> import numpy as np
    >>> line = colours_of(Bank(("line:0", "line:180"), (0, 180), 180))
    >>> bool((line[0] == line[1]).all())
    True
    """
    if bank.angles:
        return wheel(np.array(bank.angles) / bank.period % 1)
    count = len(bank.names)
    if count <= len(COLOURS):
        return np.array([list(bytes.fromhex(colour[1:])) for colour in COLOURS[:count]], np.uint8)
    return wheel(np.arange(count) / count)


def marks_of(bank: Bank) -> list[str]:
    """A sign for each kernel where there are no colours: strokes and arrows share one among near angles.

    >>> marks_of(Bank(("a", "b", "c"), (0, 40, 170), 180)), marks_of(Bank(("box", "sharpen")))
    (['-', '/', '-'], ['a', 'b'])
    """
    if not bank.angles:
        return [letter(place) for place in range(len(bank.names))]
    signs = STROKES if bank.period == 180 else ARROWS
    return [signs[int(angle / bank.period * len(signs) + 0.5) % len(signs)] for angle in bank.angles]


class WinnerMap:
    """The winner of each place in its colour, the brighter the stronger, over a legend.

    Parameters
    ----------
    winner : array (height, width) of whole numbers
        The number of a kernel, or -1 where none wins.
    bank : Bank
        The kernels.
    strength : array (height, width), optional
        How strongly they answer. Of a large map an area is drawn in the colour of the strongest in it;
        without strengths in that of the kernel that wins most often there.
    cells : Cells
        Those of a tensor that the winners are.
    """

    def __init__(
        self,
        winner: Array,
        bank: Bank,
        strength: Array | None = None,
        *,
        height: int = HEIGHT,
        legend: bool = True,
        cells: Cells = UNKNOWN,
    ) -> None:
        self.cells = cells
        self.winner, self.bank, self.legend = winner, bank, legend
        self.height = min(height, len(winner))  # of a small map, a terminal row each
        self.share: Array | None = None
        if strength is not None:
            known = np.where((winner >= 0) & np.isfinite(strength), strength, 0.0).astype(np.float64)
            self.share = np.clip(known / (known.max(initial=0.0) or 1.0), 0, 1)

    def painted(self, height: int, width: int) -> Array:
        """The colours (height, width, 3) at that size, at most that of the map times a whole number."""
        rows, columns = self.winner.shape
        winner, share = self._fewer(min(rows, height), min(columns, width))
        rgb = np.append(colours_of(self.bank), [NOBODY], axis=0)[winner]  # −1 is the last
        if share is not None:
            level = DIMMEST + (1 - DIMMEST) * np.sqrt(share)
            bright = np.rint(rgb * level[..., None])
            rgb = np.where((winner >= 0)[..., None], bright, rgb)
        return _repeated(rgb.astype(np.uint8), height, width)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        drawing = drawing_of(console)
        height, width = self._size(console, options)
        if drawing.pixels:
            yield from pixels(self.painted(height, width), drawing)
        elif drawing.means == "blocks":
            yield from half_blocks(self.painted(height, width), Tone(0, 255))
        else:
            yield from self._signs(-(-height // 2), width)
        if self.legend:
            yield from legend(self.bank, console, options.max_width)

    def figure(self) -> Figure:
        """Every place a pixel in the colour of its winner, and below each kernel's name on its colour."""
        rows, columns = self.winner.shape
        height = rows_high(HEIGHT)
        times = max(1, min(height // rows, WIDTH // columns))
        said = f"which kernel wins, {rows} × {columns}, of {counted(len(self.bank.names), 'kernel')}"
        map_ = Pixels(self.painted(rows, columns), said, times=times, cells=self.cells)
        if not self.legend:
            return map_
        labels = [clip(label, 24) for label in self.bank.labels]
        colours = [*map(code, colours_of(self.bank)), bytes(NOBODY).hex()]
        names = zip([*labels, "no winner"], colours, strict=True)
        return Column([map_, Words([Run(f" {name} ", ground=colour) for name, colour in names])])

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        _, width = self._size(console, options)
        width = -(-width // drawing_of(console).dots[1]) + drawing_of(console).spare
        entries = (
            [cell_len(text) for _, text in _entries(self.bank, has_colour(console))] if self.legend else []
        )
        least = min(options.max_width, max([width, *entries]))
        most = min(options.max_width, max(width, sum(entries) + 2 * len(entries)))
        return Measurement(least, max(least, most))

    def _size(self, console: Console, options: ConsoleOptions) -> tuple[int, int]:
        drawing = drawing_of(console)
        down, across = drawing.dots
        most = max(1, options.max_width - drawing.spare)
        rows, columns = self.winner.shape
        return fit(rows, columns, down * self.height, across * most)

    def _signs(self, height: int, width: int) -> Iterator[Segment]:
        rows, columns = self.winner.shape
        winner, _ = self._fewer(min(rows, height), min(columns, width))
        signs = np.array([*marks_of(self.bank), BLANK])[winner]
        for line in _repeated(signs, height, width):
            yield from text_line("".join(line))

    def _fewer(self, height: int, width: int) -> tuple[Array, Array | None]:
        """A winner for each area, and how strong it is."""
        rows, columns = self.winner.shape
        if (height, width) == (rows, columns):
            return self.winner, self.share
        top, left = np.arange(height) * rows // height, np.arange(width) * columns // width
        if self.share is None:
            counts = [_over_areas(np.add, self.winner == k, top, left) for k in range(len(self.bank.names))]
            most = np.argmax(counts, axis=0)
            return np.where(np.max(counts, axis=0) > 0, most, -1), None
        share = _over_areas(np.maximum, self.share, top, left)
        winner = np.full((height, width), -1)
        areas = (
            np.repeat(np.arange(height), np.diff([*top, rows])),
            np.repeat(np.arange(width), np.diff([*left, columns])),
        )
        strongest = (self.share == share[np.ix_(*areas)]) & (self.winner >= 0)
        row, column = np.nonzero(strongest)
        row, column = row[::-1], column[::-1]  # of equal ones the first is written last
        winner[areas[0][row], areas[1][column]] = self.winner[row, column]
        return winner, share


def legend(bank: Bank, console: Console, width: int) -> Iterator[Segment]:
    """The colour or the sign of each kernel before its angle or its name, in as many lines as it takes."""
    coloured, used = has_colour(console), 0
    for rgb, text in _entries(bank, coloured):
        wide = cell_len(text) + (len(BLOCK) + 1 if coloured else 0)
        if used and used + 2 + wide > width:
            yield Segment.line()
            used = 0
        if used:
            yield Segment("  ")
        if coloured:
            yield Segment(BLOCK, Style(color=Color.from_rgb(*rgb)))
            yield Segment(" ")
        yield Segment(text, DIM)
        used += wide + (2 if used else 0)
    yield Segment.line()


def _entries(bank: Bank, coloured: bool) -> list[tuple[tuple[int, int, int], str]]:
    labels = [clip(label, 24) for label in bank.labels]
    if coloured:
        colours = [tuple(colour) for colour in colours_of(bank).tolist()]
        return [*zip(colours, labels, strict=True), (NOBODY, "no winner")]
    marks = marks_of(bank)
    found = {
        sign: [label for mark, label in zip(marks, labels, strict=True) if mark == sign] for sign in marks
    }
    return [(NOBODY, f"{sign} {' '.join(names)}") for sign, names in found.items()] + [
        (NOBODY, f"{BLANK} no winner")
    ]


def _over_areas(how: np.ufunc, values: Array, top: Array, left: Array) -> Array:
    kind = np.intp if values.dtype.kind == "b" else values.dtype
    return np.asarray(how.reduceat(how.reduceat(values.astype(kind), top, axis=0), left, axis=1))


def _repeated(values: Array, height: int, width: int) -> Array:
    return values.repeat(height // len(values), axis=0).repeat(width // values.shape[1], axis=1)
