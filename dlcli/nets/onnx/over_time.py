"""Layers over sequences as operators of ONNX: values are (batch, time, feature).

RNN, LSTM and GRU take (time, batch, feature) and give (time, direction, batch, unit). Attention is written as
the products that it is of; a leaky layer, whose states are weighted sums of all inputs so far, as one product
with those weights. A graph has no mask, and
begins each batch anew.

Source: ONNX operators, opset 17, https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from dlcli.engines.attention.positions import learned, sinusoidal
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.layouts.read import write_net
from dlcli.engines.recurrent.net import RecurrentNet
from dlcli.nets.layers.attention import Attention
from dlcli.nets.layers.base import Kind, Shape
from dlcli.nets.layers.bidirectional import BACKWARD, FORWARD, Bidirectional, one_way
from dlcli.nets.layers.conv1d import Conv1D
from dlcli.nets.layers.recurrent import GRU, LSTM, Leaky, Recurrent, SimpleRNN
from dlcli.nets.layers.sequence import Embedding, LastStep, Masking, Positions, Steps
from dlcli.nets.layers.spectrogram import StftSpectrogram
from dlcli.nets.layers.transformer import MEMORY, NARROW, OWN, WIDEN, DecoderBlock, TransformerBlock, part_of
from dlcli.nets.onnx.writer import LayerWriter, Writer
from dlcli.nets.spec import NamedLayer

#: The operator of each recurrent layer.
RECURRENT: dict[type[Kind], str] = {SimpleRNN: "RNN", LSTM: "LSTM", GRU: "GRU"}

#: The number of ONNX' type of whole numbers.
INT64 = 7

#: Activations of cells as ONNX calls them.
ACTIVATIONS = {"tanh": "Tanh", "relu": "Relu", "sigmoid": "Sigmoid", "elu": "Elu", "softplus": "Softplus"}

#: Features before steps, and back.
TURNED = (0, 2, 1)

NO_MASK = "a graph of ONNX has no mask: {what} would be lost; leave it out, and give sequences of one length"


def over_features(writer: Writer, name: str, x: str, op: str, *inputs: str, **attributes: Any) -> str:
    """An operator that takes (batch, feature, time)."""
    turned = writer.node("Transpose", f"{name}/turned", x, perm=TURNED)
    made = writer.node(op, f"{name}/{op.lower()}", turned, *inputs, **attributes)
    return writer.node("Transpose", name, made, perm=TURNED)


def dense_over_time(writer: Writer, layer: NamedLayer, x: str) -> str:
    """A dense layer on every step."""
    return _dense(writer, layer.name, x, writer.net.values[layer.name])


def _dense(
    writer: Writer, name: str, x: str, arrays: Mapping[str, Array], kernel: str = "kernel", bias: str = "bias"
) -> str:
    put = writer.array(f"{name}/{kernel}", arrays[kernel].T)
    if bias not in arrays:
        return writer.node("MatMul", name, x, put)
    product = writer.node("MatMul", f"{name}/matmul", x, put)
    return writer.node("Add", name, product, writer.array(f"{name}/{bias}", arrays[bias]))


def _embedding(writer: Writer, layer: NamedLayer, x: str) -> str:
    kind = layer.kind
    assert isinstance(kind, Embedding)
    if kind.mask_zero:
        raise EngineError(NO_MASK.format(what="mask_zero"))
    if layer is not writer.spec.layers[0]:  # what has passed another layer is no whole number any more
        x = writer.node("Cast", f"{layer.name}/words", x, to=INT64)
    return writer.node("Gather", layer.name, *writer.weights(layer, "embeddings"), x, axis=0)


def _positions(writer: Writer, layer: NamedLayer, x: str) -> str:
    time, features = layer.input
    values = writer.net.values[layer.name]
    rows = learned(values["embeddings"], time) if values else sinusoidal(time, features)
    return writer.node("Add", layer.name, x, writer.array(f"{layer.name}/embeddings", rows))


def _masking(writer: Writer, layer: NamedLayer, x: str) -> str:
    raise EngineError(NO_MASK.format(what="masking"))


def _spectrogram(writer: Writer, layer: NamedLayer, x: str) -> str:
    raise EngineError(
        "a Fourier transform is not written: leave stft-spectrogram out, and give the net the frames of "
        "dlcli stft --emit magnitude"
    )


def _steps(writer: Writer, layer: NamedLayer, x: str) -> str:
    kind, name = layer.kind, layer.name
    assert isinstance(kind, Steps)
    kept = range(layer.input[0])[kind.start : kind.stop]
    parts = (("starts", kept.start), ("ends", kept.stop), ("axes", 1))
    return writer.node(
        "Slice", name, x, *(writer.array(f"{name}/{word}", [n], np.int64) for word, n in parts)
    )


def _last_step(writer: Writer, layer: NamedLayer, x: str) -> str:
    last = writer.array(f"{layer.name}/last", layer.input[0] - 1, np.int64)
    return writer.node("Gather", layer.name, x, last, axis=1)


def _conv1d(writer: Writer, layer: NamedLayer, x: str) -> str:
    kind = layer.kind
    assert isinstance(kind, Conv1D)
    (_, pads), arrays = kind.where(layer.input).pads, writer.weights(layer, "kernel", "bias")
    return over_features(
        writer, layer.name, x, "Conv", *arrays, kernel_shape=(kind.kernel_size,), strides=(kind.strides,),
        dilations=(kind.dilation_rate,), pads=pads, group=kind.groups,
    )  # fmt: skip


def _recurrent(writer: Writer, layer: NamedLayer, x: str) -> str:
    kind = layer.kind
    assert isinstance(kind, Recurrent)
    return _unrolled(writer, layer, kind, [writer.net.values[layer.name]], x)


def _both_ways(writer: Writer, layer: NamedLayer, x: str) -> str:
    kind = layer.kind
    assert isinstance(kind, Bidirectional)
    values = writer.net.values[layer.name]
    return _unrolled(writer, layer, kind.recurrent, [one_way(values, way) for way in (FORWARD, BACKWARD)], x)


def _unrolled(
    writer: Writer, layer: NamedLayer, kind: Recurrent, ways: list[Mapping[str, Array]], x: str
) -> str:
    """RNN, LSTM or GRU in one direction or two."""
    name = layer.name
    arrays = write_net(RecurrentNet((Layer.of([kind.made(way) for way in ways]),)), "onnx")
    if kind.activation not in ACTIVATIONS:
        raise EngineError(f"cells of ONNX have no activation {kind.activation}; try {', '.join(ACTIVATIONS)}")
    put = [writer.array(f"{name}/{word}", arrays[word]) if word in arrays else "" for word in ("W", "R", "B")]
    own = ACTIVATIONS[kind.activation]
    functions = {LSTM: ("Sigmoid", own, own), GRU: ("Sigmoid", own), SimpleRNN: (own,)}[type(kind)]
    given: dict[str, Any] = {"hidden_size": kind.units, "activations": functions * len(ways)}
    given |= {"direction": "bidirectional"} if len(ways) == 2 else {}
    given |= {"linear_before_reset": int(kind.reset_after)} if isinstance(kind, GRU) else {}
    if kind.sources:
        axis = writer.array(f"{name}/axis", [0], np.int64)
        put += ["", writer.node("Unsqueeze", f"{name}/initial", writer.outputs[kind.sources[0]], axis)]
    by_step = writer.node("Transpose", f"{name}/by_step", x, perm=(1, 0, 2))
    states = writer.node(RECURRENT[type(kind)], f"{name}/states", by_step, *put, **given)
    merge = getattr(layer.kind, "merge_mode", "concat")
    if merge == "concat":
        turned = writer.node("Transpose", f"{name}/by_sequence", states, perm=(2, 0, 1, 3))
        shape = writer.array(f"{name}/shape", [0, 0, len(ways) * kind.units], np.int64)
        return writer.node("Reshape", name, turned, shape)
    op = {"sum": "ReduceSum", "ave": "ReduceMean", "mul": "ReduceProd"}[merge]
    if op == "ReduceSum":  # the first whose axes are an input
        axes = writer.array(f"{name}/axes", [1], np.int64)
        merged = writer.node(op, f"{name}/merged", states, axes, keepdims=0)
    else:
        merged = writer.node(op, f"{name}/merged", states, axes=(1,), keepdims=0)
    return writer.node("Transpose", name, merged, perm=(1, 0, 2))


def _simple(writer: Writer, layer: NamedLayer, x: str) -> str:
    kind = layer.kind
    assert isinstance(kind, SimpleRNN)
    if kind.skip:
        raise EngineError("ONNX has no recurrent operator that skips steps")
    return _recurrent(writer, layer, x)


def _leaky(writer: Writer, layer: NamedLayer, x: str) -> str:
    """h[t] = Σ (1 − a) a^(t − s) f(x[s] W + b) over the steps s up to t, and a^(t + 1) of a first state."""
    kind, name, time = layer.kind, layer.name, layer.input[0]
    assert isinstance(kind, Leaky)
    values = writer.net.values[name]
    new = _dense(
        writer, f"{name}/new", x, {word: one.T if word == "kernel" else one for word, one in values.items()}
    )
    if kind.activation != "linear":
        new = writer.activation(kind.activation, f"{name}/activation", new, 2)
    ago = np.arange(time)[:, None] - np.arange(time)
    shares = np.where(ago >= 0, (1 - kind.alpha) * kind.alpha ** np.maximum(ago, 0), 0)
    put = writer.array(f"{name}/shares", shares)
    if not kind.sources:
        return writer.node("MatMul", name, put, new)
    axis = writer.array(f"{name}/axis", [1], np.int64)
    first = writer.node("Unsqueeze", f"{name}/initial", writer.outputs[kind.sources[0]], axis)
    left = writer.array(f"{name}/left", kind.alpha ** np.arange(1, time + 1)[:, None])
    kept = writer.node("Mul", f"{name}/kept", first, left)
    return writer.node("Add", name, writer.node("MatMul", f"{name}/mixed", put, new), kept)


def _attention(writer: Writer, layer: NamedLayer, x: str) -> str:
    kind = layer.kind
    assert isinstance(kind, Attention)
    memory = writer.outputs[kind.memory] if kind.memory else x
    return _attending(writer, layer.name, kind, layer.input, writer.net.values[layer.name], x, memory)


def _attending(
    writer: Writer, name: str, kind: Attention, shape: Shape, values: Mapping[str, Array], x: str, memory: str
) -> str:
    """softmax(q kᵀ / √D) v, head by head, and what makes one of all heads."""
    e, heads = kind.width(shape), kind.heads
    split = writer.array(f"{name}/heads", [0, 0, heads, e // heads], np.int64)
    parts = []
    for place, word in enumerate(("query", "key", "value")):
        rows = slice(place * e, (place + 1) * e)
        arrays = {"kernel": values["in_proj_kernel"][rows]}
        if "in_proj_bias" in values:
            arrays["bias"] = values["in_proj_bias"][rows]
        made = _dense(writer, f"{name}/{word}", memory if place else x, arrays)
        apart = writer.node("Reshape", f"{name}/{word}/split", made, split)
        perm = (0, 2, 3, 1) if word == "key" else (0, 2, 1, 3)
        parts.append(writer.node("Transpose", f"{name}/{word}/by_head", apart, perm=perm))
    scores = writer.node("MatMul", f"{name}/products", parts[0], parts[1])
    root = writer.array(f"{name}/root", 1 / math.sqrt(e // heads))
    scores = writer.node("Mul", f"{name}/scaled", scores, root)
    if kind.causal:
        later = np.triu(np.full((shape[0], shape[0]), -np.inf), 1)
        scores = writer.node("Add", f"{name}/causal", scores, writer.array(f"{name}/later", later))
    shares = writer.node("Softmax", f"{name}/shares", scores, axis=-1)
    mixed = writer.node("MatMul", f"{name}/mixed", shares, parts[2])
    by_step = writer.node("Transpose", f"{name}/by_step", mixed, perm=(0, 2, 1, 3))
    joined = writer.node(
        "Reshape", f"{name}/joined", by_step, writer.array(f"{name}/width", [0, 0, e], np.int64)
    )
    return _dense(writer, name, joined, values, "out_proj_kernel", "out_proj_bias")


def _block(writer: Writer, layer: NamedLayer, x: str) -> str:
    """Parts with residual connections, each before or behind a normalisation."""
    kind, name, values = layer.kind, layer.name, writer.net.values[layer.name]
    assert isinstance(kind, TransformerBlock)
    parts = {part: (one, shape) for part, one, shape in kind.parts(layer.input)}

    def norm(place: int, y: str, called: str) -> str:
        arrays = part_of(values, f"norm{place}")
        put = [writer.array(f"{name}/norm{place}/{word}", arrays[word]) for word in ("gamma", "beta")]
        return writer.node("LayerNormalization", called, y, *put, axis=-1, epsilon=kind.epsilon)

    def made(part: str, y: str) -> str:
        if part == WIDEN:
            wide = _dense(writer, f"{name}/{WIDEN}", y, part_of(values, WIDEN))
            wide = writer.activation(kind.activation, f"{name}/{kind.activation}", wide, 2)
            return _dense(writer, f"{name}/{NARROW}", wide, part_of(values, NARROW))
        own, shape = parts[part]
        assert isinstance(own, Attention)
        memory = writer.outputs[own.memory] if own.memory else y
        return _attending(writer, f"{name}/{part}", own, shape, part_of(values, part), y, memory)

    order = [part for part in (OWN, MEMORY, WIDEN) if part in parts]
    for place, part in enumerate(order, 1):
        called = name if place == len(order) else f"{name}/after_{part}"
        if kind.norm_first:
            x = writer.node("Add", called, x, made(part, norm(place, x, f"{name}/norm{place}")))
        else:
            x = norm(place, writer.node("Add", f"{name}/add{place}", x, made(part, x)), called)
    return x


#: Class of a layer's declaration -> what puts such a layer down.
OVER_TIME: dict[type, LayerWriter] = {
    Embedding: _embedding, Positions: _positions, Masking: _masking, Steps: _steps, LastStep: _last_step,
    Conv1D: _conv1d, SimpleRNN: _simple, Leaky: _leaky, LSTM: _recurrent, GRU: _recurrent,
    StftSpectrogram: _spectrogram,
    Bidirectional: _both_ways, Attention: _attention, TransformerBlock: _block, DecoderBlock: _block,
}  # fmt: skip
