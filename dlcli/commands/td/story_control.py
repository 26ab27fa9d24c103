"""The story of learning what to do: the rule, the policy that came out, what episodes paid."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.kinds.decisions.ends_story import ends_section, goal_missed, out_of_reach, small
from dlcli.commands.kinds.decisions.world_story import drawn_or_listed, has_cells, has_map, world_words
from dlcli.commands.td.explain_control import WORTH, chosen_by, step_words, updates
from dlcli.commands.td.explain_control import explain as explain_step
from dlcli.commands.td.explain_control import formula as step_formula
from dlcli.commands.td.explain_long import explain as explain_long
from dlcli.commands.td.explain_long import rows_of
from dlcli.commands.td.record import LearntActions, method_name
from dlcli.commands.td.story import (
    BAND,
    BANDS,
    MOST,
    PICTURES,
    POINTS,
    RATE,
    after,
    band,
    moment_view,
    next_line,
    together,
)
from dlcli.engines.decisions.ends import ends_of
from dlcli.engines.decisions.graph import no_end
from dlcli.engines.decisions.policy import best_actions
from dlcli.tensor import Array, Axis
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.series import Series
from dlcli.views.frames import DIGITS, Frames
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table
from dlcli.views.text.formula import formulas
from dlcli.views.text.text import plain
from dlcli.words.number import MINUS, counted, not_finite, number, setting

__all__ = ["explain", "frames", "story"]

TENTH = 10  # the first and the last of so many parts of the episodes are compared
OUTSHINES = 4  # times the range of the other episodes, and the first ones are not drawn

#: Rule -> its target, in a line.
TARGETS = {
    **{rule: f"r + γ · {worth}" for rule, worth in WORTH.items()},
    "n-step-sarsa": "R₁ + γ·R₂ + … + γⁿ·Q(sₙ, aₙ)",
    "sarsa-lambda": "r + γ · Q(s', next action), for all pairs by their traces",
    "mc": "R₁ + γ·R₂ + …  to the end",
    "off-policy-mc": "R₁ + γ·R₂ + …  with W / C for α",
    "dyna-q": "r + γ · max Q(s', a), of the step and of planned ones",
    "differential-sarsa": f"r {MINUS} R̄ + Q(s', next action)",
}

#: What a rule is compared with; the others with the one that counts its own trying in.
OTHERS = {"sarsa": "q-learning", "dyna-q": "q-learning"}


def story(work: LearntActions, *, precision: int = 4) -> Story:
    """The world, the rules, the first updates where they are wanted, the policy, and what episodes paid."""
    best = best_actions(work.q[0])
    of = "values" if len(work.methods) == 1 else ""
    actions = drawn_or_listed(work.world, work.values[0], work.q[0], best, precision, of)
    return Story(
        Section("input", "World", world_words(work.world)),
        formula(work, precision),
        *updates(work, precision),
        Section("result", "Policy", _learnt(work), actions),
        *_paid(work, precision),
        *_ends(work, precision),
        *_noticed(work, precision),
        _next(work),
    )


def formula(work: LearntActions, precision: int) -> Section:
    """The update of an action value by the rule, or what each of several rules moves it to."""
    if not any(rule.long for rule in work.methods):
        return step_formula(work, precision)
    told = plain(step_words(work, precision), "dim")
    if len({method_name(rule) for rule in work.methods}) == 1:
        label = method_name(work.methods[0])
        rows = [*rows_of(work.methods[0]), *chosen_by(work)]
        return Section("formula", label[0].upper() + label[1:], told, formulas(rows))
    rows = [("new Q(s, a)", [f"Q(s, a) + α · [target {MINUS} Q(s, a)]"])]
    rows += [(method_name(rule), [TARGETS[rule.name]]) for rule in work.methods]
    return Section("formula", "Updates of action values", told, formulas([*dict(rows).items()]))


def explain(work: LearntActions, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """One update of the first rule in full. Raises ``WrongUsage`` when there was no such update."""
    if work.methods[0].long:
        return explain_long(work, cell, formula(work, precision), precision=precision)
    return explain_step(work, cell, formula(work, precision), precision=precision)


def frames(work: LearntActions, *, precision: int = DIGITS, most: int | None = None) -> Frames:
    """The first run picture by picture."""
    most, total = most or PICTURES, int(work.replay.count)
    pictures = [*_moments(work, precision, most)]
    said = f"{len(pictures)} of {total:,} updates are shown, the first {most // 2} one by one"
    return Frames(pictures, len(pictures), total, "updates", RATE, said)


def _moments(work: LearntActions, precision: int, most: int) -> Iterator[RenderableType]:
    total = int(work.replay.count)
    for moment in work.replay.moments(most):
        told = f"update {(moment.step or 0) + 1} of {total}, episode {moment.episode}: δ = "
        yield moment_view(work.world, moment, told + number(moment.delta or 0.0, precision), precision)


def _learnt(work: LearntActions) -> Text:
    of = f" of {work.labels[0]}" if len(work.methods) > 1 else ""
    told = f"the best actions{of} {after(work)}"
    if work.world.layout is not None and not (has_cells(work.world) or has_map(work.world)):
        return plain(f"what {told} are worth; too many cells for arrows: --emit q -f csv")
    return plain(told)


def _paid(work: LearntActions, precision: int) -> Iterator[Section]:
    """What episodes paid, or in a world without an end a step on average."""
    if {rule.name for rule in work.methods} == {"differential-sarsa"}:
        yield _averages(work, precision)
        return
    yield _returns(work, precision)
    yield Section("result", "Worth", Text(_horizon(work), style="dim"), _worth(work, precision))


def _averages(work: LearntActions, precision: int) -> Section:
    """R̄ as it was learnt, beside what steps paid, what the best actions alone would, and the optimum."""
    rows = []
    for label, learnt, alone in zip(work.labels, work.learnt, work.gains, strict=True):
        assert learnt.average is not None
        paid = float(np.nansum(learnt.returns) / learnt.steps.sum())
        columns = [float(learnt.average.mean()), paid, alone]
        rows.append([label, *("unknown" if one is None else number(one, precision) for one in columns)])
    if work.best_gain is not None:
        rows.append(["optimum", "", "", number(work.best_gain, precision)])
    heads = ["rule", "R̄ learnt", "paid", "best actions only"]
    told = Text("the average reward of a step", style="dim")
    return Section("result", "Average", told, Table(heads, rows, right=(1, 2, 3), whole=(0,), heads=range(4)))


def _returns(work: LearntActions, precision: int) -> Section:
    """What episodes paid while it was learnt, a line for each rule; of many, the means of a few together.

    The first tenth of the episodes is left out where nothing could be told apart beside it.
    """
    return curves_section(work, "Returns", work.returns, "return", "episode")


def curves_section(
    work: LearntActions,
    title: str,
    found: Array,
    y: str,
    of: str,
    span: tuple[float, float] | None = None,
) -> Section:
    """What was found in each episode (M, R, E) as a line for each rule, with a band where these are few."""
    width = -(-work.options.episodes // POINTS)
    curves = [together(one, width) for one in found]
    means = [curve.mean(axis=0) for curve in curves]
    first = len(means[0]) // TENTH
    later = np.concatenate([mean[first:] for mean in means])
    if np.ptp(np.concatenate(means)) < OUTSHINES * np.ptp(later):
        first = 0
    told = ["the mean of all runs" if work.options.runs > 1 else "of one run"]
    banded = found.shape[1] > 1 and len(means) <= BANDS
    lines = []
    for label, mean, curve in zip(work.labels, means, curves, strict=True):
        lines.append(Series(label, mean[first:], band=band(curve[:, first:]) if banded else None))
    if banded:
        told.append(f"band: {BAND[1] - BAND[0]} % of them")
    if width > 1:
        told.append(f"{width} {of}s together")
    if first:
        told.append(f"without the first {first * width}")
    chart = LineChart(lines, Axis(of, start=first * width, step=width), y=y, span=span)
    return Section("result", title, Text("; ".join(told), style="dim"), chart)


def _horizon(work: LearntActions) -> str:
    """What is compared; that episodes are cut while it is learnt, and not in the last column."""
    if not work.cut:
        return "what an episode pays"
    limit = work.options.limit(work.world)
    return f"what an episode pays, cut after {counted(limit, 'step')}; in the last column it is never cut"


def _worth(work: LearntActions, precision: int) -> RenderableType:
    """For each rule the returns at the beginning and at the end, and those of its best actions alone."""
    part = max(1, work.options.episodes // TENTH)
    rows = []
    for label, learnt, greedy in zip(work.labels, work.learnt, work.greedy, strict=True):
        ends = learnt.returns[:, :part], learnt.returns[:, -part:]
        early, late = (number(float(end.mean()), precision) for end in ends)
        rows.append([label, early, late, "unknown" if greedy is None else _alone(greedy, precision)])
    heads = ["rule", f"first {part}", f"last {part}", "best actions only"]
    if work.optimal is not None:
        rows.append(["optimum", "", "", number(work.optimal, precision)])
    return Table(heads, rows, right=(1, 2, 3), whole=(0,), heads=range(4))


def _alone(greedy: Array, precision: int) -> str:
    """The mean over runs (R,) of what the best actions pay, and in how many of them nobody comes to an end.

    >>> _alone(np.array([-13.0, -15.0]), 4), _alone(np.array([-13.0, np.nan]), 4)
    ('−14', '−13; 1 of 2 never end')
    """
    never = int(np.isnan(greedy).sum())
    if never == len(greedy):
        return "never ends"
    mean = number(float(np.nanmean(greedy)), precision)
    return f"{mean}; {never} of {len(greedy)} never end" if never else mean


def _ends(work: LearntActions, precision: int) -> Iterator[Section]:
    """Which ends the best actions reach, in a small world."""
    if small(work.world) and work.ends is not None:
        runs = work.options.runs
        told = f"of the best actions of {work.labels[0]}"
        told += f", the mean of {runs} runs" if runs > 1 else ""
        yield ends_section(work.world, work.ends[0], told, precision)


def _noticed(work: LearntActions, precision: int) -> Iterator[Section]:
    if told := " ".join(_notices(work, precision)):
        yield Section("notice", "Notice", plain(told))


def _notices(work: LearntActions, precision: int) -> Iterator[str]:
    if lost := not_finite(work.values, work.world.transitions.reward):
        yield lost
    yield from out_of_reach(work.world)
    if small(work.world) and work.ends is not None:
        best = None if work.optimum is None else ends_of(work.world.transitions, work.optimum.policy)
        more = " Try more episodes or --explore."
        yield from goal_missed(work.world, work.ends[0], work.gamma, precision, optimal=best, more=more)
    names = {rule.name for rule in work.methods}
    if {"sarsa", "q-learning"} <= names:
        yield (
            "Q-learning learns what the best actions are worth and earns less while it still tries others; "
            "SARSA learns what it does, trying included."
        )
    yield from _best_actions(work)
    yield from exploration_notices(work, precision)


def _best_actions(work: LearntActions) -> Iterator[str]:
    """Whether the best actions of the first rule are optimal, and whether they lead round in a circle."""
    found, runs = work.greedy[0], work.options.runs
    if found is None:
        return
    optimal = 0 if work.optimal is None else int((np.abs(found - work.optimal) < 1e-9).sum())
    if optimal:
        tied = (best_actions(work.learnt[0].q[0]).sum(axis=1) > 1).any()
        which = " Of several that are worth the same that is the first." if tied else ""
        told = f"The best actions of {work.labels[0]} are optimal"
        told += "" if runs == 1 else " in every run" if optimal == runs else f" in {optimal} of {runs} runs"
        yield f"{told}.{which}"
    never = int(np.isnan(found).sum())
    if not work.world.transitions.terminal.any() or no_end(
        work.world.transitions, work.world.transitions.start
    ):
        return
    if never:
        where = f"In {never} of {runs} runs best" if runs > 1 else "Best"
        yield f"{where} actions lead round in a circle: there is more to learn."
    elif work.gamma == 1 and work.circling:
        yield "From states that are not on the way some best actions lead round in a circle."


def exploration_notices(work: LearntActions, precision: int) -> Iterator[str]:
    """What the ways to explore do, or leave undone."""
    ways = [rule.explore for rule in work.methods]
    trying = [way for way in ways if way.name == "epsilon-greedy" and way.value]
    if trying:
        one = "Every action" if trying[0].value == 1 else f"One action in {number(1 / trying[0].value, 3)}"
        if len({way.value for way in trying}) > 1:
            one = "With ε-greedy one action in 1/ε"
        first = " at first, and fewer after each episode" if trying[0].decay != 1 else ""
        yield f"{one} is taken at random{first}, to try what else there is."
    yield from _long_notices(work, precision)
    if any(way.name == "greedy" for way in ways):
        yield "Greedy tries nothing that seems worse than the best: what disappoints once is left for good."
    for way in ways:
        if way.name == "optimistic":
            guess = setting(way.value, precision)
            yield f"Beside a first guess of {guess} every action disappoints, so that all are tried."
            break
    if any(way.name == "softmax" for way in ways):
        yield "Softmax tries what seems good more often than what seems bad; a smaller τ is greedier."
    if any(way.name == "ucb" for way in ways):
        yield "UCB tries what may still be the best, for it has been tried too seldom to know."


def _long_notices(work: LearntActions, precision: int) -> Iterator[str]:
    """What a rule that looks further than one step gains by it, or what that costs."""
    names, first = {rule.name for rule in work.methods}, work.learnt[0]
    if any(rule.exploring_starts for rule in work.methods):
        yield "Episodes began anywhere: what they paid is no measure of what is earned from the start."
    if "mc" in names:
        yield "Monte Carlo learns nothing before an episode has ended, and then from what came alone."
    if work.methods[0].name == "off-policy-mc":
        steps = int(first.steps[0].sum())
        yield (
            f"{work.made} of {counted(steps, 'step')} taught something: those from the last action on that "
            "was not greedy."
        )
    if work.methods[0].name == "dyna-q":
        steps = int(first.steps[0].sum())
        yield f"{work.made} updates from {counted(steps, 'step')} in the world, the others from the model."
    if "differential-sarsa" in names:
        yield "Q is worth more or less than the average here: one number more everywhere changes nothing."


def _next(work: LearntActions) -> Section:
    """Another rule beside this one; of several, a line for each update."""
    rule, steps = work.methods[0].name, int(work.learnt[0].steps.sum())
    if len(work.methods) > 1:
        return next_line(work, ["--trace", "10"])
    runs = ["--runs", "20"] if "--runs" not in work.line and 20 * steps <= MOST else []
    return next_line(work, ["--control", OTHERS.get(rule, "sarsa"), *runs])
