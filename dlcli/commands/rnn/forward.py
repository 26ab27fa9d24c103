"""One net over one sequence: every gate and state of every layer, and the arithmetic of a unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter

import numpy as np

from dlcli.commands.kinds.sequence import Sequence
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell import Cell, Steps
from dlcli.engines.recurrent.memory import first_not_finite, spectral_radius, without_memory
from dlcli.engines.recurrent.sequence_loss import Readout
from dlcli.engines.recurrent.stacked import StackSteps, run_stack
from dlcli.engines.recurrent.terms import GateTerms, unit_terms
from dlcli.errors import DlcliError
from dlcli.tensor import Array, Tensor

#: What each of the four shapes of sequences reads and gives.
SHAPES = ("one-to-one", "many-to-one", "one-to-many", "many-to-many")


@dataclass(frozen=True, eq=False)
class ForwardRun:
    """What the view is told; what only some of it needs is computed when it is read.

    ``origin`` says where the weights come from, ``readout_origin`` those of the output layer, ``conventions``
    what the layout implies.
    """

    input: Tensor
    sequence: Sequence
    name: str
    layers: tuple[Layer, ...]
    readout: Readout
    origin: str
    readout_origin: str
    conventions: Mapping[str, str] = field(default_factory=dict)
    shape: str | None = None

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

    @property
    def parameters(self) -> int:
        """Numbers that can be learnt, without the output layer."""
        return sum(layer.parameters for layer in self.layers)

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
    def last_only(self) -> bool:
        """Whether only the output of the last step counts."""
        return self.shape in ("many-to-one", "one-to-one")

    def terms(self, t: int, unit: int) -> tuple[str, Steps, tuple[GateTerms, ...], int, int]:
        """The arithmetic of a unit of the highest layer: direction, steps, terms, its own step and unit."""
        layer, done = self.layers[-1], self.steps.layers[-1]
        if unit < layer.forward.units or layer.backward is None or done.backward is None:
            return "", done.forward, unit_terms(layer.forward, done.forward, t, unit), t, unit
        own, at = unit - layer.forward.units, done.backward.length - 1 - t
        return "backwards", done.backward, unit_terms(layer.backward, done.backward, at, own), at, own

    def _check(self, found: Array, what: str) -> None:
        t = first_not_finite(found)
        if t is not None:
            radius = spectral_radius(self.top)
            grows = f"; the recurrent matrix stretches by {radius:.3g} a step" if radius else ""
            raise DlcliError(
                f"{what} explode: they are not finite from step {t} on{grows}; try --activation tanh, "
                "smaller weights, or --standardize"
            )
