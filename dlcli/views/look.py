"""The view that suits a tensor, chosen from its axes and its size."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.charts.chart import HEIGHT as LINES
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.charts.series import Series
from dlcli.views.charts.spectrogram import (
    BELOW,
    SHOWN,
    UPWARDS,
    in_decibels,
    is_spectrum,
    mel_marks,
    upright,
)
from dlcli.views.page.cells import UNKNOWN, At, Cells, Placed, whole
from dlcli.views.pictures.picture import HEIGHT, Multiples, Picture
from dlcli.views.pictures.tone import Tone, finite_range
from dlcli.views.pictures.winner_map import WinnerMap
from dlcli.views.shelf import Shelf
from dlcli.views.tables.matrix import Matrix
from dlcli.views.text.text import clip, visible
from dlcli.words.axes import PICTURE, hertz_of, last, matrices, reordered
from dlcli.words.number import number
from dlcli.words.winners import bank_of

EXCERPT = 300  # characters of a text
SMALL = 12  # rows and columns up to which numbers are shown
NUMBERS = 2 * SMALL**2  # shown of one tensor, at most
ROW = 24  # numbers of one vector
FEW = 6  # series of one chart
MOST = 12  # channels shown of many
PARTS = 3  # parts shown of a tensor of more than three axes
DEEPEST = 4  # channels of a photo, at most

#: Sizes of complex numbers below so many times the precision of the largest are rounding.
ROUNDING = 16

LIGHT = ("red", "green", "blue")


LOW = 10  # terminal rows of a picture as a thumbnail, so that it can be seen what it is of
LOW_CHART = 7  # those of a chart or map


def look(
    tensor: Tensor,
    *,
    precision: int = 4,
    height: int = HEIGHT,
    scale: str = "diverging",
    legend: bool = True,
    limits: tuple[float, float] | None = None,
    at: At | None = None,
) -> RenderableType:
    """The view of a tensor: numbers when it is small, otherwise a picture, chart or map, as its axes say.

    A vector without labels is a line over its axis; height and width are a picture of each channel (or of all
    in colour); a few labelled columns over a numeric axis are lines of one chart; every other matrix is a
    heat map with the names and units of its axes. Three axes are several matrices below each other, one for
    each place of the first, as NumPy prints them, or of the last where that is the channel of a picture and
    the like (see ``matrices_last``); of more axes the first gives a look each.

    ``scale`` is that of ``Matrix``; ``height`` the most terminal rows of a drawing; without ``legend`` no
    line tells which number a colour stands for. ``limits`` are those of the colours of a picture or a heat
    map: for two that are compared. ``at`` says of which tensor this one is a part, and which.
    """
    at = at or whole(tensor)
    data = tensor.data
    if not data.size:
        return Text("(no cells)", style="dim")
    if tensor.axis_names == ("character",) and isinstance(known := tensor.attrs.get("vocabulary"), str):
        return _excerpt(data, known)
    if data.ndim == 1 and data.size > ROW and tensor.axes[0].labels is None:
        y = "size" if data.dtype.kind == "c" else ""
        return LineChart({tensor.name: data}, tensor.axes[0], y=y, height=min(height, LINES))
    if data.ndim > 3:
        return _parts(
            tensor, at, precision=precision, height=height, scale=scale, legend=legend, limits=limits
        )
    if data.ndim < 2:
        columns = tensor.axes[-1] if tensor.axes else None
        cells = at.cells("", columns.name if columns else "")
        return Matrix(data.reshape(1, -1), columns=columns, precision=precision, scale=scale, cells=cells)
    if data.ndim == 3:
        tensor = matrices_last(tensor)
        data = tensor.data
    if bank := bank_of(tensor):
        cells = at.cells(*tensor.axis_names[:2])
        return WinnerMap(data, bank, height=height, legend=legend, cells=cells)
    if max(data.shape[:2]) <= SMALL and data[..., :MOST].size <= NUMBERS:
        return _numbers(tensor, precision, scale, limits, at)
    if is_map(tensor):
        return _maps(
            tensor, at, precision=precision, height=height, scale=scale, legend=legend, limits=limits
        )
    tone = Tone.between(*limits, data) if limits else None
    picture = partial(Picture, tone=tone, height=height, precision=precision, legend=legend)
    down, across, *several = tensor.axis_names
    if data.ndim == 2:
        return picture(data, cells=at.cells(down, across))
    places = [at.where(several[0], i).cells(down, across) for i in range(data.shape[2])]
    if data.shape[2] == 1:
        return picture(data[..., 0], cells=places[0])
    if is_rgb(tensor):
        return picture(data[..., :3], cells=places[0])
    names = [_called(tensor.axes[2], i) for i in range(data.shape[2])]
    return Multiples(
        data, names, precision=precision, height=height, most=MOST, sheet=legend, tone=tone,
        cells=places,
    )  # fmt: skip


def _excerpt(numbers: Array, vocabulary: str) -> RenderableType:
    """How a text begins, whose characters are numbered."""
    known = [vocabulary[i] if 0 <= i < len(vocabulary) else "?" for i in numbers[:EXCERPT].tolist()]
    lines = "".join(known).split("\n")
    return Text("\n".join(map(visible, lines)) + "…" * (len(numbers) > EXCERPT))


def is_map(tensor: Tensor) -> bool:
    """Whether two axes (and more of them side by side) are drawn as a heat map, not as a picture."""
    named = tensor.data.ndim == 2 or any(map(_is_described, tensor.axes[:2]))
    return tensor.axis_names[:2] != PICTURE and named


def is_decibels(tensor: Tensor) -> bool:
    """Whether the numbers are decibels, whose sign is no direction: it depends on the reference."""
    return tensor.attrs.get("quantity") == "db"


def _is_described(axis: Axis) -> bool:
    """Whether an axis has labels, units or a meaning beyond its indices."""
    return axis.numeric or axis.labels is not None or axis.name in UPWARDS


def matrices_last(tensor: Tensor) -> Tensor:
    """Three axes in the order in which they are drawn: rows, columns, and which matrix it is.

    An axis counts matrices where it has a name that does (a channel, a head, …) or stands beside height and
    width; without such names the last does where it is as short as the channels of a photo, else the first.

    >>> matrices_last(Tensor(np.zeros((3, 2, 5)))).shape
    (2, 5, 3)
    """
    several = matrices(tensor.axis_names)
    if several:
        return reordered(tensor, last(0 if 0 in several else several[-1]))
    nameless = re.fullmatch(r"axis\d+", tensor.axes[2].name) is not None
    photo = nameless and min(tensor.shape[:2]) >= SMALL and tensor.shape[2] <= DEEPEST
    return tensor if photo else reordered(tensor, last(0))


def blocks(tensor: Tensor, draw: Callable[[Tensor], RenderableType]) -> RenderableType:
    """Each matrix of a tensor of two axes or more, drawn below its place on the others."""
    if tensor.data.ndim == 2:
        return draw(tensor)
    if tensor.data.ndim == 3:
        found = matrices_last(tensor)
        axes = found.axes[:2]

        def one(i: int) -> RenderableType:
            return draw(Tensor(found.data[..., i], axes, tensor.name, tensor.attrs))

        return _side_by_side(found.axes[2], found.shape[2], MOST, one)

    def part(i: int) -> RenderableType:
        return blocks(Tensor(tensor.data[i], tensor.axes[1:], tensor.name, tensor.attrs), draw)

    return _side_by_side(tensor.axes[0], tensor.shape[0], PARTS, part)


def _parts(tensor: Tensor, at: At, **options: Any) -> RenderableType:
    """The first few parts along the first axis in the same colours; of deeper ones the first."""
    axis, *others = tensor.axes
    data, most = tensor.data, PARTS if tensor.data.ndim == 4 else 1
    if data.size <= NUMBERS:
        most = MOST
    sizes = np.abs(data) if data.dtype.kind == "c" else data
    options["limits"] = options["limits"] or finite_range(sizes)

    def part(i: int) -> RenderableType:
        part = Tensor(data[i], tuple(others), tensor.name, tensor.attrs)
        return look(part, at=at.where(axis.name, i), **options)

    return _side_by_side(axis, len(data), most, part)


def _maps(
    tensor: Tensor,
    at: At,
    *,
    scale: str,
    height: int,
    legend: bool,
    limits: tuple[float, float] | None,
    precision: int,
) -> RenderableType:
    """A chart or a heat map of a matrix; of several matrices, one below the other, in the same colours.

    A spectrum is drawn in decibels below its largest number, or below the end of ``limits``, and upright.
    """
    if (turned := upright(tensor)) is not tensor:
        view = _maps(
            turned, at, scale=scale, height=height, legend=legend, limits=limits, precision=precision
        )
        return Group(Text("turned by the names of its axes", style="dim"), view)
    if is_spectrum(tensor):
        view = _maps(
            in_decibels(tensor, limits and max(limits)), at,
            scale="sequential", height=height, legend=legend, limits=(-SHOWN, 0.0), precision=precision,
        )  # fmt: skip
        return Group(Text(BELOW, style="dim"), view)
    rows, columns, *several = tensor.axes
    data, hertz = tensor.data, hertz_of(rows)
    marks = mel_marks(hertz) if hertz is not None else {}
    if marks:
        rows = Axis(rows.name, start=0.0, step=1.0, unit="Hz")
    if not several and rows.numeric and columns.labels is not None and len(columns.labels) <= FEW:
        series = [Series(label, data[:, i]) for i, label in enumerate(columns.labels)]
        return LineChart(series, rows, height=min(height, LINES))
    kind = "sequential" if is_decibels(tensor) else None if scale == "diverging" else scale
    origin = "lower" if rows.name in UPWARDS else "upper"
    draw = partial(HeatMap, rows=rows, columns=columns, scale=kind, origin=origin, precision=precision,
                   marks=marks or None)  # fmt: skip
    if not several:
        cells = at.cells(rows.name, columns.name)
        return draw(data, limits=limits, height=height, legend=legend, cells=cells)
    limits = limits or finite_range(np.abs(data) if data.dtype.kind == "c" else data)
    height = height if len(data) <= height else min(height, HEIGHT // 2)
    last = min(data.shape[2], MOST) - 1

    def one(i: int) -> RenderableType:
        cells = at.where(several[0].name, i).cells(rows.name, columns.name)
        return draw(data[..., i], limits=limits, height=height, legend=legend and i == last, cells=cells)

    return _side_by_side(several[0], data.shape[2], MOST, one)


def _side_by_side(
    axis: Axis | None, length: int, most: int, draw: Callable[[int], RenderableType]
) -> RenderableType:
    """The first parts along an axis, each below its place on it, and how many are not drawn."""
    if axis is None:
        return Shelf([("", draw(i)) for i in range(length)])
    count = min(length, most)
    shelf = Shelf([(_called(axis, i), draw(i)) for i in range(count)])
    if count == length:
        return shelf
    left = length - count
    what = f"channel{'s' * (left > 1)}" if axis.name == "channel" else f"of {clip(axis.name, 16)}"
    return Group(shelf, Text(f"and {left} more {what}", style="dim"))


def _called(axis: Axis, place: int) -> str:
    """A place by its label, or by the name of the axis and the index."""
    return axis.place(place) if axis.labels is not None else f"{axis.name} {axis.place(place)}"


def facts(tensor: Tensor, precision: int = 4) -> Text:
    """Shape with the names of the axes, dtype and range, in one line.

    >>> facts(Tensor([[0.5, 2], [-1, 3]])).plain
    '2 × 2 (row, column), float64, −1 to 3'
    """
    shape = " × ".join(map(str, tensor.shape)) or "a single number"
    names = f" ({', '.join(clip(name, 16) for name in tensor.axis_names)})" if tensor.axes else ""
    return Text(f"{shape}{names}, {tensor.data.dtype}, {range_words(tensor.data, precision)}")


def range_words(values: Array, precision: int) -> str:
    """The range of the numbers in words, and how many of them are not finite."""
    if values.dtype.kind == "c":
        values = np.abs(values)
        low, high = finite_range(values)
        if 0 < low < ROUNDING * np.finfo(values.dtype).eps * high and np.isfinite(values.max()):
            return f"size up to {number(high, precision)}"
        return f"size {range_words(values, precision)}"
    if not values.size:
        return "no cells"
    if values.dtype.kind in "biu":
        low, high = values.min(), values.max()
        return f"{number(low)} to {number(high)}" if low != high else f"all {number(low)}"
    low, high = finite_range(values)
    words = f"{number(low, precision)} to {number(high, precision)}"
    if low == high:
        words = f"all {number(low, precision)}"
    if np.isfinite(values.min()) and np.isfinite(values.max()):
        return words
    strange = values.size - int(np.count_nonzero(np.isfinite(values)))
    if strange == values.size:
        return "no finite number"
    return f"{words}, {strange} {'cell' if strange == 1 else 'cells'} not finite"


def is_rgb(tensor: Tensor) -> bool:
    """Whether the channels are amounts of red, green and blue that a screen can show."""
    labels = tensor.axes[2].labels if tensor.data.ndim == 3 else None
    if labels is None or tensor.data.dtype.kind == "c":
        return False
    names = tuple(label.lower() for label in labels)
    return names in (LIGHT, (*LIGHT, "alpha")) and finite_range(tensor.data)[0] >= 0


def _numbers(
    tensor: Tensor, precision: int, scale: str, limits: tuple[float, float] | None, at: At
) -> RenderableType:
    rows, columns, *channel = tensor.axes
    data = tensor.data if channel else tensor.data[..., None]
    limits = limits or finite_range(np.abs(data) if data.dtype.kind == "c" else data)

    def one(i: int) -> RenderableType:
        cells = (at.where(channel[0].name, i) if channel else at).cells(rows.name, columns.name)
        return matrix(
            data[..., i], rows, columns, precision=precision, scale=scale, limits=limits, cells=cells
        )

    return _side_by_side(channel[0] if channel else None, data.shape[2], MOST, one)


def matrix(
    values: Array,
    rows: Axis | None = None,
    columns: Axis | None = None,
    *,
    precision: int = 4,
    scale: str = "diverging",
    limits: tuple[float, float] | None = None,
    cells: Cells | Placed = UNKNOWN,
) -> Matrix | Picture:
    """A matrix as numbers up to ``SMALL`` rows and columns, as a picture of half the usual height beyond."""
    if max(values.shape) > SMALL:
        drawn = cells if isinstance(cells, Cells) else UNKNOWN
        return Picture(values, height=HEIGHT // 2, precision=precision, cells=drawn)
    return Matrix(
        values,
        rows=rows,
        columns=columns,
        precision=precision,
        scale=scale,
        limits=limits,
        cells=cells,
    )


def thumbnail(tensor: Tensor, precision: int = 4, *, at: At | None = None) -> RenderableType:
    """A small view of an input: numbers or a low picture, in gray unless there are negative numbers.

    ``at`` is that of ``look``.

    >>> from rich.console import Console
    >>> Console(width=40).print(thumbnail(Tensor([[1, 2], [3, 4]])))
           column
      row  0  1
        0  1  2
        1  3  4
    """
    sizes = np.abs(tensor.data) if tensor.data.dtype.kind == "c" else tensor.data
    signed = sizes.dtype != np.uint8 and finite_range(sizes)[0] < 0
    scale = "diverging" if signed else "gray"
    height = LOW if tensor.axis_names[:2] == PICTURE else LOW_CHART
    return look(tensor, precision=precision, height=height, scale=scale, legend=False, at=at)
