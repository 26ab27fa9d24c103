"""Where a cell of the result of one step came from, axis by axis."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.tensor.record import Broadcasting, Cell, Indexing, Reshaping, Step, Transposing
from dlcli.tensor import Tensor
from dlcli.views.story import Section
from dlcli.views.tables.table import Table
from dlcli.views.text.formula import Formula
from dlcli.views.text.place import horner
from dlcli.views.text.text import clip
from dlcli.words.number import number

NAME = 16  # cells that the name of an axis may take


def traced(step: Step, cell: Cell) -> Section:
    """The arithmetic from a cell of ``step.after`` to the cell of ``step.before`` that it was."""
    if isinstance(step, Indexing):
        return _section("Index", "start + index × step", _indexed(step, cell))
    if isinstance(step, Transposing):
        return _section("Transpose", "the same indices in another order", _transposed(step, cell))
    if isinstance(step, Reshaping):
        return _section("Reshape", "the same place in the row of all numbers", _reshaped(step, cell))
    assert isinstance(step, Broadcasting)
    return _section("Broadcast", "on an axis of length 1 every index is 0", _broadcasted(step, cell))


def _indexed(step: Indexing, cell: Cell) -> RenderableType:
    indices = iter(cell)
    lines = []
    wide = _wide(step.before)
    for pick in step.picks:
        if pick.axis is None:
            next(indices)
            continue
        name = clip(step.before.axes[pick.axis].name, NAME)
        if pick.length is None:
            lines.append(Formula(name, f"{pick.start} for every cell", name_width=wide))
            continue
        index = next(indices)
        sides = f"{pick.start} + {index} × {number(pick.step)}", str(pick.start + index * pick.step)
        lines.append(Formula(name, *sides, name_width=wide))
    return Group(*lines)


def _transposed(step: Transposing, cell: Cell) -> RenderableType:
    rows = [
        [clip(step.after.axes[axis].name, NAME), str(cell[axis]), str(axis), str(before)]
        for axis, before in enumerate(step.order)
    ]
    return Table(["name", "index", "axis", "was axis"], rows, right=(1, 2, 3))


def _reshaped(step: Reshaping, cell: Cell) -> RenderableType:
    place = step.origin(cell)
    index = 0
    for i, length in zip(cell, step.after.shape, strict=True):
        index = index * length + i
    lines = [
        Formula(name, horner([str(i) for i in indices], shape), str(index), name_width=6)
        for name, indices, shape in (
            ("after", cell, step.after.shape),
            ("before", place, step.before.shape),
        )
    ]
    came = ",".join(map(str, place)) or "the only number"
    return Group(*lines, Formula("cell", f"{','.join(map(str, cell)) or '()'} → {came}", name_width=6))


def _broadcasted(step: Broadcasting, cell: Cell) -> RenderableType:
    place = step.origin(cell)
    rows = []
    for rule in step.rules:
        index = str(cell[rule.axis])
        if rule.left is None:
            rows.append([str(rule.axis), index, "–", "the tensor lacks this axis"])
        else:
            why = "length 1: its number is repeated" if rule.repeated == "left" else "as it is"
            rows.append([str(rule.axis), index, str(place[rule.axis]), why])
    rows = [[axis.replace("-", "−"), *others] for axis, *others in rows]
    return Table(["axis", "index", "was", "why"], rows, right=(0, 1, 2))


def _section(name: str, said: str, body: RenderableType) -> Section:
    return Section("arithmetic", name, Text(said, style="dim"), body)


def _wide(tensor: Tensor) -> int:
    return max((len(clip(axis.name, NAME)) for axis in tensor.axes), default=0)
