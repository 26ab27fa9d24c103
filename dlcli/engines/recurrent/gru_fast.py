"""A GRU layer for long sequences and for training: equal to the definition, several times as fast.

The ways are those of ``lstm_fast``: many steps' x W in one product, one tanh for both gates, results into
memory that is there already, and h = n + z (h − n) in three calls.
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
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.engines.recurrent.unroll import prepared


def is_fast(cell: object) -> bool:
    """Whether a cell is a GRU that this file can run: reset_after, tanh, no skip connection."""
    return isinstance(cell, GRUCell) and cell.reset_after and cell.activation == "tanh" and cell.skip is None


@dataclass(frozen=True)
class Weights:
    """The weights by rows, in Keras' order: update, reset, candidate; those of the two gates halved.

    ``recall_bias`` (unit, 1) is what is added to the candidate's h U, inside of the reset gate.
    """

    from_input: Array
    from_state: Array
    bias: Array
    recall_bias: Array
    halves: Array

    @classmethod
    def of(cls, cell: GRUCell) -> Weights:
        """Those of a cell: outside of the reset gate, both biases are one."""
        u = cell.units
        halves = np.full((3 * u, 1), 0.5, cell.kernel.dtype)
        halves[2 * u :] = 1
        bias = np.zeros((2, 3 * u), cell.kernel.dtype) if cell.bias is None else cell.bias
        beside = bias[0].copy()
        beside[: 2 * u] += bias[1, : 2 * u]
        return cls(
            np.ascontiguousarray(cell.kernel.T) * halves,
            np.ascontiguousarray(cell.recurrent_kernel.T) * halves,
            beside[:, None] * halves,
            bias[1, 2 * u :, None].copy(),
            halves,
        )


@dataclass(frozen=True)
class Record:
    """What a run kept, by rows.

    ``inputs`` (time, feature, batch); ``states`` (time + 1, unit, batch), from the one before on;
    ``parts`` (time, 3·unit, batch), update, reset and candidate; ``recall`` (time, unit, batch), what the
    reset gate was multiplied with.
    """

    cell: GRUCell
    batch: tuple[int, ...]
    inputs: Array
    states: Array
    parts: Array
    recall: Array

    def steps(self, x: Array) -> Steps:
        """The same as ``gru`` returns it; views, nothing is copied."""
        u = self.cell.units
        named = {
            gate: from_rows(self.parts[:, i * u : (i + 1) * u], self.batch)
            for i, gate in enumerate(self.cell.gates)
        }
        parts = {
            "update": named["update"],
            "reset": named["reset"],
            "recall": from_rows(self.recall, self.batch),
        }
        parts["candidate"] = named["candidate"]
        initial = State(from_rows(self.states[:1], self.batch)[..., 0, :])
        return Steps(x, initial, parts, from_rows(self.states[1:], self.batch))


def gru_states(x: Array, cell: GRUCell, *, h0: Array | None = None) -> Array:
    """Only the hidden states (..., time, unit) of sequences (..., time, feature).

    >>> from dlcli.engines.recurrent.gru import gru
    >>> from dlcli.engines.recurrent.seeded_cells import seeded_cell
    >>> rng = np.random.default_rng(0)
    >>> x, cell = rng.normal(size=(2, 5, 3)), seeded_cell("gru", 3, 4, rng)
    >>> np.allclose(gru_states(x, cell), gru(x, cell).states)
    True

    Raises ``EngineError`` as ``unroll`` does, and for a cell that ``is_fast`` says no to.
    """
    x, cell, batch, weights = _begin(x, cell)
    rows = to_rows(x)
    u, width = cell.units, rows.shape[2]
    states = np.empty((len(rows), u, width), x.dtype)
    parts, half = np.empty((3 * u, width), x.dtype), x.dtype.type(0.5)
    gates, z, r, n = parts[: 2 * u], parts[:u], parts[u : 2 * u], parts[2 * u :]
    recall_bias = np.repeat(weights.recall_bias, width, axis=1)
    from_state, h = weights.from_state, state_rows(h0, u, batch, x.dtype)
    matmul, add, multiply, subtract, tanh = np.matmul, np.add, np.multiply, np.subtract, np.tanh
    for first, sums in input_sums(weights.from_input, weights.bias, rows):
        pieces = sums[:, : 2 * u], sums[:, 2 * u :], states[first : first + len(sums)]
        for for_gates, for_candidate, after in zip(*pieces, strict=True):
            matmul(from_state, h, out=parts)
            add(gates, for_gates, out=gates)
            tanh(gates, out=gates)
            multiply(gates, half, out=gates)
            add(gates, half, out=gates)
            add(n, recall_bias, out=n)
            multiply(n, r, out=n)
            add(n, for_candidate, out=n)
            tanh(n, out=n)
            subtract(h, n, out=after)
            multiply(after, z, out=after)
            add(after, n, out=after)
            h = after
    return from_rows(states, batch)


def gru_record(x: Array, cell: GRUCell, *, h0: Array | None = None) -> Record:
    """The same, keeping all that ``gru_back`` needs. Raises ``EngineError`` as ``gru_states`` does."""
    x, cell, batch, weights = _begin(x, cell)
    rows = to_rows(x)
    length, u, width = len(rows), cell.units, rows.shape[2]
    states = np.empty((length + 1, u, width), x.dtype)
    states[0] = state_rows(h0, u, batch, x.dtype)
    parts, recalls = np.empty((length, 3 * u, width), x.dtype), np.empty((length, u, width), x.dtype)
    recall_bias, half = np.repeat(weights.recall_bias, width, axis=1), x.dtype.type(0.5)
    from_state = weights.from_state
    matmul, add, multiply, subtract, tanh = np.matmul, np.add, np.multiply, np.subtract, np.tanh
    for first, sums in input_sums(weights.from_input, weights.bias, rows):
        for t, now in enumerate(sums, first):
            part, recall, h, after = parts[t], recalls[t], states[t], states[t + 1]
            gates, n = part[: 2 * u], part[2 * u :]
            matmul(from_state, h, out=part)
            add(gates, now[: 2 * u], out=gates)
            tanh(gates, out=gates)
            multiply(gates, half, out=gates)
            add(gates, half, out=gates)
            add(n, recall_bias, out=recall)
            multiply(recall, part[u : 2 * u], out=n)
            add(n, now[2 * u :], out=n)
            tanh(n, out=n)
            subtract(h, n, out=after)
            multiply(after, part[:u], out=after)
            add(after, n, out=after)
    return Record(cell, batch, rows, states, parts, recalls)


def gru_back(record: Record, dstates: Array) -> Gradients:
    """All gradients, as ``bptt`` gives them, from those at the hidden states (..., time, unit).

    >>> from dlcli.engines.recurrent.bptt import bptt
    >>> from dlcli.engines.recurrent.gru import gru
    >>> from dlcli.engines.recurrent.seeded_cells import seeded_cell
    >>> rng = np.random.default_rng(0)
    >>> x, pull, cell = rng.normal(size=(5, 3)), rng.normal(size=(5, 4)), seeded_cell("gru", 3, 4, rng)
    >>> fast, plain = gru_back(gru_record(x, cell), pull), bptt(cell, gru(x, cell), pull)
    >>> all(np.allclose(fast.weights[name], plain.weights[name]) for name in plain.weights)
    True
    """
    parts, recall = record.parts, record.recall
    length, u, width = recall.shape
    dtype = recall.dtype
    back = np.ascontiguousarray(record.cell.recurrent_kernel)
    dhidden = to_rows(dstates.astype(dtype, copy=False))
    # At h U; at x W only the candidate's differs, where the reset gate is not passed: that is ``candidates``.
    deltas, candidates = np.empty((length, 3 * u, width), dtype), np.empty((length, u, width), dtype)
    update, reset = parts[:, :u], parts[:, u : 2 * u]
    dh, scratch = np.zeros((u, width), dtype), np.empty((u, width), dtype)
    add, multiply, matmul = np.add, np.multiply, np.matmul
    together = steps_together(u * width)
    for first in reversed(range(0, length, together)):
        now = slice(first, min(first + together, length))
        for_update, for_reset, for_candidate = _slopes(parts[now], recall[now], record.states[now])
        for t in reversed(range(now.start, now.stop)):
            whole, delta, dn, i = dhidden[t], deltas[t], candidates[t], t - first
            add(whole, dh, out=whole)
            multiply(for_candidate[i], whole, out=dn)
            multiply(for_update[i], whole, out=delta[:u])
            multiply(dn, for_reset[i], out=delta[u : 2 * u])
            multiply(dn, reset[t], out=delta[2 * u :])
            multiply(whole, update[t], out=dh)
            matmul(back, delta, out=scratch)
            add(dh, scratch, out=dh)
    return _gradients(record, deltas, candidates, dhidden, dh)


def _slopes(parts: Array, recall: Array, before: Array) -> tuple[Array, Array, Array]:
    """What the arriving gradient is multiplied with at the sums of update gate, reset gate and candidate.

    For some steps, so few that they stay in the cache; at the reset gate what arrives is the candidate's.
    """
    u = recall.shape[1]
    one = recall.dtype.type(1)
    z, r, n = parts[:, :u], parts[:, u : 2 * u], parts[:, 2 * u :]
    fresh = np.subtract(one, z)
    for_candidate = np.multiply(n, n)
    np.subtract(one, for_candidate, out=for_candidate)
    np.multiply(for_candidate, fresh, out=for_candidate)
    for_update = np.subtract(before, n)
    np.multiply(for_update, z, out=for_update)
    np.multiply(for_update, fresh, out=for_update)
    for_reset = np.subtract(one, r, out=fresh)
    np.multiply(for_reset, r, out=for_reset)
    np.multiply(for_reset, recall, out=for_reset)
    return for_update, for_reset, for_candidate


def _begin(x: Array, cell: GRUCell) -> tuple[Array, GRUCell, tuple[int, ...], Weights]:
    if not is_fast(cell):
        raise EngineError("the fast GRU has reset_after, tanh and no skip connection; try gru")
    x, made = prepared(x, cell)
    assert isinstance(made, GRUCell)
    return x, made, x.shape[:-2], Weights.of(made)


def _gradients(record: Record, deltas: Array, candidates: Array, dhidden: Array, first: Array) -> Gradients:
    """Each weight's gradient as products of matrices over all steps; at x W the gates' are the same."""
    cell, batch, u = record.cell, record.batch, record.cell.units
    gates = 2 * u
    at_state, at_candidate, inputs = (side_by_side(one) for one in (deltas, candidates, record.inputs))
    weights = {
        "kernel": np.concatenate([inputs @ at_state[:gates].T, inputs @ at_candidate.T], axis=1),
        "recurrent_kernel": side_by_side(record.states[:-1]) @ at_state.T,
    }
    if cell.bias is not None:
        recurrent = at_state.sum(axis=1)
        weights["bias"] = np.stack([np.append(recurrent[:gates], at_candidate.sum(axis=1)), recurrent])
    dx = np.matmul(np.ascontiguousarray(cell.kernel[:, :gates]), deltas[:, :gates])
    dx += np.matmul(np.ascontiguousarray(cell.kernel[:, gates:]), candidates)
    initial = State(from_rows(first[None], batch)[..., 0, :])

    def tell() -> Deltas:
        sums = np.concatenate([deltas[:, :gates], candidates], axis=1)
        hidden, at_sums, at_recurrent = (from_rows(part, batch) for part in (dhidden, sums, deltas))
        return Deltas(hidden, None, at_sums, at_recurrent, initial)

    return Gradients(weights, from_rows(dx, batch), initial, tell)
