"""Pooling layers over a batch that lies innermost: the largest number of each window, or the mean.

max:  y = max x over the window;   dx = dy where the largest stood (the first of equals, row by row)
avg:  y = Σ x / n over the window; dx = dy / n at each of its cells, n counting cells of the picture alone
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError, pair
from dlcli.engines.base.padding import Geometry, geometry
from dlcli.nets.layers.base import Arrays, Kind, Layer, Shape, Window, picture, sequence


@dataclass(frozen=True, kw_only=True)
class Pool(Kind):
    """Windows of ``pool_size`` cells, ``strides`` apart (their own size where that is not said)."""

    pool_size: Any = 2
    strides: Any = None
    padding: Any = "valid"

    def where(self, x: Shape) -> Geometry:
        """Where the window stands for each output cell."""
        height, width, _ = picture(self, x)
        size = pair("pool_size", self.pool_size)
        where = geometry(
            (height, width), size, stride=self.strides or size, padding=self.padding, window="window"
        )
        if any(max(pads) >= length for pads, length in zip(where.pads, size, strict=True)):
            raise EngineError(
                f"a window of {self.kind} sees more than its frame: pool_size {size} with a padding of "
                f"{where.pads}; try a smaller padding"
            )
        return where

    def output(self, x: Shape) -> Shape:
        return (*self.where(x).out_size, x[2])

    def window(self, x: Shape) -> Window:
        where = self.where(x)
        return where.kernel, where.stride


@dataclass(frozen=True, kw_only=True)
class MaxPool(Pool):
    """The largest number of each window."""

    kind: ClassVar[str] = "maxpool"
    keras: ClassVar[str] = "max_pooling2d"

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Largest(self.where(x), dtype)


@dataclass(frozen=True, kw_only=True)
class AvgPool(Pool):
    """The mean of each window; what lies in the frame is not counted."""

    kind: ClassVar[str] = "avgpool"
    keras: ClassVar[str] = "average_pooling2d"

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Mean(self.where(x), dtype)


@dataclass(frozen=True, kw_only=True)
class GlobalAvg(Kind):
    """The mean of each channel: pictures, and the steps of sequences that there are, become features."""

    kind: ClassVar[str] = "global-avgpool"
    keras: ClassVar[str] = "global_average_pooling2d"

    @property
    def looks_ahead(self) -> bool:
        return True

    def output(self, x: Shape) -> Shape:
        return (sequence(self, x)[1],) if len(x) == 2 else (picture(self, x)[2],)

    def window(self, x: Shape) -> None:
        return None

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return WholeMean(values, slopes, dtype)


class Windows(Layer):
    """What both kinds share: where the windows stand in the framed picture."""

    def __init__(self, where: Geometry, dtype: DType) -> None:
        super().__init__({}, {}, dtype)
        self.where = where
        self.cells = list(np.ndindex(where.kernel))

    def framed(self, x: Array, value: float) -> Array:
        """The picture with its frame."""
        (top, bottom), (left, right) = self.where.pads
        if not (top or bottom or left or right):
            return x
        c, h, w, n = x.shape
        framed = self.memory.array("framed", (c, top + h + bottom, left + w + right, n))
        framed.fill(value)
        framed[:, top : top + h, left : left + w] = x
        return framed

    def view(self, framed: Array, cell: tuple[int, int]) -> Array:
        """The number in the same cell of all windows."""
        return framed[:, *self.where.seen(*cell, *self.where.out_size)]

    def spread_of(self, n: int, channels: int) -> Array:
        """An empty gradient of the framed picture."""
        (top, bottom), (left, right) = self.where.pads
        (h, w) = self.where.in_size
        spread = self.memory.array("spread", (channels, top + h + bottom, left + w + right, n))
        spread.fill(0)
        return spread

    def unframed(self, spread: Array) -> Array:
        """The gradient of the picture alone."""
        (top, _), (left, _) = self.where.pads
        (h, w) = self.where.in_size
        if spread.shape[1:3] == (h, w):
            return spread
        dx = self.memory.array("dx", (len(spread), h, w, spread.shape[3]))
        dx[...] = spread[:, top : top + h, left : left + w]
        return dx


class Largest(Windows):
    """Max pooling at work: cell after cell of the window, the best so far of all windows at once."""

    def forward(self, x: Array, training: bool) -> Array:
        framed = self.framed(x, -np.inf)
        c, n = x.shape[0], x.shape[3]
        y = self.memory.array("y", (c, *self.where.out_size, n))
        best = self.memory.array("winner", y.shape, np.uint8 if len(self.cells) < 256 else np.int32)
        better = self.memory.array("better", y.shape, bool)
        np.copyto(y, self.view(framed, self.cells[0]))
        best.fill(0)
        for place, cell in enumerate(self.cells[1:], start=1):
            seen = self.view(framed, cell)
            if training:
                np.greater(seen, y, out=better)
                np.copyto(best, place, where=better, casting="unsafe")
            np.maximum(y, seen, out=y)
        self.winner = best
        return y

    def backward(self, dy: Array) -> Array:
        spread = self.spread_of(dy.shape[3], dy.shape[0])
        won = self.memory.array("better", dy.shape, bool)
        part = self.memory.array("part", dy.shape)
        for place, cell in enumerate(self.cells):
            np.equal(self.winner, place, out=won)
            into = self.view(spread, cell)
            into += np.multiply(dy, won, out=part)
        return self.unframed(spread)


class Mean(Windows):
    """Average pooling at work."""

    def __init__(self, where: Geometry, dtype: DType) -> None:
        super().__init__(where, dtype)
        (top, bottom), (left, right) = where.pads
        inside = np.pad(
            np.ones((1, *where.in_size, 1), dtype), ((0, 0), (top, bottom), (left, right), (0, 0))
        )
        self.share = 1 / sum(self.view(inside, cell) for cell in self.cells)  # (1, rows, columns, 1)

    def forward(self, x: Array, training: bool) -> Array:
        framed = self.framed(x, 0)
        y = self.memory.array("y", (x.shape[0], *self.where.out_size, x.shape[3]))
        y.fill(0)
        for cell in self.cells:
            y += self.view(framed, cell)
        y *= self.share
        return y

    def backward(self, dy: Array) -> Array:
        spread = self.spread_of(dy.shape[3], dy.shape[0])
        part = np.multiply(dy, self.share, out=self.memory.array("part", dy.shape))
        for cell in self.cells:
            into = self.view(spread, cell)
            into += part
        return self.unframed(spread)


class WholeMean(Layer):
    """The mean of each channel at work; of a sequence, over the steps that there are."""

    def forward(self, x: Array, training: bool) -> Array:
        self.shape = x.shape
        y = self.memory.array("y", (x.shape[0], x.shape[-1]))
        if self.mask is None:
            return x.mean(axis=tuple(range(1, x.ndim - 1)), out=y)
        self.there = self.mask / np.maximum(self.mask.sum(axis=0), 1).astype(self.dtype)
        return np.sum(x * self.there, axis=1, out=y)

    def backward(self, dy: Array) -> Array:
        dx = self.memory.array("dx", self.shape)
        wide = dy.reshape(len(dy), *(1,) * (len(self.shape) - 2), -1)
        if self.mask is None:
            dx[...] = wide / prod(self.shape[1:-1])
        else:
            np.multiply(wide, self.there, out=dx)
        return dx
