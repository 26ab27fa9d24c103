"""Signals over time, one below the other, as an oscilloscope draws them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment

from dlcli.tensor import Array
from dlcli.views.page import axes
from dlcli.views.page.figures import Drawing, Figure
from dlcli.views.page.shapes import SIGN, Letters, Shape, Stroke
from dlcli.views.screen.colour import colour
from dlcli.views.screen.screen import has_colour
from dlcli.views.text.markdown import fence
from dlcli.views.text.text import DIM, clip, flush_left, text_line

LEVELS = "▁▂▃▄▅▆▇█"
STEP = 3  # cells that a step takes
NAME = 12
STEPS = "step"  # what is numbered
GAP = 2
SHORTEST, LONGEST = 24, 40  # pixels of a step of a page
HIGH, APART = 18, 28  # pixels of a wave, and from one to the next


class Waves:
    """A line for each signal (n,), whose values from 0 to 1 are heights; steps are numbered above them.

    Steps that do not fit the width continue below.

    >>> from rich.console import Console
    >>> Console(width=40).print(Waves({"EN": np.array([1, 0, 1]), "Q": np.array([1, 1, 0.5])}))
    step  0  1  2
    EN    ███▁▁▁███
    Q     ██████▅▅▅
    """

    def __init__(self, signals: Mapping[str, Array]) -> None:
        self.names = [clip(label, NAME) for label in signals]
        self.side = GAP + max(map(cell_len, (STEPS, *self.names)))
        values = np.array([np.asarray(signal, np.float64) for signal in signals.values()])
        shares = np.nan_to_num(values).clip(0, 1)
        self.shares = shares
        self.heights = np.floor(shares * (len(LEVELS) - 1) + 0.5).astype(int)
        self.count = self.heights.shape[1]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        coloured = has_colour(console)
        for place, lines in enumerate(self._blocks(options.max_width)):
            if place:
                yield Segment.line()
            for row, (label, text) in enumerate(lines):
                yield Segment(label, DIM)
                yield from text_line(text, DIM if not row else colour(row - 1) if coloured else None)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        most = self.side + STEP * self.count
        return Measurement(min(self.side + STEP, options.max_width), min(most, options.max_width))

    def markdown(self, width: int = 80) -> str:
        """The same lines as a fence of text."""
        blocks = ["\n".join(label + text for label, text in lines) for lines in self._blocks(width)]
        return fence("\n\n".join(blocks), "text")

    def figure(self, width: float = axes.WIDTH) -> Figure:
        """A line for each signal over the numbers of the steps, in as many blocks as they take."""
        left = SIGN * self.side
        fits = max(1, int((width - left) // SHORTEST))
        each = min(LONGEST, (width - left) / min(fits, max(self.count, 1)))
        shapes: list[Shape] = []
        y = 0.0
        for first in range(0, self.count, fits):
            last = min(first + fits, self.count)
            edges = left + each * np.arange(last - first + 1)
            shapes.append(Letters(0, y + axes.LINE - axes.BASE, STEPS, "quiet"))
            shapes += [
                Letters(
                    edges[i] + each / 2, y + axes.LINE - axes.BASE, str(first + i), "quiet", anchor="middle"
                )
                for i in range(last - first)
            ]
            y += axes.LINE
            for name, shares in zip(self.names, self.shares[:, first:last], strict=True):
                low = y + APART - 4
                shapes.append(Stroke(np.array([[left, low], [edges[-1], low]]), "rule"))
                shapes.append(Letters(0, low - 2, name, "quiet"))
                across = np.repeat(edges, 2)[1:-1]
                shapes.append(Stroke(np.stack([across, low - HIGH * np.repeat(shares, 2)], axis=1), "line"))
                y += APART
            y += axes.LINE / 2
        names = ", ".join(self.names)
        return Drawing(width, y, shapes, f"{len(self.names)} signals over {self.count} steps: {names}")

    def _blocks(self, width: int) -> list[list[tuple[str, str]]]:
        """Lines of name and wave for each part of the steps that fits."""
        fits = max(1, (width - self.side) // STEP)
        blocks = []
        for first in range(0, self.count, fits):
            shown = range(first, min(first + fits, self.count))
            numbers = "".join(str(step % 100).ljust(STEP) for step in shown).rstrip()
            lines = [(flush_left(STEPS, self.side), numbers)]
            for label, heights in zip(self.names, self.heights, strict=True):
                wave = "".join(LEVELS[heights[step]] * STEP for step in shown)
                lines.append((flush_left(label, self.side), wave))
            blocks.append(lines)
        return blocks
