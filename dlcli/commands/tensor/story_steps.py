"""What each step of ``tensor`` did: a table of the axes, and for a reshape the trap in it."""

from __future__ import annotations

from itertools import product
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.tensor.record import Broadcasting, Indexing, Reshaping, Step, Transposing, Work
from dlcli.tensor import Tensor
from dlcli.views.look import SMALL, facts, look
from dlcli.views.pictures.tone import finite_range
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section
from dlcli.views.tables.placed import Placed
from dlcli.views.tables.table import Table
from dlcli.views.text.formula import Formula
from dlcli.views.text.place import place_word
from dlcli.views.text.text import clip
from dlcli.words.number import number

THUMBNAIL = 7  # terminal rows of a picture
NAME = 20  # cells that the name of an axis may take

RULES = {
    "equal": "equal",
    "stretched": "1 is stretched",
    "missing": "missing, counts as 1",
}


def told(step: Step, precision: int) -> list[Section]:
    """The sections of one step."""
    if isinstance(step, Indexing):
        return [_index(step)]
    if isinstance(step, Transposing):
        return [_transpose(step)]
    if isinstance(step, Reshaping):
        return _reshape(step, precision)
    assert isinstance(step, Broadcasting)
    sections = [_broadcast(step)]
    if step.other is not None:
        view = look(step.other, precision=precision, height=THUMBNAIL, legend=False)
        sections.insert(0, Section("parameters", "Other", facts(step.other, precision), view))
    return sections


def notices(work: Work) -> list[str]:
    """What is worth noticing about the steps, and at last that nothing was changed."""
    found: list[str] = []
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
    return Section("parameters", "Index", Text(f"[{clip(step.words[1], 60)}]"), table)


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
        return Section("parameters", "Where each number came from", None, _placed(step, precision))
    blocks: list[tuple[str, RenderableType]] = [
        (name, _placed(one, precision) if small else _picture(one.after, precision))
        for name, one in (("reshaped", step), ("transposed", other))
    ]
    words = Text(_trap(step, other)) if small else Text("Both have this shape; only the transpose turned it.")
    return Section("parameters", "Reshape is not transpose", None, Group(Shelf(blocks), words))


def _trap(step: Reshaping, other: Transposing) -> str:
    """In how many cells the two differ, and the label that would be wrong in the first of them."""
    cells = list(product(*map(range, step.after.shape)))
    differ = [cell for cell in cells if step.origin(cell) != other.origin(cell)]
    if not differ:
        return "Here both are the same: one of the axes has length 1."
    x = step.before
    unlike = [cell for cell in differ if not _same(x.data[step.origin(cell)], x.data[other.origin(cell)])]
    if not unlike:
        return (
            f"{len(differ)} of {len(cells)} numbers come from other cells, though here they are the same: "
            "turned, this matrix is what it was."
        )
    cell = unlike[0]
    right, wrong = step.origin(cell), other.origin(cell)
    return (
        f"{len(unlike)} of {len(cells)} cells differ. At {','.join(map(str, cell))} the transpose has "
        f"{number(x.data[wrong])}, which is {_cell(x, wrong)}; the reshape has {number(x.data[right])}, "
        f"which is {_cell(x, right)}: to call it {_cell(x, wrong)} would be wrong."
    )


def _same(a: Any, b: Any) -> bool:
    """Whether two numbers are the same; nan is as good as another nan."""
    return bool(a == b or (a != a and b != b))


def _placed(step: Step, precision: int) -> Placed:
    after = step.after
    flat = after.data.reshape(1, -1) if after.data.ndim == 1 else after.data
    cells = product(*map(range, after.shape))
    words = [place_word(step.origin(cell), step.before.axes) for cell in cells]
    width = flat.shape[1]
    places = [words[start : start + width] for start in range(0, len(words), width)]
    rows = after.axes[0] if after.data.ndim == 2 else None
    values = abs(after.data) if after.data.dtype.kind == "c" else after.data
    limits = finite_range(values)
    return Placed(
        flat,
        places,
        rows=rows,
        columns=after.axes[-1],
        precision=precision,
        limits=limits,
    )


def _picture(tensor: Tensor, precision: int) -> RenderableType:
    return look(tensor, precision=precision, height=THUMBNAIL, legend=False)


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
    rows = []
    for rule in step.rules:
        lengths = ["–" if length is None else str(length) for length in (rule.left, rule.right, rule.result)]
        rows.append([str(rule.axis).replace("-", "−"), *lengths, RULES[rule.rule]])
    title = Text("axis by axis from the last: equal, or one of them 1 or missing", style="dim")
    table = Table(["axis", "this", "other", "result", "rule"], rows, right=(0, 1, 2, 3)) if rows else None
    return Section("parameters", "Broadcast", title, table)


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
