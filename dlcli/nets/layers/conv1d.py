"""A convolution over time: one over pictures of a single row.

    y[o, t, n] = Σ w[o, k, c] x[k, t·s + c·d, n] + b[o]      over features k and steps c of the kernel

With ``causal`` padding a step sees none after it. Steps that are not there are zeros or what fills them up: a
mask goes no farther where the number of steps changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError
from dlcli.engines.base.padding import Geometry, geometry
from dlcli.nets.layers.base import Arrays, Kind, Layer, Shape, Weight, Window, positive, sequence
from dlcli.nets.layers.convolution import Convolution

#: Zeros before the first step alone.
CAUSAL = "causal"


@dataclass(frozen=True, kw_only=True)
class Conv1D(Kind):
    """``filters`` kernels of ``kernel_size`` steps slide over the sequence."""

    kind: ClassVar[str] = "conv1d"
    keras: ClassVar[str] = "conv1d"

    filters: int
    kernel_size: int = 3
    strides: int = 1
    padding: Any = "valid"
    dilation_rate: int = 1
    groups: int = 1
    activation: str = "linear"
    use_bias: bool = True
    kernel_initializer: str = ""
    bias_initializer: str = ""

    def __post_init__(self) -> None:
        positive(
            self, filters=self.filters, kernel_size=self.kernel_size, strides=self.strides,
            dilation_rate=self.dilation_rate, groups=self.groups,
        )  # fmt: skip

    @property
    def looks_ahead(self) -> bool:
        return self.padding != CAUSAL and self.kernel_size > 1

    def where(self, x: Shape) -> Geometry:
        """Where the kernel stands for each step of the output; ``EngineError`` where it does not fit."""
        time, features = sequence(self, x)
        if features % self.groups or self.filters % self.groups:
            raise EngineError(
                f"{self.groups} groups do not divide {features} features and {self.filters} filters evenly; "
                "try groups=1"
            )
        padding = self.padding
        if padding == CAUSAL:
            padding = ((0, 0), ((self.kernel_size - 1) * self.dilation_rate, 0))
        elif isinstance(padding, int):
            padding = ((0, 0), (padding, padding))
        span = (self.kernel_size - 1) * self.dilation_rate + 1
        room = time + (2 * self.padding if isinstance(self.padding, int) else 0)
        if span > room and (padding == "valid" or isinstance(self.padding, int)):
            dilated = f" (dilation makes it span {span})" * (self.dilation_rate > 1)
            raise EngineError(
                f"the kernel is longer than the sequence: kernel_size {self.kernel_size}{dilated}, {room} "
                "steps with their padding; try a smaller kernel or padding='same'"
            )
        return geometry(
            (1, time), (1, self.kernel_size), stride=(1, self.strides), dilation=(1, self.dilation_rate),
            padding=padding,
        )  # fmt: skip

    def output(self, x: Shape) -> Shape:
        return self.where(x).out_size[1], self.filters

    def weights(self, x: Shape) -> dict[str, Weight]:
        depth = sequence(self, x)[1] // self.groups
        size = self.kernel_size
        fans = size * depth, size * self.filters
        kernel = Weight((size, depth, self.filters), self.kernel_initializer, (2, 1, 0), fans)
        bias = Weight((self.filters,), self.bias_initializer, (0,), fans)
        return {"kernel": kernel} | ({"bias": bias} if self.use_bias else {})

    def multiply_adds(self, x: Shape) -> int:
        time, filters = self.output(x)
        return time * filters * self.kernel_size * (x[1] // self.groups)

    def window(self, x: Shape) -> Window | None:
        where = self.where(x)
        return (where.span[1], 1), (where.stride[1], 1)

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return OverTime(self, x[1], values, slopes, dtype)


class OverTime(Layer):
    """The layer at work, on sequences of any length.

    One that goes on keeps the steps that its kernel still sees.
    """

    def __init__(self, kind: Conv1D, features: int, values: Arrays, slopes: Arrays, dtype: DType) -> None:
        super().__init__(values, slopes, dtype)
        self.kind, self.features = kind, features
        row = {name: one[:, :, None] if name == "kernel" else one for name, one in values.items()}
        into = {name: one[:, :, None] if name == "kernel" else one for name, one in slopes.items()}
        self.rows = row, into
        self.made: dict[int, Convolution] = {}
        self.now: Convolution | None = None

    def _for(self, time: int) -> Convolution:
        """The convolution of sequences of so many steps."""
        if time not in self.made:
            where = self.kind.where((time, self.features))
            self.made[time] = Convolution(where, self.features, self.kind.groups, *self.rows, self.dtype)
        return self.made[time]

    def forward(self, x: Array, training: bool) -> Array:
        skipped = 0
        if self.carries:
            if self.kind.padding != CAUSAL or self.kind.strides != 1:
                raise EngineError('a convolution that goes on has padding = "causal" and strides of 1')
            x, skipped = self._with_earlier(x)
        self.now = self._for(x.shape[1])
        y = self.now.forward(np.ascontiguousarray(x)[:, None], training)[:, 0]
        return y[:, skipped:] if skipped else y

    def _with_earlier(self, x: Array) -> tuple[Array, int]:
        """The steps that the kernel sees before these, and these; how many of the former there are."""
        earlier = self.state.get("steps", x[:, :0])
        together = np.concatenate([earlier, x], axis=1)
        most = (self.kind.kernel_size - 1) * self.kind.dilation_rate
        self.state["steps"] = together[:, together.shape[1] - min(most, together.shape[1]) :].copy()
        return together, earlier.shape[1]

    def mask_after(self) -> Array | None:
        assert self.now is not None
        kept = self.mask is not None and self.now.where.out_size[1] == len(self.mask)
        return self.mask if kept else None

    def backward(self, dy: Array) -> Array:
        assert self.now is not None
        self.now.first = self.first
        dx = self.now.backward(np.ascontiguousarray(dy)[:, None])
        return dy if self.first else dx[:, 0]
