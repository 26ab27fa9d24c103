"""What puts the layers of a net down as a graph of ONNX, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.tensors.activations import HARD_SLOPE, NEGATIVE_SLOPE, SELU_ALPHA, SELU_SCALE
from dlcli.nets.flat_order import APART
from dlcli.nets.layers.base import Shape
from dlcli.nets.layers.dense import Dense
from dlcli.nets.layers.shape import Flatten
from dlcli.nets.net import Net
from dlcli.nets.onnx.graph import Node
from dlcli.nets.spec import BadModel, ModelSpec, NamedLayer

#: Name of an activation that is one operator -> the operator and its attributes.
ACTIVATION_OPS: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("Relu", {}), "leaky-relu": ("LeakyRelu", {"alpha": NEGATIVE_SLOPE}), "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}), "elu": ("Elu", {"alpha": 1.0}), "softplus": ("Softplus", {}),
    "selu": ("Selu", {"alpha": SELU_ALPHA, "gamma": SELU_SCALE}),
    "hard-sigmoid": ("HardSigmoid", {"alpha": HARD_SLOPE, "beta": 0.5}),
    "softmax": ("Softmax", {"axis": 1}), "linear": ("Identity", {}),
}  # fmt: skip


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

    def write(self, writers: Mapping[type, LayerWriter]) -> str:
        """Put down all layers, by the writer of each kind; returns the name of what the last one gives.

        Raises ``BadModel`` for a layer that ONNX cannot have.
        """
        x = self.start
        for layer in self.spec.layers:
            if layer.after:
                x = self.outputs[layer.after]
            try:
                x = writers[type(layer.kind)](self, layer, x)
            except BadModel:
                raise
            except EngineError as error:
                raise BadModel(layer.name, str(error).partition("; try layout")[0]) from error
            ending = layer.kind.ending
            if ending != "linear":
                x = self.activation(ending, f"{layer.name}/{ending}", x, len(layer.output))
            self.outputs[layer.name] = x
        return x

    def node(self, op: str, name: str, *inputs: str, **attributes: Any) -> str:
        """Put down an operator; what it gives has its name."""
        self.nodes.append(Node(op, inputs, (name,), name, attributes))
        return name

    def array(self, name: str, array: Any, dtype: type[np.generic] = np.float32) -> str:
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

    def activation(self, function: str, name: str, x: str, rank: int) -> str:
        """An activation of one output of this rank, as one operator or several."""
        if function == "silu":
            return self.node("Mul", name, x, self.node("Sigmoid", f"{name}/sigmoid", x))
        if function == "hard-tanh":
            ends = (self.array(f"{name}/{word}", value) for word, value in (("least", -1.0), ("most", 1.0)))
            return self.node("Clip", name, x, *ends)
        if function == "gelu":
            half, one, root = (
                self.array(f"{name}/{word}", value)
                for word, value in (("half", 0.5), ("one", 1.0), ("root", np.sqrt(2)))
            )
            error = self.node("Erf", f"{name}/erf", self.node("Div", f"{name}/div", x, root))
            twice = self.node("Mul", f"{name}/mul", x, self.node("Add", f"{name}/add", error, one))
            return self.node("Mul", name, twice, half)
        op, attributes = ACTIVATION_OPS[function]
        if function == "softmax" and rank == 2:
            attributes = {"axis": 2}
        return self.node(op, name, x, **attributes)

    def stays_mixed(self, flatten: NamedLayer) -> bool:
        """Whether the next that minds the order of the features behind a flatten is a dense layer."""
        for layer in self.spec.layers[self.spec.layers.index(flatten) :]:
            if layer.after and layer is not flatten:
                return False
            if isinstance(layer.kind, Dense):
                return True
            if layer.name in self.spec.used_later or not isinstance(layer.kind, (*APART, Flatten)):
                return False
        return False


#: Puts a layer down behind the value of a name; returns the name of what it gives.
LayerWriter: TypeAlias = Callable[[Writer, NamedLayer, str], str]
