"""Truncated backpropagation through time: each loss goes back a given number of steps, no farther."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.bidirectional import Layer, LayerDeltas, LayerSteps
from dlcli.engines.recurrent.bptt import Deltas
from dlcli.engines.recurrent.cell import State, Steps
from dlcli.engines.recurrent.stacked import StackGradients, StackSteps, stack_back, with_weights

TOGETHER = 32  # losses followed at once


def truncated_gradients(
    layers: Sequence[Layer], steps: StackSteps, doutputs: Array, truncate: int
) -> StackGradients:
    """All gradients of a net over a single sequence, without the paths of ``truncate`` steps and more.

    The loss of step t is followed back to step t − truncate + 1 by itself, so that no path is cut short by
    where a piece happens to begin. It takes some ``truncate`` times as long as going back once.

    ``doutputs`` (time, width) is what the loss of each step says of the output of that step.

    >>> from dlcli.engines.recurrent.leaky import LeakyCell
    >>> from dlcli.engines.recurrent.stacked import run_stack
    >>> net = [Layer(LeakyCell(np.eye(1), alpha=0.5))]
    >>> done = run_stack(np.array([[8.0], [0.0], [4.0]]), net)
    >>> pull = np.array([[0.0], [0.0], [1.0]])
    >>> [truncated_gradients(net, done, pull, k).weights[0][0]["kernel"].item() for k in (1, 2, 3)]
    [2.0, 2.0, 3.0]

    Raises ``EngineError`` for less than 1 step. Source: Williams and Peng, An efficient gradient-based
    algorithm for on-line training of recurrent network trajectories, 1990.
    """
    if truncate < 1:
        raise EngineError(f"truncation keeps at least 1 step; received {truncate}")
    length = len(doutputs)
    total = [_nothing(layer, done) for layer, done in zip(layers, steps.layers, strict=True)]
    for first in range(0, length, TOGETHER):
        losses = np.arange(first, min(first + TOGETHER, length))
        begin, end = max(0, first - truncate + 1), min(length, int(losses[-1]) + truncate)
        pull, here = doutputs[begin:end], losses - begin
        near = near_losses(here, end - begin, truncate, doutputs)
        found = stack_back(layers, steps.piece(begin, end), each_loss_alone(pull, here), near)
        for whole, part in zip(total, found, strict=True):
            whole.inputs[begin:end] += part.inputs.sum(axis=0)
            spans = slice(begin, end), slice(length - end, length - begin)
            for mine, other, at in zip(whole.directions, part.directions, spans, strict=False):
                mine.add(other, at)
    return with_weights(layers, steps, tuple(total))


def each_loss_alone(doutputs: Array, losses: Array) -> Array:
    """The gradient at the outputs (loss, time, width), each loss by itself.

    >>> each_loss_alone(np.array([[1.0], [2.0]]), np.array([0, 1]))[..., 0]
    array([[1., 0.],
           [0., 2.]])
    """
    each = np.zeros((len(losses), *doutputs.shape), doutputs.dtype)
    each[np.arange(len(losses)), losses] = doutputs[losses]
    return each


def near_losses(losses: Array, length: int, truncate: int, like: Array) -> Array:
    """1 where a step is nearer than ``truncate`` to a loss, 0 elsewhere: (loss, time, 1)."""
    near = np.abs(losses[:, None] - np.arange(length)) < truncate
    return near[..., None].astype(like.dtype)


def _nothing(layer: Layer, steps: LayerSteps) -> LayerDeltas:
    """Zeros, for gradients to be added to."""

    def zeros(done: Steps, columns: int) -> Deltas:
        states = State(done.states, done.cell).map(np.zeros_like)
        sums = np.zeros((done.length, columns), states.hidden.dtype)
        return Deltas(states.hidden, states.cell, sums, sums.copy(), done.initial.map(np.zeros_like))

    each = zip(steps.directions, layer.cells, strict=True)
    directions = tuple(zeros(done, cell.kernel.shape[1]) for done, cell in each)
    return LayerDeltas(directions, np.zeros_like(steps.forward.inputs))
