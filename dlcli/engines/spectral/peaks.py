"""Peaks of a spectrum: where it is higher than on both sides, and between which of its frequencies."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError

LEAST = 1e-12  # of the largest: below it a peak is rounding


def peaks(magnitude: Array, most: int = 5) -> tuple[Array, Array]:
    """The highest peaks of a magnitude spectrum (frequency,), the highest first.

    A peak is a place higher than its left neighbour and at least as high as its right one; the ends count
    when they are higher than their one neighbour. Returns places (peak,), in bins with a fraction, and
    heights: both are the top of the parabola through the logarithms of the place and its two neighbours,
    which for a sine in a smooth window is near its true frequency.

    >>> places, heights = peaks(np.array([1, 2, 8, 2, 1, 4, 4, 1.0]))
    >>> places, heights.round(3)
    (array([2. , 5.5]), array([8.   , 4.757]))

    Raises ``EngineError`` when the spectrum is not one axis of real numbers.
    Source: Smith, Spectral Audio Signal Processing, chapter on quadratic interpolation of peaks.
    """
    if magnitude.ndim != 1 or magnitude.dtype.kind not in "biuf":
        raise EngineError(
            f"peaks expects real sizes (frequency); received {magnitude.dtype} {magnitude.shape}"
        )
    y = magnitude.astype(float)
    rises = np.concatenate([[True], y[1:] > y[:-1]])
    falls = np.concatenate([y[:-1] >= y[1:], [True]])
    found = np.flatnonzero(rises & falls & (y > LEAST * np.max(y, initial=0)))
    found = found[np.argsort(-y[found], kind="stable")][:most]
    places, heights = found.astype(float), y[found]
    inner = (found > 0) & (found < len(y) - 1)
    inner[inner] &= (y[found[inner] - 1] > 0) & (y[found[inner] + 1] > 0)
    a, b, c = (np.log(y[found[inner] + step]) for step in (-1, 0, 1))
    shift = 0.5 * (a - c) / (a - 2 * b + c)
    places[inner] += shift
    heights[inner] = np.exp(b - 0.25 * (a - c) * shift)
    return places, heights
