"""The scales at the edges of a drawing: ticks, their labels, the name and unit of the axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from rich.cells import cell_len
from rich.segment import Segment

from dlcli.tensor import Array, Axis
from dlcli.views.charts.ticks import GAP, Scale, labels, spread
from dlcli.views.text.text import DIM, clip, flush_right, text_line

NAME = 32  # cells that the name of an axis may take


class Ruler:
    """The horizontal scale of a drawing: ticks below ``width`` columns that start after ``side`` others.

    ``places`` are columns of the drawing, ``labels`` (outside text) what stands below them; a label that
    would touch the one before it goes one line deeper, and with its tick when there are no more ``lines``.
    ``name`` stands below in the middle.

    >>> for line in Ruler([0, 5, 10], ["0", "5", "10"], 11, side=2, name="time (s)").texts():
    ...     print(line.replace(" ", "."))
    .└┬────┬────┬
    ..0....5...10
    ...time.(s)
    """

    def __init__(
        self,
        places: Sequence[int],
        labels: Sequence[str],
        width: int,
        *,
        side: int = 0,
        name: str = "",
        lines: int = 1,
    ) -> None:
        self.rows: list[list[tuple[int, int, str]]] = []
        left = [(place, clip(label, NAME)) for place, label in zip(places, labels, strict=True)]
        while left and len(self.rows) < lines:
            row = spread([place for place, _ in left], [label for _, label in left], width)
            self.rows.append(row)
            kept = {place for place, _, _ in row}
            left = [(place, label) for place, label in left if place not in kept]
        self.left_out = len(left)
        self.width, self.side, self.name = width, side, clip(name, NAME)

    def texts(self) -> Iterator[str]:
        """The lines, without blanks at their ends."""
        ticks = {place for row in self.rows for place, _, _ in row}
        rule = "".join("┬" if column in ticks else "─" for column in range(self.width))
        yield " " * (self.side - 1) + "└" + rule if self.side else rule
        for depth, row in enumerate(self.rows):
            # What stands deeper hangs on a line from its tick.
            deeper = [(place, place, "│") for later in self.rows[depth + 1 :] for place, _, _ in later]
            taken = {column for _, first, text in row for column in range(first, first + cell_len(text))}
            parts = sorted(
                [*row, *(part for part in deeper if part[0] not in taken)], key=lambda part: part[1]
            )
            text, used = "", 0
            for _, first, label in parts:
                text += " " * (first - used) + label
                used = first + cell_len(label)
            if text:
                yield " " * self.side + text
        if self.name:
            yield " " * (self.side + max(0, (self.width - cell_len(self.name)) // 2)) + self.name

    def __iter__(self) -> Iterator[Segment]:
        for text in self.texts():
            yield from text_line(text, DIM)


class Gutter:
    """The vertical scale at the left of a drawing: ``labels`` of rows, flush right, with a tick each.

    >>> gutter = Gutter({0: "1.0", 2: "0.5"})
    >>> gutter.width, gutter[0].text, gutter[1].text
    (4, '1.0┤', '   │')
    """

    def __init__(self, labels: Mapping[int, str]) -> None:
        self.labels = dict(labels)
        self.width = max(map(cell_len, self.labels.values()), default=0) + 1

    def __getitem__(self, row: int) -> Segment:
        label = flush_right(self.labels.get(row, ""), self.width - 1)
        return Segment(label + ("┤" if row in self.labels else "│"), DIM)


def axis_name(axis: Axis) -> str:
    """Name and unit of an axis, as outside text.

    >>> axis_name(Axis("time", start=0, step=0.1, unit="s")), axis_name(Axis("token"))
    ('time (s)', 'token')
    """
    return f"{axis.name} ({axis.unit})" if axis.unit else axis.name


def positions(axis: Axis, length: int, room: int) -> tuple[list[float], list[str]]:
    """The indices of an axis that get a tick when ``room`` columns show it, and their labels.

    A labelled axis has its labels when all fit, else whole indices; a numeric one round numbers of its unit,
    which need not stand at a whole index, unless they count something.

    >>> positions(Axis("time", start=0, step=0.5), 11, 40)
    ([0.0, 2.0, 4.0, 6.0, 8.0, 10.0], ['0', '1', '2', '3', '4', '5'])
    >>> positions(Axis("token", labels=("the", "cat")), 2, 40)
    ([0, 1], ['the', 'cat'])
    """
    last = length - 1
    if axis.labels is not None:
        names = [clip(label, NAME) for label in axis.labels]
        if sum(map(cell_len, names)) + GAP * last <= room:
            where = np.arange(length) * (room - 1) / max(last, 1)
            if len(spread([round(place) for place in where.tolist()], names, room)) == length:
                return list(range(length)), names
    if not axis.step or axis.start is None:
        return Scale(0, last).fitting(room, whole=True)
    found, texts = _extent(axis, last).fitting(room, whole=counts(axis))
    return _indices(axis, found), texts


def positions_down(axis: Axis, length: int, rows: int) -> tuple[list[float], list[str]]:
    """As ``positions``, for an axis that ``rows`` lines show one below the other.

    >>> positions_down(Axis("frequency", start=0, step=100, unit="Hz"), 81, 12)
    ([0.0, 20.0, 40.0, 60.0, 80.0], ['0', '2000', '4000', '6000', '8000'])
    """
    if axis.labels is not None and length <= rows:
        return list(range(length)), list(axis.labels)
    most = max(2, min(length, rows // 3 + 1))
    if not axis.step or axis.start is None:
        found = Scale(0, length - 1).ticks(most, whole=True)
        return found, labels(found)
    found = _extent(axis, length - 1).ticks(most)
    return _indices(axis, found), labels(found)


def counts(axis: Axis) -> bool:
    """Whether the places of an axis count something, such as episodes, so that fractions mean nothing.

    >>> counts(Axis("episode", start=0, step=1)), counts(Axis("time", start=0, step=1, unit="s"))
    (True, False)
    """
    if axis.unit or axis.start is None or axis.step is None:
        return False
    return float(axis.start).is_integer() and float(axis.step).is_integer()


def _extent(axis: Axis, last: int) -> Scale:
    low, high = sorted((axis.value(0), axis.value(last)))
    return Scale(low, high)


def _indices(axis: Axis, values: Sequence[float]) -> list[float]:
    found: Array = (np.array(values) - (axis.start or 0.0)) / (axis.step or 1.0)
    return found.tolist()
