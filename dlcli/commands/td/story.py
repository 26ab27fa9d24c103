"""The story of temporal differences: the update, what was learnt beside the truth, how the error fell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.kinds.decisions.ends_story import ends_section, small
from dlcli.commands.kinds.decisions.world_story import drawing, met, still, world_words
from dlcli.commands.td.explain import course_notes, explain, first_move, formula, updates
from dlcli.commands.td.record import Learnt, LearntValues
from dlcli.engines.decisions.learning.learning_curve import transitions_until
from dlcli.engines.decisions.learning.replay import Moment
from dlcli.engines.decisions.policy import best_actions
from dlcli.tensor import Array, Axis
from dlcli.views.again import again
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.series import Series
from dlcli.views.frames import DIGITS, Frames
from dlcli.views.page.cells import listed
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table, with_rest
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.gaps import given
from dlcli.views.text.text import clip, plain
from dlcli.words.number import Numbers, counted, digits, not_finite, number
from dlcli.worlds.world import World

__all__ = ["explain", "frames", "story"]

STATES = 12  # in the table of values; of more, the first
NAME = 20
BAND = (10, 90)  # percentiles of the runs between which the band is drawn
BANDS = 2  # curves that are drawn with a band; of more, none could be told from another
POINTS = 60  # of a curve of returns
PICTURES = 120  # of a run that is watched
RATE = 12  # of them a second
LISTED = 16  # states beside a picture; of more, the first
AGENT = "●"
MOST = 10_000_000  # steps that a suggested line may take: some seconds
SMALLER = 0.3  # of the step size, which is compared with it
NOTICED = 3
HALF = 0.5
SAME = 1e-9  # of an error: nearer to the smallest it is as small

ERRORS_TOO_LARGE = (
    "Errors are so large that their squares are no finite numbers: try an --initial nearer to 0, or "
    "rewards in a larger unit."
)


def story(work: LearntValues, *, precision: int = 4) -> Story:
    """The world, the rule with the numbers of one update, values beside exact ones, the error over time."""
    learnt = [*updates(work, precision)]
    if not learnt and not work.methods[0].batch:
        learnt = [*first_move(work, precision)]
    return Story(
        Section("input", "World", world_words(work.world)),
        formula(work, precision),
        *course_notes(work),
        *learnt,
        Section("result", "Values", given(after(work)), _values(work, precision)),
        _curve(work, precision),
        *_efficiency(work, precision),
        *_ends(work, precision),
        Section("notice", "Notice", Text(" ".join([*_notices(work, precision)][:NOTICED]))),
        _next(work),
    )


def frames(work: LearntValues, *, precision: int = DIGITS, most: int | None = None) -> Frames:
    """The first run picture by picture: the values, and where the agent is."""
    moments = [*work.replay.moments(most or PICTURES, work.options.episodes)]
    pictures = [*_moments(work, moments, precision)]
    slow = sum(one.step is not None for one in moments)
    ends = sum(one.step is None and one.episode is not None for one in moments)
    first = f", {counted(slow, 'step')} of the first episode" if slow else ""
    said = f"the start{first} and the ends of "
    said += f"{ends:,} of {counted(work.options.episodes, 'episode')} are shown"
    return Frames(pictures, len(pictures), work.replay.count, "updates", RATE, said)


def _moments(work: LearntValues, moments: Iterable[Moment], precision: int) -> Iterator[RenderableType]:
    for moment in moments:
        if moment.episode is None:
            told = "before the first step"
        elif moment.step is None:
            told = f"after {moment.episode + 1} of {work.options.episodes} episodes"
        else:
            told = f"episode {moment.episode}, step {moment.step}: δ = "
            told += number(moment.delta or 0.0, precision)
        yield moment_view(work.world, moment, told, precision)


def moment_view(world: World, moment: Moment, told: str, precision: int) -> RenderableType:
    """What is told of a moment above the world's drawing, or a list of its states; the agent is in it."""
    title = plain(told)
    layout, state = world.layout, moment.state
    if layout is None:
        return Group(title, _listing(world, moment, precision))
    if state is not None:
        row, column = layout.places[state].tolist()
        world = replace(world, layout=replace(layout, marks={**layout.marks, (row, column): AGENT}))
    grid = still(drawing(world, moment.values, moment.best, precision))
    return Group(title, grid if grid is not None else Text(""))


def _listing(world: World, moment: Moment, precision: int) -> RenderableType:
    inner = np.arange(min(len(world.states), LISTED))
    texts = Numbers(moment.values[inner], precision).texts.tolist()
    rows = [
        [AGENT if s == moment.state else " ", clip(world.states[s], NAME), text]
        for s, text in zip(inner.tolist(), texts, strict=True)
    ]
    return Table(["", "state", "V(s)"], rows, right=[2])


