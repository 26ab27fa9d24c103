"""The same pictures a little otherwise, each time they are seen: moved by some cells, or mirrored."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array


def shifted(pictures: Array, most: int, generator: np.random.Generator) -> Array:
    """Each picture (picture, height, width, channel) moved by -most to most cells each way; 0 follows.

    >>> moved = shifted(np.ones((1, 4, 4, 1)), 1, np.random.default_rng(1))
    >>> moved[0, :, :, 0]
    array([[1., 1., 1., 1.],
           [1., 1., 1., 1.],
           [1., 1., 1., 1.],
           [1., 1., 1., 1.]])
    """
    moved = np.zeros_like(pictures)
    _, height, width, _ = pictures.shape
    for place, (down, across) in enumerate(generator.integers(-most, most + 1, (len(pictures), 2)).tolist()):
        rows, columns = (
            slice(max(down, 0), height + min(down, 0)),
            slice(max(across, 0), width + min(across, 0)),
        )
        from_rows = slice(max(-down, 0), height - max(down, 0))
        from_columns = slice(max(-across, 0), width - max(across, 0))
        moved[place, rows, columns] = pictures[place, from_rows, from_columns]
    return moved


def mirrored(pictures: Array, generator: np.random.Generator) -> Array:
    """Every other picture, by chance, with left and right exchanged.

    >>> mirrored(np.array([[1, 2]]).reshape(1, 1, 2, 1), np.random.default_rng(1)).ravel()
    array([1, 2])
    """
    chosen = generator.random(len(pictures)) < 0.5
    turned = pictures.copy()
    turned[chosen] = pictures[chosen, :, ::-1]
    return turned
