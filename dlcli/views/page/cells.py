"""Which cells of a tensor the numbers of a figure are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dlcli.tensor import Array


@dataclass(frozen=True)
class Cells:
    """The cells of the tensor ``of`` that stand in rows and columns: ``pattern`` has an index for each axis.

    ``r`` and ``c`` in it are those of the row and of the column, ``R`` that of the row from below. Nothing is
    known of an empty one.

    >>> Cells("map", "r,c,2").at(7, 4)
    '7,4,2'
    """

    of: str = ""
    pattern: str = ""

    def __bool__(self) -> bool:
        return self.pattern != ""

    def at(self, row: int, column: int) -> str:
        """The cell in a row and a column; empty where nothing is known."""
        places = {"r": str(row), "c": str(column)}
        return ",".join(places.get(part, part) for part in self.pattern.split(","))


#: What stands in a figure is not known as a cell of any tensor.
UNKNOWN = Cells()


@dataclass(frozen=True, eq=False)
class Placed:
    """Cells of a vector ``of``, whose indices ``places`` (rows, columns) holds; nan where there is none.

    >>> import numpy as np
    >>> Placed("values", np.array([[2.0, np.nan]])).at(0, 0)
    '2'
    """

    of: str
    places: Array

    def at(self, row: int, column: int) -> str:
        """The cell in a row and a column; empty where there is none."""
        place = float(self.places[row, column])
        return "" if math.isnan(place) else str(int(place))


@dataclass(frozen=True)
class Listed:
    """Cells of the tensor ``of``, one for each line of a table; of a line that is none, nothing."""

    of: str = ""
    cells: Sequence[str] = ()

    def __getitem__(self, line: int) -> str:
        return self.cells[line] if line < len(self.cells) else ""

    def only(self, lines: Iterable[int]) -> Listed:
        """Those of some lines."""
        return Listed(self.of, [self[line] for line in lines]) if self.cells else self


#: The lines of a table are no cells of any tensor.
NO_CELLS = Listed()


def listed(of: str, places: Iterable[Iterable[int]]) -> Listed:
    """The cells of a tensor at places, each an index for each of its axes.

    >>> listed("map", [(0, 2), (1, 0)]).cells
    ['0,2', '1,0']
    """
    return Listed(of, [",".join(str(int(index)) for index in place) for place in places])


@dataclass(frozen=True)
class At:
    """A tensor by its name and the names of its axes, and a part of it: where that stands on some of them.

    >>> whole = At("map", ("height", "width", "channel"))
    >>> whole.where("channel", 2).cells("height", "width")
    Cells(of='map', pattern='r,c,2')
    """

    of: str
    axes: tuple[str, ...]
    fixed: Mapping[str, int] = field(default_factory=dict)

    def where(self, axis: str, place: int) -> At:
        """The part at this place of an axis."""
        return At(self.of, self.axes, {**self.fixed, axis: place})

    def cells(self, rows: str, columns: str) -> Cells:
        """The cells of a part whose rows and columns are these axes.

        Of a part of more axes than these no number is one cell.
        """
        known = {**{axis: str(place) for axis, place in self.fixed.items()}, rows: "r", columns: "c"}
        if not all(axis in known for axis in self.axes):
            return UNKNOWN
        return Cells(self.of, ",".join(known[axis] for axis in self.axes))
