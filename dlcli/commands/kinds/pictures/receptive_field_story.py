"""How the receptive field of a pipe of layers grows, and what one cell sees of the first picture."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.text import Text

from dlcli.commands.kinds.pictures.receptive_field import Growth, ReceptiveField, field_of
from dlcli.tensor import Tensor
from dlcli.views.story import Section
from dlcli.views.tables.table import Table
from dlcli.views.text.text import clip
from dlcli.words.number import counted, number

SHOWN = 12  # layers of the table


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
    if found is None:
        told = f"nothing of {clip(field.of, 40)}: only padding reaches this cell"
    else:
        lengths = [last - first + 1 for first, last in found]
        places = ", ".join(
            f"{clip(name, 16)} {first}" + (f" to {last}" if last > first else "")
            for name, (first, last) in zip(field.axes, found, strict=True)
        )
        told = f"{places} of {clip(field.of, 40)}: {lengths[0]} × {lengths[1]} cells"
        size = field.size
        cut = any(
            (first == 0 or last == length - 1) and count < most
            for (first, last), length, count, most in zip(found, field.first, lengths, size, strict=True)
        )
        if cut:
            told += f", {size[0]} × {size[1]} but for the border"
    yield Section("notice", "Sees", Text(told))


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
