"""Principal components: the few directions along which points differ the most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, compute_dtype, whole


@dataclass(frozen=True)
class Components:
    """Directions of the largest spread.

    ``axes`` (component, feature) are of length 1 and at right angles; ``places`` (point, component) how far
    each point lies along them from the ``mean`` (feature,); ``shares`` (component,) how much of the whole
    variance each holds.
    """

    mean: Array
    axes: Array
    places: Array
    shares: Array


def principal_components(x: Array, count: int = 2) -> Components:
    """The ``count`` directions along which the points x (point, feature) differ the most, the largest first.

    A direction has no sign of its own: that of its largest number is plus.

    >>> found = principal_components(np.array([[0.0, 0], [1, 1], [2, 2]]), 1)
    >>> found.axes.round(4), found.places.round(4).ravel(), found.shares.round(4)
    (array([[0.7071, 0.7071]]), array([-1.4142,  0.    ,  1.4142]), array([1.]))

    Raises ``EngineError`` for what are no points, or fewer features or points than directions.
    Source: Pearson, On lines and planes of closest fit to systems of points in space, 1901.
    """
    count = whole("count", count)
    if x.ndim != 2 or min(x.shape) < count or x.dtype.kind == "c":
        raise EngineError(
            f"{count} principal components need points (point, feature) with at least {count} of both; "
            f"received {x.dtype} {x.shape}"
        )
    x = x.astype(compute_dtype(x), copy=False)
    mean = x.mean(axis=0)
    centred = x - mean
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:count]
    largest = np.abs(axes).argmax(axis=1)
    axes = axes * np.where(axes[np.arange(count), largest] < 0, -1, 1)[:, None]
    total = float((sizes**2).sum())
    shares = sizes[:count] ** 2 / total if total else np.zeros(count)
    return Components(mean, axes, centred @ axes.T, shares)
