"""A convolution layer over a batch that lies innermost: one matrix product per strip of output rows.

    y[o, i, j, n] = Σ w[o, k, r, c] x[k, i·s + r·d, j·s + c·d, n] + b[o]      over k, r, c

What each strip of the output sees is laid side by side (im2col), so that all its sums are one product. The
gradients are products of the same columns:

    dw = Σ dy columnsᵀ;    dcolumns = wᵀ dy, added up where the windows overlap;    db = Σ dy
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.lib.stride_tricks import as_strided

from dlcli.engines.base.checks import Array, DType, EngineError, pair
from dlcli.engines.base.padding import Geometry, geometry
from dlcli.nets.layers.base import Arrays, Kind, Layer, Shape, Weight, Window, picture, positive

#: Numbers that the columns of one strip hold: with them, kernels and output stay in a processor's own memory.
STRIP = 1 << 18

#: Columns of a forward pass are kept for the backward pass where all of them are no more numbers than this.
KEPT = 1 << 23


@dataclass(frozen=True, kw_only=True)
class Conv(Kind):
    """``filters`` kernels slide over the picture; each gives one channel."""

    kind: ClassVar[str] = "conv"
    keras: ClassVar[str] = "conv2d"

    filters: int
    kernel_size: Any = 3
    strides: Any = 1
    padding: Any = "valid"
    dilation_rate: Any = 1
    groups: int = 1
    activation: str = "linear"
    use_bias: bool = True
    kernel_initializer: str = ""
    bias_initializer: str = ""

    def __post_init__(self) -> None:
        positive(self, filters=self.filters, groups=self.groups)
        pair("kernel_size", self.kernel_size)

    def where(self, x: Shape) -> Geometry:
        """Where the kernel stands for each output cell. Raises ``EngineError`` where it does not fit."""
        height, width, channels = picture(self, x)
        if channels % self.groups or self.filters % self.groups:
            raise EngineError(
                f"{self.groups} groups do not divide {channels} channels and {self.filters} filters evenly; "
                "try groups=1"
            )
        return geometry(
            (height, width), pair("kernel_size", self.kernel_size), stride=self.strides, padding=self.padding,
            dilation=self.dilation_rate,
        )  # fmt: skip

    def output(self, x: Shape) -> Shape:
        return (*self.where(x).out_size, self.filters)

    def weights(self, x: Shape) -> dict[str, Weight]:
        size = pair("kernel_size", self.kernel_size)
        depth = x[2] // self.groups
        fans = prod(size) * depth, prod(size) * self.filters // self.groups
        kernel = Weight((*size, depth, self.filters), self.kernel_initializer, (3, 2, 0, 1), fans)
        bias = Weight((self.filters,), self.bias_initializer, (0,), fans)
        return {"kernel": kernel} | ({"bias": bias} if self.use_bias else {})

    def multiply_adds(self, x: Shape) -> int:
        return prod(self.output(x)) * prod(pair("kernel_size", self.kernel_size)) * (x[2] // self.groups)

    def window(self, x: Shape) -> Window:
        where = self.where(x)
        return where.span, where.stride

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Convolution(self.where(x), x[2], self.groups, values, slopes, dtype)


class Convolution(Layer):
    """The layer at work, on inputs of ``where.in_size`` and ``channels``."""

    def __init__(
        self, where: Geometry, channels: int, groups: int, values: Arrays, slopes: Arrays, dtype: DType,
    ) -> None:  # fmt: skip
        super().__init__(values, slopes, dtype)
        self.where, self.channels, self.groups = where, channels, groups
        kernel = values["kernel"]
        self.filters = len(kernel)
        self.sums = prod(kernel.shape[1:])  # numbers that go into one sum
        self.matrices = kernel.reshape(groups, -1, self.sums)  # (group, filter, sum)
        self.framed = where.pads != ((0, 0), (0, 0))
        #: A kernel of one cell on every cell: the input itself is what it sees.
        self.pointwise = where.kernel == (1, 1) and where.stride == (1, 1) and not self.framed and groups == 1
        self.seen: Array = np.empty((0, 0, 0, 0))
        self.kept = False

    def forward(self, x: Array, training: bool) -> Array:
        (rows, width), n = self.where.out_size, x.shape[3]
        y = self.memory.array("y", (self.filters, rows, width, n))
        flat = y.reshape(self.groups, -1, rows * width * n)
        self.seen = self.frame(x)
        kept = training and self.columns_size(n) <= KEPT
        for place, (first, last) in enumerate(self.strips(n)):
            part = slice(first * width * n, last * width * n)
            columns = self.columns(first, last, f"columns {place}" if kept else "columns")
            np.matmul(self.matrices, columns, out=flat[:, :, part])
            if "bias" in self.values:
                flat[:, :, part] += self.values["bias"].reshape(self.groups, -1, 1)
        self.kept = kept
        return y

    def backward(self, dy: Array) -> Array:
        (rows, width), n = self.where.out_size, dy.shape[3]
        flat = dy.reshape(self.groups, -1, rows * width * n)
        if "bias" in self.slopes:
            flat.reshape(self.filters, -1).sum(axis=1, out=self.slopes["bias"])
        slope = self.slopes["kernel"].reshape(self.matrices.shape)
        part_slope = self.memory.array("part", slope.shape)
        if not self.first:
            spread = self.memory.array("spread", self.seen.shape)
            spread.fill(0)
        for place, (first, last) in enumerate(self.strips(n)):
            part = flat[:, :, first * width * n : last * width * n]
            columns = (
                self.columns_kept(first, last, f"columns {place}")
                if self.kept
                else self.columns(first, last, "columns")
            )
            into = part_slope if place else slope
            np.matmul(part, columns.transpose(0, 2, 1), out=into)
            if place:
                slope += part_slope
            if not self.first:
                self.spread(part, spread, first, last)
        return dy if self.first else self.unframed(spread)

    def spread(self, dy: Array, spread: Array, first: int, last: int) -> None:
        """Add what a strip's gradient (group, filter, cell) gives to the gradient of the framed input."""
        (kh, kw), width, n = self.where.kernel, self.where.out_size[1], spread.shape[3]
        if self.pointwise:
            np.matmul(self.matrices[0].T, dy[0], out=spread.reshape(self.channels, -1)[
                :, first * width * n : last * width * n])  # fmt: skip
            return
        back = self.memory.array("back", (self.groups, self.sums, dy.shape[2]))
        np.matmul(self.matrices.transpose(0, 2, 1), dy, out=back)
        cells = back.reshape(self.channels, kh, kw, last - first, width, n)
        for r, c in np.ndindex(kh, kw):
            down, across = self.where.seen(r, c, last - first, width)
            start = first * self.where.stride[0]
            into = spread[:, down.start + start : down.stop + start : down.step, across]
            into += cells[:, r, c]

    def columns_size(self, n: int) -> int:
        """Numbers that the columns of a whole batch hold."""
        return self.groups * self.sums * prod(self.where.out_size) * n

    def strips(self, n: int) -> Iterator[tuple[int, int]]:
        """First and last output row of each strip for a batch of n pictures."""
        rows, width = self.where.out_size
        height = max(1, STRIP // (self.groups * self.sums * width * n))
        return ((first, min(first + height, rows)) for first in range(0, rows, height))

    def columns_kept(self, first: int, last: int, name: str) -> Array:
        """What a strip sees, as a forward pass left it."""
        if self.pointwise:
            return self.columns(first, last, name)
        width, n = self.where.out_size[1], self.seen.shape[3]
        return self.memory.array(name, (self.groups, self.sums, (last - first) * width * n))

    def columns(self, first: int, last: int, name: str) -> Array:
        """What output rows ``first`` to ``last`` see: (group, sum, cell)."""
        x, (kh, kw), width = self.seen, self.where.kernel, self.where.out_size[1]
        (sy, sx), (dy, dx), n = self.where.stride, self.where.dilation, x.shape[3]
        if self.pointwise:
            return x.reshape(1, self.channels, -1)[:, :, first * width * n : last * width * n]
        t = x.strides
        height = last - first
        if sx == 1:  # the pictures of neighbouring cells follow each other
            shape: Shape = (self.channels, kh, kw, height, width * n)
            strides: Shape = (t[0], dy * t[1], dx * t[2], sy * t[1], t[3])
        else:
            shape = (self.channels, kh, kw, height, width, n)
            strides = (t[0], dy * t[1], dx * t[2], sy * t[1], sx * t[2], t[3])
        columns = self.memory.array(name, (self.groups, self.sums, height * width * n))
        np.copyto(columns.reshape(shape), as_strided(x[:, first * sy :], shape, strides))
        return columns

    def frame(self, x: Array) -> Array:
        """The input with its frame of zeros."""
        if not self.framed:
            return x
        ((top, bottom), (left, right)), (c, h, w, n) = self.where.pads, x.shape
        framed = self.memory.array("framed", (c, top + h + bottom, left + w + right, n))
        framed[:, :top] = 0
        framed[:, top + h :] = 0
        framed[:, top : top + h, :left] = 0
        framed[:, top : top + h, left + w :] = 0
        framed[:, top : top + h, left : left + w] = x
        return framed

    def unframed(self, spread: Array) -> Array:
        """The gradient of the input, from that of the input with its frame."""
        if not self.framed:
            return spread
        ((top, _), (left, _)), (h, w) = self.where.pads, self.where.in_size
        dx = self.memory.array("dx", (self.channels, h, w, spread.shape[3]))
        dx[...] = spread[:, top : top + h, left : left + w]
        return dx


class PooledConvolution(Convolution):
    """A convolution, the largest of every 2 x 2 cells of it, bias and relu, as one pass per pair of rows.

    The bias is added and negative numbers go after the pooling, to a quarter of the numbers: the largest
    stays the largest. Rows and columns that the pooling drops are never computed. Of equal numbers the first
    wins, row by row.
    """

    def __init__(
        self, where: Geometry, channels: int, relu: bool, values: Arrays, slopes: Arrays, dtype: DType,
    ) -> None:  # fmt: skip
        super().__init__(where, channels, 1, values, slopes, dtype)
        self.relu = relu
        self.pooled = where.out_size[0] // 2, where.out_size[1] // 2
        self.out: Array = np.empty(0)

    def forward(self, x: Array, training: bool) -> Array:
        memory, (rows, half), n, f = self.memory, self.pooled, x.shape[3], self.filters
        self.seen = self.frame(x)
        self.kept = training and self.sums * rows * 4 * half * n <= KEPT
        y = self.out = memory.array("y", (f, rows, half, n))
        pairs = memory.array("pairs", (f, 2, half, 2, n))
        across = memory.array("across", (f, 2, half, n))
        left, right, top, bottom = pairs[:, :, :, 0], pairs[:, :, :, 1], across[:, 0], across[:, 1]
        if training:
            first_wins, top_wins = self._winners(n)
        for row in range(rows):
            np.matmul(self.matrices[0], self._pair(row), out=pairs.reshape(f, -1))
            if training:
                np.greater_equal(left, right, out=first_wins[row])
            np.maximum(left, right, out=across)
            if training:
                np.greater_equal(top, bottom, out=top_wins[row])
            np.maximum(top, bottom, out=y[:, row])
        if "bias" in self.values:
            y += self.values["bias"][:, None, None, None]
        if self.relu:
            np.maximum(y, 0, out=y)
        return y

    def backward(self, dy: Array) -> Array:
        memory, (rows, half), n, f = self.memory, self.pooled, dy.shape[3], self.filters
        (kh, kw), matrix = self.where.kernel, self.matrices[0]
        if self.relu:
            dy = np.multiply(dy, self.out > 0, out=memory.array("dy", dy.shape))
        if "bias" in self.slopes:
            dy.reshape(f, -1).sum(axis=1, out=self.slopes["bias"])
        across = memory.array("across", (f, 2, half, n))
        pairs = memory.array("pairs", (f, 2, half, 2, n))
        left, right = pairs[:, :, :, 0], pairs[:, :, :, 1]
        first_wins, top_wins = self._winners(n)
        slope = self.slopes["kernel"].reshape(f, self.sums)
        part = memory.array("part", slope.shape)
        if not self.first:
            back = memory.array("back", (self.sums, 2 * half * n))
            cells = back.reshape(self.channels, kh, kw, 2 * half, n)
            spread = memory.array("spread", self.seen.shape)
            spread.fill(0)
        for row in range(rows):
            np.multiply(dy[:, row], top_wins[row], out=across[:, 0])
            np.subtract(dy[:, row], across[:, 0], out=across[:, 1])
            np.multiply(across, first_wins[row], out=left)
            np.subtract(across, left, out=right)
            columns = self._pair(row, again=True)
            np.matmul(pairs.reshape(f, -1), columns.T, out=part if row else slope)
            if row:
                slope += part
            if not self.first:
                for one in (0, 1):
                    np.matmul(matrix.T, pairs[:, one].reshape(f, -1), out=back)
                    at = 2 * row + one
                    for c in range(kw):
                        spread[:, at : at + kh, c : c + 2 * half] += cells[:, :, c]
        return dy if self.first else self.unframed(spread)

    def _winners(self, n: int) -> tuple[Array, Array]:
        """Of each pair of rows: whether the left cells won, and then whether the upper ones did."""
        rows, half = self.pooled
        first = self.memory.array("first wins", (rows, self.filters, 2, half, n), bool)
        return first, self.memory.array("top wins", (rows, self.filters, half, n), bool)

    def _pair(self, row: int, *, again: bool = False) -> Array:
        """What two rows of the convolution see, of the columns that the pooling keeps: (sum, cell)."""
        x, (kh, kw), run = self.seen, self.where.kernel, 2 * self.pooled[1] * self.seen.shape[3]
        name = f"pair {row}" if self.kept else "pair"
        columns = self.memory.array(name, (self.sums, 2 * run))
        if not (again and self.kept):
            t = x.strides
            shape = (self.channels, kh, kw, 2, run)
            view = as_strided(x[:, 2 * row :], shape, (t[0], t[1], t[2], t[1], t[3]))
            np.copyto(columns.reshape(shape), view)
        return columns


def pools_with(conv: Conv, where: Geometry) -> bool:
    """Whether a convolution and a 2 x 2 maximum after it can be one pass."""
    return (
        where.stride == (1, 1)
        and where.dilation == (1, 1)
        and conv.groups == 1
        and conv.activation in ("linear", "relu")
        and min(where.out_size) >= 2
    )
