"""Every result of a net over a sequence as a tensor, its axes named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from dlcli.commands.rnn.gradients import NetRun
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell import Cell
from dlcli.tensor import Array, Axis, Tensor

#: How each gate is written in formulas.
LETTERS = {
    "hidden": "h", "input": "i", "forget": "f", "candidate": "g", "output": "o", "update": "z", "reset": "r",
}  # fmt: skip


def results(run: NetRun) -> dict[str, Callable[[], Tensor]]:
    """Every result, by the name that ``--emit`` knows."""
    found: dict[str, Callable[[], Tensor]] = {
        "states": lambda: _tensor(run, "states", run.steps.outputs, unit_axis(run.layers[-1])),
        "outputs": lambda: _tensor(run, "outputs", _shown(run, run.outputs), _output_axis(run)),
    }
    if run.top_steps.parts:
        found["gates"] = partial(_gates, run)
    if run.top.has_cell:
        found["cell"] = partial(_cell, run)
    if run.has_targets:
        found["loss"] = lambda: _tensor(run, "loss", run.loss.steps)
        found["gradients"] = lambda: _tensor(run, "gradients", run.hidden(), Axis("unit"))
        found["weight-gradients"] = partial(_weight_gradients, run)
        found["paths"] = partial(_paths, run)
    return found


def _shown(run: NetRun, outputs: Array) -> Array:
    return outputs[-1:] if run.last_only else outputs


def _output_axis(run: NetRun) -> Axis:
    labels = run.targets.labels if run.has_targets else run.sequence.words
    return Axis("output", labels if labels and len(labels) == run.outputs.shape[1] else None)


def _time(run: NetRun, steps: int) -> Axis:
    time = run.sequence.time
    if steps == len(run.sequence.data):
        return time
    if time.labels is not None:
        return replace(time, labels=time.labels[-steps:])
    return replace(time, start=time.value(len(run.sequence.data) - steps)) if time.numeric else time


def _tensor(run: NetRun, name: str, data: Array, *axes: Axis) -> Tensor:
    return Tensor(data, (_time(run, len(data)), *axes), name, {"cell": run.name})


def _gates(run: NetRun) -> Tensor:
    parts = {name: part for name, part in run.top_steps.parts.items() if name in run.top.gates}
    axes = Axis("gate", tuple(parts)), _time(run, run.top_steps.length), Axis("unit")
    return Tensor(np.stack(list(parts.values())), axes, "gates", {"cell": run.name})


def _cell(run: NetRun) -> Tensor:
    assert run.top_steps.cell is not None
    return _tensor(run, "cell", run.top_steps.cell, Axis("unit"))


def _paths(run: NetRun) -> Tensor:
    time = _time(run, len(run.short_paths.sizes))
    axes = replace(time, name="loss step"), replace(time, name="step")
    return Tensor(run.short_paths.sizes, axes, "paths", {"cell": run.name, "weight": run.weight})


def _weight_gradients(run: NetRun) -> Tensor:
    rows = Axis("feature" if run.weight == "kernel" else "unit")
    return Tensor(
        run.weight_gradient, (rows, column_axis(run.top)), "weight-gradients", {"weight": run.weight}
    )


def unit_axis(layer: Layer) -> Axis:
    """The units of a layer; of two directions beside each other, arrows tell which one."""
    if layer.backward is None or layer.merge != "concat":
        return Axis("unit")
    ahead = [f"→{i}" for i in range(layer.forward.units)]
    return Axis("unit", (*ahead, *(f"←{i}" for i in range(layer.backward.units))))


def column_axis(cell: Cell) -> Axis:
    """The columns of a cell's weights, by gate and unit.

    >>> from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell
    >>> column_axis(SimpleRNNCell(np.eye(2), recurrent_kernel=np.eye(2))).labels
    ('h0', 'h1')
    """
    letters = LETTERS | ({"candidate": "n"} if cell.kind == "gru" else {})
    return Axis("gate", tuple(f"{letters[gate]}{i}" for gate in cell.gates for i in range(cell.units)))
