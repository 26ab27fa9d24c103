"""A linear system solved by nothing but products with its matrix: BiCGSTAB."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dlcli.engines.base.checks import Array

STEPS = 2000


def bicgstab(product: Callable[[Array], Array], b: Array, x: Array, *, enough: float) -> Array:
    """Steps from x towards the solution (n,) of ``product(x)`` = b; memory is that of eight vectors.

    It ends after ``STEPS`` of them, when the largest residual, as carried on from step to step, is at most
    ``enough``, or when the method breaks down, as it does for some matrices: look at the residual of what
    comes back.

    >>> matrix = np.array([[1.0, -0.5], [-0.25, 1.0]])
    >>> bicgstab(lambda v: matrix @ v, np.array([0.5, 1.25]), np.zeros(2), enough=1e-14).round(8)
    array([1.28571429, 1.57142857])

    Source: van der Vorst, Bi-CGSTAB: a fast and smoothly converging variant of Bi-CG, 1992.
    """
    residual = b - product(x)
    shadow, direction, x = residual, residual.copy(), x.copy()
    rho = _dot(shadow, residual)
    for _ in range(STEPS):
        image = product(direction)
        below = _dot(shadow, image)
        if not below or not rho:
            break
        alpha = rho / below
        half = residual - alpha * image
        image_of_half = product(half)
        size = _dot(image_of_half, image_of_half)
        omega = _dot(image_of_half, half) / size if size else 0.0
        if not np.isfinite(alpha * omega):
            break
        x += alpha * direction + omega * half
        residual = half - omega * image_of_half
        if not omega or float(np.abs(residual).max()) <= enough:
            break
        previous, rho = rho, _dot(shadow, residual)
        direction = residual + (rho / previous) * (alpha / omega) * (direction - omega * image)
    return x


def _dot(a: Array, b: Array) -> float:
    """The inner product, summed the same on every machine; a library's own sums as suits the processor."""
    return float(np.add.reduce(a * b))
