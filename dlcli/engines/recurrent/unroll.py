"""Unrolling: the same cell at every step of a sequence, each step receiving the state of the one before."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, compute_dtype
from dlcli.engines.recurrent.cell import Cell, State, Steps


def unroll(x: Array, cell: Cell, *, h0: Array | None = None, c0: Array | None = None) -> Steps:
    """What ``cell`` does at every step of a sequence, by the definition.

    Parameters
    ----------
    x : array (..., time, feature)
        One sequence, or several of the same length. float32 stays float32; short integers become it.
    cell : Cell
        The weights; they are brought to the precision of ``x``.
    h0, c0 : arrays (..., unit)
        The state before the first step; zeros unless given.

    Raises ``EngineError`` for a sequence without steps, another number of features than the kernel has rows,
    and weights or states that do not fit.

    >>> from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell
    >>> cell = SimpleRNNCell(np.eye(1), recurrent_kernel=np.eye(1), activation="linear")
    >>> unroll(np.array([[1.0], [2.0], [3.0]]), cell).states.ravel()
    array([1., 3., 6.])

    Source: Goodfellow, Bengio and Courville, Deep Learning, section 10.1.
    """
    x, cell = prepared(x, cell)
    initial = initial_state(x, cell, h0, c0)
    sums = input_sums(x, cell)
    history = [initial]  # the state before each step
    parts: dict[str, list[Array]] = {}
    for t in range(x.shape[-2]):
        now = sums[..., t, :]
        if cell.skip and t >= cell.skip.steps - 1:
            now = now + history[t + 1 - cell.skip.steps].hidden @ cell.skip.kernel
        found, after = cell.step(now, history[-1])
        history.append(after)
        for name, part in found.items():
            parts.setdefault(name, []).append(part)
    cells = [after.cell for after in history[1:] if after.cell is not None]
    return Steps(
        inputs=x,
        initial=initial,
        parts={name: np.stack(part, axis=-2) for name, part in parts.items()},
        states=np.stack([after.hidden for after in history[1:]], axis=-2),
        cell=np.stack(cells, axis=-2) if cells else None,
    )


def prepared(x: Array, cell: Cell) -> tuple[Array, Cell]:
    """The sequence and the cell in one precision, once they fit together."""
    dtype = compute_dtype(x)
    cell.check()
    if dtype.kind == "c":
        raise EngineError(f"a recurrent cell is not defined for complex numbers; received {x.dtype}")
    if x.ndim < 2:
        raise EngineError(f"a sequence has axes (..., time, feature); received shape {x.shape}")
    if not x.shape[-2]:
        raise EngineError(
            f"an empty sequence: there is no step in shape {x.shape}; try one of at least 1 step"
        )
    if x.shape[-1] != cell.features:
        raise EngineError(
            f"these weights of a cell '{cell.kind}' are for {cell.features} "
            f"feature{'s' * (cell.features != 1)} a step; the sequence has {x.shape[-1]}"
        )
    return x.astype(dtype, copy=False), cell.astype(dtype)


def initial_state(x: Array, cell: Cell, h0: Array | None, c0: Array | None) -> State:
    """The state before the first step: what was given, or zeros."""
    shape = (*x.shape[:-2], cell.units)

    def one(name: str, given: Array | None) -> Array:
        if given is None:
            return np.zeros(shape, x.dtype)
        if given.shape != shape:
            raise EngineError(f"{name} of this cell has shape {shape}; received {given.shape}")
        return given.astype(x.dtype, copy=False)

    if c0 is not None and not cell.has_cell:
        raise EngineError(f"a cell '{cell.kind}' has no cell state, only an LSTM has; try h0")
    return State(one("h0", h0), one("c0", c0) if cell.has_cell else None)


def input_sums(x: Array, cell: Cell) -> Array:
    """x W + b for all steps at once, (..., time, gates·unit): nothing in it waits for a step before."""
    sums = x @ cell.kernel
    return sums if cell.input_bias is None else sums + cell.input_bias
