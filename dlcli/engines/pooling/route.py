"""The way of a gradient back through a pooling: to the winner of each window, or shared among its cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.base.tiles import for_each, thread_count
from dlcli.engines.pooling.sweep import FEW, Piece, at, pieces
from dlcli.engines.pooling.windows import AxisWindows, PoolWindows
from dlcli.engines.pooling.winners import piece_winners


def route(
    dy: Array, x: Array, windows: PoolWindows, largest: bool = True, *, threads: int | None = None
) -> Array:
    """``extreme_backward_plain``: dy goes to the winners and adds up where windows overlap.

    Windows of 2 x 2 side by side have a way of their own, in two steps as their maximum: a column's winner
    is its upper cell or its lower one, then the left column wins or the right one, of equals the one whose
    winner is in the upper row. Backwards, the gradient of a window is multiplied by whether the left column
    won; what is left of it is the right column's; and so on.
    """
    halves = _halves(windows)
    dx = np.empty(x.shape, dy.dtype) if halves else np.zeros(x.shape, dy.dtype)
    if not len(x):
        return dx
    if halves:
        height, width = (2 * edge for edge in windows.where.out_size)
        dx[:, height:] = dx[:, :, width:] = 0
    parts = pieces(windows, x.shape, 2 * max(x.itemsize, dy.itemsize) if halves else 16 + x.itemsize)

    def worker() -> Callable[[Piece], None]:
        two = _TwoByTwo(dy, x, dx, parts[0], largest) if halves else None

        def do(piece: Piece) -> None:
            if two is None or not two.route(piece):
                _add_up(dy, x, dx, windows, piece, largest)

        return do

    scratch = parts[0][0].stop * x[0].nbytes
    together = halves or windows.rows.apart
    count = thread_count(threads, 4 * x.size, scratch) if together else 1
    for_each(parts, worker, count)
    return dx


def _halves(windows: PoolWindows) -> bool:
    """Whether the windows are 2 x 2, side by side and all in the picture."""
    return all(
        (line.size, line.stride, line.dilation, line.before, line.full) == (2, 2, 1, 0, True)
        for line in (windows.rows, windows.columns)
    )


def _add_up(dy: Array, x: Array, dx: Array, windows: PoolWindows, piece: Piece, largest: bool) -> None:
    """Find the winners of a piece and give each what comes from above."""
    taken, out, rows, _ = piece
    if _halves(windows):
        dx[taken, rows] = 0
    _, height, width, channels = x.shape
    places = piece_winners(x, windows, piece, largest)
    places *= channels
    places += np.arange(channels)
    places += (np.arange(taken.start, taken.stop) * (height * width * channels))[:, None, None, None]
    np.add.at(dx.reshape(-1), places.ravel(), dy[taken, out].ravel())


class _TwoByTwo:
    """Routes pieces of 2 x 2 windows; owns the scratch arrays for it."""

    def __init__(self, dy: Array, x: Array, dx: Array, largest_piece: Piece, largest: bool) -> None:
        taken, out, _, _ = largest_piece
        self.dy, self.x, self.dx = dy, x, dx
        self.fold = np.maximum if largest else np.minimum
        self.wins = np.greater_equal if largest else np.less_equal
        self.beats = np.greater if largest else np.less
        high, wide = (taken.stop, out.stop), dy.shape[2:]
        shape = (*high, 2 * wide[0], wide[1])
        self.best, self.half = np.empty(shape, x.dtype), np.empty(shape, dy.dtype)
        self.few = x.shape[3] <= FEW
        self.pair = np.empty((2, *high, *wide) if self.few else 0, x.dtype)
        self.upper = np.empty(shape, bool)
        self.left, self.level = np.empty((*high, *wide), bool), np.empty((*high, *wide), bool)

    def route(self, piece: Piece) -> bool:
        """Write a piece of dx. False, and nothing written, where a NaN or an infinity asks for more care."""
        taken, out, rows, _ = piece
        above = self.dy[taken, out]
        if not np.isfinite(above.sum()):
            return False
        count, high, wide = above.shape[:3]
        seen, below = (array[taken, rows, : 2 * wide] for array in (self.x, self.dx))
        best, half, upper = (array[:count, :high] for array in (self.best, self.half, self.upper))
        left, level = self.left[:count, :high], self.level[:count, :high]
        top, bottom = seen[:, 0::2], seen[:, 1::2]
        self.fold(top, bottom, out=best)
        if best.dtype.kind == "f" and np.isnan(best.max()):
            return False
        self.wins(top, bottom, out=upper)
        one, other = best[:, :, 0::2], best[:, :, 1::2]
        if self.few:  # laid side by side first, because NumPy compares neighbours in memory many at once
            for c in range(best.shape[3]):
                np.copyto(self.pair[0, :count, :high, :, c], one[..., c])
                np.copyto(self.pair[1, :count, :high, :, c], other[..., c])
            one, other = self.pair[:, :count, :high]
        self.beats(one, other, out=left)
        np.equal(one, other, out=level)
        if level.any():  # then the left one, unless only the right one is in the upper row
            level &= upper[:, :, 0::2] >= upper[:, :, 1::2]
            left |= level
        channels: list[Any] = list(range(best.shape[3])) if self.few else [slice(None)]
        for c in channels:
            one, other = half[:, :, 0::2, c], half[:, :, 1::2, c]
            np.multiply(above[..., c], left[..., c], out=one)
            np.subtract(above[..., c], one, out=other)
        top, bottom = below[:, 0::2], below[:, 1::2]
        np.multiply(half, upper, out=top)
        np.subtract(half, top, out=bottom)
        return True


def share(dy: Array, shape: tuple[int, ...], windows: PoolWindows, *, threads: int | None = None) -> Array:
    """Every cell of a window gets all of dy, and adds up what it gets from several: the sum's gradient.

    shape (batch, height, width, channel) is that of the picture.
    """
    dx = np.zeros(shape, dy.dtype)
    if not len(dy):
        return dx
    parts = pieces(windows, shape, dy.itemsize)
    columns = windows.columns

    def do(piece: Piece) -> None:
        taken, out, rows, line = piece
        above, below = dy[taken, out], dx[taken, rows]
        wide = np.zeros((*above.shape[:2], *shape[2:]), dy.dtype)
        _spread(above, wide, columns, 2)
        _spread(wide, below, line, 1)

    together = windows.rows.apart
    scratch = parts[0][0].stop * parts[0][1].stop * shape[2] * shape[3] * dy.itemsize
    count = thread_count(threads, dx.size * sum(windows.where.kernel), scratch) if together else 1
    for_each(parts, lambda: do, count)
    return dx


def _spread(above: Array, below: Array, line: AxisWindows, axis: int) -> None:
    """Add each window's number to all of its cells along one axis."""
    if line.size > line.count:
        for i in range(line.count):
            inside = line.inside(i)
            into = at(below, slice(inside.start, inside.stop, inside.step), axis)
            into += at(above, slice(i, i + 1), axis)
        return
    for r in range(line.size):
        windows, cells = line.reach(r)
        into = at(below, cells, axis)
        into += at(above, windows, axis)
