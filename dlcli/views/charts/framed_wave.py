"""A sound from its beginning to its end, with a frame around the part that is looked at."""

from __future__ import annotations

import numpy as np
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment

from dlcli.tensor import Array
from dlcli.views.page.figures import Drawing
from dlcli.views.page.shapes import Box, Letters, Shape
from dlcli.views.screen.screen import has_colour
from dlcli.views.tables.board import LIT, LIT_COLOUR
from dlcli.views.text.text import text_line

LEVELS = " ▁▂▃▄▅▆▇█"
WIDE, HIGH = 640, 70  # pixels on a page
LEAST = 2  # pixels that a frame takes at least beside its own
BASE = 16  # pixels below for the ends of the time


class FramedWave:
    """Samples (time,) as their loudness from left to right, and a ``frame`` of them, [first, last).

    ``ends`` are the words at both ends of the time. On a page every column of pixels reaches from the least
    to the largest sample that it stands for.
    """

    def __init__(self, samples: Array, frame: tuple[int, int], ends: tuple[str, str]) -> None:
        self.samples = np.nan_to_num(np.asarray(samples, np.float64))
        self.frame, self.ends = frame, ends

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = min(options.max_width, 72)
        low, high = self._columns(width)
        loud = np.maximum(np.abs(low), np.abs(high))
        steps = np.ceil(loud / (loud.max() or 1.0) * (len(LEVELS) - 1)).astype(int)
        first, last = self._place(width)
        line = "".join(LEVELS[step] for step in steps.tolist())
        yield Segment(line[:first])
        yield Segment(line[first:last], LIT if has_colour(console) else None)
        yield from text_line(line[last:])
        yield from text_line(" " * first + "▔" * (last - first))

    def figure(self) -> Drawing:
        """Columns between the least and the largest sample, and the frame behind them."""
        low, high = self._columns(WIDE)
        most = max(float(np.abs(low).max()), float(np.abs(high).max())) or 1.0
        first, last = self._place(WIDE)
        shapes: list[Shape] = [
            Box(0, 0, WIDE, HIGH, look="shade"),
            Box(first - LEAST / 2, 0, last - first + LEAST, HIGH, colour=LIT_COLOUR),
        ]
        tops = np.rint(HIGH / 2 - high / most * (HIGH / 2 - 2)).astype(int).tolist()
        bottoms = np.rint(HIGH / 2 - low / most * (HIGH / 2 - 2)).astype(int).tolist()
        for x, (top, bottom) in enumerate(zip(tops, bottoms, strict=True)):
            shapes.append(Box(x, top, 1, max(1, bottom - top), look="0"))
        shapes += [
            Letters(0, HIGH + BASE - 4, self.ends[0], "quiet", size=10),
            Letters(WIDE, HIGH + BASE - 4, self.ends[1], "quiet", anchor="end", size=10),
        ]
        return Drawing(WIDE, HIGH + BASE, shapes, f"{len(self.samples)} samples, a frame around some of them")

    def _columns(self, width: int) -> tuple[Array, Array]:
        """The least and the largest sample of each of so many columns."""
        edges = np.linspace(0, len(self.samples), width + 1).astype(int)
        starts = np.minimum(edges[:-1], len(self.samples) - 1)
        low = np.minimum.reduceat(self.samples, starts)
        return low, np.maximum.reduceat(self.samples, starts)

    def _place(self, width: int) -> tuple[int, int]:
        """The columns that the frame reaches from and to, one at least."""
        count = len(self.samples)
        first = min(max(0, round(self.frame[0] / count * width)), width - 1)
        return first, min(max(first + 1, round(self.frame[1] / count * width)), width)
