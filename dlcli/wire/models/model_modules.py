"""What sentence-transformers runs behind an encoder, as a model's folder describes it.

Its modules stand in modules.json, each with a folder of its own: a pooling of the tokens to one vector, dense
layers that the vector goes through, a norm to length 1.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlcli.errors import BadData, printable
from dlcli.wire.models.model_json import Config, json_object, json_value
from dlcli.wire.strict_json import brief
from dlcli.wire.tensors.mapped import MappedArrays, map_tensors

MODULES, CONFIG, WEIGHTS = "modules.json", "config.json", "model.safetensors"

#: How the tokens of a text become one vector, and the key that older folders have for it.
POOLINGS = {
    "mean": "pooling_mode_mean_tokens",
    "cls": "pooling_mode_cls_token",
    "max": "pooling_mode_max_tokens",
}

#: PyTorch's classes of activations by our names.
ACTIVATIONS = {"Identity": "linear", "Tanh": "tanh", "ReLU": "relu", "GELU": "gelu", "Sigmoid": "sigmoid"}

#: Modules that may stand behind the pooling: dropout does nothing but in training.
BEHIND = ("Dense", "Dropout", "Normalize")

#: The folder of a module where no modules.json lists it.
FOLDER = re.compile(r"(\d+)_([A-Z]\w*)")


@dataclass(frozen=True)
class Dense:
    """A dense layer behind the pooling: its widths, its activation, its ``linear.weight`` and bias."""

    path: str
    inputs: int
    outputs: int
    activation: str
    weights: MappedArrays


def modules_of(path: str, width: int) -> tuple[str | None, tuple[Dense, ...], bool | None]:
    """How tokens of so many features become one vector, the dense layers of it, whether it gets length 1.

    The first and the last are None where no file says it. Raises ``BadData`` for modules that dlcli does
    not run.
    """
    modules = _listed(path)
    kinds = [kind for kind, _ in modules]
    if kinds[:1] == ["Transformer"]:
        modules = modules[1:]
    pooling = None
    if modules and modules[0][0] == "Pooling":
        pooling = _pooling(os.path.join(modules[0][1], CONFIG), width)
        modules = modules[1:]
    last = max((place for place, (kind, _) in enumerate(modules) if kind == "Dense"), default=-1)
    wrong = [
        kind
        for place, (kind, _) in enumerate(modules)
        if kind not in BEHIND or (kind == "Normalize" and place < last)
    ]
    if wrong:
        raise BadData(
            f"{printable(path)}: its modules are {', '.join(kinds)}; dlcli runs a Transformer, a Pooling, "
            "then Dense layers and at last Normalize"
        )
    dense: list[Dense] = []
    for kind, folder in modules:
        if kind == "Dense":
            dense.append(_dense(folder, dense[-1].outputs if dense else width))
    listed = os.path.isfile(os.path.join(path, MODULES))
    return pooling, tuple(dense), "Normalize" in kinds if listed else None


def _listed(path: str) -> list[tuple[str, str]]:
    """Each module, what it is and its folder, in their order."""
    file = os.path.join(path, MODULES)
    if not os.path.isfile(file):
        found = [
            (match, entry.path)
            for entry in os.scandir(path)
            if entry.is_dir() and (match := FOLDER.fullmatch(entry.name))
        ]
        return [(match[2], folder) for match, folder in sorted(found, key=lambda one: int(one[0][1]))]
    modules = json_value(file)
    if not isinstance(modules, list) or not all(map(_is_module, modules)):
        raise BadData(
            f"{printable(file)}: expected a list of modules, each with a type and a path; "
            f"received {brief(modules)}"
        )
    ordered: Sequence[Mapping[str, Any]] = sorted(modules, key=lambda one: one["idx"])
    return [(one["type"].rpartition(".")[2], os.path.join(path, one["path"])) for one in ordered]


def _is_module(value: object) -> bool:
    """Whether an entry of modules.json is one whose folder lies in that of the model."""
    if not isinstance(value, dict) or type(value.get("idx")) is not int:
        return False
    kind, folder = value.get("type"), value.get("path")
    return isinstance(kind, str) and isinstance(folder, str) and re.fullmatch(r"[\w-]*", folder) is not None


def _pooling(path: str, width: int) -> str:
    """How sentence-transformers would pool; the mean when an older file says nothing."""
    told = json_object(path)
    features = told.get("embedding_dimension", told.get("word_embedding_dimension", width))
    if features != width:
        raise BadData(
            f"{printable(path)}: it is for tokens of {brief(features)} features; the model's have {width}"
        )
    if "pooling_mode" in told:
        modes = told["pooling_mode"]
        modes = modes if isinstance(modes, list) else [modes]
        if len(modes) != 1 or modes[0] not in POOLINGS:
            raise BadData(
                f"{printable(path)}: expected one pooling_mode of {', '.join(POOLINGS)}; "
                f"received {brief(told['pooling_mode'])}"
            )
        return str(modes[0])
    chosen = [mode for mode, key in POOLINGS.items() if told.get(key) is True]
    others = [key for key, value in told.items() if key.startswith("pooling_mode_") and value is True]
    if len(others) > 1 or len(others) > len(chosen):
        raise BadData(
            f"{printable(path)}: expected one of {', '.join(POOLINGS.values())}; received {brief(others)}"
        )
    return chosen[0] if chosen else "mean"


def _dense(folder: str, width: int) -> Dense:
    config = Config(os.path.join(folder, CONFIG))
    told = config.values
    inputs, outputs = config.whole("in_features"), config.whole("out_features")
    if inputs != width:
        config.bad(f"in_features is {inputs}; what comes in has {width}")
    activation = told.get("activation_function", "torch.nn.modules.activation.Tanh")
    name = activation.rpartition(".")[2] if isinstance(activation, str) else ""
    if name not in ACTIVATIONS:
        config.bad(f"activation_function is {brief(activation)}; dlcli knows {', '.join(ACTIVATIONS)}")
    for key in ("module_input_name", "module_output_name"):
        if told.get(key) not in (None, "sentence_embedding"):
            config.bad(f"{key} is {brief(told[key])}; dlcli runs dense layers on 'sentence_embedding'")
    if told.get("use_residual"):
        config.bad("use_residual is true; dlcli runs dense layers without")
    weights = os.path.join(folder, WEIGHTS)
    if not os.path.isfile(weights) and os.path.exists(os.path.join(folder, "pytorch_model.bin")):
        config.bad(
            "beside it, pytorch_model.bin is a pickle, which can run code: save it as .safetensors first"
        )
    return Dense(folder, inputs, outputs, ACTIVATIONS[name], map_tensors(weights))
