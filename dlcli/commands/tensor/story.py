"""The story of a tensor: what it is, and what each step made of it."""

from __future__ import annotations

from rich.console import Group
from rich.text import Text

from dlcli.commands.tensor.explain import traced
from dlcli.commands.tensor.next import again
from dlcli.commands.tensor.record import Work
from dlcli.commands.tensor.story_steps import notices, told
from dlcli.tensor import Tensor
from dlcli.views.look import facts, look
from dlcli.views.origin import whence
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.views.text.place import horner
from dlcli.views.text.text import clip
from dlcli.words.number import number

THUMBNAIL = 7  # terminal rows of the input's picture
RANKS = ("a scalar", "a vector", "a matrix")
NAMED = 4  # places of an axis that are named
NOTICED = 2


def story(work: Work, *, precision: int = 4) -> Story:
    """What came in; its rank, axes, shape and size, or what each step did; what came out."""
    came_in = Section("input", "Input", whence(work.input, precision))
    if work.steps:
        view = look(work.input, precision=precision, height=THUMBNAIL, legend=False)
        came_in = Section("input", "Input", whence(work.input, precision), view)
    sections = [
        came_in,
        Section("result", "Tensor", facts(work.output, precision), look(work.output, precision=precision)),
        Section("notice", "Notice", Text(" ".join(notices(work)[:NOTICED]))),
        Section("next", "Try next", body=CommandLine(again(work))),
    ]
    for step in work.steps:
        sections += told(step, precision)
    if not work.steps:
        sections += _anatomy(work.input, work.strides)
    return Story(tuple(sections))


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Where one cell came from, back through every step to the input; without any, where it is stored.

    Raises ``WrongUsage`` when the result has no such cell.
    """
    cell = checked(cell, work.output)
    value = number(work.output.data[cell], precision)
    sections = [Section("input", "Input", whence(work.input, precision))]
    here = cell
    for step in reversed(work.steps):
        sections.append(traced(step, here))
        here = step.origin(here)
    where = _where(cell, work.output)
    if work.steps:
        where += f"; {_where(here, work.input)} of the input"
    else:
        sections.append(_stored(work, cell))
    sections.append(Section("result", "Tensor", Text(f"{value} at {where}")))
    return Story(tuple(sections))


def _anatomy(x: Tensor, strides: tuple[int, ...]) -> list[Section]:
    """Rank, axes, shape, size and bytes."""
    rank = x.data.ndim
    what = f", {RANKS[rank]}" if rank < len(RANKS) else ""
    how = (
        f"a number is named by {rank} ind{'ex' if rank == 1 else 'ices'}" if rank else "one number, no index"
    )
    rows = [
        [str(i), clip(axis.name, 20), str(length), str(stride), _places(x, i)]
        for i, (axis, length, stride) in enumerate(zip(x.axes, x.shape, strides, strict=True))
    ]
    table = Table(["axis", "name", "length", "stride", "places"], rows, right=(0, 2, 3)) if rank else None
    title = Text(f"{rank}{what}: {how}")
    if rank:
        title.append("; a stride is so many numbers on in memory", style="dim")
    size, each = x.data.size, x.data.itemsize
    product = [" × ".join(map(str, x.shape))] if rank > 1 else []
    shape = f"({', '.join(map(str, x.shape))}{',' * (rank == 1)})"
    sums = Group(
        Formula("shape", shape, name_width=5),
        Formula("size", *product, str(size), name_width=5),
        Formula("bytes", f"{size} × {each}", str(size * each), name_width=5),
    )
    said = Text(
        f"the product of the lengths; a number of {x.data.dtype} takes {each} byte{'s' * (each > 1)}",
        style="dim",
    )
    return [Section("formula", "Rank", title, table), Section("formula", "Size", said, sums)]


def _places(x: Tensor, axis: int) -> str:
    """The labels of an axis, its numbers, or its indices, the first ones and the last."""
    length = x.shape[axis]
    if not length:
        return "none"
    words = [clip(x.axes[axis].place(i), 16) for i in range(min(length, NAMED))]
    last = clip(x.axes[axis].place(length - 1), 16)
    if x.axes[axis].labels is None and length > 1:
        return f"{words[0]} to {last}"
    return ", ".join(words) + (f", … {last}" if length > NAMED else "")


def _stored(work: Work, cell: tuple[int, ...]) -> Section:
    """Where in the row of all numbers a cell stands."""
    x = work.input
    index = sum(i * stride for i, stride in zip(cell, work.strides, strict=True))
    wide = 6
    products = " + ".join(f"{i} × {stride}" for i, stride in zip(cell, work.strides, strict=True)) or "0"
    lines = [
        Formula("number", horner([str(i) for i in cell], x.shape), str(index), name_width=wide),
        Formula("number", products, str(index), name_width=wide),
        Formula("byte", f"{index} × {x.data.itemsize}", str(index * x.data.itemsize), name_width=wide),
    ]
    said = Text("all numbers in one row, the last axis fastest; also as index × stride", style="dim")
    return Section("arithmetic", "Place in memory", said, Group(*lines))


def _where(cell: tuple[int, ...], tensor: Tensor) -> str:
    return cell_words(cell, tensor) or "no index (a scalar)"
