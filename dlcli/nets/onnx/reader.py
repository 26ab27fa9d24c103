"""A graph of ONNX on its way to a net: the layers so far, and where the numbers of each value lie.

A net here is a chain of layers, channels last; a graph has its own orders. What a transpose or a flatten does
there is kept as an order beside the value, and the weights of the next layer change places by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from math import prod
from typing import Any, NoReturn

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.nets.flat_order import FIRST, order_of
from dlcli.nets.layers.base import Kind, Shape
from dlcli.nets.layers.kinds import declared
from dlcli.nets.onnx.graph import Graph, Node

#: The transpose that brings channels to the front.
TO_FIRST = (0, 3, 1, 2)

#: Layers that work on each feature by itself, with the arrays that have a number for each.
ALONE = ("activation", "rescaling", "dropout", "prelu", "batchnorm", "layernorm")

#: Numbers that one input or output of a layer may have: a picture of 8192 by 8192 cells.
MOST = 1 << 26

Pads = tuple[tuple[int, int], tuple[int, int]]


class NotRead(EngineError):
    """An operator that no layer here does: ``node`` is its name."""

    def __init__(self, node: Node, why: str) -> None:
        self.node = node.name or next(iter(node.outputs), "")
        super().__init__(f"node {self.node} ({node.op}): {why}")


@dataclass(frozen=True)
class Place:
    """Where the numbers of a value lie.

    ``layer`` counts the layer whose output they are, −1 the input; ``shape`` is the model's. Of pictures
    ``axes`` says which of its axes each one behind the batch is; of features ``order`` says which feature of
    the model each one is, None where they agree, and ``ones`` counts axes of length 1 behind them. ``pads``
    are cells of ``pad_value`` that are still to be put around. ``alone`` says that nobody else uses the
    layer.
    """

    layer: int
    shape: Shape
    axes: tuple[int, ...] = FIRST
    order: Array | None = None
    ones: int = 0
    pads: Pads | None = None
    pad_value: float = 0.0
    alone: bool = True

    @property
    def lengths(self) -> tuple[int, ...]:
        """The lengths of the value behind the batch."""
        if len(self.shape) == 3:
            return tuple(self.shape[axis] for axis in self.axes)
        return (*self.shape, *(1,) * self.ones)

    @property
    def flat_order(self) -> Array | None:
        """Of the value in one row: which number of the model's row each one is."""
        return self.order if len(self.shape) == 1 else order_of(self.shape, self.axes)


@dataclass
class Made:
    """A layer that has been read: the word of its kind, attributes, weights, and the name it is to have."""

    word: str
    settings: dict[str, Any]
    weights: dict[str, Array]
    called: str
    kind: Kind
    output: Shape = field(default=())


def same_order(one: Array | None, other: Array | None) -> bool:
    """Whether two orders are the same."""
    return one is other or (one is not None and other is not None and np.array_equal(one, other))


def short(value: float) -> float:
    """A number of 32 bits as a person writes it: 1e-05, not 9.999999747378752e-06."""
    return float(str(np.float32(value)))


