"""What an array's numbers are like: ends, middle, spread, and what is no number."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from dlcli.engines.base.checks import Array

CHUNK = 1 << 18  # numbers that are summed in double precision at once
TINY = 1e-150  # squares of smaller numbers are 0, or have lost digits


@dataclass(frozen=True, slots=True)
class Summary:
    """Facts of the finite numbers of an array, of their size when it is complex.

    ``least_at`` and ``largest_at`` are the first cells that hold the ends (None when no number is finite);
    whole numbers stay whole. ``deviation`` is the population's; ``zeros``, ``nans`` and ``infinities`` count
    cells of all ``size``.
    """

    size: int
    least: float
    least_at: tuple[int, ...] | None
    largest: float
    largest_at: tuple[int, ...] | None
    mean: float
    deviation: float
    zeros: int
    nans: int
    infinities: int

    @property
    def finite(self) -> int:
        """How many cells hold a finite number."""
        return self.size - self.nans - self.infinities


def summary(x: Array) -> Summary:
    """The facts of an array of any shape and kind of number, summed in double precision.

    >>> told = summary(np.array([[3, 0], [-1, 2]]))
    >>> told.least, told.least_at, told.mean, told.zeros
    (-1, (1, 0), 1.0, 1)

    Source: the deviations of pieces are put together as in Chan, Golub and LeVeque, Updating formulae and a
    pairwise algorithm for computing sample variances, 1979.
    """
    flat = np.asarray(x).reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        told = _summed(flat, np.shape(x))
        alike = told.least == told.largest and math.isfinite(told.deviation)
        if not told.finite or alike or TINY < told.deviation < math.inf:
            return told
        # Too large to be squared or added up, or too small: so many powers of two off they are neither, and
        # are as far from their mean.
        off = 600 if told.deviation < 1 else -600
        sizes = np.abs(flat) if flat.dtype.kind == "c" else flat
        other = _summed(np.ldexp(sizes, off), flat.shape)
    return replace(told, mean=math.ldexp(other.mean, -off), deviation=math.ldexp(other.deviation, -off))


def _summed(flat: Array, shape: tuple[int, ...]) -> Summary:
    """The facts of the numbers of an array of that shape, piece by piece."""
    count, mean, squares = 0, 0.0, 0.0
    nans = infinities = zeros = 0
    ends: list[tuple[float, int] | None] = [None, None]
    for start in range(0, flat.size, CHUNK):
        piece = flat[start : start + CHUNK]
        zeros += piece.size - int(np.count_nonzero(piece))
        if piece.dtype.kind == "c":
            piece = np.abs(piece)
        known = np.isfinite(piece)
        finite = piece[known].astype(np.float64)
        strange = piece.size - finite.size
        if strange:
            lost = int(np.count_nonzero(np.isnan(piece)))
            nans, infinities = nans + lost, infinities + strange - lost
            piece = np.where(known, piece, math.nan)
        if not finite.size:
            continue
        ends = [_better(end, sign, piece, start) for end, sign in zip(ends, (1, -1), strict=True)]
        middle = finite.mean()
        squares += ((finite - middle) ** 2).sum() + (middle - mean) ** 2 * count * finite.size / (
            count + finite.size
        )
        count += finite.size
        mean += (middle - mean) * finite.size / count
    least, largest = ends
    return Summary(
        size=flat.size,
        least=least[0] if least else math.nan,
        least_at=_place(least, shape),
        largest=largest[0] if largest else math.nan,
        largest_at=_place(largest, shape),
        mean=float(mean) if count else math.nan,
        deviation=math.sqrt(squares / count) if count else math.nan,
        zeros=zeros,
        nans=nans,
        infinities=infinities,
    )


def _better(end: tuple[float, int] | None, sign: int, piece: Array, start: int) -> tuple[float, int]:
    """The end so far, or the least (sign 1) or largest (-1) number of a piece where that goes further."""
    at = int(np.nanargmin(piece) if sign > 0 else np.nanargmax(piece))
    value = piece[at].item()  # a whole number stays one: a float may not hold it
    return end if end is not None and sign * end[0] <= sign * value else (value, start + at)


def _place(end: tuple[float, int] | None, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    return None if end is None else tuple(int(i) for i in np.unravel_index(end[1], shape))
