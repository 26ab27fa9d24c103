"""What ``dlcli summary`` counts of a model: layer by layer, and in all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from dlcli.nets.layers.base import Shape
from dlcli.nets.layers.shape import Reshape
from dlcli.nets.spec import ModelSpec, NamedLayer
from dlcli.tensor import Axis, Tensor
from dlcli.words.line import Line

#: Bytes of one number of an activation: float32.
BYTES = 4

#: What is counted of each layer.
MEASURES = (
    "parameters", "trained", "multiply-adds", "numbers", "bytes", "field-height", "field-width",
)  # fmt: skip


@dataclass(frozen=True)
class Sight:
    """What one cell of an output sees of the input: rows and columns, and how many lie from cell to cell.

    ``everything`` says that every cell sees all of the input, ``causal`` that it sees no step after its own.
    """

    size: tuple[float, float]
    step: tuple[float, float]
    everything: bool = False
    #: Of a step of a sequence: it sees none after it.
    causal: bool = False

    def whole(self) -> tuple[int, int]:
        """Rows and columns, those counted that are seen in part."""
        return math.ceil(self.size[0]), math.ceil(self.size[1])


@dataclass(frozen=True)
class Counted:
    """One layer with what is counted of it, for one input."""

    layer: NamedLayer
    #: What a cell of its input sees, and one of its output.
    before: Sight
    sight: Sight
    #: The shapes of the outputs that it takes beside its input.
    others: tuple[Shape, ...] = ()

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.layer.name

    @property
    def parameters(self) -> int:
        """How many numbers it owns."""
        return self.layer.parameters

    @property
    def trained(self) -> int:
        """How many of them are learnt; the others are measured on the way."""
        return sum(weight.size for weight in self.layer.weights.values() if weight.trained)

    @property
    def multiply_adds(self) -> int:
        """Multiplications, each with an addition."""
        return self.layer.kind.multiply_adds_with(self.layer.input, self.others)

    @property
    def numbers(self) -> int:
        """How many numbers its output has."""
        return math.prod(self.layer.output)

    @property
    def activation(self) -> str:
        """What its last step is called, where that is an activation; else nothing."""
        ending = self.layer.kind.ending
        return "" if ending == "linear" else ending

    def measures(self) -> tuple[int, ...]:
        """The numbers of ``MEASURES``."""
        return (
            self.parameters, self.trained, self.multiply_adds, self.numbers, BYTES * self.numbers,
            *self.sight.whole(),
        )  # fmt: skip


@dataclass(frozen=True)
class Work:
    """A model and its counts.

    ``word`` is what was typed for it, ``batch`` how many inputs pass at once. Of a file of a trained net
    ``facts`` are what it says of its training.
    """

    word: str
    spec: ModelSpec
    batch: int
    about: str = ""
    facts: Mapping[str, Any] | None = None
    line: Line = field(default_factory=Line)

    @cached_property
    def layers(self) -> tuple[Counted, ...]:
        """Every layer, counted."""
        return tuple(counted(self.spec))

    @property
    def parameters(self) -> int:
        """How many numbers the net owns."""
        return sum(one.parameters for one in self.layers)

    @property
    def trained(self) -> int:
        """How many of them are learnt."""
        return sum(one.trained for one in self.layers)

    @property
    def multiply_adds(self) -> int:
        """Multiplications for one input."""
        return sum(one.multiply_adds for one in self.layers)

    @property
    def numbers(self) -> int:
        """How many numbers all outputs of layers have, for one input."""
        return sum(one.numbers for one in self.layers)

    @property
    def is_pictures(self) -> bool:
        """Whether an input is (height, width, channel)."""
        return len(self.spec.input) == 3

    @property
    def is_sequences(self) -> bool:
        """Whether an input is (time, feature), or (time,) of words."""
        return len(self.spec.input) == 2 or self.spec.words > 0

    @cached_property
    def output(self) -> Tensor:
        """The counts: (layer, measure)."""
        rows = [one.measures() for one in self.layers]
        large = max(map(max, rows)) > np.iinfo(np.int64).max
        data = np.array(rows, np.float64 if large else np.int64)
        return Tensor(data, (self.names, Axis("measure", MEASURES)), self.spec.name)

    @property
    def names(self) -> Axis:
        """The axis of the layers."""
        return Axis("layer", tuple(one.name for one in self.layers))

    @property
    def explained(self) -> Tensor:
        """A tensor with a cell for each layer."""
        return Tensor(np.array([float(one.parameters) for one in self.layers]), (self.names,), "net")

    def most(self, measure: str) -> Counted:
        """The layer that has the most of a measure, the first of equals."""
        return max(self.layers, key=lambda one: getattr(one, measure))


def counted(spec: ModelSpec) -> list[Counted]:
    """Each layer with what a cell of its output sees.

    Of n cells in a row that see ``size`` cells each, ``step`` apart, a window sees size + (n − 1)·step. In a
    row of features each sees what it has seen in the picture. Where a reshape puts the cells of a picture at
    other places a window may see any part of the input. Of two outputs that meet it is the larger.
    """
    made: list[Counted] = []
    sights: dict[str, Sight] = {}
    shapes: dict[str, Shape] = {}
    sight = Sight((1, 1), (1, 1), causal=True)
    picture = spec.input if len(spec.input) == 3 else None  # whose cells lie as in the input
    moved = False
    for layer in spec.layers:
        before = sight = sights[layer.after] if layer.after else sight
        window, causal = layer.kind.window(layer.input), before.causal and not layer.kind.looks_ahead
        if isinstance(layer.kind, Reshape) and len(layer.output) == 3:
            moved = picture not in (None, layer.output)
        turned = isinstance(layer.kind, Reshape) and len(layer.output) == 2 and layer.output != layer.input
        if window is None or turned or (moved and window[0] != (1, 1)):
            sight = replace(whole_input(spec.input), causal=causal)
        elif not before.everything:
            size = _both(lambda s, n, step: s + (n - 1) * step, before.size, window[0], before.step)
            sight = Sight(size, _both(lambda step, more: step * more, before.step, window[1]), causal=causal)
        else:
            sight = replace(before, causal=causal)
        for name in layer.kind.sources:
            sight = _larger(sight, sights[name])
        sights[layer.name] = sight
        if len(layer.output) == 3 and not moved:
            picture = layer.output
        others = tuple(shapes[name] for name in layer.kind.sources)
        shapes[layer.name] = layer.output
        made.append(Counted(layer, before, sight, others))
    return made


def _larger(sight: Sight, other: Sight) -> Sight:
    """What a cell sees that is made of two."""
    causal = sight.causal and other.causal
    if other.everything or sight.everything:
        return replace(other if other.everything else sight, causal=causal)
    return Sight(_both(lambda a, b: max(a, b), sight.size, other.size), sight.step, causal=causal)


def whole_input(shape: Shape) -> Sight:
    """The sight of what depends on every number of an input."""
    size = (shape[0], shape[1]) if len(shape) == 3 else (shape[0], 1)
    return Sight((float(size[0]), float(size[1])) if max(size) < 2**53 else size, (0, 0), everything=True)


def _both(way: Any, *pairs: tuple[float, float]) -> tuple[float, float]:
    """The same for rows and for columns."""
    return way(*(pair[0] for pair in pairs)), way(*(pair[1] for pair in pairs))
