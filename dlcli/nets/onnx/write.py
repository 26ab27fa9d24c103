"""A net as a graph of ONNX: channels first, the batch open, float32, as in evaluation.

Pictures are (N, channel, height, width) there. Where a flatten comes before a dense layer the rows of its
kernel change places, so that the numbers may stay in the order that ONNX gives them; elsewhere transposes
keep the order of the model.

Source: ONNX operators, opset 17, https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dlcli.engines.base.checks import Array, pair
from dlcli.engines.base.padding import Geometry
from dlcli.engines.tensors.activations import NEGATIVE_SLOPE
from dlcli.nets.flat_order import APART, order_of
from dlcli.nets.layers.activation import Activation, Prelu
from dlcli.nets.layers.add import Add
from dlcli.nets.layers.base import Shape
from dlcli.nets.layers.convolution import Conv
from dlcli.nets.layers.dense import Dense
from dlcli.nets.layers.depthwise import DepthwiseConv, SeparableConv
from dlcli.nets.layers.noise import Dropout, Noise
from dlcli.nets.layers.normalise import BatchNorm, LayerNorm
from dlcli.nets.layers.pooling import AvgPool, GlobalAvg, MaxPool
from dlcli.nets.layers.shape import Flatten, Rescaling, Reshape, Upsampling
from dlcli.nets.layers.transposed import ConvTranspose
from dlcli.nets.net import Net
from dlcli.nets.onnx.graph import Graph, Node
from dlcli.nets.spec import ModelSpec, NamedLayer

#: The version of the operators that are written: the first with LayerNormalization.
OPSET = 17

#: What the file says has made it.
PRODUCER = "dlcli"

#: Name of an activation that is one operator -> the operator and its attributes.
ACTIVATION_OPS: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("Relu", {}), "leaky-relu": ("LeakyRelu", {"alpha": NEGATIVE_SLOPE}), "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}), "elu": ("Elu", {"alpha": 1.0}), "softplus": ("Softplus", {}),
    "softmax": ("Softmax", {"axis": 1}), "linear": ("Identity", {}),
}  # fmt: skip

#: Channels to the end, and to the front again.
TO_LAST, TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)


def write_graph(spec: ModelSpec, weights: Mapping[str, Array]) -> Graph:
    """The graph of a model with weights in Keras' layout by ``layer/weight``.

    >>> from dlcli.nets.builtin import builtin
    >>> spec = builtin("mlp", input=(2, 2, 1), classes=3)
    >>> graph = write_graph(spec, Net(spec).draw(0).weights())
    >>> [node.op for node in graph.nodes], graph.inputs
    (['Flatten', 'Gemm', 'Relu', 'Gemm', 'Relu', 'Gemm'], (('input', (None, 1, 2, 2)),))

    Raises ``DifferentWeights`` for those of another model.
    """
    writer = Writer(spec, Net(spec).load(weights))
    output = writer.write()
    return Graph(
        inputs=((writer.start, lengths(spec.input)),),
        outputs=((output, lengths(spec.output)),),
        nodes=tuple(writer.nodes),
        initializers=writer.initializers,
        opset=OPSET,
        producer=PRODUCER,
        properties={"loss": spec.loss, "target": spec.target},
    )


def lengths(shape: Shape) -> tuple[int | None, ...]:
    """The lengths in ONNX: the batch first, which is open, and the channels before the cells.

    >>> lengths((28, 32, 3)), lengths((10,))
    ((None, 3, 28, 32), (None, 10))
    """
    return (None, shape[2], *shape[:2]) if len(shape) == 3 else (None, *shape)


class Writer:
    """Puts down one layer after the other.

    ``order``, where features do not lie as in the model, says which feature of the model each one is.
    """

    def __init__(self, spec: ModelSpec, net: Net) -> None:
        self.spec, self.net = spec, net
        self.nodes: list[Node] = []
        self.initializers: dict[str, Array] = {}
        self.outputs: dict[str, str] = {}
        self.order: Array | None = None
        self.start = "input"
        while any(layer.name == self.start for layer in spec.layers):
            self.start += "_"

    def write(self) -> str:
        """Put down all layers; returns the name of the value that the last one gives."""
        x = self.start
        for layer in self.spec.layers:
            x = WRITERS[type(layer.kind)](self, layer, x)
            ending = getattr(layer.kind, "activation", "linear")
            if ending != "linear":
                x = self.activation(ending, f"{layer.name}/{ending}", x)
            self.outputs[layer.name] = x
        return x

    def node(self, op: str, name: str, *inputs: str, **attributes: Any) -> str:
        """Put down an operator; what it gives has its name."""
        self.nodes.append(Node(op, inputs, (name,), name, attributes))
        return name

    def array(self, name: str, array: Any, dtype: type = np.float32) -> str:
        """Put down an array; returns its name."""
        self.initializers[name] = np.asarray(array, dtype, order="C")
        return name

    def weight(self, layer: NamedLayer, name: str) -> Array:
        """One array of a layer in PyTorch's layout; of what belongs to features, in the order of these."""
        array = self.net.values[layer.name][name]
        return array[..., self.order] if self.order is not None else array

    def weights(self, layer: NamedLayer, *names: str) -> list[str]:
        """The arrays of a layer, put down as they are, where it has them."""
        return [
            self.array(f"{layer.name}/{name}", self.weight(layer, name))
            for name in names
            if name in layer.weights
        ]

    def activation(self, function: str, name: str, x: str) -> str:
        """An activation as one operator or several."""
        if function == "silu":
            return self.node("Mul", name, x, self.node("Sigmoid", f"{name}/sigmoid", x))
        if function == "gelu":
            half, one, root = (
                self.array(f"{name}/{word}", value)
                for word, value in (("half", 0.5), ("one", 1.0), ("root", np.sqrt(2)))
            )
            error = self.node("Erf", f"{name}/erf", self.node("Div", f"{name}/div", x, root))
            twice = self.node("Mul", f"{name}/mul", x, self.node("Add", f"{name}/add", error, one))
            return self.node("Mul", name, twice, half)
        op, attributes = ACTIVATION_OPS[function]
        return self.node(op, name, x, **attributes)

    def stays_mixed(self, flatten: NamedLayer) -> bool:
        """Whether the next that minds the order of the features behind a flatten is a dense layer."""
        sources = {one.kind.source for one in self.spec.layers if isinstance(one.kind, Add)}
        for layer in self.spec.layers[self.spec.layers.index(flatten) :]:
            if isinstance(layer.kind, Dense):
                return True
            if layer.name in sources or not isinstance(layer.kind, (*APART, Flatten)):
                return False
        return False


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
    mean = writer.node("GlobalAveragePool", f"{layer.name}/mean", x)
    return writer.node("Flatten", layer.name, mean)


