"""Models that have a name: the nets of the course, written as a model file would write them."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
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
    "char-rnn": "reads text and foretells the next character (:lstm, :gru, :simple; :cut has no memory)",
    "tiny-gpt": "the same by attention: two decoder blocks of four heads, as in large language models",
    "memory": "a recurrent layer of 32 units for tasks that need memory (:lstm, :gru, :simple, :leaky, …)",
    "sequence-classifier": "words, an LSTM, and what it has made of them at the end: which class",
    "forecast": "a GRU over a window of a series, and the number that follows",
    "seq2seq": "one GRU reads, its last state begins another that writes",
    "seq2seq-attention": "the same, where each word written looks at all that were read",
    "speech-commands": "two convolutions over the frames of a spectrogram and a GRU: one of the words",
    "autoencoder": "dense layers down to a code of 64 numbers and up again; learns to take noise away",
    "conv-autoencoder": "convolutions and a code of 16 numbers; its first layers are those of small-cnn",
}


def _embedding(features: int, **settings: Any) -> dict[str, Any]:
    return {"kind": "embedding", "input_dim": "vocabulary", "output_dim": features, **settings}


def _gru(units: int, **settings: Any) -> dict[str, Any]:
    return {"kind": "gru", "units": units, **settings}


_LAST: dict[str, Any] = {"kind": "last-step"}
_GPT: dict[str, Any] = {
    "kind": "decoder-block", "heads": 4, "norm_first": True, "kernel_initializer": "random-normal",
}  # fmt: skip

#: What reads and what writes: the words of both are learnt together.
_READS: list[dict[str, Any]] = [
    _embedding(32, mask_zero=True, name="words"), {"kind": "steps", "stop": "source", "name": "source"},
    _gru(96, name="encoder"), {**_LAST, "name": "context"},
    {"kind": "steps", "start": "source", "after": "words", "name": "target"},
    _gru(96, initial="context", name="decoder"),
]  # fmt: skip

#: What may stand behind some names and a colon: what is there in the place of the recurrent layer.
CELLS: dict[str, list[dict[str, Any]]] = {
    "lstm": [{"kind": "lstm"}],
    "gru": [{"kind": "gru"}],
    "simple": [{"kind": "simple-rnn"}],
    "leaky": [{"kind": "leaky", "activation": "tanh", "alpha": 0.99}],
    "skip": [{"kind": "simple-rnn", "skip": 10}],
    "attention": [{"kind": "positions"}, {"kind": "attention", "heads": 4}],
    "cut": [{"kind": "dense", "units": 128, "activation": "tanh"}],
}

#: The models with another cell for the asking, and the cells of each.
WITH_CELLS = {
    "char-rnn": ("lstm", "gru", "simple", "cut"),
    "memory": tuple(one for one in CELLS if one != "cut"),
    "forecast": ("gru", "lstm", "simple"),
}

#: What data say where there are none yet: see ``SAID_BY_DATA``.
UNSAID: dict[str, Any] = {"vocabulary": 64, "source": 16, "mean": [0.0], "variance": [1.0]}

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
    "char-rnn": {
        "input": [64],
        "layer": [
            _embedding(64), {"kind": "lstm", "units": 128, "stateful": True}, _dense("vocabulary", "linear"),
        ],
    },
    "tiny-gpt": {
        "input": [64],
        "layer": [
            _embedding(64), {"kind": "positions"}, _GPT, _GPT, {"kind": "layernorm", "epsilon": 1e-5},
            _dense("vocabulary", "linear"),
        ],
    },
    "memory": {
        "input": [52],
        "layer": [
            _embedding(16),
            {"kind": "lstm", "units": 32, "chrono": "steps", "recurrent_initializer": "torch-uniform"}, _LAST,
            _LOGITS,
        ],
    },
    "sequence-classifier": {
        "input": [16],
        "loss": "binary-cross-entropy",
        "layer": [_embedding(16, mask_zero=True), {"kind": "lstm", "units": 32}, _LAST, _dense(1, "sigmoid")],
    },
    "forecast": {
        "input": [24, 1],
        "loss": "mean-squared",
        "layer": [
            {"kind": "normalization", "mean": "mean", "variance": "variance"}, _gru(32), _LAST,
            _dense("features", "linear"),
            {"kind": "normalization", "mean": "mean", "variance": "variance", "invert": True},
        ],
    },
    "seq2seq": {"input": [32], "layer": [*_READS, _LOGITS]},
    "seq2seq-attention": {
        "input": [32],
        "layer": [
            *_READS, {"kind": "attention", "memory": "encoder", "name": "alignment"},
            {"kind": "concat", "source": "decoder"}, _dense(96, "tanh"), _LOGITS,
        ],
    },
    "speech-commands": {
        "input": [98, 40],
        "classes": 10,
        "layer": [
            {"kind": "batchnorm"},
            {"kind": "conv1d", "filters": 48, "kernel_size": 5, "strides": 2, "activation": "relu"},
            {"kind": "conv1d", "filters": 48, "kernel_size": 3, "strides": 2, "activation": "relu"},
            _gru(48), _LAST, {"kind": "dropout", "rate": 0.3}, _LOGITS,
        ],
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
    name: str,
    *,
    input: Shape | None = None,
    classes: int | None = None,
    said: Mapping[str, Any] | None = None,
) -> ModelSpec:
    """The model of a name, for inputs of another shape or another number of classes where these are given.

    ``said`` is what else the data say, as for ``model_spec``. ``NAME:CELL`` has another recurrent layer. Two
    classes are told apart by a sigmoid where one suffices, more by a softmax.

    >>> [builtin(name).parameters for name in ("cnn", "small-cnn", "char-rnn:gru")]
    [122570, 27562, 86848]

    Raises ``UnknownName``.
    """
    base, _, cell = name.partition(":")
    if base not in BUILTIN:
        raise UnknownName("model", name, tuple(BUILTIN))
    told = {"name": name, **BUILTIN[base]}
    if ":" in name:
        if base not in WITH_CELLS:
            raise UnknownName("model", name, tuple(BUILTIN))
        if cell not in WITH_CELLS[base]:
            raise UnknownName(f"{base}:CELL", cell, WITH_CELLS[base])
        told["layer"] = _with_cell(told["layer"], cell)
    shape = input or tuple(told["input"])
    if base == "memory" and len(shape) == 2:  # numbers, not words: their sum is asked for
        features = [_dense(16, "linear")] if cell == "attention" else []  # for its heads, as an embedding is
        told |= {"loss": "mean-squared", "layer": [*features, *told["layer"][1:-1], _dense(1, "linear")]}
    if base == "sequence-classifier" and classes is not None and classes > 2:
        told |= {"loss": "cross-entropy", "layer": [*told["layer"][:-1], _LOGITS]}
    words = {"pixels": prod(shape), "input": list(shape), "features": shape[-1], "steps": shape[0]}
    told["layer"] = [
        {key: words.get(value, value) if isinstance(value, str) and key not in ("kind", "name") else value
         for key, value in layer.items()}
        for layer in told["layer"]
    ]  # fmt: skip
    told["input"] = list(shape)
    if any(one.get("units") == "classes" for one in told["layer"]):
        told["classes"] = classes or told.get("classes", 10)
    return model_spec(told, said={**UNSAID, **(said or {})})


def _with_cell(layers: list[dict[str, Any]], cell: str) -> list[dict[str, Any]]:
    """The layers with another in the place of the first recurrent one, of as many units."""
    place = next(i for i, one in enumerate(layers) if one["kind"] in ("lstm", "gru"))
    kept = {name: value for name, value in layers[place].items() if name != "kind"}
    return [*layers[:place], *(_in_place(one, kept) for one in CELLS[cell]), *layers[place + 1 :]]


def _in_place(layer: dict[str, Any], kept: dict[str, Any]) -> dict[str, Any]:
    """A layer with what it can keep of another's attributes."""
    kind = layer["kind"]
    if kind not in ("lstm", "gru", "simple-rnn", "leaky"):
        return layer
    gates = kind in ("lstm", "gru")
    return layer | {name: value for name, value in kept.items() if gates or name != "chrono"}
