"""One output for a whole sequence: of two directions each gives the state at which its reading ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.recurrent.bidirectional import MERGES, Layer, LayerSteps, unmerged
from dlcli.engines.recurrent.stacked import StackSteps


def final_output(layer: Layer, steps: LayerSteps) -> Array:
    """What a layer gives (..., width) after all steps: the direction that reads backwards ends at the first.

    It is the last step of the outputs unless there are two directions: there the backward direction has read
    a single step.

    >>> from dlcli.engines.recurrent.bidirectional import run_layer
    >>> from dlcli.engines.recurrent.leaky import LeakyCell
    >>> both = Layer(LeakyCell(np.eye(1), alpha=0.5), LeakyCell(np.eye(1), alpha=0.5))
    >>> done = run_layer(np.array([[8.0], [0.0], [4.0]]), both)
    >>> done.outputs[-1], final_output(both, done)
    (array([3., 2.]), array([3. , 4.5]))

    Source: Keras' ``Bidirectional`` with ``return_sequences=False``; PyTorch's ``h_n`` holds the same states.
    """
    if layer.backward is None:
        return np.asarray(steps.outputs[..., -1, :])
    return MERGES[layer.merge](*(one.last.hidden for one in steps.directions))


def final_gradient(
    layers: Sequence[Layer], steps: StackSteps, dfinal: Array
) -> tuple[tuple[Layer, ...], StackSteps, Array]:
    """A net, its steps and the gradient at its outputs, from that at its final output alone, (width,).

    Of two directions the state of each gets its part where its reading ended; they stand beside each other in
    what is returned, whatever their merge, so that all that goes back from outputs can go back from there.

    >>> from dlcli.engines.recurrent.leaky import LeakyCell
    >>> from dlcli.engines.recurrent.stacked import run_stack, stack_gradients
    >>> net = [Layer(LeakyCell(np.eye(1), alpha=0.5), LeakyCell(np.eye(1), alpha=0.5), "sum")]
    >>> done = run_stack(np.array([[8.0], [0.0], [4.0]]), net)
    >>> stack_gradients(*final_gradient(net, done, np.ones(1))).inputs.ravel()  # ⅛ + ½, ¼ + ¼, ½ + ⅛
    array([0.625, 0.5  , 0.625])
    """
    *below, top = layers
    done = steps.layers[-1]
    length, units = done.forward.length, top.forward.units
    if top.backward is None:
        doutputs = np.zeros((length, units), dfinal.dtype)
        doutputs[-1] = dfinal
        return tuple(layers), steps, doutputs
    ahead, behind = (one.last.hidden for one in done.directions)
    doutputs = np.zeros((length, units + top.backward.units), dfinal.dtype)
    doutputs[-1, :units], doutputs[0, units:] = unmerged(top.merge, dfinal, ahead, behind)
    forward, backward = (one.states for one in done.directions)
    beside = LayerSteps(done.directions, np.concatenate([forward, np.flip(backward, axis=-2)], axis=-1))
    apart = StackSteps((*steps.layers[:-1], beside))
    return (*below, replace(top, merge="concat")), apart, doutputs
