"""The same pictures a little otherwise, each time they are seen: moved by some cells, or mirrored."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array


def shifted(pictures: Array, most: int, generator: np.random.Generator) -> Array:
    """Each picture (picture, height, width, channel) moved by -most to most cells each way; 0 follows.

    >>> moved = shifted(np.arange(1, 10).reshape(1, 3, 3, 1), 1, np.random.default_rng(2))
    >>> moved[0, :, :, 0]
    array([[0, 0, 0],
           [2, 3, 0],
           [5, 6, 0]])
    """
    moved = np.zeros_like(pictures)
    _, height, width, _ = pictures.shape
    for place, ways in enumerate(generator.integers(-most, most + 1, (len(pictures), 2)).tolist()):
        (rows, from_rows), (columns, from_columns) = map(_overlap, ways, (height, width))
        moved[place, rows, columns] = pictures[place, from_rows, from_columns]
    return moved


def _overlap(way: int, length: int) -> tuple[slice, slice]:
    """Where cells of an axis go that is moved, and where those come from that stay in sight."""
    way = max(-length, min(way, length))
    return slice(max(way, 0), length + min(way, 0)), slice(max(-way, 0), length - max(way, 0))


def mirrored(pictures: Array, generator: np.random.Generator) -> Array:
    """Every other picture, by chance, with left and right exchanged.

    >>> mirrored(np.array([[1, 2]]).reshape(1, 1, 2, 1), np.random.default_rng(1)).ravel()
    array([1, 2])
    """
    chosen = generator.random(len(pictures)) < 0.5
    turned = pictures.copy()
    turned[chosen] = pictures[chosen, :, ::-1]
    return turned
