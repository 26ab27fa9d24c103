"""Small nets for tests, and one pass through them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from dlcli.nets.net import Net, picture_first
from dlcli.nets.spec import model_spec
from tests.nets.recipe import Array, bits, numbers

Listed = Mapping[str, Any]


#: A layer of each kind, for pictures and for rows.
PICTURES: list[dict[str, Any]] = [
    {"kind": "conv", "filters": 2, "kernel_size": (2, 3), "strides": (2, 1), "padding": "same"},
    {"kind": "conv", "filters": 4, "kernel_size": 2, "dilation_rate": 2, "groups": 2, "activation": "tanh"},
    {"kind": "conv", "filters": 2, "padding": ((1, 0), (0, 2))},
    {"kind": "depthwise-conv", "depth_multiplier": 2, "strides": 2, "padding": "same", "activation": "gelu"},
    {"kind": "separable-conv", "filters": 3, "kernel_size": 2, "activation": "silu"},
    {"kind": "conv-transpose", "filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"},
    {"kind": "conv-transpose", "filters": 2, "kernel_size": 2, "strides": 3, "activation": "softplus"},
    {"kind": "upsampling"},
    {"kind": "maxpool", "pool_size": 3, "strides": 2, "padding": "same"},
    {"kind": "avgpool", "pool_size": 2, "strides": 1, "padding": "same"},
    {"kind": "global-avgpool"},
    {"kind": "reshape", "target_shape": (2, 6, 5)},
    {"kind": "rescaling", "scale": 3.0, "offset": 1.0},
    {"kind": "normalization", "mean": (0.5, -1.0), "variance": (4.0, 0.25)},
    {"kind": "normalization", "mean": (0.5,), "variance": (4.0,), "invert": True},
    {"kind": "batchnorm", "activation": "elu"},
    {"kind": "layernorm", "activation": "sigmoid"},
    {"kind": "prelu"},
    {"kind": "dropout", "rate": 0.4},
    {"kind": "noise", "stddev": 0.3, "low": -0.5, "high": 0.5},
    {"kind": "softmax"},
    {"kind": "activation", "function": "leaky-relu"},
    {"kind": "add", "source": "first", "activation": "relu"},
    {"kind": "flatten"},
]
ROWS = [one for one in PICTURES if one["kind"] in ("batchnorm", "layernorm", "prelu", "dropout", "softmax")]

#: Recurrent layers, of which some are also read in both directions.
CELLS: list[dict[str, Any]] = [
    {"kind": "simple-rnn", "units": 3},
    {"kind": "simple-rnn", "units": 3, "skip": 2, "activation": "sigmoid", "use_bias": False},
    {"kind": "leaky", "units": 3, "alpha": 0.7, "activation": "tanh"},
    {"kind": "lstm", "units": 3},
    {"kind": "lstm", "units": 3, "activation": "relu"},
    {"kind": "gru", "units": 3},
    {"kind": "gru", "units": 3, "reset_after": False},
]

#: The first half of a sequence, called half, and the second behind it.
HALVES: list[dict[str, Any]] = [
    {"kind": "dense", "units": 4, "activation": "tanh", "name": "all"},
    {"kind": "steps", "stop": 3, "name": "half"},
    {"kind": "steps", "start": -3, "after": "all", "name": "rest"},
]

#: Layers of each kind over sequences, for inputs of (6, 4); what comes in is called first.
SEQUENCES: list[list[dict[str, Any]]] = [
    *([one] for one in CELLS),
    *([{"kind": "bidirectional", "layer": one}] for one in CELLS),
    *([{"kind": "bidirectional", "merge_mode": how, "layer": CELLS[3]}] for how in ("sum", "ave", "mul")),
    *([{**one, "initial": "state"}] for one in CELLS if one["kind"] != "lstm"),
    [{**CELLS[5], "initial": "state"}, {"kind": "flatten"}],
    [{"kind": "positions"}],
    [{"kind": "positions", "encoding": "sinusoidal", "max_length": 9}],
    [{"kind": "conv1d", "filters": 4, "padding": "causal", "dilation_rate": 2, "activation": "tanh"}],
    [{"kind": "conv1d", "filters": 4, "kernel_size": 2, "strides": 2, "groups": 2, "use_bias": False}],
    [{"kind": "conv1d", "filters": 3, "padding": "same"}],
    [{"kind": "time-distributed", "layer": {"kind": "dense", "units": 3, "activation": "tanh"}}],
    [{"kind": "concat", "source": "first"}],
    [{"kind": "attention"}],
    [{"kind": "attention", "heads": 2, "key_dim": 3, "causal": True, "use_bias": False}],
    [*HALVES, {"kind": "attention", "heads": 2, "memory": "half"}],
    [{"kind": "transformer-block", "heads": 2, "activation": "tanh"}],
    [{"kind": "transformer-block", "heads": 2, "hidden": 5, "norm_first": True, "activation": "gelu"}],
    [{"kind": "transformer-block", "causal": True, "activation": "silu", "dropout": 0.3}],
    [{"kind": "decoder-block", "norm_first": True, "activation": "tanh"}],
    [*HALVES, {"kind": "decoder-block", "heads": 2, "memory": "half", "activation": "tanh"}],
    [*HALVES, {"kind": "decoder-block", "memory": "half", "norm_first": True, "activation": "tanh"}],
    [*HALVES, {"kind": "gru", "units": 2, "after": "half"}, {"kind": "last-step", "name": "end"},
     {"kind": "gru", "units": 2, "after": "rest", "initial": "end"}],
    [{"kind": "batchnorm"}, {"kind": "conv1d", "filters": 2, "padding": "same"}],
    [{"kind": "dense", "units": 1}, {"kind": "stft-spectrogram", "frame_length": 3, "frame_step": 2, "pad": (1, 2)}],
    [{"kind": "last-step"}],
    [{"kind": "global-avgpool"}],
    [{"kind": "flatten"}],
    [{"kind": "reshape", "target_shape": (8, 3)}],
    [{"kind": "layernorm"}, {"kind": "prelu"}, {"kind": "add", "source": "first"}, {"kind": "dropout", "rate": 0.3}],
]  # fmt: skip


def sequence_ends(layers: list[dict[str, Any]], *, masked: bool) -> list[dict[str, Any]]:
    """The layers between others that learn, some steps masked or all there, with two outputs a step."""
    state = [
        {"kind": "last-step", "name": "end"},
        {"kind": "dense", "units": 3, "name": "state"},
        {"kind": "linear", "after": "first"},
    ]
    front: list[dict[str, Any]] = [{"kind": "masking"}] if masked else []
    front += [{"kind": "dense", "units": 4, "activation": "tanh", "name": "first"}]
    front += state if any("state" in one.values() for one in layers) else []
    return [*front, *layers, {"kind": "dense", "units": 2}]


def ends(one: dict[str, Any], *, picture: bool) -> list[dict[str, Any]]:
    """The layer between others that learn, for inputs of (5, 6, 2) or (5,), with three outputs."""
    first = {
        "kind": "conv",
        "filters": 4 if one["kind"] == "conv" else 2,
        "kernel_size": 2,
        "padding": "same",
    }
    if picture:
        flat = [{"kind": "flatten"}] * (one["kind"] not in ("flatten", "global-avgpool"))
        return [{**first, "name": "first"}, one, *flat, {"kind": "dense", "units": 3}]
    return [{"kind": "dense", "units": 4, "activation": "tanh"}, one, {"kind": "dense", "units": 3}]


def sequences_of(case: Listed) -> tuple[Array, Callable[[tuple[int, ...]], Array]]:
    """Three inputs of a case of ``make_torch_sequences.py``, and what its outputs are multiplied with.

    Steps that are not there are 0, or what they are filled with; 0 is what their outputs are multiplied with.
    """
    shape = (3, *case["input"])
    given = (bits(prod(shape), 50) % case["words"]).reshape(shape) if case["words"] else numbers(shape, 50)
    there = np.ones(shape[:2], bool)
    if case["gone"]:
        there[tuple(np.transpose(case["gone"]))] = False
        given[~there] = case.get("filled", 0)

    def pull(shape: tuple[int, ...]) -> Array:
        made = numbers(shape, 70)
        return made * there[:, -shape[1] :, None] if case["gone"] else made

    return given.astype(np.int64) if case["words"] else given, pull


def net_of(layers: Sequence[Listed], input: Sequence[int], *, dtype: type = np.float64, **more: Any) -> Net:
    """A net with weights that are all different, what is called a variance being positive."""
    keys = {key: more.pop(key) for key in ("loss", "target") if key in more}
    spec = model_spec({"input": list(input), "layer": list(layers), "loss": "mean-squared"} | keys)
    net = Net(spec, dtype, **more)
    return net.load(
        {
            f"{layer.name}/{name}": np.abs(made) if "variance" in name else made
            for layer in spec.layers
            for i, (name, weight) in enumerate(layer.weights.items())
            for made in [numbers(weight.shape, 60 + i)]
        }
    )


def there_and_back(
    net: Net, x: Array, *, generator: np.random.Generator | None = None, dy: Array | None = None
) -> tuple[Array, Array, dict[str, Array]]:
    """Outputs (picture, …) in training; gradients at the input and at the weights in Keras' layout.

    The loss is the sum of the outputs times ``dy``, numbers of the recipe unless given.
    """
    y = picture_first(net.forward(net.batch(x), training=True, generator=generator)).copy()
    dy = numbers(y.shape, 70) if dy is None else dy
    innermost = np.ascontiguousarray(dy.transpose(3, 1, 2, 0) if dy.ndim == 4 else dy.T)
    dx = net.backward(innermost.astype(net.dtype), to_input=True)
    return y, picture_first(dx).copy(), gradients(net)


def gradients(net: Net) -> dict[str, Array]:
    """The last gradient at each weight that learns, in Keras' layout."""
    return {
        f"{layer.name}/{name}": weight.in_keras(net.slopes[layer.name][name]).copy()
        for layer in net.spec.layers
        for name, weight in layer.weights.items()
        if weight.trained
    }
