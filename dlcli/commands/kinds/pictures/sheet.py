"""Many pictures as one, as a picture file shows them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlcli.tensor import Array, Axis, Tensor
from dlcli.words.axes import PICTURE

GAP = 2  # pixels between two pictures
COLOURS = ("red", "green", "blue")


def sheet(rows: Sequence[Array], name: str) -> Tensor:
    """Rows of pictures (picture, height, width, channel) of one size as one picture, ``GAP`` pixels apart.

    >>> sheet([np.ones((2, 3, 3, 1)), np.ones((1, 3, 3, 1))], "two and one").shape
    (8, 8)
    """
    height, width, channels = rows[0].shape[1:]
    down, across = height + GAP, width + GAP
    page = np.zeros((down * len(rows) - GAP, across * max(map(len, rows)) - GAP, channels), rows[0].dtype)
    for i, row in enumerate(rows):
        for j, picture in enumerate(row):
            page[i * down :, j * across :][:height, :width] = picture
    axes = tuple(map(Axis, PICTURE))
    if channels == 1:
        return Tensor(page[..., 0], axes, name)
    return Tensor(page, (*axes, Axis("channel", COLOURS if channels == len(COLOURS) else None)), name)
