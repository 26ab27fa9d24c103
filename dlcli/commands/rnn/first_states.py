"""The states that a net begins with and ends with, as one table: a row for each layer, direction, h and c."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell import State
from dlcli.errors import DlcliError
from dlcli.tensor import Array, Axis, Tensor

#: Of each layer the states of its directions.
States = Sequence[Sequence[State]]

STATE = "state"


def state_names(layers: Sequence[Layer]) -> tuple[str, ...]:
    """The rows of the table: h of every layer and direction, the lowest first, then c of those that have one.

    >>> from dlcli.engines.recurrent.seeded_layers import seeded_layers
    >>> state_names(seeded_layers("lstm", 3, np.random.default_rng(0), layers=2))
    ('h 0', 'h 1', 'c 0', 'c 1')
    >>> state_names(seeded_layers("gru", 3, np.random.default_rng(0), bidirectional=True))
    ('h →', 'h ←')
    """
    places = [
        (cell, " ".join(filter(None, (str(n) * (len(layers) > 1) + arrow,))))
        for n, layer in enumerate(layers)
        for cell, arrow in zip(layer.cells, "→←" if layer.backward is not None else ("",), strict=True)
    ]
    names = [("h", place) for _, place in places]
    names += [("c", place) for cell, place in places if cell.has_cell]
    return tuple(f"{letter} {place}".rstrip() for letter, place in names)


def as_table(states: States, layers: Sequence[Layer]) -> Array:
    """The states by rows, (state, unit). Raises ``DlcliError`` where layers differ in their units."""
    units = {cell.units for layer in layers for cell in layer.cells}
    if len(units) > 1:
        counts = ", ".join(map(str, sorted(units)))
        raise DlcliError(f"the states of these layers make no one table: they have {counts} units")
    each = [state for directions in states for state in directions]
    return np.stack([one.hidden for one in each] + [one.cell for one in each if one.cell is not None])


def from_table(table: Array, layers: Sequence[Layer]) -> States:
    """What ``as_table`` made one of."""
    rows = iter(table)
    hidden = [[next(rows) for _ in layer.cells] for layer in layers]
    return [
        [State(h, next(rows) if cell.has_cell else None) for h, cell in zip(those, layer.cells, strict=True)]
        for those, layer in zip(hidden, layers, strict=True)
    ]


def state_tensor(states: States, layers: Sequence[Layer], name: str) -> Tensor:
    """The table as a tensor, which another run can begin with."""
    return Tensor(as_table(states, layers), (Axis(STATE, state_names(layers)), Axis("unit")), name)


def first_states(tensor: Tensor, layers: Sequence[Layer], dtype: np.dtype[np.generic]) -> States:
    """The states of a table that was typed or read; a vector is the one row of a net that has no other.

    Raises ``DlcliError`` for another number of rows or units, for names of other rows, and for numbers that
    are not real and finite.
    """
    names, units = state_names(layers), layers[0].forward.units
    shape = len(names), units
    zeros = [[State(np.zeros(cell.units), np.zeros(cell.units) if cell.has_cell else None)
              for cell in layer.cells] for layer in layers]  # fmt: skip
    as_table(zeros, layers)  # which says where the layers have no one table
    data, axis = tensor.data, tensor.axes[0] if tensor.data.ndim == 2 else Axis(STATE)
    data = data[None] if data.ndim == 1 else data
    if data.shape != shape or data.dtype.kind == "c":
        rows = f"{shape[0]} row{'s' * (shape[0] > 1)} ({', '.join(names)})"
        raise DlcliError(
            f"--initial-state: this net begins with {rows} of {units} number{'s' * (units > 1)}; "
            f"received {tensor.describe()}"
        )
    if axis.name == STATE and axis.labels is not None and axis.labels != names:
        raise DlcliError(
            f"--initial-state has the rows {', '.join(axis.labels)}; this net begins with {', '.join(names)}"
        )
    if not np.isfinite(data).all():
        raise DlcliError("--initial-state: states are finite numbers; received one that is not")
    return from_table(data.astype(dtype), layers)
