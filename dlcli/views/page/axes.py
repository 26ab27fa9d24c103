"""The axes of a drawing: a frame, ticks at its edges with labels that do not touch, grid lines, a legend."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len

from dlcli.tensor import Array
from dlcli.views.charts.ruler import Ruler
from dlcli.views.charts.ticks import Scale, labels
from dlcli.views.page.figures import Column, Drawing, Figure, Pixels, Run, Words
from dlcli.views.page.shapes import SIGN, Area, Dots, Image, Letters, Shape, Stroke
from dlcli.views.page.style import SERIES
from dlcli.views.screen.colour import letter
from dlcli.views.text.text import clip, visible

#: Pixels of a drawing with axes: so few that letters of 12 pixels can be read on a page of 420.
WIDTH = 520

LINE = 16  # pixels from one line of labels to the next
TICK = 4
AIR = 4  # pixels between a tick and its label
BASE = 4  # pixels from the middle of a letter to its base line
SIDE = 16  # pixels right of a frame, for half of the last label
HALF = 4.5  # pixels from the middle of a marker to its edge
FEW = 24  # points of a line up to which each has a dot
SAMPLE = 22  # pixels of a line in a legend
APART = 9, 11  # pixels between the letters at the ends of two lines


@dataclass(frozen=True)
class Frame:
    """The rectangle of a drawing in which numbers have their places, in pixels.

    Where a ``picture`` fills it the lines at its edges stand beside that, a pixel off.
    """

    left: float
    top: float
    width: float
    height: float
    picture: bool = False

    @classmethod
    def right_of(
        cls, labels: Iterable[str], width: float, height: float, *, top: float = 0.0, side: float = SIDE
    ) -> Frame:
        """The frame of a drawing so wide, with room for labels at its left and a ``side`` at its right.

        >>> frame = Frame.right_of(["0", "10"], 200, 100)
        >>> round(frame.left + frame.width)
        184
        """
        left = beside(labels)
        return cls(left, top, max(width - left - side, 8 * SIGN), height)

    @property
    def columns(self) -> int:
        """How many letters stand side by side in it."""
        return max(1, int(self.width / SIGN))

    @property
    def bottom(self) -> float:
        """Where its lower edge is."""
        return self.top + self.height

    def x(self, share: Array) -> Array:
        """Places to the right of the left edge, in shares of the width; those beyond the edges at them."""
        return np.asarray(self.left + np.clip(share, 0, 1) * self.width)

    def y(self, share: Array) -> Array:
        """Places above the lower edge, in shares of the height; those beyond the edges at them."""
        return np.asarray(self.top + (1 - np.clip(share, 0, 1)) * self.height)

    def points(self, across: Array, up: Array) -> Array:
        """Shares (n,) of width and height as points (n, 2); nan stays nan."""
        return np.stack([self.x(across), self.y(up)], axis=1)


def beside(labels: Iterable[str]) -> float:
    """Whole pixels left of a frame for its labels and ticks, so that those of a picture in it stay whole."""
    return float(math.ceil(SIGN * max(map(cell_len, labels), default=0)) + AIR + TICK)


def around(pixels: Pixels, size: tuple[int, int], names: tuple[str, str]) -> Figure:
    """A picture between its axes, whose places are counted: ``size`` is how many it has (rows, columns)."""
    rows, columns = pixels.data.shape[:2]
    share = min(pixels.times, WIDTH // columns) or WIDTH / columns
    high, wide = rows * share, columns * share
    shapes, top = title(names[0], WIDTH)
    down, across = (Scale(0, count - 1) for count in size)
    ticks = down.ticks(max(2, min(size[0], int(high) // (3 * LINE) + 1)), whole=True)
    left = beside(labels(ticks))
    frame = Frame(left, top, wide, high, picture=True)
    shapes.append(Image(left, top, frame.width, frame.height, pixels.data, pixels.colours, "", pixels.cells))
    shapes += left_edge(frame, frame.y(1 - (np.array(ticks) + 0.5) / size[0]), labels(ticks))
    found, texts = across.fitting(frame.columns, whole=True)
    edge, bottom = lower_edge(frame, frame.x((np.array(found) + 0.5) / size[1]), texts, names[1])
    side = max(left + frame.width + SIDE, SIGN * cell_len(names[0]))
    drawing = Drawing(side, bottom, [*shapes, *edge], pixels.words)
    return Column([drawing, pixels.legend]) if pixels.legend is not None else drawing


def title(name: str, width: float, top: float = 0.0) -> tuple[list[Shape], float]:
    """What stands over the left edge, where there is something, and where the frame below it begins."""
    if not name:
        return [], top + LINE / 2  # for half of the uppermost label
    text = visible(clip(name, int(width / SIGN)))
    return [Letters(0, top + 3 * BASE, text, "quiet")], top + LINE + LINE / 2


def left_edge(frame: Frame, places: Sequence[float] | Array, texts: Sequence[str]) -> list[Shape]:
    """The left edge with ticks at ``places``, pixels from the top of the drawing, and what stands at them.

    Where no picture is in the way a line goes across at each.
    """
    where, side = np.asarray(places, float), frame.left - frame.picture
    ticks = _apart(np.full(where.size, side - TICK), where, np.full(where.size, side), where)
    edge = np.array([[side, frame.top], [side, frame.bottom + frame.picture]])
    shapes: list[Shape] = []
    if not frame.picture and where.size:
        ends = np.full(where.size, frame.left), np.full(where.size, frame.left + frame.width)
        shapes.append(Stroke(_apart(ends[0], where, ends[1], where), "rule"))
    shapes.append(Stroke(np.concatenate([edge, [[np.nan, np.nan]], ticks]), "edge"))
    left = frame.left - TICK - AIR
    shapes += [
        Letters(left, y + BASE, visible(text), "quiet", anchor="end")
        for y, text in zip(where.tolist(), texts, strict=True)
        if text
    ]
    return shapes


def lower_edge(
    frame: Frame, places: Sequence[float] | Array, texts: Sequence[str], name: str = "", *, lines: int = 1
) -> tuple[list[Shape], float]:
    """The lower edge with ticks at ``places``, pixels from the left of the drawing, labels and its name.

    A label that would touch the one before it goes one line deeper, and with its tick when there are no more
    ``lines``. Returns where the lowest letters end, too.
    """
    columns = {int((place - frame.left) / SIGN): place for place in reversed(places)}
    at = [int((place - frame.left) / SIGN) for place in places]
    ruler = Ruler(at, texts, frame.columns + 1, name=name, lines=lines)
    where = np.array([columns[column] for row in ruler.rows for column, _, _ in row], float)
    side = frame.bottom + frame.picture
    low = np.full(where.size, side)
    edge = np.array([[frame.left - frame.picture, side], [frame.left + frame.width, side]])
    ticks = _apart(where, low, where, low + TICK)
    shapes: list[Shape] = [Stroke(np.concatenate([edge, [[np.nan, np.nan]], ticks]), "edge")]
    right = frame.left + frame.width + SIDE
    y = frame.bottom + TICK + AIR
    for depth, row in enumerate(ruler.rows):
        for column, _, text in row:
            half = SIGN * cell_len(text) / 2
            x = min(max(columns[column], half), right - half)
            if depth:
                stem = np.array([[columns[column], frame.bottom + TICK], [columns[column], y]])
                shapes.append(Stroke(stem, "rule"))
            shapes.append(Letters(x, y + 2 * BASE, visible(text), "quiet", anchor="middle"))
        y += LINE if row else 0
    if ruler.name:
        middle = frame.left + frame.width / 2
        shapes.append(Letters(middle, y + 2 * BASE, visible(ruler.name), "quiet", anchor="middle"))
        y += LINE
    return shapes, y


def _apart(x: Array, y: Array, right: Array, low: Array) -> Array:
    """Lines (n, 4) from one point each to another, as points of one stroke with nan between."""
    nothing = np.full(x.size, np.nan)
    return np.stack([x, y, right, low, nothing, nothing], axis=1).reshape(-1, 2)


def legend(
    names: Sequence[str], width: float, *, dots: bool = False, letters: bool = True
) -> tuple[list[Shape], float]:
    """The letter and the name of each series behind its line or marker, in as many lines as that takes.

    ``dots``: they have markers, not lines; without ``letters`` they are known by their names. Returns how
    high the lines are, too.
    """
    signs = 2 if letters else 0
    shapes: list[Shape] = []
    x, y = 0.0, 0.0
    for place, name in enumerate(names):
        wide = SAMPLE + AIR + SIGN * (signs + cell_len(name))
        if x and x + wide > width:
            x, y = 0.0, y + LINE
        middle = y + LINE / 2
        if dots:
            shapes.append(markers(np.array([[x + SAMPLE / 2, middle]]), place))
        else:
            shapes.append(Stroke(np.array([[x, middle], [x + SAMPLE, middle]]), look_of(place)))
        after = x + SAMPLE + AIR
        if letters:
            shapes.append(Letters(after, middle + BASE, letter(place), look_of(place), bold=True))
        shapes.append(Letters(after + signs * SIGN, middle + BASE, visible(name)))
        x += wide + 2 * SIGN
    return shapes, y + LINE


def look_of(place: int) -> str:
    """The look of a series by its place: after so many colours they begin again."""
    return str(place % len(SERIES))


#: Markers by the place of a class: corners around the middle; a dot has none.
MARKERS: tuple[Sequence[tuple[float, float]], ...] = (
    (),
    ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
    ((0, -1), (1, 0.8), (-1, 0.8)),
    ((0, -1.1), (1.1, 0), (0, 1.1), (-1.1, 0)),
    ((0, 1), (1, -0.8), (-1, -0.8)),
    ((-0.3, -1), (0.3, -1), (0.3, -0.3), (1, -0.3), (1, 0.3), (0.3, 0.3),
     (0.3, 1), (-0.3, 1), (-0.3, 0.3), (-1, 0.3), (-1, -0.3), (-0.3, -0.3)),
)  # fmt: skip


def markers(points: Array, place: int, radius: float = HALF) -> Shape:
    """A marker at each of the points (n, 2), whose form and colour tell the class by its place.

    Where colours begin again, forms go on with the next one, so that no two of 36 classes look alike.
    """
    form = MARKERS[(place + place // len(SERIES)) % len(MARKERS)]
    if not form:
        return Dots(points, look_of(place), radius=0.75 * radius)
    corners = np.array([*form, (np.nan, np.nan)]) * radius
    return Area((np.asarray(points)[:, None] + corners).reshape(-1, 2), look_of(place))


def line(points: Array, place: int) -> list[Shape]:
    """A line through points (n, 2), nan where there is a gap, in the look of a series; few have dots, too."""
    known = np.asarray(np.isfinite(points).all(axis=1))
    joined = np.concatenate([[False], known[:-1] & known[1:], [False]])
    lone = known & ~joined[:-1] & ~joined[1:]
    if known.sum() <= FEW:
        lone = known
    shapes: list[Shape] = [Stroke(points, look_of(place))] if joined.any() else []
    if lone.any():
        shapes.append(Dots(points[lone], look_of(place), radius=2.5))
    return shapes


def letters_at(ends: Sequence[tuple[float, float] | None]) -> list[Letters]:
    """The letter of each series right of the end (x, y) of its line, further right where another one stands.

    >>> [(one.text, one.x) for one in letters_at([(100, 50), None, (100, 53)])]
    [('a', 104.0), ('c', 113.0)]
    """
    taken: list[tuple[float, float]] = []
    shapes: list[Letters] = []
    for place, end in enumerate(ends):
        if end is None:
            continue
        x, y = end[0] + float(AIR), float(end[1])
        while any(abs(x - a) < APART[0] and abs(y - b) < APART[1] for a, b in taken):
            x += APART[0]
        taken.append((x, y))
        shapes.append(Letters(x, y + BASE, letter(place), look_of(place), bold=True))
    return shapes


def drawn(
    width: float, height: float, shapes: Sequence[Shape], words: str, notes: Iterable[str] = ()
) -> Figure:
    """A drawing over notes, where there are any."""
    notes = [*notes]
    drawing = Drawing(width, height, shapes, visible(words))
    return Column([drawing, *map(quiet, notes)]) if notes else drawing


def quiet(text: str) -> Words:
    """A line that stands back."""
    return Words([Run(visible(text), quiet=True)])
