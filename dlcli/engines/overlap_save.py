"""Correlation with large kernels by the Fourier transform, tile by tile.

In the frequency domain a correlation is one product per frequency, however large the kernel. The picture is
cut into tiles that overlap by the kernel's span; in each tile the outputs that the transform's periodicity
has mixed up are thrown away (saved are those that overlap nothing). Tiles stay in the cache, and float32
stays float32: NumPy's transforms do so only when a forward one divides by its length, which the kernel's
spectrum takes back.

Source: Oppenheim and Schafer, Discrete-Time Signal Processing, section 8.7 (overlap-save).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.fft as fft

from dlcli.engines.channels import Channels
from dlcli.engines.checks import Array, compute_dtype
from dlcli.engines.padding import Geometry
from dlcli.engines.tiles import for_each, thread_count

#: Rows and columns of a tile, unless kernel or picture ask for others.
TILE = (256, 256)


def forward(
    x: Array,
    w: Array,
    b: Array | None,
    where: Geometry,
    groups: int = 1,
    *,
    out: Array | None = None,
    threads: int | None = None,
) -> Array:
    """``conv2d`` by Fourier transforms, for large kernels with few channels.

    Takes and returns what ``conv2d`` does, ``where`` being the geometry of its options. Beyond x and the
    result it needs some 2 MB a thread and half a megabyte for each kernel and channel.

    >>> from dlcli.engines.padding import geometry
    >>> photo = np.arange(12.0).reshape(1, 3, 4, 1)
    >>> forward(photo, np.ones((2, 2, 1, 1)), None, geometry((3, 4), (2, 2)))[0, :, :, 0].round(9)
    array([[10., 14., 18.],
           [26., 30., 34.]])
    """
    y = np.empty((len(x), *where.out_size, w.shape[3]), compute_dtype(x, w, b)) if out is None else out
    layer = Channels.of(x, w, b, y, where, groups)
    layout = Layout.of(layer)
    spectra = layout.spectra(layer)
    scratch = (3 + layer.kernels) * layout.rows * layout.columns * y.itemsize
    count = thread_count(threads, y.size * 100, scratch)
    for_each(layout.tiles(len(x)), lambda: _Worker(layer, layout, spectra), count)
    return y


def tile_length(usual: int, span: int, padded: int) -> int:
    """The length of a tile's side: eight spans of the kernel up to 512, four beyond, no more than is needed.

    >>> tile_length(256, 15, 4000), tile_length(256, 33, 4000), tile_length(256, 33, 65)
    (256, 512, 72)
    """
    length = usual
    while length < 4 * span or (length < 8 * span and length < 512):
        length *= 2
    fast = padded
    while not _smooth(fast):
        fast += 1
    return min(length, fast)


def _smooth(n: int) -> bool:
    """Whether a length has no prime factor above 5: such transforms are the fast ones."""
    for factor in (2, 3, 5):
        while n % factor == 0:
            n //= factor
    return n == 1


@dataclass(frozen=True, slots=True)
class Layout:
    """Tiles of ``rows`` by ``columns`` input cells, each of which gives ``height`` by ``width`` outputs."""

    rows: int
    columns: int
    height: int
    width: int
    out_size: tuple[int, int]

    @staticmethod
    def of(layer: Channels) -> Layout:
        """Choose the tile for a kernel and a picture."""
        where = layer.where
        padded = (len(layer.rows), len(layer.columns))
        rows, columns = (tile_length(*each) for each in zip(TILE, where.span, padded, strict=True))
        (sy, sx), (span_y, span_x) = where.stride, where.span
        return Layout(rows, columns, (rows - span_y) // sy + 1, (columns - span_x) // sx + 1, where.out_size)

    def tiles(self, batch: int) -> list[tuple[int, int, int]]:
        """Picture, first output row and first output column of every tile."""
        height, width = self.out_size
        corners = [(i, j) for i in range(0, height, self.height) for j in range(0, width, self.width)]
        return [(n, *corner) for n in range(batch) for corner in corners]

    def spectra(self, layer: Channels) -> Array:
        """The kernels' spectra, conjugated, (group, depth, kernel, row, frequency)."""
        kernel = np.moveaxis(layer.w, (3, 4), (1, 2))  # (G, C/G, O/G, kh, kw)
        (kh, kw), (dy, dx) = layer.where.kernel, layer.where.dilation
        complex_ = layer.y.dtype.kind == "c"
        spread = np.zeros(
            (*kernel.shape[:3], self.rows, self.columns), np.complex128 if complex_ else np.float64
        )
        spread[..., : kh * dy : dy, : kw * dx : dx] = kernel.conj() if complex_ else kernel
        across = fft.fft(spread, axis=-1) if complex_ else fft.rfft(spread, axis=-1)
        spectrum = fft.fft(across, axis=-2).conj() * (self.rows * self.columns)
        return spectrum.astype(np.result_type(layer.y.dtype, np.complex64))


