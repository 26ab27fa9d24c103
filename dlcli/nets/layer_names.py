"""What the weights of one layer are called in Keras and in PyTorch, and how they lie there.

    Keras     kernel; lstm_cell/kernel; forward_lstm/lstm_cell/kernel; query/kernel (in, head, feature)
    PyTorch   weight; weight_ih_l0, gates in its own order, and two biases; self_attn.in_proj_weight

Names are those behind the layer's own. What PyTorch has no layer for is called as it would be there: leaky is
weight and bias, a skip connection weight_skip_l0, positions are weight, as of an embedding.

Sources: ``w.path`` of Keras 3 and the state_dict of PyTorch's modules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.layouts.read import read_net, write_net
from dlcli.engines.recurrent.net import RecurrentNet
from dlcli.nets.layers.activation import Prelu
from dlcli.nets.layers.attention import Attention
from dlcli.nets.layers.base import Arrays, Kind, Shape, Weight
from dlcli.nets.layers.bidirectional import BACKWARD, FORWARD, Bidirectional, one_way
from dlcli.nets.layers.depthwise import DepthwiseConv
from dlcli.nets.layers.normalise import LayerNorm
from dlcli.nets.layers.recurrent import Leaky, Recurrent, SimpleRNN
from dlcli.nets.layers.sequence import TimeDistributed
from dlcli.nets.layers.transformer import MEMORY, OWN, TransformerBlock, part_of

#: What a weight is called here and in Keras -> what it is called in PyTorch.
TORCH = {
    "kernel": "weight", "bias": "bias", "gamma": "weight", "beta": "bias", "moving_mean": "running_mean",
    "moving_variance": "running_var", "alpha": "weight", "embeddings": "weight",
    "in_proj_kernel": "in_proj_weight", "in_proj_bias": "in_proj_bias", "out_proj_kernel": "out_proj.weight",
    "out_proj_bias": "out_proj.bias",
}  # fmt: skip

#: The same of a separable convolution, which is two modules in PyTorch.
SEPARABLE = {
    "depthwise_kernel": "depthwise.weight", "pointwise_kernel": "pointwise.weight", "bias": "pointwise.bias",
}  # fmt: skip

#: What PyTorch calls the parts of a transformer layer.
TORCH_PARTS = {OWN: "self_attn", MEMORY: "multihead_attn"}

#: The layers of Keras' attention that the columns of ``in_proj_kernel`` are, in their order.
PROJECTIONS = ("query", "key", "value")

#: Keras' name of what makes one of all heads.
OUT = "attention_output"

#: What meets the state of some steps ago, in PyTorch's way; and what ends a name of either direction there.
SKIP = "weight_skip_l0"
ENDS = ("", "_reverse")

#: What stands between the parts of a name.
MARKS = {"keras": "/", "torch": "."}


def is_whole(kind: Kind) -> bool:
    """Whether weights with names of several parts are one layer, not layers of their own in a file."""
    return isinstance(kind, Recurrent | Bidirectional | Attention | TransformerBlock | TimeDistributed)


def named_weights(kind: Kind, x: Shape, arrays: Arrays, layout: str) -> dict[str, Array]:
    """The weights of a layer on inputs of shape x, in Keras' layout, by their names in a layout and as there.

    >>> from dlcli.nets.layers.recurrent import GRU
    >>> gru = GRU(units=2)
    >>> zeros = {name: np.zeros(weight.shape) for name, weight in gru.weights((5, 3)).items()}
    >>> {name: array.shape for name, array in named_weights(gru, (5, 3), zeros, "torch").items()}
    {'weight_ih_l0': (6, 3), 'weight_hh_l0': (6, 2), 'bias_ih_l0': (6,), 'bias_hh_l0': (6,)}

    Raises ``EngineError`` for a recurrent layer that PyTorch computes otherwise.
    """
    torch = layout == "torch"
    match kind:
        case TimeDistributed():
            inner = named_weights(kind.layer, x[1:], arrays, layout)
            return inner if torch else {f"{kind.layer.keras}/{name}": one for name, one in inner.items()}
        case Leaky() if torch:
            return {TORCH[name]: np.ascontiguousarray(one.T) for name, one in arrays.items()}
        case Recurrent() | Bidirectional():
            return _recurrent(kind, arrays, layout)
        case Attention() if not torch:
            return _keras_attention(kind, arrays)
        case TransformerBlock():
            made: dict[str, Array] = {}
            for part, one, shape in _parts(kind, x):
                word, mark = (TORCH_PARTS.get(part, part), ".") if torch else (part, "/")
                inner = named_weights(one, shape, part_of(arrays, part), layout)
                made |= {f"{word}{mark}{name}": array for name, array in inner.items()}
            return made
    weights = kind.weights(x)
    if not torch:
        return {name: one.reshape(_keras_shape(kind, x, weights[name])) for name, one in arrays.items()}
    words = SEPARABLE if "pointwise_kernel" in weights else TORCH
    return {words[name]: _in_torch(kind, name, weights[name], one) for name, one in arrays.items()}


def weights_named(kind: Kind, x: Shape, named: Mapping[str, Array], layout: str) -> dict[str, Array]:
    """The way back: weights in Keras' layout from those by their names in a layout, all there and as there.

    >>> from dlcli.nets.layers.dense import Dense
    >>> weights_named(Dense(units=1, use_bias=False), (2,), {"weight": np.array([[1.0, 2.0]])}, "torch")
    {'kernel': array([[1.],
           [2.]])}
    """
    torch = layout == "torch"
    match kind:
        case TimeDistributed():
            front = "" if torch else f"{kind.layer.keras}/"
            inner = {name.removeprefix(front): one for name, one in named.items()}
            return weights_named(kind.layer, x[1:], inner, layout)
        case Leaky() if torch:
            return {name: named[TORCH[name]].T for name in kind.weights(x)}
        case Recurrent() | Bidirectional():
            return _recurrent_back(kind, x, named, layout)
        case Attention() if not torch:
            return _from_keras_attention(kind, x, named)
        case TransformerBlock():
            made: dict[str, Array] = {}
            for part, one, shape in _parts(kind, x):
                front = f"{TORCH_PARTS.get(part, part)}." if torch else f"{part}/"
                inner = {
                    name.removeprefix(front): array for name, array in named.items() if name.startswith(front)
                }
                back = weights_named(one, shape, inner, layout)
                made |= {f"{part}_{name}": array for name, array in back.items()}
            return {name: made[name] for name in kind.weights(x)}
    weights = kind.weights(x)
    if not torch:
        return {name: named[name].reshape(one.shape) for name, one in weights.items()}
    words = SEPARABLE if "pointwise_kernel" in weights else TORCH
    return {name: one.in_keras(named[words[name]].reshape(one.inner)) for name, one in weights.items()}


def _keras_shape(kind: Kind, x: Shape, weight: Weight) -> Shape:
    """The shape in Keras: of prelu over pictures one alpha for all cells, which are axes of length 1."""
    return (*(1,) * (len(x) - 1), *weight.shape) if isinstance(kind, Prelu) else weight.shape


def _in_torch(kind: Kind, name: str, weight: Weight, array: Array) -> Array:
    """An array in PyTorch's layout: kernels of channels apart are (channel out, 1, rows, columns)."""
    inner = weight.in_net(array)
    apart = (isinstance(kind, DepthwiseConv) and name == "kernel") or name == "depthwise_kernel"
    return np.ascontiguousarray(inner.reshape(-1, 1, *inner.shape[2:]) if apart else inner)


