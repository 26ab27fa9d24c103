"""Pixels among the lines of a story: blanks that keep the room, and a picture drawn over them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.segment import ControlType, Segment

from dlcli.tensor import Array
from dlcli.views.screen.screen import Drawing, encoded

HOLE = 255, 0, 255

SAVE, RESTORE = "\x1b7", "\x1b8"
#: Down and up again: at the bottom of the screen this makes room for what a terminal puts below a picture.
MAKE_ROOM = "\x1bD\x1b[A"


def pixels(rgb: Array, drawing: Drawing) -> Iterator[Segment]:
    """Lines of blanks, and behind the last of them what draws (height, width, 3) bytes over all of them.

    The drawing takes no room in its line and leaves the cursor where it was, so that whatever stands to the
    right of the picture, or below it, is not moved.
    """
    height, width = rgb.shape[:2]
    (down, across) = drawing.cell
    rows, columns = -(-height // down), -(-width // across)
    rgba = np.zeros((rows * down, columns * across, 4), np.uint8)
    rgba[:height, :width, :3], rgba[:height, :width, 3] = rgb, 255
    for _ in range(rows - 1):
        yield Segment(" " * columns)
        yield Segment.line()
    yield Segment(" " * columns)
    up = f"\x1b[{rows - 1}A" if rows > 1 else ""
    image = encoded(rgba, drawing.means, rows, columns)
    yield Segment(f"{MAKE_ROOM}{SAVE}{up}\x1b[{columns}D{image}{RESTORE}", None, [(ControlType.CURSOR_UP, 0)])
    yield Segment.line()


def with_holes(rgb: Array, values: Array) -> Array:
    """The colours (height, width, 3) with a mark where one of the values (height, width, …) is not finite."""
    rgb[~np.isfinite(values).all(axis=-1)] = HOLE
    return rgb
