"""The story of a recurrent net: its equations, its weights, and every step with every gate."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.commands.rnn import output
from dlcli.commands.rnn.equations import (
    equations,
    merged,
    output_sizes,
    output_weights,
    outputs,
    sizes,
    weights,
)
from dlcli.commands.rnn.explain import explain
from dlcli.commands.rnn.next import again
from dlcli.commands.rnn.notices import flat, gradient_notices, kept, memory
from dlcli.commands.rnn.protocol import Work
from dlcli.commands.rnn.steps import OUTPUTS, output_labels, steps
from dlcli.commands.rnn.story_gradient import gradient_sections
from dlcli.commands.rnn.unrolled import Unrolled
from dlcli.tensor import Array, Axis
from dlcli.views.origin import whence
from dlcli.views.story import Section, Story
from dlcli.views.tables.facts_table import FactsTable
from dlcli.views.tables.table import Table
from dlcli.views.text.command_line import CommandLine
from dlcli.words.number import number

WEIGHTS = 240  # weights up to which they are shown
NOTICED = 3


def story(work: Work, *, precision: int = 4) -> Story:
    """What one net did with a sequence."""
    notices = [memory(work), *flat(work), *kept(work)]
    if work.wants_gradients:
        notices = [memory(work), *flat(work), *gradient_notices(work)]
    sections = [
        Section("input", "Input", whence(work.input, precision), _how(work)),
        *_drawn(work),
        *_formulas(work),
        *_layers(work),
        *_weights(work, precision),
        _output_weights(work, precision),
        *steps(work, precision),
        *(gradient_sections(work, precision) if work.wants_gradients else ()),
        Section("notice", "Notice", Text(" ".join(notices[:NOTICED]))),
        Section("next", "Try next", body=CommandLine(again(work))),
    ]
    return Story(tuple(sections))


def _how(work: Work) -> Text | None:
    return Text(work.sequence.how, style="dim") if work.sequence.how else None


def _formulas(work: Work) -> Iterator[Section]:
    """The equations of the highest layer, those of each direction with its own steps before, and of y."""
    layer = work.layers[-1]
    after = outputs(work.has_targets and work.targets.loss == "cross-entropy")
    if layer.backward is None:
        told = Text(sizes(layer.forward), style="dim")
        yield Section("formula", _title(work), told, Group(*equations(layer.forward), *after))
        return
    told = Text(sizes(layer.forward), style="dim")
    yield Section("formula", _title(work, " →"), told, Group(*equations(layer.forward)))
    told = Text("reads from the end: step t+1 comes before step t", style="dim")
    yield Section("formula", _title(work, " ←"), told, Group(*equations(layer.backward, backwards=True)))
    told = Text(f"merged by {layer.merge}", style="dim")
    yield Section("formula", "Both directions", told, Group(merged(layer.merge), *after))


def _title(work: Work, direction: str = "") -> str:
    name = {"simple": "Simple cell", "leaky": "Leaky unit", "lstm": "LSTM", "gru": "GRU"}[work.top.kind]
    return f"{name}{direction}, layer {len(work.layers) - 1}" if len(work.layers) > 1 else name + direction


def _drawn(work: Work) -> Iterator[Section]:
    """The unrolled net, when a shape was asked for."""
    if work.shape is None:
        return
    count = len(work.sequence.data)
    read = [0] if work.shape in ("one-to-one", "one-to-many") else range(count)
    given = [count - 1] if work.last_only else range(count)
    words = work.sequence.time.labels
    inputs = [(words[t] if words else f"x[{t}]") if t in read else "" for t in range(count)]
    outputs = [f"y[{t}]" if t in given else "" for t in range(count)]
    picture = Unrolled(
        work.top.kind,
        inputs,
        outputs,
        layers=len(work.layers),
        bidirectional=work.layers[-1].backward is not None,
    )
    yield Section("formula", "Unrolled", Text(work.shape, style="dim"), picture)


def _layers(work: Work) -> Iterator[Section]:
    """What each layer has, when there are several or two directions."""
    both = work.layers[-1].backward is not None
    if len(work.layers) == 1 and not both:
        return
    rows = [
        [
            str(i),
            layer.forward.kind + (f" ⇄ {layer.merge}" if layer.backward is not None else ""),
            f"{layer.forward.features} → {layer.width}",
            str(layer.parameters),
        ]
        for i, layer in enumerate(work.layers)
    ]
    total = Text(f"{work.parameters} parameters", style="dim")
    yield Section(
        "parameters",
        "Layers",
        total,
        Table(["layer", "cell", "features → out", "parameters"], rows, right=(0, 3)),
    )


def _weights(work: Work, precision: int) -> Iterator[Section]:
    """The weights of the highest layer, where they come from, and the conventions of their layout."""
    layer = work.layers[-1]
    below = work.sequence.feature if len(work.layers) == 1 else Axis("unit")
    told = Text(_origin(work), style="dim")
    for direction, cell in zip(("→", "←"), layer.cells, strict=False):
        name = f"Weights {direction}" if layer.backward is not None else "Weights"
        if cell.parameters > WEIGHTS:
            yield Section("parameters", name, Text.assemble(told, Text(f"; {sizes(cell)}", style="dim")))
        else:
            table = weights(cell, below, precision, backwards=direction == "←")
            yield Section("parameters", name, told, table)
    if work.conventions:
        yield Section("parameters", "Conventions", body=FactsTable(list(work.conventions.items())))


def _output_weights(work: Work, precision: int) -> Section:
    """V and b_y, and whether they are the file's: many files hold a cell without an output layer."""
    told = work.readout_origin
    if told.startswith("--seed"):
        told += ": Glorot uniform" + ("" if work.origin == work.readout_origin else "; the file has none")
    table = None
    if work.readout.kernel.shape[1] <= OUTPUTS and work.readout.parameters <= WEIGHTS:
        table = output_weights(work.readout, output_labels(work), precision)
    head = Text(f"{told}; {output_sizes(work.readout)}", style="dim")
    return Section("parameters", "Output weights", head, table)


def _origin(work: Work) -> str:
    if not work.origin.startswith("--seed"):
        return work.origin
    told = {
        "simple": "kernel Glorot uniform, recurrent kernel orthogonal",
        "lstm": f"kernel Glorot uniform, recurrent kernel orthogonal, {_forget(work)}",
        "gru": "kernel Glorot uniform, recurrent kernel orthogonal",
        "leaky": "kernel the identity" if _is_identity(work.top.kernel) else "kernel Glorot uniform",
    }[work.top.kind]
    return f"{work.origin}: {told}"


def _forget(work: Work) -> str:
    bias = work.top.arrays()["bias"] if "bias" in work.top.arrays() else np.zeros(4)
    return f"forget bias {number(float(bias[len(bias) // 4]))}" if work.top.kind == "lstm" else ""


def _is_identity(kernel: Array) -> bool:
    return kernel.shape[0] == kernel.shape[1] and bool((kernel == np.eye(len(kernel))).all())


#: Result -> what explains its cells; of all others it is a state that is explained.
EXPLAIN = {"outputs": output.explain, "*": explain}
