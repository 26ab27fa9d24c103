"""The windows of a pooling: which cells of the picture each of them sees, and which are padding."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypedDict

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, Size, compute_dtype, pair
from dlcli.engines.base.padding import Geometry, Padding, geometry, pads_of_axis


@dataclass(frozen=True, slots=True)
class AxisWindows:
    """The windows along one direction of a picture, rows or columns.

    Window i, of ``count``, sees the cells i * stride + r * dilation - before for r < size; those below 0 and
    from ``length`` on are padding.
    """

    length: int
    count: int
    size: int
    stride: int
    dilation: int
    before: int

    def inside(self, i: int) -> range:
        """The cells of the picture that window i sees.

        >>> AxisWindows(length=5, count=3, size=3, stride=2, dilation=1, before=1).inside(0)
        range(0, 2)
        """
        start, step = i * self.stride - self.before, self.dilation
        first = max(0, -(start // step))
        last = min(self.size, -((start - self.length) // step))
        return range(start + first * step, start + last * step, step)

    def first(self) -> Array:
        """Which cell of each window is the first in the picture.

        >>> AxisWindows(length=5, count=3, size=3, stride=2, dilation=1, before=1).first()
        array([1, 0, 0])
        """
        start = np.arange(self.count) * self.stride - self.before
        return np.maximum(-(start // self.dilation), 0)

    def reach(self, r: int) -> tuple[slice, slice]:
        """For which windows cell number r lies in the picture, and on which cells it lies there.

        >>> AxisWindows(length=5, count=3, size=3, stride=2, dilation=1, before=1).reach(0)
        (slice(1, 3, None), slice(1, 4, 2))
        """
        offset = r * self.dilation - self.before
        low = max(0, -(offset // self.stride))
        high = min(self.count, -((offset - self.length) // self.stride))
        if high <= low:
            return slice(0, 0), slice(0, 0)
        first = low * self.stride + offset
        return slice(low, high), slice(first, first + (high - low - 1) * self.stride + 1, self.stride)

    def seen(self, before: int = 0, after: int = 0) -> Array:
        """How many cells of each window lie in the picture, or in so many cells before and after it.

        >>> AxisWindows(length=5, count=3, size=3, stride=2, dilation=1, before=1).seen()
        array([2, 3, 2])
        """
        start = np.arange(self.count) * self.stride - self.before
        first = np.maximum(-((start + before) // self.dilation), 0)
        last = np.minimum(-((start - self.length - after) // self.dilation), self.size)
        return np.maximum(last - first, 0)

    def strip(self, first: int, last: int) -> tuple[slice, AxisWindows]:
        """The cells that windows ``first`` up to ``last`` see, and these windows over these cells alone.

        >>> AxisWindows(length=9, count=4, size=3, stride=2, dilation=1, before=0).strip(1, 3)
        (slice(2, 7, None), AxisWindows(length=5, count=2, size=3, stride=2, dilation=1, before=0))
        """
        begin = max(0, first * self.stride - self.before)
        end = min(self.length, (last - 1) * self.stride - self.before + (self.size - 1) * self.dilation + 1)
        before = self.before - first * self.stride + begin
        return slice(begin, end), AxisWindows(
            end - begin, last - first, self.size, self.stride, self.dilation, before
        )

    @property
    def apart(self) -> bool:
        """Whether no cell lies in two windows, or between the first and the last cell of another one."""
        return (self.size - 1) * self.dilation < self.stride

    @property
    def full(self) -> bool:
        """Whether no window reaches beyond the picture."""
        reach = (self.count - 1) * self.stride + (self.size - 1) * self.dilation - self.before
        return self.before <= 0 and reach < self.length


@dataclass(frozen=True, slots=True)
class PoolWindows:
    """The geometry of a pooling.

    ``where`` counts as padding whatever the windows reach beyond the picture; ``beyond`` says how many rows
    and columns at the bottom and right of it lie even behind the padding: only ``ceil=True`` makes such.
    """

    where: Geometry
    beyond: tuple[int, int]

    @property
    def rows(self) -> AxisWindows:
        """The windows from top to bottom."""
        return self._line(0)

    @property
    def columns(self) -> AxisWindows:
        """The windows from left to right."""
        return self._line(1)

    def counts(self, count_padding: bool = False) -> Array:
        """How many cells each window averages over, (out_height, out_width).

        >>> pool_windows((4, 4), 3, stride=1, padding="same").counts()[0]
        array([4, 6, 6, 4])
        """
        return np.outer(*self.edge_counts(count_padding))

    def edge_counts(self, count_padding: bool = False) -> tuple[Array, Array]:
        """The rows and the columns that ``counts`` is the product of."""
        rows, columns = (
            line.seen(before, after - beyond) if count_padding else line.seen()
            for line, (before, after), beyond in zip(
                (self.rows, self.columns), self.where.pads, self.beyond, strict=True
            )
        )
        return rows, columns

    def _line(self, axis: int) -> AxisWindows:
        where = self.where
        return AxisWindows(
            where.in_size[axis], where.out_size[axis], where.kernel[axis], where.stride[axis],
            where.dilation[axis], where.pads[axis][0],
        )  # fmt: skip


def pool_windows(
    in_size: tuple[int, int],
    size: Size,
    *,
    stride: Size | None = None,
    padding: Padding = "valid",
    dilation: Size = 1,
    ceil: bool = False,
) -> PoolWindows:
    """Where the windows of a pooling stand.

    in_size   rows and columns of the picture
    size      rows and columns of a window
    stride    from window to window; none for ``size``, so that windows neither overlap nor leave gaps
    padding   "valid", "same" (as Keras: an odd row at the bottom, an odd column at the right), "full",
              or numbers
    ceil      also windows that reach beyond the padded picture, unless they would begin behind its cells:
              PyTorch's ceil_mode

    Raises ``EngineError`` when a number is out of range, when the window is larger than the padded picture,
    and when a window would see nothing but padding, of which there is no maximum. (PyTorch asks for a
    padding of at most half the window, which leaves out windows that do see the picture.)

    >>> pool_windows((7, 7), 2).where.out_size, pool_windows((7, 7), 2, ceil=True).where.out_size
    ((3, 3), (4, 4))

    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016, section 3.
    """
    try:
        return _pool_windows(in_size, size, stride, padding, dilation, ceil)
    except TypeError:  # lists cannot be remembered
        return _pool_windows.__wrapped__(in_size, size, stride, padding, dilation, ceil)


@lru_cache(maxsize=64, typed=True)
def _pool_windows(
    in_size: tuple[int, int], size: Size, stride: Size | None, padding: Padding, dilation: Size, ceil: bool
) -> PoolWindows:
    """``pool_windows``, remembered: a network asks for the same ones in every step."""
    sizes = pair("size", size)
    strides = sizes if stride is None else pair("stride", stride)
    dilations = pair("dilation", dilation)
    pads, beyond = [], []
    for axis, (n, k, s, d) in enumerate(zip(in_size, sizes, strides, dilations, strict=True)):
        span = (k - 1) * d + 1
        before, after = pads_of_axis(axis, n, span, s, padding)
        more = -(n + before + after - span) % s if ceil else 0
        if more and before + n + after + more - span >= n + before:
            more = 0  # the last window would begin behind the picture
        pads.append((before, after + more))
        beyond.append(more)
    where = geometry(
        in_size, sizes, stride=strides, padding=(pads[0], pads[1]), dilation=dilations, window="window"
    )
    found = PoolWindows(where, (beyond[0], beyond[1]))
    if not all(line.full or line.seen().all() for line in (found.rows, found.columns)):
        raise EngineError(
            f"with padding={padding!r} a window of {sizes[0]}x{sizes[1]} sees nothing but padding; "
            f"try padding={min(sizes) // 2} or less"
        )
    return found


class PoolOptions(TypedDict, total=False):
    """The options that all poolings and their gradients share: see ``max_pool2d``."""

    stride: Size | None
    padding: Padding
    dilation: Size
    ceil: bool
    threads: int | None


def checked(
    engine: str,
    x: Array,
    size: Size,
    stride: Size | None = None,
    padding: Padding = "valid",
    dilation: Size = 1,
    ceil: bool = False,
    *,
    threads: int | None = None,
    ordered: bool = False,
    p: float = 1,
) -> PoolWindows:
    """Refuse what ``engine`` cannot pool, and work out the windows of the rest; ``threads`` do not matter."""
    if x.ndim != 4 or 0 in x.shape[1:]:
        raise EngineError(
            f"{engine} expects x (batch, height, width, channel) with no empty axis; received {x.shape}"
        )
    if compute_dtype(x).kind == "c" and ordered:
        raise EngineError(
            f"{engine} expects real numbers: complex ones have no order, only their mean is defined; "
            f"received {x.dtype}; try avg_pool2d"
        )
    if not 0 < p < float("inf"):
        raise EngineError(
            f"p expects a positive number; received {p!r}; try p=2 (of p=infinity the maximum is meant)"
        )
    return pool_windows(x.shape[1:3], size, stride=stride, padding=padding, dilation=dilation, ceil=ceil)
