"""Which cell of each window is its largest, or its least, found in two sweeps."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.base.tiles import for_each, thread_count
from dlcli.engines.pooling.sweep import Piece, at, pieces
from dlcli.engines.pooling.windows import AxisWindows, PoolWindows


def winners(x: Array, windows: PoolWindows, largest: bool = True, *, threads: int | None = None) -> Array:
    """The places of ``extreme_plain``: row * width + column of each window's winner."""
    y = np.empty((len(x), *windows.where.out_size, x.shape[3]), np.int64)
    if not len(x):
        return y
    parts = pieces(windows, x.shape, x.itemsize + 2)

    def do(piece: Piece) -> None:
        taken, out, _, _ = piece
        y[taken, out] = piece_winners(x, windows, piece, largest)

    scratch = parts[0][0].stop * x[0].nbytes
    for_each(parts, lambda: do, thread_count(threads, x.size * sum(windows.where.kernel), scratch))
    return y


def piece_winners(x: Array, windows: PoolWindows, piece: Piece, largest: bool) -> Array:
    """The winners of one piece: (batch, row, column, channel), places being those in the whole picture.

    First the best cell of each row of a window, then the best of these: the first of equals stays the first,
    row by row, and the last NaN the last.
    """
    taken, out, rows, line = piece
    columns, width = windows.columns, x.shape[2]
    best, across, _ = contest(x[taken, rows], columns, 2, largest)
    _, down, found = contest(best, line, 1, largest, across)
    top = np.arange(out.start, out.stop) * windows.rows.stride - windows.rows.before
    left = np.arange(columns.count) * columns.stride - columns.before
    places = down * np.int64(line.dilation * width)
    assert found is not None
    places += found * np.int64(columns.dilation)
    places += (top[:, None] * width + left)[:, :, None]
    return places


def contest(
    values: Array, line: AxisWindows, axis: int, largest: bool = True, marks: Array | None = None
) -> tuple[Array, Array, Array | None]:
    """The best value of each window along an axis, which of its cells it is, and the mark of that cell.

    A later cell wins when it is better than all before it, or a NaN; so the winner is the last that won. No
    step asks for a decision number by number: marks are exchanged bit by bit, which NumPy does many at once.

    >>> contest(np.array([3, 9, 4, 4]), AxisWindows(4, 2, 2, 2, 1, 0), 0)[:2]
    (array([9, 4]), array([1, 0], dtype=uint8))
    """
    better, fold = (np.greater, np.maximum) if largest else (np.less, np.minimum)
    kind = np.min_scalar_type(line.size - 1)
    strange = values.dtype.kind == "f" and bool(np.isnan(values.max()))
    first = line.first()
    if first.any():
        cells = np.arange(line.count) * line.stride - line.before + first * line.dilation
        best = values.take(cells, axis=axis)
        mark = None if marks is None else marks.take(cells, axis=axis)
    else:
        _, whole = line.reach(0)
        best = at(values, whole, axis).copy()
        mark = None if marks is None else at(marks, whole, axis).copy()
    rank, wins = np.empty(best.shape, kind), np.empty(best.shape, bool)
    rank[...] = first.reshape(-1, *(1,) * (best.ndim - axis - 1))
    for r in range(int(not first.any()), line.size):
        reached, cells = line.reach(r)
        value, top, win = at(values, cells, axis), at(best, reached, axis), at(wins, reached, axis)
        better(value, top, out=win)
        if strange:  # only a NaN differs from itself
            win |= value != value
        fold(top, value, out=top)
        won, into = win.view(np.uint8), at(rank, reached, axis)
        np.maximum(into, np.multiply(won, kind.type(r), dtype=kind), out=into)
        if marks is not None and mark is not None:
            old = at(mark, reached, axis)
            flip = old ^ at(marks, cells, axis)
            flip &= np.multiply(won, np.iinfo(mark.dtype).max, dtype=mark.dtype)
            old ^= flip
    return best, rank, mark
