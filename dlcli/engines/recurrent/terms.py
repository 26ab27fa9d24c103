"""The arithmetic of one unit at one step, gate by gate: every factor, every product, every sum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.recurrent.bidirectional import Layer, LayerSteps
from dlcli.engines.recurrent.cell import Cell, Steps
from dlcli.engines.recurrent.gru import GRUCell


@dataclass(frozen=True)
class GateTerms:
    """What one gate of one unit adds up.

    ``values`` and ``weights`` (n,) are the factors: first the inputs, then the states of the step before,
    then those of a skip connection; ``sources`` says of each what it is (``"x"``, ``"h"``, ``"skip"`` or
    ``"r·h"``) and its index there. ``extra`` is what is added beside them, by name: biases, and in a GRU the
    recalled state. ``activation`` turns ``total`` into ``value``; ``"linear"`` changes nothing.
    """

    gate: str
    sources: tuple[tuple[str, int], ...]
    values: Array
    weights: Array
    extra: dict[str, float]
    activation: str
    value: float

    @property
    def products(self) -> Array:
        """Each value times its weight."""
        return self.values * self.weights

    @property
    def total(self) -> float:
        """The sum of the products and of what stands beside them."""
        return float(self.products.sum()) + sum(self.extra.values())


def unit_terms(cell: Cell, steps: Steps, t: int, unit: int) -> tuple[GateTerms, ...]:
    """The terms of every gate of one unit at step t of a single sequence, in the order of their use.

    The candidate of a GRU with ``reset_after`` comes in two parts: ``recall``, what it gets from the state
    before, and the candidate itself, which adds r · recall.

    >>> from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell, simple_rnn
    >>> cell = SimpleRNNCell(np.array([[2.0]]), np.array([0.5]), recurrent_kernel=np.array([[1.0]]))
    >>> found = unit_terms(cell, simple_rnn(np.array([[1.0], [0.0]]), cell), 0, 0)[0]
    >>> found.sources, found.total, round(found.value, 4)
    ((('x', 0), ('h', 0)), 2.5, 0.9866)
    """
    return tuple(_terms(cell.astype(steps.states.dtype), steps, t, unit))


def _terms(cell: Cell, steps: Steps, t: int, unit: int) -> Iterator[GateTerms]:
    weights = cell.arrays()
    before, parts = steps.after(t - 1).hidden, steps.at(t)
    bias = cell.input_bias
    for gate in [gate for gate in steps.parts if gate in cell.gates] or cell.gates:
        column = cell.block(gate).start + unit
        inputs = [("x", steps.inputs[t], weights["kernel"][:, column])]
        extra = {} if bias is None else {"b": float(bias[column])}
        if isinstance(cell, GRUCell) and cell.reset_after:
            recall = [("h", before, weights["recurrent_kernel"][:, column])]
            own = {"b′": float(cell.recurrent_bias[column])} if cell.bias is not None else {}
            if gate != "candidate":
                inputs, extra = inputs + recall, extra | own
            else:
                value = float(parts["recall"][unit])
                yield _gate("recall", recall, own, "linear", value)
                extra["r · recall"] = float(parts["reset"][unit]) * value
        elif "recurrent_kernel" in weights:
            gated = isinstance(cell, GRUCell) and gate == "candidate"
            heard = parts["reset"] * before if gated else before
            inputs.append(("r·h" if gated else "h", heard, weights["recurrent_kernel"][:, column]))
        if cell.skip is not None:
            earlier = steps.hidden_before(cell.skip.steps)[t]
            inputs.append(("skip", earlier, cell.skip.kernel[:, column]))
        value = float(parts[gate][unit] if gate in parts else steps.states[t, unit])
        shaped = gate in ("candidate", "hidden")
        yield _gate(gate, inputs, extra, cell.activation if shaped else cell.gate_activation, value)


def _gate(
    gate: str,
    inputs: list[tuple[str, Array, Array]],
    extra: dict[str, float],
    activation: str,
    value: float,
) -> GateTerms:
    sources = tuple((name, i) for name, values, _ in inputs for i in range(len(values)))
    values, weights = (np.concatenate([one[k] for one in inputs]) for k in (1, 2))
    return GateTerms(gate, sources, values, weights, extra, activation, value)


@dataclass(frozen=True)
class UnitTerms:
    """The terms of one unit of a layer's outputs, and whose they are.

    ``cell`` did ``steps`` in its own order: step ``t`` of these and ``unit`` of that cell are meant.
    """

    cell: Cell
    steps: Steps
    t: int
    unit: int
    backwards: bool
    gates: tuple[GateTerms, ...]

    @property
    def value(self) -> float:
        """The state that the terms give."""
        return float(self.steps.states[self.t, self.unit])


def layer_terms(layer: Layer, done: LayerSteps, t: int, unit: int) -> UnitTerms:
    """The terms of an output of a layer at step t of a single sequence.

    Where both directions stand beside each other, the units behind those that read forwards are those that
    read backwards; of merged ones it is the forward cell that is meant.

    >>> from dlcli.engines.recurrent.bidirectional import run_layer
    >>> from dlcli.engines.recurrent.leaky import LeakyCell
    >>> both = Layer(LeakyCell(np.eye(1), alpha=0.5), LeakyCell(np.eye(1), alpha=0.5))
    >>> found = layer_terms(both, run_layer(np.array([[8.0], [4.0]]), both), 1, 1)
    >>> found.backwards, found.t, found.unit, found.value
    (True, 0, 0, 2.0)
    """
    backwards = unit >= layer.forward.units
    cell, steps = layer.cells[backwards], done.directions[backwards]
    if backwards:
        t, unit = steps.length - 1 - t, unit - layer.forward.units
    return UnitTerms(cell, steps, t, unit, backwards, unit_terms(cell, steps, t, unit))
