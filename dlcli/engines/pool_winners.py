"""Which cell of each window is its largest, or its least, found in two sweeps."""

from __future__ import annotations

import numpy as np

from dlcli.engines.checks import Array
from dlcli.engines.pool_sweep import Piece, at, pieces
from dlcli.engines.pool_windows import Line, PoolWindows
from dlcli.engines.tiles import for_each, thread_count


def winners(x: Array, windows: PoolWindows, largest: bool = True, *, threads: int | None = None) -> Array:
    """The places of ``extreme_plain``: row * width + column of each window's winner.

    First the best cell of each row of a window, then the best of these: the first of equals stays the first,
    row by row, and the last NaN the last.

    >>> from dlcli.engines.pool_windows import pool_windows
    >>> winners(np.array([3, 9, 4, 4]).reshape(1, 1, 4, 1), pool_windows((1, 4), (1, 2)))[0, 0, :, 0]
    array([1, 2])
    """
    y = np.empty((len(x), *windows.where.out_size, x.shape[3]), np.int64)
    if not len(x):
        return y
    parts = pieces(windows, x.shape, 2 * y.itemsize + x.itemsize)

    def do(piece: Piece) -> None:
        taken, out, _, _ = piece
        y[taken, out] = piece_winners(x, windows, piece, largest)

    scratch = parts[0][0].stop * x[0].nbytes
    for_each(parts, lambda: do, thread_count(threads, x.size * sum(windows.where.kernel), scratch))
    return y


def piece_winners(x: Array, windows: PoolWindows, piece: Piece, largest: bool) -> Array:
    """The winners of one piece: (batch, row, column, channel), places being those in the whole picture."""
    taken, _, rows, line = piece
    seen, width = x[taken, rows], x.shape[2]
    columns = np.broadcast_to(np.arange(width)[:, None], seen.shape)
    best, places = contest(seen, columns, windows.columns, 2, largest)
    places += (np.arange(rows.start, rows.stop) * width)[:, None, None]
    return contest(best, places, line, 1, largest)[1]


def contest(values: Array, marks: Array, line: Line, axis: int, largest: bool = True) -> tuple[Array, Array]:
    """The best value of each window along an axis, and the mark that stands beside it.

    >>> contest(np.array([3, 9, 4, 4]), np.arange(4), Line(4, 2, 2, 2, 1, 0), 0)
    (array([9, 4]), array([1, 2]))
    """
    better = np.greater if largest else np.less
    first = [line.inside(i).start for i in range(line.count)]
    best, mark = values.take(first, axis=axis), marks.take(first, axis=axis)
    strange = values.dtype.kind == "f" and bool(np.isnan(values.max()))
    wins, nan = np.empty(best.shape, bool), np.empty(best.shape, bool)
    for r in range(line.size):
        reached, cells = line.reach(r)
        value, win = at(values, cells, axis), at(wins, reached, axis)
        better(value, at(best, reached, axis), out=win)
        if strange:
            # Only a NaN differs from itself; NumPy 2.4's isnan goes astray between strided arrays.
            win |= np.not_equal(value, value, out=at(nan, reached, axis))
        np.copyto(at(best, reached, axis), value, where=win)
        np.copyto(at(mark, reached, axis), at(marks, cells, axis), where=win)
    return best, mark
