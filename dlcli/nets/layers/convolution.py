"""A convolution layer over a batch that lies innermost: one matrix product per strip of output rows.

    y[o, i, j, n] = Σ w[o, k, r, c] x[k, i·s + r·d, j·s + c·d, n] + b[o]      over k, r, c

What each strip of the output sees is laid side by side (im2col), so that all its sums are one product. The
gradients of the weights are products of the same columns,

    dw = Σ dy columnsᵀ;    db = Σ dy

and the gradient of the input is one product per row of it, over all rows of dy that see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.lib.stride_tricks import as_strided

from dlcli.engines.base.checks import Array, DType, EngineError, pair
from dlcli.engines.base.padding import Geometry, geometry
from dlcli.nets.layers.base import Arrays, Kind, Layer, Shape, Weight, Window, picture, positive

#: Numbers that the columns of one strip hold: with them, kernels and output stay in a processor's own memory.
STRIP = 1 << 18


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
        fans = prod(size) * depth, prod(size) * self.filters
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

    def forward(self, x: Array, training: bool) -> Array:
        (rows, width), n = self.where.out_size, x.shape[3]
        y = self.memory.array("y", (self.filters, rows, width, n))
        flat = y.reshape(self.groups, -1, rows * width * n)
        self.seen = self.frame(x)
        for first, last in self.strips(n):
            part = flat[:, :, first * width * n : last * width * n]
            np.matmul(self.matrices, self.columns(first, last), out=part)
            if "bias" in self.values:
                part += self.values["bias"].reshape(self.groups, -1, 1)
        return y

    def backward(self, dy: Array) -> Array:
        (rows, width), n = self.where.out_size, dy.shape[3]
        flat = dy.reshape(self.groups, -1, rows * width * n)
        if "bias" in self.slopes:
            flat.reshape(self.filters, -1).sum(axis=1, out=self.slopes["bias"])
        slope = self.slope(self.groups)
        for first, last in self.strips(n):
            part = flat[:, :, first * width * n : last * width * n]
            self.add_slope(slope, self.columns(first, last), part)
        self.slopes["kernel"].reshape(self.matrices.shape)[...] = slope.transpose(0, 2, 1)
        if self.first:
            return dy
        if self.pointwise:
            dx = self.memory.array("dx", self.seen.shape)
            np.matmul(self.matrices[0].T, flat[0], out=dx.reshape(self.channels, -1))
            return dx
        by_row = self.memory.array("dy by row", (rows, self.groups, self.filters // self.groups, width * n))
        np.copyto(by_row, dy.reshape(*by_row.shape[1:3], rows, -1).transpose(2, 0, 1, 3))
        return self.to_input(by_row)

    def slope(self, parts: int) -> Array:
        """Empty gradients of kernels, (part, sum, filter): BLAS is a third faster at them this way."""
        slope = self.memory.array("slope", (parts, self.sums, self.filters // self.groups))
        slope.fill(0)
        return slope

    def add_slope(self, slope: Array, columns: Array, dy: Array) -> None:
        """Add what cells give: columns (part, sum, cell), dy (part, filter, cell)."""
        slope += np.matmul(columns, dy.transpose(0, 2, 1), out=self.memory.array("part", slope.shape))

    def to_input(self, dy: Array) -> Array:
        """The gradient of the input, from that of the output as (row, group, filter, cell of the row).

        Row by row of the input: one product over all kernel rows that see it, of which each kernel column is
        then added in its place.
        """
        where, (kh, kw), n = self.where, self.where.kernel, self.seen.shape[3]
        width, depth = where.out_size[1], self.channels // self.groups
        kernel = self.memory.array("kernel", (self.groups, depth, kw, kh, self.filters // self.groups))
        upside_down = self.values["kernel"].reshape(self.groups, -1, depth, kh, kw)[:, :, :, ::-1]
        np.copyto(kernel, upside_down.transpose(0, 2, 4, 3, 1))
        spread = self.memory.array("spread", self.seen.shape)
        spread.fill(0)
        back = self.memory.array("back", (self.groups, depth * kw, width * n))
        cells = back.reshape(self.channels, kw, width, n)
        across = [where.seen(0, c, 1, width)[1] for c in range(kw)]
        for row, (kernel_rows, rows) in enumerate(self.seen_by):
            part = kernel[..., kernel_rows, :]
            sums = prod(part.shape[3:])
            matrix = part.reshape(self.groups, depth * kw, sums)
            above = dy[rows].transpose(1, 0, 2, 3).reshape(self.groups, sums, width * n)
            np.matmul(matrix, above, out=back)
            for c, columns in enumerate(across):
                into = spread[:, row, columns]
                into += cells[:, c]
        return self.unframed(spread)

    @cached_property
    def seen_by(self) -> list[tuple[slice, slice]]:
        """For each row of the framed input the kernel rows, counted from the last, and the output rows that
        see it.
        """
        where, ((top, bottom), _) = self.where, self.where.pads
        stride, dilation, kernel = where.stride[0], where.dilation[0], where.kernel[0]
        found = []
        for row in range(top + where.in_size[0] + bottom):
            rows = [row - r * dilation for r in reversed(range(kernel))]
            pairs = [
                (q, first // stride)
                for q, first in enumerate(rows)
                if first % stride == 0 and 0 <= first < where.out_size[0] * stride
            ]
            found.append((stepping([q for q, _ in pairs]), stepping([i for _, i in pairs])))
        return found

    def strips(self, n: int) -> Iterator[tuple[int, int]]:
        """First and last output row of each strip for a batch of n pictures."""
        rows, width = self.where.out_size
        height = max(1, STRIP // (self.groups * self.sums * width * n))
        return ((first, min(first + height, rows)) for first in range(0, rows, height))

    def columns(self, first: int, last: int) -> Array:
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
        columns = self.memory.array("columns", (self.groups, self.sums, height * width * n))
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
        height, width = where.out_size
        super().__init__(
            replace(where, out_size=(height // 2 * 2, width // 2 * 2)), channels, 1, values, slopes, dtype
        )
        self.relu = relu
        self.out: Array = np.empty(0)

    def forward(self, x: Array, training: bool) -> Array:
        memory, (height, width), n, f = self.memory, self.where.out_size, x.shape[3], self.filters
        self.seen = self.frame(x)
        y = self.out = memory.array("y", (f, height // 2, width // 2, n))
        pair = memory.array("pair", (2, f, width // 2, 2, n))
        left, right = pair[:, :, :, 0], pair[:, :, :, 1]
        upper, lower = across = memory.array("across", left.shape)
        lefts, uppers = self.winners(n)
        for row in range(height // 2):
            np.matmul(self.matrices, self.pair_columns(row), out=pair.reshape(2, f, -1))
            if training:
                np.greater_equal(left, right, out=lefts[row])
            np.maximum(left, right, out=across)
            if training:
                np.greater_equal(upper, lower, out=uppers[row])
            np.maximum(upper, lower, out=y[:, row])
        if "bias" in self.values:
            y += self.values["bias"][:, None, None, None]
        if self.relu:
            np.maximum(y, 0, out=y)
        return y

    def backward(self, dy: Array) -> Array:
        memory, (height, width), n, f = self.memory, self.where.out_size, dy.shape[3], self.filters
        if self.relu:
            above = np.greater(self.out, 0, out=memory.array("above", dy.shape, bool))
            dy = np.multiply(dy, above, out=memory.array("dy", dy.shape))
        if "bias" in self.slopes:
            dy.reshape(f, -1).sum(axis=1, out=self.slopes["bias"])
        whole = memory.array("dy by row", (height if not self.first else 2, f, width // 2, 2, n))
        upper, lower = across = memory.array("across", (2, f, width // 2, n))
        lefts, uppers = self.winners(n)
        slope = self.slope(2)
        for row in range(height // 2):
            pair = whole[:2] if self.first else whole[2 * row : 2 * row + 2]
            left, right = pair[:, :, :, 0], pair[:, :, :, 1]
            np.multiply(dy[:, row], uppers[row], out=upper)
            np.subtract(dy[:, row], upper, out=lower)
            np.multiply(across, lefts[row], out=left)
            np.subtract(across, left, out=right)
            self.add_slope(slope, self.pair_columns(row), pair.reshape(2, f, -1))
        np.add(slope[0].T, slope[1].T, out=self.slopes["kernel"].reshape(f, -1))
        return dy if self.first else self.to_input(whole.reshape(height, 1, f, -1))

    def winners(self, n: int) -> tuple[Array, Array]:
        """Of each pair of rows: where the left cells won, and then where the upper ones did."""
        height, width = self.where.out_size
        shape = height // 2, self.filters, width // 2, n
        lefts = self.memory.array("lefts", (shape[0], 2, *shape[1:]), bool)
        return lefts, self.memory.array("uppers", shape, bool)

    def pair_columns(self, row: int) -> Array:
        """What each of two rows of the convolution sees: (row, sum, cell)."""
        x, (kh, kw), run = self.seen, self.where.kernel, self.where.out_size[1] * self.seen.shape[3]
        columns = self.memory.array("columns", (2, self.sums, run))
        t = x.strides
        shape = (2, self.channels, kh, kw, run)
        view = as_strided(x[:, 2 * row :], shape, (t[1], t[0], t[1], t[2], t[3]))
        np.copyto(columns.reshape(shape), view)
        return columns


def stepping(places: list[int]) -> slice:
    """Places that are equally far apart as a slice.

    >>> stepping([1, 3, 5]), stepping([])
    (slice(1, 6, 2), slice(0, 0, 1))
    """
    if not places:
        return slice(0, 0, 1)
    return slice(places[0], places[-1] + 1, places[1] - places[0] if len(places) > 1 else 1)


def pools_with(conv: Conv, where: Geometry) -> bool:
    """Whether a convolution and a 2 x 2 maximum after it can be one pass."""
    return (
        where.stride == (1, 1)
        and where.dilation == (1, 1)
        and conv.groups == 1
        and conv.activation in ("linear", "relu")
        and min(where.out_size) >= 2
    )
