"""Files of nets that learn: the model, its weights by Keras' names, and all that a training goes on from.

A .safetensors file holds ``layer/weight`` (the weights of the best epoch), ``history`` (epoch, measure), and
where training may go on ``training/net/weights`` and ``training/optimizer/…``: a second slash tells them from
the weights of a layer, whatever its name. What is no array, the model above all, stands in attributes of
``history``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dlcli.commands.kinds.nets.model import as_words
from dlcli.commands.kinds.nets.net_convert import FACTS, MODEL, NETS, is_onnx, read_named_net, read_onnx_net
from dlcli.commands.kinds.weights import finite_weights
from dlcli.errors import BadData, printable
from dlcli.nets.net import Net
from dlcli.nets.spec import ModelSpec, model_spec
from dlcli.runner.result import Run
from dlcli.tensor import Array, Axis, Tensor

if TYPE_CHECKING:
    from dlcli.nets.training import Measured

#: The name of the array that is no weight of a layer and no state.
HISTORY = "history"


@dataclass(frozen=True)
class NetFile:
    """What a file holds.

    ``weights`` are in Keras' layout by ``layer/weight``; ``state`` the arrays that a training goes on from.
    ``facts`` are what else was written down: ``dtype``, ``classes`` (names), ``data`` (name, digest, count),
    ``settings`` of the training and its ``progress``; ``history`` (epoch, measure) what was measured.
    """

    source: str
    spec: ModelSpec
    weights: Mapping[str, Array]
    state: Mapping[str, Array] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    history: Tensor | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, where they have some. Raises ``BadData`` for what are none."""
        told = self.facts.get("classes", [])
        if not isinstance(told, list) or not all(isinstance(one, str) for one in told):
            raise BadData(
                f"{printable(self.source)}: the names of its classes are a list of texts; "
                f"received {printable(repr(told)[:40])}"
            )
        return tuple(told)

    def net(self, dtype: Any = np.float32, *, frozen: Collection[str] = ()) -> Net:
        """The net at work with these weights. Raises ``BadData`` where they are those of another model."""
        with as_words(printable(self.source)):
            return Net(self.spec, dtype, frozen=frozen).load(self.weights)


def read_net_file(word: str, run: Run, model: ModelSpec | None = None, flatten: str | None = None) -> NetFile:
    """The net of a file or a sample: as train keeps it, of ONNX, or under the names of Keras or PyTorch.

    ``model`` is what the weights are of, where the file does not say it; ``flatten`` how pictures become rows
    in PyTorch's. Raises ``BadData`` for a file that does not say its model where none is given.
    """
    if is_onnx(word):
        read = read_onnx_net(word, run, model)
        return NetFile(word, read.spec, read.weights, {}, read.facts)
    tensors = finite_weights(word, run, NETS)
    if is_net(tensors):
        return net_in(word, tensors, model)
    tensors.pop(HISTORY, None)
    named = read_named_net(word, run, tensors, model, flatten)
    return NetFile(word, named.spec, named.weights, {}, named.facts)


def is_net(tensors: Mapping[str, Tensor]) -> bool:
    """Whether the tensors of a file are those of a net that says its model."""
    return HISTORY in tensors and isinstance(tensors[HISTORY].attrs.get(MODEL), str)


def net_in(word: str, tensors: Mapping[str, Tensor], model: ModelSpec | None = None) -> NetFile:
    """The net in the tensors of a file by their names. Raises ``BadData`` where they do not say its model."""
    history = tensors.get(HISTORY)
    told = None if history is None else history.attrs.get(MODEL)
    if history is None or not isinstance(told, str):
        raise BadData(
            f"{printable(word)} does not say what model its weights are of; dlcli train writes files that do"
        )
    mapping, facts = _mapping(told, word), facts_of(history, word)
    with as_words(printable(word)):
        spec = model_spec(mapping) if model is None else model
    arrays = {name: tensor.data for name, tensor in tensors.items() if name != HISTORY}
    state = {name: array for name, array in arrays.items() if name.count("/") > 1}
    weights = {name: array for name, array in arrays.items() if name not in state}
    return NetFile(word, spec, weights, state, facts, history)


def facts_of(history: Tensor, word: str) -> dict[str, Any]:
    """What a file says beside its arrays. Raises ``BadData`` where that is no JSON object."""
    return _mapping(str(history.attrs.get(FACTS, "{}")), word)


def _mapping(text: str, word: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise BadData(f"{printable(word)}: what it says of its net is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadData(f"{printable(word)}: what it says of its net is a JSON object; received {text[:40]!r}")
    return found


def history_tensor(epochs: list[Measured]) -> Tensor:
    """What was measured, (epoch, measure): only measures that were taken, the epochs counted from 1."""
    from dlcli.nets.training import MEASURES

    names = [
        name for name in MEASURES[1:] if not epochs or any(getattr(one, name) is not None for one in epochs)
    ]
    data = np.array(
        [[np.nan if (value := getattr(one, name)) is None else value for name in names] for one in epochs],
        np.float64,
    ).reshape(len(epochs), len(names))
    labels = tuple(name.replace("held_out_", "val-") for name in names)
    axes = (Axis("epoch", start=1, step=1), Axis("measure", labels))
    return Tensor(data, axes, HISTORY)


def write_net_file(
    path: str, spec: ModelSpec, weights: Mapping[str, Array], *, state: Mapping[str, Array],
    facts: Mapping[str, Any], history: Tensor,
) -> None:  # fmt: skip
    """Write a file that ``read_net_file`` reads, whole or not at all."""
    from dlcli.wire.write import save_tensors

    attrs = {MODEL: json.dumps(spec.as_mapping()), FACTS: json.dumps(dict(facts))}
    tensors = {name: Tensor(array, name=name) for name, array in {**weights, **state}.items()}
    save_tensors({**tensors, HISTORY: replace(history, attrs=attrs)}, path)
