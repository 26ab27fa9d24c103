"""A look at any tensor: its axes, its numbers, what they are like, where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.kinds.pictures.receptive_field import field_of
from dlcli.commands.kinds.pictures.receptive_field_story import sight
from dlcli.commands.show.record import Work
from dlcli.engines.tensors.principal import principal_components
from dlcli.engines.tensors.summary import Summary
from dlcli.errors import WrongUsage
from dlcli.tensor import AND, BETWEEN, FIELD, Array, Axis, Tensor
from dlcli.views.again import again
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.charts.histogram import Histogram
from dlcli.views.charts.scatter import Scatter
from dlcli.views.charts.spectrogram import is_upwards, upright
from dlcli.views.look import SMALL, blocks, facts, is_decibels, is_rgb, look, matrix
from dlcli.views.pictures.picture import HEIGHT, Picture
from dlcli.views.pictures.tone import Tone, finite_range
from dlcli.views.story import Section, Story
from dlcli.views.tables.matrix import Matrix
from dlcli.views.tables.table import FactsTable, with_rest
from dlcli.views.text.cell import at_words, checked
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import clip, plain
from dlcli.words.number import number, percent

AROUND = 2  # cells to each side of the one that is explained
SERIES = 6  # rows of a matrix that become lines of one chart
LABELS = 6  # labels of an axis that are listed
SHORT = 40  # cells of the name of a feature


def story(work: Work, *, precision: int = 4) -> Story:
    """The axes, the tensor as it looks best or as was asked for, and the facts of its numbers."""
    tensor = work.input
    sections = [
        _heading(tensor, precision),
        Section("result", "Looks", body=drawn(tensor, work.view, precision)),
        Section("result", "Numbers", body=FactsTable(list(_number_facts(work.facts, tensor, precision)))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    ]
    if tensor.axes:
        rows = [
            (axis.name, _axis_words(axis, length))
            for axis, length in zip(tensor.axes, tensor.shape, strict=True)
        ]
        sections.append(Section("input", "Axes", body=FactsTable(rows)))
    told = [*_origin(tensor)]
    if told:
        sections.append(Section("input", "Origin", body=FactsTable(told)))
    return Story(*sections)


def _origin(tensor: Tensor) -> Iterator[tuple[str, str]]:
    """Attributes in words; the receptive field as the stories have it, of two layers or more."""
    for name, value in tensor.attrs.items():
        if name != FIELD:
            yield name, str(value).replace(BETWEEN, AND)
        elif (field := field_of(tensor)) and len(field.layers) > 1:
            yield name, sight(field)


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """One number: where it stands, what is around it, and how large it is among the others.

    Raises ``WrongUsage`` when the tensor has no such cell.
    """
    tensor = work.input
    cell = checked(cell, tensor)
    value = tensor.data[cell]
    sections = [
        _heading(tensor, precision),
        Section("result", "Number", Text(number(value, precision) + at_words(cell, tensor))),
        Section("notice", "Among all", Text(_rank_words(tensor.data, value, work.facts, precision))),
    ]
    if tensor.data.ndim >= 1:
        sections.append(Section("arithmetic", "Around it", body=_around(tensor, cell, precision)))
    return Story(*sections)


def _heading(tensor: Tensor, precision: int) -> Section:
    name = plain(clip(tensor.name, 40))
    return Section("input", "Tensor", Text.assemble(name, ", ", facts(tensor, precision)))


def drawn(tensor: Tensor, view: str, precision: int) -> RenderableType:
    """The tensor in the view that was asked for.

    Raises ``WrongUsage`` when it has no such view.
    """
    data = tensor.data
    if view == "auto" or not data.size:
        return look(tensor, precision=precision)
    if view == "histogram":
        return Histogram(data, name=tensor.name)
    rows = data.reshape(-1, data.shape[-1]) if data.ndim else data.reshape(1, 1)
    last = tensor.axes[-1] if tensor.axes else Axis("index")
    if view == "scatter":
        return _scatter(tensor, precision)
    if view == "numbers":
        if data.ndim < 2:
            return Matrix(rows, columns=last, precision=precision)
        return blocks(
            tensor, lambda one: Matrix(one.data, rows=one.axes[0], columns=one.axes[1], precision=precision)
        )
    if view == "chart":
        lines = {tensor.name: rows[0]}
        if len(rows) > 1:
            lines = {_row_name(tensor, i): rows[i] for i in range(min(len(rows), SERIES))}
        left = len(rows) - SERIES
        return with_rest(LineChart(lines, last), left, f"row{'s' * (left > 1)}")
    if data.ndim < 2:
        raise WrongUsage(
            f"--view {view} needs two axes or more; received {tensor.describe()}: try --view chart"
        )
    scale = "sequential" if is_decibels(tensor) else None
    sizes = np.abs(data) if data.dtype.kind == "c" else data
    limits, high = (None, HEIGHT) if data.ndim == 2 else (finite_range(sizes), HEIGHT // 2)
    if view == "heat":
        if is_upwards(upright(tensor)) and max(data.shape[:2]) > SMALL:
            return look(tensor, precision=precision)
        draw = partial(HeatMap, scale=scale, limits=limits, height=high, precision=precision)
        return blocks(tensor, lambda one: draw(one.data, *one.axes))
    tone = Tone(*finite_range(sizes), scale=scale) if scale else None
    if is_rgb(tensor):
        return Picture(data, precision=precision)
    if data.ndim > 2 and tone is None:
        flat = sizes.reshape(len(data), -1)
        tone = Tone.of(flat, flat)
    return blocks(tensor, lambda one: Picture(one.data, tone=tone, height=high, precision=precision))


def with_axes(work: Work, name: str, *, precision: int = 4) -> RenderableType:
    """The tensor in the view that was asked for."""
    return drawn(work.input, work.view, precision)


def _scatter(tensor: Tensor, precision: int) -> RenderableType:
    """Points in a plane, by the labels of their axis; of many features, the plane of their spread."""
    data = tensor.data
    if data.ndim != 2 or data.shape[1] < 2 or len(data) < 2 or data.dtype.kind == "c":
        raise WrongUsage(
            f"--view scatter needs points (point, feature), two or more of both; received {tensor.describe()}"
        )
    names = tensor.axes[0].labels or ("·",) * len(data)
    known = sorted(set(names), key=lambda name: (len(name), name))
    classes = np.array([known.index(name) for name in names])
    if data.shape[1] == 2:
        axis = tensor.axes[1]
        return Scatter(data, classes, known, (clip(_feature(axis, 0), SHORT), clip(_feature(axis, 1), SHORT)))
    found = principal_components(data)
    first, second = (
        f"component {which}: {percent(share, precision=min(precision, 3))} of variance"
        for which, share in zip((1, 2), found.shares, strict=True)
    )
    return Scatter(found.places, classes, known, (first, second))


def _feature(axis: Axis, place: int) -> str:
    return axis.place(place) if axis.labels is not None else f"{axis.name} {place}"


def _row_name(tensor: Tensor, row: int) -> str:
    axis = tensor.axes[0]
    if tensor.data.ndim == 2 and axis.labels is not None:
        return axis.place(row)
    return f"{axis.name if tensor.data.ndim == 2 else 'row'} {row}"


def _number_facts(told: Summary, tensor: Tensor, precision: int) -> Iterator[tuple[str, str]]:
    if told.finite:
        for name, value, at in (
            ("least", told.least, told.least_at),
            ("largest", told.largest, told.largest_at),
        ):
            yield name, number(value, precision) + at_words(at or (), tensor)
        yield "mean", number(told.mean, precision)
        yield "deviation", number(told.deviation, precision)
    for name, count in (("zeros", told.zeros), ("nan", told.nans), ("infinite", told.infinities)):
        if count:
            yield name, f"{count} of {told.size}, {percent(count, told.size)}"
    size = tensor.data.nbytes
    yield "memory", f"{size} byte{'s' * (size != 1)}, {tensor.data.itemsize} each"


def _axis_words(axis: Axis, length: int) -> str:
    words = str(length)
    if axis.labels is not None:
        shown = [clip(label, 16) for label in axis.labels[:LABELS]]
        words += f": {', '.join(shown)}{', …' if length > LABELS else ''}"
    elif axis.numeric and length:
        words += f": {axis.place(0)} to {axis.place(length - 1)}, in steps of {number(axis.step)}"
    return words


def _rank_words(data: Array, value: object, told: Summary, precision: int) -> str:
    values = np.abs(data) if data.dtype.kind == "c" else data
    mine = np.abs(np.asarray(value)) if data.dtype.kind == "c" else np.asarray(value)
    if not np.isfinite(mine):
        return "it is no finite number"
    if told.size == 1:
        return "it is the only number"
    below = int(np.count_nonzero(values < mine))
    same = int(np.count_nonzero(values == mine)) - 1
    equal = f"{same} {'is' if same == 1 else 'are'} equal"
    words = f"{percent(below, told.size)} of the {told.size} numbers are smaller, {equal}"
    if told.deviation:
        words += f"; {number((float(mine) - told.mean) / told.deviation, precision)} deviations from the mean"
    return words


def _around(tensor: Tensor, cell: tuple[int, ...], precision: int) -> RenderableType:
    """The numbers near a cell, along the first two axes (or the only one)."""
    spans = [
        range(max(0, at - AROUND), min(size, at + AROUND + 1))
        for at, size in zip(cell, tensor.shape, strict=True)
    ]
    axes = [
        Axis(axis.name, tuple(axis.place(i) for i in span))
        for axis, span in zip(tensor.axes, spans, strict=True)
    ]
    if len(cell) == 1:
        return matrix(tensor.data[spans[0].start : spans[0].stop][None], None, axes[0], precision=precision)
    near: tuple[slice | int, ...] = (*(slice(span.start, span.stop) for span in spans[:2]), *cell[2:])
    window = tensor.data[near]
    return matrix(window, axes[0], axes[1], precision=precision)


def _next(work: Work) -> list[list[str]]:
    """The same tensor in another view, or its largest number; of no numbers at all, their shape."""
    if not work.input.data.size:
        return again(work.line, work.input, command="tensor")
    cell = work.facts.largest_at or (0,) * work.input.data.ndim
    more = ["--explain", ",".join(map(str, cell))]
    if work.view != "histogram":
        more = ["--view", "histogram"]
    elif not work.input.shape:
        more = ["--view", "numbers"]
    return again(work.line, work.input, *more, without=("--view",))
