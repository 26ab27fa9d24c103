"""The gradient of a sequence's loss at everything that a net can learn, its output layer among it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.clip import clip_by_norm, global_norm
from dlcli.engines.recurrent.reading_ends import final_gradient, final_output
from dlcli.engines.recurrent.sequence_loss import Loss, Readout
from dlcli.engines.recurrent.stacked import StackGradients, StackSteps, stack_gradients
from dlcli.engines.recurrent.truncated import truncated_gradients


@dataclass(frozen=True)
class NetGradients:
    """The gradients inside ``layers``, and of an output layer's ``kernel`` (unit, output) and ``bias``.

    ``two_biases`` says that each bias is the sum of two that are learnt, beside the input and beside the
    state, as PyTorch and ONNX have them: both have its gradient.
    """

    layers: StackGradients
    kernel: Array
    bias: Array
    two_biases: bool = False

    @property
    def hidden(self) -> Array:
        """dL/dh[t] of the highest layer's cells, (time, unit).

        The units of a cell that reads backwards stand behind the others, at the steps of the sequence.
        """
        turns = slice(None), slice(None, None, -1)
        each = zip(self.layers.deltas[-1].directions, turns, strict=False)
        return np.concatenate([deltas.hidden[turn] for deltas, turn in each], axis=-1)

    @cached_property
    def weights(self) -> dict[str, Array]:
        """The gradient of each weight: of layer 0's forward cell it is called ``"0/0/kernel"``.

        The second number is 1 for a cell that reads backwards; the output layer has ``"output/kernel"``. Of
        two biases that were added up the second is called ``"0/0/recurrent_bias"``.
        """
        found = {
            f"{n}/{direction}/{name}": gradient
            for n, directions in enumerate(self.layers.weights)
            for direction, weights in enumerate(directions)
            for name, gradient in weights.items()
        }
        if self.two_biases:
            biases = {name: one for name, one in found.items() if name.endswith("/bias") and one.ndim == 1}
            found |= {name.replace("bias", "recurrent_bias"): one for name, one in biases.items()}
        return found | {"output/kernel": self.kernel, "output/bias": self.bias}

    @cached_property
    def norm(self) -> float:
        """The norm of all of them together, which is what clipping bounds."""
        return global_norm(self.weights)

    def of(self, weight: str, *, clip: float | None = None) -> Array:
        """The gradient of a weight of the highest forward cell; all together are clipped to ``clip``."""
        gradients = self.weights if clip is None else clip_by_norm(self.weights, clip)
        return gradients[f"{len(self.layers.weights) - 1}/0/{weight}"]


def state_gradients(readout: Readout, loss: Loss) -> Array:
    """What the loss of each step says of the state of that step, (time, unit).

    >>> readout = Readout(np.array([[2.0], [0.5]]), np.zeros(1))
    >>> state_gradients(readout, Loss(np.array([8.0]), np.array([[4.0]]), np.array([True])))
    array([[8., 2.]])
    """
    return np.asarray(loss.doutputs @ readout.kernel.T.astype(loss.doutputs.dtype))


def states_read(layers: Sequence[Layer], steps: StackSteps, *, final: bool = False) -> Array:
    """What the output layer reads at each step (time, width); with ``final`` the last is the final output."""
    if not final:
        return steps.outputs
    return np.concatenate([steps.outputs[:-1], final_output(layers[-1], steps.layers[-1])[None]])


def loss_gradients(
    layers: Sequence[Layer], readout: Readout, steps: StackSteps, loss: Loss, *, final: bool = False
) -> tuple[Sequence[Layer], StackSteps, Array]:
    """A net, its steps and the gradient of each step's loss at its outputs, (time, width).

    With ``final`` only the last step has a loss, and its output comes from the final output of the net: see
    ``final_gradient``, which then gives the three.
    """
    dstates = state_gradients(readout, loss)
    return final_gradient(layers, steps, dstates[-1]) if final else (layers, steps, dstates)


def net_gradients(
    layers: Sequence[Layer],
    readout: Readout,
    steps: StackSteps,
    loss: Loss,
    *,
    truncate: int | None = None,
    final: bool = False,
    two_biases: bool = False,
) -> NetGradients:
    """Backpropagation from the loss of every step through the output layer, the layers and time.

    ``steps`` and ``loss`` are what ``run_stack`` and the loss of its outputs gave, for one sequence. With
    ``truncate`` each loss is followed back over so many steps alone, its own one among them. ``final`` says
    that only the last step has a loss, that of the final output of the net: see ``final_output``. For
    ``two_biases`` see ``NetGradients``.

    >>> from dlcli.engines.recurrent.leaky import LeakyCell
    >>> from dlcli.engines.recurrent.sequence_loss import squared_error
    >>> from dlcli.engines.recurrent.stacked import run_stack
    >>> net, readout = [Layer(LeakyCell(np.eye(1), alpha=0.5))], Readout(np.eye(1), np.zeros(1))
    >>> steps = run_stack(np.array([[8.0], [0.0]]), net)
    >>> loss = squared_error(readout(steps.outputs), np.array([[4.0], [1.0]]))
    >>> found = net_gradients(net, readout, steps, loss)
    >>> found.of("kernel"), found.kernel, found.norm
    (array([[2.]]), array([[2.]]), 3.0)

    Raises ``EngineError`` for a truncation to less than 1 step. Source: Werbos, Backpropagation through time:
    what it does and how to do it, 1990; truncation as Williams and Peng, 1990, have it.
    """
    read = states_read(layers, steps, final=final)
    way = loss_gradients(layers, readout, steps, loss, final=final)
    found = stack_gradients(*way) if truncate is None else truncated_gradients(*way, truncate)
    return NetGradients(found, read.T @ loss.doutputs, loss.doutputs.sum(axis=0), two_biases)


def angle_between(a: Array, b: Array) -> float:
    """The angle in degrees between two gradients of the same shape; 90 where one of them is nothing.

    >>> round(angle_between(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]])), 4)
    45.0
    """
    cosine = float((a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b) or 1))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
