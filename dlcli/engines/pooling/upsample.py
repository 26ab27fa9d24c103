"""Larger pictures without weights: each new cell is one of the old ones, or a mean of its neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, Size, compute_dtype, pair

KINDS = ("nearest", "bilinear")


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


def upsample2d(x: Array, size: Size, *, kind: str = "nearest", align_corners: bool = False) -> Array:
    """Pictures of another, larger size.

    y[n, i, j, k] = Σ rows.shares[i, r] columns.shares[j, c] x[n, rows.places[i, r], columns.places[j, c], k]

    over r and c. x (batch, height, width, channel); ``size`` is the new (height, width). ``kind`` and
    ``align_corners`` are those of ``sampling``. ``nearest`` keeps the dtype, ``bilinear`` computes in floats.
    A number that is not finite reaches only the cells that it has a share in.

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
    for axis, line in enumerate(lines, start=1):
        x = _along(x, line, axis)
    return x


def _along(x: Array, line: Sampling, axis: int) -> Array:
    """The new cells along one axis."""
    first = x.take(line.places[:, 0], axis=axis)
    if line.shares.shape[1] == 1:
        return first
    dtype = compute_dtype(x)
    wide = tuple(-1 if place == axis else 1 for place in range(x.ndim))
    first = first.astype(dtype, copy=False)
    second = x.take(line.places[:, 1], axis=axis).astype(dtype, copy=False)
    shares = line.shares.astype(dtype.type(0).real.dtype)
    with np.errstate(invalid="ignore", over="ignore"):
        mixed = first * shares[:, 0].reshape(wide)
        mixed += second * shares[:, 1].reshape(wide)
    alone = np.flatnonzero(line.shares[:, 1] == 0)
    np.moveaxis(mixed, axis, 0)[alone] = np.moveaxis(first, axis, 0)[alone]
    return mixed
