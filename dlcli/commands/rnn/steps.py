"""Every step of a net as a row: what it read, each gate, the states, and those without feedback."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from rich.text import Text

from dlcli.commands.rnn.cells import letter
from dlcli.commands.rnn.record import Work
from dlcli.engines.recurrent.cell_activations import SIGMOID
from dlcli.tensor import Array, Axis
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.page.cells import UNKNOWN, Cells, of_matrix
from dlcli.views.story import Section
from dlcli.views.tables.step_table import ROWS, Columns, StepTable
from dlcli.views.text.text import clip

FEATURES = 4  # numbers of an input up to which they are listed
OUTPUTS = 8  # numbers of an output up to which they are listed
UNITS = 4  # units of each gate that are listed
FEWER = 2  # of a long sequence, whose table would fold too often
MAPPED = 32  # states from which on they are drawn as a picture too


#: The cells of a result (time, unit) or (time, output).
EACH = partial(Cells, pattern="r,c")


def steps(work: Work, precision: int) -> Iterator[Section]:
    """The unrolled table; of many units a picture of the states before it."""
    states = work.steps.outputs
    if states.shape[1] * len(states) > MAPPED and (states.shape[1] > UNITS or len(states) > ROWS):
        picture = HeatMap(states.T, Axis("unit"), work.sequence.time, scale="diverging", height=16)
        yield Section("result", "States", Text("h of every unit at every step", style="dim"), picture)
    groups = list(_groups(work))
    left_out = _left_out(work)
    rows = Text("; ".join(["a row for each step", *left_out]), style="dim")
    yield Section("result", "Steps", rows, StepTable(work.sequence.time, groups, precision=precision))


def _left_out(work: Work) -> list[str]:
    omitted = []
    if work.sequence.words is None and work.sequence.data.shape[1] > FEATURES:
        omitted.append(f"{work.sequence.data.shape[1]} features not listed")
    if work.top.units > _listed(work):
        omitted.append(f"units 0 to {_listed(work) - 1} of {work.top.units}")
    if work.outputs.shape[1] > OUTPUTS:
        omitted.append(f"{work.outputs.shape[1]} outputs not listed")
    return omitted


def _listed(work: Work) -> int:
    return UNITS if work.top.units <= UNITS or len(work.sequence.data) <= ROWS else FEWER


def _groups(work: Work) -> Iterator[Columns]:
    """x, the layers below, each gate, c, h, h without feedback, y."""
    listed = _listed(work)
    sequence, layer, done = work.sequence, work.layers[-1], work.steps.layers[-1]
    gates = [gate for gate in work.top_steps.parts if gate in work.top.gates]
    if sequence.words is None and sequence.data.shape[1] <= FEATURES:
        names = tuple(clip(sequence.feature.place(i), 8) for i in range(sequence.data.shape[1]))
        read = of_matrix(work.input) if work.input.shape == sequence.data.shape else UNKNOWN
        yield Columns(
            "x", "input", sequence.data, names if sequence.feature.labels else None, cells=read, given=True
        )
    elif work.shape == "one-to-many":
        first = np.where(np.arange(len(sequence.data)) == 0, 1.0, np.nan)[:, None]
        yield Columns("x", "input", first, ("1",), given=True)
    if work.mask is not None:
        mask = work.mask[:, None].astype(int)
        yield Columns("m", "mask", mask, ("",), "sequential", (0, 1), given=True)
    for i, below in enumerate(work.steps.layers[:-1]):
        yield Columns(f"h({i})", "layer below", below.outputs[:, :listed])
    for direction, cell, steps in zip(("→", "←"), layer.cells, done.directions, strict=False):
        arrow = direction if layer.backward is not None else ""

        def in_order(values: Array, reverse: bool = direction == "←") -> Array:
            return (values[::-1] if reverse else values)[:, :listed]

        def of_read(values: Array) -> Array:
            return values if work.mask is None else np.where(work.mask[:, None], values, np.nan)

        for gate, values in steps.parts.items():
            if gate == "recall":
                continue
            place = gates.index(gate) if gate in gates and not arrow else None
            shut = gate in ("input", "forget", "output", "update", "reset")
            yield Columns(
                letter(gate, cell.kind) + arrow,
                gate,
                of_read(in_order(values)),
                scale="sequential" if shut else "diverging",
                limits=(0, 1) if shut and cell.gate_activation == SIGMOID else None,
                cells=UNKNOWN if place is None else Cells("gates", f"{place},r,c"),
            )
        if steps.cell is not None:
            kept = UNKNOWN if arrow else EACH("cell")
            yield Columns("c" + arrow, "cell", in_order(steps.cell), cells=kept)
        forth = direction == "→" and layer.merge == "concat"
        states = EACH("states") if forth or not arrow else UNKNOWN
        yield Columns("h" + arrow, "state", in_order(steps.states), cells=states)
    if layer.backward is not None and layer.merge != "concat":
        yield Columns("h", layer.merge, done.outputs[:, :listed], cells=EACH("states"))
    cut = work.cut if work.mask is None else np.where(work.mask[:, None], work.cut, np.nan)
    yield Columns("h", "feedback cut", cut[:, :listed])
    if work.without_memory:
        yield Columns("h", "added up", work.added[:, :listed])
    if work.outputs.shape[1] <= OUTPUTS:
        outputs = work.outputs.copy()
        if work.last_only:
            outputs[:-1] = np.nan
        told = UNKNOWN if work.last_only else EACH("outputs")
        yield Columns("y", "output", outputs, output_names(work), cells=told)
        if work.read_by is not None or work.binary:
            shares = np.where(np.isnan(outputs), np.nan, work.probabilities)
            told = UNKNOWN if work.last_only else EACH("probabilities")
            yield Columns("p", "probability", shares, output_names(work), "sequential", (0, 1), cells=told)


def output_names(work: Work) -> tuple[str, ...] | None:
    """What each output stands for, in a few letters, where that has a name."""
    labels = work.output_labels
    return tuple(clip(label, 8) for label in labels) if labels else None
