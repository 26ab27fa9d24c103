"""One net over one sequence: what it did, what it should have done, and the gradient of the difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from time import perf_counter

import numpy as np

from dlcli.commands.rnn_sequence import Sequence
from dlcli.commands.rnn_targets import Targets
from dlcli.engines.bidirectional import Layer
from dlcli.engines.clip import clip_by_norm, global_norm
from dlcli.engines.gradient_paths import MOST_STEPS, Paths, gradient_paths, gradient_reach
from dlcli.engines.memory import (
    first_not_finite,
    keeping_gate,
    kept_by_distance,
    spectral_radius,
    without_memory,
)
from dlcli.engines.recurrent import Cell, Steps
from dlcli.engines.recurrent_terms import GateTerms, unit_terms
from dlcli.engines.sequence_loss import Loss, Readout
from dlcli.engines.stacked import StackGradients, StackSteps, run_stack, stack_back, stack_gradients
from dlcli.errors import DlcliError
from dlcli.tensor import Array, Axis, Tensor

#: What each of the four shapes of 4.1 in the course reads and gives.
SHAPES = ("one-to-one", "many-to-one", "one-to-many", "many-to-many")


@dataclass(frozen=True, eq=False)
class NetRun:
    """What the view is told; what only some of it needs is computed when it is read.

    ``origin`` says where the weights come from; ``target`` makes the targets, or says why there are none.
    """

    input: Tensor
    sequence: Sequence
    name: str
    layers: tuple[Layer, ...]
    readout: Readout
    origin: str
    conventions: Mapping[str, str] = field(default_factory=dict)
    shape: str | None = None
    target: Callable[[], Targets] = field(kw_only=True)
    wants_gradients: bool = False
    truncate: int | None = None
    clip: float | None = None
    kind: str = "net"

    @cached_property
    def steps(self) -> StackSteps:
        """All gates and states of all layers. Raises ``DlcliError`` where they explode."""
        with np.errstate(over="ignore", invalid="ignore"):
            found = run_stack(self.sequence.data, self.layers)
        for i, layer in enumerate(found.layers):
            self._check(layer.outputs, f"the states of layer {i}" if len(self.layers) > 1 else "the states")
        return found

    @cached_property
    def outputs(self) -> Array:
        """y at every step, (time, output)."""
        with np.errstate(over="ignore", invalid="ignore"):
            found = self.readout(self.steps.outputs)
        self._check(found, "the outputs")
        return found

    @cached_property
    def cut(self) -> Array:
        """The states of the same net without feedback, (time, width)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return without_memory(self.sequence.data, self.layers)

    @cached_property
    def targets(self) -> Targets:
        """What the outputs are compared with."""
        return self.target()

    @property
    def has_targets(self) -> bool:
        """Whether there is something to compare the outputs with: nothing comes after a last step."""
        try:
            return self.targets is not None
        except DlcliError:
            return False

    @cached_property
    def loss(self) -> Loss:
        """The loss at each step."""
        return self.targets(self.outputs)

    @cached_property
    def dstates(self) -> Array:
        """What the loss of each step says of the state of that step, (time, width)."""
        return self.loss.doutputs @ self.readout.kernel.T.astype(self.loss.doutputs.dtype)

    @cached_property
    def gradients(self) -> StackGradients:
        """All gradients, without truncation."""
        return stack_gradients(self.layers, self.steps, self.dstates)

    @property
    def weight(self) -> str:
        """The weight whose paths are told apart: the matrix that joins the steps, where there is one."""
        return "recurrent_kernel" if "recurrent_kernel" in self.top.arrays() else "kernel"

    @property
    def window(self) -> slice:
        """The steps whose paths are told apart: the last ones of a long sequence."""
        length = len(self.sequence.data)
        return slice(max(0, length - MOST_STEPS), length)

    @cached_property
    def paths(self) -> Paths:
        """The gradient of that weight of the highest layer, by its paths within the window."""
        return self._paths_of(None)

    @cached_property
    def short_paths(self) -> Paths:
        """The same, truncated when that was asked for."""
        return self.paths if self.truncate is None else self._paths_of(self.truncate)

    def _paths_of(self, truncate: int | None) -> Paths:
        steps = self.steps.piece(self.window.start, self.window.stop)
        return gradient_paths(
            self.layers, steps, self.dstates[self.window], weight=self.weight, truncate=truncate
        )

    @property
    def norm(self) -> float:
        """The norm of the gradient of all weights together."""
        found = {
            f"{n} {d} {name}": gradient
            for n, directions in enumerate(self.gradients.weights)
            for d, weights in enumerate(directions)
            for name, gradient in weights.items()
        }
        return global_norm(found | self.readout_gradients)

    @property
    def readout_gradients(self) -> dict[str, Array]:
        """Those of the output layer."""
        states, doutputs = self.steps.outputs, self.loss.doutputs
        return {"readout kernel": states.T @ doutputs, "readout bias": doutputs.sum(axis=0)}

    @property
    def whole_gradient(self) -> Array:
        """dL/dW of that weight, nothing left out."""
        return self.gradients.weights[-1][0][self.weight]

    @property
    def weight_gradient(self) -> Array:
        """dL/dW of that weight, truncated and clipped as it was asked for."""
        if self.truncate is None:
            found = {"": self.whole_gradient}
        else:
            self._refuse_long()
            found = {"": self.short_paths.total}
        return found[""] if self.clip is None else clip_by_norm(found, self.clip)[""]

    @property
    def top(self) -> Cell:
        """The cell of the highest layer that reads forwards."""
        return self.layers[-1].forward

    @property
    def top_steps(self) -> Steps:
        """What it did."""
        return self.steps.layers[-1].forward

    @property
    def radius(self) -> float | None:
        """The spectral radius of its recurrent matrix."""
        return spectral_radius(self.top)

    @cached_property
    def kept(self) -> tuple[str, Array] | None:
        """Its keeping gate, and the mean product of it by distance."""
        found = keeping_gate(self.top, self.top_steps)
        return None if found is None else (found[0], kept_by_distance(found[1][self.window]))

    @cached_property
    def reach(self) -> Array:
        """How much of the gradient at a state is left d steps before it, by distance d."""
        return gradient_reach(self.paths.states)

    @property
    def microseconds(self) -> float:
        """How long a step takes, forwards: the best of three runs."""
        seconds = []
        for _ in range(3):
            begun = perf_counter()
            run_stack(self.sequence.data, self.layers)
            seconds.append(perf_counter() - begun)
        return 1e6 * min(seconds) / len(self.sequence.data)

    @property
    def parameters(self) -> int:
        """Numbers that can be learnt, without the output layer."""
        return sum(layer.parameters for layer in self.layers)

    def terms(self, t: int, unit: int) -> tuple[str, Steps, tuple[GateTerms, ...], int, int]:
        """The arithmetic of a unit of the highest layer: direction, steps, terms, its own step and unit."""
        layer, done = self.layers[-1], self.steps.layers[-1]
        if unit < layer.forward.units or layer.backward is None or done.backward is None:
            return "", done.forward, unit_terms(layer.forward, done.forward, t, unit), t, unit
        own, at = unit - layer.forward.units, done.backward.length - 1 - t
        return "backwards", done.backward, unit_terms(layer.backward, done.backward, at, own), at, own

    def results(self) -> dict[str, Callable[[], Tensor]]:
        """Every result, by the name that ``--emit`` knows."""
        found: dict[str, Callable[[], Tensor]] = {
            "states": lambda: self._tensor("states", self.steps.outputs, unit_axis(self.layers[-1])),
            "outputs": lambda: self._tensor("outputs", self._shown(self.outputs), self._output_axis()),
        }
        if self.top_steps.parts:
            found["gates"] = self._gates
        if self.top.has_cell:
            found["cell"] = self._cell
        if self.has_targets:
            found["loss"] = lambda: self._tensor("loss", self.loss.steps)
            found["gradients"] = lambda: self._tensor("gradients", self._hidden(), Axis("unit"))
            found["weight-gradients"] = self._weight_gradients
            found["paths"] = self._paths
        return found

    def _hidden(self) -> Array:
        """dL/dh[t] of the highest layer, forwards; truncated, what the near losses say."""
        if self.truncate is None:
            return self.gradients.deltas[-1].forward.hidden
        self._refuse_long()
        length = len(self.dstates)
        each = np.zeros((length, *self.dstates.shape), self.dstates.dtype)
        each[np.arange(length), np.arange(length)] = self.dstates
        near = np.abs(np.arange(length)[:, None] - np.arange(length)) < self.truncate
        within = near[..., None].astype(self.dstates.dtype)
        hidden = stack_back(self.layers, self.steps, each, within)[0][-1].forward.hidden
        return np.asarray((hidden * within).sum(axis=0))

    def _refuse_long(self) -> None:
        """Each loss reaches back by itself, which is too much for long sequences."""
        if len(self.sequence.data) > MOST_STEPS:
            raise DlcliError(
                f"--truncate follows each loss by itself, over at most {MOST_STEPS} steps; the sequence has "
                f"{len(self.sequence.data)}: try dlcli tensor --index first, for a piece of it"
            )

    @property
    def hidden_norms(self) -> Array:
        """‖dL/dh[t]‖ at every step."""
        return np.asarray(np.linalg.norm(self._hidden(), axis=-1))

    def _shown(self, outputs: Array) -> Array:
        return outputs[-1:] if self.last_only else outputs

    @property
    def last_only(self) -> bool:
        """Whether only the output of the last step counts."""
        return self.shape in ("many-to-one", "one-to-one")

    def _output_axis(self) -> Axis:
        labels = self.targets.labels if self.has_targets else None
        return Axis("output", labels if labels and len(labels) == self.outputs.shape[1] else None)

    def _time(self, steps: int) -> Axis:
        time = self.sequence.time
        if steps == len(self.sequence.data):
            return time
        if time.labels is not None:
            return replace(time, labels=time.labels[-steps:])
        return replace(time, start=time.value(len(self.sequence.data) - steps)) if time.numeric else time

    def _tensor(self, name: str, data: Array, *axes: Axis) -> Tensor:
        return Tensor(data, (self._time(len(data)), *axes), name, {"cell": self.name})

    def _gates(self) -> Tensor:
        parts = {name: part for name, part in self.top_steps.parts.items() if name in self.top.gates}
        axes = Axis("gate", tuple(parts)), self._time(self.top_steps.length), Axis("unit")
        return Tensor(np.stack(list(parts.values())), axes, "gates", {"cell": self.name})

    def _cell(self) -> Tensor:
        assert self.top_steps.cell is not None
        return self._tensor("cell", self.top_steps.cell, Axis("unit"))

    def _paths(self) -> Tensor:
        time = self._time(len(self.short_paths.sizes))
        axes = replace(time, name="loss step"), replace(time, name="step")
        return Tensor(self.short_paths.sizes, axes, "paths", {"cell": self.name, "weight": self.weight})

    def _weight_gradients(self) -> Tensor:
        rows = Axis("unit" if self.weight == "recurrent_kernel" else "feature")
        return Tensor(
            self.weight_gradient, (rows, column_axis(self.top)), "weight-gradients", {"weight": self.weight}
        )

    def _check(self, found: Array, what: str) -> None:
        t = first_not_finite(found)
        if t is not None:
            radius = spectral_radius(self.top)
            grows = f"; the recurrent matrix stretches by {radius:.3g} a step" if radius else ""
            raise DlcliError(
                f"{what} explode: they are not finite from step {t} on{grows}; try --activation tanh, "
                "smaller weights, or --standardize"
            )


def unit_axis(layer: Layer) -> Axis:
    """The units of a layer; of two directions beside each other, arrows tell which one."""
    if layer.backward is None or layer.merge != "concat":
        return Axis("unit")
    ahead = [f"→{i}" for i in range(layer.forward.units)]
    return Axis("unit", (*ahead, *(f"←{i}" for i in range(layer.backward.units))))


def column_axis(cell: Cell) -> Axis:
    """The columns of a cell's weights, by gate and unit.

    >>> from dlcli.engines.simple_rnn import SimpleRNNCell
    >>> column_axis(SimpleRNNCell(np.eye(2), recurrent_kernel=np.eye(2))).labels
    ('h0', 'h1')
    """
    return Axis("gate", tuple(f"{LETTERS[gate]}{i}" for gate in cell.gates for i in range(cell.units)))


#: How each gate is written in formulas.
LETTERS = {
    "hidden": "h", "input": "i", "forget": "f", "candidate": "g", "output": "o", "update": "z", "reset": "r",
}  # fmt: skip
