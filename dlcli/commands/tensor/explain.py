"""Where one cell of a tensor came from, step by step and axis by axis."""

from __future__ import annotations

from dataclasses import replace

from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.tensor.explain_arithmetic import added_up, bias_of, met, products
from dlcli.commands.tensor.record import (
    Broadcasting,
    Cell,
    Indexing,
    Meeting,
    Product,
    Reshaping,
    Step,
    Summing,
    Transposing,
    Work,
)
from dlcli.engines.tensors.arithmetic import row_and_column
from dlcli.engines.tensors.flatten import flat_index, strides
from dlcli.tensor import Tensor
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import listed
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table
from dlcli.views.text.cell import cell_words, checked, horner
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import number

NAME = 16  # cells that the name of an axis may take


def explain(work: Work, cell: Cell, *, precision: int = 4) -> Story:
    """Where one cell came from, back through every step to the input, or to one that added several up.

    Without any step it is told where the number is stored.

    Raises ``WrongUsage`` when the result has no such cell.
    """
    cell = checked(cell, work.output)
    value = number(work.output.data[cell], precision)
    sections = [Section("input", "Input", origin_words(work.input, precision))]
    where = _where(cell, work.output)
    here: Cell | None = cell
    before = cell
    place = len(work.steps) - 1
    while place >= 0 and here is not None:
        step = work.steps[place]
        bias = bias_of(work.steps, place)
        if bias is not None:  # told together with the products it is added to
            place, step = place - 1, work.steps[place - 1]
        sections.append(_traced(step, here, precision, bias))
        before = here
        # A number that was added up from several has no one place before.
        here = None if isinstance(step, Product | Summing) else step.origin(here)
        place -= 1
    if not work.steps:
        sections.append(_stored(work.input, cell))
    elif place < 0:
        sections[-1] = replace(sections[-1], cells=listed(work.input, _came(work.steps[0], before, here)))
    if work.steps and here is not None:
        where += f"; {_where(here, work.input)} of the input"
    sections.append(Section("result", "Tensor", Text(f"{value} at {where}")))
    return Story(*sections)


def _came(step: Step, cell: Cell, origin: Cell | None) -> list[Cell]:
    """The cells of the input that the first step took for a cell of what it gave, or the one ``origin``."""
    if isinstance(step, Product):
        return row_and_column(cell, step.before.shape, step.other.shape)[0]
    if isinstance(step, Summing):
        axis = step.axis
        return [(*cell[:axis], k, *cell[axis:]) for k in range(step.before.shape[axis])]
    return [] if origin is None else [origin]


def _traced(step: Step, cell: Cell, precision: int, bias: Meeting | None) -> Section:
    """The arithmetic from a cell of ``step.after`` to the cell of ``step.before`` that it was, or those."""
    if isinstance(step, Meeting):
        return met(step, cell, precision)
    if isinstance(step, Product):
        return products(step, cell, precision, bias)
    if isinstance(step, Summing):
        return added_up(step, cell, precision)
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
    wide = max((len(clip(axis.name, NAME)) for axis in step.before.axes), default=0)
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
    index = str(flat_index(cell, step.after.shape))
    lines = [
        Formula(name, horner([str(i) for i in indices], shape), index, name_width=6)
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
        axis, index = number(rule.axis), str(cell[rule.axis])
        if rule.left is None:
            rows.append([axis, index, "–", "the tensor lacks this axis"])
        else:
            why = "length 1: its number is repeated" if rule.repeated == "left" else "as it is"
            rows.append([axis, index, str(place[rule.axis]), why])
    return Table(["axis", "index", "was", "why"], rows, right=(0, 1, 2))


def _section(name: str, said: str, body: RenderableType) -> Section:
    return Section("arithmetic", name, Text(said, style="dim"), body)


def _stored(x: Tensor, cell: Cell) -> Section:
    """Where in the row of all numbers a cell stands."""
    index, far = flat_index(cell, x.shape), strides(x.shape)
    products = " + ".join(f"{i} × {stride}" for i, stride in zip(cell, far, strict=True)) or "0"
    lines = [
        Formula("number", horner([str(i) for i in cell], x.shape), str(index), name_width=6),
        Formula("number", products, str(index), name_width=6),
        Formula("byte", f"{index} × {x.data.itemsize}", str(index * x.data.itemsize), name_width=6),
    ]
    said = Text("all numbers in one row, the last axis fastest; also as index × stride", style="dim")
    return Section("arithmetic", "Place in memory", said, Group(*lines))


def _where(cell: Cell, tensor: Tensor) -> str:
    return cell_words(cell, tensor) or "no index (a scalar)"
