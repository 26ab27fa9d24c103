"""Nets to and from elsewhere: ONNX files, and weights under the names of Keras and PyTorch."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from dlcli.commands.kinds.nets.model import as_words
from dlcli.commands.kinds.weights import check_finite
from dlcli.errors import BadData, WrongUsage, printable
from dlcli.nets.flat_order import CHANNELS
from dlcli.nets.names import LAYOUTS, read_names, write_names
from dlcli.nets.spec import ModelSpec, model_spec
from dlcli.runner.kinds import Reads, Writes
from dlcli.runner.option import option
from dlcli.runner.result import Run
from dlcli.tensor import Array, Tensor
from dlcli.wire.read import Literal, open_input

#: What says of the arrays of a file what model they are weights of, and more: attributes that are JSON.
MODEL, FACTS = "model", "facts"

#: Attributes that say whose names the arrays have, and the order behind a flatten.
LAYOUT, FLATTEN = "layout", "flatten"

#: How the names of files end that a net is saved in.
SUFFIXES = (".safetensors", ".npz", ".onnx")

#: A file that a net may be read from.
NETS = Literal("a sample", "weights are .safetensors, .npz or .onnx; see the name again", endings=SUFFIXES)


@dataclass(frozen=True)
class NetConvert:
    """Where the weights of a net are saved, and by whose names."""

    save_weights: str | None = option(
        "--save-weights", Writes("FILE"), under="Weights",
        help="Write the weights, as .safetensors, .npz or .onnx; the file says their model, too. Of nets "
        "over sequences .onnx is for other programs alone.",
    )  # fmt: skip
    layout: str = option(
        "--layout", click.Choice(LAYOUTS), "keras", under="Weights", needs="--save-weights",
        help="Whose names and order of axes --save-weights gives them.",
    )  # fmt: skip


@dataclass(frozen=True)
class NetReading:
    """Whose weights a file holds that does not say it."""

    model: str | None = option(
        "--model", Reads("MODEL"), under="Weights",
        help="What the weights of a file from elsewhere are of: a model by name, or FILE.toml.",
    )  # fmt: skip
    flatten: str | None = option(
        "--flatten", click.Choice(CHANNELS), under="Weights",
        help="How the numbers of a picture lie before a dense layer in what is PyTorch's, read or written.",
    )  # fmt: skip


@dataclass(frozen=True)
class Foreign:
    """A net of a file from elsewhere: its weights are in Keras' layout by ``layer/weight``."""

    spec: ModelSpec
    weights: dict[str, Array]
    facts: dict[str, Any]


def is_onnx(word: str) -> bool:
    """Whether a word names an ONNX file."""
    return word.lower().endswith(".onnx")


