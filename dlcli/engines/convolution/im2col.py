"""Convolution of many channels as one matrix product: every window a row of a matrix.

The windows of a few pictures (or of a few rows of a large one) are copied into the rows of a matrix, which
times the kernels, each a column, gives all their outputs at once. The matrix is rebuilt piece by piece in
the cache; a last column of ones stands for the bias.

Source: Chellapilla, Puri and Simard, High performance convolutional neural networks for document
processing, 2006.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided

from dlcli.engines.base.checks import Array, DType, compute_dtype
from dlcli.engines.base.padding import Geometry
from dlcli.engines.base.tiles import for_each, thread_count

#: Bytes of the matrix of windows: it is used up before it leaves the second-level cache.
CACHE_BYTES = 600_000

#: With fewer numbers side by side than this, a window is copied channel by channel instead.
SHORT_RUN = 24


def forward(x: Array, w: Array, b: Array | None, where: Geometry, groups: int, threads: int | None) -> Array:
    """As ``plain``, by matrices of windows, for batches and pictures with many channels.

    Beyond x and the result it needs about 1 MB a thread.
    """
    y = np.empty((len(x), *where.out_size, w.shape[3]), compute_dtype(x, w, b))
    windows = Layout.of(x, where, groups, y.dtype)
    matrices = kernel_matrices(w, b, groups, y.dtype, windows)
    count = thread_count(threads, y.size * w[..., 0].size, 2 * CACHE_BYTES)

    def worker() -> _Worker:
        return _Worker(Windows(x, where, windows), matrices, y)

    for_each(windows.pieces, worker, count)
    return y


def kernel_matrices(w: Array, b: Array | None, groups: int, dtype: DType, layout: Layout) -> list[Array]:
    """For each group the kernels as columns, their cells in the order of a window's, the bias below them."""
    kh, kw, depth, kernels = w.shape
    cells = w.astype(dtype, copy=False).reshape(kh * kw * depth, groups, kernels // groups)
    bias = np.zeros(kernels, dtype) if b is None else b.astype(dtype, copy=False)
    rows = np.concatenate([cells, bias.reshape(1, groups, -1)])  # (kh kw C/G + 1, G, O/G)
    return [np.ascontiguousarray(rows[:, group]) for group in range(groups)]


@dataclass(frozen=True, slots=True)
class Piece:
    """Pictures n0 up to n1, output rows r0 up to r1."""

    n0: int
    n1: int
    r0: int
    r1: int


@dataclass(frozen=True, slots=True)
class Layout:
    """How the work is cut: ``pictures`` and output ``rows`` of a piece, ``depth`` channels a group.

    ``planar`` copies channel by channel, which pays when a window has few numbers side by side: the matrix
    is then (picture, cell, place) and not (picture, place, cell).
    """

    pictures: int
    rows: int
    depth: int
    groups: int
    planar: bool
    pieces: list[Piece]
    dtype: DType

    @staticmethod
    def of(x: Array, where: Geometry, groups: int, dtype: DType) -> Layout:
        """Choose pieces whose matrix fits the cache."""
        (kh, kw), (height, width), batch = where.kernel, where.out_size, len(x)
        depth = x.shape[3] // groups
        row = width * (kh * kw * depth + 1) * dtype.itemsize
        rows = max(1, min(height, CACHE_BYTES // row))
        pictures = max(1, min(batch, CACHE_BYTES // (row * height))) if rows == height else 1
        pieces = [
            Piece(n, min(n + pictures, batch), r, min(r + rows, height))
            for n in range(0, batch, pictures)
            for r in range(0, height, rows)
        ]
        side_by_side = (kw if where.dilation[1] == 1 else 1) * depth
        return Layout(pictures, rows, depth, groups, side_by_side < SHORT_RUN, pieces, dtype)


class Windows:
    """Makes the matrix of windows of a piece; owns the scratch arrays for it."""

    def __init__(self, x: Array, where: Geometry, layout: Layout) -> None:
        self.x, self.where, self.layout = x, where, layout
        self.rows, self.columns = where.rows(), where.columns()
        (kh, kw), width = where.kernel, where.out_size[1]
        cells, places = kh * kw * layout.depth, layout.rows * width
        planar = (layout.pictures, cells + 1, places)
        self.matrix = np.ones(planar if layout.planar else (planar[0] * places, cells + 1), layout.dtype)
        seen = (layout.rows - 1) * where.stride[0] + where.span[0]
        self.framed = any(map(any, where.pads))
        copies = self.framed or layout.planar or x.dtype != layout.dtype
        shape = [layout.pictures, seen, len(self.columns)]
        shape.insert(1 if layout.planar else 3, x.shape[3])
        self.padded = np.empty(shape, layout.dtype) if copies else None

    def seen(self, piece: Piece) -> Array:
        """The padded input (picture, row, column, channel) under a piece's windows."""
        where = self.where
        rows = self.rows[piece.r0 * where.stride[0] :][: self.height(piece)]
        pictures = self.x[piece.n0 : piece.n1]
        if not self.framed:
            pictures = pictures[:, rows[0] : rows[-1] + 1]
        if self.padded is None:
            return pictures
        into = self.padded.transpose(0, 2, 3, 1) if self.layout.planar else self.padded
        into = into[: len(pictures), : len(rows)]
        if not self.framed:
            into[...] = pictures
            return into
        inside, left, width = rows >= 0, where.pads[1][0], where.in_size[1]
        if where.pad_mode != "zeros":
            into[...] = pictures[:, rows[:, None], self.columns]
            return into
        into[...] = 0
        if inside.any():
            first = int(inside.argmax())
            count = int(inside.sum())
            into[:, first : first + count, left : left + width] = pictures[
                :, rows[first] : rows[first] + count
            ]
        return into

    def height(self, piece: Piece) -> int:
        """Padded input rows under a piece."""
        return (piece.r1 - piece.r0 - 1) * self.where.stride[0] + self.where.span[0]

    def of(self, seen: Array, piece: Piece, group: int) -> Array:
        """The matrix for one group: (picture, cell, place) when planar, else (picture * place, cell)."""
        (kh, kw), (sy, sx), (dy, dx) = self.where.kernel, self.where.stride, self.where.dilation
        depth, pictures, rows = self.layout.depth, len(seen), piece.r1 - piece.r0
        width = self.where.out_size[1]
        part = seen[..., group * depth : (group + 1) * depth]
        n, down, across, deep = part.strides
        places = rows * width
        if self.layout.planar:
            matrix = self.matrix[:pictures, :, :places]
            view = (pictures, kh, kw, depth, rows, width)
            source = as_strided(part, view, (n, down * dy, across * dx, deep, down * sy, across * sx))
            one, cell, place = matrix.strides
            steps = (one, kw * depth * cell, depth * cell, cell, width * place, place)
            as_strided(matrix, view, steps)[...] = source
            return matrix
        matrix = self.matrix[: pictures * places]
        view = (pictures, rows, width, kh, kw, depth)
        source = as_strided(part, view, (n, down * sy, across * sx, down * dy, across * dx, deep))
        place, cell = matrix.strides
        steps = (places * place, width * place, place, kw * depth * cell, depth * cell, cell)
        as_strided(matrix, view, steps)[...] = source
        return matrix


class _Worker:
    """What one thread does with a piece."""

    def __init__(self, windows: Windows, matrices: list[Array], y: Array) -> None:
        self.windows, self.matrices, self.y = windows, matrices, y

    def __call__(self, piece: Piece) -> None:
        windows, layout = self.windows, self.windows.layout
        seen = windows.seen(piece)
        into = self.y[piece.n0 : piece.n1, piece.r0 : piece.r1]  # (n, rows, OW, O)
        kernels = into.shape[3] // layout.groups
        for group in range(layout.groups):
            matrix = windows.of(seen, piece, group)
            places = matrix.transpose(0, 2, 1) if layout.planar else matrix
            target = into[..., group * kernels : (group + 1) * kernels]
            shape = (len(into), -1, kernels) if layout.planar else (-1, kernels)
            if layout.groups == 1 and target.flags.c_contiguous:
                np.matmul(places, self.matrices[group], out=target.reshape(shape))
            else:
                target[...] = np.matmul(places, self.matrices[group]).reshape(target.shape)
