"""The definition of pooling and of its gradients, which every faster way must equal."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlcli.engines.base.checks import Array, compute_dtype
from dlcli.engines.pooling.windows import PoolWindows

Window = tuple[int, int, range, range]


def windows_of(windows: PoolWindows) -> Iterator[Window]:
    """Each window: its place i, j in the output, and the rows and columns of the picture that it sees."""
    for i in range(windows.where.out_size[0]):
        for j in range(windows.where.out_size[1]):
            yield i, j, windows.rows.inside(i), windows.columns.inside(j)


def cells(x: Array, rows: range, columns: range) -> Array:
    """The numbers of x (batch, height, width, channel) in one window: (batch, cell, channel), row by row."""
    return x[:, rows][:, :, columns].reshape(len(x), len(rows) * len(columns), x.shape[3])


def extreme_plain(x: Array, windows: PoolWindows, largest: bool = True) -> tuple[Array, Array]:
    """The largest (or the least) number of each window, and its place in the picture.

    y[n, i, j, c] = max of x[n, p, q, c] over the cells (p, q) of window (i, j) that lie in the picture; the
    place is p * width + q. Of equal numbers the first counts, row by row; a NaN wins over every number, and
    the last NaN over those before it, as in PyTorch.

    >>> from dlcli.engines.pooling.windows import pool_windows
    >>> x = np.array([[1.0, 3.0], [4.0, 0.0]]).reshape(1, 2, 2, 1)
    >>> extreme_plain(x, pool_windows((2, 2), 2))
    (array([[[[4.]]]]), array([[[[2]]]]))
    """
    y = np.empty((len(x), *windows.where.out_size, x.shape[3]), x.dtype)
    places = np.empty(y.shape, np.int64)
    for i, j, rows, columns in windows_of(windows):
        seen = cells(x, rows, columns)
        found = seen.argmax(axis=1) if largest else seen.argmin(axis=1)
        strange = seen != seen
        last = seen.shape[1] - 1 - strange[:, ::-1].argmax(axis=1)
        found = np.where(strange.any(axis=1), last, found)[:, None]  # (N, 1, C)
        y[:, i, j] = np.take_along_axis(seen, found, axis=1)[:, 0]
        flat = np.add.outer(np.array(rows) * x.shape[2], np.array(columns)).ravel()
        places[:, i, j] = flat[found[:, 0]]
    return y, places


def average_plain(x: Array, windows: PoolWindows, count_padding: bool = False) -> Array:
    """The mean of each window: the sum over its cells that lie in the picture, divided by their number.

    With ``count_padding`` the cells in the padding, which are zeros, are counted as well.

    >>> from dlcli.engines.pooling.windows import pool_windows
    >>> x = np.array([[1.0, 3.0], [4.0, 0.0]]).reshape(1, 2, 2, 1)
    >>> average_plain(x, pool_windows((2, 2), 2)).item()
    2.0
    """
    dtype = compute_dtype(x)
    y = np.empty((len(x), *windows.where.out_size, x.shape[3]), dtype)
    counts = windows.counts(count_padding)
    for i, j, rows, columns in windows_of(windows):
        y[:, i, j] = cells(x, rows, columns).sum(axis=1, dtype=dtype) / counts[i, j].astype(dtype)
    return y


def norm_plain(x: Array, windows: PoolWindows, p: float) -> Array:
    """y[n, i, j, c] = (sum of x[n, r, q, c] ** p over the cells (r, q) of window (i, j)) ** (1 / p).

    >>> from dlcli.engines.pooling.windows import pool_windows
    >>> x = np.array([[1.0, 3.0], [4.0, 0.0]]).reshape(1, 2, 2, 1)
    >>> norm_plain(x, pool_windows((2, 2), 2), 1).item()
    8.0
    """
    dtype = compute_dtype(x)
    y = np.empty((len(x), *windows.where.out_size, x.shape[3]), dtype)
    with np.errstate(all="ignore"):
        for i, j, rows, columns in windows_of(windows):
            powers = cells(x, rows, columns).astype(dtype) ** p
            y[:, i, j] = powers.sum(axis=1) ** (1 / p)
    return y


def extreme_backward_plain(dy: Array, x: Array, windows: PoolWindows, largest: bool = True) -> Array:
    """dx of ``extreme_plain``: the gradient dy of a window goes to its winner, and adds up there.

    >>> from dlcli.engines.pooling.windows import pool_windows
    >>> x = np.array([[1.0, 3.0], [4.0, 0.0]]).reshape(1, 2, 2, 1)
    >>> extreme_backward_plain(np.full((1, 1, 1, 1), 5.0), x, pool_windows((2, 2), 2))[0, :, :, 0]
    array([[0., 0.],
           [5., 0.]])
    """
    _, places = extreme_plain(x, windows, largest)
    dx = np.zeros((len(x), x.shape[1] * x.shape[2], x.shape[3]), dy.dtype)
    n, c = np.ogrid[: len(x), : x.shape[3]]
    for i, j, _, _ in windows_of(windows):
        dx[n, places[:, i, j], c] += dy[:, i, j]
    return dx.reshape(x.shape)


def average_backward_plain(dy: Array, x: Array, windows: PoolWindows, count_padding: bool = False) -> Array:
    """dx of ``average_plain``: each cell of a window gets the same share of its gradient dy.

    >>> from dlcli.engines.pooling.windows import pool_windows
    >>> x = np.array([[1.0, 3.0], [4.0, 0.0]]).reshape(1, 2, 2, 1)
    >>> average_backward_plain(np.full((1, 1, 1, 1), 4.0), x, pool_windows((2, 2), 2))[0, :, :, 0]
    array([[1., 1.],
           [1., 1.]])
    """
    dx = np.zeros(x.shape, dy.dtype)
    counts = windows.counts(count_padding)
    for i, j, rows, columns in windows_of(windows):
        share = dy[:, i, j] / counts[i, j].astype(dy.dtype)
        dx[:, np.array(rows)[:, None], np.array(columns)] += share[:, None, None]
    return dx


def norm_backward_plain(dy: Array, x: Array, windows: PoolWindows, p: float) -> Array:
    """dx of ``norm_plain``: dy * y ** (1 - p) * x ** (p - 1), and 0 where y is 0, as in PyTorch.

    >>> from dlcli.engines.pooling.windows import pool_windows
    >>> x = np.array([[1.0, 3.0], [4.0, 0.0]]).reshape(1, 2, 2, 1)
    >>> norm_backward_plain(np.full((1, 1, 1, 1), 4.0), x, pool_windows((2, 2), 2), 1)[0, :, :, 0]
    array([[4., 4.],
           [4., 4.]])
    """
    dx = np.zeros(x.shape, dy.dtype)
    y = norm_plain(x.astype(dy.dtype), windows, p)
    with np.errstate(all="ignore"):
        for i, j, rows, columns in windows_of(windows):
            places = np.s_[:, np.array(rows)[:, None], np.array(columns)]
            share = np.where(y[:, i, j] == 0, 0, dy[:, i, j] * y[:, i, j] ** (1 - p))
            part = share[:, None, None] * x[places].astype(dy.dtype) ** (p - 1)
            dx[places] += np.where(share[:, None, None] == 0, 0, part)
    return dx
