"""The GRU: two gates; one lets the old state through, the other decides what of it the new one may see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.recurrent.cell import Cell, Parts, State, StepBack, Steps
from dlcli.engines.recurrent.cell_activations import SIGMOID, activate, slope
from dlcli.engines.recurrent.unroll import unroll


@dataclass(frozen=True)
class GRUCell(Cell):
    """Three blocks of columns: update z, reset r, candidate n.

        z, r = σ(x[t] W + h[t-1] U + b)
        n = tanh(x[t] W + b + r (h[t-1] U + b'))    with ``reset_after``, as Keras, PyTorch and cuDNN
        n = tanh(x[t] W + b + (r h[t-1]) U)         without: the paper of 2014
        h[t] = z h[t-1] + (1 - z) n

    With ``reset_after`` the bias has two rows (2, 3·unit): b beside the input, b' beside the state.
    ``activation`` stands for tanh, ``recurrent_activation`` for σ.
    """

    recurrent_kernel: Array = field(kw_only=True)
    reset_after: bool = True
    recurrent_activation: str = field(default=SIGMOID, kw_only=True)

    kind: ClassVar[str] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("update", "reset", "candidate")

    @property
    def input_bias(self) -> Array | None:
        """The row of the bias that stands beside the input."""
        return self.bias if self.bias is None or not self.reset_after else self.bias[0]

    @property
    def recurrent_bias(self) -> Array:
        """The row of the bias that stands beside the state; zeros where there is none."""
        if self.bias is None or not self.reset_after:
            return np.zeros(3 * self.units, self.kernel.dtype)
        return self.bias[1]

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The bias of ``reset_after`` has two rows."""
        rows = (2,) if self.reset_after else ()
        return super().shapes() | {"bias": (*rows, 3 * self.units)}

    def step(self, sums: Array, before: State) -> tuple[Parts, State]:
        """The gates, the candidate, old and new weighed; ``recall`` is what the reset gate lets in."""
        h, n_block = before.hidden, self.block("candidate")
        gates = slice(0, 2 * self.units)
        from_h = h @ self.recurrent_kernel[:, gates] + self.recurrent_bias[gates]
        z, r = np.split(activate(self.recurrent_activation, sums[..., gates] + from_h), 2, axis=-1)
        parts = {"update": z, "reset": r}
        if self.reset_after:
            parts["recall"] = h @ self.recurrent_kernel[:, n_block] + self.recurrent_bias[n_block]
            recalled = r * parts["recall"]
        else:
            recalled = (r * h) @ self.recurrent_kernel[:, n_block]
        n = activate(self.activation, sums[..., n_block] + recalled)
        parts["candidate"] = n
        return parts, State(z * h + (1 - z) * n)

    def step_back(self, parts: Parts, before: State, after: State, gradient: State) -> StepBack:
        """A share z goes straight to the state before; the rest through the candidate and the gates."""
        z, r, n = (parts[gate] for gate in self.gates)
        h, dh, u = before.hidden, gradient.hidden, self.recurrent_kernel
        sigma = self.recurrent_activation
        dz = dh * (h - n) * slope(sigma, z)
        dn = dh * (1 - z) * slope(self.activation, n)
        back = dh * z
        if self.reset_after:
            dr = dn * parts["recall"] * slope(sigma, r)
            recurrent = np.concatenate([dz, dr, dn * r], axis=-1)
            back = back + recurrent @ u.T
        else:
            seen = dn @ u[:, self.block("candidate")].T  # the gradient at r h
            dr = seen * h * slope(sigma, r)
            recurrent = np.concatenate([dz, dr, dn], axis=-1)
            back = back + seen * r + recurrent[..., : 2 * self.units] @ u[:, : 2 * self.units].T
        return StepBack(np.concatenate([dz, dr, dn], axis=-1), recurrent, State(back))

    def recurrent_inputs(self, parts: Parts, before: Array) -> Iterator[tuple[slice, Array]]:
        """Without ``reset_after`` the candidate's columns meet r h instead of h."""
        if self.reset_after:
            yield from super().recurrent_inputs(parts, before)
        else:
            yield slice(0, 2 * self.units), before
            yield self.block("candidate"), parts["reset"] * before


def gru(x: Array, weights: GRUCell, *, h0: Array | None = None) -> Steps:
    """A GRU layer over sequences (..., time, feature), as Keras and PyTorch have it.

    >>> zeros, bias = np.zeros((1, 3)), np.array([[0, 0, 9.0], [0, 0, 0]])
    >>> cell = GRUCell(zeros, recurrent_kernel=zeros, bias=bias)
    >>> gru(np.zeros((3, 1)), cell).states.ravel().round(3)
    array([0.5  , 0.75 , 0.875])

    Raises ``EngineError`` as ``unroll`` does. Source: Cho et al., Learning phrase representations using RNN
    encoder-decoder, 2014; Keras' ``reset_after`` follows cuDNN.
    """
    return unroll(x, weights, h0=h0)