def after(work: Learnt) -> str:
    """How many episodes, and of how many runs the mean is told."""
    episodes, runs = work.options.episodes, work.options.runs
    mean = f", the mean of {runs} runs" if runs > 1 else ""
    return f"after {episodes} episode{'s' * (episodes != 1)}{mean}"


def _values(work: LearntValues, precision: int) -> RenderableType:
    """A drawing of the world when it is no single row, otherwise a table of the states."""
    layout = work.world.layout
    if layout is None or layout.walls.shape[0] == 1:
        return _table(work, precision)
    known = [values for values in (*work.values, work.exact) if values is not None]
    span = np.concatenate(known)
    limits = float(span.min()), float(span.max())
    if len(known) > 1:
        precision = digits(precision, DIGITS)
    blocks: list[tuple[str, RenderableType]] = []
    for label, values in zip(work.labels, work.values, strict=True):
        arrows = best_actions(work.q[0]) if len(work.methods) == 1 else None
        shown = met(work.world, values)
        of = "values" if len(work.methods) == 1 else ""
        blocks.append((label, drawing(work.world, shown, arrows, precision, limits, of) or ""))
    if work.exact is not None:
        blocks.append(("exact", drawing(work.world, work.exact, None, precision, limits) or ""))
    return Shelf(blocks) if len(blocks) > 1 else blocks[0][1]


def _table(work: LearntValues, precision: int) -> RenderableType:
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
    made = Table(
        ["state", *(head for _, head in heads)],
        [[name, *(column[i] for column in texts)] for i, name in enumerate(names)],
        right=range(1, len(columns) + 1),
        whole=(0,),
        heads=range(len(columns) + 1),
        groups=["", *(group for group, _ in heads)],
        cells=listed("values", ([s] if len(work.methods) == 1 else [s, 0] for s in shown.tolist())),
    )
    return with_rest(made, len(inner) - len(shown), "states: --emit values -f csv")


def _head(label: str) -> tuple[str, str]:
    """What stands above the columns of one method, and above the one of this step size.

    >>> _head("TD(0), α = 0.1"), _head("MC")
    (('TD(0), α =', '0.1'), ('', 'MC'))
    """
    method, alpha, size = label.rpartition(", α = ")
    return (method + alpha.rstrip(), size) if alpha else ("", label)


