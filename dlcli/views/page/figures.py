"""What a page is made of: a few kinds of figures, which the writers of HTML and SVG both know.

A view says what it is on a page by a method ``figure()``; the writers say how that is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from dlcli.tensor import Array
from dlcli.views.page.cells import NO_CELLS, UNKNOWN, Cells, Listed
from dlcli.views.page.shapes import Shape


@dataclass(frozen=True)
class Run:
    """A piece of a line: its text, whether it is set bold or quiet, and its colours as ``rrggbb``."""

    text: str
    bold: bool = False
    quiet: bool = False
    ink: str = ""
    ground: str = ""


Line = Sequence[Run]


@dataclass(frozen=True)
class Words:
    """A paragraph, which the page breaks into lines."""

    runs: Line


@dataclass(frozen=True)
class Lines:
    """Lines of signs of one width that stay as they are: a drawing of characters, or a code ``to copy``."""

    lines: Sequence[Line]
    copy: bool = False


@dataclass(frozen=True)
class Equation:
    """A formula: the ``name`` of what it gives, and its sides."""

    name: str
    sides: Sequence[str]


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    ``ground`` is the colour behind it, ``rrggbb``; ``below`` what stands under its text in small letters;
    ``cell`` which cell of the tensor ``of`` it is, without that of ``Table.of``: ``"3,0"``. ``bar`` is the
    length of a bar behind its text in shares of the longest, negative to the left, in the colour ``ink``.
    """

    text: str
    ground: str = ""
    bold: bool = False
    quiet: bool = False
    below: str = ""
    cell: str = ""
    of: str = ""
    bar: float | None = None
    ink: str = ""
    span: int = 1


@dataclass(frozen=True)
class Table:
    """Rows of cells below those of the head, in which the first ``labels`` cells of a row name it.

    Columns in ``right`` are set flush right. ``rules`` are rows of the body, and ``bars`` columns, before
    which a line is drawn. ``of`` is the name of the tensor whose cells are in it.
    """

    head: Sequence[Sequence[Cell]]
    body: Sequence[Sequence[Cell]]
    labels: int = 1
    right: Collection[int] = ()
    rules: Collection[int] = ()
    bars: Collection[int] = ()
    of: str = ""


@dataclass(frozen=True, eq=False)
class Legend:
    """Which numbers the colours (n, 3) of a picture stand for, from the text of one end to the other's."""

    low: str
    colours: Array
    high: str


@dataclass(frozen=True, eq=False)
class Pixels:
    """A picture, drawn ``times`` as large, each pixel a square.

    ``data`` are bytes (height, width, 3) of sRGB, or (height, width) the numbers of the ``colours`` (n, 3).
    ``words`` say what it is to those who cannot see it. ``cells`` say which cells of a tensor its
    pixels are.
    """

    data: Array
    words: str
    colours: Array | None = None
    times: int = 1
    legend: Legend | None = None
    cells: Cells = UNKNOWN


@dataclass(frozen=True)
class Drawing:
    """Shapes in so many pixels; ``words`` say what it is to those who cannot see it."""

    width: float
    height: float
    shapes: Sequence[Shape]
    words: str


@dataclass(frozen=True)
class Row:
    """Figures beside each other, each below its name where it has one, as many in a row as there is room."""

    parts: Sequence[tuple[str, Figure]]


@dataclass(frozen=True)
class Column:
    """Figures below each other."""

    parts: Sequence[Figure]


Figure = Words | Lines | Equation | Table | Pixels | Legend | Drawing | Row | Column


@runtime_checkable
class HasFigure(Protocol):
    """A renderable that knows what it is on a page."""

    def figure(self) -> Figure:
        """What it is on a page."""


@dataclass(frozen=True)
class Part:
    """A section of a page: heading, what stands in its line, what is drawn below it.

    ``cells`` are those of an input from which what is told there was made.
    """

    heading: str
    title: Line = ()
    body: Figure | None = None
    name: str = ""
    cells: Listed = NO_CELLS


def starts(row: Sequence[Cell]) -> Iterator[tuple[int, Cell]]:
    """The cells of a row, each with the column in which it begins.

    >>> [column for column, _ in starts([Cell("a", span=2), Cell("b")])]
    [0, 2]
    """
    column = 0
    for cell in row:
        yield column, cell
        column += cell.span
