"""Layers that are at work in training alone: dropout and noise.

    dropout:  y = m x / (1 − rate), m = [u ≥ rate], u ~ U[0, 1);   dx = m dy / (1 − rate)
    noise:    y = x + N(0, stddev²), kept from ``low`` to ``high`` where these are given;  dx = dy inside them

Sources: Srivastava et al., Dropout, 2014; Vincent et al., Extracting and composing robust features with
denoising autoencoders, 2008.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError
from dlcli.engines.tensors.dropout import draw_mask, scaling
from dlcli.nets.layers.base import Arrays, Kind, Layer, Shape


@dataclass(frozen=True, kw_only=True)
class Dropout(Kind):
    """Each number becomes 0 with probability ``rate``; the others grow so that the mean stays."""

    kind: ClassVar[str] = "dropout"
    keras: ClassVar[str] = "dropout"

    rate: float

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise EngineError(f"rate of dropout is from 0 to below 1; received {self.rate!r}")

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Dropped(self.rate, dtype)


@dataclass(frozen=True, kw_only=True)
class Noise(Kind):
    """Normal noise of deviation ``stddev`` on every number."""

    kind: ClassVar[str] = "noise"
    keras: ClassVar[str] = "gaussian_noise"

    stddev: float
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        if not self.stddev >= 0:
            raise EngineError(f"stddev of noise is from 0 on; received {self.stddev!r}")
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise EngineError(f"low of noise is below high; received {self.low!r} and {self.high!r}")

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Noisy(self, dtype)


class Dropped(Layer):
    """Dropout at work."""

    def __init__(self, rate: float, dtype: DType) -> None:
        super().__init__({}, {}, dtype)
        self.rate = rate
        self.kept = np.empty(0)

    def forward(self, x: Array, training: bool) -> Array:
        if self.generator is None:
            return x
        self.kept = draw_mask(x.shape, self.rate, self.generator) * self.dtype.type(scaling(self.rate))
        return np.multiply(x, self.kept, out=self.memory.array("y", x.shape))

    def backward(self, dy: Array) -> Array:
        if self.generator is None:
            return dy
        return np.multiply(dy, self.kept, out=self.memory.array("dx", dy.shape))


class Noisy(Layer):
    """Noise at work."""

    def __init__(self, kind: Noise, dtype: DType) -> None:
        super().__init__({}, {}, dtype)
        self.kind = kind
        self.noisy: Array = np.empty(0)

    def forward(self, x: Array, training: bool) -> Array:
        if self.generator is None:
            return x
        y = self.noisy = self.memory.array("noisy", x.shape)
        self.generator.standard_normal(dtype=np.float64 if self.dtype.itemsize > 4 else np.float32, out=y)
        y *= self.dtype.type(self.kind.stddev)
        y += x
        low, high = self.kind.low, self.kind.high
        if low is None and high is None:
            return y
        return np.clip(y, low, high, out=self.memory.array("y", x.shape))

    def backward(self, dy: Array) -> Array:
        low, high = self.kind.low, self.kind.high
        if self.generator is None or (low is None and high is None):
            return dy
        inside = np.clip(self.noisy, low, high) == self.noisy
        return np.multiply(dy, inside, out=self.memory.array("dx", dy.shape))