def _recurrent(kind: Recurrent | Bidirectional, arrays: Arrays, layout: str) -> dict[str, Array]:
    """By the layouts of the recurrent engine, which knows a net of this one layer."""
    ways = _ways(kind, arrays)
    beside: dict[str, Array] = {}
    if layout == "torch":  # a skip connection is ours
        beside = {
            f"{SKIP}{end}": np.ascontiguousarray(way.pop("skip_kernel").T)
            for way, end in zip(ways, ENDS, strict=False)
            if "skip_kernel" in way
        }
    one = _one(kind)
    one = replace(one, skip=0) if beside and isinstance(one, SimpleRNN) else one
    named = write_net(RecurrentNet((Layer.of([one.made(way) for way in ways]),)), layout)
    return {name.partition(MARKS[layout])[2]: array for name, array in named.items()} | beside


def _recurrent_back(
    kind: Recurrent | Bidirectional, x: Shape, named: Mapping[str, Array], layout: str
) -> dict[str, Array]:
    known = {f"layer{MARKS[layout]}{name}": one for name, one in named.items() if not name.startswith(SKIP)}
    (layer,) = read_net(known).net.layers
    ways = [cell.arrays() for cell in layer.cells]
    for way, end in zip(ways, ENDS, strict=False):
        if f"{SKIP}{end}" in named:
            way["skip_kernel"] = named[f"{SKIP}{end}"].T
    if isinstance(kind, Bidirectional):
        front = (f"{FORWARD}_", f"{BACKWARD}_")
        both = zip(front, ways, strict=True)
        return _chosen({f"{word}{name}": one for word, way in both for name, one in way.items()}, kind, x)
    return _chosen(ways[0], kind, x)


