"""The story of a recurrent net: its equations, its weights, and every step with every gate."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.tensor import Array, Axis
from dlcli.views import latch, rnn_compare
from dlcli.views.command_line import CommandLine
from dlcli.views.facts_table import FactsTable
from dlcli.views.heat_map import HeatMap
from dlcli.views.number import number
from dlcli.views.origin import whence
from dlcli.views.rnn_cell import explained
from dlcli.views.rnn_equations import equations, letter, sizes, weights
from dlcli.views.rnn_gradient import gradient_notices, gradient_sections
from dlcli.views.rnn_next import again
from dlcli.views.rnn_shape import Unrolled
from dlcli.views.rnn_work import Work
from dlcli.views.step_table import ROWS, Columns, StepTable
from dlcli.views.story import Section, Story
from dlcli.views.table import Table
from dlcli.views.text import clip

FEATURES = 4  # numbers of an input up to which they are listed
OUTPUTS = 8
UNITS = 4  # units of each gate that are listed
FEWER = 2  # of a long sequence, whose table would fold too often
WEIGHTS = 240  # weights up to which they are shown
MAPPED = 32  # states from which on they are drawn as a picture too
NOTICED = 3
SATURATED = 0.99
MANY = 0.25  # share of the states from which on it is worth a word
SAME = 1e-9  # states nearer than this do not differ to the eye


def story(work: object, *, precision: int = 4) -> Story:
    """What one net did with a sequence; of several, how they differ; of a latch, its own story."""
    kind = getattr(work, "kind", "")
    if kind == "latch":
        return latch.story(work, precision=precision)  # type: ignore[arg-type]
    if kind == "comparison":
        return rnn_compare.story(work, precision=precision)  # type: ignore[arg-type]
    return _story(work, precision)  # type: ignore[arg-type]


def explain(work: object, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The arithmetic of one unit at one step."""
    kind = getattr(work, "kind", "")
    if kind == "latch":
        return latch.explain(work, cell, precision=precision)  # type: ignore[arg-type]
    if kind == "comparison":
        return rnn_compare.explain(work, cell, precision=precision)  # type: ignore[arg-type]
    return explained(work, cell, precision=precision)  # type: ignore[arg-type]


def _story(work: Work, precision: int) -> Story:
    notices = [_memory(work), *_flat(work), *_kept(work)]
    if work.wants_gradients:
        notices = [_memory(work), *_flat(work), *gradient_notices(work, precision)]
    sections = [
        Section("input", "Input", whence(work.input, precision), _how(work)),
        *_drawn(work),
        Section("formula", _title(work), Text(sizes(work.top), style="dim"), Group(*equations(work.top))),
        *_layers(work),
        *_weights(work, precision),
        *_steps(work, precision),
        *(gradient_sections(work, precision) if work.wants_gradients else ()),
        Section("notice", "Notice", Text(" ".join(notices[:NOTICED]))),
        Section("next", "Try next", body=CommandLine(again(work))),
    ]
    return Story(tuple(sections))


def _how(work: Work) -> Text | None:
    return Text(work.sequence.how, style="dim") if work.sequence.how else None


def _title(work: Work) -> str:
    name = {"simple": "Simple cell", "leaky": "Leaky unit", "lstm": "LSTM", "gru": "GRU"}[work.top.kind]
    return f"{name}, layer {len(work.layers) - 1}" if len(work.layers) > 1 else name


def _drawn(work: Work) -> Iterator[Section]:
    """The unrolled net, when a shape was asked for."""
    if work.shape is None:
        return
    steps = len(work.sequence.data)
    read = [0] if work.shape in ("one-to-one", "one-to-many") else range(steps)
    given = [steps - 1] if work.last_only else range(steps)
    words = work.sequence.time.labels
    inputs = [(words[t] if words else f"x[{t}]") if t in read else "" for t in range(steps)]
    outputs = [f"y[{t}]" if t in given else "" for t in range(steps)]
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
            yield Section("parameters", name, told, weights(cell, below, precision))
    if work.conventions:
        yield Section("parameters", "Conventions", body=FactsTable(list(work.conventions.items())))


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


def _steps(work: Work, precision: int) -> Iterator[Section]:
    """The unrolled table; of many units a picture of the states before it."""
    states = work.steps.outputs
    if states.shape[1] * len(states) > MAPPED and (states.shape[1] > UNITS or len(states) > ROWS):
        picture = HeatMap(states.T, Axis("unit"), work.sequence.time, scale="diverging", height=16)
        yield Section("result", "States", Text("h of every unit at every step", style="dim"), picture)
    groups = list(_groups(work))
    left_out = _left_out(work)
    told = Text("; ".join(["a row for each step", *left_out]), style="dim")
    yield Section("result", "Steps", told, StepTable(work.sequence.time, groups, precision=precision))


