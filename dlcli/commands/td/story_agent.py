"""The story of an agent that learns by weights: the world, the rule, its returns, every run, its actions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.kinds.decisions.world_story import drawn_or_listed
from dlcli.commands.td.explain_agent import explain, formula, world_section
from dlcli.commands.td.record_agent import LAST, Agents
from dlcli.commands.td.story import BANDS, band
from dlcli.engines.decisions.learning.control_replay import best_values
from dlcli.engines.decisions.policy import best_actions
from dlcli.nets.agents.deep_q import QSettings
from dlcli.tensor import Axis
from dlcli.views.again import again
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.series import Series
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import plain
from dlcli.words.number import counted, number, setting
from dlcli.worlds.gym_box import BoxWorld
from dlcli.worlds.world import World

__all__ = ["explain", "story"]

PLACES = 120  # of a curve of returns
LARGE = 10  # times the usual learning rate, and it may be why nothing is learnt
TOGETHER = 20  # episodes whose mean is drawn


def story(work: Agents, *, precision: int = 4) -> Story:
    """The world, the rules, the curve of returns, a line for each run, and what is to be noticed."""
    return Story(
        world_section(work),
        formula(work, precision),
        _returns(work),
        Section("result", "Runs", Text(_heading(work), style="dim"), _runs(work, precision)),
        *_policy(work, precision),
        Section("notice", "Notice", Text(" ".join(_notices(work, precision)))),
        _next(work),
    )


def _returns(work: Agents) -> Section:
    longest = max(course.steps for one in work.learners for course in one.courses)
    places = np.linspace(0, longest, PLACES + 1).round()[1:]
    runs = len(work.learners[0].courses)
    banded = runs > 1 and len(work.learners) <= BANDS
    lines = []
    for label, one in zip(work.labels, work.learners, strict=True):
        curves = one.smooth(places, TOGETHER)
        first = int(np.isfinite(curves).all(axis=0).argmax())
        curves, x = curves[:, first:], places[first:]
        lines.append(Series(label, curves.mean(axis=0), x=x, band=band(curves) if banded else None))
    told = [f"the mean of the last {TOGETHER} episodes"]
    told += [f"over {runs} runs"] * (runs > 1) + ["band: 80 % of them"] * banded
    chart = LineChart(lines, Axis("step"), y="return")
    return Section("result", "Returns", Text(", ".join(told), style="dim"), chart)


def _heading(work: Agents) -> str:
    if isinstance(work.world, BoxWorld):
        return (
            f"last: the last {LAST} episodes while it learns; then 100 new ones with the best actions alone"
        )
    return f"last: the last {LAST} episodes while it learns"


def _runs(work: Agents, precision: int) -> RenderableType:
    """A line for each run of each learner."""
    several = len(work.learners) > 1
    table = isinstance(work.world, World)
    heads = ["by"] * several + ["run", "steps", "episodes", "updates", "last"]
    heads += ["best actions"] if table else ["mean", "least", "solved"]
    rows = []
    for label, one in zip(work.labels, work.learners, strict=True):
        for place, course in enumerate(one.courses):
            row = [label] * several + [str(place + 1), str(course.steps), str(len(course.returns))]
            row += [str(one.updates[place]), number(one.late[place], precision)]
            if one.evaluated is not None:
                paid = one.evaluated[place]
                row += [
                    number(paid.mean(), precision),
                    number(paid.min(), precision),
                    _solved(work, paid.mean()),
                ]
            else:
                worth = one.greedy[place]
                row.append("never ends" if worth is None else number(worth, precision))
            rows.append(row)
    if work.optimum is not None and isinstance(work.world, World):
        best = float(work.world.transitions.start @ work.optimum.values)
        rows.append(
            [*["optimum"] * several, "" if several else "optimum", "", "", "", "", number(best, precision)]
        )
    right = range(int(several), len(heads))
    return Table(heads, rows, right=right, whole=(0,), heads=range(len(heads)))


def _solved(work: Agents, mean: float) -> str:
    return "—" if work.solved is None else "yes" if mean >= work.solved else "no"


def _policy(work: Agents, precision: int) -> Iterator[Section]:
    """The best actions in a world with a table."""
    one, world = work.learners[0], work.world
    if isinstance(world, World) and one.q is not None:
        q = one.q.mean(axis=0)
        values = best_values(world.transitions, q)
        drawn = drawn_or_listed(world, values, q, best_actions(q), precision)
        told = f"the best actions of {work.labels[0]}" if len(work.learners) > 1 else "the best actions"
        yield Section("result", "Policy", plain(told), drawn)


def _notices(work: Agents, precision: int) -> Iterator[str]:
    for label, one in zip(work.labels, work.learners, strict=True):
        if one.evaluated is None or work.solved is None:
            continue
        means = one.evaluated.mean(axis=1)
        done = means >= work.solved
        took = [course.steps for course, good in zip(one.courses, done, strict=True) if good]
        bar = number(work.solved, precision)
        if took:
            span = " to ".join(dict.fromkeys(map(str, (min(took), max(took)))))
            yield (
                f"{label}: {int(done.sum())} of {counted(len(done), 'run')} solved it after {span} steps: "
                f"a mean of {bar} or more in 100 new episodes."
            )
        else:
            more = "give it more --steps"
            if not isinstance(one.settings, tuple) and one.settings.rate >= LARGE * QSettings.rate:
                rate, usual = setting(one.settings.rate), setting(QSettings.rate)
                more = f"the learning rate {rate} is large for a net, {usual} is usual: try a smaller --alpha"
            yield f"{label}: no run solved it, which takes a mean of {bar}; {more}."
    one = work.learners[0]
    if isinstance(work.world, World):
        states = int((~work.world.transitions.terminal).sum()) * len(work.world.actions)
        yield f"A table of this world has {states} numbers; {one.name} learns {one.numbers}."
    elif one.word == "mlp":
        count = len(work.world.observed)
        yield f"The net has {one.numbers} weights; a table needs a row for every value of {count} numbers."
    if one.rule == "reinforce":
        yield "The policy is drawn from while it learns: it tries others as often as it doubts."


def _next(work: Agents) -> Section:
    """Another way to learn, more seeds, then one update in full."""
    line = work.line
    if isinstance(work.world, BoxWorld) and "--runs" not in line:
        more = ["--runs", "5"]
    else:
        more = ["--explain", "0"]
    return Section("next", "Try next", body=CommandLine(*again(line, work.world, *more)))
