"""Pictures made smaller by averaging areas, fast enough for a photo of any size."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcli.tensor import Array


def shrink(picture: Array, height: int, width: int) -> Array:
    """Cut a picture into ``height`` x ``width`` areas and take the mean of each.

    ``y[i, j]`` is the mean of the rows ``i * H // height`` up to ``(i + 1) * H // height`` and the columns
    likewise. ``picture`` is (H, W) or (H, W, channel) of any real dtype; the result has a channel axis and
    float64 numbers. An area that holds nan or an infinity has one of them as its mean.

    Raises ``ValueError`` when the result would be larger than the picture.

    >>> shrink(np.array([[0, 2, 4, 4], [0, 2, 4, 8]]), 1, 2)[..., 0].tolist()
    [[1.0, 5.0]]
    """
    rows, columns = picture.shape[:2]
    if not (0 < height <= rows and 0 < width <= columns):
        raise ValueError(f"cannot shrink {rows}x{columns} cells to {height}x{width}")
    with np.errstate(over="ignore", invalid="ignore"):
        small = _means(picture, height, width, np.result_type(picture.dtype, np.float32))
    if not np.isfinite(small).all():
        # The sum of an area may be too large for a type that holds its mean.
        with np.errstate(invalid="ignore"):
            small = _means(picture, height, width, np.dtype(np.longdouble))
    return small.astype(np.float64)


def fit(rows: int, columns: int, most_rows: int, most_columns: int) -> tuple[int, int]:
    """The size at which a picture of ``rows`` x ``columns`` square cells is drawn within the bounds.

    A larger one shrinks in proportion, a smaller one is repeated a whole number of times in both directions.

    >>> fit(300, 451, 48, 80), fit(5, 4, 48, 80), fit(2, 1000, 48, 80)
    ((48, 72), (45, 36), (1, 80))
    """
    times = min(most_rows // rows, most_columns // columns)
    if times >= 1:
        return rows * times, columns * times
    share = min(most_rows / rows, most_columns / columns)
    return max(1, round(rows * share)), max(1, round(columns * share))


def resize(picture: Array, height: int, width: int) -> Array:
    """The picture at a size that ``fit`` chose: shrunk by areas, or its cells repeated."""
    rows, columns = picture.shape[:2]
    small = shrink(picture, min(rows, height), min(columns, width))
    return small.repeat(height // len(small), axis=0).repeat(width // small.shape[1], axis=1)


def _means(picture: Array, height: int, width: int, dtype: np.dtype[Any]) -> Array:
    rows, columns = picture.shape[:2]
    top, left = _edges(rows, height), _edges(columns, width)
    tall = np.empty((height, *picture.shape[1:]), dtype)
    # One strip of rows at a time: never a copy of the whole picture in a wider type.
    for i in range(height):
        np.mean(picture[top[i] : top[i + 1]], axis=0, dtype=dtype, out=tall[i])
    sums: Array = np.add.reduceat(tall, left[:-1], axis=1).reshape(height, width, -1)
    return np.asarray(sums / np.diff(left).astype(dtype)[:, None])


def _edges(length: int, parts: int) -> Array:
    return np.arange(parts + 1) * length // parts
