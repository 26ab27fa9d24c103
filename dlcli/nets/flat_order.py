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
from dlcli.nets.layers.sequence import Concat
from dlcli.nets.layers.shape import Flatten, Normalization, Rescaling, Reshape
from dlcli.nets.spec import BadModel, ModelSpec

#: Which of (height, width, channel) each axis is.
FIRST, LAST = (2, 0, 1), (0, 1, 2)

#: What the two orders are called.
CHANNELS = ("channels-last", "channels-first")

#: Lengths of a sequence: its steps, its features.
SEQUENCE = 2

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
    return _walked(spec)[0]


def check_channels_first(spec: ModelSpec) -> None:
    """Raise ``BadModel`` where rows with channels first are other inputs, whatever order weights have.

    >>> from dlcli.nets.spec import model_spec
    >>> layers = [{"kind": "flatten"}, {"kind": "reshape", "target_shape": [1, 4, 2]}]
    >>> check_channels_first(model_spec({"input": [2, 2, 2], "layer": layers}))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    dlcli.nets.spec.BadModel: layer reshape: with channels first the numbers of a row come in another order...
    """
    stuck = _walked(spec)[1]
    if stuck is not None:
        raise BadModel(
            stuck,
            "with channels first the numbers of a row come in another order, and there are no weights of a "
            "dense layer here that could be put into it; with channels-last they stay as they are",
        )


def _walked(spec: ModelSpec) -> tuple[list[Ordered], str | None]:
    """The weights that change places, and the first layer where the order matters and none do."""
    found: list[Ordered] = []
    stuck: list[str] = []
    order, flat = None, spec.input
    orders: dict[str, tuple[Array | None, Shape]] = {}
    for place, layer in enumerate(spec.layers):
        kind, x, y = layer.kind, layer.input, layer.output
        if layer.after:
            order, flat = orders[layer.after]
        if isinstance(kind, Flatten | Reshape) and len(x) == 3 and len(y) == 1:
            order, flat = order_of(x), x
        elif isinstance(kind, Reshape) and len(y) == 3:
            wanted = order_of(y)
            if len(x) == 3:
                stuck += [layer.name] if x != y and (order_of(x) is not None or wanted is not None) else []
            elif order is not None:
                stuck += [layer.name] if flat != y else []
            elif wanted is not None:
                before = _before(spec, place, wanted) if len(x) == 1 else []
                found += before
                stuck += [] if before else [layer.name]
            order = None
        elif isinstance(kind, Dense):
            found += [Ordered(f"{layer.name}/kernel", 0, order)] if order is not None else []
            order = None
        elif isinstance(kind, APART):
            found += [
                Ordered(f"{layer.name}/{name}", 0, order) for name in layer.weights if order is not None
            ]
        elif isinstance(kind, Add):
            stuck += [layer.name] if orders[kind.source][0] is not order else []
        elif isinstance(kind, Reshape) and len(y) == SEQUENCE:
            mixed = order_of(x) is not None if len(x) == len(LAST) else order is not None
            stuck += [layer.name] if mixed else []
            order = None
        elif any(orders[name][0] is not None for name in kind.sources) or (
            isinstance(kind, Concat | Normalization) and order is not None
        ):
            stuck += [layer.name]
            order = None
        elif not isinstance(kind, Flatten):
            order = None
        orders[layer.name] = order, flat
    stuck += [spec.layers[-1].name] if order is not None else []
    return found, next(iter(stuck), None)


def _before(spec: ModelSpec, place: int, order: Array) -> list[Ordered]:
    """The weights of a dense layer, and of those behind it, whose features a reshape makes pictures of."""
    found: list[Ordered] = []
    after = spec.layers[place].after
    for layer in reversed(spec.layers[:place]):
        if after or layer.name in spec.used_later or not isinstance(layer.kind, (Dense, *APART)):
            break
        after = layer.after
        found += [
            Ordered(f"{layer.name}/{name}", len(w.shape) - 1, order) for name, w in layer.weights.items()
        ]
        if isinstance(layer.kind, Dense):
            return found
    return []
