"""Every result of ``dlcli rnn`` as a tensor, its axes named: of one net, of several, of a latch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from dlcli.commands.rnn.cells import LATCH, letter
from dlcli.commands.rnn.first_states import state_tensor
from dlcli.commands.rnn.record import Comparison, LatchWork, Work
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell import Cell
from dlcli.engines.recurrent.latch import SIGNALS, latch
from dlcli.engines.recurrent.layouts.keras import keras_paths
from dlcli.errors import DlcliError
from dlcli.runner.result import Result
from dlcli.tensor import Array, Axis, Tensor
from dlcli.words.line import Line

#: Results that every cell has, so that they can stand side by side.
SHARED = ("states", "outputs", "gradients", "loss", "paths")

#: The line of a latch.
LINE = Line("rnn", (("--cell", LATCH),))

Makers = dict[str, Callable[[], Tensor]]


def results(work: Work) -> Makers:
    """Every result of one net, by the name that ``--emit`` knows."""
    made: Makers = {
        "states": lambda: _steps(work, "states", work.steps.outputs, unit_axis(work.layers[-1])),
        "outputs": lambda: _outputs(work),
    }
    if work.readout_activation is not None:
        made["probabilities"] = lambda: _outputs(work, "probabilities")
    if work.top_steps.parts:
        made["gates"] = lambda: _gates(work)
    if (cell := work.top_steps.cell) is not None:
        made["cell"] = lambda: _steps(work, "cell", cell, Axis("unit"))
    if work.can_go_on:
        made["final-states"] = lambda: state_tensor(work.steps.last, work.layers, "final-states")
    if work.layers[-1].backward is None:
        made["feedback-cut"] = lambda: _steps(work, "feedback-cut", work.cut, Axis("unit"))
        made["added-up"] = lambda: _steps(work, "added-up", work.added, Axis("unit"))
    if work.targets is not None:
        made["loss"] = lambda: _loss(work)
        made["gradients"] = lambda: _gradients(work)
        made["weight-gradients"] = lambda: _weight_gradient(work)
        made["paths"] = lambda: _paths(work)
    return made


def several(work: Work) -> Mapping[str, Callable[[], Sequence[Tensor]]]:
    """The results that are several tensors: of one weight alone its gradient is one."""
    if work.targets is None or work.paths_of is not None:
        return {}
    return {"weight-gradients": lambda: _weight_gradients(work)}


def compared(works: Sequence[Work]) -> Result:
    """The results of several nets along a first axis ``cell``; cells of one name are numbered.

    Making one raises ``DlcliError`` where the nets give different shapes.
    """
    names = [work.name for work in works]
    works = [
        replace(work, name=f"{work.name} ({names[: i + 1].count(work.name)})")
        if names.count(work.name) > 1
        else work
        for i, work in enumerate(works)
    ]
    every = [results(work) for work in works]
    labels = tuple(work.name for work in works)

    def stacked(name: str) -> Tensor:
        parts = [made[name]() for made in every]
        if len({part.shape for part in parts}) > 1:
            shapes = ", ".join(
                f"{label} {' × '.join(map(str, part.shape))}"
                for label, part in zip(labels, parts, strict=True)
            )
            raise DlcliError(
                f"the {name} of these cells have different shapes ({shapes}); try --units 2, or one --cell"
            )
        axes = Axis("cell", labels), *parts[0].axes
        return Tensor(np.stack([part.data for part in parts]), axes, name)

    outputs = {
        name: lambda name=name: stacked(name) for name in SHARED if all(name in made for made in every)
    }
    return Result(outputs, Comparison(tuple(works)), view="story_compare")


def latched(x: Tensor, line: Line = LINE) -> Result:
    """The bit that a latch shows at every step (time, unit), and what it let in and kept (time, gate).

    Raises ``DlcliError`` for anything but a matrix (time, 2).
    """
    if x.data.ndim != 2 or x.shape[1] != len(SIGNALS):
        raise DlcliError(
            f"a latch wants two signals a step, EN and D: axes (time, 2), such as '1 1; 0 0; 0 1'; "
            f"received {x.describe()}"
        )
    steps = latch(x.data)

    def tensor(name: str, axis: Axis, *columns: Array) -> Tensor:
        return Tensor(np.stack(columns, axis=-1), (x.axes[0], axis), name, x.attrs)

    states = tensor("states", Axis("unit", ("Q",)), steps.states)
    gates = tensor("gates", Axis("gate", ("taken", "kept")), steps.taken, steps.kept)
    outputs = {"states": lambda: states, "gates": lambda: gates}
    return Result(outputs, LatchWork(x, states, steps, line), view="story_latch")


def _time(work: Work, steps: int) -> Axis:
    """The axis of the last so many steps: each keeps its place in the sequence."""
    time, length = work.sequence.time, len(work.sequence.data)
    if steps == length:
        return time
    if time.labels is not None:
        return replace(time, labels=time.labels[-steps:])
    return replace(time, start=time.value(length - steps), step=time.step if time.numeric else 1)


def _steps(work: Work, name: str, data: Array, *axes: Axis) -> Tensor:
    return Tensor(data, (_time(work, len(data)), *axes), name, {"cell": work.name})


def _outputs(work: Work, name: str = "outputs") -> Tensor:
    data = work.outputs if name == "outputs" else work.probabilities
    return _steps(work, name, data[-1:] if work.last_only else data, Axis("output", work.output_labels))


def _gates(work: Work) -> Tensor:
    parts = {name: part for name, part in work.top_steps.parts.items() if name in work.top.gates}
    axes = Axis("gate", tuple(parts)), _time(work, work.top_steps.length), Axis("unit")
    gates = np.stack(list(parts.values()))
    if work.mask is not None:
        gates = np.where(work.mask[:, None], gates, np.nan)
    return Tensor(gates, axes, "gates", {"cell": work.name})


def _gradients(work: Work) -> Tensor:
    units = unit_axis(replace(work.layers[-1], merge="concat"))  # each direction has gradients of its own
    return _steps(work, "gradients", work.short_gradients.hidden, units)


def _paths(work: Work) -> Tensor:
    terms = work.told_paths
    time = _time(work, len(terms))
    axes = replace(time, name="loss step"), replace(time, name="step")
    weight = work.weight if work.entry is None else str(work.paths_of)
    return Tensor(terms, axes, "paths", {"cell": work.name, "weight": weight})


def _loss(work: Work) -> Tensor:
    """The loss of each step of the sequence; of a net that went several steps of learning, Σ L by these."""
    learning = work.learning
    if learning is None or learning.times is None:
        return _steps(work, "loss", work.loss.steps)
    return Tensor(learning.descent.losses, (Axis("step", start=0, step=1),), "loss", {"cell": work.name})


def _weight_gradients(work: Work) -> list[Tensor]:
    found = work.weight_gradients
    return [
        Tensor(found[name], weight_axes(work, name, found[name].ndim), path, {"cell": work.name})
        for name, path in keras_paths(work.net).items()
    ]


def weight_axes(work: Work, name: str, ndim: int) -> tuple[Axis, ...]:
    """The axes of a weight by its name in ``RecurrentNet.arrays``: what it meets, what it is added to."""
    *where, what = name.split("/")
    if where == ["output"]:
        last = Axis("output", work.output_labels)
        return (last,) if ndim == 1 else (unit_axis(work.layers[-1]), last)
    layer, direction = map(int, where)
    gates = column_axis(work.layers[layer].cells[direction])
    if what == "bias":
        return (gates,) if ndim == 1 else (Axis("bias", ("b", "b′")), gates)
    if what == "kernel":
        below = work.sequence.feature.labels if layer == 0 else unit_axis(work.layers[layer - 1]).labels
        return Axis("feature", below), gates
    return Axis("unit"), gates


def _weight_gradient(work: Work) -> Tensor:
    data = work.short_gradients.of(work.weight, clip=work.clip)
    name, columns = "feature" if work.weight == "kernel" else "unit", column_axis(work.top)
    if work.entry is None:
        return Tensor(data, (Axis(name), columns), "weight-gradients", {"weight": work.weight})
    row, column = work.entry
    axes = Axis(name, (str(row),)), Axis("gate", (columns.place(column),))
    one = data[row : row + 1, column : column + 1]
    return Tensor(one, axes, "weight-gradients", {"weight": str(work.paths_of)})


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
    gates = [letter(gate, cell.kind) for gate in cell.gates]
    return Axis("gate", tuple(f"{gate}{i}" for gate in gates for i in range(cell.units)))
