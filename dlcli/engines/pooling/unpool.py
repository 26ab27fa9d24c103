"""The way back of a pooling: each number that was kept returns to where it stood, 0 stands elsewhere."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, Size, pair


def unpool2d(x: Array, winners: Array, size: Size) -> Array:
    """Numbers at the places from which a pooling took them, in pictures of the old size.

    y[n, p // width, p % width, k] = x[n, i, j, k]   with p = winners[n, i, j, k];   0 elsewhere

    x (batch, height, width, channel) and ``winners`` of the same shape: row · width + column in the picture
    that was pooled, as ``argmax_pool2d`` gives them; ``size`` is its (height, width). Where windows
    overlapped and one cell won several, the last of them, row by row, is what stands there.

    >>> x, winners = np.array([[4, 9]]).reshape(1, 1, 2, 1), np.array([[5, 2]]).reshape(1, 1, 2, 1)
    >>> unpool2d(x, winners, (2, 4))[0, :, :, 0]
    array([[0, 0, 9, 0],
           [0, 4, 0, 0]])

    Raises ``EngineError`` where the shapes differ, the winners are no whole numbers, or one stands beyond the
    size.
    Source: Zeiler and Fergus, Visualizing and understanding convolutional networks, 2014, section 2.1; the
    same as ``torch.nn.functional.max_unpool2d``.
    """
    rows, columns = pair("size", size)
    if x.ndim != 4 or x.shape != winners.shape:
        raise EngineError(
            "unpooling expects x (batch, height, width, channel) and winners of the same shape, one place "
            f"for each number; received {x.shape} and {winners.shape}"
        )
    if winners.dtype.kind not in "iu":
        raise EngineError(f"the winners are places, whole numbers from 0 on; received {winners.dtype}")
    if winners.size and not 0 <= (worst := _worst(winners, rows * columns)) < rows * columns:
        raise EngineError(
            f"the winners stand in a picture of {rows} × {columns}, at 0 to {rows * columns - 1}; one is "
            f"{worst}"
        )
    batch, height, width, channels = x.shape
    y = np.zeros((batch, rows * columns, channels), x.dtype)
    places = winners.reshape(batch, height * width, channels)
    n, k = np.arange(batch)[:, None, None], np.arange(channels)
    y[n, places, k] = x.reshape(places.shape)
    return y.reshape(batch, rows, columns, channels)


def _worst(winners: Array, cells: int) -> int:
    least, most = int(winners.min()), int(winners.max())
    return least if least < 0 else most


def side_by_side(winners: Array, window: Size) -> bool:
    """Whether each winner of (batch, height, width, channel) lies in its own window, these side by side.

    They are counted in pictures of height · window rows and width · window columns.

    >>> winners = np.array([[5, 2]]).reshape(1, 1, 2, 1)  # row 1, column 1 and row 0, column 2 of 2 × 4
    >>> side_by_side(winners, 2), side_by_side(winners, (1, 2))
    (True, False)
    """
    down, across = pair("window", window)
    _, height, width, _ = winners.shape
    rows, columns = np.divmod(winners, width * across)
    inside = (rows // down == np.arange(height)[:, None, None]) & (
        columns // across == np.arange(width)[:, None]
    )
    return bool(inside.all())
