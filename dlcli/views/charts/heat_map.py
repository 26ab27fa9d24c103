"""A matrix as colours between its two axes: attention weights, a spectrogram, the states of many units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment

from dlcli.tensor import Array, Axis
from dlcli.views.charts.ruler import Gutter, Ruler, axis_name, positions, positions_down
from dlcli.views.page import axes
from dlcli.views.page.axes import Frame
from dlcli.views.page.cells import UNKNOWN, Cells
from dlcli.views.page.figures import Column, Drawing, Figure
from dlcli.views.page.shapes import SIGN, Image, Letters, Shape
from dlcli.views.pictures.area import PEAKS, Ground, fit, ground_of, shrink
from dlcli.views.pictures.page_pixels import legend_of, pixels_of, rows_high
from dlcli.views.pictures.picture import HEIGHT, characters, half_blocks
from dlcli.views.pictures.tone import Tone, finite_range
from dlcli.views.screen.raster import pixels, with_holes
from dlcli.views.screen.screen import Drawing as Screen
from dlcli.views.screen.screen import drawing_of, many_colours
from dlcli.views.tables.matrix import LABEL, Matrix
from dlcli.views.text.markdown import drawn, fence
from dlcli.views.text.text import DIM, clip, text_line, visible
from dlcli.words.number import number

NARROWEST = 30
SMALL = 12  # rows and columns up to which Markdown gets numbers
LARGEST = 60  # pixels of a cell of a page, at most
DEEPEST = 3  # lines that the labels of the columns may take


class HeatMap:
    """Numbers as colours, with the names, labels and units of both axes.

    Parameters
    ----------
    values : array (rows, columns)
        Complex numbers are drawn by their size.
    rows, columns : Axis
        Labels stand at their rows and columns when all fit, round numbers of the unit otherwise.
    scale : {"sequential", "diverging", "gray"}, optional
        From the least to the largest number, or around zero; by the signs when it is not given.
    limits : (float, float), optional
        The numbers at the ends of the scale, to compare several maps.
    origin : {"upper", "lower"}
        Whether the first row is on top, or below as the low frequencies of a spectrogram.
    height : int
        Most terminal rows, without names and legend.
    mean : bool
        Whether an area is drawn by the mean of its numbers, as of a share that adds up.
    cells : Cells
        Which cells of a tensor are drawn, where that is known.
    marks : mapping of float to str, optional
        What stands at which rows, which may lie between two, in place of what ``rows`` says.

    Small matrices have each number several columns wide. Those without labels and units keep their cells
    square; of large ones each half of a character stands for an area, by the number in it that stands out
    most (see ``dlcli.views.pictures.area.ground_of``), where ``scale`` is sequential the largest. With few
    colours or none it is drawn in characters; where the terminal has pixels, in these.

    >>> from rich.console import Console
    >>> token = ("the", "cat")
    >>> view = HeatMap(np.array([[0.9, 0.1], [0.4, 0.6]]), Axis("query", token), Axis("key", token))
    >>> Console(width=40, color_system=None).print(view)
    query
       │@@@@@@......
    the┤@@@@@@......
       │@@@@@@......
       │======******
    cat┤======******
       │======******
       └───┬─────┬──
          the   cat
            key
    0 | .:-=+*#%@| 0.9
    """

    def __init__(
        self,
        values: Array,
        rows: Axis,
        columns: Axis,
        *,
        scale: str | None = None,
        limits: tuple[float, float] | None = None,
        origin: str = "upper",
        height: int = HEIGHT,
        precision: int = 4,
        legend: bool = True,
        marks: Mapping[float, str] | None = None,
        mean: bool = False,
        cells: Cells = UNKNOWN,
    ) -> None:
        self.cells = cells
        if values.ndim != 2 or origin not in ("upper", "lower"):
            raise ValueError(
                f"a heat map is (rows, columns), upper or lower; received {values.shape}, {origin}"
            )
        self.values = np.abs(values) if values.dtype.kind == "c" else values
        self.rows, self.columns = rows, columns
        self.scale, self.limits, self.origin = scale, limits, origin
        self.height, self.precision, self.legend = height, precision, legend
        self.marks, self.mean = marks, mean
        # To be measured and then drawn must not cost two passes over a large matrix.
        self._last: tuple[tuple[int, int], Array] | None = None

    @cached_property
    def ground(self) -> Ground | None:
        """From where its numbers stand out when it is drawn smaller; nothing does of a mean."""
        if self.mean:
            return None
        return PEAKS if self.scale == "sequential" else ground_of(self.values)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self.values.size:
            yield from text_line("(no cells)", DIM)
            return
        drawing = drawing_of(console)
        gutter, lines, width, size = self._placed(options.max_width, drawing)
        small = self._resized(lines, width)
        tone = self._tone(small)
        coloured = _in_colour(console)
        yield from text_line(clip(axis_name(self.rows), options.max_width), DIM)
        if drawing.pixels:
            fine = self._enlarged(*size)
            body = pixels(with_holes(tone.rgb(fine), fine), drawing)
        else:
            body = half_blocks(small, tone) if coloured else characters(small, tone, self.ground)
        for row, line in enumerate(Segment.split_lines(body)):
            yield gutter[row]
            yield from line
            yield Segment.line()
        yield from self._ruler(width, gutter.width, size[1] / drawing.dots[1])
        if self.legend:
            yield from tone.legend(coloured, self.precision)
            yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        if not self.values.size:
            return Measurement(10, 10)
        drawing = drawing_of(console)
        gutter, lines, width, size = self._placed(options.max_width, drawing)
        ruler = self._ruler(width, gutter.width, size[1] / drawing.dots[1])
        most = max(gutter.width + width, cell_len(axis_name(self.rows)), *map(cell_len, ruler.texts()))
        if self.legend:
            tone = self._tone(self._resized(lines, width))
            legend = tone.legend(_in_colour(console), self.precision)
            most = max(most, Segment.get_line_length(legend))
        most = min(most, options.max_width)
        return Measurement(min(NARROWEST, most), most)

    def markdown(self, width: int = 80) -> str:
        """A table of numbers when it is small, else the drawing."""
        if max(self.values.shape) > SMALL:
            return fence(drawn(self, width))
        upper = self.values if self.origin == "upper" else self.values[::-1]
        rows = self.rows if self.origin == "upper" else _backwards(self.rows, len(self.values))
        return Matrix(upper, rows=rows, columns=self.columns, precision=self.precision).markdown(width)

    def figure(self, width: float = axes.WIDTH) -> Figure:
        """Every number of the map between its axes, large enough to be seen, over the scale of colours."""
        if not self.values.size:
            return axes.quiet("(no cells)")
        gutter, lines, columns = self._layout(int((width - axes.SIDE) / SIGN))
        left = axes.beside(gutter.labels.values())
        high, wide = self._size(lines, columns, width - axes.SIDE - left)
        shapes, top = axes.title(axis_name(self.rows), width)
        frame = Frame(left, top, wide, high, picture=True)
        upper = self.values if self.origin == "upper" else self.values[::-1]
        tone = self._tone(self.values)
        picture = pixels_of(
            upper, tone, lambda: self.ground, height=high, width=wide, legend=False, cells=self._cells()
        )
        shapes.append(Image(frame.left, top, wide, high, picture.data, picture.colours, "", picture.cells))
        shapes += axes.left_edge(frame, *self._marks(frame))
        edge, bottom = self._labelled(frame)
        shapes += edge
        side = max(frame.left + wide + axes.SIDE, SIGN * cell_len(axis_name(self.rows)))
        drawing = Drawing(side, bottom, shapes, visible(self._words()))
        return Column([drawing, legend_of(tone, self.precision)]) if self.legend else drawing

    def _size(self, lines: int, columns: int, room: float) -> tuple[int, int]:
        """Pixels of the map, a whole number of them for each of its cells where there is room for that."""
        count, across = self.values.shape
        high = rows_high(1) * lines // 2
        wide = int(columns * SIGN) if columns < across else max(1, int(columns * SIGN) // across) * across
        if self._square:  # as high as wide
            share = min(rows_high(self.height) / count, room / across)
            share = min(int(share), LARGEST) if share >= 1 else share
            return max(1, round(count * share)), max(1, round(across * share))
        return high if high < count else high // count * count, wide

    def _cells(self) -> Cells:
        """Which cells are drawn from the top on."""
        if self.origin == "upper":
            return self.cells
        places = self.cells.pattern.split(",")
        return Cells(self.cells.of, ",".join("R" if place == "r" else place for place in places))

    def _marks(self, frame: Frame) -> tuple[list[float], list[str]]:
        """Where labels of rows stand, in pixels, and what they are."""
        count = len(self.values)
        if self.marks is None:
            places, texts = positions_down(self.rows, count, max(1, int(frame.height) // rows_high(1)))
        else:
            places, texts = list(self.marks), list(self.marks.values())
        share = (np.array(places) + 0.5) / count
        return frame.y(1 - share if self.origin == "upper" else share).tolist(), [
            clip(text, LABEL) for text in texts
        ]

    def _labelled(self, frame: Frame) -> tuple[list[Shape], float]:
        """The lower edge with the labels of the columns where all fit, else with numbers."""
        count, name = self.values.shape[1], axis_name(self.columns)
        if self.columns.labels is not None and count <= frame.columns:
            names = [clip(label, LABEL) for label in self.columns.labels]
            where = frame.x((np.arange(count) + 0.5) / count).tolist()
            for lines in range(1, DEEPEST + 1):
                shapes, bottom = axes.lower_edge(frame, where, names, name, lines=lines)
                if sum(isinstance(shape, Letters) for shape in shapes) == count + bool(name):
                    return shapes, bottom
        places, texts = positions(_unlabelled(self.columns), count, frame.columns)
        return axes.lower_edge(frame, frame.x((np.array(places) + 0.5) / count).tolist(), texts, name)

    def _words(self) -> str:
        """What is drawn, for those who cannot see it."""
        count, across = self.values.shape
        said = f"map of {count} × {across}, {axis_name(self.rows)} by {axis_name(self.columns)}"
        known = np.isfinite(self.values)
        if not known.any():
            return f"{said}, no finite number"
        low, high = finite_range(self.values)
        row, column = np.unravel_index(np.argmax(np.where(known, self.values, -np.inf)), self.values.shape)
        where = f"{self.rows.place(int(row))}, {self.columns.place(int(column))}"
        ends = f"{number(low, self.precision)} to {number(high, self.precision)}"
        return f"{said}, {ends}, the largest at {where}"

    @property
    def _square(self) -> bool:
        """Whether its cells are as high as wide: those of nothing that has labels or units."""
        axes = (self.rows, self.columns)
        return not any(axis.labels is not None or axis.numeric for axis in axes)

    def _layout(self, most: int) -> tuple[Gutter, int, int]:
        """What stands at the left, and the size of the drawing: half rows and columns of the screen."""
        count, across = self.values.shape
        thick = max(1, min(3, 8 // count)) if count <= self.height else 0
        lines = 2 * thick * count if thick else min(count, 2 * self.height)
        gutter = self._gutter(lines)
        room = max(1, most - gutter.width)
        if self._square:
            lines, width = fit(count, across, 2 * self.height, room)
            return self._gutter(lines), lines, min(width, room)
        if across > room:
            return gutter, lines, room
        each = room // across
        if self.columns.labels is not None:
            longest = max(cell_len(clip(label, LABEL)) for label in self.columns.labels)
            each = min(each, max(2 * max(thick, 1), longest + 2))
        return gutter, lines, each * across

    def _placed(self, most: int, screen: Screen) -> tuple[Gutter, int, int, tuple[int, int]]:
        """The layout on a screen, and the dots (height, width) of the map.

        In pixels each number is a whole number of them high and wide where there are as many, so that all
        cells are alike: the map is as much smaller.
        """
        gutter, lines, width = self._layout(most - screen.spare)
        if not screen.pixels:
            return gutter, lines, width, (lines, width)
        down, across = screen.cell
        size = (lines + 1) // 2 * down, width * across
        times = [room // count for room, count in zip(size, self.values.shape, strict=True)]
        times = [min(times)] * 2 if self._square else times
        height, wide = (
            room if not whole else whole * count
            for room, whole, count in zip(size, times, self.values.shape, strict=True)
        )
        lines, width = 2 * -(-height // down), -(-wide // across)
        return self._gutter(lines, 2 * height / down), lines, width, (height, wide)

    def _gutter(self, lines: int, filled: float | None = None) -> Gutter:
        """The labels beside so many half rows, of which the map has ``filled``."""
        filled = lines if filled is None else filled
        count = len(self.values)
        if self.marks is None:
            places, texts = positions_down(self.rows, count, (lines + 1) // 2)
        else:
            places, texts = list(self.marks), list(self.marks.values())
        rows = ((np.array(places) + 0.5) * filled / count).astype(int)
        rows = (rows if self.origin == "upper" else int(np.ceil(filled)) - 1 - rows) // 2
        labels: dict[int, str] = {}
        for row, text in zip(rows.tolist(), texts, strict=True):
            labels.setdefault(row, clip(text, LABEL))
        return Gutter(labels)

    def _ruler(self, width: int, side: int, filled: float) -> Ruler:
        """The labels below so many columns, of which the map has ``filled``."""
        count = self.values.shape[1]
        name = axis_name(self.columns)
        if self.columns.labels is not None and count <= width:
            names = [clip(label, LABEL) for label in self.columns.labels]
            for lines in range(1, DEEPEST + 1):
                ruler = Ruler(
                    self._across(range(count), filled), names, width, side=side, name=name, lines=lines
                )
                if not ruler.left_out:
                    return ruler
        places, texts = positions(_unlabelled(self.columns), count, width)
        return Ruler(self._across(places, filled), texts, width, side=side, name=name)

    def _across(self, places: Iterable[float], filled: float) -> list[int]:
        where = (np.array(list(places)) + 0.5) * filled / self.values.shape[1]
        return np.minimum(where, np.ceil(filled) - 1).astype(int).tolist()

    def _resized(self, lines: int, width: int) -> Array:
        if self._last is None or self._last[0] != (lines, width):
            self._last = (lines, width), self._enlarged(lines, width)
        return self._last[1]

    def _enlarged(self, height: int, width: int) -> Array:
        """The numbers at so many pixels: one for each area, or cells repeated."""
        count, across = self.values.shape
        small = shrink(self.values, min(count, height), min(across, width), self.ground)
        small = small if self.origin == "upper" else small[::-1]
        rows, columns = (
            np.arange(n) * have // n for n, have in zip((height, width), small.shape, strict=False)
        )
        return np.asarray(small[rows][:, columns])

    def _tone(self, small: Array) -> Tone:
        return Tone.of_map(self.values, small, scale=self.scale, limits=self.limits)


def _in_colour(console: Console) -> bool:
    return many_colours(console) and drawing_of(console).means != "ascii"


def _unlabelled(axis: Axis) -> Axis:
    """Labels that do not all fit are worth less than the numbers of their places."""
    return axis if axis.labels is None else Axis(axis.name)


def _backwards(axis: Axis, length: int) -> Axis:
    if axis.labels is not None:
        return Axis(axis.name, axis.labels[::-1])
    step = axis.step if axis.step is not None else 1.0
    return Axis(axis.name, start=axis.value(length - 1), step=-step, unit=axis.unit)
