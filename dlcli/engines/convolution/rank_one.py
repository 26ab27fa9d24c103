"""Kernels that are a column times a row."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array


def factors(w: Array) -> tuple[Array, Array] | None:
    """The column and the row of each kernel, or none when a kernel is no outer product.

    w (..., kernel_height, kernel_width). The first number of a column that is not 0 is positive, as one
    would write it. The test is exact to a few roundings of the kernel's dtype.

    >>> factors(np.array([[1.0, 2.0], [3.0, 6.0]]))
    (array([2., 6.]), array([0.5, 1. ]))
    >>> factors(np.array([[-1.0, 1.0], [-2.0, 2.0]]))
    (array([1., 2.]), array([-1.,  1.]))
    >>> factors(np.eye(2)) is None
    True
    """
    kernels = w.reshape(-1, *w.shape[-2:])
    columns, rows = np.empty(kernels.shape[:2], w.dtype), np.empty(kernels.shape[::2], w.dtype)
    for kernel, column, row in zip(kernels, columns, rows, strict=True):
        r, c = np.unravel_index(np.abs(kernel).argmax(), kernel.shape)
        if not 0 < abs(kernel[r, c]) < np.inf:
            return None
        column[...], row[...] = kernel[:, c], kernel[r] / kernel[r, c]
        if column[np.flatnonzero(column)[0]].real < 0:
            column[...], row[...] = -column, -row
        if not (
            np.abs(np.outer(column, row) - kernel).max() <= 4 * np.finfo(w.dtype).eps * abs(kernel[r, c])
        ):
            return None
    return columns.reshape(w.shape[:-1]), rows.reshape(*w.shape[:-2], w.shape[-1])
