"""A BERT-style model as it is published: a folder with config.json, vocab.txt and model.safetensors."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from dlcli.errors import BadData, printable
from dlcli.wire.mapped import MappedArrays, map_tensors
from dlcli.wire.strict_json import BadJson, brief, loads

CONFIG, VOCABULARY, WEIGHTS = "config.json", "vocab.txt", "model.safetensors"
MODEL = f"a model is a folder with {CONFIG}, {VOCABULARY} and {WEIGHTS}"

#: What these files may take: no honest one comes near.
MOST_JSON = 1 << 20
MOST_VOCABULARY = 1 << 26

#: Activations in config.json, whose names are ours.
ACTIVATIONS = ("gelu", "relu")

#: How the tokens of a text become one vector, and what sentence-transformers calls it.
POOLINGS = {
    "mean": "pooling_mode_mean_tokens",
    "cls": "pooling_mode_cls_token",
    "max": "pooling_mode_max_tokens",
}


@dataclass(frozen=True)
class ModelFolder:
    """A model as its files describe it.

    ``vocabulary`` maps pieces of words to their places; ``weights`` are read where they lie; ``most_tokens``
    is how many tokens the model reads of a text, ``pooling`` (mean, cls, max) how they become one vector.
    """

    path: str
    layers: int
    heads: int
    width: int
    activation: str
    eps: float
    most_tokens: int
    pooling: str
    vocabulary: Mapping[str, int]
    lower: bool
    accents: bool
    chinese: bool
    weights: MappedArrays


def open_model(path: str) -> ModelFolder:
    """Read a model's folder.

    Raises ``BadData`` when a file is missing or broken, or tells of another kind of model.
    """
    name = printable(path)
    if not os.path.isdir(path):
        what = f"{name} is no folder" if os.path.lexists(path) else f"there is no folder {name}"
        raise BadData(f"{what}; {MODEL}")
    _complete(path, name)
    config = _Config(os.path.join(path, CONFIG))
    kind = config.values.get("model_type")
    if kind != "bert":
        config.bad(f"model_type is {brief(kind)}; dlcli runs BERT-style encoders, whose model_type is 'bert'")
    positions = config.values.get("position_embedding_type", "absolute")
    if positions != "absolute":
        config.bad(f"position_embedding_type is {brief(positions)}; dlcli runs models with 'absolute' ones")
    activation = config.values.get("hidden_act", "gelu")
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        config.bad(f"hidden_act is {brief(activation)}; dlcli knows {', '.join(ACTIVATIONS)}")
    heads, width = config.whole("num_attention_heads"), config.whole("hidden_size")
    if width % heads:
        config.bad(f"hidden_size {width} does not divide among {heads} attention heads")
    most = config.whole("max_position_embeddings")
    reads = _optional(os.path.join(path, "sentence_bert_config.json")).get("max_seq_length")
    if type(reads) is int and reads > 2:
        most = min(most, reads)
    told = _optional(os.path.join(path, "tokenizer_config.json"))
    lower = told.get("do_lower_case", True) is not False
    strip = told.get("strip_accents")
    return ModelFolder(
        path=path,
        layers=config.whole("num_hidden_layers"),
        heads=heads,
        width=width,
        activation=activation,
        eps=config.real("layer_norm_eps", 1e-12),
        most_tokens=most,
        pooling=_pooling(os.path.join(path, "1_Pooling", CONFIG)),
        vocabulary=read_vocabulary(os.path.join(path, VOCABULARY)),
        lower=lower,
        accents=not lower if strip is None else not strip,
        chinese=told.get("tokenize_chinese_chars", True) is not False,
        weights=map_tensors(os.path.join(path, WEIGHTS)),
    )


def read_vocabulary(path: str) -> dict[str, int]:
    """The places of pieces of words: one a line, the first being 0. Raises ``BadData``."""
    try:
        lines = _text(path, MOST_VOCABULARY).split("\n")
    except UnicodeDecodeError:
        raise BadData(
            f"{printable(path)}: a vocabulary is UTF-8 text, one piece a line; this is not"
        ) from None
    if not lines[-1]:
        lines.pop()
    vocabulary = {line.rstrip("\r"): place for place, line in enumerate(lines)}
    if "[UNK]" not in vocabulary:
        raise BadData(
            f"{printable(path)}: none of its {len(lines)} lines is [UNK]; is it a BERT model's vocab.txt?"
        )
    return vocabulary


def _lacking(path: str) -> list[str]:
    return [file for file in (CONFIG, VOCABULARY, WEIGHTS) if not os.path.isfile(os.path.join(path, file))]


def _complete(path: str, name: str) -> None:
    """Refuse a folder that lacks a file, with what may have been meant."""
    lacking = _lacking(path)
    if not lacking:
        return
    hint = MODEL
    inner = [entry.name for entry in os.scandir(path) if not _lacking(entry.path)]
    if inner:
        hint = f"did you mean {printable(os.path.join(path, min(inner)))}?"
    elif lacking == [WEIGHTS] and os.path.exists(os.path.join(path, "pytorch_model.bin")):
        hint = "pytorch_model.bin is a pickle, which can run code: save it as .safetensors first"
    raise BadData(f"{name} has no {' and no '.join(lacking)}: {hint}")


def _pooling(path: str) -> str:
    """How sentence-transformers would pool; the mean when nobody says."""
    told = _optional(path)
    chosen = [mode for mode, key in POOLINGS.items() if told.get(key) is True]
    others = [key for key, value in told.items() if key.startswith("pooling_mode_") and value is True]
    if len(others) > 1 or len(others) > len(chosen):
        raise BadData(
            f"{printable(path)}: expected one of {', '.join(POOLINGS.values())}; received {brief(others)}"
        )
    return chosen[0] if chosen else "mean"


class _Config:
    """config.json, number by number."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.values = _object(path)

    def bad(self, message: str) -> NoReturn:
        """Refuse the file."""
        raise BadData(f"{printable(self.path)}: {message}")

    def whole(self, key: str) -> int:
        """A whole number from 1 on."""
        value = self.values.get(key)
        if type(value) is not int or value < 1:
            self.bad(f"{key} is a whole number from 1 on; received {brief(value)}")
        return value

    def real(self, key: str, default: float) -> float:
        """A number from 0 on."""
        value = self.values.get(key, default)
        if type(value) not in (int, float) or value < 0:
            self.bad(f"{key} is a number from 0 on; received {brief(value)}")
        return float(value)


def _optional(path: str) -> Mapping[str, Any]:
    return _object(path) if os.path.isfile(path) else {}


def _object(path: str) -> Mapping[str, Any]:
    try:
        value = loads(_text(path, MOST_JSON))
    except (BadJson, UnicodeDecodeError) as error:
        why = error if isinstance(error, BadJson) else "it is not UTF-8 text"
        raise BadData(f"{printable(path)}: not valid JSON: {why}") from None
    if not isinstance(value, dict):
        raise BadData(f"{printable(path)}: expected a JSON object; received {brief(value)}")
    return value


def _text(path: str, most: int) -> str:
    try:
        with open(path, "rb") as file:
            text = file.read(most + 1)
    except OSError as error:
        raise BadData(f"cannot read {printable(path)}: {os.strerror(error.errno or 0)}") from error
    if len(text) > most:
        raise BadData(f"{printable(path)}: more than the {most} bytes such a file may have")
    return text.decode()
