"""The story of a flattening: where every number went, and who is no longer whose neighbour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.flatten.record import Work
from dlcli.engines.tensors.flatten import Shuffle, divisions, flat_index, place_of, strides
from dlcli.tensor import Axis
from dlcli.views.again import again
from dlcli.views.look import facts, is_rgb, look, matrices_last
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import NOWHERE, listed, of_matrix, whole
from dlcli.views.pictures.tone import finite_range
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.matrix import PlacedMatrix
from dlcli.views.tables.table import Table, with_rest
from dlcli.views.text.cell import cell_words, checked, horner, place_word, strongest
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.views.text.gaps import given
from dlcli.views.text.text import clip
from dlcli.words.number import number

NONE = "none: every axis has length 1"
WHOLE = 48  # numbers up to which all of the vector is shown
FIRST = 16  # how many are, of more than that
THUMBNAIL = 7  # terminal rows of a picture


def story(work: Work, *, precision: int = 4) -> Story:
    """What came in, the index of each cell, the vector with where it came from, and what it hides."""
    sections = [
        Section("input", "Input", origin_words(work.input, precision),
                look(work.input, precision=precision, height=THUMBNAIL, scale=_scale(work), legend=False)),
        Section("result", "Flat", facts(work.output, precision), _vector(work, precision)),
        Section("next", "Try next", body=CommandLine(*_again(work))),
    ]  # fmt: skip
    if work.input.data.ndim > 1 and work.input.data.size:
        sections += [_index(work), _neighbours(work)]
    shuffled = work.shuffle()
    if shuffled is not None:
        sections.append(_shuffled(work, shuffled, precision))
        sections.append(Section("notice", "Notice", Text(_notice(work))))
    return Story(*sections)


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Where one number of the vector came from, axis by axis, and where that cell's neighbours went.

    Raises ``WrongUsage`` when the vector has no such number.
    """
    (index,) = checked(cell, work.output)
    axes, shape = work.input.axes, work.input.shape
    place = place_of(index, shape)
    value = number(work.output.data[index], precision)
    came = cell_words(place, work.input) if axes else "the only number"
    sections = [
        Section("input", "Input", origin_words(work.input, precision)),
        Section("result", "Flat", Text(f"{value} at index {index}: {came} of the input")),
    ]
    if len(axes) > 1:
        names = [clip(axis.name, 16) for axis in axes]
        wide = max(map(len, names))
        chain = [
            Formula(
                names[step.axis],
                str(step.dividend),
                f"{step.quotient} × {step.length} + {step.remainder}",
                name_width=wide,
            )
            for step in divisions(index, shape)
        ]
        said = Text("divide by the length of each axis, the last first: the rest is the place", style="dim")
        back = Formula("index", horner([str(i) for i in place], shape), str(index), name_width=wide)
        sections += [
            Section("arithmetic", "Place", said, Group(*chain), listed(work.input, [place])),
            Section("arithmetic", "And back", None, back),
            _around(work, place, precision),
        ]
        row = [
            f"{where} it in the vector stands {cell_words(place_of(near, shape), work.input)}"
            for where, near in (("before", index - 1), ("after", index + 1))
            if 0 <= near < work.output.data.size
        ]
        if row:
            words = "; ".join(row)
            sections.append(Section("notice", "Notice", Text(f"{words[0].upper()}{words[1:]}.")))
    return Story(*sections)


def _index(work: Work) -> Section:
    """The formula of the index with the names of the axes, and with the numbers of the last cell."""
    shape = work.input.shape
    names = [clip(axis.name, 16) for axis in work.input.axes]
    last = [str(length - 1) for length in shape]
    size = str(work.output.data.size)
    body = Group(
        Formula("index", horner(names, shape), name_width=5),
        Formula("last", horner(last, shape), str(work.output.data.size - 1), name_width=5),
        Formula("size", " × ".join(map(str, shape)), size, name_width=5),
    )
    return Section(
        "formula", "Index", Text("each axis by the length of the next, the last fastest", style="dim"), body
    )


def _vector(work: Work, precision: int) -> RenderableType:
    """The numbers of the vector, all or the first, each above the place it came from."""
    data = work.output.data
    if not data.size:
        return Text("(no cells)", style="dim")
    shown = min(data.size, FIRST if data.size > WHOLE else WHOLE)
    places = [place_word(place_of(index, work.input.shape), work.input.axes) for index in range(shown)]
    view = PlacedMatrix(
        data[None, :shown],
        [places],
        columns=Axis("index"),
        precision=precision,
        scale=_scale(work),
        limits=_limits(work),
        cells=of_matrix(work.output),
    )
    return with_rest(view, data.size - shown)


