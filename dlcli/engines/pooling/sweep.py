"""Windows folded in two sweeps, down the rows and then across the columns, strip by strip.

The maximum of a rectangle is the maximum of its rows' maxima, and likewise its sum: where windows overlap
at every step, k rows and k columns cost 2 (k - 1) operations a window instead of k² - 1. An operation takes
one cell of every window at once, so that NumPy runs along whole rows, and a strip of rows stays in the
second-level cache between the two sweeps.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from dlcli.engines.base.checks import Array, DType
from dlcli.engines.base.tiles import for_each, thread_count
from dlcli.engines.pooling.windows import AxisWindows, PoolWindows

#: Bytes that a strip of rows touches between its first sweep and its last.
CACHE_BYTES = 1_000_000

#: Bytes of small pictures taken at a time: for these, Python's own time counts more than the cache.
BATCH_BYTES = 2_000_000

#: Channels up to which each has a sweep across the columns of its own.
FEW = 6

#: Pictures, output rows, the input rows that these see, and their windows.
Piece = tuple[slice, slice, slice, AxisWindows]


def at(array: Array, places: slice | int, axis: int) -> Array:
    """A view of some places along one axis."""
    index: tuple[Any, ...] = (slice(None),) * axis
    return array[(*index, places)]


def slide(fold: np.ufunc, x: Array, line: AxisWindows, axis: int, out: Array, start: Any) -> None:
    """Fold the cells of each window along one axis: out[i] = fold of x[i * stride + r * dilation] over r.

    ``start`` is the number that changes nothing: 0 for a sum, the least of all for a maximum.

    >>> out = np.empty(2, int)
    >>> slide(np.maximum, np.array([3, 9, 4, 1]), AxisWindows(4, 2, 2, 2, 1, 0), 0, out, 0)
    >>> out
    array([9, 4])
    """
    if axis == x.ndim - 2 and x.shape[-1] <= FEW:  # NumPy's innermost loop would be too short
        for c in range(x.shape[-1]):
            _slide(fold, x[..., c], line, axis, out[..., c], start)
    else:
        _slide(fold, x, line, axis, out, start)


def _slide(fold: np.ufunc, x: Array, line: AxisWindows, axis: int, out: Array, start: Any) -> None:
    if line.size > line.count:  # few windows with many cells: window by window
        for i in range(line.count):
            inside = line.inside(i)
            seen = at(x, slice(inside.start, inside.stop, inside.step), axis)
            fold.reduce(seen, axis=axis, dtype=out.dtype, out=at(out, i, axis))
        return
    everywhere, reached = _in_order(line)
    if everywhere >= 2:
        fold(at(x, reached[0][1], axis), at(x, reached[1][1], axis), out=out, dtype=out.dtype)
    elif everywhere:
        np.copyto(out, at(x, reached[0][1], axis))
    else:
        out.fill(start)
    for windows, cells in reached[min(everywhere, 2) :]:
        into = at(out, windows, axis)
        fold(into, at(x, cells, axis), out=into, dtype=out.dtype)


@lru_cache(maxsize=64)
def _in_order(line: AxisWindows) -> tuple[int, list[tuple[slice, slice]]]:
    """Where each cell of the windows lies, those first that every window has, and how many these are."""
    reached = [line.reach(r) for r in range(line.size)]
    whole = slice(0, line.count)
    reached.sort(key=lambda found: found[0] != whole)
    return sum(windows == whole for windows, _ in reached), reached


@lru_cache(maxsize=32)
def pieces(windows: PoolWindows, shape: tuple[int, ...], item: int) -> list[Piece]:
    """A batch (batch, height, width, channel) cut to fit the cache: rows of one picture, or several pictures.

    ``item`` is how many bytes a number takes. A network asks for the same ones in every step.
    """
    batch, _, width, channels = shape
    height = windows.where.out_size[0]
    row = (windows.where.stride[0] + 1) * width * channels * item
    rows = CACHE_BYTES // row
    if rows >= height:
        rows, step = height, max(1, BATCH_BYTES // (row * height))
    else:
        rows, step = max(1, rows), 1
    strips = [
        (slice(top, bottom), *windows.rows.strip(top, bottom))
        for top in range(0, height, rows)
        for bottom in [min(top + rows, height)]
    ]
    return [(slice(n, min(n + step, batch)), *strip) for n in range(0, batch, step) for strip in strips]


def sweep(
    fold: np.ufunc,
    x: Array,
    y: Array,
    windows: PoolWindows,
    *,
    start: Any,
    dtype: DType,
    before: Callable[[Array], Array] | None = None,
    after: Callable[[Array, slice], None] | None = None,
    threads: int | None = None,
) -> Array:
    """Fold every window of x into y; ``before`` turns cells into what is folded, ``after`` finishes y's rows.

    It folds in ``dtype``. ``after`` is handed rows of y (batch, row, column, channel) and which they are.
    """
    if not len(x):
        return y
    width, channels = x.shape[2:]
    columns = windows.columns
    across_first = channels > FEW
    parts = pieces(windows, x.shape, max(x.itemsize, dtype.itemsize))
    pictures, tall = (
        parts[0][0].stop,
        max(rows.stop - rows.start if across_first else out.stop - out.start for _, out, rows, _ in parts),
    )
    wide = columns.count if across_first else width
    buffered = y.dtype != dtype

    def worker() -> Callable[[Piece], None]:
        scratch = np.empty((pictures, tall, wide, channels), dtype)
        folded = np.empty((pictures, tall, *y.shape[2:]) if buffered else 0, dtype)

        def do(piece: Piece) -> None:
            taken, out, rows, line = piece
            seen, into = x[taken, rows], y[taken, out]
            if before is not None:
                seen = before(seen)
            target = folded[: len(into), : into.shape[1]] if buffered else into
            if across_first:
                middle = scratch[: len(seen), : seen.shape[1]]
                slide(fold, seen, columns, 2, middle, start)
                slide(fold, middle, line, 1, target, start)
            else:
                middle = scratch[: len(seen), : into.shape[1]]
                slide(fold, seen, line, 1, middle, start)
                slide(fold, middle, columns, 2, target, start)
            if buffered:
                into[...] = target
            if after is not None:
                after(into, out)

        return do

    count = thread_count(threads, x.size * sum(windows.where.kernel), 2 * pictures * tall * wide * x.itemsize)
    for_each(parts, worker, count)
    return y
