"""The gradient as the sum of its paths: from the loss of one step, back to another, and there to the weight.

dL/dW = Σ over t, Σ over k ≤ t, of (dL[t]/dh[t]) (dh[t]/dh[k]) (∂h[k]/∂W), where the last factor is what W
does at step k alone. Each term has its distance t − k; where the middle factor is small, the far past is not
heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell import Cell, Steps
from dlcli.engines.recurrent.stacked import StackSteps, stack_back
from dlcli.engines.recurrent.truncated import TOGETHER, each_loss_alone, near_losses

MOST_STEPS = 400  # of a sequence whose paths are told apart: there are as many as the square of it


@dataclass(frozen=True)
class Paths:
    """The terms of dL/dW of one cell.

    ``states`` (loss step, step) holds ‖dL[t]/ds[k]‖, s being what is handed on: the cell state of an LSTM,
    the hidden state of others; ``sizes`` the norm ‖term(t, k)‖ of each term of the ``weight``, and ``terms``
    its entry ``entry``, (loss step, step) too: they add up to that entry of the whole gradient.
    ``by_distance`` (distance, rows, columns) is the sum of the terms with that distance.
    """

    weight: str
    entry: tuple[int, int]
    states: Array
    sizes: Array
    terms: Array
    by_distance: Array

    @property
    def total(self) -> Array:
        """The whole gradient: all terms added up."""
        return self.by_distance.sum(axis=0)

    @property
    def distances(self) -> Array:
        """‖Σ of the terms with that distance‖, from distance 0 on."""
        return np.asarray(np.linalg.norm(self.by_distance, axis=(1, 2)))


def gradient_paths(
    layers: Sequence[Layer],
    steps: StackSteps,
    doutputs: Array,
    *,
    layer: int = -1,
    direction: int = 0,
    weight: str = "recurrent_kernel",
    entry: tuple[int, int] | None = None,
    truncate: int | None = None,
) -> Paths:
    """The paths of the gradient of one weight of one layer, over a single sequence.

    Parameters
    ----------
    layers, steps : the net and what it did with a sequence (time, feature)
    doutputs : array (time, width)
        What the loss of each step says of the output of that step.
    layer, direction : int
        Whose weight: of which layer, and of the cell that reads forwards (0) or backwards (1).
    weight : {"recurrent_kernel", "kernel", "skip_kernel"}
    entry : (int, int), optional
        Row and column of the entry whose terms are told; that with the largest gradient unless given.
    truncate : int, optional
        Paths of this distance and above are left out: truncated backpropagation through time.

    >>> from dlcli.engines.recurrent.leaky import LeakyCell
    >>> from dlcli.engines.recurrent.stacked import run_stack
    >>> net = [Layer(LeakyCell(np.eye(1), alpha=0.5))]
    >>> done = run_stack(np.array([[8.0], [0.0], [4.0]]), net)
    >>> found = gradient_paths(net, done, np.array([[0.0], [0.0], [1.0]]), weight="kernel")
    >>> found.terms[2], found.total.item()
    (array([1., 0., 2.]), 3.0)

    Raises ``EngineError`` for more than ``MOST_STEPS`` steps, and for a weight or an entry that the cell does
    not have.
    Source: Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks, 2013,
    equations 3 to 5; truncation as Williams and Peng, 1990, have it.
    """
    length = len(doutputs)
    if length > MOST_STEPS:
        raise EngineError(
            f"the paths of at most {MOST_STEPS} steps are told apart; received {length}; try a piece of it"
        )
    if truncate is not None and truncate < 1:
        raise EngineError(f"truncation keeps at least 1 step; received {truncate}")
    if direction >= len(steps.layers[layer].directions):
        raise EngineError("this layer does not read backwards; try direction=0")
    done = steps.layers[layer].directions[direction]
    cell = layers[layer].cells[direction]
    if weight not in cell.arrays() or weight == "bias":
        raise EngineError(f"a cell '{cell.kind}' has no {weight}; try one of {', '.join(cell.arrays())}")
    shape = cell.arrays()[weight].shape
    if entry is not None and not all(0 <= at < size for at, size in zip(entry, shape, strict=True)):
        raise EngineError(f"{weight} has shape {shape}, counted from 0; received entry {entry}")
    order = slice(None, None, -1) if direction else slice(None)  # as in the sequence
    met = [(columns, inputs[order]) for columns, inputs in met_by_weight(cell, done, weight)]
    states = np.zeros((length, length))
    sizes = np.zeros((length, length))
    by_distance = np.zeros((length, *shape))
    kept: list[Array] = []
    furthest = length - 1 if any(one.backward for one in layers) else 0  # how far a path goes forwards
    for first in range(0, length, TOGETHER):
        losses = np.arange(first, min(first + TOGETHER, length))
        near = None if truncate is None else near_losses(losses, length, truncate, doutputs)
        found = stack_back(layers, steps, each_loss_alone(doutputs, losses), near)
        deltas = found[layer].directions[direction]
        handed = deltas.hidden if deltas.cell is None else deltas.cell
        states[losses] = np.linalg.norm(handed[:, order], axis=-1)
        sums = (deltas.recurrent_sums if weight == "recurrent_kernel" else deltas.sums)[:, order]
        kept.append(sums)
        for columns, inputs in met:
            part = sums[..., columns]
            sizes[losses] += np.square(np.linalg.norm(inputs, axis=-1) * np.linalg.norm(part, axis=-1))
            for far in range(-furthest, length):  # a product of matrices adds up all terms of one distance
                at = losses[(losses >= far) & (losses - far < length)] if far else losses
                terms = inputs[at - far].T @ part[at - first, at - far]
                by_distance[abs(far), :, columns] += terms
    row, column = entry or divmod(int(np.argmax(np.abs(by_distance.sum(axis=0)))), shape[1])
    (inputs,) = (inputs for columns, inputs in met if columns.start <= column < columns.stop)
    terms = np.concatenate([inputs[:, row] * sums[..., column] for sums in kept], dtype=np.float64)
    return Paths(weight, (row, column), states, np.sqrt(sizes), terms, by_distance)


def gradient_reach(states: Array) -> Array:
    """How much of the gradient at a state is left d steps before it, for d from 0 on.

    ``states`` (loss step, step) are the ‖dL[t]/ds[k]‖ of ``Paths``; the result is ‖dL[t]/ds[t−d]‖ over
    ‖dL[t]/ds[t]‖, the mean over the losses that reach so far, and NaN where none does.

    >>> gradient_reach(np.array([[2.0, 0.0], [1.0, 4.0]]))
    array([1.  , 0.25])
    """
    length = len(states)
    own = np.diag(states)
    found = np.full(length, np.nan)
    for d in range(length):
        at = np.flatnonzero(own[d:] > 0) + d
        if at.size:
            found[d] = (states[at, at - d] / own[at]).mean()
    return found


def farthest(reach: Array) -> int:
    """The largest distance at which ``gradient_reach`` found a gradient to speak of.

    >>> farthest(np.array([1.0, 0.5, np.nan]))
    1
    """
    known = np.flatnonzero(~np.isnan(reach))
    return int(known[-1]) if len(known) else 0


def met_by_weight(cell: Cell, steps: Steps, weight: str) -> list[tuple[slice, Array]]:
    """What the weight is multiplied with at each step (time, rows), and the columns it meets there."""
    if weight == "recurrent_kernel":
        return list(cell.recurrent_inputs(steps.parts, steps.hidden_before()))
    whole = slice(0, len(cell.gates) * cell.units)
    if weight == "skip_kernel" and cell.skip is not None:
        return [(whole, steps.hidden_before(cell.skip.steps))]
    return [(whole, steps.inputs)]
