"""Slips of tensors: places counted from 1, axes exchanged, another order of numbers, shapes that meet.

Numbers are exact; a place is counted from 0, and a shape is a tuple of lengths.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.base.exact import Exact
from dlcli.engines.base.slips import slip

Place = Sequence[int]
Shape = tuple[int, ...]


def taken(x: Array, place: Place) -> Exact:
    """The part x[i, j, …] of a tensor; a place below 0 is counted from the end.

    >>> taken(np.array([[1, 2], [3, 4]]), (0, -1)).tolist()
    2
    """
    return x[tuple(place)]


@slip("index.swapped", "with the axes in the other order", "The first index is that of the first axis.")
def swapped(x: Array, place: Place) -> Exact:
    """x[j, i] for x[i, j]."""
    return taken(x, place[::-1])


@slip(
    "index.before-last",
    "when the last place is counted as −0",
    "−1 is the last place itself, −2 the one before it.",
)
def before_last(x: Array, place: Place) -> Exact:
    """One place further from the end."""
    return taken(x, [one - 1 if one < 0 else one for one in place])


@slip("index.minus-lost", "without the minus sign", "A place below 0 is counted from the end.")
def minus_lost(x: Array, place: Place) -> Exact:
    """|i| for i."""
    return taken(x, [abs(one) for one in place])


@slip("flat.one-based", "when places are counted from 1", "Places are counted from 0, as Python does.")
def one_based(x: Array, place: Place) -> Exact:
    """One place before, of each that is counted from the beginning."""
    return taken(x, [one - 1 if one > 0 else one for one in place])


@slip(
    "index.sum",
    "when the lengths of the axes are added",
    "Every index of one axis goes with every index of the others: the lengths are multiplied.",
)
def lengths_added(shape: Sequence[Exact]) -> Exact:
    """n0 + n1 + … for n0 · n1 · …."""
    return sum(shape)


@slip(
    "index.inside-out",
    "with the axes from the inside outwards",
    "The outermost brackets are the first axis.",
)
def inside_out(shape: Shape) -> Shape:
    """The shape from its last axis on."""
    return shape[::-1]


@slip(
    "index.rank-length",
    "when the length of the first axis is taken for the rank",
    "The rank is the number of axes, which is the number of brackets in front.",
)
def rank_of_length(shape: Shape) -> Exact:
    """The first length."""
    return shape[0]


def flat_place(i: Exact, j: Exact, h: Exact, w: Exact, k: Exact = 0, c: Exact = 1) -> Exact:
    """The index (i·w + j)·c + k in the vector of a picture of h rows, w columns and c channels.

    >>> flat_place(1, 2, 3, 4), flat_place(1, 2, 3, 4, 1, 3)
    (6, 19)
    """
    return _deep(i * w + j, k, c)


def _deep(pixel: Exact, k: Exact, c: Exact) -> Exact:
    """The place of a channel of a pixel; of a gray picture, that of the pixel."""
    return pixel if getattr(c, "value", c) == 1 else pixel * c + k


@slip(
    "flat.channels-first",
    "with all of one channel before the next, as in PyTorch",
    "The channels of a pixel stand together: (i·width + j)·channels + k.",
    convention=True,
)
def channels_first(i: Exact, j: Exact, h: Exact, w: Exact, k: Exact, c: Exact) -> Exact:
    """(k·h + i)·w + j."""
    return (k * h + i) * w + j


@slip(
    "flat.column-major",
    "when the numbers are taken column by column, as in MATLAB",
    "The last axis runs fastest: row by row.",
)
def column_major(i: Exact, j: Exact, h: Exact, w: Exact, k: Exact = 0, c: Exact = 1) -> Exact:
    """i + h·(j + w·k)."""
    return i + h * (j if getattr(c, "value", c) == 1 else j + w * k)


@slip(
    "flat.height-for-width",
    "when the row is multiplied by the height",
    "A row is as long as the picture is wide: i·width.",
)
def height_for_width(i: Exact, j: Exact, h: Exact, w: Exact, k: Exact = 0, c: Exact = 1) -> Exact:
    """(i·h + j)·c + k."""
    return _deep(i * h + j, k, c)


def reshaped(x: Array, shape: Shape) -> Array:
    """The same row of numbers, cut elsewhere.

    >>> reshaped(np.array([[1, 2, 3], [4, 5, 6]]), (3, 2)).tolist()
    [[1, 2], [3, 4], [5, 6]]
    """
    return x.reshape(shape)


@slip(
    "reshape.order",
    "when the numbers are taken column by column",
    "Numbers are taken and laid down row by row.",
)
def by_columns(x: Array, shape: Shape) -> Array:
    """Fortran's order."""
    return x.reshape(shape, order="F")


@slip(
    "reshape.transpose",
    "when reshape and transpose are taken for each other",
    "A reshape keeps the row of numbers and cuts it elsewhere; a transpose makes rows of columns.",
)
def turned_over(x: Array, shape: Shape) -> Array:
    """x[j, i] in the place i, j."""
    return x.T


@slip(
    "reshape.quarter-turn",
    "with the matrix turned by a quarter",
    "A transpose mirrors at the diagonal: row 0 becomes column 0, from the top down.",
)
def turned(x: Array, shape: Shape) -> Array:
    """The last row becomes the first column."""
    return np.rot90(x, -1)


def met(a: Shape, b: Shape) -> Shape | None:
    """The shape in which two meet by broadcasting; None where they do not.

    >>> met((3, 1), (4,)), met((3,), (4,))
    ((3, 4), None)
    """
    rank = max(len(a), len(b))
    pairs = list(zip(_filled(a, rank), _filled(b, rank), strict=True))
    fits = all(m == n or 1 in (m, n) for m, n in pairs)
    return tuple(max(pair) for pair in pairs) if fits else None


def _filled(shape: Shape, rank: int) -> Shape:
    return (1,) * (rank - len(shape)) + shape


@slip(
    "bcast.elementwise",
    "when both are taken as rows of numbers that meet one by one",
    "An axis of length 1, or one that is missing, is repeated: every row meets every column.",
)
def one_by_one(a: Shape, b: Shape) -> Shape | None:
    """(n, 1) with (n,) gives n numbers; other sizes are refused."""
    return min(a, b, key=len) if np.prod(a) == np.prod(b) else None


@slip(
    "bcast.leading",
    "when the shapes are written below each other from the left",
    "Shapes are compared from the last axis on.",
)
def from_the_left(a: Shape, b: Shape) -> Shape | None:
    """The rule of broadcasting from the first axis on."""
    found = met(a[::-1], b[::-1])
    return None if found is None else found[::-1]


@slip(
    "bcast.larger",
    "when the shorter of two lengths is stretched, whatever it is",
    "Only a length of 1 is stretched; other lengths must be equal.",
)
def always_larger(a: Shape, b: Shape) -> Shape | None:
    """The larger of two lengths."""
    rank = max(len(a), len(b))
    return tuple(max(pair) for pair in zip(_filled(a, rank), _filled(b, rank), strict=True))
