"""The story of a tensor: what it is, and what each step made of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.tensor.explain import explain
from dlcli.commands.tensor.notices import computing_notices
from dlcli.commands.tensor.record import (
    Broadcasting,
    Indexing,
    Meeting,
    Product,
    Reshaping,
    Step,
    Summing,
    Transposing,
    Work,
)
from dlcli.commands.tensor.story_arithmetic import dense_layer, meeting, product_of, rule_table, sum_of
from dlcli.engines.tensors.arithmetic import OPERATIONS
from dlcli.engines.tensors.flatten import strides
from dlcli.tensor import Axis, Tensor
from dlcli.views.again import again
from dlcli.views.look import SMALL, facts, look, thumbnail
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import NOWHERE
from dlcli.views.pictures.tone import finite_range
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.matrix import PlacedMatrix
from dlcli.views.tables.table import Table
from dlcli.views.text.cell import place_word
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.axes import PICTURE
from dlcli.words.number import number

__all__ = ["explain", "story"]

THUMBNAIL = 7  # terminal rows of a picture
NAME = 20  # cells that the name of an axis may take
RANKS = ("a scalar", "a vector", "a matrix")
NAMED = 4  # places of an axis that are named
NOTICED = 2

#: The options that are steps.
STEPS = (
    *("--index", "--transpose", "--reshape", "--broadcast", "--sum", "--noise", "--matmul"),
    *(f"--{operation}" for operation in OPERATIONS),
)


def story(work: Work, *, precision: int = 4) -> Story:
    """What came in; its rank, axes, shape and size, or what each step did; what came out."""
    view = _small(work.input, precision) if work.steps else None
    sections = [
        Section("input", "Input", origin_words(work.input, precision), view),
        Section("result", "Tensor", facts(work.output, precision), look(work.output, precision=precision)),
        Section("notice", "Notice", Text(" ".join(_notices(work)[:NOTICED]))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    ]
    for place, step in enumerate(work.steps):
        sections += _step(step, precision)
        sections += dense_layer(work.steps[:place], step)
        if isinstance(step, Meeting | Product | Summing) and step is not work.steps[-1]:
            sections.append(
                Section(
                    "parameters",
                    "So far",
                    facts(step.after, precision),
                    thumbnail(step.after, precision, at=NOWHERE),
                    found=True,
                )
            )
    if not work.steps:
        sections += _anatomy(work.input)
    return Story(*sections)


def _step(step: Step, precision: int) -> list[Section]:
    if isinstance(step, Indexing):
        return [_index(step)]
    if isinstance(step, Transposing):
        return [_transpose(step)]
    if isinstance(step, Reshaping):
        return _reshape(step, precision)
    if isinstance(step, Meeting):
        return meeting(step, precision)
    if isinstance(step, Product):
        return product_of(step, precision)
    if isinstance(step, Summing):
        return [sum_of(step, precision)]
    assert isinstance(step, Broadcasting)
    sections = [_broadcast(step), _course_notes()]
    if step.other is not None:
        view = _small(step.other, precision)
        sections.insert(0, Section("parameters", "Other", facts(step.other, precision), view))
    return sections


def _notices(work: Work) -> list[str]:
    """What is worth noticing about the steps, and at last that nothing was changed."""
    found = computing_notices(work.steps)
    for step in work.steps:
        if isinstance(step, Reshaping):
            found.append(_kept(step))
        if isinstance(step, Broadcasting) and step.after.data.size > step.before.data.size:
            times = step.after.data.size // max(1, step.before.data.size)
            found.append(f"Each number stands in {times} cells and is stored once.")
    if work.steps:
        return [*found, "A tensor cannot be changed: this is a new one, and the input is what it was."]
    return ["A tensor cannot be changed: every step makes a new one."]


def _index(step: Indexing) -> Section:
    """What was taken of each axis, in the order in which the axes stand."""
    rows = []
    for pick in step.picks:
        if pick.axis is None:
            rows.append(["new", "", "", "a new axis of length 1"])
            continue
        axis, length = step.before.axes[pick.axis], step.before.shape[pick.axis]
        if pick.length is None:
            taken = f"{_named(step.before, pick.axis, pick.start)}; axis goes"
        elif pick.places == range(length):
            taken = "all"
        elif not pick.length:
            taken = "nothing"
        else:
            steps = f" in steps of {number(pick.step)}" if pick.step != 1 and pick.length > 1 else ""
            last = f" to {pick.places[-1]}" if pick.length > 1 else ""
            taken = f"{pick.start}{last}{steps}: {pick.length} place{'s' * (pick.length > 1)}"
        rows.append([str(pick.axis), clip(axis.name, NAME), str(length), taken])
    table = Table(["axis", "name", "length", "taken"], rows, right=(2,)) if rows else None
    return Section("parameters", "Index", Text(f"[{clip(step.text, 60)}]"), table)


def _transpose(step: Transposing) -> Section:
    """Which axis went where, its length and its labels with it."""
    rows = [
        [str(axis), str(before), clip(step.after.axes[axis].name, NAME), str(step.after.shape[axis])]
        for axis, before in enumerate(step.order)
    ]
    said = Text("the axes change their order; every number keeps its names", style="dim")
    table = Table(["axis", "was axis", "name", "length"], rows, right=(0, 1, 3)) if rows else None
    return Section("parameters", "Transpose", said, table)


def _reshape(step: Reshaping, precision: int) -> list[Section]:
    """The two products, what -1 became, and the same beside a transpose."""
    before, after = step.before, step.after
    size = str(before.data.size)
    lines = [
        Formula(name, *_times(x.shape), size, name_width=6)
        for name, x in (("before", before), ("after", after))
    ]
    if -1 in step.asked:
        others = [str(length) for length in step.asked if length != -1]
        found = str(after.shape[step.asked.index(-1)])
        lines.append(Formula("−1", " / ".join([size, *others]), found, name_width=6))
    said = Text("the row of numbers stays as it is and is cut elsewhere", style="dim")
    sections = [Section("parameters", "Reshape", said, Group(*lines))]
    view = _beside(step, precision)
    return [*sections, view] if view is not None else sections


def _beside(step: Reshaping, precision: int) -> Section | None:
    """The reshaped numbers with the places they came from, beside the transpose where that has this shape."""
    after, other = step.after, step.beside
    small = after.data.ndim in (1, 2) and 0 < max(after.shape) <= SMALL and min(after.shape) > 0
    if other is None:
        if not small or step.before.data.ndim < 2:
            return None
        return Section(
            "parameters", "Where each number came from", None, _placed(step, precision), found=True
        )
    blocks: list[tuple[str, RenderableType]] = [
        (name, _placed(one, precision) if small else _small(_as_photo(one.after, other.after), precision))
        for name, one in (("reshaped", step), ("transposed", other))
    ]
    both = Group(Shelf(blocks), Text(_trap(step, other)))
    return Section("parameters", "Reshape is not transpose", None, both, found=True)


def _as_photo(x: Tensor, photo: Tensor) -> Tensor:
    """A tensor to be looked at as the photo of its shape that it stands beside; as it is beside others."""
    if not set(PICTURE) <= set(photo.axis_names):
        return x
    names = iter(PICTURE)
    axes = tuple(Axis(next(names)) if axis.name in PICTURE else axis for axis in photo.axes)
    return replace(x, axes=axes)


def _trap(step: Reshaping, other: Transposing) -> str:
    """In how many cells the two differ, and the label that would be wrong in the first of them."""
    x, size = step.before, step.after.data.size
    moved = [axis for axis in other.order if x.shape[axis] > 1]
    if moved == sorted(moved):
        return "Here both are the same: one of the axes has length 1."
    reshaped, turned = step.after.data, other.after.data
    # Two numbers are the same; nan is as good as another nan.
    unlike = (reshaped != turned) & ((reshaped == reshaped) | (turned == turned))
    count = int(np.count_nonzero(unlike))
    if not count:
        cells = np.arange(size)
        elsewhere = cells.reshape(step.after.shape) != cells.reshape(x.shape).transpose(other.order)
        return (
            f"{np.count_nonzero(elsewhere)} of {size} numbers come from other cells, though here they are "
            "the same: turned, this matrix is what it was."
        )
    cell = tuple(map(int, np.unravel_index(int(unlike.argmax()), unlike.shape)))
    right, wrong = step.origin(cell), other.origin(cell)
    return (
        f"{count} of {size} cells differ. At {','.join(map(str, cell))} the transpose has "
        f"{number(x.data[wrong])}, which is {_cell(x, wrong)}; the reshape has {number(x.data[right])}, "
        f"which is {_cell(x, right)}: to call it {_cell(x, wrong)} would be wrong."
    )


def _small(tensor: Tensor, precision: int) -> RenderableType:
    return look(tensor, precision=precision, height=THUMBNAIL, legend=False)


def _placed(step: Step, precision: int) -> PlacedMatrix:
    after = step.after
    flat = np.atleast_2d(after.data)
    cells = product(*map(range, after.shape))
    words = [place_word(step.origin(cell), step.before.axes) for cell in cells]
    width = flat.shape[1]
    places = [words[start : start + width] for start in range(0, len(words), width)]
    rows = after.axes[0] if after.data.ndim == 2 else None
    limits = finite_range(abs(after.data) if after.data.dtype.kind == "c" else after.data)
    return PlacedMatrix(flat, places, rows=rows, columns=after.axes[-1], precision=precision, limits=limits)


def _kept(step: Reshaping) -> str:
    """Which axes still mean what they did, and which are gone."""
    names = step.before.axis_names
    stay = [clip(names[axis], NAME) for axis in step.kept.values()]
    gone = [clip(name, NAME) for axis, name in enumerate(names) if axis not in step.kept.values()]
    if not gone:
        return "Every axis keeps its meaning: its length and stride are there again."
    lost = f"{' and '.join(gone)} {'is' if len(gone) == 1 else 'are'} gone"
    if not stay:
        return f"{lost[0].upper()}{lost[1:]}: nothing says what the new axes mean."
    keeps = f"{' and '.join(stay)} keep{'s' * (len(stay) == 1)} the meaning (same length, same stride)"
    return f"{keeps[0].upper()}{keeps[1:]}; {lost}."


def _broadcast(step: Broadcasting) -> Section:
    """How the shapes met, axis by axis from the last."""
    title = Text("axis by axis from the last: equal, or one of them 1 or missing", style="dim")
    return Section("parameters", "Broadcast", title, rule_table(step.rules))


def _course_notes() -> Section:
    """The rule of the notes that is none: it would fill up with the last value."""
    said = (
        "that the last value is taken to fill up is a slip: whole axes of length 1 are repeated, missing "
        "ones put in front, and 3 numbers beside 2 are an error."
    )
    return Section("parameters", "Course notes", Text(said, style="dim"))


def _named(x: Tensor, axis: int, place: int) -> str:
    """A place by its index, and by what it stands for where that is more."""
    word = clip(x.axes[axis].place(place), NAME)
    return str(place) + (f" ({word})" if word != str(place) else "")


def _cell(x: Tensor, cell: tuple[int, ...]) -> str:
    return ", ".join(
        clip(axis.labels[i], NAME) if axis.labels else f"{clip(axis.name, NAME)} {clip(axis.place(i), NAME)}"
        for axis, i in zip(x.axes, cell, strict=True)
    )


def _times(shape: tuple[int, ...]) -> list[str]:
    """The product of the lengths, where there is one to write."""
    return [" × ".join(map(str, shape))] if len(shape) > 1 else []


def _anatomy(x: Tensor) -> list[Section]:
    rank = x.data.ndim
    what = f", {RANKS[rank]}" if rank < len(RANKS) else ""
    how = (
        f"a number is named by {rank} ind{'ex' if rank == 1 else 'ices'}" if rank else "one number, no index"
    )
    rows = [
        [str(i), clip(axis.name, 20), str(length), str(stride), _places(x, i)]
        for i, (axis, length, stride) in enumerate(zip(x.axes, x.shape, strides(x.shape), strict=True))
    ]
    table = Table(["axis", "name", "length", "stride", "places"], rows, right=(0, 2, 3)) if rank else None
    title = Text(f"{rank}{what}: {how}")
    if rank:
        title.append("; a stride is so many numbers on in memory", style="dim")
    size, each = x.data.size, x.data.itemsize
    shape = f"({', '.join(map(str, x.shape))}{',' * (rank == 1)})"
    sums = Group(
        Formula("shape", shape, name_width=5),
        Formula("size", *_times(x.shape), str(size), name_width=5),
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


def _next(work: Work) -> list[list[str]]:
    """After steps, the same line asking for a cell, or for the transpose instead of a reshape that is none.

    Of a tensor that was only looked at, a part, or its numbers in another shape.
    """
    line, x = work.line, work.input
    if not work.steps:
        return again(line, x, *_first(x))
    (*before, last) = work.steps
    if not before and isinstance(last, Reshaping) and last.beside is not None:
        order = ",".join(map(str, last.beside.order))
        return again(line, x, "--transpose", order, without=STEPS)
    if not work.output.data.size or not work.output.shape:
        return again(line, x, without=STEPS)
    return again(line, x, "--explain", ",".join(str(length - 1) for length in work.output.shape))


def _first(x: Tensor) -> list[str]:
    """A step that shows something of this tensor."""
    for axis, names in enumerate(x.axes):
        if names.labels and names.labels[0].isidentifier():
            return ["--index", ",".join([":"] * axis + [names.labels[0]])]
    if len(x.shape) == 2:
        return ["--reshape", ",".join(map(str, reversed(x.shape)))]
    return ["--reshape", "-1,1"] if x.shape and x.data.size else ["--broadcast", "2,3"]
