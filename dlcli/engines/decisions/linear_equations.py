"""Linear equations solved the same on every machine: by elimination, or by products with the matrix alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dlcli.engines.base.checks import Array

STEPS = 2000  # of BiCGSTAB


def solve_by_elimination(a: Array, b: Array, *, least: float = 0.0) -> Array | None:
    """The solutions x (R, S) of R systems a x = b, a (R, S, S); None where one of them has none of its own.

    That is where what is left of the diagonal (a pivot) is not above ``least``.

    For equations of values: the diagonal of a row of ``a`` is as large as all that is beside it together, so
    that no row has to be exchanged for another. A library's solver sums in the order that suits the
    processor; here there are only sums and products of two numbers, in an order that never changes.

    >>> solve_by_elimination(np.array([[[1.0, -0.5], [0.0, 0.5]]]), np.array([[1.0, 2.0]]))
    array([[3., 4.]])
    >>> solve_by_elimination(np.array([[[1.0, -1.0], [-1.0, 1.0]]]), np.array([[1.0, 2.0]])) is None
    True
    """
    a, x = a.copy(), b.copy()
    size = x.shape[1]
    for i in range(size):
        pivot = a[:, i, i]
        if not (pivot > least).all():
            return None
        if i + 1 < size:
            factor = a[:, i + 1 :, i] / pivot[:, None]
            a[:, i + 1 :, i + 1 :] -= factor[:, :, None] * a[:, i : i + 1, i + 1 :]
            x[:, i + 1 :] -= factor * x[:, i : i + 1]
    for i in range(size - 1, -1, -1):
        x[:, i] /= a[:, i, i]
        x[:, :i] -= a[:, :i, i] * x[:, i : i + 1]
    return x


def solve_by_reduction(row: Array, column: Array, weight: Array, leave: Array, b: Array) -> Array | None:
    """The solution x (S,) of x_i (leave_i + Σ_j w_ij) = b_i + Σ_j w_ij x_j, j other than i; None without one.

    One state after the other is taken out, and the ways through it become ways around it. Nothing is ever
    subtracted from a weight, so that even what a state leaves by once in 10²⁰ steps keeps all its digits.
    Only the band about the diagonal in which weights stand is held, and no other is worked on.

    Parameters
    ----------
    row, column, weight : (J,)
        The weights w_ij: none below 0, and what stands on the diagonal does not count.
    leave : (S,)
        What leads from a state out of all of them, or counts as if it did.
    b : (S,)
        The right side.

    >>> one, two = np.array([0, 1]), np.array([1, 0])
    >>> solve_by_reduction(one, two, np.array([0.5, 0.5]), np.array([0.5, 0.5]), np.array([0.0, 0.5]))
    array([0.33333333, 0.66666667])

    Source: Grassmann, Taksar and Heyman, Regenerative analysis and steady state distributions, 1985.
    """
    lower, upper = band(row, column)
    size, width = len(b), lower + upper + 1
    held = np.zeros(size * width + width)
    np.add.at(held, row * width + column - row + lower, weight)
    matrix = np.lib.stride_tricks.as_strided(
        held[lower:], (size, size), ((width - 1) * held.itemsize, held.itemsize)
    )  # entry (i, j) of the matrix, where it is inside the band
    leave, x, pivot = leave.copy(), b.copy(), np.zeros(size)
    for i in range(size):
        beyond = matrix[i, i + 1 : i + 1 + upper]
        pivot[i] = leave[i] + np.add.reduce(beyond)
        if not pivot[i] > 0:
            return None
        below = slice(i + 1, i + 1 + lower)
        share = matrix[below, i] / pivot[i]
        matrix[below, i + 1 : i + 1 + upper] += share[:, None] * beyond
        leave[below] += share * leave[i]
        x[below] += share * x[i]
    for i in range(size - 1, -1, -1):
        x[i] += np.add.reduce(matrix[i, i + 1 : i + 1 + upper] * x[i + 1 : i + 1 + upper])
        x[i] /= pivot[i]
    return x


def band(row: Array, column: Array) -> tuple[int, int]:
    """How far below and above the diagonal of a matrix there are entries.

    >>> band(np.array([0, 3, 1]), np.array([1, 1, 1]))
    (2, 1)
    """
    beside = column - row
    return int(-beside.min(initial=0)), int(beside.max(initial=0))


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
