"""A look at a set of data: a contact sheet, how many of each class, what the numbers are like."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.show.record import Work as TensorWork
from dlcli.commands.show.record_data import Work
from dlcli.commands.show.story import drawn
from dlcli.commands.show.story import explain as explain_number
from dlcli.errors import called
from dlcli.tensor import Axis, Tensor
from dlcli.views.again import again, source_of
from dlcli.views.look import look
from dlcli.views.page.cells import whole
from dlcli.views.pictures.contact_sheet import ContactSheet
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import BarTable
from dlcli.views.tables.table import FactsTable, Table, with_rest
from dlcli.views.text.cell import checked
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import clip, plain, visible
from dlcli.words.number import number, percent

LISTED = 20  # classes that are counted in lines of their own
DIGITS = (28, 28, 1)  # what small-cnn is made for
WIDE = 20  # rows and columns from which on the convolutions of cnn have something to see


def story(work: Work, *, precision: int = 4) -> Story:
    """What the set is, some of its pictures or rows, its classes, its numbers."""
    data = work.data
    sections = [Section("input", "Data", _heading(work))]
    if data.held_out is not None:
        sections.append(Section("input", "Held out", Text(_held_out_words(work))))
    if work.licence:
        sections.append(Section("parameters", "Licence", plain(work.licence)))
    sections.append(Section("result", "Looks", body=_drawn(work, precision)))
    if data.classes:
        sections.append(Section("result", "Classes", body=_classes(work, precision)))
    elif data.labels is not None:
        low, high = float(data.labels.min()), float(data.labels.max())
        told = f"{number(low, precision)} to {number(high, precision)}"
        sections.append(Section("result", "Values to be fitted", Text(told)))
    sections.append(
        Section("result", "Numbers", _looked_at(work), FactsTable(list(_numbers(work, precision))))
    )
    if data.skipped:
        count = len(data.skipped)
        told = f"{count:,} file{'s that are no pictures' if count > 1 else ' that is no picture'}"
        sections.append(Section("notice", "Passed over", Text(told)))
    sections.append(Section("next", "Try next", body=CommandLine(*_next(work))))
    return Story(*sections)


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """One number of one input: which input that is, the number, its neighbours, its rank in that input.

    Raises ``WrongUsage`` when the set has no such cell.
    """
    if work.pictures and work.data.shape[2] == 1 and len(cell) == 3:
        cell = (*cell, 0)
    outline = work.outline()
    at, *inner = checked(cell, outline)
    one = work.tensor(np.array([at]))
    gray = work.pictures and work.data.shape[2] == 1
    axes = one.axes[1:3] if gray else one.axes[1:]
    (name,) = work.named(np.array([at]))
    words = f"{outline.axes[0].name} {at}" + (f", {clip(name, 24)}" if work.data.labels is not None else "")
    single = Tensor(one.data[0, ..., 0] if gray else one.data[0], axes, words, dict(one.attrs))
    told = explain_number(
        TensorWork(single, work.view, work.line), tuple(inner[:2] if gray else inner), precision=precision
    )
    if not work.pictures:
        return told
    part = whole(outline).where(outline.axes[0].name, at)
    part = part.where(outline.axes[-1].name, 0) if gray else part
    seen = look(single, precision=precision, height=14, at=part)
    return Story(*told.sections, Section("input", "Looks", body=seen))


def _heading(work: Work) -> Text:
    data = work.data
    what = "picture" if work.pictures else "sequence" if data.sequences else "row"
    shape = " × ".join(map(str, data.shape))
    names = "height, width, channel" if work.pictures else "step" if data.vocabulary else "feature"
    classes = f", {len(data.classes)} classes" if len(data.classes) > 1 else ""
    classes = ", 1 class" if len(data.classes) == 1 else classes
    classes = ", no labels" if data.labels is None else classes
    return plain(
        f"{clip(called(data.name), 40)}, {len(data):,} {what}{'s' * (len(data) != 1)} of {shape} ({names}), "
        f"{data.dtype}{classes}"
    )


def _held_out_words(work: Work) -> str:
    held_out = work.data.held_out
    assert held_out is not None
    counts = held_out.counts
    each = f", {counts[0]:,} of each class" if counts.size > 1 and (counts == counts[0]).all() else ""
    return f"{len(held_out):,} more{each}, from which nothing is learnt"


def with_axes(work: Work, name: str, *, precision: int = 4) -> RenderableType | None:
    """The set in the view that was asked for; its pictures are a sheet in any file."""
    return None if work.view in ("auto", "picture") else _drawn(work, precision)


def _drawn(work: Work, precision: int) -> RenderableType:
    if work.data.vocabulary and work.view == "auto" and not work.data.in_time:
        rows = [[str(i), *map(visible, work.data.words(i))] for i in work.shown.tolist()]
        left = len(work.data) - len(rows)
        head = "translation" if work.data.source else "class"
        body = Table(["", "sequence", head], rows, right=[0], whole=[2])
        return with_rest(body, left, f"sequence{'s' * (left > 1)}")
    if work.data.vocabulary and work.view == "auto":
        return look(work.whole(), precision=precision)
    if not work.pictures or work.view not in ("auto", "picture"):
        tensor = work.tensor(work.looked_at if work.view in ("histogram", "scatter") else work.shown)
        if work.pictures and work.data.shape[2] == 1:
            tensor = Tensor(tensor.data[..., 0], tensor.axes[:3], tensor.name, dict(tensor.attrs))
        return drawn(tensor, work.view, precision)
    sheet = ContactSheet(work.data.take(work.shown), work.named(work.shown))
    left = len(work.data) - len(work.shown)
    return with_rest(sheet, left, f"picture{'s' * (left > 1)}")


def _classes(work: Work, precision: int) -> RenderableType:
    data, counts = work.data, work.data.counts
    others = data.held_out.counts if data.held_out is not None and data.held_out.classes else None
    text = data.vocabulary and data.in_time
    columns = {"pictures" if work.pictures else "characters" if text else "rows": counts}
    if others is not None:
        columns["held out"] = others
    columns["share"] = counts / counts.sum()
    shown = slice(0, LISTED if len(counts) > LISTED else None)
    totals = [("sum", {head: values.sum() for head, values in columns.items() if head != "share"})]
    if len(counts) > LISTED:
        rest = {head: values[LISTED:].sum() for head, values in columns.items()}
        totals.insert(0, (f"{len(counts) - LISTED:,} others", rest))
    return BarTable(
        "class",
        data.classes[shown],
        {head: values[shown] for head, values in columns.items()},
        totals=totals,
        precision=precision,
    )


def _looked_at(work: Work) -> Text | None:
    count = len(work.looked_at)
    return None if count == len(work.data) else Text(f"of {count:,}, spread evenly over all")


def _numbers(work: Work, precision: int) -> Iterator[tuple[str, str]]:
    told = work.facts
    if told.finite:
        yield "least", number(told.least, precision)
        yield "largest", number(told.largest, precision)
        yield "mean", number(told.mean, precision)
        yield "deviation", number(told.deviation, precision)
    for name, count in (("zeros", told.zeros), ("nan", told.nans), ("infinite", told.infinities)):
        if count:
            yield name, percent(count, told.size)


def _next(work: Work) -> list[list[str]]:
    """A net that learns from the set; the middle of its first input, or its numbers in another view."""
    read = Tensor(np.zeros(1), (Axis("index"),), attrs=work.attrs)
    source = source_of(work.line, read)
    if source is not None and len(work.data.classes) > 1 and work.view != "histogram":
        return [["dlcli", "train", _model(work), source, "-o", "net.safetensors"]]
    middle = (0, *(length // 2 for length in work.data.shape[:2]), *([0] if work.pictures else []))
    more = ["--explain", ",".join(map(str, middle))] if work.view == "histogram" else ["--view", "histogram"]
    return again(work.line, read, *more, without=("--view",))


def _model(work: Work) -> str:
    """A net with a name that takes such inputs."""
    data, shape = work.data, work.data.shape
    if data.in_time:
        return "char-rnn" if data.vocabulary else "forecast"
    if data.vocabulary and data.source:
        return "seq2seq-attention"
    if data.vocabulary:
        return "sequence-classifier" if work.padded else "memory"
    if shape == DIGITS:
        return "small-cnn"
    return "cnn" if len(shape) == 3 and min(shape[:2]) >= WIDE else "mlp"
