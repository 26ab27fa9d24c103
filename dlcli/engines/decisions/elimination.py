"""Linear equations solved the same on every machine: Gauss's elimination in one order for all of them."""

from __future__ import annotations

from dlcli.engines.base.checks import Array


def solve_by_elimination(a: Array, b: Array, *, least: float = 0.0) -> Array | None:
    """The solutions x (R, S) of R systems a x = b, a (R, S, S); None where one of them has none of its own.

    That is where what is left of the diagonal (a pivot) is not above ``least``.

    For equations of values: the diagonal of a row of ``a`` is as large as all that is beside it together, so
    that no row has to be exchanged for another. A library's solver sums in the order that suits the
    processor; here there are only sums and products of two numbers, in an order that never changes.

    >>> import numpy as np
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
