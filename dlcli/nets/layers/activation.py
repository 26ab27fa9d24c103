"""Activations as layers, and as the last thing that another layer does.

y = f(x), dx = dy f'(x): f and f' stand side by side in ``engines/tensors/activations.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, DType
from dlcli.engines.tensors.activations import ACTIVATIONS
from dlcli.nets.layers.base import Arrays, Kind, Layer, Shape, Weight, Window, one_of

#: Functions of one number; a prelu learns, and is a layer.
FUNCTIONS = tuple(name for name in ACTIVATIONS if name != "prelu")

#: What an attribute ``activation`` may be.
NAMES = (*FUNCTIONS, "softmax")


@dataclass(frozen=True, kw_only=True)
class Activation(Kind):
    """One function on every number, or ``softmax`` over the channels."""

    kind: ClassVar[str] = "activation"
    keras: ClassVar[str] = "activation"

    function: str

    def __post_init__(self) -> None:
        one_of(self, "function", self.function, NAMES)

    def window(self, x: Shape) -> Window | None:
        return None if self.function == "softmax" and len(x) == 1 else super().window(x)

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return activation_layer(self.function, dtype)


@dataclass(frozen=True, kw_only=True)
class Prelu(Kind):
    """y = x where x > 0, else alpha x; each channel learns its alpha.

    Source: He et al., Delving deep into rectifiers, 2015, equation 1.
    """

    kind: ClassVar[str] = "prelu"
    keras: ClassVar[str] = "p_re_lu"

    alpha_initializer: str = "quarters"

    def weights(self, x: Shape) -> dict[str, Weight]:
        return {"alpha": Weight((x[-1],), self.alpha_initializer, (0,))}

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return LearntSlope(values, slopes, dtype)


def activation_layer(name: str, dtype: DType) -> Layer:
    """The layer at work that computes an activation by its name."""
    if name == "softmax":
        return Softmax({}, {}, dtype)
    return Relu({}, {}, dtype) if name == "relu" else Elementwise(name, dtype)


class Relu(Layer):
    """y = max(0, x); dx = dy where y > 0, else 0. Who needs neither x nor dy any more sets ``in_place``."""

    in_place = False

    def forward(self, x: Array, training: bool) -> Array:
        self.y = np.maximum(x, 0, out=x if self.in_place else self.memory.array("y", x.shape))
        return self.y

    def backward(self, dy: Array) -> Array:
        above = np.greater(self.y, 0, out=self.memory.array("above", dy.shape, bool))
        return np.multiply(dy, above, out=dy if self.in_place else self.memory.array("dx", dy.shape))


class Elementwise(Layer):
    """Any activation at work, by its function and its derivative."""

    def __init__(self, name: str, dtype: DType) -> None:
        super().__init__({}, {}, dtype)
        self.activation = ACTIVATIONS[name]

    def forward(self, x: Array, training: bool) -> Array:
        self.x = x
        return self.activation.function(x)

    def backward(self, dy: Array) -> Array:
        return np.multiply(dy, self.activation.derivative(self.x), out=self.memory.array("dx", dy.shape))


class LearntSlope(Layer):
    """Prelu at work: dx = dy where x > 0, else dy alpha; dalpha = Σ dy x where x ≤ 0."""

    def forward(self, x: Array, training: bool) -> Array:
        self.x = x
        self.alpha = self.values["alpha"].reshape(-1, *(1,) * (x.ndim - 1))
        return np.where(x > 0, x, x * self.alpha)

    def backward(self, dy: Array) -> Array:
        below = np.minimum(self.x, 0)
        np.sum(dy * below, axis=tuple(range(1, dy.ndim)), out=self.slopes["alpha"])
        return np.where(self.x > 0, dy, dy * self.alpha)


class Softmax(Layer):
    """y = exp(x) / Σ exp(x) over the channels; dx = y (dy − Σ dy y)."""

    def forward(self, x: Array, training: bool) -> Array:
        y = np.exp(x - x.max(axis=0))
        y /= y.sum(axis=0)
        self.y = y
        return y

    def backward(self, dy: Array) -> Array:
        return self.y * (dy - (dy * self.y).sum(axis=0))
