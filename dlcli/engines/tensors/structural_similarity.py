"""How alike two pictures look: SSIM compares means, contrasts and patterns in a window around each pixel."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError

#: The standard deviation of the window in pixels, and how far it reaches on each side.
SIGMA, RADIUS = 1.5, 5

#: Rows and columns of the window.
WINDOW = 2 * RADIUS + 1

#: Rows of windows that are computed at once.
ROWS = 64

#: What keeps the quotients finite, in parts of the range.
K1, K2 = 0.01, 0.03


def window() -> Array:
    """The weights of the window along one axis, which add up to 1: a Gaussian.

    >>> window()[4:7].round(3).tolist()
    [0.213, 0.266, 0.213]
    """
    weights = np.exp(-0.5 * (np.arange(-RADIUS, RADIUS + 1) / SIGMA) ** 2)
    return np.asarray(weights / weights.sum())


def structural_similarity(a: Array, b: Array, *, data_range: float) -> Array:
    """SSIM around each pixel whose window lies in the picture: (height - 10, width - 10, ...).

    a and b are (height, width, ...): further axes, channels, are compared one by one. With the weighted means
    μ, variances σ² and covariance σab in the window, C1 = (0.01 L)², C2 = (0.03 L)² and the range L,

        SSIM = (2 μa μb + C1) (2 σab + C2) / ((μa² + μb² + C1) (σa² + σb² + C2))

    It is 1 where both are the same; its mean is what is usually told.

    >>> x = np.arange(144.0).reshape(12, 12)
    >>> structural_similarity(x, x, data_range=143).tolist()
    [[1.0, 1.0], [1.0, 1.0]]

    Raises ``EngineError`` for pictures of different shapes, and for those smaller than the window.

    Source: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural
    similarity", 2004, equation 13; scikit-image with ``gaussian_weights=True, use_sample_covariance=False``.
    """
    if a.shape != b.shape:
        raise EngineError(f"pictures of one shape are compared; received {a.shape} and {b.shape}")
    if a.ndim < 2 or min(a.shape[:2]) < WINDOW:
        raise EngineError(f"SSIM looks at {WINDOW} × {WINDOW} pixels; received shape {a.shape}")
    inside = a.shape[0] - WINDOW + 1
    similarity = np.empty((inside, a.shape[1] - WINDOW + 1, *a.shape[2:]))
    for start in range(0, inside, ROWS):  # strips, so that large pictures need no memory for nine copies
        rows = slice(start, min(start + ROWS, inside) + WINDOW - 1)
        x, y = (one[rows].astype(np.float64) for one in (a, b))
        similarity[start : start + ROWS] = _strip(x, y, data_range)
    return similarity


def _strip(x: Array, y: Array, data_range: float) -> Array:
    """The formula, all windows of a strip of rows at once."""
    mean_x, mean_y = _blurred(x), _blurred(y)
    variance_x = _blurred(x * x) - mean_x * mean_x
    variance_y = _blurred(y * y) - mean_y * mean_y
    covariance = _blurred(x * y) - mean_x * mean_y
    c1, c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    above = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    below = (mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2)
    return np.asarray(above / below)


def _blurred(x: Array) -> Array:
    """The weighted mean of each window that lies in the strip: down first, then across."""
    for axis in (0, 1):
        x = np.moveaxis(x, axis, 0)
        inside = len(x) - WINDOW + 1
        total = sum(weight * x[start : start + inside] for start, weight in enumerate(window()))
        x = np.moveaxis(np.asarray(total), 0, axis)
    return x
