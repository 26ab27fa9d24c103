"""What every layer has: a declaration, which knows shapes and counts, and a layer at work made of it.

Inside a net the pictures of a batch lie innermost: an activation is (channel, height, width, picture) or
(feature, picture), so that one step over all pictures is one run through memory. Shapes in declarations are
those of one picture in Keras' order, (height, width, channel) or (feature,).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import prod
from typing import Any, ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError
from dlcli.nets.memory import Memory

#: (height, width, channel), or (feature,).
Shape = tuple[int, ...]

#: Arrays of a layer by their names.
Arrays = Mapping[str, Array]

#: Rows and columns of the input that one cell of the output sees, and how many of them lie from cell to cell.
Window = tuple[tuple[float, float], tuple[float, float]]


class UnknownName(EngineError):
    """A word that names nothing: ``name``, ``what`` it was to name, the names there are, whose ``layer``."""

    def __init__(self, what: str, name: str, choices: tuple[str, ...], layer: str = "") -> None:
        place = f"layer {layer}: " if layer else ""
        super().__init__(f"{place}there is no {what} {name!r}; there are {', '.join(choices)}")
        self.what, self.name, self.choices, self.layer = what, name, choices, layer


@dataclass(frozen=True)
class Weight:
    """One array of numbers that a layer owns.

    ``shape`` is Keras'. ``order`` lists its axes in the order in which they lie in a net, which is PyTorch's.
    ``initializer`` names how they are drawn, from ``fans``: how many numbers go into one output, and how many
    outputs one input goes to, as Keras counts; ``apart`` is the first number as PyTorch counts it where that
    is another: of kernels that see one channel each. What is not ``trained`` is measured on the way: a moving
    mean.
    """

    shape: Shape
    initializer: str
    order: tuple[int, ...]
    fans: tuple[int, int] = (1, 1)
    trained: bool = True
    apart: int | None = None

    def fans_of(self, recipe: str) -> tuple[int, int]:
        """The fans that an initialiser takes: as the library counts them whose recipe it is."""
        if recipe == "torch-uniform" and self.apart is not None:
            return self.apart, self.fans[1]
        return self.fans

    @property
    def inner(self) -> Shape:
        """The shape inside a net."""
        return tuple(self.shape[axis] for axis in self.order)

    @property
    def size(self) -> int:
        """How many numbers these are."""
        return prod(self.shape)

    def in_net(self, array: Array) -> Array:
        """An array in Keras' layout as it lies in a net."""
        return array.transpose(self.order)

    def in_keras(self, array: Array) -> Array:
        """An array of a net in Keras' layout."""
        return array.transpose(np.argsort(self.order))


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The declaration of a layer; its fields are the attributes that a model file may give it."""

    #: The word in a model file, and what Keras calls a layer that has no name.
    kind: ClassVar[str] = ""
    keras: ClassVar[str] = ""

    def output(self, x: Shape) -> Shape:
        """The shape of the output for an input of shape x. Raises ``EngineError`` for another."""
        return x

    def weights(self, x: Shape) -> dict[str, Weight]:
        """Its arrays by Keras' names."""
        return {}

    def multiply_adds(self, x: Shape) -> int:
        """Multiplications, each with an addition, for one picture."""
        return 0

    def window(self, x: Shape) -> Window | None:
        """What one cell of the output sees of the input; none where that is everything."""
        return (1, 1), (1, 1)

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        """The layer at work on inputs of shape x; its numbers and their gradients are views of the net's."""
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        """The attributes that differ from their defaults."""
        return {
            one.name: list(value) if isinstance(value, tuple) else value
            for one in fields(self)
            if (value := getattr(self, one.name)) != one.default
        }


class Layer:
    """A layer at work.

    ``forward`` takes the activation below, ``backward`` the gradient of a loss at its output: it leaves those
    of its own numbers in ``slopes`` and returns the one at its input. Both return arrays that are overwritten
    by the next batch. Who needs no gradient at the input sets ``first``.
    """

    def __init__(self, values: Arrays, slopes: Arrays, dtype: DType) -> None:
        self.values = values
        self.slopes = slopes
        self.memory = Memory(dtype)
        self.dtype = dtype
        self.first = False
        #: What dropout and noise draw from; without it they let everything through.
        self.generator: np.random.Generator | None = None

    def forward(self, x: Array, training: bool) -> Array:
        """The output for a batch."""
        raise NotImplementedError

    def backward(self, dy: Array) -> Array:
        """The gradient at the input, from the one at the output of the last forward pass in training."""
        raise NotImplementedError


def picture(kind: Kind, x: Shape) -> tuple[int, int, int]:
    """The (height, width, channel) of the input of a layer over pictures; ``EngineError`` for another."""
    if len(x) != 3:
        raise EngineError(
            f"{kind.kind} takes (height, width, channel); received {x}"
            + ("; a reshape before it makes pictures of features" if len(x) == 1 else "")
        )
    return x[0], x[1], x[2]


def positive(kind: Kind, **numbers: Any) -> None:
    """Raise ``EngineError`` for an attribute that is no whole number from 1 on."""
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise EngineError(f"{name} of {kind.kind} is a whole number from 1 on; received {value!r}")


def one_of(kind: Kind, name: str, value: Any, choices: tuple[str, ...]) -> None:
    """Raise ``UnknownName`` for an attribute that is none of these words."""
    if value not in choices:
        raise UnknownName(f"{name} of {kind.kind}", str(value), choices)
