"""A net as a graph of ONNX: channels first, the batch open, float32, as in evaluation.

Pictures are (N, channel, height, width) there. Where a flatten comes before a dense layer the rows of its
kernel change places, so that the numbers may stay in the order that ONNX gives them; elsewhere transposes
keep the order of the model.

Source: ONNX operators, opset 17, https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from dlcli.engines.base.checks import Array, pair
from dlcli.engines.base.padding import Geometry
from dlcli.nets.flat_order import order_of
from dlcli.nets.layers.activation import Activation, Prelu
from dlcli.nets.layers.add import Add
from dlcli.nets.layers.convolution import Conv
from dlcli.nets.layers.dense import Dense
from dlcli.nets.layers.depthwise import DepthwiseConv, SeparableConv
from dlcli.nets.layers.noise import Dropout, Noise
from dlcli.nets.layers.normalise import BatchNorm, LayerNorm
from dlcli.nets.layers.pooling import AvgPool, GlobalAvg, MaxPool
from dlcli.nets.layers.sequence import Concat, TimeDistributed
from dlcli.nets.layers.shape import Flatten, Normalization, Rescaling, Reshape, Upsampling
from dlcli.nets.layers.transposed import ConvTranspose
from dlcli.nets.net import Net
from dlcli.nets.onnx.graph import Graph
from dlcli.nets.onnx.over_time import OVER_TIME, dense_over_time, over_features
from dlcli.nets.onnx.writer import LayerWriter, Writer, lengths
from dlcli.nets.spec import ModelSpec, NamedLayer

#: The version of the operators that are written: the first with LayerNormalization.
OPSET = 17

#: What the file says has made it.
PRODUCER = "dlcli"

#: Channels to the end, and to the front again.
TO_LAST, TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)


def write_graph(spec: ModelSpec, weights: Mapping[str, Array]) -> Graph:
    """The graph of a model with weights in Keras' layout by ``layer/weight``.

    >>> from dlcli.nets.builtin import builtin
    >>> spec = builtin("mlp", input=(2, 2, 1), classes=3)
    >>> graph = write_graph(spec, Net(spec).draw(0).weights())
    >>> [node.op for node in graph.nodes], graph.inputs
    (['Flatten', 'Gemm', 'Relu', 'Gemm', 'Relu', 'Gemm'], (('input', (None, 1, 2, 2)),))

    Raises ``DifferentWeights`` for those of another model, ``BadModel`` for a layer that ONNX cannot have.
    """
    writer = Writer(spec, Net(spec).load(weights))
    output = writer.write(WRITERS)
    return Graph(
        inputs=((writer.start, lengths(spec.input)),),
        outputs=((output, lengths(spec.output)),),
        nodes=tuple(writer.nodes),
        initializers=writer.initializers,
        opset=OPSET,
        producer=PRODUCER,
        properties={"loss": spec.loss, "target": spec.target},
        whole=(writer.start,) if spec.words else (),
    )


def _window(where: Geometry) -> dict[str, Any]:
    """The attributes of a window that slides."""
    (top, bottom), (left, right) = where.pads
    return {"kernel_shape": where.kernel, "strides": where.stride, "pads": (top, left, bottom, right)}


def _rescaling(writer: Writer, layer: NamedLayer, x: str) -> str:
    kind, name = layer.kind, layer.name
    assert isinstance(kind, Rescaling)
    if not kind.offset:
        return writer.node("Mul", name, x, writer.array(f"{name}/scale", kind.scale))
    scaled = writer.node("Mul", f"{name}/mul", x, writer.array(f"{name}/scale", kind.scale))
    return writer.node("Add", name, scaled, writer.array(f"{name}/offset", kind.offset))


def _normalization(writer: Writer, layer: NamedLayer, x: str) -> str:
    """What a batch normalisation would do with these numbers, as a factor and a shift."""
    kind, name = layer.kind, layer.name
    assert isinstance(kind, Normalization)
    deviation, mean = np.sqrt(np.array(kind.variance)), np.array(kind.mean)
    scale, offset = (deviation, mean) if kind.invert else (1 / deviation, -mean / deviation)
    cells = (-1, *(1,) * (2 if len(layer.input) == 3 else 0))
    scaled = writer.node("Mul", f"{name}/mul", x, writer.array(f"{name}/scale", scale.reshape(cells)))
    return writer.node("Add", name, scaled, writer.array(f"{name}/offset", offset.reshape(cells)))


def _conv(writer: Writer, layer: NamedLayer, x: str) -> str:
    kind, where = layer.kind, layer.kind.where(layer.input)  # type: ignore[attr-defined]
    assert isinstance(kind, Conv)
    arrays = writer.weights(layer, "kernel", "bias")
    return writer.node(
        "Conv", layer.name, x, *arrays, **_window(where), dilations=where.dilation, group=kind.groups
    )


def _apart(writer: Writer, layer: NamedLayer, x: str, kernel: str, name: str, *bias: str) -> str:
    """The kernels of a depthwise convolution, each on its own channel."""
    kind = layer.kind
    assert isinstance(kind, DepthwiseConv | SeparableConv)
    array, where = writer.weight(layer, kernel), kind.where(layer.input)
    put = writer.array(f"{layer.name}/{kernel}", array.reshape(-1, 1, *array.shape[2:]))
    return writer.node(
        "Conv", name, x, put, *bias, **_window(where), dilations=where.dilation, group=layer.input[2]
    )


def _depthwise(writer: Writer, layer: NamedLayer, x: str) -> str:
    return _apart(writer, layer, x, "kernel", layer.name, *writer.weights(layer, "bias"))


def _separable(writer: Writer, layer: NamedLayer, x: str) -> str:
    apart = _apart(writer, layer, x, "depthwise_kernel", f"{layer.name}/depthwise")
    return writer.node("Conv", layer.name, apart, *writer.weights(layer, "pointwise_kernel", "bias"))


def _transposed(writer: Writer, layer: NamedLayer, x: str) -> str:
    """What stands beyond Keras' size is cut off at the end; what is missing there is added."""
    kind = layer.kind
    assert isinstance(kind, ConvTranspose)
    kernel, strides = pair("kernel_size", kind.kernel_size), pair("strides", kind.strides)
    left_over = [
        (n - 1) * s + k - cut - out
        for n, s, k, cut, out in zip(layer.input, strides, kernel, kind.cut(), layer.output, strict=False)
    ]
    return writer.node(
        "ConvTranspose", layer.name, x, *writer.weights(layer, "kernel", "bias"),
        kernel_shape=kernel, strides=strides, pads=(*kind.cut(), *(max(0, one) for one in left_over)),
        output_padding=tuple(max(0, -one) for one in left_over),
    )  # fmt: skip


