"""The story of a dropout: the mask, what it left of the numbers, what many masks give on average."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.dropout.record import Work
from dlcli.engines.tensors.dropout import Averages
from dlcli.tensor import Tensor
from dlcli.views.again import again
from dlcli.views.before_after import BeforeAfter
from dlcli.views.look import SMALL, facts, look, matrix, thumbnail
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import listed, of_matrix
from dlcli.views.pictures.tone import finite_range
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.matrix import Matrix
from dlcli.views.tables.table import FactsTable, Table
from dlcli.views.text.cell import at_words, checked
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula, bracketed
from dlcli.views.text.text import clip
from dlcli.words.number import Numbers, number, percent

FAR = 3  # times nearer the mean is to be than one mask, for the one to be far and the other not
NAMED = 6  # dropped places of an axis that are named
AVERAGED = 10_000  # numbers of which many masks are made in a moment


def story(work: Work, *, precision: int = 4) -> Story:
    """The numbers, the rule, the units that were dropped, what is left, and the mean of many masks."""
    small = _is_small(work.input)
    sections = [
        Section("input", "Input", origin_words(work.input, precision),
                None if small else thumbnail(work.input, precision)),
        formula(work, precision),
        *([] if work.inference else _mask(work, precision)),
        Section("result", "Dropped", facts(work.output, precision), _result(work, small, precision)),
    ]  # fmt: skip
    if work.masks > 1:
        sections.append(_average(work, precision))
    sections += [
        Section("notice", "Notice", Text(_notice(work, precision))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    ]
    return Story(*sections)


def _mask(work: Work, precision: int) -> Iterator[Section]:
    """How many draws there were, how many units they kept, and how many were to be expected."""
    size, kept = work.mask.size, int(np.count_nonzero(work.mask))
    mean = size * (1 - work.rate)
    spread = np.sqrt(size * work.rate * (1 - work.rate))
    share = percent(kept, size)
    found = [
        ("seed", f"{work.seed}: the same seed drops the same units"),
        ("kept", f"{kept} of {size} ({share}); expected {number(mean, 3)} ± {number(spread, 3)}"),
    ]
    if work.per is not None:
        names = " and ".join(clip(work.input.axes[place].name, 24) for place in work.per)
        found.insert(1, ("draws", f"one for each {names}, shared by all that lies along the other axes"))
        if len(work.per) == 1:
            axis = work.input.axes[work.per[0]]
            gone = np.flatnonzero(~work.mask.reshape(-1)).tolist()
            named = ", ".join(clip(axis.place(i), 16) for i in gone[:NAMED])
            found.append(("dropped", (named + (", …" if len(gone) > NAMED else "")) or "none"))
    yield Section("parameters", "Mask", body=FactsTable(found, asked=("kept", "dropped")))
    if _is_small(work.input):
        u = matrix(work.uniform, *work.input.axes, precision=precision, scale="sequential", limits=(0, 1))
        yield Section(
            "parameters", "Draws", Text("u, one for each number", style="dim"), u, detail=True, sheet=True
        )


def _result(work: Work, small: bool, precision: int) -> RenderableType:
    """Small: x, the mask and y side by side. Large: before and after."""
    if not small:
        before = look(work.input, precision=precision, legend=False)
        return BeforeAfter("input", before, "dropped", look(work.output, precision=precision))
    limit = max(abs(end) for tensor in (work.input, work.output) for end in finite_range(np.abs(tensor.data)))
    axes, ends = work.input.axes, (-limit, limit)
    mask = np.broadcast_to(work.mask, work.input.shape).astype(np.int8)
    between = [] if work.inference else [("mask", matrix(mask, *axes, precision=precision, limits=(-1, 1)))]
    x, y = (
        matrix(of.data, *axes, precision=precision, limits=ends, cells=of_matrix(of))
        for of in (work.input, work.output)
    )
    return Shelf([("x", x), *between, ("y", y)])


def _average(work: Work, precision: int) -> Section:
    """The mean over all masks beside the input, and how its distance shrinks."""
    averages = work.averages
    texts = Numbers(np.stack([averages.distances, averages.expected], axis=1), precision).texts
    rows = [(str(size), *pair) for size, pair in zip(averages.sizes, texts, strict=True)]
    table = Table(("masks", "distance from x", "expected"), rows, right=(0, 1, 2))
    heading = (
        f"over {work.masks} masks, {number(averages.distances[-1], precision)} from x (root mean square)"
    )
    blocks: list[tuple[str, RenderableType]] = [("", table)]
    if _is_small(work.input):
        blocks.insert(0, ("", Matrix(work.mean.data, rows=work.input.axes[0], columns=work.input.axes[1],
                                     precision=precision, cells=of_matrix(work.mean))))  # fmt: skip
    return Section("result", "Mean", Text(heading), Shelf(blocks))


def _is_small(tensor: Tensor) -> bool:
    """Whether all numbers of a tensor are written out as one matrix."""
    return tensor.data.ndim == 2 and max(tensor.shape) <= SMALL


def _notice(work: Work, precision: int) -> str:
    if work.inference:
        return (
            "In inference nothing is dropped and nothing scaled: in training the kept units were made larger "
            "already, so that the next layer sees the same mean."
        )
    if work.rate == 0:
        return "Rate 0 drops nothing: the output is the input."
    if work.rate == 1:
        return "Rate 1 drops everything: no number and no gradient passes."
    if work.masks > 1:
        return _many(work.averages, work.masks, precision)
    scale = number(1 / (1 - work.rate), precision)
    return (
        f"A kept number is {scale} times as large, so that the mean over many masks is x; gradients pass "
        f"where numbers do, times {scale} too."
    )


def _many(averages: Averages, masks: int, precision: int) -> str:
    """What the measured distances show of the mean of several masks."""
    one, last = averages.distances[0], averages.distances[-1]
    if not math.isfinite(last):
        return (
            "How far the mean is from x is no finite number: NaN, inf or what is too large to be squared "
            "is in it."
        )
    if not any(averages.distances):
        return "Every mask gives x itself: what it sets to 0 is 0 already."
    if last <= one / FAR:
        return (
            "Each mask is far from x, their mean is not: its distance shrinks with the root of their number."
        )
    return (
        f"The first mask alone is {number(one, precision)} from x, the mean of {masks} masks "
        f"{number(last, precision)}. The distance to be expected shrinks with the root of their number: "
        "with more masks it shows."
    )


def _next(work: Work) -> list[list[str]]:
    """The same line over many masks, or asking why."""
    line, x, shape = work.line, work.input, work.input.shape
    if work.inference:
        return again(line, x, without=("--inference",))
    if work.masks == 1 and 0 < work.rate < 1 and work.input.data.size <= AVERAGED:
        return again(line, x, "--masks", "1000", without=("--masks",))
    if not shape:  # a single number has no cell to ask for
        return again(line, x, without=("--masks", "--rate") if work.rate in (0, 1) else ("--masks",))
    middle = ",".join(str(length // 2) for length in shape)
    return again(line, x, "--explain", middle, without=("--masks",))


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The draw that decided about one number, and its scaling.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    x, y = (number(tensor.data[cell], precision) for tensor in (work.input, work.output))
    line, scaled = Formula("y", "x", y), []
    if not work.inference:
        line, sides = _draw(work, cell, precision), [y]
        if work.kept(cell):
            sides.insert(0, f"{bracketed(x)} / (1 − {number(work.rate, precision)})")
        scaled = [Section("arithmetic", "Output", body=Formula("y", *sides))]
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        formula(work, precision),
        Section("arithmetic", "Arithmetic", _drawn_for(work, cell), line, listed(work.input, [cell])),
        *scaled,
        Section("result", "Dropped", Text(f"{y}{at_words(cell, work.output)}")),
    )


def explain_mask(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The draw beside the rate, and whether the unit was kept.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    rule = Formula("m", f"1 if u ≥ {number(work.rate, precision)} else 0")
    line = Formula("m", "1") if work.inference else _draw(work, cell, precision)
    told = "1 (kept)" if work.kept(cell) else "0 (dropped)"
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        *([] if work.inference else [Section("formula", "Mask", body=rule)]),
        Section("arithmetic", "Arithmetic", _drawn_for(work, cell), line),
        Section("result", "Mask", Text(f"{told}{at_words(cell, work.output)}")),
    )


def explain_mean(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """In how many masks the unit was kept, and the sum of what these made of it by the number of masks.

    The mean of a single mask is what it made of the number. Raises ``WrongUsage`` when there is no such cell.
    """
    if work.masks == 1:
        return explain(work, cell, precision=precision)
    cell = checked(cell, work.output)
    kept = int(np.broadcast_to(work.averages.kept, work.input.shape)[cell])
    x, value = number(work.input.data[cell], precision), number(work.mean.data[cell], precision)
    rate, masks = number(work.rate, precision), work.masks
    sides = [f"{kept} × {bracketed(x)} / (1 − {rate}) / {masks}", value] if kept else [f"0 / {masks}", "0"]
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        Section("formula", "Mean", body=Formula("mean", f"kept × x / (1 − {rate}) / {masks}")),
        Section("arithmetic", "Arithmetic", _drawn_for(work, cell), Group(
            Formula("kept", f"by {kept} of {masks} masks", name_width=4),
            Formula("mean", *sides, name_width=4),
        )),
        Section("result", "Mean", Text(f"{value}{at_words(cell, work.output)}")),
    )  # fmt: skip


def formula(work: Work, precision: int) -> Section:
    """What becomes of a number by its draw u."""
    if work.inference:
        return Section("formula", "Dropout", Text("in inference", style="dim"), Formula("y", "x"))
    rate = number(work.rate, precision)
    if work.rate == 1:
        return Section("formula", "Dropout", body=Formula("y", "0, since no u is 1 or more"))
    scale = number(1 / (1 - work.rate), precision)
    then = f"x / (1 − {rate}) = {scale}·x"
    return Section("formula", "Dropout", body=Formula("y", f"{then} if u ≥ {rate} else 0"))


def _draw(work: Work, cell: tuple[int, ...], precision: int) -> Formula:
    """The draw of a cell beside the rate, and what it decided."""
    than, word = ("≥", "kept") if work.kept(cell) else ("<", "dropped")
    draw, limit = _told_apart(work.draw(cell), work.rate, precision)
    return Formula("u", f"{draw} {than} {limit}: {word}")


def _told_apart(u: float, rate: float, precision: int) -> tuple[str, str]:
    """A draw and the rate in as many digits as show which of them is the larger."""
    pairs = ((number(u, digits), number(rate, digits)) for digits in range(precision, 17))
    return next(((draw, limit) for draw, limit in pairs if draw != limit), (repr(u), repr(rate)))


def _drawn_for(work: Work, cell: tuple[int, ...]) -> Text | None:
    """Which numbers share the draw."""
    if work.inference:
        return None
    seed = f"seed {work.seed}"
    if work.per is None:
        return Text(seed, style="dim")
    shared = ", ".join(
        f"{clip(work.input.axes[place].name, 24)} {clip(work.input.axes[place].place(cell[place]), 24)}"
        for place in work.per
    )
    return Text(f"{seed}, one draw for {shared}", style="dim")


#: Result -> what explains its cells.
EXPLAIN = {"dropped": explain, "mask": explain_mask, "mean": explain_mean}
