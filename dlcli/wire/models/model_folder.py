"""A BERT-style model as it is published: a folder of a configuration, a vocabulary and weights."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from dlcli.errors import BadData, printable
from dlcli.wire.models.model_json import Config, optional_object
from dlcli.wire.models.model_modules import Dense, modules_of
from dlcli.wire.models.vocabulary import TOKENIZER, VOCABULARY, read_tokenizer, read_vocabulary
from dlcli.wire.strict_json import brief
from dlcli.wire.tensors.mapped import MappedArrays, map_tensors

CONFIG, WEIGHTS = "config.json", "model.safetensors"
MODEL = f"a model is a folder with {CONFIG}, {VOCABULARY} (or {TOKENIZER}) and {WEIGHTS}"

#: Activations in config.json, whose names are ours.
ACTIVATIONS = ("gelu", "relu")


@dataclass(frozen=True)
class ModelFolder:
    """A model as its files describe it.

    ``vocabulary`` maps pieces of words to their places; ``weights`` are read where they lie; ``most_tokens``
    is how many tokens the model reads of a text; with ``causal`` each sees only those before it. ``pooling``
    (mean, cls, max; None where no file says it) is how they become one vector, ``dense`` what that goes
    through then, and ``normalize`` whether it gets length 1, None where no file says it. ``prompt`` is what
    the model was trained to find before each text.
    """

    path: str
    layers: int
    heads: int
    width: int
    activation: str
    eps: float
    most_tokens: int
    causal: bool
    pooling: str | None
    dense: tuple[Dense, ...]
    normalize: bool | None
    prompt: str
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
    config = Config(os.path.join(path, CONFIG))
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
    vocabulary, told = _vocabulary(path)
    told = {**told, **optional_object(os.path.join(path, "tokenizer_config.json"))}
    before = optional_object(os.path.join(path, "sentence_bert_config.json"))
    reads = before.get("max_seq_length")
    if type(reads) is not int:
        reads = told.get("model_max_length")
    if type(reads) is int and reads > 2:
        most = min(most, reads)
    lower = told.get("do_lower_case", True) is not False
    strip = told.get("strip_accents")
    pooling, dense, normalize = modules_of(path, width)
    return ModelFolder(
        path=path,
        layers=config.whole("num_hidden_layers"),
        heads=heads,
        width=width,
        activation=activation,
        eps=config.real("layer_norm_eps", 1e-12),
        most_tokens=most,
        causal=config.values.get("is_decoder") is True,
        pooling=pooling,
        dense=dense,
        normalize=normalize,
        prompt=_prompt(os.path.join(path, "config_sentence_transformers.json")),
        vocabulary=vocabulary,
        lower=lower or before.get("do_lower_case") is True,
        accents=not lower if strip is None else not strip,
        chinese=told.get("tokenize_chinese_chars", True) is not False,
        weights=map_tensors(os.path.join(path, WEIGHTS)),
    )


def _vocabulary(path: str) -> tuple[dict[str, int], Mapping[str, object]]:
    """The pieces, and what their file says of how text is cut, under the names of tokenizer_config.json."""
    file = os.path.join(path, VOCABULARY)
    if os.path.isfile(file):
        return read_vocabulary(file), {}
    return read_tokenizer(os.path.join(path, TOKENIZER))


def _prompt(path: str) -> str:
    """The text that sentence-transformers puts before each sentence unless it is told otherwise."""
    told = optional_object(path)
    prompts, name = told.get("prompts"), told.get("default_prompt_name")
    prompt = prompts.get(name) if isinstance(prompts, dict) and isinstance(name, str) else None
    return prompt if isinstance(prompt, str) else ""


def _lacking(path: str) -> list[str]:
    files = (CONFIG, VOCABULARY, WEIGHTS)
    lacking = [file for file in files if not os.path.isfile(os.path.join(path, file))]
    if VOCABULARY in lacking and os.path.isfile(os.path.join(path, TOKENIZER)):
        lacking.remove(VOCABULARY)
    return lacking


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