def _upsampling(writer: Writer, layer: NamedLayer, x: str) -> str:
    kind = layer.kind
    assert isinstance(kind, Upsampling)
    scales = writer.array(f"{layer.name}/scales", (1, 1, *pair("size", kind.size)))
    return writer.node(
        "Resize", layer.name, x, "", scales, mode="nearest", nearest_mode="floor",
        coordinate_transformation_mode="asymmetric",
    )  # fmt: skip


def _pool(writer: Writer, layer: NamedLayer, x: str) -> str:
    """What lies in the frame is the least of all, or not counted: both are ONNX' default."""
    kind = layer.kind
    assert isinstance(kind, MaxPool | AvgPool)
    where = kind.where(layer.input)
    op = "MaxPool" if isinstance(kind, MaxPool) else "AveragePool"
    return writer.node(op, layer.name, x, **_window(where))


def _global(writer: Writer, layer: NamedLayer, x: str) -> str:
    if len(layer.input) == 2:
        return writer.node("ReduceMean", layer.name, x, axes=(1,), keepdims=0)
    mean = writer.node("GlobalAveragePool", f"{layer.name}/mean", x)
    return writer.node("Flatten", layer.name, mean)


def _flatten(writer: Writer, layer: NamedLayer, x: str) -> str:
    if len(layer.input) == 1:
        return writer.node("Identity", layer.name, x)
    if len(layer.input) == 2:
        return writer.node("Flatten", layer.name, x)
    order = order_of(layer.input)
    if order is not None and writer.stays_mixed(layer):
        writer.order = order
    elif order is not None:
        x = writer.node("Transpose", f"{layer.name}/transpose", x, perm=TO_LAST)
    return writer.node("Flatten", layer.name, x)


def _reshape(writer: Writer, layer: NamedLayer, x: str) -> str:
    """The numbers in the model's order on the way, channels last."""
    name, before, after = layer.name, layer.input, layer.output
    if len(before) == 3 and before[2] > 1:
        x = writer.node("Transpose", f"{name}/last", x, perm=TO_LAST)
    if len(after) < 3 or after[2] == 1:
        shape = writer.array(f"{name}/shape", [0, *lengths(after)[1:]], np.int64)
        return writer.node("Reshape", name, x, shape)
    shaped = writer.node(
        "Reshape", f"{name}/reshape", x, writer.array(f"{name}/shape", [0, *after], np.int64)
    )
    return writer.node("Transpose", name, shaped, perm=TO_FIRST)


