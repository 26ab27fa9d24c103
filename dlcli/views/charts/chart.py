"""Lines over an axis: one or several series, told apart with and without colour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment

from dlcli.tensor import Array, Axis
from dlcli.views.charts.braille import Canvas
from dlcli.views.charts.line_marks import inked, legend, marked
from dlcli.views.charts.ruler import Gutter, Ruler, axis_name, positions
from dlcli.views.charts.series import LONG, Points, Series, envelope, thinned
from dlcli.views.charts.ticks import Scale, labels
from dlcli.views.screen.screen import has_colour, many_colours
from dlcli.views.text.markdown import drawn, fence, table
from dlcli.views.text.text import DIM, apart, clip, text_line
from dlcli.words.number import Numbers, number

HEIGHT = 12  # terminal rows of the lines themselves
NARROWEST = 30
NAME = 24  # cells that the name of a series may take
ROWS = 20  # up to so many points, Markdown gets a table of them
SHADE = 4  # one of so many dots is set in a band


class LineChart:
    """Series as lines of braille dots, ticks and labels at the left and below.

    Parameters
    ----------
    series : mapping of names to arrays (n,), or sequence of Series
    x : Axis or array (n,), optional
        What the positions of all series stand for; their indices when it is not given. An axis names the
        places of series that have their own, too.
    y : str
        What the numbers are, with their unit; outside text like all names.
    log : bool
        Whether a factor, and not a difference, takes the same room everywhere on the y axis.
    height : int
        Terminal rows of the lines, without title, legend and axis.
    tight : bool
        Whether the drawing ends at the least and the largest number, not at the ticks beyond them.
    span : (float, float), optional
        The ends of the y axis, where these are known, as those of a share are.
    least : float, optional
        Numbers below it mean nothing; they are left out, and counted below.

    Numbers in one column are drawn from the least to the largest: of a million none that stands out is lost.
    A nan is a gap in the line; infinities, and with ``log`` what is not above zero, are left out and counted
    below. Each of several series has its letter where its line ends.

    >>> from rich.console import Console
    >>> Console(width=40).print(LineChart({"y": np.arange(5) ** 2}, height=4))
    20┤                                    ⣀
      │                            ⢀⣀⡠⠤⠔⠒⠉⠉
    10┤                   ⢀⣀⣀⠤⠤⠒⠒⠊⠉⠁
     0┤⣀⣀⣀⣀⣀⠤⠤⠤⠤⠤⠤⠔⠒⠒⠒⠒⠉⠉⠉⠁
      └┬────────┬────────┬────────┬────────┬
       0        1        2        3        4
                       index
    """

    def __init__(
        self,
        series: Mapping[str, Array] | Sequence[Series],
        x: Axis | Array | None = None,
        *,
        y: str = "",
        log: bool = False,
        height: int = HEIGHT,
        tight: bool = False,
        span: tuple[float, float] | None = None,
        least: float | None = None,
    ) -> None:
        if isinstance(series, Mapping):
            series = [Series(name, np.asarray(values)) for name, values in series.items()]
        self.series = tuple(series)
        length = max((len(one.y) for one in self.series if one.x is None), default=0)
        self.axis = Axis("index") if x is None and length else x if isinstance(x, Axis) else None
        self.length, self.y, self.log, self.height = length, y, log, height
        self.tight, self.span, self.least = tight, span, least
        where = np.asarray(x if x is not None and self.axis is None else ())
        if self.axis is None and any(one.x is None and len(one.y) > len(where) for one in self.series):
            raise ValueError(f"{len(where)} places for {length} numbers")
        self.whole = self.axis is None and where.dtype.kind in "iu"
        self.points = [self._placed(one, where) for one in self.series]
        self.limits = [found for one in self.points if (found := one.limits(log=log)) is not None]

    def _placed(self, one: Series, where: Array) -> Points:
        """The points of a series; of a very long one on the axis the outermost of every small part."""
        if self.axis is None:
            return Points.of(one, where[: len(one.y)], log=self.log, least=self.least)
        y = np.asarray(one.y)
        places = np.arange(len(y))
        if one.x is None and one.band is None and len(y) > LONG and y.dtype.kind != "c":
            found = envelope(y)
            if np.isfinite(found[1]).all():  # gaps would grow to the length of a part
                places, one = found[0], Series(one.name, found[1])
        where = places * (self.axis.step or 1.0) + (self.axis.start or 0.0)
        return Points.of(one, where, log=self.log, least=self.least)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        coloured = has_colour(console)
        if len(self.series) > 1:
            names = [
                name + ("" if points.limits(log=self.log) else " (empty)")
                for name, points in zip(
                    apart([one.name for one in self.series], NAME), self.points, strict=True
                )
            ]
            yield from legend(names, options.max_width, coloured)
        if not self.limits:
            yield from text_line("(nothing to draw)", DIM)
        else:
            if self.y:
                yield from text_line(clip(self.y, options.max_width), DIM)
            yield from self._lines(options.max_width, coloured, named=not many_colours(console))
        for note in self._notes():
            yield from text_line(clip(note, options.max_width), DIM)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(min(NARROWEST, options.max_width), options.max_width)

    def markdown(self, width: int = 80) -> str:
        """A table when it is short and without bands, else the drawing."""
        shared = all(one.x is None and one.band is None for one in self.series)
        if not (shared and 0 < self.length <= ROWS):
            return fence(drawn(self, width))
        where = self.points[0].x if self.axis is None else None
        places = (
            [self.axis.place(i) for i in range(self.length)]
            if self.axis is not None
            else labels(np.asarray(where).tolist())
        )
        columns = [Numbers(one.y).texts.tolist() for one in self.series]
        body = [
            [place, *(column[i].strip() if i < len(column) else "" for column in columns)]
            for i, place in enumerate(places)
        ]
        name = self.axis.name if self.axis is not None else "x"
        names = [one.name or self.y or "y" for one in self.series]
        return table([name, *names], body, right=range(len(columns) + 1))

    def _lines(self, width: int, coloured: bool, *, named: bool) -> Iterator[Segment]:
        most = max(3, self.height // 3 + 1)
        low, high = min(low for low, _ in self.limits), max(high for _, high in self.limits)
        y = Scale(low, high) if self.tight and low < high else Scale.around(low, high, most, log=self.log)
        y = y if self.span is None else Scale(*self.span)
        ticks = next(found for count in (most, 2 * most) if len(found := y.ticks(count)) > 1 or count > most)
        texts = labels(ticks, log=self.log)
        heights = (self._down(y, np.array(ticks)) // 4).tolist()
        gutter = Gutter(dict(zip(heights, texts, strict=True)))
        ends = [self._down(y, one.y[~np.isnan(one.y)][-1:]) // 4 for one in self.points]
        rows = [int(end[0]) for end in ends if end.size]
        margin = max(map(rows.count, rows), default=0) if len(self.series) > 1 else 0
        columns = max(4, width - gutter.width - margin)
        x = self._across()
        canvas, last = self._drawn(x, y, columns)
        letters = canvas.characters()
        owner = canvas.owner
        if len(self.series) > 1:
            letters, owner = marked(letters, owner, last, margin, coloured and not named)
        zero = heights[ticks.index(0)] if 0 in ticks and low < 0 < high else None
        for row in range(self.height):
            yield gutter[row]
            empty = "╌" if row == zero else " "
            yield from inked(letters[row], owner[row], empty, columns, coloured)
            yield Segment.line()
        yield from self._ruler(x, columns, gutter.width)

    def _drawn(self, x: Scale, y: Scale, columns: int) -> tuple[Canvas, list[tuple[int, int] | None]]:
        """The canvas, and the cell (row, column) in which each line ends."""
        canvas = Canvas(columns, self.height)
        for place, one in enumerate(self.points):
            self._band(canvas, one, x, y, place)
        last: list[tuple[int, int] | None] = []
        # The first series is drawn last, over the others.
        for place, one in reversed(list(enumerate(self.points))):
            where = np.where(np.isfinite(one.x), one.x, x.low)  # what stands nowhere is not drawn anyway
            across = np.rint(x.share(where) * (2 * columns - 1)).astype(np.intp)
            column, numbers, runs = thinned(across, one.y)
            down = self._down(y, numbers)
            canvas.line(column, down, place, runs)
            last.insert(0, (int(down[-1]) // 4, int(column[-1]) // 2) if column.size else None)
        return canvas, last

    def _band(self, canvas: Canvas, one: Points, x: Scale, y: Scale, place: int) -> None:
        if one.low is None or one.high is None or not one.x.size:
            return
        dots = np.arange(2 * canvas.columns)
        where = x.low + dots / (len(dots) - 1) * (x.high - x.low)
        known = np.isfinite(one.x)
        low, high = (np.interp(where, one.x[known], edge[known]) for edge in (one.low, one.high))
        low = np.maximum(low, y.low)
        inside = (
            (where >= one.x[known][0]) & (where <= one.x[known][-1]) & np.isfinite(low) & np.isfinite(high)
        )
        inside &= high >= low
        top, bottom = self._down(y, high[inside]), self._down(y, low[inside])
        canvas.columns_filled(dots[inside], top, bottom, place, every=SHADE)

    def _across(self) -> Scale:
        where = [one.x[~np.isnan(one.y)] for one in self.points]
        if self.axis is not None and self.length:
            ends = self.axis.value(0), self.axis.value(self.length - 1)
            where.append(np.array(ends))
        places = np.concatenate(where)
        return Scale(float(places.min()), float(places.max()))

    def _down(self, scale: Scale, values: Array) -> Array:
        """The row of dots, from the top, at which numbers stand."""
        rows = 4 * self.height - 1
        return np.rint((1 - scale.share(values)).clip(0, 1) * rows).astype(np.intp)

    def _ruler(self, x: Scale, columns: int, side: int) -> Ruler:
        name = axis_name(self.axis) if self.axis is not None else ""
        if self.axis is not None and self.length:
            indices, texts = positions(self.axis, self.length, columns)
            found = [self.axis.value(index) for index in indices]
        else:
            found, texts = x.fitting(columns, whole=self.whole)
        places = np.rint(x.share(np.array(found)) * (2 * columns - 1)).astype(int) // 2
        return Ruler(places.tolist(), texts, columns, side=side, name=name)

    def _notes(self) -> Iterator[str]:
        counts = {
            "nan": sum(one.missing for one in self.points),
            "infinite": sum(one.infinite for one in self.points),
            "not above 0": sum(one.beyond for one in self.points),
            f"below {number(self.least or 0)}": sum(one.small for one in self.points),
        }
        words = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
        if words:
            yield f"not drawn: {words}"
