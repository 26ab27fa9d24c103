"""Pictures of another size: each new cell is a weighted mean of the old ones around its place."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, compute_dtype


def resize(x: Array, height: int, width: int) -> Array:
    """A picture (height, width, ...) in another size, bilinear and antialiased.

        y[i] = Σ w[i, j] x[j] / Σ w[i, j],   w[i, j] = max(0, 1 − |j + ½ − (i + ½) s| / max(s, 1))

    along each of the two axes, with s = old length / new length: where the picture shrinks, the triangle is
    as wide as that asks for, so that no old cell goes unseen. This is what Pillow calls ``BILINEAR``.

    >>> resize(np.array([[0.0, 4.0]]), 1, 4)
    array([[0., 1., 3., 4.]])

    Raises ``EngineError`` for an array of fewer axes, an empty one, or a size below 1.
    """
    if x.ndim < 2 or 0 in x.shape or min(height, width) < 1:
        raise EngineError(
            f"resize takes (height, width, ...), not empty, and a size from 1 x 1 on; received {x.shape} and "
            f"{height} x {width}"
        )
    dtype = compute_dtype(x, x)
    down, across = (
        _weights(old, new).astype(dtype) for old, new in zip(x.shape[:2], (height, width), strict=True)
    )
    flat = x.astype(dtype, copy=False).reshape(*x.shape[:2], -1).transpose(2, 0, 1)  # (rest, H, W)
    small = down @ flat @ across.T  # (rest, height, width)
    return small.transpose(1, 2, 0).reshape(height, width, *x.shape[2:])


def _weights(old: int, new: int) -> Array:
    """The share of each old cell in each new one (new, old)."""
    scale = old / new
    middles = (np.arange(new) + 0.5) * scale
    distance = np.abs(np.arange(old) + 0.5 - middles[:, None]) / max(scale, 1)
    weights = np.maximum(0, 1 - distance)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
