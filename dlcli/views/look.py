"""The view that suits a tensor, chosen from its axes and its size."""

from __future__ import annotations

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
    hertz_of,
    in_decibels,
    is_spectrum,
    mel_marks,
)
from dlcli.views.pictures.picture import HEIGHT, Multiples, Picture
from dlcli.views.pictures.tone import finite_range
from dlcli.views.shelf import Shelf
from dlcli.views.tables.matrix import Matrix
from dlcli.views.text.text import clip
from dlcli.words.number import number

SMALL = 12  # rows and columns up to which numbers are shown
NUMBERS = 2 * SMALL**2  # shown of one tensor, at most
ROW = 24  # numbers of one vector
FEW = 6  # series of one chart
MOST = 12  # channels shown of many
PARTS = 3  # parts shown of a tensor of more than three axes

#: Sizes of complex numbers below so many times the precision of the largest are rounding.
ROUNDING = 16

LIGHT = ("red", "green", "blue")

#: Axes of a picture, whose cells are square and whose first row is on top.
PICTURE = ("height", "width")

#: A first axis along which there are several matrices to compare, as the last one is otherwise.
SEVERAL = ("batch", "head", "layer", "gate", "kernel", "channel")

LOW = 7  # terminal rows of a thumbnail


def look(
    tensor: Tensor,
    *,
    precision: int = 4,
    height: int = HEIGHT,
    scale: str = "diverging",
    legend: bool = True,
    limits: tuple[float, float] | None = None,
) -> RenderableType:
    """The view of a tensor: numbers when it is small, otherwise a picture, chart or map, as its axes say.

    A vector without labels is a line over its axis; height and width are a picture of each channel (or of all
    in colour); a few labelled columns over a numeric axis are lines of one chart; every other matrix is a
    heat map with the names and units of its axes, and of three axes the last (or first, when it counts heads,
    layers and the like) gives one of them each. Of more axes all but the last become rows while there are few
    numbers, and the first gives a look each when there are many.

    ``scale`` is that of ``Matrix``; ``height`` the most terminal rows of a drawing; without ``legend`` no
    line tells which number a colour stands for. ``limits`` are those of a heat map's colours: for two that
    are compared.
    """
    data = tensor.data
    if not data.size:
        return Text("(no cells)", style="dim")
    if data.ndim == 1 and data.size > ROW and tensor.axes[0].labels is None:
        y = "size" if data.dtype.kind == "c" else ""
        return LineChart({tensor.name: data}, tensor.axes[0], y=y, height=min(height, LINES))
    if data.ndim > 3 and data.size > NUMBERS:
        return _parts(tensor, precision=precision, height=height, scale=scale, legend=legend, limits=limits)
    if data.ndim not in (2, 3):
        columns = tensor.axes[-1] if tensor.axes else None
        flat = data.reshape(-1, data.shape[-1] if data.ndim else 1)
        return Matrix(flat, columns=columns, precision=precision, scale=scale)
    if data.ndim == 3 and tensor.axes[0].name in SEVERAL:
        tensor = Tensor(np.moveaxis(data, 0, 2), (*tensor.axes[1:], tensor.axes[0]), tensor.name)
        data = tensor.data
    if max(data.shape[:2]) <= SMALL and data[..., :MOST].size <= NUMBERS:
        return _numbers(tensor, precision, scale)
    if tensor.axis_names[:2] != PICTURE and (data.ndim == 2 or any(map(_is_described, tensor.axes[:2]))):
        return _maps(tensor, precision=precision, height=height, scale=scale, legend=legend, limits=limits)
    if data.ndim == 2:
        return Picture(data, height=height, precision=precision, legend=legend)
    if data.shape[2] == 1:
        return Picture(data[..., 0], height=height, precision=precision, legend=legend)
    if is_rgb(tensor):
        return Picture(data[..., :3], height=height, precision=precision, legend=legend)
    names = [tensor.axes[2].place(i) for i in range(data.shape[2])]
    return Multiples(data, names, precision=precision, height=height, most=MOST)


