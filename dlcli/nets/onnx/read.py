"""A graph of ONNX as a model and its weights: chains of layers as PyTorch exports them, and our own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import prod

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.nets.flat_order import FIRST, LAST
from dlcli.nets.layers.base import Shape
from dlcli.nets.layers.convolution import Conv
from dlcli.nets.layers.depthwise import DepthwiseConv, SeparableConv
from dlcli.nets.losses import LOSSES, SEQUENCE
from dlcli.nets.names import Weights, read_names, write_names
from dlcli.nets.onnx.fold import BATCH, constant, folded, fused
from dlcli.nets.onnx.graph import Graph, Node
from dlcli.nets.onnx.operators import OPERATORS, check_attributes
from dlcli.nets.onnx.reader import MOST, Made, NotRead, Place, Reader
from dlcli.nets.spec import TARGETS, ModelSpec, NamedLayer, model_spec

#: What an operator may be in a graph that is read, in words.
READ = (
    "dense, convolution, pooling, normalisation, dropout, activations, reshape, upsampling and Add are read"
)

#: Operators over sequences, and what becomes of nets of such, in words.
OVER_SEQUENCES = ("Gather", "RNN", "LSTM", "GRU", "LayerNormalization")
NOT_BACK = "nets over sequences are written as ONNX and not read: .safetensors keeps one"


@dataclass(frozen=True)
class FromGraph:
    """What a graph says: a model, its weights by ``layer/weight`` in Keras' layout, and what was decided."""

    spec: ModelSpec
    weights: dict[str, Array]
    notes: tuple[str, ...]


def read_graph(graph: Graph, name: str = "net") -> FromGraph:
    """The model of a graph, and its weights.

    Raises ``NotRead`` with the node and its operator for what no layer does, ``EngineError`` for other graphs
    that are no chain of layers from one input to one output.

    >>> from dlcli.nets import Net, builtin
    >>> from dlcli.nets.onnx.write import write_graph
    >>> net = Net(builtin("small-cnn")).draw(0)
    >>> read = read_graph(write_graph(net.spec, net.weights()))
    >>> read.spec.parameters, list(read.weights) == list(net.weights())
    (27562, True)
    """
    constants = dict(graph.initializers)
    for node in graph.nodes:
        if node.op == "Constant" and node.outputs and (array := constant(node)) is not None:
            constants[node.outputs[0]] = array
    nodes = fused([node for node in graph.nodes if node.op != "Constant"], constants)
    reader = Reader(graph, nodes, constants)
    _begin(reader)
    with np.errstate(all="ignore"):  # numbers that are not finite are found by who takes the weights
        for node in nodes:
            _take_in(reader, node)
    return _finish(reader, name)


def weights_for(model: ModelSpec, read: FromGraph) -> Weights:
    """The weights of a graph as those of a ``model``, by name or by order.

    What a graph cannot tell apart is what the model says: two convolutions are one that is separable, and
    one of channels apart has groups. Raises as ``read_names`` does.
    """
    named = write_names(read.spec, read.weights)
    left = [layer for layer in read.spec.layers if layer.weights]
    arrays: dict[str, Array] = {}
    for layer in model.layers:
        if layer.weights and left:
            pair = _separable(layer, left, named)
            if pair:
                arrays |= pair
                del left[:2]
                continue
            one = left.pop(0)
            arrays |= {f"{one.name}/{key}": named[f"{one.name}/{key}"] for key in one.weights}
            if isinstance(layer.kind, Conv) and isinstance(one.kind, DepthwiseConv):
                kernel = named[f"{one.name}/kernel"]
                arrays[f"{one.name}/kernel"] = kernel.reshape(*kernel.shape[:2], 1, -1)
    arrays |= {f"{one.name}/{key}": named[f"{one.name}/{key}"] for one in left for key in one.weights}
    return read_names(model, arrays)


def _separable(layer: NamedLayer, left: list[NamedLayer], named: dict[str, Array]) -> dict[str, Array] | None:
    """The weights of a separable layer, where the next two of a graph are its convolutions; else None."""
    if not isinstance(layer.kind, SeparableConv) or len(left) < 2 or "bias" in left[0].weights:
        return None
    first, second = left[:2]
    parts = {
        "depthwise_kernel": f"{first.name}/kernel",
        "pointwise_kernel": f"{second.name}/kernel",
        "bias": f"{second.name}/bias",
    }
    for key, weight in layer.weights.items():
        if parts[key] not in named or named[parts[key]].shape != weight.shape:
            return None
    taken = any(one.name == layer.name for one in left[2:])
    called = f"{first.name} and {second.name}" if taken else layer.name
    return {f"{called}/{key}": named[part] for key, part in parts.items() if part in named}


