"""How the receptive field of a pipe of layers grows, and what one cell sees of the first picture."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from rich.text import Text

from dlcli.commands.kinds.pictures.receptive_field import Growth, ReceptiveField, field_of
from dlcli.tensor import Array, Tensor
from dlcli.views.story import Section
from dlcli.views.tables.table import Table
from dlcli.views.text.text import clip
from dlcli.words.number import counted, number

SHOWN = 12  # layers of the table
RUNS = 3  # stretches of cells without a gap that are told


def growth(output: Tensor) -> Iterator[Section]:
    """How the field of a tensor's cells grew, layer by layer; nothing for fewer than two layers."""
    field = field_of(output)
    if field is None or len(field.layers) < 2:
        return
    yield Section("formula", "Receptive field", Text(sight(field)), _table(field))


def sight(field: ReceptiveField) -> str:
    """The size of the field in words.

    >>> from dlcli.commands.kinds.pictures.receptive_field import Layer, LineLayer
    >>> line = LineLayer("window", 9, 7, 3)
    >>> sight(ReceptiveField("a.png", ("height", "width"), (Layer("conv", line, line),)))
    '3 × 3 of a.png after 1 layer'
    """
    rows, columns = field.size
    uneven = any(grown[-1].after != grown[-1].most for grown in map(field.grown, (0, 1)))
    upto = "up to " if uneven else ""
    return f"{upto}{rows} × {columns} of {clip(field.of, 40)} after {counted(len(field.layers), 'layer')}"


def seen(output: Tensor, cell: Sequence[int]) -> Iterator[Section]:
    """The rows and columns of the first picture that one cell sees; nothing for fewer than two layers."""
    field = field_of(output)
    if field is None or len(field.layers) < 2:
        return
    found = field.seen(cell)
    if not all(map(len, found)):
        layer = field.unlaid(cell)
        why = "only padding reaches this cell"
        if layer is not None:
            what = "this cell" if layer is field.layers[-1] else "what it sees"
            why = f"{what} lies where no kernel is laid down"
        told = f"nothing of {clip(field.of, 40)}: {why}"
    else:
        counts = [len(cells) for cells in found]
        places = ", ".join(
            f"{clip(name, 16)} {stretches(cells)}" for name, cells in zip(field.axes, found, strict=True)
        )
        told = f"{places} of {clip(field.of, 40)}: {counts[0]} × {counts[1]} cells"
        ends = [(int(cells[0]), int(cells[-1])) for cells in found]
        spans, size = [last - first + 1 for first, last in ends], field.size
        if not field.wraps and spans != counts:
            told += f" of a field of {spans[0]} × {spans[1]}"
        cut = not field.wraps and any(
            (first == 0 or last == length - 1) and span < most
            for (first, last), length, span, most in zip(ends, field.first, spans, size, strict=True)
        )
        if cut:
            told += f", {size[0]} × {size[1]} but for the border"
    yield Section("notice", "Sees", Text(told))


def stretches(cells: Array) -> str:
    """Numbers in order, in words: from where to where without a gap, or in what steps.

    >>> stretches(np.array([4])), stretches(np.array([0, 1, 2, 298, 299]))
    ('4', '0 to 2, 298 to 299')
    >>> stretches(np.array([1, 3, 5])), stretches(np.array([0, 2, 3, 5, 6, 8]))
    ('1 to 5 in steps of 2', '6 of 0 to 8')
    """
    gaps = np.diff(cells)
    first, last = int(cells[0]), int(cells[-1])
    if len(cells) > 2 and gaps[0] > 1 and np.all(gaps == gaps[0]):
        return f"{first} to {last} in steps of {gaps[0]}"
    runs = np.split(cells, np.flatnonzero(gaps > 1) + 1)
    if len(runs) > RUNS:
        return f"{len(cells)} of {first} to {last}"
    return ", ".join(f"{run[0]}" + (f" to {run[-1]}" if len(run) > 1 else "") for run in runs)


def _table(field: ReceptiveField) -> Table:
    """A line for each layer; rows and columns apart where they differ."""
    both = [field.grown(0), field.grown(1)]
    axes: list[tuple[str, list[Growth]]] = [("", both[0])]
    if both[0] != both[1]:
        axes = [(f" ({clip(name, 10)})", grown) for name, grown in zip(field.axes, both, strict=True)]
    first = max(0, len(field.layers) - SHOWN)
    rows = []
    for place, layer in [*enumerate(field.layers)][first:]:
        for name, grown in axes:
            one = grown[place]
            rows.append(
                (
                    f"{place + 1}",
                    f"{layer.name}{name}",
                    f"{one.cells}",
                    _step(one.step),
                    f"{_short(one.before)} + ({one.cells} − 1) · {_short(one.jump)}"
                    + ("" if one.most == one.after else f" = {_short(one.after)} on average"),
                    f"{one.most}",
                    _short(one.jump_after),
                )
            )
    head = ("", "layer", "k", "s", "r + (k − 1) · j", "r", "j · s")
    return Table(head, rows, right=(0, 2, 3, 5, 6))


def _step(step: float) -> str:
    """A stride; where it makes the picture larger the fraction that it is."""
    inverse = 1 / step if step else math.inf
    if step < 1 and abs(inverse - round(inverse)) < 1e-9:
        return f"1/{round(inverse)}"
    return _short(step)


def _short(value: float) -> str:
    return number(int(value) if value == int(value) else value)
