"""A residual: the output of an earlier layer is added.

y = x + x₀; the gradient goes both ways, dx = dx₀ = dy.

Source: He et al., Deep residual learning for image recognition, 2016, equation 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError
from dlcli.nets.layers.base import Arrays, Kind, Layer, Shape


@dataclass(frozen=True, kw_only=True)
class Add(Kind):
    """What comes in, and the output of the layer that is named ``source``."""

    kind: ClassVar[str] = "add"
    keras: ClassVar[str] = "add"

    source: str
    activation: str = "linear"

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.source,)

    def check_sources(self, x: Shape, others: tuple[Shape, ...]) -> None:
        if others[0] != x:
            raise EngineError(
                f"add takes two of one shape: {x} comes in, {self.source} gives {others[0]}; "
                'padding = "same" keeps the size, a conv of kernel_size 1 changes the channels'
            )

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Sum(values, slopes, dtype)


class Sum(Layer):
    """The addition at work; the net gives it the output of the other layer."""

    def forward(self, x: Array, training: bool) -> Array:
        return np.add(x, self.others[0], out=self.memory.array("y", x.shape))

    def backward(self, dy: Array) -> Array:
        self.to_others = (dy,)
        return dy
