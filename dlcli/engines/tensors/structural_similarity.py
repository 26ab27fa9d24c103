"""How alike two pictures look: SSIM compares means, contrasts and patterns in a window around each pixel."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import prod

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.base.tiles import for_each, thread_count

#: The standard deviation of the window in pixels, and how far it reaches on each side.
SIGMA, RADIUS = 1.5, 5

#: Rows and columns of the window.
WINDOW = 2 * RADIUS + 1

#: Windows from top to bottom of a tile, and numbers from left to right: a tile stays in the cache.
ROWS, COLUMNS = 48, 256

#: Scratch arrays of a tile, each for four numbers a pixel.
ARRAYS = 3

#: What keeps the quotients finite, in parts of the range.
K1, K2 = 0.01, 0.03


def window() -> Array:
    """The weights of the window along one axis, which add up to 1: a Gaussian.

    >>> window()[4:7].round(3).tolist()
    [0.213, 0.266, 0.213]
    """
    weights = np.exp(-0.5 * (np.arange(-RADIUS, RADIUS + 1) / SIGMA) ** 2)
    return np.asarray(weights / weights.sum())


def structural_similarity(a: Array, b: Array, *, data_range: float, threads: int | None = None) -> Array:
    """SSIM around each pixel whose window lies in the picture: (height - 10, width - 10, ...).

    a and b are (height, width, ...): further axes, channels, are compared one by one. With the weighted means
    μ, variances σ² and covariance σab in the window, C1 = (0.01 L)², C2 = (0.03 L)² and the range L,

        SSIM = (2 μa μb + C1) (2 σab + C2) / ((μa² + μb² + C1) (σa² + σb² + C2))

    It is 1 where both are the same; its mean is what is usually told. ``structural_similarity_plain`` is the
    formula window by window. This goes down the columns first and then along the rows, tile by tile, and
    takes the means of four numbers, a, b, a² + b² and ab: no variance is needed but the sum of both.
    ``threads`` share the tiles, by default as many as are worth it.

    >>> x = np.arange(144.0).reshape(12, 12)
    >>> structural_similarity(x, x, data_range=143).tolist()
    [[1.0, 1.0], [1.0, 1.0]]

    Raises ``EngineError`` for pictures of different shapes, and for those smaller than the window.

    Source: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural
    similarity", 2004, equation 13; scikit-image with ``gaussian_weights=True, use_sample_covariance=False``.
    """
    _check(a, b)
    height, width = (edge - WINDOW + 1 for edge in a.shape[:2])
    channels = prod(a.shape[2:])
    similarity = np.empty((height, width * channels))
    x, y = (
        one.reshape(len(one), a.shape[1] * channels) for one in (a, b)
    )  # channels are neighbours in a row
    reach = (WINDOW - 1) * channels
    columns = max(COLUMNS, channels)
    line = min(columns, width * channels) + reach
    most = min(ROWS, height) + WINDOW - 1

    def worker() -> Callable[[tuple[int, int]], None]:
        scratch = np.empty((ARRAYS, 4 * most * line))

        def do(tile: tuple[int, int]) -> None:
            top, left = tile
            bottom, right = min(top + ROWS, height), min(left + columns, width * channels)
            seen = slice(top, bottom + WINDOW - 1), slice(left, right + reach)
            similarity[top:bottom, left:right] = _tile(x[seen], y[seen], channels, data_range, scratch)

        return do

    tiles = list(product(range(0, height, ROWS), range(0, width * channels, columns)))
    for_each(tiles, worker, thread_count(threads, similarity.size * 8 * WINDOW, ARRAYS * 32 * most * line))
    return similarity.reshape(height, width, *a.shape[2:])


def structural_similarity_plain(a: Array, b: Array, *, data_range: float) -> Array:
    """``structural_similarity`` as it is defined: every window's weighted means, variances and covariance.

    >>> x = np.arange(121.0).reshape(11, 11)
    >>> structural_similarity_plain(x, 2 * x, data_range=240).round(4).tolist()
    [[0.6459]]
    """
    _check(a, b)
    weights = np.outer(window(), window())
    similarity = np.empty((a.shape[0] - WINDOW + 1, a.shape[1] - WINDOW + 1, *a.shape[2:]))
    for i, j, *channel in np.ndindex(*similarity.shape):
        x, y = (one[i : i + WINDOW, j : j + WINDOW, *channel].astype(np.float64) for one in (a, b))
        mean_x, mean_y = (weights * x).sum(), (weights * y).sum()
        variances = (weights * (x - mean_x) ** 2).sum() + (weights * (y - mean_y) ** 2).sum()
        covariance = (weights * (x - mean_x) * (y - mean_y)).sum()
        similarity[i, j, *channel] = _formula(mean_x, mean_y, variances, covariance, data_range)
    return similarity


def _check(a: Array, b: Array) -> None:
    """Refuse what is not two pictures of one shape that hold a window."""
    if a.shape != b.shape:
        raise EngineError(f"pictures of one shape are compared; received {a.shape} and {b.shape}")
    if a.ndim < 2 or min(a.shape[:2]) < WINDOW:
        raise EngineError(f"SSIM looks at {WINDOW} × {WINDOW} pixels; received shape {a.shape}")


def _formula(mean_x: Array, mean_y: Array, variances: Array, covariance: Array, data_range: float) -> Array:
    """SSIM of the means, the sum of the variances, and the covariance."""
    c1, c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    above = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    return np.asarray(above / ((mean_x**2 + mean_y**2 + c1) * (variances + c2)))


def _tile(a: Array, b: Array, channels: int, data_range: float, scratch: Array) -> Array:
    """The formula, all windows of a tile (row, column and channel) at once; scratch is (3, four tiles)."""
    height, line = a.shape
    rows, reach = height - WINDOW + 1, (WINDOW - 1) * channels
    stack, down, pair = scratch[:, : 4 * height * line].reshape(ARRAYS, 4, height * line)
    x, y, squares, products = stack.reshape(4, height, line)
    x[...], y[...] = a, b
    np.multiply(x, x, out=squares)
    squares += np.multiply(y, y, out=products)
    np.multiply(x, y, out=products)
    down = _blurred(stack, line, down, pair)
    _blurred(down, channels, stack, pair)  # one run of numbers: windows from row to row are left out below
    across = stack[:, : rows * line].reshape(4, rows, line)[:, :, : line - reach]
    mean_x, mean_y, mean_squares, mean_products = np.ascontiguousarray(across)
    variances = mean_squares - mean_x * mean_x - mean_y * mean_y
    return _formula(mean_x, mean_y, variances, mean_products - mean_x * mean_y, data_range)


def _blurred(x: Array, step: int, out: Array, pair: Array) -> Array:
    """The weighted means along each row of x (row, number) of numbers ``step`` apart, into ``out``.

    Two numbers as far from the middle share a weight: they are added first, in ``pair``.
    """
    inside = x.shape[1] - (WINDOW - 1) * step
    weights, total, pair = window(), out[:, :inside], pair[:, :inside]
    np.multiply(x[:, RADIUS * step :][:, :inside], weights[RADIUS], out=total)
    for i in range(RADIUS):
        np.add(x[:, i * step :][:, :inside], x[:, (WINDOW - 1 - i) * step :][:, :inside], out=pair)
        pair *= weights[i]
        total += pair
    return total
