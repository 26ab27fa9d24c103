"""Points over two axes, those of a class by one letter and colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array
from dlcli.views.charts.line_marks import legend
from dlcli.views.charts.ruler import Gutter, Ruler
from dlcli.views.charts.ticks import Scale, labels
from dlcli.views.page import axes
from dlcli.views.page.axes import Frame
from dlcli.views.page.figures import Column, Figure
from dlcli.views.page.shapes import Box, Letters, Shape
from dlcli.views.pictures.page_pixels import rows_high
from dlcli.views.screen.colour import colour, letter
from dlcli.views.screen.screen import has_colour
from dlcli.views.text.markdown import drawn, fence
from dlcli.views.text.text import BOLD, DIM, apart, text_line, visible
from dlcli.words.number import number

HEIGHT = 20  # terminal rows
NARROWEST = 30
NAME = 24  # cells that the name of a class may take
MOST = 4000  # points of a drawing on a page


class Scatter:
    """Points in their places; where several share a cell, the class that has the most of them is shown.

    Parameters
    ----------
    places : array (point, 2)
        What lies to the right, and upwards. Points that are not finite are left out, and counted below.
    classes : array of int (point,)
        The class of each point, by its index in ``names``.
    names : sequence of str
        The names of the classes (outside text). A class whose name is one character is drawn by it, others by
        letters, and a legend says which.
    axes : (str, str)
        What the two numbers of a point are.

    >>> from rich.console import Console
    >>> points = np.array([[0, 0], [1, 1], [2, 4]])
    >>> Console(width=32).print(Scatter(points, np.array([0, 0, 1]), ["a", "b"], ("x", "y"), height=3))
    y
    4┤                             b
    2┤
    0┤a             a
     └┬──────┬──────┬───────┬──────┬
      0.0   0.5    1.0     1.5   2.0
                    x
    """

    def __init__(
        self,
        places: Array,
        classes: Array,
        names: Sequence[str],
        axes: tuple[str, str] = ("", ""),
        *,
        height: int = HEIGHT,
    ) -> None:
        known = np.isfinite(places).all(axis=1)
        self.places, self.classes = places[known].astype(np.float64), classes[known]
        self.left_out = int(np.count_nonzero(~known))
        self.names, self.axes, self.height = tuple(names), axes, height
        self.own = all(len(name) == 1 and name.isprintable() for name in names)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        coloured = has_colour(console)
        if not self.own and len(self.names) > 1:
            yield from legend(self._names(), options.max_width, coloured)
        if not len(self.places):
            yield from text_line("(nothing to draw)", DIM)
        else:
            if self.axes[1]:
                yield from text_line(self.axes[1], DIM)
            yield from self._points(options.max_width, coloured)
        for note in self._notes():
            yield from text_line(note, DIM)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(min(NARROWEST, options.max_width), options.max_width)

    def markdown(self, width: int = 80) -> str:
        """The drawing."""
        return fence(drawn(self, width))

    def figure(self, width: float = axes.WIDTH) -> Figure:
        """A marker for each point, whose form and colour are those of its class."""
        if not len(self.places):
            return Column([axes.quiet(line) for line in ("(nothing to draw)", *self._notes())])
        shapes: list[Shape] = []
        top = 0.0
        if len(self.names) > 1:
            shapes, top = axes.legend(self._names(), width, dots=True, letters=not self.own)
        name, top = axes.title(self.axes[1], width, top)
        across, up, ticks = self._scales()
        frame = Frame.right_of(labels(ticks), width, rows_high(self.height), top=top)
        shapes += [*name, *axes.left_edge(frame, frame.y(up.share(np.array(ticks))).tolist(), labels(ticks))]
        found, texts = across.fitting(frame.columns)
        where = frame.x(across.share(np.array(found))).tolist()
        edge, bottom = axes.lower_edge(frame, where, texts, self.axes[0])
        shapes += edge
        points = frame.points(across.share(self.places[:, 0]), up.share(self.places[:, 1]))
        kept, step = _few(points, self.classes)
        radius = axes.HALF if len(kept) <= MOST // 8 else axes.HALF / 1.5
        names: list[Shape] = []
        for place, name_ in enumerate(self.names):
            own = self.classes == place
            if not own.any():
                continue
            shapes.append(axes.markers(points[kept[own[kept]]], place, radius))
            if len(self.names) > 1:
                middle = np.median(points[own], axis=0)
                names += _tag(name_ if self.own else letter(place), (middle[0], middle[1]), place)
        thin = [f"of points within {step} pixels of one class one is drawn"] if step else []
        return axes.drawn(width, bottom, [*shapes, *names], self._words(), [*thin, *self._notes()])

    def _words(self) -> str:
        """What is drawn, for those who cannot see it."""
        counts = np.bincount(self.classes, minlength=len(self.names)).tolist()
        told = ", ".join(f"{count} {name}" for name, count in zip(self.names, counts, strict=True) if count)
        ends = [
            f"{name or 'xy'[place]} from {number(low, 4)} to {number(high, 4)}"
            for place, (name, low, high) in enumerate(
                zip(self.axes, self.places.min(axis=0), self.places.max(axis=0), strict=True)
            )
        ]
        many = len(self.places)
        return f"{many} point{'s' * (many > 1)}, {' and '.join(ends)}: {told}"

    def _notes(self) -> Iterator[str]:
        if self.left_out:
            yield f"not drawn: {self.left_out} that are not finite"

    def _names(self) -> list[str]:
        return apart(list(self.names), NAME)

    def _scales(self) -> tuple[Scale, Scale, list[float]]:
        """The scales to the right and upwards, and the ticks of the latter."""
        across, up = (Scale(*_ends(column)) for column in self.places.T)
        return across, up, up.ticks(max(3, self.height // 4))

    def _points(self, width: int, coloured: bool) -> Iterator[Segment]:
        across, up, ticks = self._scales()
        rows = [self._row(up, np.array([tick]))[0] for tick in ticks]
        gutter = Gutter(dict(zip(rows, labels(ticks), strict=True)))
        columns = max(4, width - gutter.width)
        shown = self._cells(across, up, columns)
        for row in range(self.height):
            yield gutter[row]
            cells = shown[row].tolist()
            while cells and cells[-1] < 0:
                cells.pop()
            for place in cells:
                if place < 0:
                    yield Segment(" ")
                else:
                    style = (colour(place) if coloured else Style()) + BOLD
                    yield Segment(self.names[place] if self.own else letter(place), style)
            yield Segment.line()
        found, texts = across.fitting(columns, whole=False)
        at = np.rint(across.share(np.array(found)) * (columns - 1)).astype(int)
        yield from Ruler(at.tolist(), texts, columns, side=gutter.width, name=self.axes[0])

    def _row(self, up: Scale, values: Array) -> list[int]:
        rows = np.rint((1 - up.share(values)).clip(0, 1) * (self.height - 1))
        return [int(row) for row in rows]

    def _cells(self, across: Scale, up: Scale, columns: int) -> Array:
        """The class that is shown in each cell (row, column), -1 where there is no point."""
        column = np.rint(across.share(self.places[:, 0]).clip(0, 1) * (columns - 1)).astype(np.intp)
        row = np.array(self._row(up, self.places[:, 1]), np.intp)
        counts = np.zeros((self.height, columns, len(self.names)), np.intp)
        np.add.at(counts, (row, column, self.classes), 1)
        return np.where(counts.any(axis=2), counts.argmax(axis=2), -1)


def _few(points: Array, classes: Array) -> tuple[Array, int]:
    """The indices of points (n, 2) that are drawn: of those of a class in squares of ``step`` pixels one.

    ``step`` is 0 where all are.
    """
    if len(points) <= MOST:
        return np.arange(len(points)), 0
    kept, step = np.arange(len(points)), 1
    while len(kept) > MOST:
        step *= 2
        cells = np.column_stack([points // step, classes]).astype(np.intp)
        kept = np.unique(cells, axis=0, return_index=True)[1]
    return np.sort(kept), step


def _tag(text: str, at: tuple[float, float], place: int) -> list[Shape]:
    """The sign of a class on paper in the middle of its points."""
    x, y = at
    return [
        Box(x - 7, y - 8, 14, 16, "paper", opacity=0.8),
        Letters(x, y + axes.BASE, visible(text), axes.look_of(place), anchor="middle", bold=True),
    ]


def _ends(values: Array) -> tuple[float, float]:
    """The least and the largest number, apart."""
    low, high = float(values.min()), float(values.max())
    return (low, high) if low < high else (low - 1, high + 1)