def save_net(
    path: str, spec: ModelSpec, weights: Mapping[str, Array], layout: str = "keras", *,
    flatten: str | None = None, facts: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Write a net for other programs, whole or not at all: an ONNX file, or its weights by name.

    ``weights`` are in Keras' layout by ``layer/weight``; ``facts``, such as the names of ``classes``,
    travel along. Raises ``WrongUsage`` for another ending, and for a file that would be too large.
    """
    told = {MODEL: json.dumps(spec.as_mapping()), FACTS: json.dumps(dict(facts or {}))}
    if is_onnx(path):
        if layout != "keras":
            raise WrongUsage(f"--layout {layout}: an ONNX file has an order of its own; leave --layout out")
        _save_onnx(path, spec, weights, told[FACTS])
        return
    if not path.lower().endswith(SUFFIXES):
        raise WrongUsage(f"cannot write {path}: a net is saved as {', '.join(SUFFIXES)}")
    from dlcli.wire.write import save_tensors

    order = flatten or CHANNELS[0]
    with as_words(f"cannot write {printable(path)}", WrongUsage):
        named = write_names(spec, weights, layout, order)
    attrs = told | {LAYOUT: layout, FLATTEN: order}
    tensors = {name: Tensor(array, name=name) for name, array in named.items()}
    if not tensors:
        raise WrongUsage(f"cannot write {path}: {spec.name} has no weights; .onnx holds the model itself")
    first = next(iter(tensors))
    tensors[first] = Tensor(named[first], name=first, attrs=attrs)
    save_tensors(tensors, path)


def _save_onnx(path: str, spec: ModelSpec, weights: Mapping[str, Array], facts: str) -> None:
    from dlcli.nets.onnx.write import write_graph
    from dlcli.wire.atomic import replacing
    from dlcli.wire.models.onnx_model import write_onnx

    with as_words(f"cannot write {printable(path)}", WrongUsage):
        graph = write_graph(spec, weights)
    told = graph.as_mapping()
    told["properties"] = {**graph.properties, FACTS: facts}
    with replacing(path) as file:
        write_onnx(told, file)


def read_onnx_net(word: str, run: Run, model: ModelSpec | None = None) -> Foreign:
    """The net of an ONNX file; with a ``model`` the weights of that, by their order.

    Raises ``BadData`` for operators that no layer here does, with the node.
    """
    from dlcli.nets.onnx.graph import Graph
    from dlcli.nets.onnx.read import read_graph, weights_for
    from dlcli.wire.models.onnx_model import read_onnx

    environment, where = run.environment, printable(word)
    with open_input(word, stdin=environment.stdin, literal=NETS, say=environment.say) as source:
        told = read_onnx(source, limits=run.limits, folder=os.path.dirname(word))
    name = os.path.splitext(os.path.basename(word))[0]
    with as_words(where):
        read = read_graph(Graph.of(told), name)
    check_finite(word, read.weights)
    notes, spec, weights = read.notes, read.spec, read.weights
    if model is not None:
        with as_words(where):
            weights, spec = weights_for(model, read).arrays, model
        notes = ()
    for note in notes:
        run.warn(f"{where}: {note}")
    return Foreign(spec, weights, _facts(told["properties"].get(FACTS)))


def read_named_net(
    word: str, run: Run, tensors: Mapping[str, Tensor], model: ModelSpec | None, flatten: str | None = None
) -> Foreign:
    """The net whose weights a file holds under the names of Keras or PyTorch.

    Its model is the one that is given, or else the one that the file tells; what was taken where it could be
    otherwise is said. Raises ``BadData`` for weights of another model, with the first layer that differs.
    """
    where = printable(word)
    attrs: dict[str, Any] = next((dict(t.attrs) for t in tensors.values() if MODEL in t.attrs), {})
    if model is None:
        model = _model(where, attrs)
    arrays = {name: tensor.data for name, tensor in tensors.items()}
    known = str(attrs[FLATTEN]) if attrs.get(FLATTEN) in CHANNELS else flatten
    with as_words(where):
        read = read_names(model, arrays, flatten=known)
    if read.sources:
        pairs = ", ".join(f"{layer} from {source}" for layer, source in read.sources.items())
        run.warn(f"{where}: weights taken by order and shape: {printable(pairs)}")
    if read.flattens and known is None:
        other = next(word for word in CHANNELS if word != read.flatten)
        why = "as PyTorch flattens" if read.flatten == "channels-first" else "as summary -f torch writes it"
        run.warn(
            f"{where}: pictures become rows with their {read.flatten.replace('-', ' ')}, {why}; "
            f"otherwise --flatten {other}"
        )
    return Foreign(model, read.arrays, _facts(attrs.get(FACTS)))


def _model(where: str, attrs: Mapping[str, Any]) -> ModelSpec:
    """The model that a file says it holds the weights of."""
    try:
        mapping = json.loads(str(attrs.get(MODEL, "null")))
    except ValueError as error:
        raise BadData(f"{where}: what it says of its net is not JSON: {error}") from error
    if not isinstance(mapping, dict):
        raise BadData(f"{where} does not say what model its weights are of; say it by --model, or train one")
    with as_words(where):
        return model_spec(mapping)


def _facts(told: object) -> dict[str, Any]:
    """What travels with a net, where it can be read."""
    try:
        facts = json.loads(str(told))
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}