def is_decibels(tensor: Tensor) -> bool:
    """Whether the numbers are decibels, whose sign is no direction: it depends on the reference."""
    return tensor.attrs.get("quantity") == "db"


def _is_described(axis: Axis) -> bool:
    """Whether an axis has labels, units or a meaning beyond its indices."""
    return axis.numeric or axis.labels is not None or axis.name in UPWARDS


def _parts(tensor: Tensor, **options: Any) -> RenderableType:
    """The first few parts along the first axis, each as it would be seen alone; of deeper ones the first."""
    axis, *others = tensor.axes
    data, most = tensor.data, PARTS if tensor.data.ndim == 4 else 1

    def part(i: int) -> RenderableType:
        return look(Tensor(data[i], tuple(others), tensor.name, tensor.attrs), **options)

    return _side_by_side(axis, len(data), most, part)


def _maps(
    tensor: Tensor,
    *,
    scale: str,
    height: int,
    legend: bool,
    limits: tuple[float, float] | None,
    precision: int,
) -> RenderableType:
    """A chart or a heat map of a matrix; of several matrices, one below the other, in the same colours.

    A spectrum is drawn in decibels below its largest number, or below the end of ``limits``.
    """
    if is_spectrum(tensor):
        view = _maps(
            in_decibels(tensor, limits and max(limits)),
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
        return draw(data, limits=limits, height=height, legend=legend)
    limits = limits or finite_range(np.abs(data) if data.dtype.kind == "c" else data)
    height = height if len(data) <= height else min(height, HEIGHT // 2)
    last = min(data.shape[2], MOST) - 1

    def one(i: int) -> RenderableType:
        return draw(data[..., i], limits=limits, height=height, legend=legend and i == last)

    return _side_by_side(several[0], data.shape[2], MOST, one)


def _side_by_side(
    axis: Axis | None, length: int, most: int, draw: Callable[[int], RenderableType]
) -> RenderableType:
    """The first parts along an axis, each below its place on it, and how many are not drawn."""
    if axis is None:
        return Shelf([("", draw(i)) for i in range(length)])
    count, called = min(length, most), "" if axis.labels is not None else f"{axis.name} "
    shelf = Shelf([(called + axis.place(i), draw(i)) for i in range(count)])
    if count == length:
        return shelf
    what = "channels" if axis.name == "channel" else f"of {clip(axis.name, 16)}"
    return Group(shelf, Text(f"and {length - count} more {what}", style="dim"))


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


def _numbers(tensor: Tensor, precision: int, scale: str) -> RenderableType:
    rows, columns, *channel = tensor.axes
    data = tensor.data if channel else tensor.data[..., None]
    limits = finite_range(np.abs(data) if data.dtype.kind == "c" else data)

    def one(i: int) -> RenderableType:
        return matrix(data[..., i], rows, columns, precision=precision, scale=scale, limits=limits)

    return _side_by_side(channel[0] if channel else None, data.shape[2], MOST, one)


def matrix(
    values: Array,
    rows: Axis | None = None,
    columns: Axis | None = None,
    *,
    precision: int = 4,
    scale: str = "diverging",
    limits: tuple[float, float] | None = None,
) -> Matrix | Picture:
    """A matrix as numbers up to ``SMALL`` rows and columns, as a picture of half the usual height beyond."""
    if max(values.shape) > SMALL:
        return Picture(values, height=HEIGHT // 2, precision=precision)
    return Matrix(values, rows=rows, columns=columns, precision=precision, scale=scale, limits=limits)


def thumbnail(tensor: Tensor, precision: int = 4) -> RenderableType:
    """A small view of an input: numbers or a low picture, in gray unless there are negative numbers.

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
    return look(tensor, precision=precision, height=LOW, scale=scale, legend=False)
