"""Transposed convolution of pictures with few channels, one output row after the other.

What a row of the input gives to one cell of the kernel is a run of numbers along that row. Of all cells of
the kernel whose places leave the same rest divided by the stride, these runs lie on the same columns of the
output: they are added up as runs, an array for each rest and channel, and are put between each other once,
when the row is done. Products and additions of three channels at a time take three times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from dlcli.engines.base.checks import Array, compute_dtype
from dlcli.engines.base.tiles import for_each, thread_count

if TYPE_CHECKING:
    from dlcli.engines.convolution.transposed import Stamps

#: Output rows that a thread takes at a time.
ROWS = 16


def laid_by_rows(
    x: Array, w: Array, b: Array | None, where: Stamps, groups: int = 1, threads: int | None = None
) -> Array:
    """As ``laid_at_once``, which is quicker where channels are many or rows short.

    >>> from dlcli.engines.convolution.transposed import stamps
    >>> x, w = np.array([[1.0, 2.0]]).reshape(1, 1, 2, 1), np.ones((1, 2, 1, 1))
    >>> laid_by_rows(x, w, None, stamps((1, 2), (1, 2)))[0, 0, :, 0]
    array([1., 3., 2.])
    """
    dtype = compute_dtype(x, w, b)
    batch, _, width, channels = x.shape
    (height, out_width), (kh, kw), stride = where.out_size, where.kernel, where.stride[1]
    x = x.astype(dtype, copy=False).reshape(*x.shape[:3], groups, -1)
    w = w.astype(dtype).reshape(kh, kw, channels // groups, groups, -1).transpose(3, 0, 1, 4, 2)
    each = w.shape[3]
    kernels = np.ascontiguousarray(w).reshape(groups, kh, kw * each, -1)  # (G, kh, kw * O/G, C/G)
    y = np.empty((batch, height, out_width, groups, each), dtype)
    bias = np.zeros((groups, each), dtype) if b is None else b.astype(dtype).reshape(groups, each)
    places = [divmod(c * where.dilation[1] - where.cut[1][0], stride) for c in range(kw)]
    before = max(0, -min(shift for shift, _ in places))
    columns = -(-out_width // stride)
    line = before + max(columns, width + max(shift for shift, _ in places))
    seen = [[indices.tolist() for indices in where.inputs_of(0, i)] for i in range(height)]

    def worker() -> Callable[[tuple[int, int, int]], None]:
        sums = np.empty((stride, each, line), dtype)
        runs = np.empty((kw, each, width), dtype)

        def do(piece: tuple[int, int, int]) -> None:
            n, group, top = piece
            for i in range(top, min(top + ROWS, height)):
                sums[...] = bias[group][:, None]
                for row, r in zip(*seen[i], strict=True):
                    np.matmul(kernels[group, r], x[n, row, :, group].T, out=runs.reshape(-1, width))
                    for run, (shift, rest) in zip(runs, places, strict=True):
                        sums[rest, :, before + shift :][:, :width] += run
                laid = sums[:, :, before : before + columns].transpose(2, 0, 1)  # (column, rest, O/G)
                y[n, i, :, group] = laid.reshape(-1, each)[:out_width]

        return do

    pieces = list(product(range(batch), range(groups), range(0, height, ROWS)))
    work = x.size * w[0, ..., 0].size
    for_each(pieces, worker, thread_count(threads, work, (stride + kw) * each * line * y.itemsize))
    return y.reshape(batch, height, out_width, -1)
