"""The view that suits a tensor, chosen from its axes and its size."""

from __future__ import annotations

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.matrix import Matrix
from dlcli.views.number import number
from dlcli.views.picture import HEIGHT, Multiples, Picture
from dlcli.views.shelf import Shelf
from dlcli.views.text import clip
from dlcli.views.tone import finite_range

SMALL = 12  # rows and columns up to which numbers are shown
MOST = 12  # channels shown of many

LIGHT = ("red", "green", "blue")


def look(
    tensor: Tensor,
    *,
    precision: int = 4,
    height: int = HEIGHT,
    scale: str = "diverging",
    legend: bool = True,
) -> RenderableType:
    """Numbers when a tensor is small, a picture of each channel (or of all in colour) when it is large.

    Axes 0 and 1 are the rows and columns, axis 2 the channel; a vector is one row, and of more axes all but
    the last become rows. ``scale`` is that of ``Matrix``; ``height`` the most terminal rows of a picture;
    without ``legend`` no line tells which number a colour stands for.
    """
    data = tensor.data
    if not data.size:
        return Text("(no cells)", style="dim")
    if data.ndim not in (2, 3):
        columns = tensor.axes[-1] if tensor.axes else None
        flat = data.reshape(-1, data.shape[-1] if data.ndim else 1)
        return Matrix(flat, columns=columns, precision=precision, scale=scale)
    if max(data.shape[:2]) <= SMALL:
        return _numbers(tensor, precision, scale)
    if data.ndim == 2:
        return Picture(data, height=height, precision=precision, legend=legend)
    if data.shape[2] == 1:
        return Picture(data[..., 0], height=height, precision=precision, legend=legend)
    if shows_light(tensor):
        return Picture(data[..., :3], height=height, precision=precision, legend=legend)
    names = [tensor.axes[2].place(i) for i in range(data.shape[2])]
    return Multiples(data, names, precision=precision, height=height, most=MOST)


def facts(tensor: Tensor, precision: int = 4) -> Text:
    """Shape with the names of the axes, dtype and range, in one line.

    >>> facts(Tensor([[0.5, 2], [-1, 3]])).plain
    '2 × 2 (row, column), float64, −1 to 3'
    """
    shape = " × ".join(map(str, tensor.shape)) or "a single number"
    names = f" ({', '.join(clip(name, 16) for name in tensor.axis_names)})" if tensor.axes else ""
    return Text(f"{shape}{names}, {tensor.data.dtype}, {range_words(tensor.data, precision)}")


def range_words(values: Array, precision: int) -> str:
    """From the least to the largest number, and whether there is anything that is no number."""
    if values.dtype.kind == "c":
        values = np.abs(values)
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


def shows_light(tensor: Tensor) -> bool:
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
    count = min(data.shape[2], MOST)
    shelf = Shelf(
        [
            (
                channel[0].place(i) if channel else "",
                matrix(data[..., i], rows, columns, precision=precision, scale=scale, limits=limits),
            )
            for i in range(count)
        ]
    )
    if count == data.shape[2]:
        return shelf
    return Group(shelf, Text(f"and {data.shape[2] - count} more channels", style="dim"))


def matrix(
    values: Array,
    rows: Axis | None = None,
    columns: Axis | None = None,
    *,
    precision: int = 4,
    scale: str = "diverging",
    limits: tuple[float, float] | None = None,
) -> Matrix | Picture:
    """Numbers up to ``SMALL`` rows and columns, a picture of half the usual height beyond."""
    if max(values.shape) > SMALL:
        return Picture(values, height=HEIGHT // 2, precision=precision)
    return Matrix(values, rows=rows, columns=columns, precision=precision, scale=scale, limits=limits)
