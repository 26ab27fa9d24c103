"""Which numbers the colours of several pictures stand for, told once for all of them."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment

from dlcli.views.page.figures import Legend
from dlcli.views.pictures.page_pixels import legend_of
from dlcli.views.pictures.tone import Tone
from dlcli.views.screen.screen import drawing_of, sixteen_colours


class ColourScale:
    """The numbers at the ends of a tone and its colours between, in a line below pictures that share it.

    >>> Console(width=40, color_system=None).print(ColourScale(Tone(-1, 1, signed=True)))
    −1 |=-, '+#| +1
    """

    def __init__(self, tone: Tone, precision: int = 4) -> None:
        self.tone, self.precision = tone, precision

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self._line(console)
        yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        width = min(Segment.get_line_length(self._line(console)), options.max_width)
        return Measurement(width, width)

    def blank(self) -> ColourScale:
        """The same: it tells of no number of a result but the largest, by which a worksheet is filled in."""
        return self

    def figure(self) -> Legend:
        """The scale of colours by itself."""
        return legend_of(self.tone, self.precision)

    def _line(self, console: Console) -> list[Segment]:
        coloured = drawing_of(console).means != "ascii"
        return self.tone.legend(coloured, self.precision, sixteen=sixteen_colours(console))
