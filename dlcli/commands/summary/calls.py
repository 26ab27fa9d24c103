"""Calls and classes of a listing, as text: what code for Keras and for PyTorch is made of."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dlcli.engines.tensors.activations import NEGATIVE_SLOPE
from dlcli.nets.layers.base import Shape
from dlcli.nets.layers.depthwise import DepthwiseConv
from dlcli.nets.spec import ModelSpec, NamedLayer, initialiser_of

#: Activations as PyTorch calls them; Keras has our names, but for hyphens.
TORCH_ACTIVATIONS = {
    "linear": "nn.Identity()", "relu": "nn.ReLU()", "leaky-relu": f"nn.LeakyReLU({NEGATIVE_SLOPE})",
    "sigmoid": "nn.Sigmoid()", "tanh": "nn.Tanh()", "elu": "nn.ELU()", "gelu": "nn.GELU()",
    "hard-sigmoid": "nn.Hardsigmoid()", "hard-tanh": "nn.Hardtanh()", "selu": "nn.SELU()",
    "silu": "nn.SiLU()", "softplus": "nn.Softplus()", "softmax": "nn.Softmax(dim=1)",
}  # fmt: skip


def torch_activation(name: str, x: Shape) -> str:
    """The module of an activation on inputs of shape x: channels come first of pictures, last of sequences.

    >>> torch_activation("softmax", (6, 4)), torch_activation("relu", (4,))
    ('nn.Softmax(dim=2)', 'nn.ReLU()')
    """
    return "nn.Softmax(dim=2)" if name == "softmax" and len(x) == 2 else TORCH_ACTIVATIONS[name]


@dataclass(frozen=True)
class Module:
    """One module of a listing: its name, and the call that makes it."""

    name: str
    call: str


#: Makes a module that stands beside a layer's own, of a word for it and its call.
Beside = Callable[[str, str], Module]


def needed(pieces: Mapping[str, str], calls: Iterable[str]) -> list[str]:
    """The classes that the calls need, as lines."""
    calls = list(calls)
    found = [
        text
        for name, text in pieces.items()
        if any(re.search(rf"(?<![\w.]){name}\(", call) for call in calls)
    ]
    return [*"\n".join(found).rstrip("\n").split("\n"), ""] if found else []


def call_of(called: str, /, *values: Any, **settings: Any) -> str:
    """The text of a call; what is None is left out."""
    told = [text_of(value) for value in values]
    told += [f"{key}={text_of(value)}" for key, value in settings.items() if value is not None]
    return f"{called}({', '.join(told)})"


def text_of(value: Any) -> str:
    """A value as code."""
    if isinstance(value, Raw):
        return value
    if isinstance(value, str):
        if not value.isprintable():
            return json.dumps(value)
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)


class Raw(str):
    """A text that is code already."""


def short(value: Any, usual: Any = None) -> Any:
    """One number for two that are alike; None for what is usual."""
    if isinstance(value, tuple) and len(set(value)) == 1:
        value = value[0]
    return None if value == usual else value


def keras_activation(name: str) -> Any:
    if name == "linear":
        return None
    if name == "leaky-relu":  # Keras' word for it has another slope
        return Raw(f"layers.LeakyReLU(negative_slope={NEGATIVE_SLOPE})")
    return name.replace("-", "_")


#: What Keras' weights begin with, other than kernels.
USUAL = {"bias": "zeros", "recurrent_kernel": "orthogonal", "embeddings": "random-uniform"}


def keras_recipes(layer: NamedLayer, spec: ModelSpec) -> dict[str, Any]:
    """Arguments for the weights that begin otherwise than Keras' own."""
    found = {}
    for name, weight in layer.weights.items():
        recipe, usual = initialiser_of(weight, spec), USUAL.get(name, "glorot-uniform")
        if recipe != usual:
            argument = name.replace("_kernel", "") + "_initializer"
            if isinstance(layer.kind, DepthwiseConv) and name == "kernel":
                argument = "depthwise_initializer"
            found[argument] = keras_recipe(recipe, weight.fans_of(recipe))
    return found


def keras_recipe(name: str, fans: tuple[int, int]) -> Any:
    if name == "quarters":
        return Raw("keras.initializers.Constant(0.25)")
    if name == "standard-normal":
        return Raw("keras.initializers.RandomNormal(stddev=1.0)")
    if name == "torch-uniform":
        limit = fans[0] ** -0.5
        return Raw(f"keras.initializers.RandomUniform({-limit!r}, {limit!r})")
    return name.replace("-", "_")
