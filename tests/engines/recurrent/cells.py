"""Cells with random weights, for the tests of everything recurrent."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcli.engines.recurrent.cell import Cell, Skip
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.engines.recurrent.leaky import LeakyCell
from dlcli.engines.recurrent.lstm import LSTMCell
from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell

#: Name -> how many blocks of columns, and what the cell is called with beside its weights.
KINDS: dict[str, tuple[type[Cell], dict[str, Any]]] = {
    "simple": (SimpleRNNCell, {}),
    "simple-relu": (SimpleRNNCell, {"activation": "relu"}),
    "leaky": (LeakyCell, {"alpha": 0.7}),
    "lstm": (LSTMCell, {}),
    "gru": (GRUCell, {}),
    "gru-reset-before": (GRUCell, {"reset_after": False}),
}


def cell(
    name: str, features: int = 3, units: int = 4, *, skip: int = 0, seed: int = 0, scale: float = 0.5
) -> Cell:
    """A cell of that kind with normally distributed weights."""
    kind, options = KINDS[name]
    rng = np.random.default_rng(seed)
    columns = len(kind.gates) * units

    def draw(*shape: int) -> Any:
        return scale * rng.normal(size=shape)

    own: dict[str, Any] = {} if kind is LeakyCell else {"recurrent_kernel": draw(units, columns)}
    rows = (2,) if kind is GRUCell and options.get("reset_after", True) else ()
    connection = Skip(draw(units, columns), skip) if skip else None
    return kind(draw(features, columns), draw(*rows, columns), connection, **options, **own)
