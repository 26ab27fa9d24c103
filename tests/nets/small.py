"""Small nets for tests, and one pass through them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dlcli.nets.net import Net, picture_first
from dlcli.nets.spec import model_spec
from tests.nets.recipe import Array, numbers

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
