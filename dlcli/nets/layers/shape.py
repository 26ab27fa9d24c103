"""Layers that give the same numbers another shape, larger pictures, or another range."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError, pair
from dlcli.nets.layers.base import Arrays, Kind, Layer, Shape, Window, picture, positive


@dataclass(frozen=True, kw_only=True)
class Rescaling(Kind):
    """y = x scale + offset; 1/255 by default, for pixels of 0 to 255.
    As the first layer that changes numbers, by 1/16 or less, it takes such pixels as they are; before any
    other they are divided by 255.
    """

    kind: ClassVar[str] = "rescaling"
    keras: ClassVar[str] = "rescaling"

    scale: float = 1 / 255
    offset: float = 0.0

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Rescaled(np.array([self.scale]), np.array([self.offset]), dtype)


@dataclass(frozen=True, kw_only=True)
class Normalization(Kind):
    """y = (x − mean) / √variance of each feature, by numbers that are given; with ``invert`` back again."""

    kind: ClassVar[str] = "normalization"
    keras: ClassVar[str] = "normalization"

    mean: tuple[float, ...]
    variance: tuple[float, ...]
    invert: bool = False

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.variance) or not all(one > 0 for one in self.variance):
            raise EngineError(
                f"normalization has a mean and a variance above 0 for each feature; received {self.mean} and "
                f"{self.variance}"
            )

    def output(self, x: Shape) -> Shape:
        if len(self.mean) not in (1, x[-1]):
            raise EngineError(f"normalization has numbers for {len(self.mean)} features; received {x}")
        return x

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        deviation = np.sqrt(np.array(self.variance))
        mean = np.array(self.mean)
        if self.invert:
            return Rescaled(deviation, mean, dtype)
        return Rescaled(1 / deviation, -mean / deviation, dtype)


@dataclass(frozen=True, kw_only=True)
class Flatten(Kind):
    """All numbers of a picture in one row: row by row, the channels of a cell side by side."""

    kind: ClassVar[str] = "flatten"
    keras: ClassVar[str] = "flatten"
    counts_steps: ClassVar[bool] = True

    @property
    def looks_ahead(self) -> bool:
        return True  # steps become features

    def output(self, x: Shape) -> Shape:
        return (prod(x),)

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Reshaped(x, self.output(x), dtype)


@dataclass(frozen=True, kw_only=True)
class Reshape(Kind):
    """The same numbers, in the same order, as ``target_shape``."""

    kind: ClassVar[str] = "reshape"
    keras: ClassVar[str] = "reshape"
    counts_steps: ClassVar[bool] = True

    target_shape: tuple[int, ...]

    @property
    def looks_ahead(self) -> bool:
        return True  # steps become features

    def __post_init__(self) -> None:
        if len(self.target_shape) not in (1, 2, 3):
            raise EngineError(
                f"target_shape of reshape is (height, width, channel), (time, feature) or (feature,); "
                f"received {self.target_shape}"
            )
        for length in self.target_shape:
            positive(self, target_shape=length)

    def output(self, x: Shape) -> Shape:
        if prod(x) != prod(self.target_shape):
            raise EngineError(
                f"reshape to {self.target_shape} takes {prod(self.target_shape)} numbers; received {x}, "
                f"which holds {prod(x)}"
            )
        return self.target_shape

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Reshaped(x, self.target_shape, dtype)


@dataclass(frozen=True, kw_only=True)
class Upsampling(Kind):
    """Each cell becomes ``size`` cells of the same number."""

    kind: ClassVar[str] = "upsampling"
    keras: ClassVar[str] = "up_sampling2d"

    size: Any = 2

    def output(self, x: Shape) -> Shape:
        (down, across), (height, width, channels) = pair("size", self.size), picture(self, x)
        return height * down, width * across, channels

    def window(self, x: Shape) -> Window:
        down, across = pair("size", self.size)
        return (1, 1), (1 / down, 1 / across)

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Repeated(pair("size", self.size), dtype)


class Rescaled(Layer):
    """Rescaling at work, by one number or one for each channel: dx = dy scale."""

    def __init__(self, scale: Array, offset: Array, dtype: DType) -> None:
        super().__init__({}, {}, dtype)
        self.scale, self.offset = scale.astype(dtype), offset.astype(dtype)

    def forward(self, x: Array, training: bool) -> Array:
        self.wide = -1, *(1,) * (x.ndim - 1)
        y = np.multiply(x, self.scale.reshape(self.wide), out=self.memory.array("y", x.shape))
        y += self.offset.reshape(self.wide)
        return y

    def backward(self, dy: Array) -> Array:
        return np.multiply(dy, self.scale.reshape(self.wide), out=self.memory.array("dx", dy.shape))


class Reshaped(Layer):
    """Flatten and reshape at work: the gradient goes back into the shape that the input had."""

    def __init__(self, before: Shape, after: Shape, dtype: DType) -> None:
        super().__init__({}, {}, dtype)
        self.before, self.after = before, after

    def forward(self, x: Array, training: bool) -> Array:
        return self._shaped(x, self.before, self.after, "y")

    def mask_after(self) -> Array | None:
        return self.mask if self.before == self.after else None

    def backward(self, dy: Array) -> Array:
        return self._shaped(dy, self.after, self.before, "dx")

    def _shaped(self, x: Array, before: Shape, after: Shape, name: str) -> Array:
        n = x.shape[-1]
        if before == after:
            return x
        if all(len(shape) == 1 or shape[-1] == 1 for shape in (before, after)):  # one order alone
            return x.reshape(*after[-1:], *after[:-1], n)
        y = self.memory.array(name, (prod(after), n))
        if len(before) > 1:  # channels last, as Keras counts the numbers
            np.copyto(y.reshape(*before, n), np.moveaxis(x, 0, -2))
            if len(after) == 1:
                return y
            x = y
        if len(after) > 1:
            channels_first = self.memory.array(f"{name} first", (after[-1], *after[:-1], n))
            np.copyto(channels_first, np.moveaxis(x.reshape(*after, n), -2, 0))
            return channels_first
        return x


class Repeated(Layer):
    """Upsampling at work: the gradient of a cell is the sum over what it became."""

    def __init__(self, size: tuple[int, int], dtype: DType) -> None:
        super().__init__({}, {}, dtype)
        self.size = size

    def forward(self, x: Array, training: bool) -> Array:
        (down, across), (c, h, w, n) = self.size, x.shape
        y = self.memory.array("y", (c, h, down, w, across, n))
        y[...] = x[:, :, None, :, None]
        return y.reshape(c, h * down, w * across, n)

    def backward(self, dy: Array) -> Array:
        (down, across), (c, h, w, n) = self.size, dy.shape
        cells = dy.reshape(c, h // down, down, w // across, across, n)
        dx = self.memory.array("dx", (c, h // down, w // across, n))
        return cells.sum(axis=(2, 4), out=dx)
