"""What every layer has: a declaration, which knows shapes and counts, and a layer at work made of it.

Inside a net the examples of a batch lie innermost: an activation is (channel, height, width, picture),
(feature, time, sequence) or (feature, row), so that one step over all of them is one run through memory;
words by their numbers are (time, sequence). Shapes in declarations are those of one example in Keras' order,
(height, width, channel), (time, feature) or (feature,).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import prod
from typing import Any, ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError
from dlcli.nets.memory import Memory

#: (height, width, channel), (time, feature), or (feature,).
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

    ``role`` says what it is where its shape does not: a recurrent kernel, an embedding. ``shape`` is Keras'.
    ``order`` lists its axes in the order in which they lie in a net, which is PyTorch's but for recurrent
    layers. ``initializer`` names how they are drawn, from ``fans``: how many numbers go into one output, and
    how many outputs one input goes to, as Keras counts; ``apart`` is the first number as PyTorch counts it
    where that is another: of kernels that see one channel each. What is not ``trained`` is measured on the
    way: a moving mean.
    """

    shape: Shape
    initializer: str
    order: tuple[int, ...]
    fans: tuple[int, int] = (1, 1)
    trained: bool = True
    apart: int | None = None
    role: str = ""

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

    #: Whether it takes sequences of as many steps as the model says, and of no other number.
    counts_steps: ClassVar[bool] = False

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of earlier layers whose outputs it takes beside what comes in."""
        return ()

    @property
    def ending(self) -> str:
        """The activation that is the last thing it does."""
        name: str = getattr(self, "activation", "linear")
        return name

    @property
    def looks_ahead(self) -> bool:
        """Whether what it gives for a step depends on later ones."""
        return False

    def check_sources(self, x: Shape, others: tuple[Shape, ...]) -> None:
        """Raise ``EngineError`` where the outputs of ``sources`` do not go with an input of shape x."""

    def output(self, x: Shape) -> Shape:
        """The shape of the output for an input of shape x. Raises ``EngineError`` for another."""
        return x

    def output_with(self, x: Shape, others: tuple[Shape, ...]) -> Shape:
        """The same, where the outputs of ``sources`` count."""
        return self.output(x)

    def weights(self, x: Shape) -> dict[str, Weight]:
        """Its arrays by Keras' names."""
        return {}

    def multiply_adds(self, x: Shape) -> int:
        """Multiplications, each with an addition, for one picture."""
        return 0

    def multiply_adds_with(self, x: Shape, others: tuple[Shape, ...]) -> int:
        """The same, where the outputs of ``sources`` count."""
        return self.multiply_adds(x)

    def window(self, x: Shape) -> Window | None:
        """What one cell of the output sees of the input; none where that is everything."""
        return (1, 1), (1, 1)

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        """The layer at work on inputs of shape x; its numbers and their gradients are views of the net's."""
        raise NotImplementedError

    def begin(self, values: Arrays, recipe: str) -> None:
        """Change what was drawn for its weights by a model's ``recipe``, where it begins otherwise."""

    def settings(self) -> dict[str, Any]:
        """The attributes that differ from their defaults."""
        return {
            one.name: _plain(value)
            for one in fields(self)
            if (value := getattr(self, one.name)) != one.default
        }


def row_sums(rows: Array, out: Array, memory: Memory) -> Array:
    """Σ over each row of (feature, place), as a product of matrices: faster than sums over short rows."""
    ones = memory.array("ones", rows.shape[1:])
    ones.fill(1)
    return np.matmul(rows, ones, out=out)


class Layer:
    """A layer at work.

    ``forward`` takes the activation below, ``backward`` the gradient of a loss at its output: it leaves those
    of its own numbers in ``slopes`` and returns the one at its input. Both return arrays that are overwritten
    by the next batch. Who needs no gradient at the input sets ``first``.

    A net sets before each pass what it is to know: ``others`` are the outputs of the layers that it takes
    beside x, ``mask`` (time, sequence) says which steps of x there are (none: all), ``masks`` the same of the
    others. Going back leaves the gradients at the others in ``to_others``. With ``carries`` a layer over
    sequences goes on where the last batch ended, from what is in ``state``, which an empty one forgets.
    """

    def __init__(self, values: Arrays, slopes: Arrays, dtype: DType) -> None:
        self.values = values
        self.slopes = slopes
        self.memory = Memory(dtype)
        self.dtype = dtype
        self.first = False
        #: What dropout and noise draw from; without it they let everything through.
        self.generator: np.random.Generator | None = None
        self.others: tuple[Array, ...] = ()
        self.to_others: tuple[Array, ...] = ()
        self.mask: Array | None = None
        self.masks: tuple[Array | None, ...] = ()
        self.carries = False
        self.state: dict[str, Array] = {}

    def prepare(self, generator: np.random.Generator | None) -> None:
        """What draws draws from this generator."""
        self.generator = generator

    def mask_after(self) -> Array | None:
        """Which steps of the output there are, (time, sequence); none where all are."""
        return self.mask

    def forward(self, x: Array, training: bool) -> Array:
        """The output for a batch."""
        raise NotImplementedError

    def backward(self, dy: Array) -> Array:
        """The gradient at the input, from the one at the output of the last forward pass in training."""
        raise NotImplementedError


def _plain(value: Any) -> Any:
    """An attribute as a model file has it."""
    if isinstance(value, Kind):
        return {"kind": value.kind, **value.settings()}
    return list(value) if isinstance(value, tuple) else value


def sequence(kind: Kind, x: Shape) -> tuple[int, int]:
    """The (time, feature) of the input of a layer over sequences; ``EngineError`` for another."""
    if len(x) != 2:
        raise EngineError(
            f"{kind.kind} takes (time, feature); received {x}"
            + ("; an embedding before it makes features of words' numbers" if len(x) == 1 else "")
        )
    return x[0], x[1]


def flat(x: Array) -> Array:
    """An activation as (feature, place): of sequences, all steps of all of them side by side."""
    return x.reshape(len(x), -1)


def picture(kind: Kind, x: Shape) -> tuple[int, int, int]:
    """The (height, width, channel) of the input of a layer over pictures; ``EngineError`` for another."""
    if len(x) != 3:
        raise EngineError(
            f"{kind.kind} takes (height, width, channel); received {x}"
            + ("; a reshape before it makes pictures of features" if len(x) == 1 else "")
            + (f"; gray pictures are ({x[0]}, {x[1]}, 1)" if len(x) == 2 else "")
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
