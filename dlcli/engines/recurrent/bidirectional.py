"""One recurrent layer, in one direction or in both: the second reads the sequence from its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.bptt import Deltas, backward_steps, weight_gradients
from dlcli.engines.recurrent.cell import Cell, State, Steps
from dlcli.engines.recurrent.fast_layer import unroll_fast

#: How the states of both directions become one output; PyTorch only concatenates.
MERGES: dict[str, Callable[[Array, Array], Array]] = {
    "concat": lambda a, b: np.concatenate([a, b], axis=-1),
    "sum": np.add,
    "mul": np.multiply,
    "ave": lambda a, b: (a + b) / 2,
}


@dataclass(frozen=True)
class Layer:
    """A cell that reads forwards and, perhaps, one that reads backwards; ``merge`` is one of ``MERGES``."""

    forward: Cell
    backward: Cell | None = None
    merge: str = "concat"

    @classmethod
    def of(cls, cells: Sequence[Cell], merge: str = "concat") -> Layer:
        """A layer of one cell or two."""
        return cls(cells[0], cells[1] if len(cells) > 1 else None, merge)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The one or two cells."""
        return (self.forward,) if self.backward is None else (self.forward, self.backward)

    @property
    def width(self) -> int:
        """Numbers that each step of the layer gives."""
        return self.forward.units * (1 + (self.backward is not None and self.merge == "concat"))

    @property
    def parameters(self) -> int:
        """How many numbers can be learnt."""
        return sum(cell.parameters for cell in self.cells)


@dataclass(frozen=True)
class LayerSteps:
    """What a layer did: the steps of its one or two ``directions``, and ``outputs`` (..., time, width).

    The second reads from the end, and is in that order: its first step is at the end of the sequence.
    """

    directions: tuple[Steps, ...]
    outputs: Array

    @property
    def forward(self) -> Steps:
        """The steps of the cell that reads forwards."""
        return self.directions[0]

    def piece(self, first: int, last: int) -> LayerSteps:
        """Steps ``first`` to ``last`` − 1 of the sequence alone."""
        length = self.forward.length
        spans = (first, last), (length - last, length - first)
        directions = tuple(one.piece(*span) for one, span in zip(self.directions, spans, strict=False))
        return LayerSteps(directions, self.outputs[..., first:last, :])


@dataclass(frozen=True)
class LayerDeltas:
    """The gradient inside each direction, in its own order, and at the layer's inputs."""

    directions: tuple[Deltas, ...]
    inputs: Array


def run_layer(
    x: Array, layer: Layer, *, initial: Sequence[State] = (), mask: Array | None = None
) -> LayerSteps:
    """A layer over sequences (..., time, feature), as Keras' Bidirectional has it.

    ``initial`` is the state before the first step of each direction, zeros unless given, and ``mask`` as
    ``unroll`` has it, in the order of the sequence.

    >>> from dlcli.engines.recurrent.leaky import LeakyCell
    >>> both = Layer(LeakyCell(np.eye(1), alpha=0.5), LeakyCell(np.eye(1), alpha=0.5))
    >>> run_layer(np.array([[8.0], [0.0], [0.0]]), both).outputs
    array([[4., 4.],
           [2., 0.],
           [1., 0.]])

    Raises ``EngineError`` as ``unroll`` does, for a merge that is not in ``MERGES``, and for directions with
    different numbers of units unless they are concatenated.

    Source: Schuster and Paliwal, Bidirectional recurrent neural networks, 1997.
    """
    forward = _read(x, layer.forward, initial[:1], mask)
    if layer.backward is None:
        return LayerSteps((forward,), forward.states)
    if layer.merge not in MERGES:
        raise EngineError(f"no way to merge is called '{layer.merge}'; try one of {', '.join(MERGES)}")
    if layer.merge != "concat" and layer.forward.units != layer.backward.units:
        raise EngineError(
            f"to merge by {layer.merge}, both directions need as many units; "
            f"received {layer.forward.units} and {layer.backward.units}"
        )
    turned = None if mask is None else np.flip(mask, axis=-1)
    backward = _read(np.flip(x, axis=-2), layer.backward, initial[1:], turned)
    merged = MERGES[layer.merge](forward.states, np.flip(backward.states, axis=-2))
    return LayerSteps((forward, backward), merged)


def _read(x: Array, cell: Cell, initial: Sequence[State], mask: Array | None) -> Steps:
    """One direction, from its first state if there is one."""
    h0, c0 = (initial[0].hidden, initial[0].cell) if initial else (None, None)
    return unroll_fast(x, cell, h0=h0, c0=c0, mask=mask)


def layer_back(layer: Layer, steps: LayerSteps, doutputs: Array, within: Array | None = None) -> LayerDeltas:
    """The gradient inside a layer, from that at its outputs, which may have more axes in front.

    ``within`` is that of ``backward_steps``, in the order of the sequence.
    """
    found: list[Deltas] = []
    inputs: list[Array] = []
    turns = slice(None), slice(None, None, -1)
    for cell, done, pull, turn in zip(
        layer.cells, steps.directions, _apart(layer, steps, doutputs), turns, strict=False
    ):
        cell, near = cell.astype(doutputs.dtype), None if within is None else within[..., turn, :]
        found.append(backward_steps(cell, done, pull[..., turn, :], within=near))
        inputs.append((found[-1].sums @ cell.kernel.T)[..., turn, :])
    return LayerDeltas(tuple(found), inputs[0] if len(inputs) == 1 else inputs[0] + inputs[1])


def layer_gradients(layer: Layer, steps: LayerSteps, deltas: LayerDeltas) -> tuple[dict[str, Array], ...]:
    """dL/d of the weights of each direction, by name."""
    each = zip(layer.cells, steps.directions, deltas.directions, strict=True)
    return tuple(weight_gradients(*one) for one in each)


def unmerged(merge: str, doutputs: Array, ahead: Array, behind: Array) -> tuple[Array, Array]:
    """The gradient at merged outputs as that at the states of each direction, ``ahead`` and ``behind``.

    >>> unmerged("mul", np.array([1.0]), np.array([2.0]), np.array([3.0]))
    (array([3.]), array([2.]))
    """
    if merge == "concat":
        units = ahead.shape[-1]
        return doutputs[..., :units], doutputs[..., units:]
    if merge == "mul":
        return doutputs * behind, doutputs * ahead
    share = doutputs / 2 if merge == "ave" else doutputs
    return share, share


def _apart(layer: Layer, steps: LayerSteps, doutputs: Array) -> tuple[Array, ...]:
    """The gradient at the merged outputs as that at the states of each direction, in sequence order."""
    if layer.backward is None:
        return (doutputs,)
    ahead, behind = (one.states for one in steps.directions)
    return unmerged(layer.merge, doutputs, ahead, np.flip(behind, axis=-2))
