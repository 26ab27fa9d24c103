"""Correlation with kernels that are a column times a row: down first, then across.

A kernel of k rows and k columns that is an outer product needs k + k multiplications a cell and not k * k.
Both passes are matrix products over a strip of rows that stays in the cache: the column as a banded matrix
from the left, the row as banded blocks from the right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, compute_dtype
from dlcli.engines.base.padding import Geometry
from dlcli.engines.base.tiles import for_each, thread_count
from dlcli.engines.convolution.banded import band_matrix
from dlcli.engines.convolution.channels import Channels
from dlcli.engines.convolution.rank_one import factors

#: Output rows of a strip.
ROWS = 16

#: Columns up to which a picture is a few lines that go down.
NARROW = 8


def forward(x: Array, w: Array, b: Array | None, where: Geometry, groups: int, threads: int | None) -> Array:
    """As ``plain``, in two passes; raises ``EngineError`` when a kernel is no outer product.

    What is a few columns wide, such as a sound whose time goes down, is turned to lie along its rows:
    the second pass, blocks of a row times a banded matrix, is the one for long lines.
    """
    if where.out_size[1] <= NARROW < where.out_size[0]:
        lying = forward(x.swapaxes(1, 2), w.swapaxes(0, 1), b, where.turned, groups, threads)
        return np.ascontiguousarray(lying.swapaxes(1, 2))
    y = np.empty((len(x), *where.out_size, w.shape[3]), compute_dtype(x, w, b))
    layer = Channels.of(x, w, b, y, where, groups)
    found = factors(np.moveaxis(layer.w, (3, 4), (1, 2)))  # (G, C/G, O/G, kh), (G, C/G, O/G, kw)
    if found is None:
        raise EngineError(
            "method 'separable' expects kernels that are a column times a row; try method='auto'"
        )
    layout = Layout.of(layer)
    scratch = (layout.inputs * layer.depth * layer.repeat + 3 * layout.rows) * layout.line * y.itemsize
    count = thread_count(threads, y.size * layer.depth * sum(where.span), scratch)
    for_each(layout.strips(len(x)), lambda: _Worker(layer, layout, *found), count)
    return y


@dataclass(frozen=True, slots=True)
class Layout:
    """Strips of ``rows`` output rows, which see ``inputs`` input rows.

    A line holds all padded columns and is cut into blocks of ``block`` cells, the least that the row of a
    kernel spans less one, so that an output sees its own block and the one behind it.
    """

    rows: int
    inputs: int
    block: int
    line: int
    out_height: int

    @staticmethod
    def of(layer: Channels) -> Layout:
        """Choose sizes for a kernel and a picture."""
        (sy, _), (span_y, span_x) = layer.where.stride, layer.where.span
        rows = min(ROWS, layer.where.out_size[0])
        block = max(16, -(-(span_x - 1) // 8) * 8)
        line = (-(-len(layer.columns) // block) + 1) * block
        return Layout(rows, (rows - 1) * sy + span_y, block, line, layer.where.out_size[0])

    def strips(self, batch: int) -> list[tuple[int, int]]:
        """Picture and first output row of every strip."""
        return [(n, row) for n in range(batch) for row in range(0, self.out_height, self.rows)]


class _Worker:
    """What one thread does with a strip, and the scratch arrays it does it in."""

    def __init__(self, layer: Channels, layout: Layout, columns: Array, rows: Array) -> None:
        self.layer, self.layout = layer, layout
        dtype = layer.y.dtype
        self.seen = np.empty((layer.depth, layer.repeat, layout.inputs, len(layer.columns)), dtype)
        self.smoothed = np.zeros((layout.rows + 1, layout.line), dtype)
        self.sums = np.empty((2, layout.rows, layout.line), dtype)
        shape = columns.shape[:3]
        (dy, dx), block = layer.where.dilation, layout.block
        self.columns = np.empty(shape, object)
        self.blocks = np.zeros((*shape, 2 * block, block), dtype)
        for place in np.ndindex(shape):
            column = np.zeros(layer.where.span[0], dtype)
            column[::dy] = columns[place]
            self.columns[place] = band_matrix(column[:, None, None, None], layout.rows, layer.where.stride[0])
            for c in range(block):
                self.blocks[place][c : c + layer.where.span[1] : dx, c] = rows[place]

    def __call__(self, strip: tuple[int, int]) -> None:
        """Compute a strip, and by the definition where it meets a NaN or an infinity.

        There a zero of a band would make NaNs in outputs whose window does not hold it.
        """
        picture, top = strip
        layer, layout = self.layer, self.layout
        (sy, sx), (height, width) = layer.where.stride, layer.where.out_size
        bottom = min(top + layout.rows, height)
        rows = layer.rows[top * sy :][: (bottom - top - 1) * sy + layer.where.span[0]]
        finite = True
        for group in range(layer.groups):
            into = self.seen[:, :, : len(rows)].transpose(0, 2, 3, 1)
            layer.window(picture, rows, 0, len(layer.columns), group, into)
            for again in range(layer.repeat):
                for k in range(layer.kernels):
                    total = self.two_passes(group, k, again, bottom - top, len(rows))[:, : width * sx : sx]
                    finite &= bool(np.isfinite(total.sum()))
                    bias = 0 if layer.b is None else layer.b[group, k, 0, 0, again]
                    np.add(total, bias, out=layer.y[picture, top:bottom, :, group, again, k])
        if not finite:
            layer.exact(picture, range(top, bottom), 0, width)

    def two_passes(self, group: int, k: int, again: int, count: int, inputs: int) -> Array:
        """The strip's answers to a kernel, added up over the channels; (row, padded column)."""
        block, width = self.layout.block, self.seen.shape[3]
        flat = self.smoothed.reshape(-1, block)
        total, part = self.sums[:, :count]
        cells = total.size // block
        for d in range(self.layer.depth):
            down = self.columns[group, d, k][:count, :inputs]
            np.matmul(down, self.seen[d, again, :inputs], out=self.smoothed[:count, :width])
            matrix = self.blocks[group, d, k]
            if d:
                np.matmul(flat[:cells], matrix[:block], out=part.reshape(-1, block))
                total += part
            else:
                np.matmul(flat[:cells], matrix[:block], out=total.reshape(-1, block))
            np.matmul(flat[1 : cells + 1], matrix[block:], out=part.reshape(-1, block))
            total += part
        return total
