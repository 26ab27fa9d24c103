"""A dense layer over a batch that lies innermost: y[o, n] = Σ w[o, i] x[i, n] + b[o].

Of sequences each step is one of the n, as with Keras' Dense and PyTorch's Linear.

Its gradients, by the same sum: dw = dy xᵀ, db = Σ dy over the batch, dx = wᵀ dy.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError
from dlcli.nets.layers.base import Arrays, Kind, Layer, Shape, Weight, Window, flat, positive, row_sums


@dataclass(frozen=True, kw_only=True)
class Dense(Kind):
    """``units`` weighted sums of all features."""

    kind: ClassVar[str] = "dense"
    keras: ClassVar[str] = "dense"

    units: int
    activation: str = "linear"
    use_bias: bool = True
    kernel_initializer: str = ""
    bias_initializer: str = ""

    def __post_init__(self) -> None:
        positive(self, units=self.units)

    def output(self, x: Shape) -> Shape:
        if len(x) not in (1, 2):
            raise EngineError(
                f"dense takes (feature,) or (time, feature); received {x}; put a flatten before it"
            )
        return (*x[:-1], self.units)

    def weights(self, x: Shape) -> dict[str, Weight]:
        fans = x[-1], self.units
        kernel = Weight((x[-1], self.units), self.kernel_initializer, (1, 0), fans)
        bias = Weight((self.units,), self.bias_initializer, (0,), fans)
        return {"kernel": kernel} | ({"bias": bias} if self.use_bias else {})

    def multiply_adds(self, x: Shape) -> int:
        return prod(x) * self.units

    def window(self, x: Shape) -> Window | None:
        return None if len(x) == 1 else super().window(x)

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return DenseLayer(values, slopes, dtype)


class DenseLayer(Layer):
    """The layer at work."""

    def forward(self, x: Array, training: bool) -> Array:
        kernel = self.values["kernel"]
        self.x = x
        y = self.memory.array("y", (len(kernel), *x.shape[1:]))
        np.matmul(kernel, flat(x), out=flat(y))
        if "bias" in self.values:
            rows = flat(y)
            rows += self.values["bias"][:, None]
        return y

    def backward(self, dy: Array) -> Array:
        rows = flat(dy)
        np.matmul(rows, flat(self.x).T, out=self.slopes["kernel"])
        if "bias" in self.slopes:
            row_sums(rows, self.slopes["bias"], self.memory)
        if self.first:
            return dy
        dx = self.memory.array("dx", self.x.shape)
        np.matmul(self.values["kernel"].T, rows, out=flat(dx))
        return dx
