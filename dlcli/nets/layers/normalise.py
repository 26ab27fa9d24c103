"""Normalisation: what comes in gets mean 0 and variance 1, then a gain and a shift that are learnt.

    n = (x − mean) / √(var + ε),  y = gamma n + beta
    with g = gamma dy:  dx = (g − mean(g) − n mean(g n)) / √(var + ε);  dgamma = Σ dy n;  dbeta = Σ dy

Batch normalisation takes mean and variance of each channel over all cells of all pictures of a batch, and
keeps moving ones for when there is no batch, where dx = g / √(var + ε); layer normalisation takes those of
each cell over its channels.

Sources: Ioffe and Szegedy, Batch normalization, 2015; Ba, Kiros and Hinton, Layer normalization, 2016.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError
from dlcli.nets.layers.base import Arrays, Kind, Layer, Shape, Weight, Window, flat, row_sums


@dataclass(frozen=True, kw_only=True)
class BatchNorm(Kind):
    """Per channel, over the batch; ``momentum`` is the share of the moving mean that each batch leaves."""

    kind: ClassVar[str] = "batchnorm"
    keras: ClassVar[str] = "batch_normalization"

    momentum: float = 0.99
    epsilon: float = 0.001
    activation: str = "linear"

    def __post_init__(self) -> None:
        _checked(self, self.epsilon)
        if not 0 <= self.momentum < 1:
            raise EngineError(f"momentum of batchnorm is from 0 to below 1; received {self.momentum!r}")

    def weights(self, x: Shape) -> dict[str, Weight]:
        one = (x[-1],)
        return {
            "gamma": Weight(one, "ones", (0,)),
            "beta": Weight(one, "zeros", (0,)),
            "moving_mean": Weight(one, "zeros", (0,), trained=False),
            "moving_variance": Weight(one, "ones", (0,), trained=False),
        }

    def multiply_adds(self, x: Shape) -> int:
        return prod(x)

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return OverBatch(self, values, slopes, dtype)


@dataclass(frozen=True, kw_only=True)
class LayerNorm(Kind):
    """Per cell, over its channels."""

    kind: ClassVar[str] = "layernorm"
    keras: ClassVar[str] = "layer_normalization"

    epsilon: float = 0.001
    activation: str = "linear"

    def __post_init__(self) -> None:
        _checked(self, self.epsilon)

    def weights(self, x: Shape) -> dict[str, Weight]:
        one = (x[-1],)
        return {"gamma": Weight(one, "ones", (0,)), "beta": Weight(one, "zeros", (0,))}

    def window(self, x: Shape) -> Window | None:
        return None if len(x) == 1 else super().window(x)

    def multiply_adds(self, x: Shape) -> int:
        return 2 * prod(x)

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return OverChannels(self.epsilon, values, slopes, dtype)


def _checked(kind: Kind, epsilon: float) -> None:
    if not epsilon > 0:
        raise EngineError(f"epsilon of {kind.kind} is above 0; received {epsilon!r}")


class OverBatch(Layer):
    """Batch normalisation at work; of sequences, mean and variance are those of the steps that there are."""

    def __init__(self, kind: BatchNorm, values: Arrays, slopes: Arrays, dtype: DType) -> None:
        super().__init__(values, slopes, dtype)
        self.epsilon, self.momentum = dtype.type(kind.epsilon), dtype.type(kind.momentum)
        #: Those over which mean and variance were taken; none where these were given.
        self.axes: tuple[int, ...] = ()

    def forward(self, x: Array, training: bool) -> Array:
        self.axes = tuple(range(1, x.ndim)) if training else ()
        names = ("moving_mean", "moving_variance")
        if training:
            where: dict[str, Any] = {} if self.mask is None else {"where": self.mask}
            mean = x.mean(axis=self.axes, keepdims=True, **where)
            variance = x.var(axis=self.axes, keepdims=True, **where)
            for name, found in zip(names, (mean, variance), strict=True):
                moving = self.values[name]
                moving += (1 - self.momentum) * (found.reshape(-1) - moving)
        else:
            mean, variance = (self.values[name].reshape(-1, *(1,) * (x.ndim - 1)) for name in names)
        self.deviation = np.sqrt(variance + self.epsilon)
        self.n = np.subtract(x, mean, out=self.memory.array("n", x.shape))
        self.n /= self.deviation
        y = np.multiply(self.n, self._wide("gamma"), out=self.memory.array("y", x.shape))
        y += self._wide("beta")
        return y

    def backward(self, dy: Array) -> Array:
        per_channel = tuple(range(1, dy.ndim))
        np.sum(dy * self.n, axis=per_channel, out=self.slopes["gamma"])
        np.sum(dy, axis=per_channel, out=self.slopes["beta"])
        g = dy * self._wide("gamma")
        if not self.axes:  # mean and variance came from elsewhere: they do not depend on x
            return np.divide(g, self.deviation, out=g)
        along = (g * self.n).mean(axis=self.axes, keepdims=True)
        mean = g.mean(axis=self.axes, keepdims=True)
        if self.mask is not None:  # means over all steps become sums over the number of those that there are
            share = self.mask * (self.mask.size / self.mask.sum()).astype(self.dtype)
            mean, along = mean * share, along * share
        g -= mean
        g -= self.n * along
        g /= self.deviation
        return g

    def _wide(self, name: str) -> Array:
        return self.values[name].reshape(-1, *(1,) * (self.n.ndim - 1))


class OverChannels(Layer):
    """Layer normalisation at work: the means over channels are products with a row of weights."""

    def __init__(self, epsilon: float, values: Arrays, slopes: Arrays, dtype: DType) -> None:
        super().__init__(values, slopes, dtype)
        self.epsilon = dtype.type(epsilon)
        channels = len(values["gamma"])
        self.share = np.full(channels, 1 / channels, dtype)

    def forward(self, x: Array, training: bool) -> Array:
        rows, memory, share = flat(x), self.memory, self.share
        n = self.n = np.subtract(rows, share @ rows, out=memory.array("n", rows.shape))
        y = memory.array("y", x.shape).reshape(n.shape)
        np.multiply(n, n, out=y)
        self.inverse = 1 / np.sqrt(share @ y + self.epsilon)
        n *= self.inverse
        np.multiply(n, self.values["gamma"][:, None], out=y)
        y += self.values["beta"][:, None]
        return y.reshape(x.shape)

    def backward(self, dy: Array) -> Array:
        rows, n, memory = flat(dy), self.n, self.memory
        gamma = self.values["gamma"]
        share = gamma / self.dtype.type(len(gamma))
        along = np.multiply(rows, n, out=memory.array("work", n.shape))
        row_sums(along, self.slopes["gamma"], memory)
        row_sums(rows, self.slopes["beta"], memory)
        dx = np.multiply(n, share @ along, out=along)
        dx += share @ rows
        np.subtract(np.multiply(rows, gamma[:, None], out=memory.array("g", n.shape)), dx, out=dx)
        dx *= self.inverse
        return dx.reshape(dy.shape)
