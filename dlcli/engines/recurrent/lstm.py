"""The LSTM: a cell state that gates forget, add to and read, so that it can stay as it is for long."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.recurrent.cell import Cell, Parts, State, StepBack, Steps
from dlcli.engines.recurrent.cell_activations import SIGMOID, activate, slope
from dlcli.engines.recurrent.unroll import unroll


@dataclass(frozen=True)
class LSTMCell(Cell):
    """Four blocks of columns in all weights: input, forget, candidate, output.

        i, f, o = σ(x[t] W + h[t-1] U + b)      g = tanh(x[t] W + h[t-1] U + b)
        c[t] = f c[t-1] + i g                   h[t] = o tanh(c[t])

    ``activation`` stands for both tanh, ``recurrent_activation`` for σ.
    """

    recurrent_kernel: Array = field(kw_only=True)
    recurrent_activation: str = field(default=SIGMOID, kw_only=True)

    kind: ClassVar[str] = "lstm"
    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "candidate", "output")
    has_cell: ClassVar[bool] = True

    def step(self, sums: Array, before: State) -> tuple[Parts, State]:
        """The gates, then the cell state, then what is shown of it."""
        assert before.cell is not None
        z = sums + before.hidden @ self.recurrent_kernel  # (..., 4·unit)
        sigma = self.recurrent_activation
        i, f, o = (activate(sigma, z[..., self.block(gate)]) for gate in ("input", "forget", "output"))
        g = activate(self.activation, z[..., self.block("candidate")])
        c = f * before.cell + i * g
        h = o * activate(self.activation, c)
        return {"forget": f, "input": i, "candidate": g, "output": o}, State(h, c)

    def step_back(self, parts: Parts, before: State, after: State, gradient: State) -> StepBack:
        """Along the cell state the gradient is multiplied by the forget gate, and by nothing else."""
        assert before.cell is not None
        assert after.cell is not None
        i, f, g, o = (parts[gate] for gate in ("input", "forget", "candidate", "output"))
        sigma = self.recurrent_activation
        shown = activate(self.activation, after.cell)
        dc = gradient.hidden * o * slope(self.activation, shown)
        if gradient.cell is not None:
            dc = dc + gradient.cell
        dz = np.concatenate(
            [
                dc * g * slope(sigma, i),
                dc * before.cell * slope(sigma, f),
                dc * i * slope(self.activation, g),
                gradient.hidden * shown * slope(sigma, o),
            ],
            axis=-1,
        )
        return StepBack(dz, dz, State(dz @ self.recurrent_kernel.T, dc * f), dc)


def lstm(x: Array, weights: LSTMCell, *, h0: Array | None = None, c0: Array | None = None) -> Steps:
    """An LSTM layer over sequences (..., time, feature), as Keras and PyTorch have it.

    >>> zeros, bias = np.zeros((1, 4)), np.array([0.0, 9.0, 9.0, 9.0])
    >>> cell = LSTMCell(zeros, recurrent_kernel=zeros, bias=bias)
    >>> lstm(np.zeros((3, 1)), cell).cell.ravel().round(2)
    array([0.5, 1. , 1.5])

    Raises ``EngineError`` as ``unroll`` does.

    Source: Hochreiter and Schmidhuber, Long short-term memory, 1997; Gers, Schmidhuber and Cummins, Learning
    to forget, 2000.
    """
    return unroll(x, weights, h0=h0, c0=c0)