def _neighbours(work: Work) -> Section:
    """How far one step along each axis leads in the vector."""
    shape, distances = work.input.shape, strides(work.input.shape)
    names = [clip(axis.name, 16) for axis in work.input.axes]
    wide = max(len(name) for name, length in zip(names, shape, strict=True) if length > 1 or max(shape) == 1)
    formulas = []
    for axis, name in enumerate(names):
        if shape[axis] == 1:
            continue  # there is no step along it
        lengths = shape[axis + 1 :]
        told = f"{distances[axis]} further on"
        product = [" × ".join(map(str, lengths))] if len(lengths) > 1 else []
        formulas.append(Formula(name, *product, told, name_width=wide))
    if not formulas:
        return Section("result", "Neighbours", Text(NONE))
    said = Text("one step along an axis of the input, in the vector", style="dim")
    return Section("result", "Neighbours", said, Group(*formulas))


def _shuffled(work: Work, shuffled: Shuffle, precision: int) -> Section:
    """The input beside the same pixels in another order, and how much neighbours differ in both."""
    free = work.free
    axes = tuple(Axis(axis.name) if i in free else axis for i, axis in enumerate(work.input.axes))
    # Of a large shuffled picture single pixels are drawn: the means of areas would all be alike.
    step = max(1, work.input.shape[free[0]] // (2 * THUMBNAIL)) if len(free) > 1 else 1
    some = tuple(slice(None, None, step if i in free[:2] else None) for i in range(len(axes)))
    blocks: list[tuple[str, RenderableType]] = []
    for name, data in (("as it was", work.input.data), ("shuffled", shuffled.picture[some])):
        tensor = replace(work.input, data=data, axes=axes)
        at = whole(work.input) if name == "as it was" else NOWHERE
        view = look(tensor, precision=precision, height=THUMBNAIL, scale=_scale(work), legend=False, at=at)
        blocks.append((name, view))
    before, after = (number(value, precision) for value in (shuffled.before, shuffled.after))
    what = "pixels" if len(axes) == 3 and is_rgb(matrices_last(work.input)) else "numbers"
    title = given(f"the same {what} in another order (--seed {work.seed})")
    words = Text(f"Neighbours differ by {before} on average; shuffled, by {after}.")
    if step > 1:
        words.append(given(f" Of the shuffled one, rows and columns are drawn in steps of {step}.", "dim"))
    return Section("result", "Shuffled", title, Group(Shelf(blocks), words))


def _notice(work: Work) -> str:
    shape, distances = work.input.shape, strides(work.input.shape)
    apart = [(distances[axis], clip(work.input.axes[axis].name, 16)) for axis in work.free if shape[axis] > 1]
    steps = " or ".join(f"{far} (along {name})" for far, name in apart)
    hidden = f"cells that touched are {steps} apart" if any(far > 1 for far, _ in apart) else ""
    lost = f"No number is lost, but nothing in the vector says that {hidden}. " if hidden else ""
    return (
        f"{lost}A dense layer has a weight for each place: it learns as well from shuffled pictures, "
        "if all are shuffled alike. A convolution looks at neighbours and would find none."
    )


def _around(work: Work, place: tuple[int, ...], precision: int) -> Section:
    """The cells before and after this one on every axis: where they went, and what they hold."""
    shape = work.input.shape
    here = flat_index(place, shape)
    rows = []
    for axis, length in enumerate(shape):
        for step in (-1, 1):
            if 0 <= place[axis] + step < length:
                near = (*place[:axis], place[axis] + step, *place[axis + 1 :])
                there = flat_index(near, shape)
                name = work.input.axes[axis]
                rows.append(
                    [
                        f"{clip(name.name, 16)} {clip(name.place(near[axis]), 16)}",
                        number(there),
                        f"{'+' if there > here else ''}{number(there - here)}",
                        number(work.input.data[near], precision),
                    ]
                )
    if not rows:
        return Section("result", "Neighbours", Text(NONE))
    table = Table(["in the input", "index", "distance", "value"], rows, right=(1, 2, 3))
    return Section("result", "Neighbours", Text("one step along each axis", style="dim"), table)


def _again(work: Work) -> list[list[str]]:
    """The same line, asking where the largest number came from; of no numbers at all, their shape."""
    if not work.input.data.size:
        return again(work.line, work.input, command="tensor")
    (index,) = strongest(work.output) or (0,)
    return again(work.line, work.input, "--explain", str(index))


def _scale(work: Work) -> str:
    return "gray" if _limits(work)[0] >= 0 else "diverging"


def _limits(work: Work) -> tuple[float, float]:
    data = work.input.data
    if data.dtype == np.uint8 and max(data.shape, default=0) > WHOLE:
        return 0, 255
    return finite_range(np.abs(data) if data.dtype.kind == "c" else data)