def _chosen(arrays: Arrays, kind: Kind, x: Shape) -> dict[str, Array]:
    """The arrays that a layer has, in its order: a GRU is read with zeros where it has no bias."""
    return {name: arrays[name] for name in kind.weights(x)}


def _one(kind: Recurrent | Bidirectional) -> Recurrent:
    return kind.recurrent if isinstance(kind, Bidirectional) else kind


def _ways(kind: Recurrent | Bidirectional, arrays: Arrays) -> list[dict[str, Array]]:
    """The arrays of each direction by their own names."""
    if isinstance(kind, Bidirectional):
        return [one_way(arrays, way) for way in (FORWARD, BACKWARD)]
    return [dict(arrays)]


def _keras_attention(kind: Attention, arrays: Arrays) -> dict[str, Array]:
    """(in, head, feature) for each of queries, keys and values, and (head, feature, out) behind them."""
    heads = kind.heads
    named: dict[str, Array] = {}
    for end in ("kernel", "bias"):
        if f"in_proj_{end}" in arrays:
            parts = np.split(arrays[f"in_proj_{end}"], len(PROJECTIONS), axis=-1)
            named |= {
                f"{word}/{end}": part.reshape(*part.shape[:-1], heads, -1)
                for word, part in zip(PROJECTIONS, parts, strict=True)
            }
    out = arrays["out_proj_kernel"]
    named[f"{OUT}/kernel"] = out.reshape(heads, -1, out.shape[-1])
    if "out_proj_bias" in arrays:
        named[f"{OUT}/bias"] = arrays["out_proj_bias"]
    order = [f"{word}/{end}" for word in (*PROJECTIONS, OUT) for end in ("kernel", "bias")]
    return {name: named[name] for name in order if name in named}


def _from_keras_attention(kind: Attention, x: Shape, named: Mapping[str, Array]) -> dict[str, Array]:
    made: dict[str, Array] = {}
    for name, weight in kind.weights(x).items():
        part, _, end = name.rpartition("_")
        if part == "in_proj":
            columns = [named[f"{word}/{end}"] for word in PROJECTIONS]
            made[name] = np.concatenate([one.reshape(*weight.shape[:-1], -1) for one in columns], axis=-1)
        else:
            made[name] = named[f"{OUT}/{end}"].reshape(weight.shape)
    return made


def _parts(kind: TransformerBlock, x: Shape) -> Iterator[tuple[str, Kind, Shape]]:
    """The parts of a block that have weights, with its normalisations."""
    yield from kind.parts(x)
    for place in range(kind.norms):
        yield f"norm{place + 1}", LayerNorm(epsilon=kind.epsilon), x
