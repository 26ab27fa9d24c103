"""The fastest way through a layer: that of its own cell where there is one, the definition otherwise."""

from __future__ import annotations

from dlcli.engines.base.checks import Array
from dlcli.engines.recurrent import gru_fast, lstm_fast
from dlcli.engines.recurrent.bptt import Gradients, bptt
from dlcli.engines.recurrent.cell import Cell, Steps
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.engines.recurrent.lstm import LSTMCell
from dlcli.engines.recurrent.unroll import unroll

#: What a run leaves for the way back: a fast layer's own record, or the steps of the definition.
Kept = lstm_fast.Record | gru_fast.Record | Steps


def unroll_fast(x: Array, cell: Cell) -> Steps:
    """The same as ``unroll``, to rounding, from a state of zeros.

    >>> import numpy as np
    >>> from dlcli.engines.recurrent.seeded_cells import seeded_cell
    >>> rng = np.random.default_rng(0)
    >>> x, cell = rng.normal(size=(5, 3)), seeded_cell("lstm", 3, 2, rng)
    >>> np.allclose(unroll_fast(x, cell).states, unroll(x, cell).states)
    True

    Raises ``EngineError`` as ``unroll`` does.
    """
    kept = keep(x, cell)
    return kept if isinstance(kept, Steps) else kept.steps(x.astype(kept.states.dtype, copy=False))


def keep(x: Array, cell: Cell) -> Kept:
    """Go through sequences (..., time, feature), and keep what ``back`` needs."""
    if isinstance(cell, LSTMCell) and lstm_fast.is_fast(cell):
        return lstm_fast.lstm_record(x, cell)
    if isinstance(cell, GRUCell) and gru_fast.is_fast(cell):
        return gru_fast.gru_record(x, cell)
    return unroll(x, cell)


def back(cell: Cell, kept: Kept, dstates: Array) -> Gradients:
    """All gradients, from those at the hidden states (..., time, unit).

    >>> import numpy as np
    >>> from dlcli.engines.recurrent.leaky import LeakyCell
    >>> cell = LeakyCell(np.eye(1), alpha=0.5)
    >>> back(cell, keep(np.ones((2, 1)), cell), np.array([[0.0], [1.0]])).inputs.ravel()
    array([0.25, 0.5 ])
    """
    if isinstance(kept, lstm_fast.Record):
        return lstm_fast.lstm_back(kept, dstates)
    if isinstance(kept, gru_fast.Record):
        return gru_fast.gru_back(kept, dstates)
    return bptt(cell, kept, dstates)
