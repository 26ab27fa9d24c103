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
from dlcli.views.page import axes
from dlcli.views.page.axes import Frame
from dlcli.views.page.figures import Column, Figure
from dlcli.views.page.shapes import SIGN, Area, Shape, Stroke
from dlcli.views.pictures.page_pixels import rows_high
from dlcli.views.screen.screen import has_colour, many_colours
from dlcli.views.text.markdown import drawn, fence, table
from dlcli.views.text.text import DIM, apart, clip, text_line
from dlcli.words.number import Numbers, number

HEIGHT = 12  # terminal rows of the lines themselves
NARROWEST = 30
NAME = 24  # cells that the name of a series may take
ROWS = 20  # up to so many points, Markdown gets a table of them
SHADE = 4  # one of so many dots is set in a band
VEIL = 0.22  # how much a band covers what is behind it
TOLD = 6  # series that are told to those who cannot see them


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
            yield from legend(self._names(), options.max_width, coloured)
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

    def figure(self, width: float = axes.WIDTH) -> Figure:
        """Lines between axes, each in its colour and dashes, with its letter; of millions those seen."""
        if not self.limits:
            return Column([axes.quiet(note) for note in ("(nothing to draw)", *self._notes())])
        y, ticks, texts = self._up()
        shapes: list[Shape] = []
        several, top = len(self.series) > 1, 0.0
        if several:
            shapes, top = axes.legend(self._names(), width)
        title, top = axes.title(self.y, width, top)
        shapes += title
        frame = Frame.right_of(texts, width, rows_high(self.height), top=top)
        x = self._across()
        shapes += axes.left_edge(frame, frame.y(y.share(np.array(ticks))).tolist(), texts)
        places, names, name = self._places(x, frame.columns)
        edge, bottom = axes.lower_edge(frame, frame.x(x.share(np.array(places))).tolist(), names, name)
        shapes += edge
        if self._signed:
            zero = frame.points(np.array([0.0, 1.0]), y.share(np.zeros(2)))
            shapes.append(Stroke(zero, "edge"))
        for place, one in enumerate(self.points):
            shapes += self._veils(frame, one, x, y, place)
        ends: list[tuple[float, float] | None] = []
        for place, one in reversed(list(enumerate(self.points))):
            points = self._path(frame, one, x, y)
            shapes += axes.line(points, place)
            known = points[~np.isnan(points[:, 1])]
            ends.insert(0, (known[-1, 0], known[-1, 1]) if len(known) else None)
        letters = axes.letters_at(ends) if several else []
        shapes += letters
        wide = max([width, *(one.x + 2 * SIGN for one in letters)])
        return axes.drawn(wide, bottom, shapes, self._words(x), self._notes())

    def _names(self) -> list[str]:
        """The names of the series, and which of them have nothing to be drawn."""
        names = apart([one.name for one in self.series], NAME)
        return [
            name + ("" if points.limits(log=self.log) else " (empty)")
            for name, points in zip(names, self.points, strict=True)
        ]

    @property
    def _ends(self) -> tuple[float, float]:
        """The least and the largest number of all series."""
        return min(low for low, _ in self.limits), max(high for _, high in self.limits)

    @property
    def _signed(self) -> bool:
        """Whether there are numbers on both sides of zero."""
        low, high = self._ends
        return low < 0 < high

    def _up(self) -> tuple[Scale, list[float], list[str]]:
        """The scale of the y axis, its ticks and their labels."""
        most = max(3, self.height // 3 + 1)
        low, high = self._ends
        y = Scale(low, high) if self.tight and low < high else Scale.around(low, high, most, log=self.log)
        y = y if self.span is None else Scale(*self.span)
        ticks = next(found for count in (most, 2 * most) if len(found := y.ticks(count)) > 1 or count > most)
        return y, ticks, labels(ticks, log=self.log)

    def _path(self, frame: Frame, one: Points, x: Scale, y: Scale) -> Array:
        """A line in pixels, nan between two parts; of very many numbers four in each pixel's column."""
        share = x.share(np.where(np.isfinite(one.x), one.x, x.low))
        if len(one.y) <= 4 * frame.width:
            return frame.points(share, y.share(one.y))
        column, numbers, runs = thinned(np.rint(share * frame.width).astype(np.intp), one.y)
        points = frame.points(column / frame.width, y.share(numbers))
        return np.insert(points, np.flatnonzero(np.diff(runs)) + 1, np.nan, axis=0)

    def _veils(self, frame: Frame, one: Points, x: Scale, y: Scale, place: int) -> Iterator[Shape]:
        """The areas of a band."""
        where, low, high = self._edges(one, x, y, int(frame.width))
        known = np.isfinite(low) & np.isfinite(high) & (high >= low)
        for part in np.split(np.arange(len(known)), np.flatnonzero(np.diff(known)) + 1):
            if part.size and known[part[0]]:
                above, below = (
                    frame.points(x.share(where[part]), y.share(edge[part])) for edge in (high, low)
                )
                yield Area(np.concatenate([above, below[::-1]]), axes.look_of(place), opacity=VEIL)

    def _words(self, x: Scale) -> str:
        """What is drawn, for those who cannot see it."""
        name = axis_name(self.axis) if self.axis is not None else "x"
        many = len(self.series)
        told = [
            f"{series.name or self.y or 'y'} from {number(limits[0])} to {number(limits[1])}"
            for series, one in zip(self.series, self.points, strict=True)
            if (limits := one.limits(log=self.log))
        ]
        more = [f"and {len(told) - TOLD} more"] if len(told) > TOLD else []
        return (
            f"{many} line{'s' * (many > 1)} over {name} from {number(x.low)} to {number(x.high)}"
            f"{', logarithmic' if self.log else ''}: {', '.join([*told[:TOLD], *more])}"
        )

    def _lines(self, width: int, coloured: bool, *, named: bool) -> Iterator[Segment]:
        y, ticks, texts = self._up()
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
        zero = heights[ticks.index(0)] if 0 in ticks and self._signed else None
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

    def _edges(self, one: Points, x: Scale, y: Scale, count: int) -> tuple[Array, Array, Array]:
        """So many places along the axis, and the edges of a band there, nan where it has none."""
        share = np.arange(count) / (count - 1)
        where = x.low * (1 - share) + x.high * share  # their distance may be more than a float holds
        nothing = np.full(count, np.nan)
        known = np.isfinite(one.x)
        if one.low is None or one.high is None or not known.any():
            return where, nothing, nothing
        low, high = (
            np.interp(where, one.x[known], edge[known], left=np.nan, right=np.nan)
            for edge in (one.low, one.high)
        )
        return where, np.maximum(low, y.low), high

    def _band(self, canvas: Canvas, one: Points, x: Scale, y: Scale, place: int) -> None:
        dots = np.arange(2 * canvas.columns)
        _, low, high = self._edges(one, x, y, len(dots))
        inside = np.isfinite(low) & np.isfinite(high) & (high >= low)
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

    def _places(self, x: Scale, columns: int) -> tuple[list[float], list[str], str]:
        """The ticks of the x axis, their labels, and its name."""
        name = axis_name(self.axis) if self.axis is not None else ""
        if self.axis is not None and self.length:
            indices, texts = positions(self.axis, self.length, columns)
            return [self.axis.value(index) for index in indices], texts, name
        return (*x.fitting(columns, whole=self.whole), name)

    def _ruler(self, x: Scale, columns: int, side: int) -> Ruler:
        found, texts, name = self._places(x, columns)
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
