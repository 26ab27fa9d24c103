"""An LSTM layer for long sequences and for training: equal to the definition, several times as fast.

What it does otherwise than ``LSTMCell.step``: many steps' x W in one product; σ(z) as ½ tanh(z/2) + ½, the
half put into the weights, so that one tanh serves all four gates; the old cell state stands beside the
candidate as the forget gate stands beside the input gate, so that one multiplication gives both terms of the
new one; every result goes into memory that is there already. Backwards, whatever does not wait for the later
step is done for all steps at once, and each weight's gradient is one product of matrices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.bptt import Deltas, Gradients
from dlcli.engines.recurrent.cell import State, Steps
from dlcli.engines.recurrent.feature_major import (
    from_rows,
    input_sums,
    side_by_side,
    state_rows,
    steps_together,
    to_rows,
)
from dlcli.engines.recurrent.lstm import LSTMCell
from dlcli.engines.recurrent.unroll import prepared

#: The blocks of rows below the old cell state: a gate is multiplied with what stands two blocks above.
ORDER = ("candidate", "forget", "input", "output")


def is_fast(cell: object) -> bool:
    """Whether a cell is an LSTM that this file can run: with tanh, without a skip connection."""
    return isinstance(cell, LSTMCell) and cell.activation == "tanh" and cell.skip is None


@dataclass(frozen=True)
class Weights:
    """The weights by rows, in the order of ``ORDER``, those of the gates halved."""

    from_input: Array
    from_state: Array
    bias: Array
    halves: Array

    @classmethod
    def of(cls, cell: LSTMCell) -> Weights:
        """Those of a cell."""
        columns = np.concatenate([np.arange(4 * cell.units)[cell.block(gate)] for gate in ORDER])
        halves = np.full((4 * cell.units, 1), 0.5, cell.kernel.dtype)
        halves[: cell.units] = 1
        bias = np.zeros(4 * cell.units, cell.kernel.dtype) if cell.bias is None else cell.bias
        return cls(
            np.ascontiguousarray(cell.kernel[:, columns].T) * halves,
            np.ascontiguousarray(cell.recurrent_kernel[:, columns].T) * halves,
            bias[columns, None] * halves,
            halves,
        )


@dataclass(frozen=True)
class Record:
    """What a run kept, by rows.

    ``inputs`` (time, feature, batch); ``states`` (time + 1, unit, batch), from the one before on;
    ``parts`` (time + 1, 5·unit, batch), old cell state, candidate, forget, input and output gate of each;
    ``shown`` (time, unit, batch), the tanh of its new cell state.
    """

    cell: LSTMCell
    batch: tuple[int, ...]
    inputs: Array
    states: Array
    parts: Array
    shown: Array

    def steps(self, x: Array) -> Steps:
        """The same as ``lstm`` returns it; views, nothing is copied."""
        u = self.cell.units
        blocks = {
            gate: from_rows(self.parts[:-1, (i + 1) * u : (i + 2) * u], self.batch)
            for i, gate in enumerate(ORDER)
        }
        named = {gate: blocks[gate] for gate in ("forget", "input", "candidate", "output")}
        first = from_rows(self.states[:1], self.batch), from_rows(self.parts[:1, :u], self.batch)
        initial = State(first[0][..., 0, :], first[1][..., 0, :])
        states, cells = self.states[1:], self.parts[1:, :u]
        return Steps(x, initial, named, from_rows(states, self.batch), from_rows(cells, self.batch))


def lstm_states(x: Array, cell: LSTMCell, *, h0: Array | None = None, c0: Array | None = None) -> Array:
    """Only the hidden states (..., time, unit) of sequences (..., time, feature).

    >>> from dlcli.engines.recurrent.lstm import lstm
    >>> from dlcli.engines.recurrent.seeded_cells import seeded_cell
    >>> rng = np.random.default_rng(0)
    >>> x, cell = rng.normal(size=(2, 5, 3)), seeded_cell("lstm", 3, 4, rng)
    >>> np.allclose(lstm_states(x, cell), lstm(x, cell).states)
    True

    Raises ``EngineError`` as ``unroll`` does, and for a cell that ``is_fast`` says no to.
    """
    x, cell, batch, weights = _begin(x, cell)
    rows = to_rows(x)
    u, width = cell.units, rows.shape[2]
    states = np.empty((len(rows), u, width), x.dtype)
    parts = np.zeros((5 * u, width), x.dtype)
    parts[:u] = state_rows(c0, u, batch, x.dtype)
    terms, shown, half = np.empty((2 * u, width), x.dtype), np.empty((u, width), x.dtype), x.dtype.type(0.5)
    c, gates, shut = parts[:u], parts[u:], parts[2 * u :]
    old_and_new, keep_and_take, output = parts[: 2 * u], parts[2 * u : 4 * u], parts[4 * u :]
    kept, taken = terms[:u], terms[u:]
    from_state, h = weights.from_state, state_rows(h0, u, batch, x.dtype)
    matmul, add, multiply, tanh = np.matmul, np.add, np.multiply, np.tanh
    for first, sums in input_sums(weights.from_input, weights.bias, rows):
        for now, after in zip(sums, states[first : first + len(sums)], strict=True):
            matmul(from_state, h, out=gates)
            add(gates, now, out=gates)
            tanh(gates, out=gates)
            multiply(shut, half, out=shut)
            add(shut, half, out=shut)
            multiply(old_and_new, keep_and_take, out=terms)
            add(kept, taken, out=c)
            tanh(c, out=shown)
            multiply(output, shown, out=after)
            h = after
    return from_rows(states, batch)


def lstm_record(x: Array, cell: LSTMCell, *, h0: Array | None = None, c0: Array | None = None) -> Record:
    """The same, keeping all that ``lstm_back`` needs. Raises ``EngineError`` as ``lstm_states`` does."""
    x, cell, batch, weights = _begin(x, cell)
    rows = to_rows(x)
    length, u, width = len(rows), cell.units, rows.shape[2]
    states = np.empty((length + 1, u, width), x.dtype)
    states[0] = state_rows(h0, u, batch, x.dtype)
    parts, shown = np.empty((length + 1, 5 * u, width), x.dtype), np.empty((length, u, width), x.dtype)
    parts[0, :u] = state_rows(c0, u, batch, x.dtype)
    terms, half = np.empty((2 * u, width), x.dtype), x.dtype.type(0.5)
    kept, taken, from_state = terms[:u], terms[u:], weights.from_state
    matmul, add, multiply, tanh = np.matmul, np.add, np.multiply, np.tanh
    for first, sums in input_sums(weights.from_input, weights.bias, rows):
        for t, now in enumerate(sums, first):
            part, seen = parts[t], shown[t]
            gates, shut = part[u:], part[2 * u :]
            matmul(from_state, states[t], out=gates)
            add(gates, now, out=gates)
            tanh(gates, out=gates)
            multiply(shut, half, out=shut)
            add(shut, half, out=shut)
            multiply(part[: 2 * u], part[2 * u : 4 * u], out=terms)
            c = parts[t + 1, :u]
            add(kept, taken, out=c)
            tanh(c, out=seen)
            multiply(part[4 * u :], seen, out=states[t + 1])
    return Record(cell, batch, rows, states, parts, shown)


def lstm_back(record: Record, dstates: Array, *, dcell: Array | None = None) -> Gradients:
    """All gradients, as ``bptt`` gives them, from those at the hidden states (..., time, unit).

    >>> from dlcli.engines.recurrent.bptt import bptt
    >>> from dlcli.engines.recurrent.lstm import lstm
    >>> from dlcli.engines.recurrent.seeded_cells import seeded_cell
    >>> rng = np.random.default_rng(0)
    >>> x, pull, cell = rng.normal(size=(5, 3)), rng.normal(size=(5, 4)), seeded_cell("lstm", 3, 4, rng)
    >>> fast, plain = lstm_back(lstm_record(x, cell), pull), bptt(cell, lstm(x, cell), pull)
    >>> all(np.allclose(fast.weights[name], plain.weights[name]) for name in plain.weights)
    True
    """
    cell, parts, shown = record.cell, record.parts, record.shown
    length, u, width = shown.shape
    dtype = shown.dtype
    back = np.ascontiguousarray(cell.recurrent_kernel)
    dhidden = to_rows(dstates.astype(dtype, copy=False))
    deltas, dcells = np.empty((length, 4 * u, width), dtype), np.empty((length, u, width), dtype)
    forget, blocks = parts[:, 2 * u : 3 * u], deltas.reshape(length, 4, u, width)
    dc, dh, scratch = (
        state_rows(dcell, u, record.batch, dtype),
        np.zeros((u, width), dtype),
        np.empty((u, width), dtype),
    )
    add, multiply, matmul = np.add, np.multiply, np.matmul
    together = steps_together(u * width)
    for first in reversed(range(0, length, together)):
        now = slice(first, min(first + together, length))
        into_cell = _slopes(parts[now], shown[now], deltas[now])
        for t in reversed(range(now.start, now.stop)):
            whole, total, block = dhidden[t], dcells[t], blocks[t]
            add(whole, dh, out=whole)
            multiply(whole, into_cell[t - first], out=scratch)
            add(dc, scratch, out=total)
            multiply(block[:3], total, out=block[:3])
            multiply(block[3], whole, out=block[3])
            multiply(total, forget[t], out=dc)
            matmul(back, deltas[t], out=dh)
    return _gradients(record, deltas, dhidden, dcells, State(dh, dc))


def _slopes(parts: Array, shown: Array, out: Array) -> Array:
    """What the arriving gradient is multiplied with, for some steps, so few that they stay in the cache.

    Into ``out`` (time, 4·unit, batch) goes that of each gate's sum, in Keras' order; what is returned is that
    of the cell state, o (1 − tanh² c).
    """
    u = shown.shape[1]
    one = shown.dtype.type(1)
    old, candidate, forget, take, output = (parts[:, i * u : (i + 1) * u] for i in range(5))
    for place, gate, other in ((0, take, candidate), (1, forget, old), (3, output, shown)):
        slope = out[:, place * u : (place + 1) * u]
        np.subtract(one, gate, out=slope)
        np.multiply(slope, gate, out=slope)
        np.multiply(slope, other, out=slope)
    slope = out[:, 2 * u : 3 * u]
    np.multiply(candidate, candidate, out=slope)
    np.subtract(one, slope, out=slope)
    np.multiply(slope, take, out=slope)
    into_cell = shown * shown
    np.subtract(one, into_cell, out=into_cell)
    return np.multiply(into_cell, output, out=into_cell)


def _begin(x: Array, cell: LSTMCell) -> tuple[Array, LSTMCell, tuple[int, ...], Weights]:
    if not is_fast(cell):
        raise EngineError("the fast LSTM has tanh and no skip connection; try lstm")
    x, made = prepared(x, cell)
    assert isinstance(made, LSTMCell)
    return x, made, x.shape[:-2], Weights.of(made)


def _gradients(record: Record, deltas: Array, dhidden: Array, dcells: Array, first: State) -> Gradients:
    """Each weight's gradient as one product of matrices over all steps."""
    cell, batch = record.cell, record.batch
    flat = side_by_side(deltas)
    weights = {
        "kernel": side_by_side(record.inputs) @ flat.T,
        "recurrent_kernel": side_by_side(record.states[:-1]) @ flat.T,
    }
    if cell.bias is not None:
        weights["bias"] = flat.sum(axis=1)
    assert first.cell is not None
    initial = State(*(from_rows(part[None], batch)[..., 0, :] for part in (first.hidden, first.cell)))

    def tell() -> Deltas:
        sums = from_rows(deltas, batch)
        return Deltas(from_rows(dhidden, batch), from_rows(dcells, batch), sums, sums, initial)

    return Gradients(weights, from_rows(np.matmul(cell.kernel, deltas), batch), initial, tell)
