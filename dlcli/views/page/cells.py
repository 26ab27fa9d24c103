"""Which cells of a tensor the numbers of a figure are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dlcli.tensor import Array, Tensor


@dataclass(frozen=True)
class Cells:
    """The cells of the tensor ``of`` that stand in rows and columns: ``pattern`` has an index for each axis.

    ``r`` and ``c`` in it are those of the row and of the column, ``R`` that of the row from below. ``shape``
    is how many rows and columns of cells a picture shows, where these are not its pixels. Nothing is
    known of an empty one.

    >>> Cells("map", "r,c,2").at(7, 4)
    '7,4,2'
    """

    of: str = ""
    pattern: str = ""
    shape: tuple[int, int] | None = field(default=None, repr=False, compare=False)

    def __bool__(self) -> bool:
        return bool(self.of and self.pattern)

    def at(self, row: int, column: int) -> str:
        """The cell in a row and a column; empty where nothing is known."""
        places = {"r": str(row), "c": str(column)}
        return ",".join(places.get(part, part) for part in self.pattern.split(","))


#: What stands in a figure is not known as a cell of any tensor.
UNKNOWN = Cells()


@dataclass(frozen=True, eq=False)
class Placed:
    """Cells of the tensor ``of``: ``cells`` (rows, columns) are texts, empty where there is none.

    >>> import numpy as np
    >>> Placed("values", np.array([["2", ""]], object)).at(0, 0)
    '2'
    """

    of: str
    cells: Array

    def at(self, row: int, column: int) -> str:
        """The cell in a row and a column; empty where there is none."""
        return str(self.cells[row, column])


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


def called(tensor: Tensor) -> str:
    """How a page names a tensor: one that was read otherwise than a result of the same name.

    >>> import numpy as np
    >>> map_ = Tensor(np.zeros((1, 1)), name="map")
    >>> called(map_), called(map_.as_read())
    ('map', 'map, as it was read')
    """
    return f"{tensor.name}, as it was read" if tensor.read else tensor.name


def listed(of: Tensor | str, places: Iterable[Iterable[int]]) -> Listed:
    """The cells of a tensor, or of that of a name, at places: each an index for each of its axes.

    >>> listed("map", [(0, 2), (1, 0)]).cells
    ['0,2', '1,0']
    """
    name = of if isinstance(of, str) else called(of)
    return Listed(name, [",".join(str(int(index)) for index in place) for place in places])


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


#: Part of no tensor whose cells anybody asks for.
NOWHERE = At("", ())


def whole(tensor: Tensor) -> At:
    """All of a tensor."""
    return At(called(tensor), tensor.axis_names)


def of_matrix(tensor: Tensor) -> Cells:
    """The cells of a tensor that is drawn as a matrix, one of a single axis as a row of it.

    >>> import numpy as np
    >>> of_matrix(Tensor(np.zeros(3), name="flat")).at(0, 2)
    '2'
    """
    if tensor.data.ndim > 2:
        return UNKNOWN
    rows, columns = ("", "", *tensor.axis_names)[-2:]
    return whole(tensor).cells(rows, columns)


def in_places(tensor: Tensor, rows: Sequence[int], columns: Sequence[int], *more: int) -> Placed:
    """The cells of rows and columns of a tensor, ``more`` on its other axes; none beyond its ends.

    >>> import numpy as np
    >>> in_places(Tensor(np.zeros((2, 2)), name="map"), [0, 2], [1]).cells.tolist()
    [['0,1'], ['']]
    """
    height, width = tensor.shape[:2]
    inside = [
        [",".join(map(str, (i, j, *more))) if 0 <= i < height and 0 <= j < width else "" for j in columns]
        for i in rows
    ]
    return Placed(called(tensor), np.array(inside, object))
