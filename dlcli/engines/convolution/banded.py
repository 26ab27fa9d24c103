"""Correlation of large pictures as one matrix product per strip of rows.

A kernel column slid down a strip is a matrix: each output row's weights stand in a row of their own, one
step further right than those of the row above. Such a banded (Toeplitz) matrix holds a kernel of 3 rows as

    w0 w1 w2  .  .  .
     .  w0 w1 w2  .  .
     .   .  w0 w1 w2 .
     .   .   .  w0 w1 w2

and times 6 rows of the picture it gives 4 rows of output. With all kernel columns below each other, one
product does the whole kernel; what belongs to kernel column c stands c cells further right, so the outputs
are the sum of these parts, each shifted by its c. That takes more multiplications than the definition, but
BLAS does them, and nothing leaves the cache but the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np

from dlcli.engines.base.checks import Array, compute_dtype
from dlcli.engines.base.padding import Geometry
from dlcli.engines.base.tiles import for_each, thread_count
from dlcli.engines.convolution.channels import Channels

#: Multiply-adds of one product: OpenBLAS does not repack matrices that need fewer than a million.
SMALL_PRODUCT = 500_000

#: Output rows of a band: more of them multiply more zeros, fewer make products that BLAS is slow at.
ROWS = 3

#: Bytes of products per strip: they are added up while they are in the second-level cache.
CACHE_BYTES = 1_500_000


def band_matrix(w: Array, rows: int, advance: int) -> Array:
    """The banded matrices of all kernel columns and kernels, below each other.

    w (kernel_height, kernel_width, depth, kernels); output row i begins ``advance * i`` rows down. Returns
    (kernel_width * kernels * rows, depth * input rows).

    >>> band_matrix(np.array([1.0, 2.0]).reshape(2, 1, 1, 1), 3, 1)
    array([[1., 2., 0., 0.],
           [0., 1., 2., 0.],
           [0., 0., 1., 2.]])
    """
    kh, kw, depth, kernels = w.shape
    inputs = (rows - 1) * advance + kh
    matrix = np.zeros((kw, kernels, rows, depth, inputs), w.dtype)
    for i in range(rows):
        matrix[:, :, i, :, i * advance : i * advance + kh] = w.transpose(1, 3, 2, 0)
    return matrix.reshape(kw * kernels * rows, depth * inputs)


def forward(x: Array, w: Array, b: Array | None, where: Geometry, groups: int, threads: int | None) -> Array:
    """As ``plain``, by banded matrix products, for large pictures with few channels.

    Beyond x and the result it needs about 1 MB a thread: other dtypes are converted strip by strip.
    """
    y = np.empty((len(x), *where.out_size, w.shape[3]), compute_dtype(x, w, b))
    layer = Channels.of(x, w, b, y, where, groups)
    layout = Layout.of(layer)
    scratch = (layout.products + layout.copied) * y.itemsize
    count = thread_count(threads, y.size * w[..., 0].size, scratch)
    for_each(layout.strips(len(x)), lambda: _Worker(layer, layout), count)
    return y


@dataclass(frozen=True, slots=True)
class Strip:
    """``bands`` times ``rows`` output rows of one picture: first, first + step, first + 2 step, …"""

    picture: int
    first: int
    bands: int
    rows: int


@dataclass(frozen=True, slots=True)
class Layout:
    """How the output is cut: bands of ``rows`` rows, ``bands`` of them at a time, ``width`` columns wide.

    Output rows ``step`` apart see input rows that are whole dilations apart, so that no band has a hole;
    from one of them to the next the window advances by ``advance`` such input rows. One matrix product
    takes ``chunk`` cells of a line. ``products`` and ``copied`` are the lengths of the scratch arrays.
    """

    out_height: int
    step: int
    advance: int
    rows: int
    bands: int
    width: int
    chunk: int
    products: int
    copied: int

    @staticmethod
    def of(layer: Channels) -> Layout:
        """Choose sizes that keep a product small and its strip in the cache."""
        where, item = layer.where, layer.y.itemsize
        (sy, sx), dy, (kh, kw), (height, width) = (
            where.stride,
            where.dilation[0],
            where.kernel,
            where.out_size,
        )
        step, advance = dy // gcd(sy, dy), sy // gcd(sy, dy)
        rows = max(1, min(ROWS, kh // advance + 1, height))
        cells = kw * layer.kernels * rows  # products for each column of the picture
        inputs = layer.depth * ((rows - 1) * advance + kh)
        line = CACHE_BYTES // (cells * item) // layer.repeat
        tiles = -(-width // max((line - where.span[1]) // sx + 1, 64))
        width = -(-width // tiles)
        line = ((width - 1) * sx + where.span[1]) * layer.repeat
        chunk = -(-line // -(-line * cells * inputs // SMALL_PRODUCT))
        bands = 1 if layer.depth > 1 else max(1, min(CACHE_BYTES // (cells * line * item), 8))
        inputs = layer.depth * ((bands * rows - 1) * advance + kh)
        return Layout(
            height, step, advance, rows, bands, width, chunk, bands * cells * line, inputs * line
        )  # fmt: skip

    def strips(self, batch: int) -> list[Strip]:
        """All strips; what is left over at the bottom of a picture is a band of fewer rows."""
        strips = []
        for phase in range(min(self.step, self.out_height)):
            total, done = len(range(phase, self.out_height, self.step)), 0
            while done < total:
                rows = min(self.rows, total - done)
                bands = min(self.bands, (total - done) // rows)
                strips += [Strip(n, phase + done * self.step, bands, rows) for n in range(batch)]
                done += bands * rows
        return strips


class _Worker:
    """What one thread does with a strip, and the scratch arrays it does it in."""

    def __init__(self, layer: Channels, layout: Layout) -> None:
        self.layer, self.layout = layer, layout
        self.products = np.empty(layout.products, layer.y.dtype)
        self.copied = np.empty(layout.copied, layer.y.dtype)
        self.matrices: dict[tuple[int, int], Array] = {}

    def __call__(self, strip: Strip) -> None:
        """Compute a strip tile by tile, and by the definition where it meets a NaN or an infinity.

        There a zero of the band would make NaNs in rows whose window does not hold it.
        """
        layer, layout = self.layer, self.layout
        count = strip.bands * strip.rows
        outputs = range(strip.first, strip.first + (count - 1) * layout.step + 1, layout.step)
        out_width = layer.where.out_size[1]
        for left in range(0, out_width, layout.width):
            right = min(left + layout.width, out_width)
            finite = True
            for group in range(layer.groups):
                products = self.multiply(strip, outputs, left, right, group)
                finite &= self.add_up(products, strip, outputs, left, right, group)
            if not finite:
                layer.exact(strip.picture, outputs, left, right)

    def multiply(self, strip: Strip, outputs: range, left: int, right: int, group: int) -> Array:
        """All products of a tile: (band, kernel column * kernel * output row, input column * repeat)."""
        layer, (sy, sx), dy = self.layer, self.layer.where.stride, self.layer.where.dilation[0]
        inputs = ((len(outputs) - 1) * self.layout.advance + layer.where.kernel[0]) * dy
        rows = layer.rows[outputs[0] * sy :][:inputs:dy]
        first, last = left * sx, (right - 1) * sx + layer.where.span[1]
        matrix = self.matrix(strip.rows, group)
        products = self.products[: strip.bands * len(matrix) * (last - first) * layer.repeat]
        products = products.reshape(strip.bands, len(matrix), -1)
        down, chunk = strip.rows * self.layout.advance, self.layout.chunk  # several bands have a depth of 1
        for span, columns in layer.spans(first, last):
            part = products[:, :, span.start * layer.repeat : span.stop * layer.repeat]
            if columns is None:
                part[...] = 0
                continue
            lines = self.lines(strip, rows, columns, group, span.stop - span.start)
            for band in range(strip.bands):
                seen = slice(band * down, band * down + matrix.shape[1])
                for place in range(0, lines.shape[1], chunk):
                    piece = slice(place, place + chunk)
                    np.matmul(matrix, lines[seen, piece], out=part[band, :, piece])
        return products

    def lines(self, strip: Strip, rows: Array, columns: slice | Array, group: int, width: int) -> Array:
        """The input rows of a strip, (depth * row, column * repeat), where they lie if x allows."""
        layer = self.layer
        lines = layer.lines(strip.picture, rows, columns) if isinstance(columns, slice) else None
        if lines is not None:
            return lines
        shape = (layer.depth, len(rows), width, layer.repeat)
        copied = self.copied[: layer.depth * len(rows) * width * layer.repeat]
        layer.block(strip.picture, rows, columns, group, copied.reshape(shape))
        return copied.reshape(layer.depth * len(rows), width * layer.repeat)

    def matrix(self, rows: int, group: int) -> Array:
        """The banded matrix of a group's kernels."""
        if (rows, group) not in self.matrices:
            self.matrices[rows, group] = band_matrix(self.layer.w[group], rows, self.layout.advance)
        return self.matrices[rows, group]

    def add_up(
        self, products: Array, strip: Strip, outputs: range, left: int, right: int, group: int
    ) -> bool:
        """Add the shifted parts of a tile and the bias into y; say whether all its inputs are finite."""
        layer, (sx, dx) = self.layer, (self.layer.where.stride[1], self.layer.where.dilation[1])
        kw, kernels, repeat = layer.where.kernel[1], layer.kernels, layer.repeat
        products = products.reshape(strip.bands, kw, kernels, strip.rows, -1, repeat)
        target = layer.y[strip.picture, outputs.start : outputs.stop : outputs.step, left:right, group]
        target = target.reshape(strip.bands, strip.rows, right - left, repeat, kernels)
        target = target.transpose(0, 4, 1, 2, 3)  # (band, kernel, row, column, repeat)
        last = (right - left - 1) * sx + 1
        parts = [products[:, c, :, :, c * dx : c * dx + last : sx] for c in range(kw)]
        finite = bool(np.isfinite(products[:, 0, 0, 0].sum()))  # a band's first row sees all its inputs
        total = parts[0]
        if layer.b is not None:
            np.add(total, layer.b[group], out=total)
        for part in parts[1:-1]:
            np.add(total, part, out=total)
        if kw > 1:
            np.add(total, parts[-1], out=target)
        else:
            target[...] = total
        return finite
