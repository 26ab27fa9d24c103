"""The order of a picture's numbers in a row: channels last, as in Keras and here, or channels first.

Between a flatten and the next dense layer each feature is one number of a picture, and so it is between a
dense layer and a reshape to pictures. Weights that have a number for each such feature change places where
the other order is meant; all others are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.nets.layers.activation import Activation, Prelu
from dlcli.nets.layers.add import Add
from dlcli.nets.layers.base import Kind, Shape
from dlcli.nets.layers.dense import Dense
from dlcli.nets.layers.noise import Dropout, Noise
from dlcli.nets.layers.normalise import BatchNorm, LayerNorm
from dlcli.nets.layers.shape import Flatten, Rescaling, Reshape
from dlcli.nets.spec import ModelSpec

#: Which of (height, width, channel) each axis is.
FIRST, LAST = (2, 0, 1), (0, 1, 2)

#: What the two orders are called.
CHANNELS = ("channels-last", "channels-first")

#: Layers that treat each feature by itself: what order they come in does not matter to them.
APART: tuple[type[Kind], ...] = (Activation, Prelu, BatchNorm, LayerNorm, Dropout, Noise, Rescaling)


@dataclass(frozen=True)
class Ordered:
    """An axis of a weight, ``layer/weight`` in Keras' layout, along which features of a picture lie.

    ``order`` says which of them each one is when channels come first.
    """

    weight: str
    axis: int
    order: Array

    def channels_last(self, array: Array) -> Array:
        """The array whose features have channels last, of one where they come first."""
        ours = np.empty_like(array)
        np.moveaxis(ours, self.axis, 0)[self.order] = np.moveaxis(array, self.axis, 0)
        return ours

    def channels_first(self, array: Array) -> Array:
        """The way back."""
        return array.take(self.order, self.axis)


def order_of(shape: Shape, axes: tuple[int, ...] = FIRST) -> Array | None:
    """Which number of a picture, row by row, stands where when its axes lie so; None where none moves.

    >>> order_of((1, 2, 2))
    array([0, 2, 1, 3])
    """
    order = np.arange(prod(shape)).reshape(shape).transpose(axes).ravel()
    return None if np.array_equal(order, np.arange(len(order))) else order


def ordered_weights(spec: ModelSpec) -> list[Ordered]:
    """The weights of a model whose features lie in another order where channels come first.

    >>> from dlcli.nets.builtin import builtin
    >>> [(one.weight, one.axis, len(one.order)) for one in ordered_weights(builtin("cnn"))]
    [('dense/kernel', 0, 1024)]
    """
    found: list[Ordered] = []
    order: Array | None = None
    for place, layer in enumerate(spec.layers):
        kind = layer.kind
        if isinstance(kind, Flatten) and len(layer.input) == 3:
            order = order_of(layer.input)
        elif isinstance(kind, Reshape) and len(layer.input) == 1 and len(layer.output) == 3:
            found += _before(spec, place, order_of(layer.output)) if order is None else []
            order = None
        elif isinstance(kind, Dense):
            found += [Ordered(f"{layer.name}/kernel", 0, order)] if order is not None else []
            order = None
        elif isinstance(kind, APART):
            found += [
                Ordered(f"{layer.name}/{name}", 0, order) for name in layer.weights if order is not None
            ]
        elif not isinstance(kind, Add | Flatten):
            order = None
    return found


def _before(spec: ModelSpec, place: int, order: Array | None) -> list[Ordered]:
    """The weights of a dense layer, and of those behind it, whose features a reshape makes pictures of."""
    found: list[Ordered] = []
    for layer in reversed(spec.layers[:place]):
        if order is None or not isinstance(layer.kind, (Dense, *APART)):
            break
        found += [
            Ordered(f"{layer.name}/{name}", len(w.shape) - 1, order) for name, w in layer.weights.items()
        ]
        if isinstance(layer.kind, Dense):
            return found
    return []
