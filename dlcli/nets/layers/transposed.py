"""A transposed convolution: each number of the input lays down a kernel, ``strides`` cells from the last.

    y[o, i·s + r, j·s + c] += w[r, c, o, k] x[k, i, j]     then a bias, and what stands beyond is cut off

It is what a convolution does to gradients on their way back, used as a way forward: a small picture becomes a
larger one. ``valid`` makes (n − 1)·s + max(size, s) cells of n, ``same`` n·s, as in Keras.

Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, DType, pair
from dlcli.nets.layers.base import Arrays, Kind, Layer, Shape, Weight, Window, one_of, picture, positive


@dataclass(frozen=True, kw_only=True)
class ConvTranspose(Kind):
    """``filters`` kernels, each laid down at every cell by what stands there."""

    kind: ClassVar[str] = "conv-transpose"
    keras: ClassVar[str] = "conv2d_transpose"

    filters: int
    kernel_size: Any = 3
    strides: Any = 1
    padding: str = "valid"
    activation: str = "linear"
    use_bias: bool = True
    kernel_initializer: str = ""
    bias_initializer: str = ""

    def __post_init__(self) -> None:
        positive(self, filters=self.filters)
        one_of(self, "padding", self.padding, ("valid", "same"))
        pair("kernel_size", self.kernel_size)
        pair("strides", self.strides)

    def output(self, x: Shape) -> Shape:
        height, width, _ = picture(self, x)
        (kh, kw), (sy, sx) = pair("kernel_size", self.kernel_size), pair("strides", self.strides)
        if self.padding == "same":
            return height * sy, width * sx, self.filters
        return (height - 1) * sy + max(kh, sy), (width - 1) * sx + max(kw, sx), self.filters

    def cut(self) -> tuple[int, int]:
        """Rows and columns that are cut off at the top and at the left."""
        if self.padding == "valid":
            return 0, 0
        (kh, kw), (sy, sx) = pair("kernel_size", self.kernel_size), pair("strides", self.strides)
        return max(kh - sy, 0) // 2, max(kw - sx, 0) // 2

    def weights(self, x: Shape) -> dict[str, Weight]:
        size = pair("kernel_size", self.kernel_size)
        fans = prod(size) * self.filters, prod(size) * x[2]
        kernel = Weight((*size, self.filters, x[2]), self.kernel_initializer, (3, 2, 0, 1), fans)
        bias = Weight((self.filters,), self.bias_initializer, (0,), fans)
        return {"kernel": kernel} | ({"bias": bias} if self.use_bias else {})

    def multiply_adds(self, x: Shape) -> int:
        return prod(x) * self.filters * prod(pair("kernel_size", self.kernel_size))

    def window(self, x: Shape) -> Window:
        (kh, kw), (sy, sx) = pair("kernel_size", self.kernel_size), pair("strides", self.strides)
        return (-(-kh // sy), -(-kw // sx)), (1 / sy, 1 / sx)

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        strides = pair("strides", self.strides)
        return Transposed(self.output(x)[:2], strides, self.cut(), values, slopes, dtype)


class Transposed(Layer):
    """The layer at work; its kernel is (channel in, filter, rows, columns)."""

    def __init__(
        self, size: Shape, strides: tuple[int, int], cut: tuple[int, int], values: Arrays, slopes: Arrays,
        dtype: DType,
    ) -> None:  # fmt: skip
        super().__init__(values, slopes, dtype)
        self.size, self.strides, self.cut = size, strides, cut
        self.channels, self.filters, *kernel = values["kernel"].shape
        self.kernel = kernel[0], kernel[1]
        self.matrix = values["kernel"].reshape(self.channels, -1)

    def forward(self, x: Array, training: bool) -> Array:
        self.x = x
        (kh, kw), (_, h, w, n) = self.kernel, x.shape
        laid = self.memory.array("laid", (self.filters * kh * kw, h * w * n))
        np.matmul(self.matrix.T, x.reshape(self.channels, -1), out=laid)
        cells = laid.reshape(self.filters, kh, kw, h, w, n)
        whole = self.memory.array("whole", self._whole())
        whole.fill(0)
        for r, c in np.ndindex(kh, kw):
            into = whole[:, *self._cells(r, c)]
            into += cells[:, r, c]
        y = self.memory.array("y", (self.filters, *self.size, n))
        y[...] = whole[:, *self._inside()]
        if "bias" in self.values:
            y += self.values["bias"][:, None, None, None]
        return y

    def backward(self, dy: Array) -> Array:
        if "bias" in self.slopes:
            dy.sum(axis=(1, 2, 3), out=self.slopes["bias"])
        (kh, kw), (_, h, w, n) = self.kernel, self.x.shape
        whole = self.memory.array("whole", self._whole())
        whole.fill(0)
        whole[:, *self._inside()] = dy
        laid = self.memory.array("laid", (self.filters * kh * kw, h * w * n))
        cells = laid.reshape(self.filters, kh, kw, h, w, n)
        for r, c in np.ndindex(kh, kw):
            cells[:, r, c] = whole[:, *self._cells(r, c)]
        slope = self.slopes["kernel"].reshape(self.matrix.shape)
        np.matmul(self.x.reshape(self.channels, -1), laid.T, out=slope)
        if self.first:
            return dy
        dx = self.memory.array("dx", self.x.shape)
        np.matmul(self.matrix, laid, out=dx.reshape(self.channels, -1))
        return dx

    def _whole(self) -> Shape:
        """The output before anything is cut off, with room for what ``valid`` adds."""
        (kh, kw), (sy, sx), (top, left) = self.kernel, self.strides, self.cut
        _, h, w, n = self.x.shape
        rows = max((h - 1) * sy + kh, top + self.size[0])
        return self.filters, rows, max((w - 1) * sx + kw, left + self.size[1]), n

    def _cells(self, r: int, c: int) -> tuple[slice, slice]:
        """Where one cell of the kernel is laid down, for all cells of the input."""
        (sy, sx), (_, h, w, _) = self.strides, self.x.shape
        return slice(r, r + (h - 1) * sy + 1, sy), slice(c, c + (w - 1) * sx + 1, sx)

    def _inside(self) -> tuple[slice, slice]:
        (top, left), (height, width) = self.cut, self.size
        return slice(top, top + height), slice(left, left + width)