class _Worker:
    """What one thread does with a tile, and the scratch arrays it does it in."""

    def __init__(self, layer: Channels, layout: Layout, spectra: Array) -> None:
        self.layer, self.layout, self.spectra = layer, layout, spectra
        self.real = layer.y.dtype.kind != "c"
        shape = (layout.rows, layout.columns)
        self.block = np.zeros((layer.depth, layer.repeat, *shape), layer.y.dtype)
        self.spectrum = np.empty(spectra.shape[-2:], spectra.dtype)
        one = layer.depth == layer.kernels == 1  # then the product may take the spectrum's place
        self.sums = (
            self.spectrum[None] if one else np.empty((layer.kernels, *self.spectrum.shape), spectra.dtype)
        )
        self.product = np.empty_like(self.spectrum) if layer.depth > 1 else self.spectrum
        self.answer = np.empty(shape, layer.y.dtype)

    def __call__(self, tile: tuple[int, int, int]) -> None:
        """Compute a tile, and by the definition where it meets a NaN, an infinity or an overflow.

        A transform would spread those over the whole tile.
        """
        picture, top, left = tile
        layer, layout = self.layer, self.layout
        (sy, sx), (height, width) = layer.where.stride, layout.out_size
        bottom, right = min(top + layout.height, height), min(left + layout.width, width)
        rows = layer.rows[top * sy :][: layout.rows]
        first, last = left * sx, min(left * sx + layout.columns, len(layer.columns))
        if len(rows) < layout.rows or last - first < layout.columns:
            self.block[...] = 0
        finite = True
        for group in range(layer.groups):
            into = self.block[:, :, : len(rows), : last - first].transpose(0, 2, 3, 1)
            layer.window(picture, rows, first, last, group, into)
            for again in range(layer.repeat):
                self.correlate(group, again)
                for k in range(layer.kernels):
                    found = self.inverse(self.sums[k])[: (bottom - top) * sy : sy, : (right - left) * sx : sx]
                    finite &= bool(np.isfinite(self.answer[0].sum()))  # one bad input spoils every cell
                    target = layer.y[picture, top:bottom, left:right, group, again, k]
                    bias = 0 if layer.b is None else layer.b[group, k, 0, 0, again]
                    np.add(found, bias, out=target)
        if not finite:
            layer.exact(picture, range(top, bottom), left, right)

    def correlate(self, group: int, again: int) -> None:
        """The sums over the channels of spectrum times kernel spectrum, for each kernel."""
        for d in range(self.layer.depth):
            block = self.block[d, again]
            across = fft.rfft if self.real else fft.fft
            across(block, axis=1, norm="forward", out=self.spectrum)
            fft.fft(self.spectrum, axis=0, norm="forward", out=self.spectrum)
            for k in range(self.layer.kernels):
                if d == 0:
                    np.multiply(self.spectrum, self.spectra[group, d, k], out=self.sums[k])
                else:
                    np.multiply(self.spectrum, self.spectra[group, d, k], out=self.product)
                    self.sums[k] += self.product

    def inverse(self, spectrum: Array) -> Array:
        """The tile that a spectrum stands for."""
        fft.ifft(spectrum, axis=0, out=spectrum)
        if self.real:
            return fft.irfft(spectrum, n=self.layout.columns, axis=1, out=self.answer)
        return fft.ifft(spectrum, axis=1, out=self.answer)
