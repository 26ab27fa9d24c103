"""The gradients of a convolution layer: of its input, its kernels and its biases."""

from __future__ import annotations

from typing import NamedTuple, Unpack

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.base.padding import Geometry, pad
from dlcli.engines.convolution.definition import ConvOptions, checked
from dlcli.engines.convolution.im2col import Layout, Piece, Windows, kernel_matrices


class Gradients(NamedTuple):
    """dL/dx, dL/dw and dL/db of a layer, in the shapes of x, w and b."""

    dx: Array
    dw: Array
    db: Array


def conv2d_backward(
    dy: Array,
    x: Array,
    w: Array,
    **options: Unpack[ConvOptions],
) -> Gradients:
    """How a loss L changes with the input, the kernels and the biases of ``conv2d``.

    dy (batch, out_height, out_width, channel_out) holds dL/dy; x, w and the options are those of the forward
    pass, see ``conv2d``. Returns ``Gradients`` in dy's precision. ``conv2d_backward_plain`` is the formula;
    this is the same by matrix products, piece by piece. Raises ``EngineError`` when shapes do not fit.

    >>> x, w = np.arange(9.0).reshape(1, 3, 3, 1), np.ones((2, 2, 1, 1))
    >>> dx, dw, db = conv2d_backward(np.ones((1, 2, 2, 1)), x, w)
    >>> dx[0, :, :, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    >>> dw[:, :, 0, 0], db
    (array([[ 8., 12.],
           [20., 24.]]), array([4.]))

    Source: Goodfellow, Bengio and Courville, Deep Learning, 2016, equations 9.11 and 9.13.
    """
    where, groups = _checked(dy, x, w, **options), options.get("groups", 1)
    dtype = dy.dtype
    layout = Layout.of(x, where, groups, dtype)
    windows = Windows(x, where, layout)
    matrices = [matrix[:-1] for matrix in kernel_matrices(w, None, groups, dtype, layout)]
    sums = np.zeros((groups, matrices[0].shape[0] + 1, matrices[0].shape[1]), dtype)
    kernels, batch = sums.shape[2], len(x)
    rows, columns = len(windows.rows), len(windows.columns)
    whole = windows.framed or layout.planar
    dx = np.zeros(x.shape, dtype) if not whole else np.empty(x.shape, dtype)
    pictures = layout.pictures
    for n in range(0, batch, pictures):
        count = min(pictures, batch - n)
        shape = (count, x.shape[3], rows, columns) if layout.planar else (count, rows, columns, x.shape[3])
        spread = np.zeros(shape, dtype) if whole else dx[n : n + count]
        padded = spread.transpose(0, 2, 3, 1) if layout.planar else spread
        for piece in (piece for piece in layout.pieces if piece.n0 == n):
            _piece(dy, windows, matrices, sums, padded, piece, kernels)
        if whole:
            dx[n : n + count] = unpad(padded, where)
    dw = sums[:, :-1].reshape(groups, *w.shape[:3], kernels)
    dw = np.moveaxis(dw, 0, 3).reshape(w.shape)
    return Gradients(dx, dw, sums[:, -1].reshape(-1))


def _piece(
    dy: Array, windows: Windows, matrices: list[Array], sums: Array, padded: Array, piece: Piece, kernels: int
) -> None:
    """Add what a piece gives to the kernels' and biases' sums, and to the gradient of the padded input."""
    layout, where = windows.layout, windows.where
    (kh, kw), sy = where.kernel, where.stride[0]
    seen = windows.seen(piece)
    above = dy[piece.n0 : piece.n1, piece.r0 : piece.r1]
    count, rows, width = above.shape[:3]
    depth = layout.depth
    for group, matrix in enumerate(matrices):
        part = above[..., group * kernels : (group + 1) * kernels]
        cells = windows.of(seen, piece, group)
        into = padded[:, piece.r0 * sy :, :, group * depth : (group + 1) * depth]
        if layout.planar:
            planes = part.reshape(count, rows * width, kernels)
            sums[group] += np.matmul(cells, planes).sum(axis=0)
            back = np.matmul(matrix, planes.transpose(0, 2, 1)).reshape(count, kh, kw, depth, rows, width)
            back = back.transpose(0, 4, 5, 1, 2, 3)  # (n, rows, OW, kh, kw, C/G)
        else:
            grad = part.reshape(-1, kernels)
            sums[group] += cells.T @ grad
            back = (grad @ matrix.T).reshape(count, rows, width, kh, kw, depth)
        for r, c in np.ndindex(kh, kw):
            into[:, *where.seen(r, c, rows, width)] += back[:, :, :, r, c]