class Reader:
    """What has been read of a graph."""

    def __init__(self, graph: Graph, nodes: list[Node], constants: Mapping[str, Array]) -> None:
        self.graph = graph
        self.constants = dict(constants)
        self.places: dict[str, Place] = {}
        self.layers: list[Made] = []
        self.notes: list[str] = []
        self.uses = Counter(name for node in nodes for name in node.inputs if node.op != "Shape")
        self.uses.update(name for name, _ in graph.outputs)
        self.consumers: dict[str, list[Node]] = {}
        for node in nodes:
            for name in node.inputs:
                self.consumers.setdefault(name, []).append(node)
        self.batch: int | None = None
        self.input: Shape = ()

    def refuse(self, node: Node, why: str) -> NoReturn:
        """Raise ``NotRead``."""
        raise NotRead(node, why)

    def channels_last(self, value: str) -> bool:
        """Whether a value of four axes has its channels last: they are brought to the front next."""
        after = [node for node in self.consumers.get(value, []) if node.op != "Shape"]
        return bool(after) and all(
            node.op == "Transpose" and node.attributes.get("perm") == TO_FIRST for node in after
        )

    def take(self, node: Node, *, pads: bool = False) -> Place:
        """Where the first input of a node lies: the output of the layer before."""
        name = node.inputs[0] if node.inputs else ""
        place = self.places.get(name)
        if place is None:
            self.refuse(node, f"it takes {name!r}, which no node before it gives")
        self.check_chain(node, place)
        if place.pads and not pads:
            self.refuse(node, "a Pad stands before it, which only a convolution or a pooling can take in")
        return place

    def check_chain(self, node: Node, place: Place) -> None:
        """Raise where a value is not what the layer before gives."""
        if place.layer != len(self.layers) - 1:
            self.refuse(
                node,
                "it does not follow on the layer before it; what is read is one chain of layers, with Add",
            )

    def picture(self, node: Node, *, pads: bool = False) -> Place:
        """The same of a picture with its channels first."""
        place = self.take(node, pads=pads)
        if len(place.shape) == 1 and place.ones == 2:
            place = self.append(
                node, "reshape", {"target_shape": (1, 1, *place.shape)}, place, node.inputs[0]
            )
        if len(place.shape) != 3:
            self.refuse(
                node, f"it takes pictures (N, channel, height, width); received (N, {place.shape[0]})"
            )
        if place.axes != FIRST:
            self.refuse(node, "the axes of its input lie in another order than (N, channel, height, width)")
        return place

    def array(self, node: Node, which: int, what: str) -> Array:
        """An input that is an array of the file."""
        found = self.optional(node, which, what)
        if found is None:
            self.refuse(node, f"it has no {what}")
        return found

    def optional(self, node: Node, which: int, what: str) -> Array | None:
        """The same where it may be left out."""
        if which >= len(node.inputs) or not node.inputs[which]:
            return None
        found = self.constants.get(node.inputs[which])
        if found is None:
            self.refuse(node, f"its {what} are computed by another node, and stand in no array of the file")
        return found

    def append(
        self, node: Node, word: str, settings: dict[str, Any], place: Place, value: str, *,
        weights: dict[str, Array] | None = None, axes: tuple[int, ...] = FIRST, order: Array | None = None,
        ones: int = 0, called: str = "",
    ) -> Place:  # fmt: skip
        """Put a layer behind the last one; it gives ``value``."""
        try:
            kind = declared(word, settings)
            output = kind.output(place.shape)
            wanted = kind.weights(place.shape)
        except EngineError as error:
            self.refuse(node, str(error))
        if prod(output) > MOST:
            self.refuse(node, f"its output {output} has more than {MOST} numbers")
        weights = weights or {}
        for name, weight in wanted.items():
            if name in weights and weights[name].shape != weight.shape:
                told = weights[name].shape
                self.refuse(node, f"its {name} has shape {told} in Keras' layout; {weight.shape} would fit")
        if self.graph.producer == "dlcli":
            called = node.name.partition("/")[0]
        self.layers.append(Made(word, settings, weights, called, kind, output))
        self.places[value] = Place(len(self.layers) - 1, output, axes, order, ones)
        return self.places[value]

    def keep_input(self) -> None:
        """Put a layer before all others that gives what comes in: add takes the output of a layer.

        A model has at least one layer, too.
        """
        kind = declared("activation", settings := {"function": "linear"})
        self.layers.insert(0, Made("activation", settings, {}, "", kind, self.input))
        for made in self.layers:
            if made.word == "add":
                made.settings["source"] = str(int(made.settings["source"]) + 1)
        self.places = {
            name: replace(place, layer=place.layer + 1, alone=place.alone and place.layer >= 0)
            for name, place in self.places.items()
        }

    def alias(self, node: Node, place: Place, **changed: Any) -> None:
        """A value that is another one in another order."""
        alone = place.alone and self.uses[node.inputs[0]] == 1
        self.places[node.outputs[0]] = replace(place, alone=alone, **changed)

    def last(self, node: Node, place: Place) -> Made | None:
        """The layer that a value comes from, where nobody else uses it: it may take a node in."""
        if place.layer < 0 or not place.alone or self.uses[node.inputs[0]] != 1:
            return None
        return self.layers[place.layer]

    def may_activate(self, made: Made) -> bool:
        """Whether a layer ends with an activation that can still be said."""
        has = any(one.name == "activation" for one in fields(made.kind))
        return has and made.settings.get("activation", "linear") == "linear"

    def change(self, made: Made, place: Place, **settings: Any) -> None:
        """Give a layer other attributes."""
        made.settings.update(settings)
        made.kind = declared(made.word, made.settings)

    def per_channel(self, place: Place, array: Array) -> Array:
        """Numbers of features, (n,), in the order of the model."""
        if place.order is None:
            return array
        ours = np.empty_like(array)
        ours[place.order] = array
        return ours

    def vector(self, node: Node, place: Place, array: Array) -> Array | None:
        """An array that has a number for each channel, as (channel,) of the model; None for another."""
        rank, lengths = 1 + len(place.lengths), place.lengths
        at = 1 + (place.axes.index(2) if len(place.shape) == 3 else 0)
        if array.ndim > rank:
            return None
        shape = (1,) * (rank - array.ndim) + array.shape
        if shape[at] != lengths[at - 1] or prod(shape) != shape[at]:
            return None
        return self.per_channel(place, array.reshape(-1))

    def reorder(self, node: Node, place: Place, order: Array) -> None:
        """Let the features of the layers before come in another order: number k becomes number order[k].

        Raises ``NotRead`` where they are not those of a dense layer.
        """
        for made in reversed(self.layers[: place.layer + 1]):
            if made.word != "dense" and made.word not in ALONE:
                break
            for name, array in made.weights.items():
                changed = np.empty_like(array)
                changed[..., order] = array
                made.weights[name] = changed
            if made.word == "dense":
                return
        self.refuse(node, "it puts numbers in another order, and no dense layer stands before it that could")
