"""The story of an upsampling: which cells each new one is made of, and what became of the picture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.kinds.pictures.receptive_field_story import growth, seen
from dlcli.commands.kinds.pictures.sliding_story import heading
from dlcli.commands.upsample.record import Work
from dlcli.engines.pooling.upsample import Sampling
from dlcli.tensor import Array, Axis
from dlcli.views.again import again
from dlcli.views.before_after import BeforeAfter
from dlcli.views.look import MOST, SMALL, facts, look
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import in_places, listed
from dlcli.views.pictures.tone import black_and_white
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.matrix import MarkedMatrix, shares
from dlcli.views.tables.sums import EQUALS, TIMES, Sum, Total
from dlcli.views.tables.table import Table
from dlcli.views.text.cell import cell_words, checked, strongest
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import Numbers, counted, number, percent

PHASES = 6  # new cells whose shares are listed
WIDEST = 2 * SMALL  # rows and columns up to which the numbers of an output are shown


def story(work: Work, *, precision: int = 4) -> Story:
    """What came in, how large it becomes and why, what each new cell is made of, and the larger picture."""
    small = max(work.output.shape[:2]) <= WIDEST and work.output.data[0, 0].size <= MOST
    before, after = _looks(work, precision, small)
    return Story(
        Section("input", "Input", origin_words(work.input, precision), before),
        _size(work),
        *growth(work.output),
        *_made_of(work, precision),
        Section("result", heading(work.output.name), facts(work.output, precision), after),
        Section("notice", "Notice", Text(" ".join(_notices(work, precision)))),
        Section("next", "Try next", body=CommandLine(*_again(work))),
    )


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Which cells of the input reach one cell of the output, and with what shares.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    where = Text(f"{number(work.output.data[cell], precision)} at {cell_words(cell, work.output)}")
    told = (
        _unpooled(work, cell, precision) if work.lines is None else _mixed(work, work.lines, cell, precision)
    )
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        *told,
        Section("result", heading(work.output.name), where),
        *seen(work.output, cell),
    )


def _again(work: Work) -> list[list[str]]:
    """The same line, asking how its largest number came about, or the first if none is finite."""
    cell = strongest(work.output) or (0,) * work.output.data.ndim
    return again(work.line, work.input, "--explain", ",".join(map(str, cell)))


def _names(work: Work) -> list[str]:
    return [clip(axis.name, 16) for axis in work.input.axes[:2]]


def _size(work: Work) -> Section:
    """The size formula with its numbers."""
    names, lines = _names(work), []
    wide = max(map(len, names))
    for place, name in enumerate(names):
        length, out = work.input.shape[place], work.output.shape[place]
        if work.size:
            lines.append(Formula(name, f"{length} × {work.size[place]}", str(out), name_width=wide))
        else:
            lines.append(Formula(name, f"{length} becomes {out}", name_width=wide))
    title = "input × size" if work.size else work.told or "as --output-size tells"
    return Section("formula", "Size", Text(title, style="dim"), Group(*lines))


def _looks(work: Work, precision: int, small: bool) -> tuple[RenderableType | None, RenderableType]:
    """The input and the output in the same colours."""
    low, high = zip(*map(black_and_white, (work.input.data, work.output.data)), strict=True)
    limits = min(low), max(high)
    scale = "gray" if limits[0] >= 0 else "diverging"
    if not small:
        before, after = (
            look(x, precision=precision, scale=scale, limits=limits, legend=False, height=12)
            for x in (work.input, work.output)
        )
        return None, BeforeAfter("before", before, "after", after)
    before = look(work.input, precision=precision, scale=scale, limits=limits)
    return before, Shelf(
        [
            (name, _marked(work, values, k, precision, scale, limits))
            for k, (name, values) in enumerate(_planes(work))
        ]
    )


def _planes(work: Work) -> Iterator[tuple[str, Array]]:
    """The channels of the output with their names."""
    output = work.output
    if output.data.ndim == 2:
        yield "", output.data
        return
    for k in range(output.shape[2]):
        yield clip(output.axes[2].place(k), 24), output.data[..., k]


def _marked(
    work: Work, values: Array, k: int, precision: int, scale: str, limits: tuple[float, float]
) -> RenderableType:
    """The numbers of one channel: of an unpooling those that returned in brackets, of others lines between
    cells.

    Lines stand where one input cell ends and the next begins.
    """
    marks = np.zeros(values.shape, bool)
    breaks: tuple[list[int], list[int]] = ([], [])
    if work.winners is not None:
        winners = work.winners[..., k] if work.winners.ndim == 3 else work.winners
        marks.ravel()[winners.ravel()] = True
    elif work.kind == "nearest" and work.lines:
        breaks = _breaks(work.lines[0]), _breaks(work.lines[1])
    rows, columns = work.output.axes[:2]
    channel = [k] * (work.output.data.ndim - 2)
    return MarkedMatrix(
        values, marks, np.zeros(values.shape, bool), (rows.name, _labels(rows, values.shape[0])),
        (columns.name, _labels(columns, values.shape[1])), breaks=breaks, precision=precision, scale=scale,
        limits=limits, cells=in_places(work.output, range(len(values)), range(values.shape[1]), *channel),
    )  # fmt: skip


def _breaks(line: Sampling) -> list[int]:
    """The new cells that begin another old one, where each becomes several."""
    if len(line.centres) == line.length:
        return []
    return [int(i) + 1 for i in np.flatnonzero(np.diff(line.places[:, 0]))]


def _labels(axis: Axis, length: int) -> list[str]:
    return [clip(axis.place(i), 16) for i in range(length)]


def _made_of(work: Work, precision: int) -> Iterator[Section]:
    """What each new cell is made of, in words; of bilinear shares the first few as a table."""
    if work.lines is None:
        kept, cells = work.input.data.size, work.output.data.size
        where = "each number stands where its winner stood, row · width + column; 0 elsewhere"
        yield Section("parameters", "Winners", Text(f"{counted(kept, 'place')} of {cells}: {where}"))
        return
    rows, columns = work.lines
    if work.kind == "nearest":
        times = [len(line.centres) / line.length for line in work.lines]
        if all(one == int(one) for one in times):
            told = f"each cell becomes {int(times[0])} × {int(times[1])} of its number"
        else:
            told = "each new cell is the old one in which its upper left corner lies: ⌊i · n / out⌋"
        yield Section("parameters", "Nearest", Text(told))
        return
    p = "i · (n − 1) / (out − 1)" if work.align_corners else "(i + ½) · n / out − ½"
    title = f"new cell i lies at p = {p} and is mixed of the cells on both sides"
    names = _names(work)
    down, across = (_phases(line, precision, work.align_corners) for line in (rows, columns))
    blocks = [(" and ".join(names), _table(down))]
    if down != across:
        blocks = [(names[0], _table(down)), (names[1], _table(across))]
    yield Section("parameters", "Bilinear", Text(title), Shelf(blocks))


def _phases(line: Sampling, precision: int, align_corners: bool) -> list[tuple[str, str, str]]:
    """The shares of the first new cells."""
    rows = []
    for i in range(min(PHASES, len(line.centres))):
        mixed = " + ".join(
            (f"{number(share, precision)} · " if share < 1 else "") + f"x[{place}]"
            for place, share in zip(line.places[i].tolist(), line.shares[i].tolist(), strict=True)
            if share
        )
        rows.append((str(i), number(_centre(line, i, align_corners), precision), mixed))
    if len(line.centres) > PHASES:
        rows.append(("…", "", ""))
    return rows


def _table(rows: list[tuple[str, str, str]]) -> RenderableType:
    return Table(("i", "p", "y[i]"), rows, right=(0, 1))


def _notices(work: Work, precision: int) -> Iterator[str]:
    before, after = work.input.data.size, work.output.data.size
    if work.winners is not None:
        zeros = after - before + work.collisions
        yield (
            f"{zeros} of {after} cells ({percent(zeros, after)}) {'is' if zeros == 1 else 'are'} 0: where "
            "the numbers stood is known, what stood around them is not."
        )
        if work.collisions:
            yield (
                f"{counted(work.collisions, 'number')} had a place that a later one has, too, and "
                f"{'is' if work.collisions == 1 else 'are'} gone: their windows overlapped."
            )
        return
    if before == after:
        yield "The size is what it was: nothing changes."
    elif work.kind == "nearest":
        yield (
            f"{counted(before, 'number')} fill{'s' * (before == 1)} {after} cells: larger, and nothing is "
            "known that was not before."
        )
    elif work.align_corners:
        yield (
            "The corners stay where they are; how far the cells lie apart depends on the size, so a larger "
            "picture is mixed otherwise."
        )
    else:
        yield (
            "A mean lies between its two cells: no number is above the largest before, or below the least. "
            "At the border a middle that lies outside takes the first or last cell alone."
        )


def _mixed(
    work: Work, lines: tuple[Sampling, Sampling], cell: tuple[int, ...], precision: int
) -> Iterator[Section]:
    """The old cells that reach a new one: their places from the formula, their shares, products and sum."""
    formulas, names = [], _names(work)
    wide = max(map(len, names))
    for name, place, line in zip(names, cell, lines, strict=False):
        formulas.append(Formula(name, *_place(work, line, place, precision), name_width=wide))
    title = "which cells of the input reach this one"
    yield Section("formula", "Reach", Text(title, style="dim"), Group(*formulas))
    seen_ = work.seen[..., cell[2] if len(cell) == 3 else 0]
    rows, columns = (
        [(int(p), float(s)) for p, s in zip(line.places[i], line.shares[i], strict=True) if s]
        for line, i in zip(lines, cell, strict=False)
    )
    places = [(r, c) for r, _ in rows for c, _ in columns]
    weights = np.array([(a, b) for _, a in rows for _, b in columns])
    share = weights.prod(axis=1)
    values = np.array([seen_[place] for place in places])
    wide_values = values.astype(np.result_type(values.dtype, np.float64))
    products = wide_values * share
    came = listed(work.input, ((*place, *cell[2:]) for place in places))
    total = products.sum()
    table = _Mix(
        {"input": [f"{r}, {c}" for r, c in places]},
        {"value": wide_values, "row": weights[:, 0], "column": weights[:, 1]},
        "product",
        Numbers(np.array([*products, total]), precision),
        [Total("sum", total, rule=True)],
        shares(products, "diverging", None),
        cells=came,
        precision=precision,
    )
    yield Section("arithmetic", "Arithmetic", body=table, cells=came)


class _Mix(Sum):
    """value × share along rows × share along columns = product."""

    signs, shift = (TIMES, TIMES, EQUALS), 1


def _place(work: Work, line: Sampling, i: int, precision: int) -> list[str]:
    """The middle of a new cell in old cells, and what is taken there."""
    n, out = line.length, len(line.centres)
    taken = " and ".join(
        f"{place}" + (f" ({number(share, precision)})" if share < 1 else " alone")
        for place, share in zip(line.places[i].tolist(), line.shares[i].tolist(), strict=True)
        if share
    )
    if work.kind == "nearest":
        return [f"⌊{i} · {n} / {out}⌋", f"{line.places[i, 0]}"]
    if work.align_corners:
        told = f"{i} · ({n} − 1) / ({out} − 1)" if out > 1 else "0"
    else:
        told = f"({i} + ½) · {n} / {out} − ½"
        exact = _centre(line, i, False)
        if not 0 <= exact <= n - 1:
            return [told, f"{number(exact, precision)}, outside: {taken}"]
    return [told, f"{number(line.centres[i], precision)}: {taken}"]


def _centre(line: Sampling, i: int, align_corners: bool) -> float:
    """The middle of a new cell in old cells, be it outside."""
    if align_corners:
        return float(line.centres[i])
    return (2 * i + 1) * line.length / (2 * len(line.centres)) - 0.5


def _unpooled(work: Work, cell: tuple[int, ...], precision: int) -> Iterator[Section]:
    """The place of a cell, row · width + column, and which numbers have their winner there."""
    width = work.output.shape[1]
    place = cell[0] * width + cell[1]
    formula = Formula("place", f"{cell[0]} × {width} + {cell[1]}", str(place))
    yield Section("formula", "Place", Text("row × width + column", style="dim"), formula)
    came = work.came(cell)
    channel = cell[2:]
    rows, columns = _names(work)
    if not came:
        told = f"none of the {work.input.shape[0] * work.input.shape[1]} winners stands there: 0"
    else:
        numbers = [
            f"{number(work.input.data[(*where, *channel)], precision)} of {rows} {where[0]}, {columns} "
            f"{where[1]}"
            for where in came
        ]
        whose = "its winner" if len(came) == 1 else "their winners"
        told = f"{'; '.join(numbers[-3:])} had {whose} at place {place}"
        if len(came) > 1:
            told += f": the last of {len(came)} stands there"
    cells = listed(work.input, ((*where, *channel) for where in came))
    yield Section("arithmetic", "Winner", Text(told), cells=cells)
