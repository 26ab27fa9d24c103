"""Deep recurrent nets: the outputs of a layer are the sequence that the next one reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.bidirectional import (
    Layer,
    LayerDeltas,
    LayerSteps,
    layer_back,
    layer_gradients,
    run_layer,
)
from dlcli.engines.recurrent.cell import State


@dataclass(frozen=True)
class StackSteps:
    """What each layer did, the lowest first."""

    layers: tuple[LayerSteps, ...]

    @property
    def last(self) -> tuple[tuple[State, ...], ...]:
        """The states at the end, of each layer those of its directions: with them the reading can go on."""
        return tuple(tuple(one.last for one in layer.directions) for layer in self.layers)

    @property
    def outputs(self) -> Array:
        """What the highest layer gives, (..., time, width)."""
        return self.layers[-1].outputs

    def piece(self, first: int, last: int) -> StackSteps:
        """Steps ``first`` to ``last`` − 1 of the sequence alone, with the states that they began from."""
        return StackSteps(tuple(layer.piece(first, last) for layer in self.layers))


@dataclass(frozen=True)
class StackGradients:
    """The gradient inside each layer, and of the weights of each layer and direction."""

    deltas: tuple[LayerDeltas, ...]
    weights: tuple[tuple[dict[str, Array], ...], ...]

    @property
    def inputs(self) -> Array:
        """The gradient at what the lowest layer reads."""
        return self.deltas[0].inputs


def run_stack(
    x: Array,
    layers: Sequence[Layer],
    *,
    initial: Sequence[Sequence[State]] = (),
    mask: Array | None = None,
) -> StackSteps:
    """Layers over each other, over sequences (..., time, feature).

    ``initial`` has the states before the first step, of each layer those of its directions, zeros unless
    given; the steps where ``mask`` (..., time) is false are read by no layer: see ``unroll``.

    >>> import numpy as np
    >>> from dlcli.engines.recurrent.leaky import LeakyCell
    >>> slow = Layer(LeakyCell(np.eye(1), alpha=0.5))
    >>> run_stack(np.array([[8.0], [0.0], [0.0]]), [slow, slow]).outputs.ravel()
    array([2. , 2. , 1.5])

    Raises ``EngineError`` as ``run_layer`` does; of layers above the first it says which one it is.
    """
    if not layers:
        raise EngineError("a net needs at least 1 layer; received none")
    done: list[LayerSteps] = []
    for i, layer in enumerate(layers):
        try:
            below, first = done[-1].outputs if done else x, initial[i] if initial else ()
            done.append(run_layer(below, layer, initial=first, mask=mask))
        except EngineError as error:
            if not i:
                raise
            raise EngineError(f"layer {i}: {error}") from None
    return StackSteps(tuple(done))


def stack_back(
    layers: Sequence[Layer], steps: StackSteps, doutputs: Array, within: Array | None = None
) -> tuple[LayerDeltas, ...]:
    """The gradient inside each layer, from that at the outputs of the highest."""
    found: list[LayerDeltas] = []
    for layer, done in zip(reversed(layers), reversed(steps.layers), strict=True):
        found.append(layer_back(layer, done, doutputs, within))
        doutputs = found[-1].inputs
    return tuple(reversed(found))


def with_weights(
    layers: Sequence[Layer], steps: StackSteps, deltas: tuple[LayerDeltas, ...]
) -> StackGradients:
    """The gradients inside each layer, and those of the weights that they give."""
    each = zip(layers, steps.layers, deltas, strict=True)
    return StackGradients(deltas, tuple(layer_gradients(*one) for one in each))


def stack_gradients(layers: Sequence[Layer], steps: StackSteps, doutputs: Array) -> StackGradients:
    """All gradients of a net, from those at its outputs: backpropagation through layers and through time.

    >>> import numpy as np
    >>> from dlcli.engines.recurrent.leaky import LeakyCell
    >>> net = [Layer(LeakyCell(np.eye(1), alpha=0.5))]
    >>> done = run_stack(np.array([[8.0], [0.0]]), net)
    >>> found = stack_gradients(net, done, np.array([[0.0], [1.0]]))
    >>> found.inputs.ravel(), found.weights[0][0]["kernel"].item()
    (array([0.25, 0.5 ]), 2.0)
    """
    return with_weights(layers, steps, stack_back(layers, steps, doutputs))
