"""The line below a drawing that tells what stands where: ticks, their labels, the axis' name and unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array, Axis
from dlcli.views.text import clip
from dlcli.views.ticks import GAP, Scale, spread

DIM = Style(dim=True)
NAME = 32  # cells that the name of an axis may take


class Ruler:
    """A line with ticks below ``width`` columns that start after ``side`` others.

    ``places`` are columns of the drawing, ``labels`` (outside text) what stands below them; a label that
    would touch the one before it is left out with its tick. ``name`` stands below in the middle.

    >>> for line in Ruler([0, 5, 10], ["0", "5", "10"], 11, side=2, name="time (s)").texts():
    ...     print(line.replace(" ", "."))
    .└┬────┬────┬
    ..0....5...10
    ...time.(s)
    """

    def __init__(
        self, places: Sequence[int], labels: Sequence[str], width: int, *, side: int = 0, name: str = ""
    ) -> None:
        self.marks = spread(places, [clip(label, NAME) for label in labels], width)
        self.width, self.side, self.name = width, side, clip(name, NAME)

    def texts(self) -> Iterator[str]:
        """The two or three lines, without blanks at their ends."""
        rule = ["─"] * self.width
        below, used = "", 0
        for place, first, text in self.marks:
            rule[place] = "┬"
            below += " " * (first - used) + text
            used = first + cell_len(text)
        corner = " " * (self.side - 1) + "└" if self.side else ""
        yield corner + "".join(rule)
        if below:
            yield " " * self.side + below
        if self.name:
            yield " " * (self.side + max(0, (self.width - cell_len(self.name)) // 2)) + self.name

    def __iter__(self) -> Iterator[Segment]:
        for text in self.texts():
            yield Segment(text, DIM)
            yield Segment.line()


def axis_name(axis: Axis) -> str:
    """Name and unit of an axis, as outside text.

    >>> axis_name(Axis("time", start=0, step=0.1, unit="s")), axis_name(Axis("token"))
    ('time (s)', 'token')
    """
    return f"{axis.name} ({axis.unit})" if axis.unit else axis.name


def positions(axis: Axis, length: int, room: int) -> tuple[list[float], list[str]]:
    """Which indices of an axis get a tick when ``room`` columns show it, and what stands there.

    A labelled axis has its labels when all fit, else whole indices; a numeric one round numbers of its unit,
    which need not stand at a whole index.

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
    if axis.start is None or axis.step is None or not axis.step:
        return Scale(0, last).fitting(room, whole=True)
    low, high = sorted((axis.value(0), axis.value(last)))
    found, texts = Scale(low, high).fitting(room)
    indices: Array = (np.array(found) - axis.start) / axis.step
    return indices.tolist(), texts
