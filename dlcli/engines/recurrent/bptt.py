"""Backpropagation through time: the derivative of a whole unrolled layer, step by step from the last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.cell import Cell, State, StepBack, Steps
from dlcli.engines.recurrent.vanished import EVERY, drop_vanished


@dataclass(frozen=True)
class Deltas:
    """The gradient at everything between the weights and the loss, at every step.

    ``hidden`` and ``cell`` (..., time, unit) are dL/dh[t] and dL/dc[t], all that follows counted in;
    ``sums`` (..., time, gates·unit) is the gradient at x W + b and ``recurrent_sums`` that at h U;
    ``initial`` the gradient at the state before the first step.
    """

    hidden: Array
    cell: Array | None
    sums: Array
    recurrent_sums: Array
    initial: State

    def add(self, part: Deltas, at: slice) -> None:
        """Add those of several losses (loss, time, ...) at the steps ``at`` of this sequence, in place."""
        pairs = [
            (self.hidden[at], part.hidden),
            (self.sums[at], part.sums),
            (self.recurrent_sums[at], part.recurrent_sums),
            (None if self.cell is None else self.cell[at], part.cell),
        ]
        if at.start == 0:
            first, other = self.initial, part.initial
            pairs += [(first.hidden, other.hidden), (first.cell, other.cell)]
        for mine, theirs in pairs:
            if mine is not None and theirs is not None:
                mine += theirs.sum(axis=0)


@dataclass(frozen=True)
class Gradients:
    """dL/d of a layer's weights (by their names), of its inputs and of the state before its first step.

    ``tell`` gives what lies between, for who wants to look at it: see ``deltas``.
    """

    weights: Mapping[str, Array]
    inputs: Array
    initial: State
    tell: Callable[[], Deltas]

    @cached_property
    def deltas(self) -> Deltas:
        """The gradient at every state and every sum."""
        return self.tell()


def bptt(cell: Cell, steps: Steps, dstates: Array, *, dcell: Array | None = None) -> Gradients:
    """All gradients of a layer that did ``steps``, from those at its hidden states.

    Parameters
    ----------
    cell : Cell
        The weights that ``unroll`` was given.
    steps : Steps
        What it returned.
    dstates : array (..., time, unit)
        What the loss says of each hidden state itself; what comes by way of later steps is added here.
    dcell : array (..., unit), optional
        The gradient at the last cell state, from what uses it.

    >>> from dlcli.engines.recurrent.leaky import LeakyCell, leaky
    >>> cell = LeakyCell(np.eye(1), alpha=0.5)
    >>> steps = leaky(np.array([[8.0], [0.0], [0.0]]), cell)
    >>> found = bptt(cell, steps, np.array([[0.0], [0.0], [1.0]]))
    >>> found.inputs.ravel(), found.weights["kernel"].item()
    (array([0.125, 0.25 , 0.5  ]), 1.0)

    Source: Werbos, Backpropagation through time: what it does and how to do it, 1990.
    """
    if dstates.shape != steps.states.shape:
        raise EngineError(f"dstates is one for each state, {steps.states.shape}; received {dstates.shape}")
    cell = cell.astype(steps.states.dtype)
    deltas = backward_steps(cell, steps, dstates, dcell=dcell)
    weights = weight_gradients(cell, steps, deltas)
    return Gradients(weights, deltas.sums @ cell.kernel.T, deltas.initial, lambda: deltas)


def backward_steps(
    cell: Cell, steps: Steps, dstates: Array, *, dcell: Array | None = None, within: Array | None = None
) -> Deltas:
    """The gradient at every step's state and sums. ``dstates`` may have more axes in front than ``steps``.

    ``within`` (..., time, 1) is multiplied with the gradient that arrives at each step: with zeros, truncated
    backpropagation goes no further back.
    """
    shape, length, u = dstates.shape, steps.length, cell.units
    hidden = dstates.copy()
    sums = np.empty((*shape[:-1], len(cell.gates) * u), dstates.dtype)
    recurrent_sums = np.empty_like(sums)
    cells = np.empty_like(hidden) if cell.has_cell else None
    first = np.zeros((*shape[:-2], u), dstates.dtype)
    carried = dcell
    for t in reversed(range(length)):
        if within is not None:
            hidden[..., t, :] *= within[..., t, :]
            carried = None if carried is None else carried * within[..., t, :]
        gradient = State(hidden[..., t, :], carried)
        back = cell.step_back(steps.at(t), steps.after(t - 1), steps.after(t), gradient)
        if steps.mask is not None:
            back = _of_read(back, gradient, steps.mask[..., t, None])
        sums[..., t, :], recurrent_sums[..., t, :] = back.sums, back.recurrent_sums
        if cells is not None and back.cell is not None:
            cells[..., t, :] = back.cell
        carried = back.before.cell
        handed_back = [(t - 1, back.before.hidden)]  # to each step that step t heard of
        if cell.skip:
            handed_back.append((t - cell.skip.steps, back.sums @ cell.skip.kernel.T))
        for earlier, handed in handed_back:
            if earlier >= 0:
                hidden[..., earlier, :] += handed
            elif earlier == -1:
                first += handed
        if t and not t % EVERY:
            drop_vanished(hidden[..., t - 1, :], carried)
    return Deltas(hidden, cells, sums, recurrent_sums, State(first, carried))


def _of_read(back: StepBack, gradient: State, mask: Array) -> StepBack:
    """What a step hands back where it was read; elsewhere it is the gradient at its state, as it came."""
    sums, recurrent_sums = np.where(mask, back.sums, 0), np.where(mask, back.recurrent_sums, 0)
    if back.cell is None:
        return StepBack(sums, recurrent_sums, back.before.where(mask, gradient))
    cell = np.zeros_like(gradient.hidden) if gradient.cell is None else gradient.cell
    before = back.before.where(mask, State(gradient.hidden, cell))
    return StepBack(sums, recurrent_sums, before, np.where(mask, back.cell, cell))


def weight_gradients(cell: Cell, steps: Steps, deltas: Deltas) -> dict[str, Array]:
    """dL/d of each weight: its input times the gradient at the sum it is part of, added up over the steps.

    The sequences of a batch are added up too.
    """
    before = steps.hidden_before()
    found = {"kernel": outer_sum(steps.inputs, deltas.sums)}
    weights = cell.arrays()
    if "recurrent_kernel" in weights:
        pieces = [
            outer_sum(met, deltas.recurrent_sums[..., columns])
            for columns, met in cell.recurrent_inputs(steps.parts, before)
        ]
        found["recurrent_kernel"] = np.concatenate(pieces, axis=-1)
    if "bias" in weights:
        rows = [deltas.sums, deltas.recurrent_sums][: weights["bias"].ndim]
        added = [row.reshape(-1, row.shape[-1]).sum(axis=0) for row in rows]
        found["bias"] = np.stack(added) if weights["bias"].ndim == 2 else added[0]
    if cell.skip:
        found["skip_kernel"] = outer_sum(steps.hidden_before(cell.skip.steps), deltas.sums)
    return found


def outer_sum(a: Array, b: Array) -> Array:
    """Σ aᵀ b over all axes but the last: (m, n) from (..., m) and (..., n), as one product of matrices."""
    return a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1])
