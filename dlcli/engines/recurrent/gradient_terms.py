"""The arithmetic of a gradient on its way back: what later steps hand to one unit of one step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.recurrent.bptt import Deltas
from dlcli.engines.recurrent.cell import Cell, Steps
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.engines.recurrent.leaky import LeakyCell


@dataclass(frozen=True)
class HandedBack:
    """What later steps hand back to dL/dh of one unit: products of ``gradients`` and ``weights``, each (n,).

    ``sources`` says of each what its gradient is, at which step of the cell's own order, and of which column
    or unit: ``"sum"`` is one at what a gate adds up, ``"skip"`` such a one over a skip connection,
    ``"state"`` that at the state itself, of which leaky units and a GRU hand on a share, and a step that was
    not read all. ``"reset"`` is one
    at what the candidate of a GRU adds up, times the reset gate that stands before or behind the weights.
    """

    sources: tuple[tuple[str, int, int], ...]
    gradients: Array
    weights: Array

    @property
    def products(self) -> Array:
        """Each gradient times its weight."""
        return self.gradients * self.weights


def handed_back(cell: Cell, steps: Steps, deltas: Deltas, t: int, unit: int) -> HandedBack:
    """What steps after t hand back to the gradient at one unit of the state of step t, term by term.

    ``deltas`` is what ``backward_steps`` found for ``steps``, of one sequence and without truncation. What
    the loss of step t says itself is the rest of the gradient.

    >>> from dlcli.engines.recurrent.bptt import bptt
    >>> from dlcli.engines.recurrent.leaky import leaky
    >>> cell = LeakyCell(np.eye(1), alpha=0.5)
    >>> done = leaky(np.array([[8.0], [0.0]]), cell)
    >>> found = handed_back(cell, done, bptt(cell, done, np.array([[0.0], [3.0]])).deltas, 0, 0)
    >>> found.sources, found.products
    ((('state', 1, 0),), array([1.5]))
    """
    cell, later = cell.astype(deltas.hidden.dtype), t + 1
    sources: list[tuple[str, int, int]] = []
    pairs: list[tuple[Array, Array]] = []
    if later < steps.length and not steps.reads(later):
        sources.append(("state", later, unit))
        pairs.append((deltas.hidden[later, unit : unit + 1], np.ones(1)))
    elif later < steps.length:
        if "recurrent_kernel" in cell.arrays():
            row, gradients = cell.arrays()["recurrent_kernel"][unit], deltas.recurrent_sums[later].copy()
            candidate = cell.block("candidate") if isinstance(cell, GRUCell) else slice(0)
            if isinstance(cell, GRUCell) and not cell.reset_after:
                gradients[candidate] *= steps.parts["reset"][later, unit]
            whats = np.full(len(row), "sum", object)
            whats[candidate] = "reset"
            sources += [(what, later, column) for column, what in enumerate(whats)]
            pairs.append((gradients, row))
        share = steps.parts["update"][later, unit] if isinstance(cell, GRUCell) else None
        share = cell.alpha if isinstance(cell, LeakyCell) else share
        if share is not None:
            sources.append(("state", later, unit))
            pairs.append((deltas.hidden[later, unit : unit + 1], np.array([share])))
    if cell.skip is not None and t + cell.skip.steps < steps.length:
        later = t + cell.skip.steps
        row = cell.skip.kernel[unit]
        sources += [("skip", later, column) for column in range(len(row))]
        pairs.append((deltas.sums[later], row))
    factors = (np.concatenate([np.zeros(0), *(pair[k] for pair in pairs)]) for k in (0, 1))
    return HandedBack(tuple(sources), *factors)
