"""The arrays of a convolution, cut so that a fast path can take them group by group and piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.base.padding import Geometry
from dlcli.engines.convolution.definition import correlate


@dataclass(frozen=True, slots=True)
class Channels:
    """Input, output, weights and bias with their channel axes cut: outputs add up ``depth``, and every cell
    of ``repeat`` is treated alike.

    x (batch, height, width, group, depth, repeat)
    y (batch, height, width, group, repeat, kernels)
    w (group, kernel_height, kernel_width, depth, kernels)
    b (group, kernels, 1, 1, repeat) or none
    rows, columns: the input row and column behind each padded one, -1 for zeros
    layer: x, w, b and groups as they came
    """

    x: Array
    y: Array
    w: Array
    b: Array | None
    rows: Array
    columns: Array
    where: Geometry
    layer: tuple[Array, Array, Array | None, int]

    @staticmethod
    def of(x: Array, w: Array, b: Array | None, y: Array, where: Geometry, groups: int) -> Channels:
        """Cut the channels; kernels that are the same for each channel become one that is repeated."""
        layer = (x, w.astype(y.dtype, copy=False), b, groups)
        depth, repeat = x.shape[3] // groups, 1
        w = layer[1].reshape(*w.shape[:3], groups, -1)  # (kh, kw, C/G, G, O/G)
        if depth == 1 and groups > 1 and np.array_equal(w[..., 1:, :], w[..., :-1, :]):
            w, groups, repeat = w[..., :1, :], 1, groups
        if b is not None:
            b = b.astype(y.dtype).reshape(groups, repeat, -1).swapaxes(1, 2)[:, :, None, None]
        return Channels(
            x.reshape(*x.shape[:3], groups, depth, repeat),
            y.reshape(*y.shape[:3], groups, repeat, -1),
            w.transpose(3, 0, 1, 2, 4),
            b,
            where.rows(),
            where.columns(),
            where,
            layer,
        )

    @property
    def groups(self) -> int:
        """How many parts the channels are in."""
        return int(self.x.shape[3])

    @property
    def depth(self) -> int:
        """How many input channels one output adds up."""
        return int(self.x.shape[4])

    @property
    def repeat(self) -> int:
        """How many channels lie side by side and have the same kernels."""
        return int(self.x.shape[5])

    @property
    def kernels(self) -> int:
        """How many outputs each group has for each cell of ``repeat``."""
        return int(self.w.shape[4])

    @property
    def direct(self) -> bool:
        """Whether a matrix product can read x where it lies: right dtype, all of a row in one line."""
        item = self.x.itemsize
        lines = self.x.strides[2] == self.repeat * item and (self.repeat == 1 or self.x.strides[5] == item)
        return self.depth == 1 and lines and self.x.dtype == self.y.dtype

    def block(self, picture: int, rows: Array, columns: slice | Array, group: int, into: Array) -> Array:
        """Copy rows (-1: zeros) and columns of the input as (depth, row, column, repeat), as ``into``."""
        source = self.x[picture, :, :, group]  # (H, W, depth, repeat)
        if isinstance(columns, slice) and (steady := _steady(rows)):
            into[...] = source[steady, columns].transpose(2, 0, 1, 3)
            return into
        for row, place in enumerate(rows):
            into[:, row] = source[place, columns].swapaxes(0, 1) if place >= 0 else 0
        return into

    def window(self, picture: int, rows: Array, first: int, last: int, group: int, into: Array) -> None:
        """Copy rows (-1: zeros) and padded columns first up to last as (depth, row, column, repeat)."""
        for span, columns in self.spans(first, last):
            if columns is None:
                into[:, :, span] = 0
            else:
                self.block(picture, rows, columns, group, into[:, :, span])

    def spans(self, first: int, last: int) -> Iterator[tuple[slice, slice | Array | None]]:
        """Padded columns first up to last before, in and behind the picture, counted from first.

        Beside them the input columns that they repeat, or none for columns of zeros.
        """
        before, width = self.where.pads[1][0], self.where.in_size[1]
        lo, hi = (min(max(edge, first), last) for edge in (before, before + width))
        for start, end in ((first, lo), (lo, hi), (hi, last)):
            if start < end:
                columns = self.columns[start:end]
                inside = slice(start - before, end - before) if (start, end) == (lo, hi) else columns
                yield slice(start - first, end - first), None if columns[0] < 0 else inside

    def lines(self, picture: int, rows: Array, columns: slice) -> Array | None:
        """Rows and columns of a ``direct`` input where they lie, as (row, column * repeat), if they do."""
        steady = _steady(rows) if self.direct else None
        return None if steady is None else self.x[picture, steady, columns, 0, 0].reshape(len(rows), -1)

    def exact(self, picture: int, rows: range, left: int, right: int) -> None:
        """Set output rows, from column ``left`` up to ``right``, by the definition."""
        x, w, b, groups = self.layer
        (sy, sx), (span_y, span_x) = self.where.stride, self.where.span
        columns = self.columns[left * sx : (right - 1) * sx + span_x]
        for row in rows:
            seen = self.rows[row * sy : row * sy + span_y]
            piece = x[picture, seen][:, columns].astype(self.y.dtype)  # (span_y, columns, C)
            piece[seen < 0] = 0
            piece[:, columns < 0] = 0
            y = correlate(piece[None], w, b, self.where, groups)[0, 0]  # (columns, O)
            self.y[picture, row, left:right] = y.reshape(self.y[picture, row, left:right].shape)


def _steady(rows: Array) -> slice | None:
    """The slice that these input rows are, if they lie at equal distances and none is a row of zeros.

    >>> _steady(np.array([2, 4, 6])), _steady(np.array([-1, 0, 1]))
    (slice(2, 7, 2), None)
    """
    places = rows.tolist()
    step = places[1] - places[0] if len(places) > 1 else 1
    if places[0] < 0 or step < 1 or places != list(range(places[0], places[-1] + 1, step)):
        return None
    return slice(places[0], places[-1] + 1, step)
