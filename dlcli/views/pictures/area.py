"""Pictures made smaller: a number for each area that does not hide what stands out in it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlcli.tensor import Array
from dlcli.views.pictures.tone import finite_range

#: The number, or that of each channel, from which the numbers of a picture stand out.
Ground = float | Array


#: Ground of decibels and of anything else that is looked at for its peaks: the largest number is shown.
PEAKS = -math.inf

QUARTILES = 1 / 4, 1 / 2, 3 / 4

SAMPLE = 1 << 16  # numbers that are looked at to find the ground of a picture
ALIKE = 5 / 8  # of them are the ground where they differ by no more than
NEAR = 1 / 16  # of the range


def shrink(picture: Array, height: int, width: int, ground: Ground | None = None) -> Array:
    """Cut a picture into ``height`` x ``width`` areas and take one number for each.

    ``y[i, j]`` stands for the rows ``i * H // height`` up to ``(i + 1) * H // height`` and the columns
    likewise: it is the number in there that is farthest from ``ground`` (of two, the larger one), so that
    nothing that stands out is lost; without a ground it is their mean, as in a photo. See ``ground_of``.
    ``picture`` is (H, W) or (H, W, channel) of any real dtype; the result has a channel axis and float64
    numbers. An area that holds nan or an infinity has one of them, but -inf is no peak.

    Raises ``ValueError`` when the result would be larger than the picture.

    >>> shrink(np.array([[0, 2, 4, 4], [0, 2, 4, 8]]), 1, 2)[..., 0].tolist()
    [[1.0, 5.0]]
    >>> shrink(np.array([[0, 2, 4, 4], [0, -9, 4, 8]]), 1, 2, ground=0.0)[..., 0].tolist()
    [[-9.0, 8.0]]
    """
    rows, columns = picture.shape[:2]
    if not (0 < height <= rows and 0 < width <= columns):
        raise ValueError(f"cannot shrink {rows}x{columns} cells to {height}x{width}")
    if ground is not None:
        return _farthest(picture, height, width, ground)
    with np.errstate(over="ignore", invalid="ignore"):
        small = _means(picture, height, width, np.result_type(picture.dtype, np.float32))
    if not np.isfinite(small).all():
        # The sum of an area may be too large for a type that holds its mean.
        with np.errstate(invalid="ignore"):
            small = _means(picture, height, width, np.dtype(np.longdouble))
    return small.astype(np.float64)


def averaged(picture: Array, height: int, width: int) -> Array:
    """The mean of each of ``height`` x ``width`` areas of one size, a number at an edge counted in parts.

    Whatever repeats in a picture is as light everywhere: the areas of ``shrink`` differ by a row or a column,
    which draws a net over it. Shapes and what is not finite are as there.

    >>> averaged(np.array([[0, 6, 0]]), 1, 2)[..., 0].tolist()
    [[2.0, 2.0]]
    """
    tall = _parted(picture.reshape(*picture.shape[:2], -1), height)
    return np.asarray(_parted(tall.swapaxes(0, 1), width).swapaxes(0, 1))


def _parted(picture: Array, parts: int) -> Array:
    """The means of so many parts of equal length of the first axis."""
    length, i = len(picture), np.arange(parts)
    means = np.zeros((parts, *picture.shape[1:]), np.result_type(picture.dtype, np.float32))
    with np.errstate(invalid="ignore"):
        for step in range(-(-length // parts) + 1):  # of all parts the first row, the second, …
            row = i * length // parts + step
            inside = np.minimum((row + 1) * parts, (i + 1) * length) - np.maximum(row * parts, i * length)
            share = (np.maximum(inside, 0) / length).astype(means.dtype)
            added = picture[np.minimum(row, length - 1)] * share[:, None, None]
            added[inside <= 0] = 0  # be it what it may: nan
            means += added
    return means


def ground_of(picture: Array, *, light: bool = False) -> Ground | None:
    """From where the numbers of a picture (H, W) or (H, W, channel) stand out when it is drawn smaller.

    Numbers of both signs stand out from 0 where 0 lies in the middle half of them, between their quartiles:
    those of the largest magnitude are shown. Where it does not, as after a bias, they stand out from their
    median. Where none is negative, they stand out from what most of them are alike to (lines on paper, a gap
    in a mask), else from 0; but ``light`` that is not so, a picture, has no ground and is averaged. Of
    numbers with channels the ground may have one, too. What is not finite is not counted.

    >>> ground_of(np.array([[-1, 1]])), ground_of(np.array([[0, 9]], np.uint8), light=True)
    (array([0.]), None)
    >>> ground_of(np.array([[255] * 9 + [0]])), ground_of(np.array([[-3] * 9 + [2]]))
    (array([255.]), array([-3.]))
    """
    low, high = finite_range(picture)
    flat = picture.reshape(picture.shape[0] * picture.shape[1], -1)
    # A step that shares no factor with the width meets every column equally often.
    step = max(1, len(flat) // SAMPLE)
    while math.gcd(step, picture.shape[1]) > 1:
        step += 1
    some = np.ascontiguousarray(flat[::step].T, np.float64)  # (channel, n)
    if picture.dtype.kind == "f":
        some = some[:, np.isfinite(some).all(axis=0)]
    if not some.size:
        return None if light else 0.0
    middle: Array
    if low < 0:
        lower, middle, upper = np.quantile(some, QUARTILES, axis=1)
        return np.where((lower <= 0) & (upper >= 0), 0.0, middle)
    middle = np.median(some, axis=1)
    near = (np.abs(some - middle[:, None]) <= NEAR * (high - low)).all(axis=0)
    if near.mean() >= ALIKE:
        return middle
    return None if light else 0.0


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


def resize(
    picture: Array, height: int, width: int, ground: Ground | None = None, *, fine: bool = False
) -> Array:
    """The picture at a size that ``fit`` chose: shrunk by areas, or its cells repeated.

    Where it is to be ``fine``, areas of which the mean is taken are of one size.
    """
    high, wide = min(len(picture), height), min(picture.shape[1], width)
    even = fine and ground is None
    small = averaged(picture, high, wide) if even else shrink(picture, high, wide, ground)
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


def _farthest(picture: Array, height: int, width: int, ground: Ground) -> Array:
    rows, columns = picture.shape[:2]
    top, left = _edges(rows, height), _edges(columns, width)
    lowest, highest = (np.empty((height, *picture.shape[1:]), picture.dtype) for _ in range(2))
    for i in range(height):
        strip = picture[top[i] : top[i + 1]]
        strip.min(axis=0, out=lowest[i])
        strip.max(axis=0, out=highest[i])
    low, high = (
        find.reduceat(ends, left[:-1], axis=1).reshape(height, width, -1).astype(np.float64)
        for find, ends in ((np.minimum, lowest), (np.maximum, highest))
    )
    with np.errstate(invalid="ignore"):
        return np.where(ground - low > high - ground, low, high)


def _edges(length: int, parts: int) -> Array:
    return np.arange(parts + 1) * length // parts
