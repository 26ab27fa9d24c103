"""A picture in the terminal: two square pixels in every character cell, or characters without colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

import numpy as np
from rich.color import Color
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array
from dlcli.views.page.cells import UNKNOWN, Cells
from dlcli.views.page.compose import figure_of
from dlcli.views.page.figures import Column, Figure, Run, Words
from dlcli.views.pictures.area import PEAKS, Ground, fit, ground_of, resize, shrink
from dlcli.views.pictures.page_pixels import WIDTH as WIDE
from dlcli.views.pictures.page_pixels import legend_of, pixels_of, rows_high
from dlcli.views.pictures.tone import Tone
from dlcli.views.screen.raster import pixels, with_holes
from dlcli.views.screen.screen import CELL, Drawing, drawing_of, sixteen_colours
from dlcli.views.shelf import Shelf
from dlcli.views.text.text import DIM, text_line

UPPER_HALF = "▀"
NOT_A_NUMBER = "×"

HEIGHT = 24  # terminal rows of one picture
MOST = 12  # channels shown of many
SHEET = 64  # of more than that, small ones
WIDTH, LOW = 10, 5  # columns and terminal rows of one of these


class Picture:
    """Gray, colour or signed numbers as a picture that fits the width.

    Parameters
    ----------
    values : array (height, width) or (height, width, 3)
        Gray or a feature map; red, green and blue (an alpha channel is not drawn).
    tone : Tone, optional
        Which number gets which colour; chosen by the values when it is not given.
    height : int
        Most terminal rows, without the legend.
    width : int, optional
        Most columns; the console's when it is not given.
    legend : bool
        Whether a line names the numbers behind the colours.
    precision : int
        Significant digits in the legend.
    mean : bool
        Whether a dot is the mean of the numbers that it stands for, whatever stands out.
    cells : Cells
        Which cells of a tensor are drawn, where that is known.

    Of a large one, a dot stands for many numbers: the one that stands out most, or their mean as in a photo
    (see ``dlcli.views.pictures.area.ground_of``); on a scale from dark to light, such as that of decibels,
    the largest. A dot for nan or an infinity is drawn as ``×``, in pixels as a magenta field.
    """

    def __init__(
        self,
        values: Array,
        *,
        tone: Tone | None = None,
        height: int = HEIGHT,
        width: int | None = None,
        legend: bool = True,
        precision: int = 4,
        mean: bool = False,
        cells: Cells = UNKNOWN,
    ) -> None:
        self.cells, self.mean = cells, mean
        self.values = values[..., :3] if values.ndim == 3 else values
        if self.values.ndim not in (2, 3) or (self.values.ndim == 3 and self.values.shape[2] != 3):
            raise ValueError(f"a picture is (height, width) or (height, width, 3); received {values.shape}")
        if self.values.dtype.kind == "c":
            self.values = np.abs(self.values)
        self.tone, self.height, self.width = tone, height, width
        self.legend, self.precision = legend, precision
        # To be measured and then drawn must not cost two passes over a large picture.
        self._last: tuple[tuple[int, int, bool], Array, Tone] | None = None

    @cached_property
    def ground(self) -> Ground | None:
        """From where its numbers stand out when it is drawn smaller."""
        if self.mean:
            return None
        if self.tone is not None and self.tone.scale != "gray":
            return PEAKS
        return ground_of(self.values, light=True)

    def size(self, columns: int, drawing: Drawing) -> tuple[int, int]:
        """Dots (height, width) at which it is drawn within so many columns."""
        rows, width = self.values.shape[:2]
        down, across = drawing.dots
        most = max(1, min(columns - drawing.spare, self.width or columns))
        return fit(rows, width, down * self.height, across * most)

    def drawn(self, height: int, width: int, *, fine: bool = False) -> tuple[Array, Tone]:
        """The numbers at drawn size, (height, width, 1 or 3), and their tone.

        Where dots are ``fine``, as pixels are, means are of areas of one size: no net is drawn over them.
        """
        size = height, width, fine or self.mean
        if self._last is None or self._last[0] != size:
            small = resize(self.values, height, width, self.ground, fine=size[2])
            self._last = size, small, self.tone or Tone.of(self.values, small)
        return self._last[1:]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self.values.size:
            yield from text_line("(no cells)")
            return
        drawing = drawing_of(console)
        small, tone = self.drawn(*self.size(options.max_width, drawing), fine=drawing.pixels)
        if drawing.pixels:
            yield from pixels(with_holes(tone.rgb(small), small), drawing)
        elif drawing.means == "blocks":
            yield from half_blocks(small, tone, sixteen=sixteen_colours(console))
        else:
            yield from characters(small, tone, self.ground)
        if self.legend:
            yield from self._legend(console, drawing, tone)
            yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        if not self.values.size:
            return Measurement(10, 10)
        drawing = drawing_of(console)
        size = self.size(options.max_width, drawing)
        width = -(-size[1] // drawing.dots[1]) + drawing.spare
        if self.legend:
            _, tone = self.drawn(*size, fine=drawing.pixels)
            line = Segment.get_line_length(self._legend(console, drawing, tone))
            width = min(options.max_width, max(width, line))
        return Measurement(width, width)

    def figure(self) -> Figure:
        """Every number a pixel; of a low picture as many as are seen."""
        if not self.values.size:
            return Words([Run("(no cells)")])
        return pixels_of(
            self.values,
            self.tone,
            lambda: self.ground,
            height=rows_high(self.height),
            width=CELL[1] * self.width if self.width else WIDE,
            whole=self.height >= HEIGHT,
            legend=self.legend,
            precision=self.precision,
            cells=self.cells,
        )

    def _legend(self, console: Console, drawing: Drawing, tone: Tone) -> list[Segment]:
        coloured, sixteen = drawing.means != "ascii", sixteen_colours(console)
        return tone.legend(coloured, self.precision, sixteen=sixteen)


class Multiples:
    """Several channels as small pictures, each under its name, all drawn in the same tone.

    ``values`` is (height, width, channel), ``names`` one (outside) text a channel. More channels than
    ``most`` are drawn on a ``sheet`` of small pictures, or else the first of them, and a line says how many
    are not. Without a ``tone`` the values choose it. ``cells`` are those of each channel.
    """

    def __init__(
        self,
        values: Array,
        names: Sequence[str],
        *,
        precision: int = 4,
        height: int = HEIGHT,
        most: int = MOST,
        sheet: bool = False,
        tone: Tone | None = None,
        cells: Sequence[Cells] = (),
    ) -> None:
        self.cells = cells
        self.sheet = sheet and len(names) > most
        if self.sheet:
            most, height = SHEET, LOW
        self.values = np.abs(values) if values.dtype.kind == "c" else values
        self.names, self.precision, self.height, self.most = tuple(names), precision, height, most
        self.tone = tone

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        gap = 2
        drawing = drawing_of(console)
        width = (options.max_width - gap * (self._across - 1)) // self._across - drawing.spare
        width = min(width, WIDTH) if self.sheet else width
        tone = self._tone(*drawing.dots, width)
        yield Shelf(self._pictures(tone, width), gap=gap)
        sixteen = sixteen_colours(console)
        yield from tone.legend(drawing.means != "ascii", self.precision, sixteen=sixteen)
        yield Segment.line()
        for note in self._notes():
            yield from text_line(note, DIM)

    def figure(self) -> Figure:
        """The pictures beside each other over one scale of colours."""
        width = WIDTH if self.sheet else WIDE // CELL[1] // self._across - 3
        tone = self._tone(*CELL, width)
        row = figure_of(Shelf(self._pictures(tone, width)))
        notes = [Words([Run(note, quiet=True)]) for note in self._notes()]
        return Column([row, legend_of(tone, self.precision), *notes])

    @property
    def _across(self) -> int:
        """Pictures beside each other."""
        count = min(self.most, len(self.names))
        return min(count, 2 if count in (2, 4) else 3)

    def _tone(self, down: int, dots: int, width: int) -> Tone:
        """The tone of all, drawn within so many columns."""
        if self.tone is not None:
            return self.tone
        shown = self.values[..., : self.most]
        rows, columns = fit(shown.shape[0], shown.shape[1], down * self.height, dots * width)
        tone = Tone.of(shown, resize(shown, rows, columns, ground_of(shown, light=True)))
        return replace(tone, low=min(tone.low, 0.0)) if not tone.signed else tone

    def _pictures(self, tone: Tone, width: int) -> list[tuple[str, Picture]]:
        return [
            (
                name,
                Picture(
                    self.values[..., i],
                    tone=tone,
                    height=self.height,
                    width=width,
                    legend=False,
                    cells=self.cells[i] if self.cells else UNKNOWN,
                ),
            )
            for i, name in enumerate(self.names[: self.most])
        ]

    def _notes(self) -> Iterator[str]:
        if self.sheet:
            yield "all in the same tone"
        if self.most < len(self.names):
            left = len(self.names) - self.most
            yield f"and {left} more channel{'s' * (left > 1)}"


def half_blocks(values: Array, tone: Tone, *, sixteen: bool = False) -> Iterator[Segment]:
    """Each character cell shows two numbers: the upper as its ink, the lower as its background."""
    rgb = tone.rgb(values, sixteen=sixteen)
    unknown: Array = np.any(~np.isfinite(values), axis=-1)
    height, width = rgb.shape[:2]
    for top in range(0, height, 2):
        upper = rgb[top].tolist()
        lower = rgb[top + 1].tolist() if top + 1 < height else [None] * width
        strange = [any(pair) for pair in unknown[top : top + 2].T.tolist()]
        start = 0
        cells = [
            None if odd else (tuple(a), None if b is None else tuple(b))
            for a, b, odd in zip(upper, lower, strange, strict=True)
        ]
        # Neighbours of one colour share a segment: fewer escape sequences to write and to parse.
        for end in range(1, width + 1):
            if end == width or cells[end] != cells[start]:
                cell = cells[start]
                text = NOT_A_NUMBER if cell is None else UPPER_HALF
                yield Segment(text * (end - start), None if cell is None else _style(*cell))
                start = end
        yield Segment.line()


def characters(values: Array, tone: Tone, ground: Ground | None) -> Iterator[Segment]:
    """Each character stands for two numbers, one above the other: for one of them, or their mean."""
    single = values.mean(axis=-1) if ground is None else values
    if len(single) % 2:
        single = np.concatenate([single, single[-1:]])
    pairs = shrink(single, len(single) // 2, single.shape[1], ground).mean(axis=-1)
    letters = np.where(np.isfinite(pairs), tone.characters(pairs), NOT_A_NUMBER)
    for line in letters:
        yield from text_line("".join(line))


@lru_cache(maxsize=4096)
def _style(upper: tuple[int, int, int], lower: tuple[int, int, int] | None) -> Style:
    return Style.from_color(Color.from_rgb(*upper), Color.from_rgb(*lower) if lower else None)
