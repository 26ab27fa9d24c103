"""Gradient descent of a whole recurrent net: every weight goes a step against its gradient, again and again.

W ← W − η · dL/dW      for all weights at once, η the learning rate, L the sum of the losses of all steps
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.cell import State
from dlcli.engines.recurrent.clip import clip_by_norm
from dlcli.engines.recurrent.net import RecurrentNet
from dlcli.engines.recurrent.net_gradients import NetGradients, net_gradients, states_read
from dlcli.engines.recurrent.sequence_loss import Loss
from dlcli.engines.recurrent.stacked import StackSteps, run_stack


class Exploded(EngineError):
    """A loss, or a gradient, that is not finite, after so many ``steps``.

    ``norm`` is that of the gradient before it, None where there was none.
    """

    def __init__(self, what: str, steps: int, norm: float | None) -> None:
        super().__init__(f"{what} after {steps} steps")
        self.what, self.steps, self.norm = what, steps, norm


@dataclass(frozen=True)
class Descent:
    """Where gradient descent led: the net behind the last step, and what was measured on the way.

    ``losses`` (step + 1,) is the sum of the losses before the first step and after each, ``norms`` (step,)
    the length of each gradient before it was clipped, ``gradients`` are those of the first step.
    """

    net: RecurrentNet
    losses: Array
    norms: Array
    gradients: NetGradients


@dataclass(frozen=True)
class Objective:
    """What is to become small: for the sequence ``inputs`` (time, feature) the ``loss`` of a net's outputs.

    ``final``, ``truncate`` and ``two_biases`` are those of ``net_gradients``, ``initial`` and ``mask`` those
    of ``run_stack``.
    """

    inputs: Array
    loss: Callable[[Array], Loss]
    final: bool = False
    truncate: int | None = None
    two_biases: bool = False
    initial: Sequence[Sequence[State]] = ()
    mask: Array | None = None

    def steps(self, net: RecurrentNet) -> StackSteps:
        """What a net does at every step."""
        return run_stack(self.inputs, net.layers, initial=self.initial, mask=self.mask)

    def measured(self, net: RecurrentNet) -> tuple[float, Callable[[], NetGradients]]:
        """The sum of the losses, and what gives all gradients."""
        assert net.readout is not None
        layers, readout, steps = net.layers, net.readout, self.steps(net)
        loss = self.loss(readout(states_read(layers, steps, final=self.final)))

        def gradients() -> NetGradients:
            return net_gradients(
                layers, readout, steps, loss,
                truncate=self.truncate, final=self.final, two_biases=self.two_biases,
            )  # fmt: skip

        return loss.total, gradients


def gradient_descent(
    net: RecurrentNet,
    objective: Objective,
    rate: float,
    times: int = 1,
    *,
    clip: float | None = None,
    seen: Callable[[int, float], None] = lambda steps, loss: None,
) -> Descent:
    """So many ``times`` a step of gradient descent with a learning ``rate``.

    Each gradient is clipped to the norm ``clip``, that of all weights together. ``seen`` is called with the
    number of steps and the loss after each of them.

    A leaky unit reads 8, says y = ½ · 8 · 1 and should say 3: L = ½ · 1², the gradient at y and b_y is 1,
    that at both weights 4.

    >>> from dlcli.engines.recurrent.bidirectional import Layer
    >>> from dlcli.engines.recurrent.leaky import LeakyCell
    >>> from dlcli.engines.recurrent.sequence_loss import Readout, squared_error
    >>> net = RecurrentNet((Layer(LeakyCell(np.eye(1), alpha=0.5)),), Readout(np.eye(1), np.zeros(1)))
    >>> objective = Objective(np.array([[8.0]]), lambda y: squared_error(y, np.array([[3.0]])))
    >>> found = gradient_descent(net, objective, 0.01)
    >>> found.net.layers[0].forward.kernel, found.net.readout.bias, found.losses.round(4)
    (array([[0.96]]), array([-0.01]), array([0.5   , 0.2288]))

    Raises ``Exploded`` where a loss or a gradient is not finite. Source: Rumelhart, Hinton and Williams,
    Learning representations by back-propagating errors, 1986.
    """
    losses, norms = np.empty(times + 1), np.empty(times)
    first: NetGradients | None = None
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(times + 1):
            before = float(norms[step - 1]) if step else None
            loss, gradients = objective.measured(net)
            if not math.isfinite(loss):
                raise Exploded(f"the loss is {loss:g}", step, before)
            losses[step] = loss
            seen(step, loss)
            if step == times:
                break
            found = gradients()
            first = first or found
            if not math.isfinite(found.norm):
                raise Exploded(f"the gradient has the norm {found.norm:g}", step, before)
            norms[step] = found.norm
            net = stepped(net, found.weights if clip is None else clip_by_norm(found.weights, clip), rate)
    assert first is not None
    return Descent(net, losses, norms, first)


def stepped(net: RecurrentNet, gradients: Mapping[str, Array], rate: float) -> RecurrentNet:
    """A net whose weights are W − rate · dL/dW, with the gradients as ``NetGradients.weights`` names them.

    A bias that stands for the sum of two goes as far as both together.
    """
    moved = {name: array - rate * gradients[name] for name, array in net.arrays().items()}
    for name, gradient in gradients.items():
        if name.endswith("/recurrent_bias"):
            one = name.replace("recurrent_bias", "bias")
            moved[one] = moved[one] - rate * gradient
    return net.with_arrays(moved)
