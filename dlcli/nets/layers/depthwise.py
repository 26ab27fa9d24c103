"""Convolutions that treat channels apart: each with kernels of its own, and then, if wanted, a mix of all.

    depthwise:  y[k·m + q, i, j] = Σ w[r, c, k, q] x[k, i·s + r·d, j·s + c·d] over r, c, for q < m
    separable:  the same without a bias, then a kernel of one cell over all channels

Source: Chollet, Xception: deep learning with depthwise separable convolutions, 2017.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, DType, pair
from dlcli.engines.base.padding import Geometry, geometry
from dlcli.nets.layers.base import Arrays, Kind, Layer, Shape, Weight, Window, picture, positive
from dlcli.nets.layers.convolution import Convolution


@dataclass(frozen=True, kw_only=True)
class Apart(Kind):
    """What both have: kernels that see one channel each, ``depth_multiplier`` of them a channel."""

    kernel_size: Any = 3
    strides: Any = 1
    padding: Any = "valid"
    dilation_rate: Any = 1
    depth_multiplier: int = 1
    activation: str = "linear"
    use_bias: bool = True
    depthwise_initializer: str = ""
    bias_initializer: str = ""

    def __post_init__(self) -> None:
        positive(self, depth_multiplier=self.depth_multiplier)
        pair("kernel_size", self.kernel_size)

    def where(self, x: Shape) -> Geometry:
        """Where the kernel stands for each output cell."""
        height, width, _ = picture(self, x)
        return geometry(
            (height, width), pair("kernel_size", self.kernel_size), stride=self.strides, padding=self.padding,
            dilation=self.dilation_rate,
        )  # fmt: skip

    def window(self, x: Shape) -> Window:
        where = self.where(x)
        return where.span, where.stride

    def kernels(self, x: Shape) -> Weight:
        """The kernels: (rows, columns, channel, one of its kernels)."""
        size = pair("kernel_size", self.kernel_size)
        fans = prod(size) * x[2], prod(size) * self.depth_multiplier
        shape = (*size, x[2], self.depth_multiplier)
        return Weight(shape, self.depthwise_initializer, (2, 3, 0, 1), fans, apart=prod(size))


@dataclass(frozen=True, kw_only=True)
class DepthwiseConv(Apart):
    """Each channel has kernels of its own."""

    kind: ClassVar[str] = "depthwise-conv"
    keras: ClassVar[str] = "depthwise_conv2d"

    def output(self, x: Shape) -> Shape:
        return (*self.where(x).out_size, x[2] * self.depth_multiplier)

    def weights(self, x: Shape) -> dict[str, Weight]:
        kernel = self.kernels(x)
        bias = Weight(
            (x[2] * self.depth_multiplier,), self.bias_initializer, (0,), kernel.fans, apart=kernel.apart
        )
        return {"kernel": kernel} | ({"bias": bias} if self.use_bias else {})

    def multiply_adds(self, x: Shape) -> int:
        return prod(self.output(x)) * prod(pair("kernel_size", self.kernel_size))

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Depthwise(self.where(x), values, slopes, dtype)


@dataclass(frozen=True, kw_only=True)
class SeparableConv(Apart):
    """Kernels on each channel apart, then ``filters`` sums over all channels of a cell."""

    kind: ClassVar[str] = "separable-conv"
    keras: ClassVar[str] = "separable_conv2d"

    filters: int
    pointwise_initializer: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        positive(self, filters=self.filters)

    def output(self, x: Shape) -> Shape:
        return (*self.where(x).out_size, self.filters)

    def weights(self, x: Shape) -> dict[str, Weight]:
        depth = x[2] * self.depth_multiplier
        fans = depth, self.filters
        mixed = Weight((1, 1, depth, self.filters), self.pointwise_initializer, (3, 2, 0, 1), fans)
        bias = Weight((self.filters,), self.bias_initializer, (0,), fans)
        kernels = {"depthwise_kernel": self.kernels(x), "pointwise_kernel": mixed}
        return kernels | ({"bias": bias} if self.use_bias else {})

    def multiply_adds(self, x: Shape) -> int:
        cells, depth = prod(self.where(x).out_size), x[2] * self.depth_multiplier
        return cells * depth * (prod(pair("kernel_size", self.kernel_size)) + self.filters)

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Separable(self.where(x), values, slopes, dtype)


class Depthwise(Convolution):
    """Depthwise convolution at work: products of whole planes, kernel cell by kernel cell."""

    def __init__(self, where: Geometry, values: Arrays, slopes: Arrays, dtype: DType) -> None:
        channels = len(values["kernel"])
        super().__init__(where, channels, channels, values, slopes, dtype)
        self.multiplier = values["kernel"].shape[1]
        self.filters = channels * self.multiplier

    def forward(self, x: Array, training: bool) -> Array:
        rows, width = self.where.out_size
        self.seen = framed = self.frame(x)
        y = self.memory.array("y", (self.channels, self.multiplier, rows, width, x.shape[3]))
        part = self.memory.array("part", y.shape)
        y.fill(0)
        for r, c in np.ndindex(self.where.kernel):
            seen = framed[:, *self.where.seen(r, c, rows, width)]
            y += np.multiply(seen[:, None], self._weight("kernel", r, c), out=part)
        y = y.reshape(self.filters, rows, width, -1)
        if "bias" in self.values:
            y += self.values["bias"][:, None, None, None]
        return y

    def backward(self, dy: Array) -> Array:
        rows, width = self.where.out_size
        if "bias" in self.slopes:
            dy.sum(axis=(1, 2, 3), out=self.slopes["bias"])
        dy = dy.reshape(self.channels, self.multiplier, rows, width, -1)
        spread = self.memory.array("spread", self.seen.shape)
        spread.fill(0)
        for r, c in np.ndindex(self.where.kernel):
            window = self.where.seen(r, c, rows, width)
            self.slopes["kernel"][:, :, r, c] = np.einsum("kijn,kqijn->kq", self.seen[:, *window], dy)
            spread[:, *window] += (dy * self._weight("kernel", r, c)).sum(axis=1)
        return self.unframed(spread)

    def _weight(self, name: str, r: int, c: int) -> Array:
        return self.values[name][:, :, r, c, None, None, None]


class Separable(Layer):
    """Separable convolution at work: a depthwise one, then one of single cells."""

    def __init__(self, where: Geometry, values: Arrays, slopes: Arrays, dtype: DType) -> None:
        super().__init__(values, slopes, dtype)
        self.apart = Depthwise(
            where, {"kernel": values["depthwise_kernel"]}, {"kernel": slopes["depthwise_kernel"]}, dtype
        )
        self.mix = Convolution(
            geometry(where.out_size, (1, 1)), self.apart.filters, 1, _of_mix(values), _of_mix(slopes), dtype
        )

    def forward(self, x: Array, training: bool) -> Array:
        return self.mix.forward(self.apart.forward(x, training), training)

    def backward(self, dy: Array) -> Array:
        return self.apart.backward(self.mix.backward(dy))


def _of_mix(arrays: Mapping[str, Array]) -> dict[str, Array]:
    bias = {"bias": arrays["bias"]} if "bias" in arrays else {}
    return {"kernel": arrays["pointwise_kernel"], **bias}
