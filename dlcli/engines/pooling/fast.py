"""The largest number, the mean and the norm of every window, in two sweeps; see ``sweep``."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcli.engines.base.checks import Array, DType, compute_dtype
from dlcli.engines.pooling.sweep import sweep
from dlcli.engines.pooling.windows import PoolWindows

#: Cells of a window from which a sum is carried in double precision.
MANY = 256


def extreme(x: Array, windows: PoolWindows, largest: bool = True, *, threads: int | None = None) -> Array:
    """The numbers of ``extreme_plain``: the largest of each window, or the least."""
    y = np.empty((len(x), *windows.where.out_size, x.shape[3]), x.dtype)
    fold = np.maximum if largest else np.minimum
    return sweep(fold, x, y, windows, start=_end(x.dtype, least=largest), dtype=x.dtype, threads=threads)


def average(
    x: Array, windows: PoolWindows, count_padding: bool = False, *, threads: int | None = None
) -> Array:
    """``average_plain``, to rounding."""
    dtype = compute_dtype(x)
    tall, wide = windows.edge_counts(count_padding)
    alike = tall.min() == tall.max() and wide.min() == wide.max()

    def divide(y: Array, rows: slice) -> None:
        counts = tall[0] * wide[0] if alike else np.outer(tall[rows], wide)[:, :, None]
        np.divide(y, counts.astype(dtype), out=y)

    y = np.empty((len(x), *windows.where.out_size, x.shape[3]), dtype)
    return sweep(np.add, x, y, windows, start=0, dtype=_wide(dtype, windows), after=divide, threads=threads)


def norm(x: Array, windows: PoolWindows, p: float, *, threads: int | None = None) -> Array:
    """``norm_plain``, to rounding."""
    dtype = compute_dtype(x)
    wide = _wide(dtype, windows)

    def powers(cells: Array) -> Array:
        return np.square(cells, dtype=dtype) if p == 2 else np.power(cells, p, dtype=dtype)

    def root(y: Array, rows: slice) -> None:
        if p == 2:
            np.sqrt(y, out=y)
        elif p != 1:
            np.power(y, 1 / p, out=y)

    y = np.empty((len(x), *windows.where.out_size, x.shape[3]), dtype)
    return sweep(np.add, x, y, windows, start=0, dtype=wide, before=powers, after=root, threads=threads)


def _wide(dtype: DType, windows: PoolWindows) -> DType:
    """The dtype that a sum is carried in: sweeps round more than NumPy's own sum does when there are many."""
    kh, kw = windows.where.kernel
    return np.result_type(dtype, np.float64) if kh * kw > MANY else dtype


def _end(dtype: DType, least: bool) -> Any:
    """The least or the largest number of a dtype."""
    if dtype.kind == "f":
        return -np.inf if least else np.inf
    if dtype.kind == "b":
        return not least
    return np.iinfo(dtype).min if least else np.iinfo(dtype).max
