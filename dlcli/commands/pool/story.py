"""The story of a pooling: windows over an input, and the one number that is left of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.kinds.pictures.receptive_field_story import growth, seen
from dlcli.commands.kinds.pictures.sliding_story import heading, size, steps, window
from dlcli.commands.kinds.sounds.sound_story import cancelling
from dlcli.commands.pool.moving import sliding as frames
from dlcli.commands.pool.record import Work
from dlcli.engines.pooling.terms import WindowTerms
from dlcli.engines.pooling.windows import AxisWindows
from dlcli.tensor import Array, Tensor
from dlcli.views.again import again
from dlcli.views.look import SMALL, facts, look, matrix
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import Cells, Listed, Placed, in_places, whole
from dlcli.views.pictures.picture import Multiples, Picture
from dlcli.views.pictures.tone import black_and_white
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.matrix import MarkedMatrix
from dlcli.views.text.cell import cell_words, checked, strongest
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import MINUS, number, percent

__all__ = ["explain", "frames", "story"]

NOTICED = 3
THUMBNAIL = 7  # terminal rows of the input's picture
COMMON = 99  # per cent of the sizes that the colours of signed numbers tell apart
BESIDE = 12  # terminal rows of two pictures side by side
MOST = 3  # channels whose winners are shown
METHOD = "two sweeps: down the rows of all windows, and across their columns"
WRITTEN = 16  # numbers of a sum that are written out

#: What a window of each kind keeps, in words.
KEEPS = {
    "max": "its largest number",
    "min": "its least number",
    "avg": "the mean of its numbers",
    "lp": "the root of the sum of their powers",
}


def story(work: Work, *, precision: int = 4) -> Story:
    """What came in, how many windows there are and why, what each keeps, and what is left."""
    small = max(work.input.shape[:2]) <= SMALL and work.input.data[0, 0].size <= MOST
    seen, left = (None, _left(work, precision)) if small else _before_and_after(work, precision)
    beyond = work.windows.beyond if work.ceil else None
    return Story(
        Section("input", "Input", origin_words(work.input, precision), seen),
        size(work.windows.where, work.input.axes, what="window", beyond=beyond),
        *growth(work.output),
        _sliding(work),
        Section("parameters", "Windows", Text(_keeps(work)), _windows(work, precision) if small else None),
        Section("result", heading(work.output.name), facts(work.output, precision), left),
        Section("notice", "Notice", Text(" ".join([*_notices(work)][:NOTICED]))),
        Section("method", "Computed by", Text(METHOD), detail=True),
        Section("next", "Try next", body=CommandLine(*_again(work))),
    )  # fmt: skip


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The cells of one window and what was made of them: the winner in brackets, or the sum step by step.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    terms = work.terms(cell)
    value = number(work.output.data[cell], precision)
    where = f"{value} at {cell_words(cell, work.output)}"
    sections = [
        Section("input", "Input", origin_words(work.input, precision)),
        window(work.windows.where, work.input.axes, terms.cell),
        _sliding(work),
        Section("arithmetic", *_seen(work, terms, cell, precision), _reached(work, terms, cell)),
        Section("result", heading(work.output.name), Text(where)),
        *seen(work.output, cell),
    ]
    steps = _steps(work, terms, cell, precision)
    if steps is not None:
        sections.append(Section("arithmetic", "Arithmetic", body=steps))
    outside = terms.inside.size - int(terms.inside.sum())
    if outside:
        counted = work.kind == "avg" and work.count_padding
        what = "are counted as zeros" if counted else "do not take part"
        told = f"{outside} of {terms.inside.size} cells lie in the padding and {what}."
        if outside == 1:
            told = told.replace("cells lie", "cells lies").replace(
                "are counted as zeros", "is counted as zero"
            )
            told = told.replace("do not", "does not")
        sections.append(Section("notice", "Notice", Text(told)))
    return Story(*sections)


def _sliding(work: Work) -> Section:
    """What each number is made of, and how the windows step."""
    where = work.windows.where
    rule = f"of the window x[i·s + r·d − p, j·s + c·d − p] over r, c {KEEPS[work.kind]}"
    return steps(("y[i, j]", rule), work.input.axes, where.stride, where.dilation, where.pads)


def _again(work: Work) -> list[list[str]]:
    """The same line, asking how its largest number came about, or the first if none is finite."""
    cell = strongest(work.output) or (0,) * work.output.data.ndim
    return again(work.line, work.input, "--explain", ",".join(map(str, cell)))


def _notices(work: Work) -> Iterator[str]:
    before, after = work.input.data.size, work.output.data.size
    kind = work.kind
    share = percent(after, before, 2)
    if work.input.data.dtype.kind == "c":
        yield cancelling(work.input)
    yield f"Of {before} number{'s' * (before != 1)} {after} {'is' if after == 1 else 'are'} left: {share}."
    unseen = [words for words in map(_unseen, _lines(work), _names(work)) if words]
    if unseen:
        many = len(unseen) > 1 or not unseen[0].startswith("1 ")
        yield (
            f"At the end {' and '.join(unseen)} {'are' if many else 'is'} in no window; "
            "--ceil or --padding same would keep them."
        )
    if any(line.stride > (line.size - 1) * line.dilation + 1 and line.count > 1 for line in _lines(work)):
        yield "The stride is larger than the window: what lies between windows is seen by none."
    if work.places and work.output.data.dtype.kind == "f" and np.isnan(work.output.data).any():
        yield "A NaN wins every window that sees it."
    if not all(line.full for line in _lines(work)):
        yield _padding(work)
    elif (
        work.places
        and max(line.size for line in _lines(work)) > 1
        and all(line.apart for line in _lines(work))
    ):
        word = "largest" if kind == "max" else "least"
        yield f"A {word} number may move within its window and the result stays the same."


def _padding(work: Work) -> str:
    kind = work.kind
    if kind == "avg" and work.count_padding:
        return "In a mean at the border the padding counts as zeros."
    if kind == "avg":
        return "A mean at the border counts only the cells of the input, not the padding."
    if kind == "lp":
        return "The padding adds nothing to a sum."
    return "The padding is never the winner: windows at the border choose among fewer cells."


def _unseen(line: AxisWindows, name: str) -> str:
    """How many rows or columns at the end no window reaches."""
    reach = (line.count - 1) * line.stride + (line.size - 1) * line.dilation + 1 - line.before
    left = line.length - reach
    return f"{left} {name}{'s' * (left != 1)}" if left > 0 else ""


def _lines(work: Work) -> tuple[AxisWindows, AxisWindows]:
    return work.windows.rows, work.windows.columns


def _names(work: Work) -> tuple[str, str]:
    if work.input.axis_names[:2] == ("height", "width"):
        return "row", "column"
    first, second = (clip(name, 16) for name in work.input.axis_names[:2])
    return first, second


def _keeps(work: Work) -> str:
    """How large the windows are, how they stand to each other, and what is kept of each."""
    where, kind = work.windows.where, work.kind
    rows, columns = where.kernel
    shape = f"{rows} × {columns}" + (", the whole input" if work.whole else "")
    spans = where.span
    if where.out_size == (1, 1):
        stand = ""
    elif where.dilation != (1, 1):
        stand = f", with gaps (dilation {where.dilation[0]}, {where.dilation[1]})"
    elif where.stride == spans:
        stand = ", side by side"
    elif all(stride >= span for stride, span in zip(where.stride, spans, strict=True)):
        stand = ", apart"
    else:
        stand = ", overlapping"
    power = f" (p = {number(work.p)})" if kind == "lp" else ""
    return f"{shape}{stand}; each keeps {KEEPS[kind]}{power}"


def _windows(work: Work, precision: int) -> RenderableType:
    """The numbers of a small input, the winners in brackets, with lines between windows side by side."""
    data = work.seen
    rows, columns = work.windows.rows, work.windows.columns
    marks = np.zeros(data.shape, bool)
    if work.places:
        places = work.winners.reshape(-1, data.shape[2])
        for channel in range(data.shape[2]):
            marks[..., channel].ravel()[places[:, channel]] = True
    unseen = [np.ones(length, bool) for length in data.shape[:2]]
    breaks: list[list[int]] = []
    for line, free in zip((rows, columns), unseen, strict=True):
        for i in range(line.count):
            free[list(line.inside(i))] = False
        windows = map(line.inside, range(line.count if line.apart and line.dilation == 1 else 0))
        edges = {edge for window in windows for edge in (window.start, window.stop)}
        breaks.append(sorted(edge for edge in edges if 0 < edge < line.length))
    quiet = np.logical_or.outer(*unseen)
    labels = [
        [axis.place(i) for i in range(length)]
        for axis, length in zip(work.input.axes, data.shape[:2], strict=False)
    ]
    names = [axis.name for axis in work.input.axes[:2]]
    colours = _colours(data)
    blocks: list[tuple[str, RenderableType]] = [
        (
            clip(work.input.axes[2].place(k), 24) if work.input.data.ndim == 3 else "",
            MarkedMatrix(
                data[..., k], marks[..., k], quiet, (names[0], labels[0]), (names[1], labels[1]),
                breaks=(breaks[0], breaks[1]), precision=precision, cells=_cells(work.input, k), **colours,
            ),
        )
        for k in range(data.shape[2])
    ]  # fmt: skip
    return Shelf(blocks)


def _cells(x: Tensor, channel: int) -> Cells:
    """The cells of one channel, or of a picture without channels."""
    rows, columns, *channels = x.axis_names
    part = whole(x).where(channels[0], channel) if channels else whole(x)
    return part.cells(rows, columns)


def _before_and_after(work: Work, precision: int) -> tuple[RenderableType | None, RenderableType]:
    """The input and what is left of it in the same colours; two pictures side by side."""
    colours = _colours(work.input.data, work.output.data)

    def seen(x: Tensor, **options: Any) -> RenderableType:
        return look(x, precision=precision, **{**colours, **options})

    if colours["scale"] != "gray" and isinstance(seen(work.output), Picture | Multiples):
        # Around 0, up to a size that few exceed: a single large number does not make the others pale.
        sizes = [np.abs(x[np.isfinite(x)]) for x in (work.input.data, work.output.data)]
        most = max((float(np.percentile(size, COMMON)) for size in sizes if size.size), default=0.0)
        colours["limits"] = (-most, most) if most else colours["limits"]
    before, after = seen(work.input, height=THUMBNAIL, legend=False), seen(work.output)
    if not (isinstance(before, Picture) and isinstance(after, Picture)):
        return before, after
    before, after = seen(work.input, height=BESIDE, legend=False), seen(work.output, height=BESIDE)
    return None, Shelf([("before", before), ("after", after)])


def _left(work: Work, precision: int) -> RenderableType:
    """The numbers that are left of a small input, in the colours that they had in it."""
    output, colours = work.output, _colours(work.input.data, work.output.data)
    data = output.data if output.data.ndim == 3 else output.data[..., None]
    blocks: list[tuple[str, RenderableType]] = [
        (
            clip(output.axes[2].place(k), 24) if output.data.ndim == 3 else "",
            matrix(data[..., k], *output.axes[:2], precision=precision, cells=_cells(output, k), **colours),
        )
        for k in range(data.shape[2])
    ]
    return Shelf(blocks)


def _seen(
    work: Work, terms: WindowTerms, cell: tuple[int, ...], precision: int
) -> tuple[str, Text, RenderableType]:
    """The numbers in the window at their places in the input, the winner in brackets."""
    axes = work.input.axes[:2]
    names = [axis.name for axis in axes]
    marks = np.zeros(terms.inside.shape, bool)
    many = int(terms.inside.sum())
    title = f"{many} cell{'s' * (many != 1)} of the input"
    if len(cell) == 3:
        title += f", {clip(work.input.axes[2].name, 16)} {clip(work.input.axes[2].place(cell[2]), 16)}"
    if terms.winner is not None:
        marks[terms.winner] = True
        row, column = (
            clip(axis.place(int(places[step])), 24)
            for axis, places, step in zip(axes, (terms.rows, terms.columns), terms.winner, strict=True)
        )
        word = "largest" if work.kind == "max" else "least"
        kept = number(terms.values[terms.winner], precision)
        title += f"; the {word}: {kept}, at {clip(names[0], 16)} {row}, {clip(names[1], 16)} {column}"
        alike = int((terms.values[terms.inside] == terms.values[terms.winner]).sum())
        if alike > 1:
            title += f", the first of {alike} alike"
    colours = _colours(work.input.data)
    if max(terms.inside.shape) > SMALL:
        return "Cells", Text(title), matrix(terms.values, precision=precision, **colours)
    labels = [
        [axis.place(place) if 0 <= place < length else "padding" for place in places.tolist()]
        for axis, places, length in zip(axes, (terms.rows, terms.columns), work.input.shape, strict=False)
    ]
    words = np.where(terms.inside, "", "·")
    body = MarkedMatrix(
        terms.values, marks, ~terms.inside, (names[0], labels[0]), (names[1], labels[1]), words=words,
        precision=precision, cells=_placed(work, terms, cell), **colours,
    )  # fmt: skip
    return "Cells", Text(title), body


def _reached(work: Work, terms: WindowTerms, cell: tuple[int, ...]) -> Listed:
    """The cells of the input in the window."""
    placed = _placed(work, terms, cell)
    return Listed(placed.of, [place for place in placed.cells.ravel().tolist() if place])


def _placed(work: Work, terms: WindowTerms, cell: tuple[int, ...]) -> Placed:
    """Which cells of the input stand in the rows and columns of the window."""
    return in_places(work.input, terms.rows.tolist(), terms.columns.tolist(), *cell[2:])


def _steps(work: Work, terms: WindowTerms, cell: tuple[int, ...], precision: int) -> RenderableType | None:
    """The sum and what is made of it; None for a largest or least number."""
    kind, p = work.kind, number(work.p)
    result = number(work.output.data[cell], precision)
    total = number(terms.total, precision)
    if kind == "avg":
        parts = _sum(terms.values[terms.inside], precision)
        return Group(
            Formula("sum", *parts, total, name_width=4),
            Formula("mean", f"{_in_brackets(total)} / {terms.count}", result, name_width=4),
        )
    if kind == "lp":
        cells = terms.values[terms.inside]
        powers = _sum(cells, precision, f"^{p}") + _sum(terms.powers[terms.inside], precision)
        return Group(
            Formula("sum", *powers, total, name_width=4),
            Formula("root", f"{_in_brackets(total)}^(1/{p})", result, name_width=4),
        )
    return None


def _sum(values: Array, precision: int, power: str = "") -> list[str]:
    """A sum written out, unless it is too long."""
    if values.size > WRITTEN:
        return [f"Σ of {values.size} numbers{' to the power of ' + power[1:] if power else ''}"]
    return [" + ".join(_in_brackets(number(value, precision)) + power for value in values)]


def _in_brackets(text: str) -> str:
    signed = text.startswith(MINUS) or text.endswith("i")
    return f"({text})" if signed else text


def _colours(*arrays: Array) -> dict[str, Any]:
    """Scale and limits of all of these numbers, so that a window of them looks as it does there."""
    low, high = zip(*map(black_and_white, arrays), strict=True)
    return {"scale": "gray" if min(low) >= 0 else "diverging", "limits": (min(low), max(high))}