def _left_out(work: Work) -> list[str]:
    found = []
    if work.sequence.words is None and work.sequence.data.shape[1] > FEATURES:
        found.append(f"{work.sequence.data.shape[1]} features not listed")
    if work.top.units > _listed(work):
        found.append(f"units 0 to {_listed(work) - 1} of {work.top.units}")
    if work.outputs.shape[1] > OUTPUTS:
        found.append(f"{work.outputs.shape[1]} outputs not listed")
    return found


def _listed(work: Work) -> int:
    """Units of each gate that are listed."""
    return UNITS if work.top.units <= UNITS or len(work.sequence.data) <= ROWS else FEWER


def _groups(work: Work) -> Iterator[Columns]:
    """x, the layers below, each gate, c, h, h without feedback, y."""
    listed = _listed(work)
    sequence, layer, done = work.sequence, work.layers[-1], work.steps.layers[-1]
    if sequence.words is None and sequence.data.shape[1] <= FEATURES:
        names = tuple(clip(sequence.feature.place(i), 8) for i in range(sequence.data.shape[1]))
        yield Columns("x", "input", sequence.data, names if sequence.feature.labels else None)
    elif work.shape == "one-to-many":
        yield Columns(
            "x", "input", np.where(np.arange(len(sequence.data)) == 0, 1.0, np.nan)[:, None], ("1",)
        )
    for i, below in enumerate(work.steps.layers[:-1]):
        yield Columns(f"h({i})", "layer below", below.outputs[:, :listed])
    for direction, cell, steps in zip(("→", "←"), layer.cells, (done.forward, done.backward), strict=False):
        if steps is None:
            continue
        arrow = direction if layer.backward is not None else ""

        def in_order(values: Array, reverse: bool = direction == "←") -> Array:
            return (values[::-1] if reverse else values)[:, :listed]

        for gate, values in steps.parts.items():
            if gate == "recall":
                continue
            shut = gate in ("input", "forget", "output", "update", "reset")
            yield Columns(
                letter(gate, cell.kind) + arrow,
                gate,
                in_order(values),
                scale="sequential" if shut else "diverging",
                limits=(0, 1) if shut else None,
            )
        if steps.cell is not None:
            yield Columns("c" + arrow, "cell", in_order(steps.cell))
        yield Columns("h" + arrow, "state", in_order(steps.states))
    if layer.backward is not None and layer.merge != "concat":
        yield Columns("h", layer.merge, done.outputs[:, :listed])
    yield Columns("h", "feedback cut", work.cut[:, :listed])
    if work.outputs.shape[1] <= OUTPUTS:
        outputs = work.outputs.copy()
        if work.last_only:
            outputs[:-1] = np.nan
        labels = work.sequence.words
        words = tuple(clip(label, 8) for label in labels) if labels else None
        yield Columns("y", "output", outputs, words if words and len(words) == outputs.shape[1] else None)


def _flat(work: Work) -> Iterator[str]:
    """What stands in the way of learning: states where the activation is flat."""
    share = float((np.abs(work.steps.outputs) > SATURATED).mean())
    if work.top.activation == "tanh" and share > MANY:
        yield (
            f"{number(100 * share, 2)} % of the states are beyond ±{SATURATED}, where tanh is flat and lets "
            "no gradient through: try --standardize, or smaller inputs."
        )


def _kept(work: Work) -> Iterator[str]:
    """How much a gate keeps from step to step."""
    if work.kept is not None and work.kept[0] != "alpha":
        name = work.kept[0]
        mean = float(work.top_steps.parts[name].mean())
        what = "cell state" if name == "forget" else "state"
        yield f"The {name} gate is {number(mean, 2)} on average: that share of the {what} is kept a step."


def _memory(work: Work) -> str:
    """How much of what came before is in a state, told by two steps that read the same if there are any."""
    states, cut = work.steps.outputs, work.cut
    if len(states) == 1:
        return "A single step has nothing to remember: with the feedback cut, it is the same."
    pair = _same_inputs(work.sequence.data)
    if pair is not None and work.shape != "one-to-many":
        first, second = pair
        apart = float(np.abs(states[first] - states[second]).max())
        told = f"Steps {first} and {second} read the same{_word(work, first)}"
        if apart < SAME:
            return f"{told}, and h is the same: nothing of what came between shows in it."
        return (
            f"{told}, but h differs by up to {number(apart, 3)}: what came before is in it. With the "
            "feedback cut, both give the same."
        )
    apart = float(np.abs(states[-1] - cut[-1]).max())
    if apart < SAME:
        return "With the feedback cut, the last state would be the same: nothing from before shows in it."
    return f"With the feedback cut, the last state would differ by {number(apart, 3)}: so much is memory."


def _word(work: Work, t: int) -> str:
    labels = work.sequence.time.labels
    return f" word “{clip(labels[t], 16)}”" if labels and work.sequence.words else " input"


def _same_inputs(data: Array) -> tuple[int, int] | None:
    """The first two steps, the second of which is not the one after the first, that read the same."""
    seen: dict[bytes, int] = {}
    for t, row in enumerate(data):
        key = row.tobytes()
        if key in seen and t:
            return seen[key], t
        seen.setdefault(key, t)
    return None
