"""The cells of one window of a pooling: where they stand, what they hold, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, compute_dtype
from dlcli.engines.pooling.definition import extreme_plain
from dlcli.engines.pooling.windows import PoolWindows, pool_windows

KINDS = ("max", "avg", "min", "lp")


@dataclass(frozen=True)
class WindowTerms:
    """One window, (kernel_height, kernel_width), over one channel.

    ``rows`` and ``columns`` say which of the picture's each cell stands on, beyond it for padding; ``inside``
    is true where there is a cell of the picture, and ``values`` holds its number (0 elsewhere). ``winner`` is
    where in the window the largest or least number stands (none for sums), ``count`` by what a mean divides,
    ``powers`` what is added up, ``total`` their sum, in float64.
    """

    cell: tuple[int, int]
    rows: Array
    columns: Array
    inside: Array
    values: Array
    winner: tuple[int, int] | None
    count: int
    powers: Array
    total: Any


def window_terms(
    x: Array,
    windows: PoolWindows,
    cell: tuple[int, int],
    *,
    kind: str = "max",
    p: float = 2,
    count_padding: bool = False,
) -> WindowTerms:
    """What the window of output cell (i, j) sees of x (height, width), and what is made of it.

    Raises ``EngineError`` when there is no such cell, or no such kind.

    >>> terms = window_terms(np.array([[1, 3], [4, 2]]), pool_windows((2, 2), 2), (0, 0))
    >>> terms.winner, terms.values[terms.winner]
    ((1, 0), np.int64(4))
    """
    where = windows.where
    if kind not in KINDS:
        raise EngineError(f"kind expects one of {', '.join(KINDS)}; received {kind!r}")
    if not all(0 <= place < size for place, size in zip(cell, where.out_size, strict=True)):
        raise EngineError(
            f"cell {cell[0]},{cell[1]} is outside the output of {where.out_size[0]}x{where.out_size[1]}"
        )
    rows, columns = (
        np.arange(k) * dilation + place * stride - before
        for k, dilation, place, stride, (before, _) in zip(
            where.kernel, where.dilation, cell, where.stride, where.pads, strict=True
        )
    )
    inside = np.logical_and.outer((rows >= 0) & (rows < x.shape[0]), (columns >= 0) & (columns < x.shape[1]))
    values = np.zeros(inside.shape, x.dtype)
    seen = x[np.ix_(windows.rows.inside(cell[0]), windows.columns.inside(cell[1]))]
    values[inside] = seen.ravel()
    winner = None
    if kind in ("max", "min"):
        _, place = extreme_plain(seen[None, ..., None], pool_windows(seen.shape, seen.shape), kind == "max")
        found = np.argwhere(inside)[place.item()]
        winner = int(found[0]), int(found[1])
    wide = values.astype(np.result_type(compute_dtype(x), np.float64))
    with np.errstate(all="ignore"):
        powers = np.where(inside, wide**p, 0) if kind == "lp" else wide
        total = powers.sum()
    count = int(windows.counts(count_padding)[cell])
    return WindowTerms(cell, rows, columns, inside, values, winner, count, powers, total)
