"""Models that have a name: the nets of the course, written as a model file would write them."""

from __future__ import annotations

from typing import Any

from dlcli.nets.layers.base import Shape, UnknownName
from dlcli.nets.spec import ModelSpec, model_spec


def _conv(filters: int, **settings: Any) -> dict[str, Any]:
    return {"kind": "conv", "filters": filters, "kernel_size": 3, "activation": "relu", **settings}


def _dense(units: int | str, activation: str = "relu", **settings: Any) -> dict[str, Any]:
    return {"kind": "dense", "units": units, "activation": activation, **settings}


_POOL: dict[str, Any] = {"kind": "maxpool"}
_FLATTEN: dict[str, Any] = {"kind": "flatten"}
_LOGITS = _dense("classes", "linear")

#: The noise that a denoiser learns to take away: pixels stay from 0 to 1.
_NOISE: dict[str, Any] = {"kind": "noise", "stddev": 0.5, "low": 0.0, "high": 1.0}

#: Name -> what it is, in a line.
ABOUT = {
    "cnn": "three convolutions and two dense layers, for 32 x 32 colour pictures (course notes 2.13)",
    "image-classifier": "rescaling, three convolutions that keep the size, dense layers (course notes 2.8)",
    "small-cnn": "two convolutions of 8 and 16 kernels and two dense layers, for digits",
    "mlp": "dense layers alone: what a net can do that knows nothing of neighbours",
    "autoencoder": "dense layers down to a code of 64 numbers and up again; learns to take noise away",
    "conv-autoencoder": "convolutions and a code of 16 numbers; its first layers are those of small-cnn",
}

BUILTIN: dict[str, dict[str, Any]] = {
    "cnn": {
        "input": [32, 32, 3],
        "classes": 10,
        "layer": [
            _conv(32), _POOL, _conv(64), _POOL, _conv(64), _FLATTEN, _dense(64), _LOGITS,
        ],
    },
    "image-classifier": {
        "input": [180, 180, 3],
        "classes": 5,
        "layer": [
            {"kind": "rescaling"}, _conv(16, padding="same"), _POOL, _conv(32, padding="same"), _POOL,
            _conv(64, padding="same"), _POOL, _FLATTEN, _dense(128), _LOGITS,
        ],
    },
    "small-cnn": {
        "input": [28, 28, 1],
        "classes": 10,
        "layer": [
            _conv(8, kernel_initializer="he-normal"), _POOL, _conv(16, kernel_initializer="he-normal"), _POOL,
            _FLATTEN, _dense(64, kernel_initializer="he-normal"), _LOGITS,
        ],
    },
    "mlp": {
        "input": [28, 28, 1],
        "classes": 10,
        "layer": [_FLATTEN, _dense(128), _dense(64), _LOGITS],
    },
    "autoencoder": {
        "input": [28, 28, 1],
        "target": "input",
        "loss": "binary-cross-entropy",
        "layer": [
            _NOISE, _FLATTEN, _dense(256), _dense(64, name="code"), _dense(256), _dense("pixels", "sigmoid"),
            {"kind": "reshape", "target_shape": "input"},
        ],
    },
    "conv-autoencoder": {
        "input": [28, 28, 1],
        "target": "input",
        "loss": "binary-cross-entropy",
        "layer": [
            _NOISE, _conv(8, kernel_initializer="he-normal"), _POOL,
            _conv(16, kernel_initializer="he-normal"), _POOL, _FLATTEN,
            _dense(64, kernel_initializer="he-normal"), _dense(16, "linear", name="code"),
            _dense(128, name="up"), _dense("pixels", "sigmoid", name="pixels"),
            {"kind": "reshape", "target_shape": "input"},
        ],
    },
}  # fmt: skip


def builtin(
    name: str, *, input: Shape | None = None, classes: int | None = None, vocabulary: int | None = None
) -> ModelSpec:
    """The model of a name, for inputs of another shape or another number of classes where these are given.

    >>> builtin("cnn").parameters, builtin("small-cnn").parameters
    (122570, 27562)

    Raises ``UnknownName``.
    """
    if name not in BUILTIN:
        raise UnknownName("model", name, tuple(BUILTIN))
    told = {"name": name, **BUILTIN[name]}
    shape = input or tuple(told["input"])
    numbers = 1
    for length in shape:
        numbers *= length
    words = {"pixels": numbers, "input": list(shape)}
    told["layer"] = [
        {key: words.get(value, value) if isinstance(value, str) and key not in ("kind", "name") else value
         for key, value in layer.items()}
        for layer in told["layer"]
    ]  # fmt: skip
    told["input"] = list(shape)
    if classes is not None and "classes" in told:
        told["classes"] = classes
    return model_spec(told, vocabulary=vocabulary)
