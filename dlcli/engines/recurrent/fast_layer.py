"""Recurrent layers for long sequences and for training: equal to the definition, several times as fast.

What the LSTM and the GRU here do otherwise than ``Cell.step``: x W of many steps is one product; σ(z) is
½ tanh(z/2) + ½, the half put into the weights, so that one tanh serves all gates; every result goes into
memory that is there already. Backwards, whatever does not wait for the later step is done for many steps at
once, and each weight's gradient is one product of matrices. All other cells go by the definition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import chain, pairwise, repeat
from operator import iadd
from typing import Any, ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.bptt import Deltas, Gradients, bptt
from dlcli.engines.recurrent.cell import Cell, Parts, State, Steps
from dlcli.engines.recurrent.feature_major import (
    Room,
    copied,
    fresh,
    from_rows,
    input_sums,
    side_by_side,
    state_rows,
    steps_together,
    to_rows,
)
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.engines.recurrent.lstm import LSTMCell
from dlcli.engines.recurrent.unroll import expect_states, prepared, unroll
from dlcli.engines.recurrent.vanished import EVERY, drop_vanished


def unroll_fast(
    x: Array, cell: Cell, *, h0: Array | None = None, c0: Array | None = None, mask: Array | None = None
) -> Steps:
    """The same as ``unroll``, to rounding; with a mask it goes by the definition.

    >>> from dlcli.engines.recurrent.seeded_cells import seeded_cell
    >>> rng = np.random.default_rng(0)
    >>> x, cell = rng.normal(size=(5, 3)), seeded_cell("lstm", 3, 2, rng)
    >>> np.allclose(unroll_fast(x, cell).states, unroll(x, cell).states)
    True

    Raises ``EngineError`` as ``unroll`` does.
    """
    if mask is not None:
        return unroll(x, cell, h0=h0, c0=c0, mask=mask)
    kept = record_fast(x, cell, h0=h0, c0=c0)
    return kept if isinstance(kept, Steps) else kept.steps(x.astype(kept.states.dtype, copy=False))


def lstm_states(x: Array, cell: LSTMCell, *, h0: Array | None = None, c0: Array | None = None) -> Array:
    """The hidden states (..., time, unit) of an LSTM over sequences (..., time, feature), and nothing else.

    >>> from dlcli.engines.recurrent.seeded_cells import seeded_cell
    >>> rng = np.random.default_rng(0)
    >>> x, cell = rng.normal(size=(2, 5, 3)), seeded_cell("lstm", 3, 4, rng)
    >>> np.allclose(lstm_states(x, cell), unroll(x, cell).states)
    True

    Raises ``EngineError`` as ``unroll`` does, and for another activation than tanh and a skip connection.
    """
    return LSTM.states(x, cell, h0, c0)


def gru_states(x: Array, cell: GRUCell, *, h0: Array | None = None) -> Array:
    """The hidden states (..., time, unit) of a GRU over sequences (..., time, feature), and nothing else.

    >>> from dlcli.engines.recurrent.seeded_cells import seeded_cell
    >>> rng = np.random.default_rng(0)
    >>> x, cell = rng.normal(size=(2, 5, 3)), seeded_cell("gru", 3, 4, rng)
    >>> np.allclose(gru_states(x, cell), unroll(x, cell).states)
    True

    Raises ``EngineError`` as ``lstm_states`` does, and for a cell that resets before the product.
    """
    return GRU.states(x, cell, h0, None)


def record_fast(
    x: Array, cell: Cell, *, h0: Array | None = None, c0: Array | None = None, room: Room | None = None
) -> Record | Steps:
    """Run a layer over sequences (..., time, feature), and keep what ``bptt_fast`` needs.

    A record gives what ``unroll`` returns by its ``steps(x)``. With ``room`` all large arrays, the gradients
    later among them, lie where it says: who gives the same memory again loses what was there. Raises
    ``EngineError`` as ``unroll`` does.

    >>> from dlcli.engines.recurrent.seeded_cells import seeded_cell
    >>> x, cell = np.ones((5, 3)), seeded_cell("gru", 3, 2, np.random.default_rng(0))
    >>> record_fast(x, cell).steps(x).states.shape
    (5, 2)
    """
    for layer in (LSTM, GRU):
        if layer.runs(cell):
            return layer.record(x, cell, h0, c0, room)
    return unroll(x, cell, h0=h0, c0=c0)


def bptt_fast(cell: Cell, kept: Record | Steps, dstates: Array, *, dcell: Array | None = None) -> Gradients:
    """All gradients of a layer, as ``bptt`` gives them, from what ``record_fast`` kept.

    >>> from dlcli.engines.recurrent.seeded_cells import seeded_cell
    >>> rng = np.random.default_rng(0)
    >>> x, pull, cell = rng.normal(size=(5, 3)), rng.normal(size=(5, 4)), seeded_cell("gru", 3, 4, rng)
    >>> fast, plain = bptt_fast(cell, record_fast(x, cell), pull), bptt(cell, unroll(x, cell), pull)
    >>> all(np.allclose(fast.weights[name], plain.weights[name]) for name in plain.weights)
    True
    """
    if isinstance(kept, Steps):
        return bptt(cell, kept, dstates, dcell=dcell)
    return kept.layer.back(kept, dstates, dcell)


@dataclass(frozen=True)
class Record:
    """What a fast run keeps, by rows.

    ``room`` is where its arrays lie, and those of the way back. ``inputs`` (time, feature, batch); ``states``
    (time + 1, unit, batch), from the one before on; ``parts`` (time, blocks·unit, batch) and ``beside``
    (time, unit, batch) are what each layer says of itself, and so is ``together`` (time + 1, …, batch), where
    it has one.
    """

    layer: _GatedLayer
    cell: Any
    room: Room
    batch: tuple[int, ...]
    inputs: Array
    states: Array
    parts: Array
    beside: Array
    together: Array | None = None

    def steps(self, x: Array) -> Steps:
        """What ``unroll`` returns; views, nothing is copied."""
        parts, cells = self.layer.named(self)
        return Steps(
            x,
            State(self.first(self.states), None if cells is None else self.first(cells)),
            {name: from_rows(part, self.batch) for name, part in parts.items()},
            from_rows(self.states[1:], self.batch),
            None if cells is None else from_rows(cells[1:], self.batch),
        )

    def told(self, dstates: Array, dcell: Array | None) -> Callable[[], Deltas]:
        """The gradients at every state and every sum, for who asks: by the definition, from what is kept."""

        def tell() -> Deltas:
            steps = self.steps(from_rows(self.inputs, self.batch))
            return bptt(self.cell, steps, dstates, dcell=dcell).deltas

        return tell

    def first(self, rows: Array) -> Array:
        """The first of some states (time, unit, batch), as (..., unit)."""
        return from_rows(rows[:1], self.batch)[..., 0, :]


@dataclass(frozen=True)
class _Weights:
    """By rows: (gates·unit, feature), (gates·unit, unit), (gates·unit, 1); those of sigmoid gates halved.

    ``recall_bias`` (unit, 1) is that of h U, inside of the reset gate.
    """

    from_input: Array
    from_state: Array
    bias: Array
    recall_bias: Array | None = None


def _by_rows(
    kernel: Array, recurrent: Array, bias: Array, candidate: slice, recall_bias: Array | None = None
) -> _Weights:
    """The weights by rows, given the columns of the candidate, which is no sigmoid."""
    halves = np.full((len(bias), 1), 0.5, kernel.dtype)
    halves[candidate] = 1
    from_input, from_state = (np.ascontiguousarray(one.T) * halves for one in (kernel, recurrent))
    return _Weights(from_input, from_state, bias[:, None] * halves, recall_bias)


#: Room for two numbers of each unit, (2·unit, batch), and its halves.
_Scratch = tuple[Array, Array, Array]

#: One step: x W + b, the hidden states before and after it, and views of what the layer works in.
_Step = tuple[tuple[Array, ...], tuple[Array, Array], tuple[Array, ...]]


class _GatedLayer:
    """What both layers have in common: which cells they run, and the products of the gradients.

    Each works in ``blocks``·u rows a step. A layer adds the way forward, with a record or without; the way
    ``back``; and what its parts are called.
    """

    blocks: ClassVar[int]
    refusal: ClassVar[str]

    def runs(self, cell: Cell) -> bool:
        return (cell.activation, cell.gate_activation, cell.skip) == ("tanh", "sigmoid", None)

    def back(self, record: Record, dstates: Array, dcell: Array | None) -> Gradients:
        raise NotImplementedError

    def named(self, record: Record) -> tuple[Parts, Array | None]:
        raise NotImplementedError

    def at_weights(self, record: Record, flat: Array, at_input: list[slice]) -> dict[str, Array]:
        """The gradients at the weights, from those at the sums of all steps, (rows, step·batch)."""
        cell, room, columns = record.cell, record.room, record.cell.kernel.shape[1]
        inputs = side_by_side(record.inputs, "inputs beside", room)
        states = side_by_side(record.states[:-1], "states beside", room)
        weights = {
            "kernel": np.concatenate([inputs @ flat[rows].T for rows in at_input], axis=1),
            "recurrent_kernel": states @ flat[:columns].T,
        }
        if cell.bias is not None:
            added = flat @ np.ones(flat.shape[1], flat.dtype)
            bias = np.concatenate([added[rows] for rows in at_input])
            weights["bias"] = bias if cell.bias.ndim == 1 else np.stack([bias, added[:columns]])
        return weights

    def states(self, x: Array, cell: Cell, h0: Array | None, c0: Array | None) -> Array:
        """Only the hidden states: every step works in the same rows."""
        raise NotImplementedError

    def record(self, x: Array, cell: Cell, h0: Array | None, c0: Array | None, room: Room | None) -> Record:
        """The same, every step in rows of its own."""
        raise NotImplementedError

    def _begin(
        self, x: Array, cell: Cell, h0: Array | None, c0: Array | None
    ) -> tuple[Array, Cell, tuple[int, ...], Array, _Scratch]:
        """What fits together in one precision; the sequences by rows; and scratch memory."""
        if not self.runs(cell):
            raise EngineError(self.refusal)
        x, cell = prepared(x, cell)
        expect_states(x, cell, h0, c0)
        rows, u = to_rows(x), cell.units
        scratch = np.empty((2 * u, rows.shape[2]), x.dtype)
        return x, cell, x.shape[:-2], rows, (scratch, scratch[:u], scratch[u:])

    def _at_sums(self, states: Array) -> tuple[Array, Array]:
        """Room for the gradients at four sums of some steps, (time, 4·unit, batch), and their blocks.

        It stays in the cache: of all steps they go beside each other, for the products that add them up.
        """
        length, u, width = states.shape
        deltas = np.empty((min(length, steps_together(u * width)), 4 * u, width), states.dtype)
        return deltas, deltas.reshape(len(deltas), 4, u, width)

    def gradients(
        self,
        record: Record,
        sums: Array,
        at_input: list[slice],
        before: State,
        tell: Callable[[], Deltas],
    ) -> Gradients:
        """Those at all weights and inputs, as products of matrices over all steps.

        ``sums`` (rows, time, batch) begins with the gradient at h U; the blocks of rows ``at_input`` are that
        at x W, both in Keras' order. ``before`` (unit, batch) is that at the state before the first step.
        """
        cell = record.cell
        flat = sums.reshape(len(sums), -1)
        weights = self.at_weights(record, flat, at_input)
        widths = [rows.stop - rows.start for rows in at_input]
        kernels = np.split(cell.kernel, np.cumsum(widths)[:-1], axis=1)
        parts = (
            np.matmul(kernel, flat[rows], out=record.room(f"at inputs {i}", (len(kernel), flat.shape[1])))
            for i, (kernel, rows) in enumerate(zip(kernels, at_input, strict=True))
        )
        dx = reduce(iadd, parts).reshape(len(cell.kernel), *sums.shape[1:])  # (feature, time, batch)
        first = (None if one is None else record.first(one[None]) for one in (before.hidden, before.cell))
        initial = State(*first)  # type: ignore[arg-type]  # only the cell state may be none
        return Gradients(weights, from_rows(dx.transpose(1, 0, 2), record.batch), initial, tell)


class _LSTM(_GatedLayer):
    """The rows of a step: old cell state, candidate, forget, input and output gate; beside them tanh(c).

    A gate is multiplied with what stands two blocks above it, so that one call gives both terms of the new
    cell state. That is written above the rows of the step after it. The state before a step, its input and a
    1 lie below each other, and so do U, W and b: a product for each gate gives its sums of a step, and one
    all gradients. (Gate by gate is faster than at once: OpenBLAS does not copy small matrices.)
    """

    blocks = 5
    refusal = "the fast LSTM has tanh and no skip connection; try lstm"
    order = ("candidate", "forget", "input", "output")

    def runs(self, cell: Cell) -> bool:
        return isinstance(cell, LSTMCell) and super().runs(cell)

    def weights(self, cell: LSTMCell) -> Array:
        """U, W and b as (gate, unit, unit + feature + 1); those of sigmoid gates halved."""
        u, features = cell.units, len(cell.kernel)
        whole = np.empty((4, u, u + features + 1), cell.kernel.dtype)
        for rows, gate in zip(whole, self.order, strict=True):
            block = cell.block(gate)
            rows[:, :u], rows[:, u:-1] = cell.recurrent_kernel[:, block].T, cell.kernel[:, block].T
            rows[:, -1] = 0 if cell.bias is None else cell.bias[block]
        whole[1:] *= 0.5
        return whole

    def states(self, x: Array, cell: Cell, h0: Array | None, c0: Array | None) -> Array:
        x, cell, batch, rows, scratch = self._begin(x, cell, h0, c0)
        length, (u, width) = len(rows), scratch[1].shape
        together = self._together(rows, u, h0, batch, fresh(x.dtype))
        part, beside = np.empty((self.blocks * u, width), x.dtype), np.empty((u, width), x.dtype)
        part[:u] = state_rows(c0, u, batch, x.dtype)
        views = repeat(self.views(part, part, beside, scratch), length)
        self._steps(cell, together, views)
        return from_rows(together[1:, :u], batch)

    def record(self, x: Array, cell: Cell, h0: Array | None, c0: Array | None, room: Room | None) -> Record:
        x, cell, batch, rows, scratch = self._begin(x, cell, h0, c0)
        room, length, (u, width) = room or fresh(x.dtype), len(rows), scratch[1].shape
        together, beside = self._together(rows, u, h0, batch, room), room("beside", (length, u, width))
        parts = room("parts", (length + 1, self.blocks * u, width))
        parts[0, :u] = state_rows(c0, u, batch, x.dtype)
        views = (self.views(parts[t], parts[t + 1], beside[t], scratch) for t in range(length))
        self._steps(cell, together, views)
        inputs = together[:-1, u:-1]
        return Record(self, cell, room, batch, inputs, together[:, :u], parts, beside, together)

    def _together(
        self, rows: Array, units: int, h0: Array | None, batch: tuple[int, ...], room: Room
    ) -> Array:
        """Room for each state (the first is there), its input below it, and a 1: (time + 1, …, batch)."""
        length, features, width = rows.shape
        together = room("together", (length + 1, units + features + 1, width))
        together[0, :units] = state_rows(h0, units, batch, rows.dtype)
        together[:-1, units:-1] = rows
        together[:, -1] = 1
        return together

    def _steps(self, cell: Any, together: Array, views: Iterable[tuple[Array, ...]]) -> None:
        """The arithmetic; ``views`` are those of the rows that each step works in."""
        u, from_all, half = cell.units, self.weights(cell), together.dtype.type(0.5)
        matmul, add, multiply, tanh = np.matmul, np.add, np.multiply, np.tanh
        for (met, following), view in zip(pairwise(together), views, strict=False):
            each, gates, shut, old_and_new, keep_and_take, output, terms, kept, taken, c, shown = view
            matmul(from_all, met, out=each)
            tanh(gates, out=gates)
            multiply(shut, half, out=shut)
            add(shut, half, out=shut)
            multiply(old_and_new, keep_and_take, out=terms)
            add(kept, taken, out=c)
            tanh(c, out=shown)
            multiply(output, shown, out=following[:u])

    def views(self, part: Array, after: Array, beside: Array, scratch: _Scratch) -> tuple[Array, ...]:
        u = len(beside)
        each = part[u:].reshape(4, u, -1)
        old_and_new, keep_and_take = part[: 2 * u], part[2 * u : 4 * u]
        gates = each, part[u:], part[2 * u :]
        return *gates, old_and_new, keep_and_take, part[4 * u :], *scratch, after[:u], beside

    def at_weights(self, record: Record, flat: Array, at_input: list[slice]) -> dict[str, Array]:
        assert record.together is not None
        cell, u, room = record.cell, record.cell.units, record.room
        beside = side_by_side(record.together[:-1], "together beside", room)
        whole = np.matmul(beside, flat.T, out=room("at weights", (len(beside), len(flat))))
        weights = {"kernel": whole[u:-1], "recurrent_kernel": whole[:u]}
        return weights | ({} if cell.bias is None else {"bias": whole[-1]})

    def back(self, record: Record, dstates: Array, dcell: Array | None) -> Gradients:
        parts, shown, room = record.parts, record.beside, record.room
        (length, u, width), dtype = shown.shape, shown.dtype
        back = np.ascontiguousarray(record.cell.recurrent_kernel.reshape(u, 4, u).transpose(1, 0, 2))
        arriving, sums = to_rows(dstates), room("at sums", (4 * u, length, width))
        forget, (deltas, blocks) = parts[:, 2 * u : 3 * u], self._at_sums(shown)
        dh, dc, whole, total, scratch = np.zeros((5, u, width), dtype)
        dc[...] = state_rows(dcell, u, record.batch, dtype)
        from_gates = np.empty((4, u, width), dtype)
        add, multiply, matmul = np.add, np.multiply, np.matmul
        for now in _stretches(length, u * width):
            into_cell = self._slopes(parts[now], shown[now], deltas[: now.stop - now.start])
            for t in reversed(range(now.start, now.stop)):
                block = blocks[t - now.start]
                add(arriving[t], dh, out=whole)
                multiply(whole, into_cell[t - now.start], out=scratch)
                add(dc, scratch, out=total)
                multiply(block[:3], total, out=block[:3])
                multiply(block[3], whole, out=block[3])
                multiply(total, forget[t], out=dc)
                matmul(back, block, out=from_gates)
                add.reduce(from_gates, axis=0, out=dh)
                if not t % EVERY:
                    drop_vanished(dh, dc)
            sums[:, now] = deltas[: now.stop - now.start].transpose(1, 0, 2)
        return self.gradients(record, sums, [slice(0, 4 * u)], State(dh, dc), record.told(dstates, dcell))

    def _slopes(self, parts: Array, shown: Array, out: Array) -> Array:
        """What the gradient that arrives is multiplied with, for some steps.

        Into ``out`` (time, 4·unit, batch) goes that of each gate's sum, in Keras' order; what is returned is
        that of the cell state, o (1 − tanh² c).
        """
        u, one = shown.shape[1], shown.dtype.type(1)
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

    def named(self, record: Record) -> tuple[Parts, Array | None]:
        u = record.cell.units
        rows = {gate: record.parts[:-1, (i + 1) * u : (i + 2) * u] for i, gate in enumerate(self.order)}
        return {gate: rows[gate] for gate in ("forget", "input", "candidate", "output")}, record.parts[:, :u]


class _GRU(_GatedLayer):
    """The rows of a step: update gate, reset gate, candidate; beside them what the reset gate lets in.

    h = z h + (1 − z) n is n + z (h − n), in three calls.
    """

    blocks = 3
    refusal = "the fast GRU has reset_after, tanh and no skip connection; try gru"

    def runs(self, cell: Cell) -> bool:
        return isinstance(cell, GRUCell) and cell.reset_after and super().runs(cell)

    def weights(self, cell: GRUCell) -> _Weights:
        gates = 2 * cell.units
        bias = np.zeros((2, 3 * cell.units), cell.kernel.dtype) if cell.bias is None else cell.bias
        beside = bias[0].copy()
        beside[:gates] += bias[1, :gates]  # outside of the reset gate, both are one
        return _by_rows(
            cell.kernel, cell.recurrent_kernel, beside, slice(gates, None), bias[1, gates:, None].copy()
        )

    def states(self, x: Array, cell: Cell, h0: Array | None, c0: Array | None) -> Array:
        x, cell, batch, rows, _ = self._begin(x, cell, h0, c0)
        rows = copied(rows, "inputs", fresh(x.dtype))
        length, u, width = len(rows), cell.units, rows.shape[2]
        states, before = np.empty((length, u, width), x.dtype), state_rows(h0, u, batch, x.dtype)
        part, beside = np.empty((self.blocks * u, width), x.dtype), np.empty((u, width), x.dtype)
        views = repeat(self.views(part, beside), length)
        self._run(cell, rows, pairwise(chain([before], states)), views)
        return from_rows(states, batch)

    def record(self, x: Array, cell: Cell, h0: Array | None, c0: Array | None, room: Room | None) -> Record:
        x, cell, batch, rows, _ = self._begin(x, cell, h0, c0)
        room = room or fresh(x.dtype)
        rows = copied(rows, "inputs", room)
        length, u, width = len(rows), cell.units, rows.shape[2]
        states, beside = room("states", (length + 1, u, width)), room("beside", (length, u, width))
        states[0] = state_rows(h0, u, batch, x.dtype)
        parts = room("parts", (length, self.blocks * u, width))
        views = (self.views(parts[t], beside[t]) for t in range(length))
        self._run(cell, rows, pairwise(states), views)
        return Record(self, cell, room, batch, rows, states, parts, beside)

    def _run(self, cell: Any, rows: Array, states: Iterable[Any], views: Iterable[Any]) -> None:
        weights, u = self.weights(cell), cell.units
        cuts = slice(0, 2 * u), slice(2 * u, 3 * u)  # of the gates, of the candidate
        many = input_sums(weights.from_input, weights.bias, rows)
        sums = chain.from_iterable(zip(*(some[:, cut] for cut in cuts), strict=True) for _, some in many)
        self.run(weights, zip(sums, states, views, strict=True), rows.shape[2])

    def views(self, part: Array, beside: Array) -> tuple[Array, ...]:
        u = len(beside)
        return part.reshape(3, u, -1), part[: 2 * u], part[:u], part[u : 2 * u], part[2 * u :], beside

    def run(self, weights: _Weights, steps: Iterable[_Step], width: int) -> None:
        assert weights.recall_bias is not None
        u = len(weights.recall_bias)
        from_state, half = weights.from_state.reshape(3, u, u), weights.bias.dtype.type(0.5)
        recall_bias = np.repeat(weights.recall_bias, width, axis=1)
        matmul, add, multiply, subtract, tanh = np.matmul, np.add, np.multiply, np.subtract, np.tanh
        for (for_gates, for_candidate), (h, after), (each, gates, z, r, n, recall) in steps:
            matmul(from_state, h, out=each)
            add(gates, for_gates, out=gates)
            tanh(gates, out=gates)
            multiply(gates, half, out=gates)
            add(gates, half, out=gates)
            add(n, recall_bias, out=recall)
            multiply(recall, r, out=n)
            add(n, for_candidate, out=n)
            tanh(n, out=n)
            subtract(h, n, out=after)
            multiply(after, z, out=after)
            add(after, n, out=after)

    def back(self, record: Record, dstates: Array, dcell: Array | None) -> Gradients:
        parts, recall = record.parts, record.beside
        (length, u, width), dtype = recall.shape, recall.dtype
        back = np.ascontiguousarray(record.cell.recurrent_kernel.reshape(u, 3, u).transpose(1, 0, 2))
        arriving = to_rows(dstates)
        # Three blocks at h U, and the candidate's at x W, where the reset gate is not passed.
        sums, (deltas, blocks) = record.room("at sums", (4 * u, length, width)), self._at_sums(recall)
        update, reset = parts[:, :u], parts[:, u : 2 * u]
        (dh, whole), terms = np.zeros((2, u, width), dtype), np.empty((4, u, width), dtype)
        from_gates, from_state = terms[:3], terms[3]
        add, multiply, matmul = np.add, np.multiply, np.matmul
        for now in _stretches(length, u * width):
            for_update, for_reset, for_candidate = self._slopes(parts[now], recall[now], record.states[now])
            for t in reversed(range(now.start, now.stop)):
                i = t - now.start
                delta = deltas[i]
                dn = delta[3 * u :]
                add(arriving[t], dh, out=whole)
                multiply(for_candidate[i], whole, out=dn)
                multiply(for_update[i], whole, out=delta[:u])
                multiply(dn, for_reset[i], out=delta[u : 2 * u])
                multiply(dn, reset[t], out=delta[2 * u : 3 * u])
                multiply(whole, update[t], out=from_state)
                matmul(back, blocks[i, :3], out=from_gates)
                add.reduce(terms, axis=0, out=dh)
                if not t % EVERY:
                    drop_vanished(dh)
            sums[:, now] = deltas[: now.stop - now.start].transpose(1, 0, 2)
        at_input = [slice(0, 2 * u), slice(3 * u, 4 * u)]
        return self.gradients(record, sums, at_input, State(dh), record.told(dstates, dcell))

    def _slopes(self, parts: Array, recall: Array, before: Array) -> tuple[Array, Array, Array]:
        """What the gradient that arrives is multiplied with at the sums of the gates and the candidate.

        For some steps; at the reset gate what arrives is the candidate's.
        """
        u, one = recall.shape[1], recall.dtype.type(1)
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

    def named(self, record: Record) -> tuple[Parts, Array | None]:
        u = record.cell.units
        update, reset, candidate = (record.parts[:, i * u : (i + 1) * u] for i in range(3))
        return {"update": update, "reset": reset, "recall": record.beside, "candidate": candidate}, None


LSTM, GRU = _LSTM(), _GRU()


def _stretches(length: int, numbers: int) -> Iterator[slice]:
    """All steps from the last to the first, so many at once that their slopes stay in the cache."""
    together = steps_together(numbers)
    for first in reversed(range(0, length, together)):
        yield slice(first, min(first + together, length))