def _flatten(writer: Writer, layer: NamedLayer, x: str) -> str:
    if len(layer.input) == 1:
        return writer.node("Identity", layer.name, x)
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
    if len(after) == 1 or after[2] == 1:
        shape = writer.array(f"{name}/shape", [0, *lengths(after)[1:]], np.int64)
        return writer.node("Reshape", name, x, shape)
    shaped = writer.node(
        "Reshape", f"{name}/reshape", x, writer.array(f"{name}/shape", [0, *after], np.int64)
    )
    return writer.node("Transpose", name, shaped, perm=TO_FIRST)


def _dense(writer: Writer, layer: NamedLayer, x: str) -> str:
    kernel = writer.weights(layer, "kernel")
    writer.order = None
    return writer.node("Gemm", layer.name, x, *kernel, *writer.weights(layer, "bias"), transB=1)


def _batchnorm(writer: Writer, layer: NamedLayer, x: str) -> str:
    kind = layer.kind
    assert isinstance(kind, BatchNorm)
    arrays = writer.weights(layer, "gamma", "beta", "moving_mean", "moving_variance")
    return writer.node(
        "BatchNormalization", layer.name, x, *arrays, epsilon=kind.epsilon, momentum=kind.momentum
    )


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
    return writer.activation(kind.function, layer.name, x)


def _prelu(writer: Writer, layer: NamedLayer, x: str) -> str:
    alpha = writer.weight(layer, "alpha").reshape(-1, *(1,) * (len(layer.input) - 1))
    return writer.node("PRelu", layer.name, x, writer.array(f"{layer.name}/alpha", alpha))


def _add(writer: Writer, layer: NamedLayer, x: str) -> str:
    kind = layer.kind
    assert isinstance(kind, Add)
    return writer.node("Add", layer.name, x, writer.outputs[kind.source])


#: Class of a layer's declaration -> what puts such a layer down.
WRITERS: dict[type, Callable[[Writer, NamedLayer, str], str]] = {
    Rescaling: _rescaling, Conv: _conv, DepthwiseConv: _depthwise, SeparableConv: _separable,
    ConvTranspose: _transposed, Upsampling: _upsampling, MaxPool: _pool, AvgPool: _pool, GlobalAvg: _global,
    Flatten: _flatten, Reshape: _reshape, Dense: _dense, BatchNorm: _batchnorm, LayerNorm: _layernorm,
    Dropout: _dropout, Noise: _noise, Activation: _activation, Prelu: _prelu, Add: _add,
}  # fmt: skip
