"""Ten classes of shapes drawn on textures in colour, 32 x 32: ``shapes:N``.

Where a shape lies, its size, its turn and its colours are drawn by lot, and so are the patterns of both; a
shape may be lighter than its ground or darker. So no pixel tells the class by itself, as in photos. The lots
are a hash of the picture's number, and everything is computed in whole numbers: the same on every machine,
whatever pictures are asked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from dlcli.errors import BadData, printable
from dlcli.tensor import Array
from dlcli.wire.datasets.dataset import DataSet

CLASSES = ("circle", "ring", "square", "frame", "triangle", "cross", "star", "moon", "arrow", "bars")

SIDE = 32
FINE = 2  # points across a pixel, and down: where some are covered, colours are mixed
UNIT = 1024  # in coordinates of a shape, its radius; of sines, one

TURNS = 64  # directions in which a shape may lie
SINES = np.array([round(UNIT * math.sin(2 * math.pi * turn / TURNS)) for turn in range(TURNS)], np.int32)

#: Pictures drawn together: what is in work fits into a processor's cache.
PIECE = 64

#: Pictures are kept up to so many bytes, to be drawn once only.
KEPT = 1 << 28

#: Without a number, so many pictures are drawn; and the most of one set.
USUAL, MOST = 10_000, 1_000_000

Signed = np.ndarray[Any, np.dtype[np.int32]]


def read_shapes(word: str) -> DataSet:
    """The set that a word such as ``shapes:1000`` names; a quarter as many, ten at least, are held out.

    The classes come in turn. Raises ``BadData`` for what is no number of pictures.
    """
    _, _, told = word.partition(":")
    count = int(told) if re.fullmatch(r"\d{1,9}", told) else USUAL if ":" not in word else 0
    if not len(CLASSES) <= count <= MOST:
        raise BadData(
            f"{printable(word)}: shapes:N draws N pictures, from {len(CLASSES)}, one of each class, "
            f"to {MOST}; try shapes:1000"
        )
    from dataclasses import replace

    held_out = _set(word, max(len(CLASSES), count // 4), part=1)
    return replace(_set(word, count, part=0), held_out=held_out)


def _set(word: str, count: int, part: int) -> DataSet:
    labels = np.arange(count) % len(CLASSES)
    small = count * 3 * SIDE * SIDE <= KEPT
    kept = np.empty((count if small else 0, SIDE, SIDE, 3), np.uint8)
    known = np.zeros(len(kept), bool)

    def take(at: Array) -> Array:
        at = np.arange(count)[at]
        if not small:
            return draw(at, part)
        new = np.unique(at[~known[at]])
        kept[new] = draw(new, part)
        known[new] = True
        return kept[at]

    return DataSet(word, (SIDE, SIDE, 3), np.dtype(np.uint8), labels, CLASSES, take, count)


def draw(at: Array, part: int = 0) -> Array:
    """The pictures of these numbers (k,): (k, 32, 32, 3) bytes; picture i is of class i modulo 10.

    >>> draw(np.array([7])).shape
    (1, 32, 32, 3)
    """
    pictures = np.empty((len(at), SIDE, SIDE, 3), np.uint8)
    for start in range(0, len(at), PIECE):
        pictures[start : start + PIECE] = _draw(np.asarray(at[start : start + PIECE], np.uint64), part)
    return pictures


def _hash(numbers: Array) -> Array:
    """64 bits for each, as good as drawn by lot: the finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    z = numbers * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


