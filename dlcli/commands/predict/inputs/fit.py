"""One's own picture brought to the size, the colours and the place that a net has learnt from."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dlcli.commands.kinds.pictures.picture import LUMA, gray_of
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.tensors.resize import resize

#: Ways to bring a picture to another size.
WAYS = ("stretch", "crop", "center")

#: MNIST's digits stand in 20 of the 28 cells of a side.
BOX = 20 / 28

#: What share of the strongest ink counts as ink where the rest is cut away, and how strong that must be.
EDGE, FAINT = 0.2, 0.05

#: A place between two cells goes to the first, whatever rounding has done to it.
TIE = 1e-6

ALPHA = "alpha"


def channels(picture: Array, names: Sequence[str], wanted: int) -> Array:
    """A picture (height, width, channel) of 0 to 1 in one gray or three colours (height, width, wanted).

    What is transparent is white, as a page shows it. Raises ``EngineError`` for other channels.
    """
    if names and names[-1] == ALPHA:
        alpha = picture[..., -1:]
        picture, names = picture[..., :-1] * alpha + (1 - alpha), names[:-1]
    count = picture.shape[2]
    if count == wanted:
        return picture
    if wanted == 1:
        colours = tuple(LUMA) if count == len(LUMA) and not set(names) & set(LUMA) else tuple(names)
        return gray_of(picture, colours)[..., None]
    if count == 1:
        return np.repeat(picture, wanted, axis=2)
    raise EngineError(f"the picture has {count} channels, the net takes {wanted}: no gray and no colours")


def fitted(picture: Array, height: int, width: int, way: str) -> Array:
    """A picture (height, width, channel) in another size.

    ``stretch`` takes all of it, ``crop`` the largest part of the right shape from the middle; ``center`` does
    what was done to MNIST's digits (see ``centred``). Raises ``EngineError`` as that does.
    """
    if way == "center":
        if picture.shape[2] != 1:
            raise EngineError(
                f"--fit center looks for bright ink in a gray picture, and the net takes {picture.shape[2]} "
                "channels: --fit crop"
            )
        return centred(picture[..., 0], height, width)[..., None]
    if way == "crop":
        rows, columns = picture.shape[:2]
        kept_rows = min(rows, max(1, round(columns * height / width)))
        kept_columns = min(columns, max(1, round(rows * width / height)))
        top, left = (rows - kept_rows) // 2, (columns - kept_columns) // 2
        picture = picture[top : top + kept_rows, left : left + kept_columns]
    return picture if picture.shape[:2] == (height, width) else resize(picture, height, width)


def centred(ink: Array, height: int, width: int) -> Array:
    """Bright ink (rows, columns) as MNIST has it: from 0 to 1, in the middle of (height, width).

    What is as dark as the border (its median) becomes 0, the strongest ink 1. What holds ink is cut out and
    resized to fit into 20 of 28 cells each way, its proportions kept; its centre of mass comes to
    cell 14 of 28 (counted from 0), to within half a cell.

    >>> ink = np.zeros((50, 90)); ink[5:25, 60:70] = 0.5
    >>> page = centred(ink, 28, 28)
    >>> np.flatnonzero(page.any(axis=1))[[0, -1]].tolist(), np.flatnonzero(page.any(axis=0))[[0, -1]].tolist()
    ([4, 23], [9, 18])

    Raises ``EngineError`` where there is no ink.
    Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits, 1998.
    """
    ground = np.median(np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]]))
    with np.errstate(over="ignore"):
        above = np.clip(ink - ground, 0, None)
    if not np.isfinite(above.max()):
        raise EngineError("--fit center: the numbers of the picture are too large, their range is infinite")
    if above.max() < FAINT:
        dark = ground - ink.min() >= FAINT and ground <= 1 and ink.min() >= 0
        raise EngineError(
            "--fit center finds no ink brighter than the border of the picture"
            + ("; --invert takes dark ink on white" if dark else "")
        )
    above = above / above.max()
    rows, columns = (np.flatnonzero((above > EDGE).any(axis=axis)) for axis in (1, 0))
    cut = above[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = BOX * min(height / cut.shape[0], width / cut.shape[1])
    size = tuple(max(1, round(length * scale)) for length in cut.shape)
    small = resize(cut, size[0], size[1])
    page = np.zeros((height, width), small.dtype)
    places = []
    for axis, length in enumerate((height, width)):
        mass = small.sum(axis=1 - axis)
        centre = float(mass @ np.arange(len(mass))) / float(mass.sum())
        place = math.floor(length / 2 - centre + 0.5 - TIE)
        places.append(min(max(place, 0), length - len(mass)))
    (top, left) = places
    page[top : top + size[0], left : left + size[1]] = small
    return page