def _curve(work: LearntValues, precision: int) -> Section:
    """The RMS error as a line for each method; what episodes paid, where nobody knows the truth."""
    curves, mean = work.curves, work.errors
    if curves is None or mean is None:
        width = -(-work.options.episodes // POINTS)
        series = [Series("return", together(work.learnt.returns.mean(axis=0)[None], width)[0])]
        axis = Axis("episode", start=0, step=width)
        return Section(
            "result", "Returns", Text(f"no exact values: {work.why}"), LineChart(series, axis, y="return")
        )
    banded = work.options.runs > 1 and len(mean) <= BANDS
    lines = [
        Series(label, line, band=band(runs) if banded else None)
        for label, line, runs in zip(work.labels, mean, curves, strict=True)
    ]
    first = number(mean[0, 0], precision)
    low, high = (number(error, precision) for error in (mean[:, -1].min(), mean[:, -1].max()))
    told = f"{first} at first, {low if low == high else f'{low} to {high}'} at the end"
    if banded:
        told += f"; band: {BAND[1] - BAND[0]} % of runs"
    chart = LineChart(lines, work.places, y="RMS error")
    return Section("result", "RMS error", Text(told), chart, of=("rms",))


def band(runs: Array) -> tuple[Array, Array]:
    """The percentiles of the runs (R, P) between which a curve is drawn."""
    low, high = np.percentile(runs, BAND, axis=0)
    return low, high


def together(returns: Array, width: int) -> Array:
    """Means of so many episodes that follow each other (R, E / width), without what is left over."""
    runs, episodes = returns.shape
    count = episodes // width
    return returns[:, : count * width].reshape(runs, count, width).mean(axis=2)


def _efficiency(work: LearntValues, precision: int) -> Iterator[Section]:
    """How much experience each method needs, and where it ends, where several are compared."""
    if len(work.methods) < 2 or work.learnt.rms is None or work.errors is None:
        return
    columns = [f"to {number(work.learnt.rms[0, 0, 0] * share, 3)}" for share in (HALF, HALF / 2)]
    needed = [transitions_until(work.learnt.rms, work.learnt.steps, share) for share in (HALF, HALF / 2)]
    ends = [text.strip() for text in Numbers(work.errors[:, -1], precision).texts.tolist()]
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


def _ends(work: LearntValues, precision: int) -> Iterator[Section]:
    """Which ends the episodes came to, in a small world."""
    if small(work.world):
        runs, episodes = work.options.runs, work.options.episodes
        told = f"of {counted(runs * episodes, 'episode')}"
        told += " of b, the random policy" if work.options.off_policy else ""
        told += f", {episodes} in each of {runs} runs" if runs > 1 else ""
        yield ends_section(work.world, work.ends[0], told, precision)


def smallest(errors: Array) -> list[int]:
    """Which of several errors are the smallest: one, or all that are tied.

    >>> smallest(np.array([0.2, 0.1, 0.1 + 1e-15])), smallest(np.array([0.2, 0.1]))
    ([1, 2], [1])
    """
    least = errors.min()
    return np.flatnonzero(errors <= least + SAME * abs(least)).tolist()


def _transitions(count: float) -> str:
    return "not reached" if np.isinf(count) else str(round(count))


def _notices(work: LearntValues, precision: int) -> Iterator[str]:
    method, errors = work.methods[0], work.errors
    if lost := not_finite(work.values, work.world.transitions.reward):
        yield lost
        return
    if work.curves is not None and not np.isfinite(work.curves).all():
        yield ERRORS_TOO_LARGE
    elif errors is not None:
        for label, curve, one in zip(work.labels, errors, work.methods, strict=True):
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
    if errors is not None and len(work.methods) > 1:
        which = smallest(errors[:, -1])
        who = " and ".join(work.labels[i] for i in which)
        alone = len(which) == 1
        yield f"{who} {'ends with the smallest error' if alone else 'end with the same error, the smallest'}."
    if errors is not None and len(work.methods) == 1 and method.alpha is not None and not method.batch:
        yield (
            "A constant step size never comes to rest: values keep trembling with the last few episodes; "
            "a smaller α trembles less and learns more slowly."
        )
    if method.off_policy:
        yield from _off_policy_notices(work)
    elif method.alpha is None and not method.batch:
        yield "With step size 1/n a value is the mean of all targets so far."
        if method.name != "mc":
            yield "The first of them were made of wrong values and are forgotten slowly: 1/n suits mc better."
    if method.name == "mc" and len(work.methods) == 1:
        yield "Monte Carlo waits for the end of the episode; TD learns from each step."
    if work.learnt.cut and any(one.name == "mc" for one in work.methods):
        yield "An episode that was cut has no whole return: MC takes what came until then."
    if work.exact is None and work.gamma == 1 and work.learnt.cut == work.returns.size:
        yield "Nothing is discounted and no episode ended: values grow with every episode; try --gamma 0.9."
    elif method.name in ("td0", "n-step") and len(work.methods) == 1 and not method.batch:
        yield "Where values are right, δ is 0 on the average: nothing is left to learn."


def _off_policy_notices(work: LearntValues) -> Iterator[str]:
    """How many returns count at all, and what each way to weigh them does."""
    weights = work.replay.plan.weights
    assert weights is not None
    share = float((weights == 0).mean())
    if share:
        yield f"{number(100 * share, 3)} % of the returns have ρ = 0: π would never have done what followed."
    ways = {method.off_policy for method in work.methods}
    if "ordinary" in ways:
        yield (
            "Ordinary: right on average, but one return may count up to "
            f"ρ = {number(float(weights.max()), 3)} times, and V(s) may be beyond any return."
        )
    if "weighted" in ways:
        yield "Weighted: a mean of the returns, never beyond them; off at first, and less and less."


def _next(work: LearntValues) -> Section:
    """More runs with a smaller step size, another method, the updates one by one."""
    method, line, steps = work.methods[0], work.line, int(work.learnt.steps.sum())
    runs = next((runs for runs in (100, 20, 5) if runs * steps <= MOST), None)
    if method.batch or len(work.methods) > 1 or (work.options.runs == 1 and runs is None):
        return next_line(work, ["--trace", "10"], without=("--batch",))
    if work.options.runs == 1:
        smaller = "0.1" if method.alpha is None else f"{SMALLER * method.alpha:.2g}"
        own = "1/n" if method.alpha is None else f"{method.alpha:g}"
        sizes = ["--alpha", smaller] if "--alpha" in line else ["--alpha", own, "--alpha", smaller]
        return next_line(work, ["--runs", str(runs), *sizes], without=("--runs",))
    other = "td0" if method.name == "mc" else "mc"
    methods = ["--method", other] if "--method" in line else ["--method", method.name, "--method", other]
    return next_line(work, [*methods, "--against", "transitions"], without=("--against",))


def next_line(work: Learnt, more: list[str], without: tuple[str, ...] = ()) -> Section:
    """The typed line with more behind it; the last update in full, where a line for each was asked for."""
    if work.options.trace is not None:
        last = min(work.options.trace, work.replay.count) - 1
        more, without = ["--explain", str(last)], ("--trace",)
    line = again(work.line, work.world, *more, without=without)
    return Section("next", "Try next", body=CommandLine(*line))
