"""Larger pictures without weights: each new cell is one of the old ones, or a mean of its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError, Size, compute_dtype, pair
from dlcli.engines.base.tiles import for_each, thread_count

KINDS = ("nearest", "bilinear")

#: Numbers of a strip of new rows: it stays in the cache until it is done.
STRIP = 1 << 16

#: Bytes of a cell's channels below which they are taken one by one, which is quicker than a copy of so few.
APART = 64


@dataclass(frozen=True)
class Sampling:
    """Which cells along an axis of ``length`` make each of its new cells.

    ``centres`` (new,) is where the middle of each new cell lies, in old cells; ``places`` (new, terms) are
    the old cells that reach it and ``shares`` (new, terms) how much of it each gives, adding up to 1. Where
    one alone gives all, the second place is the first again, its share 0.
    """

    length: int
    centres: Array
    places: Array
    shares: Array


def sampling(length: int, new: int, kind: str = "nearest", align_corners: bool = False) -> Sampling:
    """The shares of ``length`` old cells in ``new`` ones.

    ``nearest`` takes old cell ⌊i · length / new⌋. ``bilinear`` divides new cell i between the two old cells
    on both sides of its middle, (i + ½) · length / new − ½, which is held inside the picture; with
    ``align_corners`` the middle of the first cell is that of the first old one and the last that of the last:
    i · (length − 1) / (new − 1).

    >>> sampling(2, 4, "bilinear").shares[:, 0]
    array([1.  , 0.75, 0.25, 1.  ])
    >>> sampling(3, 6).places[:, 0]
    array([0, 0, 1, 1, 2, 2])

    Raises ``EngineError`` for an unknown kind, and for fewer new cells than old ones.
    Source: the arguments are those of ``torch.nn.functional.interpolate``; Keras' ``UpSampling2D`` has no
    aligned corners.
    """
    if kind not in KINDS:
        raise EngineError(f"kind expects one of {', '.join(KINDS)}; received {kind!r}")
    if length < 1 or new < length:
        raise EngineError(f"upsampling makes no fewer cells of {length} than there are; received {new}")
    steps = np.arange(new)
    if kind == "nearest":
        places = (steps * length // new)[:, None]
        return Sampling(length, (steps + 0.5) * length / new - 0.5, places, np.ones((new, 1)))
    if align_corners:
        above, below = steps * (length - 1), max(new - 1, 1)
    else:
        above, below = ((2 * steps + 1) * length - new).clip(0, 2 * new * (length - 1)), 2 * new
    first, rest = above // below, above % below  # whole numbers: a middle on a cell is exactly there
    share = rest / below
    second = np.where(rest > 0, first + 1, first)
    return Sampling(
        length, above / below, np.stack([first, second], axis=1), np.stack([1 - share, share], axis=1)
    )


def upsample2d(
    x: Array,
    size: Size,
    *,
    kind: str = "nearest",
    align_corners: bool = False,
    threads: int | None = None,
) -> Array:
    """Pictures of another, larger size.

    y[n, i, j, k] = Σ rows.shares[i, r] columns.shares[j, c] x[n, rows.places[i, r], columns.places[j, c], k]

    over r and c. x (batch, height, width, channel); ``size`` is the new (height, width). ``kind`` and
    ``align_corners`` are those of ``sampling``. ``nearest`` keeps the dtype, ``bilinear`` computes in floats.
    A number that is not finite reaches only the cells that it has a share in. ``threads`` share the rows, by
    default as many as are worth it.

    >>> x = np.array([[1, 2], [3, 4]]).reshape(1, 2, 2, 1)
    >>> upsample2d(x, (2, 4))[0, :, :, 0]
    array([[1, 1, 2, 2],
           [3, 3, 4, 4]])
    >>> upsample2d(x, (2, 3), kind="bilinear", align_corners=True)[0, :, :, 0]
    array([[1. , 1.5, 2. ],
           [3. , 3.5, 4. ]])

    Raises ``EngineError`` for an array of other axes, an empty one, and a size that is smaller along an axis.
    Source: ``torch.nn.Upsample``.
    """
    if x.ndim != 4 or 0 in x.shape:
        raise EngineError(
            f"upsampling expects x (batch, height, width, channel), not empty; received {x.shape}"
        )
    lines = [
        sampling(old, new, kind, align_corners)
        for old, new in zip(x.shape[1:3], pair("size", size), strict=True)
    ]
    rows, columns = lines
    return _strips(x, rows, columns, compute_dtype(x) if kind == "bilinear" else x.dtype, threads)


def upsample2d_plain(x: Array, size: Size, *, kind: str = "nearest", align_corners: bool = False) -> Array:
    """The definition, cell by cell, of what has a share in it.

    >>> upsample2d_plain(np.array([[1.0, 2.0]]).reshape(1, 1, 2, 1), (1, 4), kind="bilinear").ravel()
    array([1.  , 1.25, 1.75, 2.  ])
    """
    rows, columns = (
        sampling(old, new, kind, align_corners)
        for old, new in zip(x.shape[1:3], pair("size", size), strict=True)
    )
    y = np.zeros(
        (len(x), *pair("size", size), x.shape[3]), compute_dtype(x) if kind == "bilinear" else x.dtype
    )
    for i, j in np.ndindex(*y.shape[1:3]):
        for r, down in zip(rows.places[i], rows.shares[i], strict=True):
            for c, across in zip(columns.places[j], columns.shares[j], strict=True):
                if down and across:
                    y[:, i, j] += (x[:, r, c] * (down * across)).astype(y.dtype)
    return y


def _strips(x: Array, rows: Sampling, columns: Sampling, dtype: DType, threads: int | None) -> Array:
    """``upsample2d``, some new rows after the other: down first, then across, in the cache."""
    batch, channels = len(x), x.shape[3]
    high, wide = len(rows.places), len(columns.places)
    y = np.empty((batch, high, wide, channels), dtype)
    if columns.places.shape[1] == 2:  # as shares of single numbers: a loop over three channels is a slow one
        shares = columns.shares.T.astype(dtype.type(0).real.dtype).repeat(channels, axis=1)
        alone = np.flatnonzero(columns.shares[:, 1] == 0)
    each = 1 if channels * x.itemsize < APART else channels  # numbers that are taken together
    places = columns.places.T
    if each == 1:
        places = (places[..., None] * channels + np.arange(channels)).reshape(len(places), -1)
    step = max(STRIP // (wide * channels), 1)

    def worker() -> Callable[[tuple[int, int]], None]:
        second = np.empty((min(step, high), wide * channels), dtype)

        def do(piece: tuple[int, int]) -> None:
            n, start = piece
            strip = slice(start, min(start + step, high))
            seen = _rows(x[n], rows, strip, dtype).reshape(strip.stop - strip.start, -1, each)
            out = y[n, strip].reshape(len(seen), -1)
            seen.take(places[0], axis=1, out=out.reshape(len(seen), -1, each), mode="clip")
            if len(places) == 1:
                return
            first, other = out, second[: len(seen)]
            seen.take(places[1], axis=1, out=other.reshape(len(seen), -1, each), mode="clip")
            exact = first.reshape(len(seen), wide, channels)[:, alone]
            first *= shares[0]
            other *= shares[1]
            first += other
            y[n, strip, alone] = exact.transpose(1, 0, 2)

        return do

    pieces = [(n, start) for n in range(batch) for start in range(0, high, step)]
    for_each(pieces, worker, thread_count(threads, y.size, 4 * step * wide * channels * y.itemsize))
    return y


def _rows(x: Array, rows: Sampling, strip: slice, dtype: DType) -> Array:
    """Some new rows of a picture (height, width, channel) that is not yet wider."""
    first = x.take(rows.places[strip, 0], axis=0).astype(dtype, copy=False)
    if rows.places.shape[1] == 1:
        return first
    second = x.take(rows.places[strip, 1], axis=0).astype(dtype, copy=False)
    shares = rows.shares[strip].astype(dtype.type(0).real.dtype)[..., None, None]
    alone = np.flatnonzero(rows.shares[strip, 1] == 0)
    exact = first[alone]
    first *= shares[:, 0]
    second *= shares[:, 1]
    first += second
    first[alone] = exact
    return first
