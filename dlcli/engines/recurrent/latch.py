"""The gated latch: a bit that is kept or replaced, as another bit says: a gate, before an LSTM softens it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, compute_dtype
from dlcli.engines.recurrent.lstm import LSTMCell

#: The two signals, in the order in which they stand in a row of the input.
SIGNALS = ("EN", "D")


@dataclass(frozen=True)
class LatchSteps:
    """Every number of a latch at every step, each (..., time).

    ``taken`` is EN·D, what is let in, and ``kept`` (1 − EN)·Q, what stays; ``states`` is their sum, the bit
    that is shown from that step on. ``initial`` (...) is the one before the first step.
    """

    enable: Array
    data: Array
    taken: Array
    kept: Array
    states: Array
    initial: Array

    @property
    def before(self) -> Array:
        """The bit that each step finds, (..., time)."""
        return np.concatenate([self.initial[..., None], self.states[..., :-1]], axis=-1)


def latch(x: Array, *, q0: Array | float = 0) -> LatchSteps:
    """The gated D latch Q(n+1) = EN·D + (1 − EN)·Q(n) over signals (..., time, 2), EN before D.

    Between 0 and 1 the signals are shares: with EN = 1 − a it is a leaky unit whose a is chosen anew at every
    step.

    >>> latch(np.array([[1, 1], [0, 0], [0, 1], [1, 0]])).states
    array([1., 1., 1., 0.])

    Raises ``EngineError`` for another number of signals than two, for a sequence without steps, and for what
    does not lie between 0 and 1.

    Source: Harris and Harris, Digital Design and Computer Architecture, section 3.2.2.
    """
    dtype = compute_dtype(x)
    if x.ndim < 2 or x.shape[-1] != len(SIGNALS):
        raise EngineError(
            f"a latch reads two signals a step, EN and D: (..., time, 2); received shape {x.shape}; "
            "try '1 1; 0 0; 0 1; 1 0'"
        )
    if not x.shape[-2]:
        raise EngineError(f"an empty sequence: there is no step in shape {x.shape}")
    initial = np.broadcast_to(np.asarray(q0, dtype), x.shape[:-2])
    for name, values in (("EN and D", x), ("the bit before the first step", initial)):
        if dtype.kind == "c" or not np.all((values >= 0) & (values <= 1)):
            raise EngineError(f"{name} of a latch must lie between 0 and 1; try 0 for off and 1 for on")
    enable, data = np.moveaxis(x.astype(dtype, copy=False), -1, 0)
    taken, kept, states = enable * data, np.empty_like(data), np.empty_like(data)
    q = initial
    for t in range(x.shape[-2]):
        kept[..., t] = (1 - enable[..., t]) * q
        q = states[..., t] = taken[..., t] + kept[..., t]
    return LatchSteps(enable, data, taken, kept, states, initial)


def truth_table() -> Array:
    """All that can happen to a latch: a row for each EN, D and Q(n), and in it Q(n+1): (8, 4) of 0 and 1.

    >>> truth_table()[[0, 1, 4, 7]]
    array([[0, 0, 0, 0],
           [0, 0, 1, 1],
           [1, 0, 0, 0],
           [1, 1, 1, 1]])
    """
    rows = np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)])
    after = latch(rows[:, None, :2], q0=rows[:, 2]).states
    return np.concatenate([rows, after.astype(rows.dtype)], axis=1)


def latching_lstm(sharpness: float = 10.0) -> LSTMCell:
    """An LSTM of one unit that reads EN and D and keeps D in its cell state as a latch does.

    The input gate is σ(s·(2 EN − 1)), the forget gate its opposite, σ(s·(1 − 2 EN)), the candidate
    tanh(s·D), and the output gate is open. The larger ``sharpness`` s, the harder its gates.

    >>> from dlcli.engines.recurrent.lstm import lstm
    >>> lstm(np.array([[1.0, 1.0], [0.0, 0.0], [1.0, 0.0]]), latching_lstm()).cell.ravel().round(3)
    array([1., 1., 0.])

    Raises ``EngineError`` for a sharpness that is not above 0.
    """
    if not sharpness > 0:
        raise EngineError(f"the sharpness of gates is a number above 0; received {sharpness}")
    s = float(sharpness)
    kernel = np.array([[2 * s, -2 * s, 0, 0], [0, 0, s, 0]])  # EN and D: input, forget, candidate, output
    return LSTMCell(kernel, np.array([-s, s, 0, s]), recurrent_kernel=np.zeros((1, 4)))
