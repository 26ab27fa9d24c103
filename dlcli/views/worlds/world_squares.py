"""A grid world whose cells keep their size from picture to picture."""

from __future__ import annotations

import math

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

from dlcli.views.page.figures import Column, Drawing, Run, Words
from dlcli.views.page.shapes import Box, Letters, Shape
from dlcli.views.page.style import ink_on
from dlcli.views.worlds.grid_world import GridWorld

WIDE, TALL = 58, 38  # pixels of a cell, at least
SIGN, PAD = 7.23, 3  # of a letter, and at both sides of a value
UPPER, MIDDLE, LOWER = 15, 23, 31  # pixels from its top to the base line of a text


class WorldSquares:
    """A grid as a terminal has its ``view``; on a page squares with arrows above values, walls gray."""

    def __init__(self, grid: GridWorld, view: RenderableType) -> None:
        self.grid, self.view = grid, view

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.view

    def figure(self) -> Column:
        """The squares, and below them what their signs stand for."""
        rows, columns = self.grid.shape
        squares = self.grid.squares()
        longest = max((cell_len(cell.text) for line in squares for cell in line), default=0)
        wide = max(WIDE, math.ceil(SIGN * longest) + 2 * PAD)
        shapes: list[Shape] = [Box(0, 0, columns * wide + 1, rows * TALL + 1, look="area")]
        for i, line in enumerate(squares):
            for j, cell in enumerate(line):
                if self.grid.walls[i, j]:
                    continue
                value, sign = (cell.text, cell.below) if cell.ground else ("", cell.text)
                look, ink = ("", ink_on(cell.ground)) if cell.ground else ("paper", "")
                shapes.append(Box(j * wide + 1, i * TALL + 1, wide - 1, TALL - 1, look, cell.ground))
                for text, base, bold in ((sign, UPPER, True), (value, LOWER, False)):
                    if text:
                        x, y = (j + 0.5) * wide, i * TALL + (base if value and sign else MIDDLE)
                        shapes.append(Letters(x, y, text, "" if ink else "ink", ink, "middle", bold=bold))
        said = f"{rows} × {columns} cells of a world"
        drawing = Drawing(columns * wide + 1, rows * TALL + 1, shapes, said)
        meanings = [Words([Run(self.grid.meanings, quiet=True)])] if self.grid.meanings else []
        return Column([drawing, *meanings])
