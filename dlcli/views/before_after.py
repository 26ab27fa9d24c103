"""Two views with an arrow from one to the other, side by side where the width allows it."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.constrain import Constrain
from rich.measure import Measurement
from rich.text import Text

from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.charts.histogram import Histogram
from dlcli.views.page.figures import Row
from dlcli.views.pictures.picture import Multiples, Picture
from dlcli.views.shelf import Shelf
from dlcli.views.text.gaps import emptied

GAP = 2
NARROWEST = 32  # columns in which a drawing that fills any width is still worth looking at

#: These take all the width there is, and can do with half of it.
ELASTIC = (Histogram, HeatMap, LineChart, Multiples, Picture)


class BeforeAfter:
    """What was and what became of it, each under its (outside) name.

    Side by side when both fit, drawings that fill any width being drawn in half of it; otherwise one above
    the other.

    >>> from rich.text import Text
    >>> view = BeforeAfter("input", Text("1 2\\n3 4"), "doubled", Text("2 4\\n6 8"))
    >>> Console(width=40).print(view)
    input     doubled
    1 2    →  2 4
    3 4       6 8
    """

    def __init__(self, before: str, first: RenderableType, after: str, second: RenderableType) -> None:
        self.blocks = (before, first), (after, second)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._arranged(console, options)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement.get(console, options, self._arranged(console, options))

    def blank(self) -> BeforeAfter:
        """What was, as it is, and gaps for what became of it."""
        (before, first), (after, second) = self.blocks
        return BeforeAfter(before, first, after, emptied(second))

    def markdown(self, width: int = 80) -> str:
        """One after the other, each under its name."""
        return Shelf(self.blocks).markdown(width)

    def figure(self) -> Row:
        """Both beside each other, an arrow before the name of the second."""
        (before, first), (after, second) = self.blocks
        return Shelf([(before, first), (f"→ {after}", second)]).figure()

    def _arranged(self, console: Console, options: ConsoleOptions) -> RenderableType:
        (before, first), (after, second) = self.blocks
        room = options.max_width - 2 * GAP - 1
        half = room // 2
        if half >= NARROWEST:
            first, second = (
                Constrain(view, half) if isinstance(view, ELASTIC) else view for view in (first, second)
            )
        pair = Shelf([(before, first), (after, second)], gap=GAP)
        natural = Measurement.get(console, options.update(width=10 * options.max_width), pair).maximum - GAP
        if natural > room:
            above, below = (Shelf([block]) for block in self.blocks)
            return Group(above, Text("↓", style="dim"), below)
        lines = console.render_lines(first, options.update(width=room, height=None), pad=False)
        arrow = Text("\n" * ((len(lines) - 1) // 2) + "→", style="dim")
        return Shelf([(before, first), ("", arrow), (after, second)], gap=GAP)
