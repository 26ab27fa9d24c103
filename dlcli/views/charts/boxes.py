"""Stages of something as boxes side by side, each as tall and as wide as it is large."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log2

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement

from dlcli.views.page import axes, shapes
from dlcli.views.page.figures import Drawing, Figure
from dlcli.views.page.shapes import SIGN, Letters, Shape
from dlcli.views.text.text import DIM, clip, flush_left, text_line, visible

#: Inner rows and columns of the largest box.
TALLEST, WIDEST = 8, 12

#: What stands between two boxes.
ARROW = " → "

#: The same on a page: pixels of an inner row or column, of what is between two boxes, and of all.
UNIT, BETWEEN, PAGE = 10, 28, 620

#: Cells that a line below a box may take.
WORDS = 16


@dataclass(frozen=True)
class Box:
    """One stage: how tall and how wide (both are told by their logarithms), and lines below it."""

    height: int
    width: int
    lines: tuple[str, ...]

    @property
    def inner(self) -> tuple[int, int]:
        """Rows and columns inside its frame: one for 1, one more each time that it doubles."""
        rows, columns = (max(1, round(log2(max(1, n)))) for n in (self.height, self.width))
        return min(rows, TALLEST), min(columns, WIDEST)

    @property
    def side(self) -> int:
        """Columns that it takes with the lines below it."""
        words = max((cell_len(clip(line, WORDS)) for line in self.lines), default=0)
        return max(self.inner[1] + 2, words)

    def drawn(self, rows: int) -> list[str]:
        """The box in the middle of so many rows, each filled up."""
        height, width = self.inner
        frame = ["┌" + "─" * width + "┐", *["│" + " " * width + "│"] * height, "└" + "─" * width + "┘"]
        above = (rows - len(frame)) // 2
        blank = " " * self.side
        framed = [flush_left(line, self.side) for line in frame]
        return [blank] * above + framed + [blank] * (rows - above - len(framed))


class Boxes:
    """Boxes in their order, arrows between them; those that do not fit the width go on below.

    Lines below a box are outside text. Of more than ``most`` boxes those in the middle are left out.

    >>> from rich.console import Console
    >>> Console(width=30).print(Boxes([Box(4, 1, ("4×4×1",)), Box(1, 16, ("16", "flatten"))]))
    ┌─┐     ┌────┐
    │ │   → │    │
    │ │     └────┘
    └─┘
    4×4×1   16
            flatten
    """

    def __init__(self, boxes: Sequence[Box], *, most: int = 24) -> None:
        self.boxes = list(boxes)
        self.left_out = 0
        if len(boxes) > most:
            half = most // 2
            self.left_out = len(boxes) - 2 * half
            self.boxes = [*boxes[:half], Box(1, 1, (f"{self.left_out} more",)), *boxes[-half:]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for place, row in enumerate(self._rows(options.max_width)):
            if place:
                yield from text_line("")
            rows = max(box.inner[0] for box in row) + 2
            middle = (rows - 1) // 2
            start = ARROW if place else ""  # what a row begins with comes from the one above
            drawn = [box.drawn(rows) for box in row]
            for line in range(rows):
                arrow = ARROW if line == middle else " " * len(ARROW)
                begin = arrow if start else ""
                yield from text_line((begin + arrow.join(box[line] for box in drawn)).rstrip())
            sides = [box.side for box in row]
            for line in range(max(len(box.lines) for box in row)):
                told = [
                    flush_left(clip(box.lines[line], WORDS) if line < len(box.lines) else "", side)
                    for box, side in zip(row, sides, strict=True)
                ]
                text = " " * len(start) + (" " * len(ARROW)).join(told)
                yield from text_line(text.rstrip(), DIM if line else None)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        sides = [box.side for box in self.boxes]
        whole = sum(sides) + len(ARROW) * max(len(sides) - 1, 0)
        least = max(sides, default=0) + len(ARROW)
        return Measurement(min(least, options.max_width), min(whole, options.max_width))

    def figure(self) -> Figure:
        """Boxes with arrows between, in as many rows as they take."""
        drawn: list[Shape] = []
        x, y, wide = 0.0, 0.0, 0.0
        for row in self._rows(PAGE // UNIT):
            x = 0.0 if not y else float(BETWEEN)
            high = UNIT * (max(box.inner[0] for box in row) + 1)
            middle = y + high / 2
            for box in row:
                if x:
                    drawn += shapes.arrow((x - BETWEEN + 4, middle), (x - 4, middle))
                tall, across = (UNIT * (side + 1) for side in box.inner)
                drawn += shapes.framed(x, middle - tall / 2, across, tall)
                below = y + high
                for place, line in enumerate(box.lines):
                    below += axes.LINE
                    look = "quiet" if place else "ink"
                    drawn.append(Letters(x, below, visible(clip(line, WORDS)), look))
                words = max((cell_len(clip(line, WORDS)) for line in box.lines), default=0)
                x += max(across, SIGN * words) + BETWEEN
            wide = max(wide, x - BETWEEN)
            y += high + axes.LINE * (max(len(box.lines) for box in row) + 1)
        told = ", ".join(" ".join(box.lines) for box in self.boxes)
        return Drawing(wide, y - axes.LINE / 2, drawn, visible(f"boxes with arrows between: {told}"))

    def _rows(self, width: int) -> Iterator[list[Box]]:
        """Which boxes stand side by side."""
        row: list[Box] = []
        used = 0
        for box in self.boxes:
            if row and used + len(ARROW) + box.side > width:
                yield row
                row, used = [], 0
            used += box.side + (len(ARROW) if box is not self.boxes[0] else 0)
            row.append(box)
        if row:
            yield row
