"""The simple recurrent unit: each step hears its input and what the step before handed on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from dlcli.engines.base.checks import Array
from dlcli.engines.recurrent.cell import Cell, Parts, State, StepBack, Steps
from dlcli.engines.recurrent.cell_activations import activate, slope
from dlcli.engines.recurrent.unroll import unroll


@dataclass(frozen=True)
class SimpleRNNCell(Cell):
    """h[t] = f(x[t] W + h[t-1] U + b): ``kernel`` W, ``recurrent_kernel`` U (unit, unit), ``bias`` b."""

    recurrent_kernel: Array = field(kw_only=True)

    kind: ClassVar[str] = "simple"
    gates: ClassVar[tuple[str, ...]] = ("hidden",)

    def step(self, sums: Array, before: State) -> tuple[Parts, State]:
        """The whole definition in a line; there is no gate."""
        return {}, State(activate(self.activation, sums + before.hidden @ self.recurrent_kernel))

    def step_back(self, parts: Parts, before: State, after: State, gradient: State) -> StepBack:
        """dL/dz = dL/dh · f', and from there through U to the step before."""
        dz = gradient.hidden * slope(self.activation, after.hidden)
        return StepBack(dz, dz, State(dz @ self.recurrent_kernel.T))


def simple_rnn(x: Array, weights: SimpleRNNCell, *, h0: Array | None = None) -> Steps:
    """A simple recurrent layer over sequences (..., time, feature), as Keras' SimpleRNN and PyTorch's RNN.

    >>> import numpy as np
    >>> cell = SimpleRNNCell(np.array([[1.0]]), recurrent_kernel=np.array([[0.5]]), activation="relu")
    >>> simple_rnn(np.array([[8.0], [0.0], [0.0]]), cell).states.ravel()
    array([8., 4., 2.])

    Raises ``EngineError`` as ``unroll`` does. Source: Elman, Finding structure in time, 1990.
    """
    return unroll(x, weights, h0=h0)
