"""What a drawing is made of: letters, boxes, strokes, areas, dots and pictures at places in pixels.

SVG writes them as elements, a picture file paints them. Their ``look`` is one of ``dlcli.views.page.style``:
``ink``, ``quiet``, ``rule``, ``edge``, ``line``, ``area``, ``paper``, ``shade``, and ``0``, ``1``, … for the
series of a chart; a ``colour`` of their own, ``rrggbb``, is the same in light and in dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dlcli.tensor import Array
from dlcli.views.page.cells import UNKNOWN, Cells

#: Pixels of a letter of 12 pixels, in the font that is the widest of those.
SIGN = 7.23


@dataclass(frozen=True)
class Letters:
    """A line of text on its base line; ``wide`` is the width that its signs must take, where they must."""

    x: float
    y: float
    text: str
    look: str = "ink"
    colour: str = ""
    anchor: str = "start"  # or "middle", "end"
    size: int = 12
    bold: bool = False
    wide: float | None = None


@dataclass(frozen=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    look: str = ""
    colour: str = ""
    opacity: float = 1.0
    of: str = ""
    cell: str = ""


@dataclass(frozen=True, eq=False)
class Stroke:
    """A line through points (n, 2) of x and y; one with nan divides it. ``wide`` is how thick it is."""

    points: Array
    look: str = "line"
    colour: str = ""
    wide: float = 1.0


@dataclass(frozen=True, eq=False)
class Area:
    """A filled polygon through points (n, 2); one with nan divides it into several."""

    points: Array
    look: str = ""
    colour: str = ""
    opacity: float = 1.0


@dataclass(frozen=True, eq=False)
class Dots:
    """A dot at each of the points (n, 2)."""

    points: Array
    look: str = ""
    colour: str = ""
    radius: float = 2.5


@dataclass(frozen=True, eq=False)
class Image:
    """A picture in a rectangle; ``data`` and ``colours`` are those of ``dlcli.views.page.figures.Pixels``."""

    x: float
    y: float
    width: float
    height: float
    data: Array
    colours: Array | None = None
    words: str = ""
    cells: Cells = UNKNOWN


Shape = Letters | Box | Stroke | Area | Dots | Image


def moved(shape: Shape, x: float, y: float, times: float = 1.0) -> Shape:
    """The same ``times`` as large, and so many pixels further right and down.

    >>> moved(Box(1, 2, 3, 4), 10, 20)
    Box(x=11.0, y=22.0, width=3.0, height=4.0, look='', colour='', opacity=1.0, of='', cell='')
    """
    if isinstance(shape, Box):  # most shapes of a film are boxes and letters: ``replace`` is slow
        return Box(
            shape.x * times + x, shape.y * times + y, shape.width * times, shape.height * times,
            shape.look, shape.colour, shape.opacity, shape.of, shape.cell,
        )  # fmt: skip
    if isinstance(shape, Letters):
        size = max(1, round(shape.size * times))
        wide = shape.wide and shape.wide * times
        return Letters(
            shape.x * times + x, shape.y * times + y, shape.text, shape.look, shape.colour, shape.anchor,
            size, shape.bold, wide,
        )  # fmt: skip
    if isinstance(shape, Stroke | Area | Dots):
        return replace(shape, points=np.asarray(shape.points, float) * times + (x, y))
    return replace(
        shape, x=shape.x * times + x, y=shape.y * times + y, width=shape.width * times,
        height=shape.height * times,
    )  # fmt: skip


def framed(x: float, y: float, width: float, height: float) -> Sequence[Shape]:
    """A box with an edge around it."""
    right, low = x + width, y + height
    corners = np.array([[x, y], [right, y], [right, low], [x, low], [x, y]])
    return Box(x, y, width, height, "shade"), Stroke(corners, "edge")


def arrow(start: tuple[float, float], end: tuple[float, float], look: str = "edge") -> Sequence[Shape]:
    """A line with a head at its end."""
    along = np.subtract(end, start)
    length = float(np.hypot(*along)) or 1.0
    ahead = along / length
    side = np.array([-ahead[1], ahead[0]])
    back = np.asarray(end) - 7 * ahead
    return (
        Stroke(np.array([start, back]), look),
        Area(
            np.array([end, back + 3 * side, back - 3 * side]),
            {"edge": "quiet", "line": "ink"}.get(look, look),
        ),
    )
