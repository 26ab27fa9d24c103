"""How long a net remembers: what gates keep, how a recurrent matrix stretches, the net without feedback."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell import Cell, Steps
from dlcli.engines.recurrent.leaky import LeakyCell
from dlcli.engines.recurrent.stacked import run_stack


def spectral_radius(cell: Cell) -> float | None:
    """The size of the largest eigenvalue of the recurrent kernel; None where a cell has none.

    Without gates, and where the activation is steep, the gradient grows or shrinks by about so much a step.
    Of a cell with gates it is that of the candidate's columns.

    >>> from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell
    >>> spectral_radius(SimpleRNNCell(np.eye(2), recurrent_kernel=np.diag([0.5, -0.9])))
    0.9

    Source: Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks, 2013.
    """
    u = cell.arrays().get("recurrent_kernel")
    if u is None:
        return None
    square = u[:, cell.block("candidate" if "candidate" in cell.gates else cell.gates[0])]
    return float(np.abs(np.linalg.eigvals(square)).max())


def keeping_gate(cell: Cell, steps: Steps) -> tuple[str, Array] | None:
    """The gate that the old state is multiplied with: its name and its values (time, unit); None without one.

    A step that is not read keeps all: there it is 1.

    >>> from dlcli.engines.recurrent.leaky import leaky
    >>> cell = LeakyCell(np.eye(1), alpha=0.5)
    >>> keeping_gate(cell, leaky(np.array([[8.0], [0.0]]), cell))
    ('alpha', array([[0.5],
           [0.5]]))
    """
    if isinstance(cell, LeakyCell):
        gate = np.full_like(steps.states, cell.alpha)
        return "alpha", gate if steps.mask is None else np.where(steps.mask[..., None], gate, 1)
    for name in ("forget", "update"):
        if name in steps.parts:
            gate = steps.parts[name]
            return name, gate if steps.mask is None else np.where(steps.mask[..., None], gate, 1)
    return None


def kept_by_distance(gate: Array) -> Array:
    """The product of a gate over the last d steps, the mean over all steps and units, for d from 0 on.

    ``gate`` is (time, unit), from 0 to 1; the result (time,).

    >>> kept_by_distance(np.full((4, 2), 0.5))
    array([1.   , 0.5  , 0.25 , 0.125])
    """
    length = len(gate)
    with np.errstate(divide="ignore"):
        logs = np.cumsum(np.log(gate.astype(float)), axis=0)  # (time, unit)
    found = np.ones(length)
    for d in range(1, length):
        # A gate of exactly 0 keeps nothing: its sums are -inf, and -inf less -inf would be no number.
        with np.errstate(invalid="ignore"):
            spans = np.exp(logs[d:] - logs[:-d])
        found[d] = np.where(np.isnan(spans), 0, spans).mean()
    return found


def without_memory(x: Array, layers: Sequence[Layer], *, mask: Array | None = None) -> Array:
    """The outputs (time, width) of the same net with its feedback cut: each step begins anew.

    A step where ``mask`` (time,) is false is not read: it gives zeros.

    >>> cell = LeakyCell(np.eye(1), alpha=0.5)
    >>> without_memory(np.array([[8.0], [0.0], [8.0]]), [Layer(cell)]).ravel()
    array([4., 0., 4.])
    """
    return run_stack(x[:, None, :], layers, mask=None if mask is None else mask[:, None]).outputs[:, 0, :]


def running_sums(x: Array) -> Array:
    """The sums of all inputs (time, feature) up to each step; 0 where one is no more than its own rounding.

    Adding n numbers rounds by up to n · ε · Σ|x|: a sum within that cannot be told from 0, and its digits are
    those of an order and a processor.

    >>> running_sums(np.array([[0.1], [0.2], [-0.3]])).ravel()
    array([0.1, 0.3, 0. ])
    """
    sums, sizes = np.cumsum(x, axis=0), np.cumsum(np.abs(x), axis=0)
    rounding = np.arange(1, len(x) + 1)[:, None] * np.finfo(sums.dtype).eps * sizes
    return np.where(np.abs(sums) <= rounding, 0, sums)


def adding_up(x: Array, layers: Sequence[Layer]) -> Array:
    """The outputs (time, width) of a net without memory that reads the sum of all inputs up to each step.

    It is what a feed-forward net can make of a sequence of any length: nothing is forgotten, but in which
    order it came is.

    >>> cell = LeakyCell(np.eye(1), alpha=0.5)
    >>> adding_up(np.array([[8.0], [0.0], [8.0]]), [Layer(cell)]).ravel()
    array([4., 4., 8.])
    """
    return without_memory(running_sums(x), layers)


def other_orders(x: Array) -> list[Array]:
    """Orders of the steps of (time, feature) that make another sequence of them, each as their places.

    The first leaves the last step where it is, if one can; the other changes all. Both read from the end
    where that is another sequence, else a step later.

    >>> [order.tolist() for order in other_orders(np.array([[1.0], [0.0], [2.0]]))]
    [[1, 0, 2], [2, 1, 0]]
    >>> [order.tolist() for order in other_orders(np.array([[1.0], [2.0], [1.0]]))]
    [[1, 0, 2], [1, 2, 0]]
    """
    every = np.arange(len(x))
    found = []
    for moved, stay in ((every[:-1], every[-1:]), (every, every[:0])):
        for turned in (moved[::-1], np.roll(moved, -1)):
            order = np.concatenate([turned, stay])
            if not np.array_equal(x[order], x):
                found.append(order)
                break
    return found


def first_not_finite(outputs: Array) -> int | None:
    """The first step of (time, unit) with a NaN or an infinity in it; None when there is none.

    >>> first_not_finite(np.array([[1.0, 2.0], [np.inf, 0.0]]))
    1
    """
    bad = np.flatnonzero(~np.isfinite(outputs).all(axis=-1))
    return int(bad[0]) if bad.size else None


def same_inputs(x: Array) -> tuple[int, int] | None:
    """The first two steps of (time, feature) that read the same; None when there are none.

    >>> same_inputs(np.array([[1.0], [2.0], [3.0], [2.0]]))
    (1, 3)
    """
    seen: dict[bytes, int] = {}
    for t, row in enumerate(x):
        first = seen.setdefault(row.tobytes(), t)
        if first < t:
            return first, t
    return None
