"""Correlation with large kernels: by Fourier transform down the columns, by banded products along the rows.

After a Fourier transform of every column, a correlation is for each frequency one along the rows only, with a
kernel of one row. Such a correlation is a banded matrix product: a line cut into blocks, times a matrix that
holds the kernel's row once for each output of a block. The transforms cost the same for kernels of any
height, and the products are what processors are fastest at; together they beat a transform along both axes
up to kernels of a hundred columns.

The picture is cut into tiles that overlap by the kernel's span; in each tile the outputs that the
transform's periodicity has mixed up are thrown away (saved are those that overlap nothing). Tiles stay in
the cache, and float32 stays float32: NumPy's transforms do so only when a forward one divides by its length,
which the matrices take back.

Source: Oppenheim and Schafer, Discrete-Time Signal Processing, section 8.7 (overlap-save).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.fft as fft
from numpy.lib.stride_tricks import as_strided

from dlcli.engines.base.checks import Array, compute_dtype
from dlcli.engines.base.padding import Geometry
from dlcli.engines.base.tiles import for_each, thread_count
from dlcli.engines.convolution.channels import Channels

#: Input rows and output columns of a tile, unless kernel or picture ask for others.
TILE = (256, 512)


def forward(x: Array, w: Array, b: Array | None, where: Geometry, groups: int, threads: int | None) -> Array:
    """As ``plain``, by Fourier transforms, for large kernels with few channels.

    Beyond x and the result it needs some 3 MB a thread and some 2 MB for each kernel and channel.
    """
    y = np.empty((len(x), *where.out_size, w.shape[3]), compute_dtype(x, w, b))
    layer = Channels.of(x, w, b, y, where, groups)
    layout = Layout.of(layer)
    matrices = layout.matrices(layer)
    scratch = (3 + layer.kernels) * layout.rows * layout.columns * y.itemsize
    count = thread_count(threads, y.size * 100, scratch)
    for_each(layout.tiles(len(x)), lambda: _Worker(layer, layout, matrices), count)
    return y


def tile_rows(usual: int, span: int, padded: int) -> int:
    """Rows of a tile: at least four spans of the kernel, no more than needed, and easy to transform.

    >>> tile_rows(256, 15, 4000), tile_rows(256, 100, 4000), tile_rows(256, 33, 65)
    (256, 512, 72)
    """
    rows = usual
    while rows < 4 * span:
        rows *= 2
    fast = padded
    while not _smooth(fast):
        fast += 1
    return min(rows, fast)


def _smooth(n: int) -> bool:
    """Whether a length has no prime factor above 5: such transforms are the fast ones."""
    for factor in (2, 3, 5):
        while n % factor == 0:
            n //= factor
    return n == 1


@dataclass(frozen=True, slots=True)
class Layout:
    """Tiles of ``rows`` by ``columns`` input cells, each of which gives ``height`` by ``width`` outputs.

    A line is cut into ``lines`` blocks of ``block`` cells; an output sees its own block and the ``reach``
    blocks behind it.
    """

    rows: int
    columns: int
    block: int
    lines: int
    reach: int
    height: int
    width: int
    out_size: tuple[int, int]

    @staticmethod
    def of(layer: Channels) -> Layout:
        """Choose the tile for a kernel and a picture."""
        where = layer.where
        (sy, sx), (span_y, span_x) = where.stride, where.span
        rows = tile_rows(TILE[0], span_y, len(layer.rows))
        block = 16 if span_x <= 33 else 32
        reach = -(-(span_x - 1) // block)
        needed = (where.out_size[1] - 1) * sx + 1
        lines = min(TILE[1] // block, -(-needed // block))
        columns = (lines + reach) * block
        width = (lines * block - 1) // sx + 1
        return Layout(rows, columns, block, lines, reach, (rows - span_y) // sy + 1, width, where.out_size)

    def tiles(self, batch: int) -> list[tuple[int, int, int]]:
        """Picture, first output row and first output column of every tile."""
        height, width = self.out_size
        corners = [(i, j) for i in range(0, height, self.height) for j in range(0, width, self.width)]
        return [(n, *corner) for n in range(batch) for corner in corners]

    def matrices(self, layer: Channels) -> Array:
        """The banded matrices, (group, depth, kernel, block behind, frequency, cell, output of its block).

        Of real pictures cell and output are real and imaginary parts side by side, since real products are
        the faster ones: (x + iy) times (a + ib) is the row x, y times the matrix a, b over -b, a.
        """
        kernel = np.moveaxis(layer.w, (3, 4), (1, 2))  # (G, C/G, O/G, kh, kw)
        real = layer.y.dtype.kind != "c"
        (kh, _), (dy, dx) = layer.where.kernel, layer.where.dilation
        spread = np.zeros((*kernel.shape[:3], self.rows, kernel.shape[4]), kernel.dtype)
        spread[..., : kh * dy : dy, :] = kernel.conj()
        transform = fft.rfft if real else fft.fft
        double = np.float64 if real else np.complex128
        spectra = transform(spread.astype(double), axis=3).conj() * self.rows  # (G, C/G, O/G, F, kw)
        shape = (*kernel.shape[:3], self.reach + 1, spectra.shape[3], self.block, self.block)
        bands = np.zeros(shape, np.complex128)
        for behind in range(self.reach + 1):
            for c in range(kernel.shape[4]):
                output = np.arange(self.block)
                cell = output + c * dx - behind * self.block
                inside = (cell >= 0) & (cell < self.block)
                bands[..., behind, :, cell[inside], output[inside]] += spectra[..., c]
        if not real:
            return bands.astype(layer.y.dtype)
        pairs = np.empty((*shape[:-2], self.block, 2, self.block, 2), layer.y.dtype)
        pairs[..., 0, :, 0] = pairs[..., 1, :, 1] = bands.real
        pairs[..., 0, :, 1] = bands.imag
        pairs[..., 1, :, 0] = -bands.imag
        return pairs.reshape(*shape[:-2], 2 * self.block, 2 * self.block)


class _Worker:
    """What one thread does with a tile, and the scratch arrays it does it in."""

    def __init__(self, layer: Channels, layout: Layout, matrices: Array) -> None:
        self.layer, self.layout, self.matrices = layer, layout, matrices
        self.real = layer.y.dtype.kind != "c"
        complex_ = np.result_type(layer.y.dtype, np.complex64)
        frequencies, cells = matrices.shape[4], layout.lines * layout.block
        self.copied = np.zeros((layer.depth, layer.repeat, layout.rows, layout.columns), layer.y.dtype)
        self.spectrum = np.empty((frequencies, layout.columns), complex_)
        self.sums = np.empty((layer.kernels, frequencies, cells), complex_)
        self.product = np.empty((frequencies, cells), complex_)
        self.answer = np.empty((layout.rows, cells), layer.y.dtype)

    def __call__(self, tile: tuple[int, int, int]) -> None:
        """Compute a tile, and by the definition where it meets a NaN, an infinity or an overflow.

        A transform would spread those over their columns, and a product over their blocks.
        """
        picture, top, left = tile
        layer, layout = self.layer, self.layout
        (sy, sx), (height, width) = layer.where.stride, layout.out_size
        bottom, right = min(top + layout.height, height), min(left + layout.width, width)
        finite = True
        for group in range(layer.groups):
            seen = self.seen(picture, top * sy, left * sx, group)
            for again in range(layer.repeat):
                self.correlate(seen[:, again], group)
                for k in range(layer.kernels):
                    self.inverse(self.sums[k])
                    used = (right - left - 1) * sx + 1
                    finite &= bool(np.isfinite(self.answer[0, :used].sum()))
                    found = self.answer[: (bottom - top - 1) * sy + 1 : sy, :used:sx]
                    target = layer.y[picture, top:bottom, left:right, group, again, k]
                    if layer.b is None:
                        target[...] = found
                    else:
                        np.add(found, layer.b[group, k, 0, 0, again], out=target)
        if not finite:
            layer.exact(picture, range(top, bottom), left, right)

    def seen(self, picture: int, top: int, left: int, group: int) -> Array:
        """The padded input under a tile, (depth, repeat, row, column): where it lies if it can be."""
        layer, layout = self.layer, self.layout
        rows = layer.rows[top : top + layout.rows]
        first, last = left, min(left + layout.columns, len(layer.columns))
        whole = len(rows) == layout.rows and last - first == layout.columns
        inside = first - layer.where.pads[1][0]
        if whole and layer.repeat == 1 and inside >= 0 and inside + layout.columns <= layer.where.in_size[1]:
            lines = layer.lines(picture, rows, slice(inside, inside + layout.columns))
            if lines is not None:
                return lines[None, None]
        if not whole:
            self.copied[...] = 0
        into = self.copied[:, :, : len(rows), : last - first].transpose(0, 2, 3, 1)
        layer.window(picture, rows, first, last, group, into)
        return self.copied

    def correlate(self, channels: Array, group: int) -> None:
        """The spectra of the answers: for each kernel the sum over channels and blocks of the products.

        channels (depth, row, column).
        """
        layout, started = self.layout, False
        transform = fft.rfft if self.real else fft.fft
        for d, channel in enumerate(channels):
            transform(channel, axis=0, norm="forward", out=self.spectrum)
            for behind in range(layout.reach + 1):
                blocks = self.blocks(self.spectrum[:, behind * layout.block :])
                for k in range(self.layer.kernels):
                    matrix = self.matrices[group, d, k, behind]
                    if not started:
                        np.matmul(blocks, matrix, out=self.blocks(self.sums[k]))
                    else:
                        np.matmul(blocks, matrix, out=self.blocks(self.product))
                        self.sums[k] += self.product
                started = True

    def blocks(self, spectrum: Array) -> Array:
        """A spectrum as (frequency, block, cell), real and imaginary parts side by side for real pictures."""
        numbers = spectrum.view(self.layer.y.dtype)
        cells = self.layout.block * (2 if self.real else 1)
        line, item = numbers.strides
        return as_strided(numbers, (len(numbers), self.layout.lines, cells), (line, cells * item, item))

    def inverse(self, spectrum: Array) -> None:
        """Fill ``answer`` with the tile that a spectrum stands for."""
        if self.real:
            fft.irfft(spectrum, n=self.layout.rows, axis=0, out=self.answer)
        else:
            fft.ifft(spectrum, axis=0, out=self.answer)
