"""The story of a world: what can happen in it, what its states are worth, where to go."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.kinds.decisions.ends_story import ends_section, goal_missed, out_of_reach, small
from dlcli.commands.kinds.decisions.world_story import (
    drawn_or_listed,
    has_cells,
    has_map,
    outcomes,
    policy_words,
    world_words,
)
from dlcli.commands.mdp.explain import equation, explain
from dlcli.commands.mdp.moving import sweeping as frames
from dlcli.commands.mdp.record import Work
from dlcli.commands.mdp.story_other import story_other
from dlcli.tensor import Axis
from dlcli.views.again import again
from dlcli.views.charts.chart import LineChart
from dlcli.views.story import Section, Story
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import clip, plain
from dlcli.words.number import counted, not_finite, number, setting

__all__ = ["explain", "frames", "story", "with_axes"]

NAME = 24
NOTICED = 3
CHART = 8  # rows of the chart
CURVE = 5  # sweeps from which on it is drawn how they converge
SAME = 1e-9  # of what an episode is worth: nearer to the optimum it is the optimum


def story(work: Work, *, precision: int = 4) -> Story:
    """The world, the Bellman equation, what actions lead to, the values, and what to notice."""
    if work.plan is not None or work.gain is not None:
        return story_other(work, precision)
    title, tree = outcomes(work.world, precision)
    return Story(
        Section("input", "World", world_words(work.world)),
        equation(work, precision),
        Section("parameters", "Outcomes", title, tree),
        Section("result", "Values", _how(work), _values(work, precision)),
        *_convergence(work, precision),
        Section("result", "Start", _start(work, precision)),
        *_ends(work, precision),
        *_lived(work, precision),
        Section("method", "Method", _method(work, precision)),
        Section("notice", "Notice", plain(" ".join([*_notices(work, precision)][:NOTICED]))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    )


def with_axes(work: Work, name: str, *, precision: int = 4) -> RenderableType | None:
    """The values at the places of their states, where the world has such."""
    if name != "values" or work.world.layout is None or work.plan is not None or work.gain is not None:
        return None
    return _values(work, precision)


def _values(work: Work, precision: int) -> RenderableType:
    return drawn_or_listed(work.world, work.values, work.q, work.best, precision, "values")


def _how(work: Work) -> Text:
    if work.world.layout is None:
        return Text("▸ the best actions by these values", style="dim")
    best = work.optimal and work.sweep_count is None
    if has_map(work.world):
        which = "optimal action" if best else "action that is best by these values"
        several = int((work.best.sum(axis=1) > 1).sum())
        told = f", of several the first (in {counted(several, 'state')})" if several else ""
        return Text(f"beside them the {which}{told}", style="dim")
    if not has_cells(work.world):
        which = "optimal actions: --emit policy" if best else "what actions are worth: --emit q"
        return Text(f"too many cells for arrows; {which} -f csv", style="dim")
    return Text(f"arrows: actions that are {'optimal' if best else 'best by these values'}", style="dim")


def _start(work: Work, precision: int) -> Text:
    where = np.flatnonzero(work.world.transitions.start)
    place = "where they begin, on average"
    if len(where) == 1:
        place = f"at {clip(work.world.states[where[0]], NAME)}"
    told = f"episodes are worth {number(work.worth(work.values), precision)} {place}"
    if work.within is not None and work.sweep_count is None:
        limit, worth = work.within
        whole, whose = work.worth(work.values), "Gymnasium" if work.world.time_limit else "its file"
        steps = f"the limit of {counted(limit, 'step')} that {whose} sets"
        if abs(whole - worth) <= SAME * max(1.0, abs(whole)):
            return plain(f"{told}, with {steps} or without")
        told += f" without a limit, {number(worth, precision)} with {steps}"
        told += f"; --horizon {limit} plans for it" if work.optimal else ""
    return plain(told)


def _convergence(work: Work, precision: int) -> Iterator[Section]:
    """By how much each sweep changes a value at most, and how far the values then are from the exact ones."""
    if work.sweep_count is None or work.sweep_count < CURVE:
        return
    changes, away = work.convergence
    series = {"largest change": changes, "away from exact": away}
    shown = {name: curve for name, curve in series.items() if (curve > 0).sum() > 1}
    if shown:
        chart = LineChart(shown, Axis("sweep", start=1, step=1), log=True, height=CHART)
        yield Section("result", "Convergence", body=chart)


def _ends(work: Work, precision: int) -> Iterator[Section]:
    """Which ends the policy reaches, in a small world."""
    if small(work.world) and work.ends is not None:
        told = "of the optimal policy" if work.optimal else f"of {policy_words(work.policy_word)}"
        if work.optimal and work.sweep_count is not None:
            told = f"of the greedy policy by the values of {counted(work.sweep_count, 'sweep')}"
        yield ends_section(work.world, work.ends, told, precision)


def _lived(work: Work, precision: int) -> Iterator[Section]:
    """The average of the first n returns, by n, beside what is expected."""
    if work.sampled is None:
        return
    worth = work.sampled.returns
    count, mean = len(worth), float(worth.mean())
    words = f"{count} with seed {work.sampled.seed} were worth {number(mean, precision)} on average"
    if count > 1:
        words += f", give or take {number(float(worth.std(ddof=1)) / count**0.5, 2)}"
    if work.sampled.cut:
        were = "was" if work.sampled.cut == 1 else "were"
        words += f"; {work.sampled.cut} of them {were} cut short by the step limit"
    chart = None
    if count > 1:
        running = np.cumsum(worth) / np.arange(1, count + 1)
        series = {"average": running, "expected": np.full(count, work.worth(work.values))}
        chart = LineChart(series, Axis("episodes", start=1, step=1), y="return", height=CHART)
    yield Section("result", "Episodes", plain(words), chart)


def _method(work: Work, precision: int) -> Text:
    """How the values were found, and how far they are from where sweeps lead."""
    if work.sweep_count is None:
        unknown = int(np.count_nonzero(~work.world.transitions.terminal))
        equations = "one linear equation" + (f" for each of {unknown} states" if unknown != 1 else "")
        if work.rounds is None:
            return Text(f"exact: {equations}")
        rounds = f"{work.rounds} round{'s' * (work.rounds != 1)}"
        return Text(f"exact: policy iteration, {rounds} of {equations}")
    kind = "value iteration" if work.optimal else "iterative policy evaluation"
    order = "in place" if work.in_place else "each from the values before it"
    words = f"{work.sweep_count} sweep{'s' * (work.sweep_count != 1)} of {kind}, {order}"
    if work.sweep_count and work.before is not None:
        change = float(np.abs(work.values - work.before).max())
        words += f"; the last changed a value by {number(change, precision)}"
    if work.exact is not None:
        off = float(np.abs(work.values - work.exact).max())
        words += f"; the exact values are up to {number(off, precision)} away"
    return Text(words)


def _notices(work: Work, precision: int) -> Iterator[str]:
    if lost := not_finite(work.values, work.world.transitions.reward):
        yield lost
    yield from out_of_reach(work.world)
    if work.sweep_count is None and small(work.world) and work.ends is not None:
        who = "the best actions" if work.optimal else "the actions of this policy"
        yield from goal_missed(
            work.world, work.ends, work.gamma, precision, who=who, optimal=work.optimal_ends
        )
    if work.sweep_count is not None:
        if work.sweep_count == 0:
            yield "Before the first sweep every value is 0."
        elif work.in_place:
            yield "In place a sweep can carry a reward over many states at once, in the order of the states."
        else:
            steps = f"{work.sweep_count} step{'s' * (work.sweep_count != 1)}"
            yield f"Each sweep carries rewards one step further: these values know what comes within {steps}."
    arrows = has_cells(work.world)
    marks = work.world.layout is None or arrows
    several = (work.best.sum(axis=1) > 1).any()
    if work.optimal:
        if marks and several:
            known = "" if work.sweep_count is None else " by these values"
            yield f"Where several actions are marked they are equally good{known}."
        if marks and (work.tied & ~work.best).any():
            yield (
                "Actions that are worth as much but may lead round in a circle for ever are not marked where "
                "another as good leads out of it."
            )
    elif work.none_better and work.optimum is not None:
        earned = work.worth(work.values)
        if work.optimum - earned <= SAME * max(1.0, abs(earned)):
            yield "No action is better than what the policy does: it is optimal."
        else:
            yield (
                "No single action is better than what the policy does, and yet "
                f"{number(work.optimum, precision)} can be earned from the start: --optimal."
            )
    elif work.improved is not None:
        better, now = (number(work.worth(v), precision) for v in (work.improved, work.values))
        which = "follows the arrows" if arrows else "follows the marked actions"
        which = which if marks else "takes the actions that are best by these values"
        told = f"Whoever {which} earns {better} from the start, not {now}: policy improvement."
        if better == now:
            told = f"Whoever {which} earns {now} from the start, as the policy does: other states gain by it."
        yield told + (" Where several are best any is taken at random." if several else "")
    if work.gamma == 1:
        yield "Nothing is discounted: a reward counts the same whenever it comes."
    elif work.gamma > 0:
        tenth = setting(work.gamma**10, precision)
        yield f"With γ = {setting(work.gamma, precision)} a reward ten steps later counts {tenth} of one now."
    else:
        yield "With γ = 0 only the next reward counts."


def _next(work: Work) -> list[list[str]]:
    """The optimum, the equation of a state, more sweeps: what comes after this."""
    line, world = work.line, work.world
    if work.sweep_count is not None:
        if not work.in_place and work.sweep_count:
            return again(line, world, "--in-place")
        more = str(max(1, 10 * work.sweep_count))
        return again(line, world, "--sweeps", more, without=("--sweeps", "--in-place"))
    if work.optimal or work.policy_word != "random":
        state = work.world.states[int(np.argmax(work.world.transitions.start))]
        return again(line, world, "--explain", state)
    return again(line, world, "--optimal")
