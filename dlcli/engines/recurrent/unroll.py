"""Unrolling: the same cell at every step of a sequence, each step receiving the state of the one before."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, compute_dtype
from dlcli.engines.recurrent.cell import Cell, State, Steps


def unroll(
    x: Array,
    cell: Cell,
    *,
    h0: Array | None = None,
    c0: Array | None = None,
    mask: Array | None = None,
) -> Steps:
    """What ``cell`` does at every step of a sequence, by the definition.

    Parameters
    ----------
    x : array (..., time, feature)
        One sequence, or several of the same length. float32 stays float32; short integers become it.
    cell : Cell
        The weights; they are brought to the precision of ``x``.
    h0, c0 : arrays (..., unit)
        The state before the first step; zeros unless given.
    mask : bool array (..., time), optional
        Where it is false a step is not read: it hands on the state that it was given, as Keras has it.

    Raises ``EngineError`` for a sequence without steps, another number of features than the kernel has rows,
    weights, states or a mask that do not fit, and a mask beside a skip connection.

    >>> from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell
    >>> cell = SimpleRNNCell(np.eye(1), recurrent_kernel=np.eye(1), activation="linear")
    >>> unroll(np.array([[1.0], [2.0], [3.0]]), cell).states.ravel()
    array([1., 3., 6.])
    >>> unroll(np.array([[1.0], [2.0], [3.0]]), cell, mask=np.array([True, False, True])).states.ravel()
    array([1., 1., 4.])

    Source: Goodfellow, Bengio and Courville, Deep Learning, section 10.1.
    """
    x, cell = prepared(x, cell)
    initial = initial_state(x, cell, h0, c0)
    mask = None if mask is None else fitting_mask(mask, x, cell)
    sums = input_sums(x, cell)
    history = [initial]  # the state before each step
    parts: dict[str, list[Array]] = {}
    for t in range(x.shape[-2]):
        now = sums[..., t, :]
        if cell.skip and t >= cell.skip.steps - 1:
            now = now + history[t + 1 - cell.skip.steps].hidden @ cell.skip.kernel
        found, after = cell.step(now, history[-1])
        if mask is not None:
            after = after.where(mask[..., t, None], history[-1])
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
        mask=mask,
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
    expect_states(x, cell, h0, c0)

    def one(given: Array | None) -> Array:
        if given is None:
            return np.zeros((*x.shape[:-2], cell.units), x.dtype)
        return given.astype(x.dtype, copy=False)

    return State(one(h0), one(c0) if cell.has_cell else None)


def expect_states(x: Array, cell: Cell, h0: Array | None, c0: Array | None) -> None:
    """Raise ``EngineError`` for states before the first step that do not fit."""
    shape = (*x.shape[:-2], cell.units)
    if c0 is not None and not cell.has_cell:
        raise EngineError(f"a cell '{cell.kind}' has no cell state, only an LSTM has; try h0")
    for name, given in (("h0", h0), ("c0", c0)):
        if given is not None and given.shape != shape:
            raise EngineError(f"{name} of this cell has shape {shape}; received {given.shape}")


def fitting_mask(mask: Array, x: Array, cell: Cell) -> Array:
    """The mask, once it fits. Raises ``EngineError`` for another, and for a cell that can have none."""
    if cell.skip is not None:
        raise EngineError("a skip connection counts steps, and a mask leaves some out; use one of both")
    if mask.shape != x.shape[:-1] or mask.dtype != bool:
        raise EngineError(
            f"the mask of these steps is bool, {x.shape[:-1]}; received {mask.dtype} {mask.shape}"
        )
    return mask


def input_sums(x: Array, cell: Cell) -> Array:
    """x W + b for all steps at once, (..., time, gates·unit): nothing in it waits for a step before."""
    sums = x @ cell.kernel
    return sums if cell.input_bias is None else sums + cell.input_bias