def _dense(writer: Writer, layer: NamedLayer, x: str) -> str:
    if len(layer.input) == 2:
        return dense_over_time(writer, layer, x)
    kernel = writer.weights(layer, "kernel")
    writer.order = None
    return writer.node("Gemm", layer.name, x, *kernel, *writer.weights(layer, "bias"), transB=1)


def _batchnorm(writer: Writer, layer: NamedLayer, x: str) -> str:
    kind = layer.kind
    assert isinstance(kind, BatchNorm)
    arrays = writer.weights(layer, "gamma", "beta", "moving_mean", "moving_variance")
    given = {"epsilon": kind.epsilon, "momentum": kind.momentum}
    if len(layer.input) == 2:
        return over_features(writer, layer.name, x, "BatchNormalization", *arrays, **given)
    return writer.node("BatchNormalization", layer.name, x, *arrays, **given)


def _layernorm(writer: Writer, layer: NamedLayer, x: str) -> str:
    """Over the channels, which go to the end for it."""
    kind, name = layer.kind, layer.name
    assert isinstance(kind, LayerNorm)
    arrays, picture = writer.weights(layer, "gamma", "beta"), len(layer.input) == 3
    if picture:
        x = writer.node("Transpose", f"{name}/last", x, perm=TO_LAST)
    inner = f"{name}/norm" if picture else name
    x = writer.node("LayerNormalization", inner, x, *arrays, axis=-1, epsilon=kind.epsilon)
    return writer.node("Transpose", name, x, perm=TO_FIRST) if picture else x


def _dropout(writer: Writer, layer: NamedLayer, x: str) -> str:
    """It lets everything through, as ONNX says of a net that does not learn."""
    kind = layer.kind
    assert isinstance(kind, Dropout)
    return writer.node("Dropout", layer.name, x, writer.array(f"{layer.name}/rate", kind.rate))


def _noise(writer: Writer, layer: NamedLayer, x: str) -> str:
    return writer.node("Identity", layer.name, x)


def _activation(writer: Writer, layer: NamedLayer, x: str) -> str:
    kind = layer.kind
    assert isinstance(kind, Activation)
    return writer.activation(kind.function, layer.name, x, len(layer.input))


def _prelu(writer: Writer, layer: NamedLayer, x: str) -> str:
    cells = 2 if len(layer.input) == 3 else 0  # features are the last of all others
    alpha = writer.weight(layer, "alpha").reshape(-1, *(1,) * cells)
    return writer.node("PRelu", layer.name, x, writer.array(f"{layer.name}/alpha", alpha))


def _concat(writer: Writer, layer: NamedLayer, x: str) -> str:
    kind = layer.kind
    assert isinstance(kind, Concat)
    axis = 1 if len(layer.input) == 3 else len(layer.input)
    return writer.node("Concat", layer.name, x, writer.outputs[kind.source], axis=axis)


def _add(writer: Writer, layer: NamedLayer, x: str) -> str:
    kind = layer.kind
    assert isinstance(kind, Add)
    return writer.node("Add", layer.name, x, writer.outputs[kind.source])


def _each_step(writer: Writer, layer: NamedLayer, x: str) -> str:
    """What works on features works on those of every step."""
    kind = layer.kind
    assert isinstance(kind, TimeDistributed)
    return WRITERS[type(kind.layer)](writer, replace(layer, kind=kind.layer), x)


#: Class of a layer's declaration -> what puts such a layer down.
WRITERS: dict[type, LayerWriter] = {
    Rescaling: _rescaling, Normalization: _normalization, Conv: _conv, DepthwiseConv: _depthwise,
    SeparableConv: _separable,
    ConvTranspose: _transposed, Upsampling: _upsampling, MaxPool: _pool, AvgPool: _pool, GlobalAvg: _global,
    Flatten: _flatten, Reshape: _reshape, Dense: _dense, BatchNorm: _batchnorm, LayerNorm: _layernorm,
    Dropout: _dropout, Noise: _noise, Activation: _activation, Prelu: _prelu, Add: _add,
    Concat: _concat, TimeDistributed: _each_step, **OVER_TIME,
}  # fmt: skip
