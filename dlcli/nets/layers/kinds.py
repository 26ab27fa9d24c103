"""Every kind of layer by the word of a model file, and how such a file's words become a declaration."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from dlcli.engines.base.checks import MOST_NUMBERS, EngineError
from dlcli.nets.initialisers import INITIALISERS
from dlcli.nets.layers.activation import NAMES, Activation, Prelu
from dlcli.nets.layers.add import Add
from dlcli.nets.layers.attention import Attention
from dlcli.nets.layers.base import Kind, UnknownName, one_of
from dlcli.nets.layers.bidirectional import Bidirectional
from dlcli.nets.layers.conv1d import Conv1D
from dlcli.nets.layers.convolution import Conv
from dlcli.nets.layers.dense import Dense
from dlcli.nets.layers.depthwise import DepthwiseConv, SeparableConv
from dlcli.nets.layers.noise import Dropout, Noise
from dlcli.nets.layers.normalise import BatchNorm, LayerNorm
from dlcli.nets.layers.pooling import AvgPool, GlobalAvg, MaxPool
from dlcli.nets.layers.recurrent import GRU, LSTM, Leaky, SimpleRNN
from dlcli.nets.layers.sequence import (
    Concat,
    Embedding,
    LastStep,
    Masking,
    Positions,
    Steps,
    TimeDistributed,
)
from dlcli.nets.layers.shape import Flatten, Normalization, Rescaling, Reshape, Upsampling
from dlcli.nets.layers.spectrogram import StftSpectrogram
from dlcli.nets.layers.transformer import DecoderBlock, TransformerBlock
from dlcli.nets.layers.transposed import ConvTranspose

KINDS: dict[str, type[Kind]] = {
    one.kind: one
    for one in (
        Rescaling, Normalization, Conv, DepthwiseConv, SeparableConv, ConvTranspose, Upsampling, MaxPool,
        AvgPool, GlobalAvg, Flatten, Reshape, Dense, BatchNorm, LayerNorm, Dropout, Noise, Activation, Prelu,
        Add, Concat,
        Embedding, Positions, Masking, SimpleRNN, Leaky, LSTM, GRU, Bidirectional, Conv1D, TimeDistributed,
        Steps, LastStep, Attention, TransformerBlock, DecoderBlock, StftSpectrogram,
    )
}  # fmt: skip

#: What an attribute takes, by the type of its field, in words.
WORDS = {
    "int": "a whole number", "float": "a finite number", "float | None": "a finite number", "str": "a word",
    "bool": "true or false", "tuple[int, ...]": "a list of whole numbers",
    "tuple[float, ...]": "a list of finite numbers",
    "Any": "a whole number, two of them, or a word", "int | None": "a whole number",
    "Kind": 'a layer, such as { kind = "lstm", units = 8 }',
}  # fmt: skip


def declared(kind: str, settings: Mapping[str, Any]) -> Kind:
    """The declaration of a layer from what a model file says of it.

    An activation's own name is a kind, too.

    >>> declared("relu", {})
    Activation(function='relu')
    >>> declared("maxpool", {"pool_size": [2, 1]})
    MaxPool(pool_size=(2, 1), strides=None, padding='valid')

    Raises ``UnknownName`` for a kind or an attribute that there is not, ``EngineError`` for a missing one or
    one of another type.
    """
    if kind in NAMES and not settings:
        kind, settings = "activation", {"function": kind}
    if kind in NAMES:
        raise EngineError(f"{kind} as a layer takes nothing but a name; received {', '.join(settings)}")
    if kind not in KINDS:
        raise UnknownName("kind of layer", kind, (*KINDS, *NAMES))
    made = KINDS[kind]
    known = {one.name: one for one in fields(made)}
    for name in settings:
        if name not in known:
            raise UnknownName(f"attribute of {kind}", name, tuple(known))
    for name, one in known.items():
        if one.default is MISSING and name not in settings:
            raise EngineError(f"{kind} needs {name}: {WORDS[str(one.type)]}")
    layer = made(
        **{name: _typed(kind, name, str(known[name].type), value) for name, value in settings.items()}
    )
    if "activation" in known:
        one_of(layer, "activation", getattr(layer, "activation"), NAMES)  # noqa: B009 (not every kind has it)
    for name in known:
        if name.endswith("_initializer") and (recipe := getattr(layer, name)):
            one_of(layer, name, recipe, tuple(INITIALISERS))
    return layer


def _typed(kind: str, name: str, type_: str, value: Any) -> Any:
    """The value of an attribute in its type."""
    for one in value if isinstance(value, list | tuple) else (value,):
        if isinstance(one, int) and abs(one) > MOST_NUMBERS:
            raise EngineError(f"{name} of {kind} is at most {MOST_NUMBERS}; received a larger number")
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    is_list = isinstance(value, list | tuple)
    match type_:
        case "int" | "int | None" if is_number and value == int(value):
            return int(value)
        case "Kind" if isinstance(value, Mapping) and isinstance(value.get("kind"), str):
            return declared(value["kind"], {name: one for name, one in value.items() if name != "kind"})
        case "float" | "float | None" if is_number:
            return float(value)
        case "str" if isinstance(value, str):
            return value
        case "bool" if isinstance(value, bool):
            return value
        case "tuple[float, ...]" if is_list and all(
            isinstance(one, int | float) and math.isfinite(one) for one in value
        ):
            return tuple(map(float, value))
        case "tuple[int, ...]" if is_list:
            return tuple(value)
        case "Any" if is_list:
            return tuple(tuple(one) if isinstance(one, list) else one for one in value)
        case "Any" if isinstance(value, int | str) and not isinstance(value, bool):
            return value
    raise EngineError(f"{name} of {kind} is {WORDS[type_]}; received {value!r}")
