"""A window that slides over an input, picture by picture: numbers in squares, or rows of a photo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.engines.base.padding import Geometry
from dlcli.tensor import Array, Tensor
from dlcli.views.frames import Frames, name_of_part, thinned
from dlcli.views.look import is_rgb
from dlcli.views.page.figures import Pixels
from dlcli.views.pictures.picture import Picture
from dlcli.views.pictures.uncovered import Uncovered
from dlcli.views.text.text import clip, plain
from dlcli.words.number import number

SQUARES = 20  # rows and columns of numbers that are written in squares
DEPTH = 3  # channels of them that are shown
WINDOWS = 120  # pictures of windows over squares
ROWS = 24  # pictures of rows of a photo
ROWS_RATE = 8  # of these a second
HEIGHT, WIDTH = 20, 36  # terminal rows and columns of a picture
HIGH, WIDE, NARROW = 23, 46, 27  # the same on a page (20 pixels to a row, 10 to a column), and of several
SHEETS = 3  # maps beside each other
LINE = 84  # letters of a sum's line
LINES = 9


def as_squares(size: Sequence[int]) -> bool:
    """Whether an array of this many rows and columns is small enough to be written in squares."""
    return max(size) <= SQUARES and min(size) > 0


def padded_size(where: Geometry) -> tuple[int, ...]:
    """Rows and columns of an input with its padding."""
    return tuple(n + sum(pads) for n, pads in zip(where.in_size, where.pads, strict=True))


def frames_of(
    where: Geometry,
    squares: bool,
    most: int | None,
    windows: Callable[[list[tuple[int, ...]], list[int]], Iterator[RenderableType]],
    rows: Callable[[list[int]], Iterator[RenderableType]],
) -> Frames:
    """The pictures of a window that slides: of each of its places in ``squares``, else of rows of the map."""
    if squares:
        places = list(np.ndindex(*where.out_size))
        shown = thinned(len(places), most or WINDOWS)
        return Frames(windows(places, shown), len(shown), len(places), "windows")
    shown = thinned(where.out_size[0], most or ROWS)
    return Frames(rows(shown), len(shown), where.out_size[0], "rows of the map", ROWS_RATE)


def padded(values: Array, where: Geometry) -> tuple[Array, Array]:
    """An input (height, width) with its padding, and which squares are padding."""
    rows, columns = where.rows(), where.columns()
    zero = (rows < 0)[:, None] | (columns < 0)[None]
    filled = np.where(zero, np.zeros((), values.dtype), values[np.ix_(rows.clip(0), columns.clip(0))])
    beside = np.ones(filled.shape, bool)
    (top, _), (left, _) = where.pads
    beside[top : top + where.in_size[0], left : left + where.in_size[1]] = False
    return filled, beside


def under(where: Geometry, cell: tuple[int, int]) -> tuple[Array, Array]:
    """The rows and columns of the padded input that the window of a cell sees, as ``np.ix_`` has them."""
    ends = [
        place * stride + np.arange(size) * dilation
        for place, stride, size, dilation in zip(
            cell, where.stride, where.kernel, where.dilation, strict=True
        )
    ]
    rows, columns = np.ix_(*ends)
    return rows, columns


def factor(value: object, precision: int) -> str:
    """A number behind a sign of multiplication: a negative one in brackets.

    >>> factor(-2.5, 4), factor(3, 4)
    ('(−2.5)', '3')
    """
    text = number(value, precision)
    return text if text[:1].isalnum() and "i" not in text else f"({text})"


def sum_lines(name: str, parts: Sequence[Sequence[tuple[object, object]]], precision: int) -> list[str]:
    """A sum of products over several lines, ``parts`` being the pairs of each; long ones are only counted.

    >>> sum_lines("y", [[(1, 2), (3, -1)], [(0, 4)]], 4)
    ['y = 1·2 + 3·(−1)', '  + 0·4']
    """
    lines = [
        " + ".join(f"{factor(a, precision)}·{factor(b, precision)}" for a, b in pairs) for pairs in parts
    ]
    if len(lines) > LINES or any(len(line) > LINE - len(name) - 3 for line in lines):
        return [f"{name} = the sum of {sum(map(len, parts))} products"]
    return [f"{name} = {lines[0]}", *(f"{'':{len(name)}} + {line}" for line in lines[1:])]


class Photo:
    """An input and its maps as pictures, of which rows appear one after the other."""

    def __init__(self, seen: Tensor, output: Tensor) -> None:
        inputs, maps = _parts(seen), _parts(output)
        self.count, maps = len(maps), maps[:SHEETS]
        wide = WIDE if len(maps) == 1 else NARROW
        self.name = name_of_part("input", 1, len(inputs), "channels")
        self.input = self._picture(inputs[0][1], wide)
        self.maps = [(name, self._picture(values, wide)) for name, values in maps]

    @staticmethod
    def _picture(values: Array, wide: int) -> tuple[Picture, Pixels]:
        picture = Picture(values, height=HEIGHT, width=WIDTH, legend=False, mean=True)
        page = Picture(values, height=HIGH, width=wide, legend=False, mean=True).figure()
        assert isinstance(page, Pixels)
        return picture, page

    def title(self, told: str) -> Text:
        """What is told of a picture, and of how many maps it shows a part."""
        return plain(name_of_part(told, len(self.maps), self.count, "maps"), "bold")

    def blocks(self, frame: tuple[float, float], share: float) -> list[tuple[str, RenderableType]]:
        """The input with a frame over some of its rows, and as much of the maps as is known."""
        seen = Uncovered(*self.input, frame=(frame, (0.0, 1.0)))
        return [
            (self.name, seen),
            *((name, Uncovered(*made, share=(share, 1.0))) for name, made in self.maps),
        ]


def _parts(tensor: Tensor) -> list[tuple[str, Array]]:
    """A picture in its colours, or the pictures of its channels under their names."""
    name = clip(tensor.name, 24)
    if tensor.data.ndim == 2:
        return [(name, tensor.data)]
    if is_rgb(tensor):
        return [(name, tensor.data[..., :3])]
    return [(clip(tensor.axes[2].place(k), 24), tensor.data[..., k]) for k in range(tensor.shape[2])]


def rows_of(where: Geometry, row: int) -> tuple[float, float]:
    """From which to which part of the input's rows the windows of one row of the map reach."""
    top = row * where.stride[0] - where.pads[0][0]
    return top / where.in_size[0], (top + where.span[0]) / where.in_size[0]