def conv2d_backward_plain(
    dy: Array,
    x: Array,
    w: Array,
    **options: Unpack[ConvOptions],
) -> Gradients:
    """The definition of ``conv2d_backward``, one kernel cell after the other.

    dw[r, c, k, o]    = sum over n, i, j of x[n, p, q, k] * dy[n, i, j, o]
    dx[n, p, q, k]    = sum over o and all r, c, i, j with this p and q of w[r, c, k, o] * dy[n, i, j, o]
    db[o]             = sum over n, i, j of dy[n, i, j, o]

    where p = i * stride + r * dilation, q = j * stride + c * dilation, and x has its frame; what a cell of
    the frame gets goes to the cell that it repeats, or is lost when that is a zero.

    >>> x, w = np.arange(9.0).reshape(1, 3, 3, 1), np.ones((2, 2, 1, 1))
    >>> conv2d_backward_plain(np.ones((1, 2, 2, 1)), x, w).dw[:, :, 0, 0]
    array([[ 8., 12.],
           [20., 24.]])
    """
    where, groups = _checked(dy, x, w, **options), options.get("groups", 1)
    kh, kw = where.kernel
    padded = pad(x.astype(dy.dtype), where.pads, where.pad_mode)
    batch, height, width, _ = dy.shape
    above = dy.reshape(batch, height, width, groups, -1)  # (N, OH, OW, G, O/G)
    kernels = w.astype(dy.dtype).reshape(kh, kw, -1, groups, above.shape[-1])  # (kh, kw, C/G, G, O/G)
    dw, spread = np.zeros_like(kernels), np.zeros_like(padded)
    for r, c in np.ndindex(kh, kw):
        down, across = where.seen(r, c, height, width)
        window = padded[:, down, across].reshape(batch, height, width, groups, -1)
        dw[r, c] = np.einsum("nijgk,nijgo->kgo", window, above)
        back = np.einsum("kgo,nijgo->nijgk", kernels[r, c], above)
        spread[:, down, across] += back.reshape(batch, height, width, -1)
    return Gradients(unpad(spread, where), dw.reshape(w.shape), dy.sum(axis=(0, 1, 2)))


def unpad(spread: Array, where: Geometry) -> Array:
    """The gradient of a picture, from that of the picture with its frame.

    Each cell of the frame gives its share to the cell that it repeats.
    spread (batch, padded rows, padded columns, channel).

    >>> from dlcli.engines.base.padding import geometry
    >>> where = geometry((1, 2), (1, 1), padding=((0, 0), (1, 0)), pad_mode="edge")
    >>> unpad(np.array([[[[1.0], [2.0], [4.0]]]]), where)[0, :, :, 0]
    array([[3., 4.]])
    """
    for axis, source in ((1, where.rows()), (2, where.columns())):
        before, length = where.pads[axis - 1][0], where.in_size[axis - 1]
        lines = np.moveaxis(spread, axis, 0)
        inner = lines[before : before + length]
        outside = [i for i in range(len(source)) if source[i] >= 0 and not before <= i < before + length]
        if outside:
            inner = inner.copy()
            for i in outside:
                inner[source[i]] += lines[i]
        spread = np.moveaxis(inner, 0, axis)
    return spread


def _checked(dy: Array, x: Array, w: Array, **options: Unpack[ConvOptions]) -> Geometry:
    """The geometry of the forward pass, when dy has the shape of its result."""
    where = checked(x, w, None, **options)
    wanted = (len(x), *where.out_size, w.shape[3])
    if dy.shape != wanted or dy.dtype.kind not in "fc":
        raise EngineError(
            f"dy expects floats of shape {wanted}, that of conv2d's result; received {dy.dtype} {dy.shape}"
        )
    return where