class _Lots:
    """Whole numbers drawn by lot for each picture (k,), one kind after the other."""

    def __init__(self, at: Array, part: int) -> None:
        self.seed = _hash(at * np.uint64(2) + np.uint64(part) + np.uint64(1))
        self.kind = 0

    def next(self, low: int, high: int) -> Signed:
        """From low up to high (included), as a column (k, 1, 1)."""
        self.kind += 1
        drawn = _hash(self.seed + np.uint64(self.kind)) >> np.uint64(33)
        return (low + (drawn % np.uint64(high - low + 1)).astype(np.int32))[:, None, None]

    def bytes(self, count: int) -> Array:
        """So many bytes for each picture (k, count); a multiple of eight."""
        self.kind += 1
        places = self.seed[:, None] + np.uint64(self.kind << 32) + np.arange(count // 8, dtype=np.uint64)
        return _hash(places).astype("<u8").view(np.uint8)


def _draw(at: Array, part: int) -> Array:
    lots = _Lots(at, part)
    covered = _covered(lots, (at % np.uint64(len(CLASSES))).astype(np.intp))
    ground = [lots.next(30, 225) for _ in range(3)]
    ink = [(one + lots.next(70, 186)) % 256 for one in ground]  # apart by 70 at least in each colour
    patterns = [_pattern(lots) * lots.next(0, 22) for _ in range(2)]
    noise = (lots.bytes(3 * SIDE * SIDE).reshape(len(at), SIDE, SIDE, 3) >> 3).astype(np.int32) - 16
    parts = FINE * FINE
    picture = np.empty((len(at), SIDE, SIDE, 3), np.int32)
    for i in range(3):
        below, above = ground[i] + patterns[0], ink[i] + patterns[1]
        picture[..., i] = (below * (parts - covered) + above * covered) // parts
    picture += noise
    return np.clip(picture, 0, 255).astype(np.uint8)


def _pattern(lots: _Lots) -> Signed:
    """Stripes, checks or nothing: -1 and 1 (k, 32, 32)."""
    x, y = np.arange(SIDE, dtype=np.int32)[None, None, :], np.arange(SIDE, dtype=np.int32)[None, :, None]
    bits = [
        (lots.next(-3, 3) * x + lots.next(-3, 3) * y + lots.next(0, 31)) >> lots.next(2, 4) for _ in range(2)
    ]
    return 2 * ((bits[0] ^ (bits[1] * lots.next(0, 1))) & 1) - 1


def _covered(lots: _Lots, kinds: Array) -> Signed:
    """How many of a pixel's points the shape of each picture covers (k, 32, 32)."""
    radius = lots.next(8 * 16, 13 * 16)  # sixteenths of a pixel
    room = SIDE * 16 - radius * 2 - 16
    across, down = (radius + 8 + lots.next(0, 1 << 16) % (room + 1) for _ in range(2))
    turn = lots.next(0, TURNS - 1)
    sine, cosine = SINES[turn], SINES[(turn + TURNS // 4) % TURNS]
    points = np.arange(SIDE * FINE, dtype=np.int32) * (16 // FINE) + 8 // FINE
    x, y = points[None, None, :] - across, points[None, :, None] - down
    a, b = cosine * UNIT // radius, sine * UNIT // radius
    u, v = (a * x + b * y) >> 10, (a * y - b * x) >> 10
    inside = np.empty(u.shape, bool)
    for kind, shape in enumerate(SHAPES):
        mine = kinds == kind
        if mine.any():
            inside[mine] = shape(u[mine], v[mine])
    k = len(kinds)
    return inside.reshape(k, SIDE, FINE, SIDE, FINE).sum(axis=(2, 4), dtype=np.int32)


def _share(percent: int) -> int:
    return UNIT * percent // 100


def _disc(u: Signed, v: Signed, percent: int) -> Array:
    return np.asarray(u * u + v * v <= _share(percent) ** 2)


def _box(u: Signed, v: Signed, wide: int, high: int) -> Array:
    return (np.abs(u) <= _share(wide)) & (np.abs(v) <= _share(high))


def _star(u: Signed, v: Signed) -> Array:
    """A pentagram: what lies on the inner side of four of its five lines at least."""
    inner = (
        UNIT * 317
    )  # the lines' distance from the centre, cos 72 degrees, times the length of their normals
    sides = sum(
        (u * across + v * down <= inner).astype(np.int8)
        for across, down in ((0, -1024), (974, -316), (602, 828), (-602, 828), (-974, -316))
    )
    return np.asarray(sides >= 4)


def _triangle(u: Signed, v: Signed) -> Array:
    return (v <= UNIT // 2) & (887 * np.abs(u) - 512 * v <= 512 * UNIT)  # 887 : 512 is tan 60 degrees


def _arrow(u: Signed, v: Signed) -> Array:
    head = (v <= 0) & (4 * np.abs(u) <= 3 * (v + _share(95)))
    return head | (_box(u, v, 20, 90) & (v >= 0))


#: What is inside a shape of radius ``UNIT`` around the origin, by class: u grows to the right, v down.
SHAPES: tuple[Callable[[Signed, Signed], Array], ...] = (
    lambda u, v: _disc(u, v, 85),
    lambda u, v: _disc(u, v, 90) & ~_disc(u, v, 55),
    lambda u, v: _box(u, v, 72, 72),
    lambda u, v: _box(u, v, 78, 78) & ~_box(u, v, 45, 45),
    _triangle,
    lambda u, v: _box(u, v, 26, 95) | _box(u, v, 95, 26),
    _star,
    lambda u, v: _disc(u, v, 95) & ~_disc(u - _share(50), v, 80),
    _arrow,
    lambda u, v: _box(u, v, 85, 85) & (np.abs(u) >= _share(35)),
)
