"""The story of temporal differences: the update, what was learnt beside the truth, how the error fell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.td.explain import explained, first_news
from dlcli.commands.td.moments import PICTURES, frames_of
from dlcli.commands.td.next import again
from dlcli.commands.td.protocol import Work
from dlcli.commands.td.rule import formula
from dlcli.commands.td.steps import updates
from dlcli.commands.td.story_control import POINTS, together
from dlcli.tensor import Array, Axis
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.series import Series
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import clip, plain
from dlcli.views.worlds.world_map import drawing, facts
from dlcli.words.not_finite import not_finite
from dlcli.words.number import Numbers, number

if TYPE_CHECKING:
    from dlcli.worlds.world import World

STATES = 12  # in the table of values; of more, the first
NAME = 20
BAND = (10, 90)  # percentiles of the runs between which the band is drawn
BANDS = 2  # curves that are drawn with a band; of more, none could be told from another
DIGITS = 3  # in drawings that stand side by side
NOTICED = 3
HALF = 0.5


def story(work: Work, *, precision: int = 4) -> Story:
    """The world, the rule with the numbers of one update, values beside exact ones, the error over time."""
    sections = [
        Section("input", "World", world_words(work.world)),
        formula(work, precision),
        *_updates(work, precision),
        Section("result", "Values", _after(work), _values(work, precision)),
        _curve(work, precision),
        *_efficiency(work, precision),
        Section("notice", "Notice", Text(" ".join([*_notices(work, precision)][:NOTICED]))),
        Section("next", "Try next", body=CommandLine(again(work))),
    ]
    return Story(tuple(sections))


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """One update: its target term by term, the error, the value before and after.

    Raises ``WrongUsage`` when there was no such update.
    """
    return explained(work, cell, Section("input", "World", world_words(work.world)), precision)


def frames(work: Work, *, precision: int = 4) -> Iterator[RenderableType]:
    """The first run picture by picture: the values, the best actions, and where the agent is."""
    return frames_of(work.world, work.moments(PICTURES), precision)


def world_words(world: World) -> Text:
    """The world by its name and size."""
    source = str(world.attrs.get("source", world.name))
    name = f"{world.name} from standard input" if source == "-" else source
    return plain(f"{clip(name, 40)}, {facts(world)}")


def _updates(work: Work, precision: int) -> Iterator[Section]:
    """The updates that were asked for; otherwise the first that moved a value, with its numbers."""
    if work.settings.trace is not None:
        yield from updates(work, precision)
    elif not work.methods[0].batch:
        section = first_news(work, precision)
        if section is not None:
            yield section


def _after(work: Work) -> Text:
    runs = f", the mean of {work.runs} runs" if work.runs > 1 else ""
    return Text(f"after {_count(work.settings.episodes, 'episode')}{runs}")


def _values(work: Work, precision: int) -> RenderableType:
    """A drawing of the world when it is no single row, otherwise a table of the states."""
    layout = work.world.layout
    if layout is None or layout.walls.shape[0] == 1:
        return _table(work, precision)
    known = [values for values in (*work.values, work.exact) if values is not None]
    span = np.concatenate(known)
    limits = float(span.min()), float(span.max())
    if len(known) > 1:
        precision = min(precision, DIGITS)
    blocks: list[tuple[str, RenderableType]] = []
    for label, values in zip(work.labels, work.values, strict=True):
        arrows = work.best if len(work.methods) == 1 else None
        blocks.append((label, drawing(work.world, values, arrows, precision, limits) or ""))
    if work.exact is not None:
        blocks.append(("exact", drawing(work.world, work.exact, None, precision, limits) or ""))
    return Shelf(blocks) if len(blocks) > 1 else blocks[0][1]


def _table(work: Work, precision: int) -> RenderableType:
    """A line for each state that is not terminal: what each method learnt, the exact value, the error."""
    inner = np.flatnonzero(~work.world.transitions.terminal)
    shown = inner if len(inner) <= STATES else inner[: STATES - 1]
    heads = [_head(label) for label in work.labels]
    columns = [values[shown] for values in work.values]
    if work.exact is not None:
        heads.append(("", "exact"))
        columns.append(work.exact[shown])
        if len(work.methods) == 1:
            heads.append(("", "error"))
            columns.append(work.values[0][shown] - work.exact[shown])
    texts = [Numbers(column, precision).texts.tolist() for column in columns]
    names = [clip(work.world.states[s], NAME) for s in shown]
    listed = Table(
        ["state", *(head for _, head in heads)],
        [[name, *(column[i] for column in texts)] for i, name in enumerate(names)],
        right=range(1, len(columns) + 1),
        whole=(0,),
        heads=range(len(columns) + 1),
        groups=["", *(group for group, _ in heads)],
    )
    if len(shown) == len(inner):
        return listed
    left = len(inner) - len(shown)
    return Group(listed, Text(f"and {left} more states: --emit values -f csv", style="dim"))


def _head(label: str) -> tuple[str, str]:
    """What stands above the columns of one method, and above the one of this step size.

    >>> _head("TD(0), α = 0.1"), _head("MC")
    (('TD(0), α =', '0.1'), ('', 'MC'))
    """
    method, alpha, size = label.rpartition(", α = ")
    return (method + alpha.rstrip(), size) if alpha else ("", label)


def _curve(work: Work, precision: int) -> Section:
    """The RMS error as a line for each method; what episodes paid, where nobody knows the truth."""
    curves = work.curves
    if curves is None:
        width = -(-work.settings.episodes // POINTS)
        series = [Series("return", together(work.shown[None], width)[0])]
        axis = Axis("episode", start=0, step=width)
        return Section(
            "result", "Returns", Text(f"no exact values: {work.why}"), LineChart(series, axis, y="return")
        )
    mean = curves.mean(axis=1)
    banded = work.runs > 1 and len(mean) <= BANDS
    lines = [
        Series(label, line, band=_band(runs) if banded else None)
        for label, line, runs in zip(work.labels, mean, curves, strict=True)
    ]
    first = number(mean[0, 0], precision)
    low, high = (number(error, precision) for error in (mean[:, -1].min(), mean[:, -1].max()))
    told = f"{first} at first, {low if low == high else f'{low} to {high}'} at the end"
    if banded:
        told += f"; band: {BAND[1] - BAND[0]} % of runs"
    return Section("result", "RMS error", Text(told), LineChart(lines, work.places, y="RMS error"))


def _band(runs: Array) -> tuple[Array, Array]:
    low, high = np.percentile(runs, BAND, axis=0)
    return low, high


def _efficiency(work: Work, precision: int) -> Iterator[Section]:
    """How much experience each method needs, and where it ends, where several are compared."""
    if len(work.methods) < 2 or work.learnt.rms is None or work.curves is None:
        return
    columns = [f"to {number(work.learnt.rms[0, 0, 0] * share, 3)}" for share in (HALF, HALF / 2)]
    needed = [work.efficiency(share) for share in (HALF, HALF / 2)]
    last = work.curves.mean(axis=1)[:, -1]
    ends = [text.strip() for text in Numbers(last, precision).texts.tolist()]
    rows = [
        [label, *(_transitions(found[i]) for found in needed), ends[i]] for i, label in enumerate(work.labels)
    ]
    total = number(float(work.learnt.steps.sum(axis=1).mean()), 3)
    yield Section(
        "result",
        "Sample efficiency",
        Text(f"transitions until the error has come down; there were {total}", style="dim"),
        Table(["method", *columns, "at the end"], rows, right=(1, 2, 3), whole=(0,), heads=range(4)),
    )


def _transitions(count: float) -> str:
    return "not reached" if np.isinf(count) else str(round(count))


def _notices(work: Work, precision: int) -> Iterator[str]:
    """What holds for this run, the most telling first."""
    method = work.methods[0]
    if lost := not_finite(work.values, work.world.transitions.reward):
        yield lost
        return
    if work.curves is not None and not np.isfinite(work.curves).all():
        yield "Errors are so large that their squares are no finite numbers: try rewards in a larger unit."
    elif work.curves is not None:
        mean = work.curves.mean(axis=1)
        for label, curve, one in zip(work.labels, mean, work.methods, strict=True):
            if curve[-1] > 2 * curve[0]:
                other = " or --traces replacing" if one.traces == "accumulating" else ""
                more = other if one.name == "lambda" else ""
                yield f"The error of {label} has grown: its steps are too large; try a smaller --alpha{more}."
    if method.batch and len(work.methods) > 1:
        yield (
            "In a batch TD finds the values of the chain that makes the episodes most likely, MC the means "
            "of the returns that were seen."
        )
    elif method.batch:
        yield "Batch updates come to rest where the values are right for what was seen, and for no more."
    if work.curves is not None and len(work.methods) > 1:
        last = work.curves.mean(axis=1)[:, -1]
        yield f"{work.labels[int(np.argmin(last))]} ends with the smallest error."
    if work.curves is not None and len(work.methods) == 1 and method.alpha is not None and not method.batch:
        yield (
            "A constant step size never comes to rest: values keep trembling with the last few episodes; "
            "a smaller α trembles less and learns more slowly."
        )
    if method.alpha is None and not method.batch:
        yield "With step size 1/n a value is the mean of all targets so far."
        if method.name != "mc":
            yield "The first of them were made of wrong values and are forgotten slowly: 1/n suits mc better."
    if method.name == "mc" and len(work.methods) == 1:
        yield "Monte Carlo waits for the end of the episode; TD learns from each step."
    if work.learnt.cut and any(one.name == "mc" for one in work.methods):
        yield "An episode that was cut has no whole return: MC takes what came until then."
    if method.name in ("td0", "n-step") and len(work.methods) == 1 and not method.batch:
        yield "Where values are right, δ is 0 on the average: nothing is left to learn."


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
