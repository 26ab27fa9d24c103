"""Sequences with their features along the rows: how the fast recurrent layers keep everything.

With (time, feature, batch) the gates of a step lie below each other, so that one product of matrices gives
all of them, and every part of the arithmetic works on numbers that lie side by side in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from dlcli.engines.base.checks import Array

#: Gives memory for an array by its name and shape: fresh, or the same again and again.
Room = Callable[[str, tuple[int, ...]], Array]

#: Numbers of one gate that are worked on at once; there are some ten such pieces.
CACHED = 1 << 15


def fresh(dtype: np.dtype[np.generic]) -> Room:
    """Memory of its own for each array."""
    return lambda _, shape: np.empty(shape, dtype)


def to_rows(x: Array) -> Array:
    """(..., time, feature) as (time, feature, batch), the axes in front as one batch; a view where it can be.

    >>> to_rows(np.zeros((5, 7, 3))).shape, to_rows(np.zeros((7, 3))).shape
    ((7, 3, 5), (7, 3, 1))
    """
    return x.reshape(-1, *x.shape[-2:]).transpose(1, 2, 0)


def copied(rows: Array, name: str, room: Room) -> Array:
    """The same numbers in the memory of a name."""
    there = room(name, rows.shape)
    np.copyto(there, rows)
    return there


def from_rows(rows: Array, batch: tuple[int, ...]) -> Array:
    """(time, feature, batch) as (..., time, feature); a view of it.

    >>> from_rows(np.zeros((7, 3, 5)), (5,)).shape, from_rows(np.zeros((7, 3, 1)), ()).shape
    ((5, 7, 3), (7, 3))
    """
    view = rows.transpose(2, 0, 1)
    return view.reshape(*batch, *view.shape[1:]) if batch else view[0]


def state_rows(state: Array | None, units: int, batch: tuple[int, ...], dtype: np.dtype[np.generic]) -> Array:
    """A state (..., unit) as (unit, batch); zeros when there is none."""
    if state is None:
        return np.zeros((units, int(np.prod(batch, dtype=int))), dtype)
    return np.ascontiguousarray(state.reshape(-1, units).T.astype(dtype, copy=False))


def side_by_side(rows: Array, name: str, room: Room) -> Array:
    """(time, feature, batch) as (feature, time·batch), for a product of matrices to add up all steps."""
    return copied(rows.transpose(1, 0, 2), name, room).reshape(rows.shape[1], -1)


def input_sums(from_input: Array, bias: Array, rows: Array) -> Iterator[tuple[int, Array]]:
    """W x + b of some steps after the other: the number of the first, and (time, gates·unit, batch).

    ``from_input`` is (gates·unit, feature), ``bias`` (gates·unit, 1), ``rows`` (time, feature, batch). What
    is given is overwritten by what comes next: it is used while it is in the cache.

    >>> rows = np.ones((3, 2, 1))
    >>> [(first, sums.ravel()) for first, sums in input_sums(np.ones((1, 2)), np.ones((1, 1)), rows)]
    [(0, array([3., 3., 3.]))]
    """
    length, _, width = rows.shape
    columns = len(from_input)
    together = min(length, steps_together(columns * width // 4))
    buffer = np.empty((together, columns, width), rows.dtype)
    for first in range(0, length, together):
        sums = buffer[: min(together, length - first)]
        np.matmul(from_input, rows[first : first + len(sums)], out=sums)
        np.add(sums, bias, out=sums)
        yield first, sums


def steps_together(numbers: int) -> int:
    """How many steps, of so many numbers each, to work on at once: so few that they stay in the cache.

    >>> steps_together(128 * 32), steps_together(32)
    (8, 1024)
    """
    return max(1, CACHED // max(1, numbers))
