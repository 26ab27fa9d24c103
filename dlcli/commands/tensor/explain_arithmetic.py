"""The arithmetic behind one cell of a step that computes: the numbers that met, every product, their sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.tensor.record import Cell, Meeting, Product, Step, Summing
from dlcli.commands.tensor.story_arithmetic import is_dense, operands
from dlcli.engines.tensors.arithmetic import row_and_column
from dlcli.engines.tensors.broadcast import origin
from dlcli.tensor import Array, Tensor
from dlcli.views.story import Section
from dlcli.views.tables.sums import Summands, SumTable, largest, sum_of_others
from dlcli.views.tables.table import Table
from dlcli.views.text.cell import cell_words
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import number

TERMS = 24  # products that are listed
NAME = 24


def met(step: Meeting, cell: Cell, precision: int) -> Section:
    """The two numbers of a cell, where each stands in its tensor, and what they make."""
    mine, theirs = step.origin(cell), origin(cell, step.other.shape)
    rows = [
        ["this", *_placed(step.before, mine, step.after.shape, precision)],
        ["noise" if step.noise else "other", *_placed(step.other, theirs, step.after.shape, precision)],
    ]
    numbers = [row[1] for row in rows]
    made = Formula("result", operands(step.operation, *numbers), number(step.after.data[cell], precision))
    table = Table(["of", "number", "cell", "why"], rows, right=(1,), whole=(2,))
    said = Text("the two numbers that met, each where it stands in its tensor", style="dim")
    name = "Noise" if step.noise else step.operation.capitalize()
    return Section("arithmetic", name, said, Group(table, made))


def _placed(x: Tensor, cell: Cell, shape: tuple[int, ...], precision: int) -> list[str]:
    """A number, its cell, and whether it stands in others of the common shape, too."""
    stretched = any(own == 1 != length for own, length in zip(x.shape[::-1], shape[::-1], strict=False))
    if not cell:
        why = "one number, stretched" if shape else "as it is"
    elif stretched:
        why = "an axis of length 1 is stretched"
    else:
        why = "an axis that it lacks is stretched" if len(cell) < len(shape) else "as it is"
    return [number(x.data[cell], precision), cell_words(cell, x) or "–", why]


def products(step: Product, cell: Cell, precision: int, bias: Meeting | None = None) -> Section:
    """Every product of a row and a column, and their sum; with the bias of a dense layer behind them."""
    rows, columns = row_and_column(cell, step.before.shape, step.other.shape)
    x = np.array([step.before.data[place] for place in rows], step.after.data.dtype)
    w = np.array([step.other.data[place] for place in columns], step.after.data.dtype)
    axis = step.before.axes[-1]
    names = [f"{clip(axis.name, NAME)} {clip(axis.place(k), NAME)}" for k in range(len(rows))]
    beside: dict[str, Any] = {}
    total = step.after.data[cell]
    if bias is not None:
        place = origin(cell, bias.other.shape)
        beside = {f"b[{','.join(map(str, place))}]": bias.other.data[place]}
        total = bias.after.data[cell]
    said = "y = Σ x · w + b" if bias is not None else "Σ x · w, a row and a column term by term"
    heads = ("", "x", "W", "product")
    table = summed_up(names, x, w, beside, total, heads, precision)
    name = "Dense layer" if bias is not None else "Matmul"
    where = f"; x is row {cell[-2]}" if len(cell) > 1 and step.before.data.ndim > 1 else ""
    column = f", W's column {cell[-1]}" if step.other.data.ndim > 1 else ""
    return Section("arithmetic", name, Text(f"{said}{where}{column}", style="dim"), table)


def summed_up(
    names: Sequence[str],
    x: Array,
    w: Array,
    beside: dict[str, Any],
    total: Any,
    heads: tuple[str, str, str, str],
    precision: int,
) -> RenderableType:
    """Products line by line, at most ``TERMS`` of the largest and the others together."""
    terms = x * w
    if terms.dtype.kind == "c":
        lines = [
            Formula(name, f"({number(a, precision)}) × ({number(b, precision)})", number(term, precision))
            for name, a, b, term in zip(names[:TERMS], x, w, terms, strict=False)
        ]
        if len(terms) > TERMS:
            lines.append(Formula("others", number(terms[TERMS:].sum(), precision)))
        lines += [Formula(f"+ {name}", number(value, precision)) for name, value in beside.items()]
        return Group(*lines, Formula("sum", number(total, precision)))
    shown = largest(terms, TERMS)
    rows = [(names[k], x[k], w[k], terms[k]) for k in shown.tolist()]
    rest = len(terms) - len(shown)
    extra = {f"{rest} others": sum_of_others(terms, shown)} if rest else {}
    return SumTable(rows, {**extra, **beside}, total, heads=heads, precision=precision)


def added_up(step: Summing, cell: Cell, precision: int) -> Section:
    """The numbers along the axis that went."""
    axis = step.before.axes[step.axis]
    values = np.moveaxis(step.before.data, step.axis, -1)[cell]
    total = step.after.data[cell]
    said = Text(f"the numbers along {clip(axis.name, NAME)}, added up", style="dim")
    body: RenderableType
    if values.dtype.kind == "c":
        terms = " + ".join(f"({number(value, precision)})" for value in values[:TERMS])
        body = Formula("sum", terms + " + …" * (len(values) > TERMS), number(total, precision))
        return Section("arithmetic", "Sum", said, body)
    values = values.astype(step.after.data.dtype)
    shown = largest(values, TERMS)
    names = [clip(axis.place(k), NAME) for k in shown.tolist()]
    totals = [("sum", total)]
    rest = len(values) - len(shown)
    if rest:
        totals.insert(0, (f"{rest} others", sum_of_others(values, shown)))
    body = Summands({axis.name: names}, {"number": values[shown]}, totals, precision=precision)
    return Section("arithmetic", "Sum", said, body)


def bias_of(steps: Sequence[Step], place: int) -> Meeting | None:
    """The step at this place where it adds the bias of a dense layer."""
    step = steps[place]
    return step if isinstance(step, Meeting) and is_dense(steps[:place], step) else None