def _begin(reader: Reader) -> None:
    """Where the input lies."""
    inputs = [value for value in reader.graph.inputs if value[0] not in reader.constants]
    if len(inputs) != 1 or len(reader.graph.outputs) != 1:
        raise EngineError(
            f"a net here has one input and one output; received {len(inputs)} "
            f"({', '.join(name for name, _ in inputs)}) and {len(reader.graph.outputs)}"
        )
    ((name, lengths),) = inputs
    if lengths is None or len(lengths) not in (2, 4):
        raise EngineError(
            f"the input {name} is pictures (N, channel, height, width) or features (N, n); received "
            f"{'no lengths' if lengths is None else lengths}"
            + f"; {NOT_BACK}"
            * (lengths is not None and len(lengths) == SEQUENCE)
        )
    known = [length for length in lengths[1:] if length]
    if len(known) != len(lengths) - 1:
        raise EngineError(
            f"the input {name} leaves lengths open beside the batch: {lengths}; "
            "export it for pictures of one size"
        )
    if prod(known) > MOST:
        raise EngineError(f"the input {name} has more than {MOST} numbers: {lengths}")
    reader.batch = lengths[0]
    shape: Shape = tuple(known)
    axes = FIRST
    if len(shape) == 3:
        axes = LAST if reader.channels_last(name) else FIRST
        shape = shape if axes == LAST else (shape[1], shape[2], shape[0])
    reader.input = shape
    reader.places[name] = Place(-1, shape, axes)


def _take_in(reader: Reader, node: Node) -> None:
    """One node: computed where it takes arrays alone, else a layer."""
    constants = reader.constants
    if node.op == "Shape" and (place := reader.places.get(node.inputs[0])):
        lengths = np.array([BATCH if reader.batch is None else reader.batch, *place.lengths])
        constants[node.outputs[0]] = lengths[node.attributes.get("start", 0) : node.attributes.get("end")]
        return
    made = folded(node, [constants.get(name) for name in node.inputs if name])
    if made is not None:
        constants[node.outputs[0]] = made
        return
    if node.domain not in ("", "ai.onnx") or node.op not in OPERATORS or not node.inputs or not node.outputs:
        why = NOT_BACK if node.op in OVER_SEQUENCES else READ
        raise NotRead(node, f"no kind of layer here does that; {why}")
    check_attributes(node)
    OPERATORS[node.op](reader, node)


def _finish(reader: Reader, name: str) -> FromGraph:
    """The model of the layers, each with its name."""
    output = reader.graph.outputs[0][0]
    if not reader.layers and output in reader.places and not reader.places[output].pads:
        reader.keep_input()
    place = reader.places.get(output)
    if place is None or place.layer != len(reader.layers) - 1 or place.pads:
        raise EngineError(f"the output {output} is not what the last layer gives")
    notes = list(reader.notes)
    if place.order is not None:
        notes.append(
            "its output comes in the order (height, width, channel) of Keras; in the file channels come first"
        )
    names = _names(reader.layers)
    for made in reader.layers:
        if made.word == "add":
            made.settings["source"] = names[int(made.settings["source"])]
    properties = reader.graph.properties
    loss, target = properties.get("loss", ""), properties.get("target", "label")
    if loss not in LOSSES:
        loss = _loss(reader.layers[-1], place.shape)
        if loss == "cross-entropy" and _ending(reader.layers[-1]) != "softmax":
            notes.append(
                f"its {place.shape[0]} outputs are read as scores of classes, which softmax turns into "
                'probabilities; --model FILE.toml with loss = "mean-squared" leaves them as they are'
            )
    spec = model_spec(
        {
            "name": name,
            "input": list(reader.input),
            "loss": loss,
            "target": target if target in TARGETS else "label",
            "layer": [
                {"kind": made.word, "name": called, **made.settings}
                for called, made in zip(names, reader.layers, strict=True)
            ],
        }
    )
    weights = {
        f"{called}/{key}": np.ascontiguousarray(made.weights[key])
        for called, made, layer in zip(names, reader.layers, spec.layers, strict=True)
        for key in layer.weights
    }
    return FromGraph(spec, weights, tuple(notes))


def _names(layers: list[Made]) -> list[str]:
    """A name for each layer: that of its weights where it has one, else Keras' automatic one."""
    taken = Counter(made.called for made in layers)
    names: list[str] = []
    counts: Counter[str] = Counter()
    reserved = {called for called, count in taken.items() if called and count == 1}
    for made in layers:
        name = made.called if made.called in reserved else ""
        while not name or (name in names) or (name in reserved and name != made.called):
            base = made.kind.keras
            name = f"{base}_{counts[base]}" if counts[base] else base
            counts[base] += 1
        names.append(name)
    return names


def _ending(made: Made) -> str:
    """The activation that a layer ends with."""
    ending: str = made.settings.get("activation", made.settings.get("function", "linear"))
    return ending


def _loss(last: Made, shape: Shape) -> str:
    """The loss that goes with how a net ends."""
    ending = _ending(last)
    if ending == "sigmoid":
        return "binary-cross-entropy"
    if len(shape) == 1 and shape[0] > 1 and ending in ("softmax", "linear"):
        return "cross-entropy"
    return "mean-squared"
