"""Updates of values: the rule with numbers in it, a line for each update, and one of them in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.errors import WrongUsage
from dlcli.tensor import Array
from dlcli.views.formula import Formula
from dlcli.views.number import MINUS, number
from dlcli.views.story import Section, Story
from dlcli.views.summands import Summands
from dlcli.views.td_work import Work
from dlcli.views.text import clip, plain

if TYPE_CHECKING:
    from dlcli.engines.prediction import Method

NAME = 16
LOOKED = 2000  # updates in which the first that moved a value is looked for
TERMS = 12  # rewards of a target that are listed
TRACED = 12  # states with a trace that are listed
LEAST = 1e-6  # a trace below this counts for nothing

TARGETS = {
    "td0": "r + γ · V(s')",
    "lambda": "r + γ · V(s')",
    "mc": "G",
}


def formula(work: Work, precision: int) -> Section:
    """The update rule of the first method, with the discount and the step size of this run."""
    method, settings = work.methods[0], work.settings
    alphas = dict.fromkeys("1/n" if one.alpha is None else number(one.alpha) for one in work.methods)
    told = [f"γ = {number(settings.gamma, precision)}", _policy(work.policy_word)]
    if not method.batch:
        told.insert(0, f"α = {', '.join(alphas)}")
    lines: list[tuple[str, str]] = []
    for one in work.methods:
        lines += _rule(one.name, one.n, one.traces)
    names = list(dict.fromkeys(lines))
    wide = max(cell_len(name) for name, _ in names)
    body: list[RenderableType] = [Formula(name, side, name_width=wide) for name, side in names]
    if method.batch:
        body.append(
            Text("all updates of all episodes so far, again and again, until nothing moves", style="dim")
        )
    same = len({method_kind(one) for one in work.methods}) == 1
    label = work.labels[0].partition(", α")[0] if same else "Updates of values"
    return Section("formula", label, plain(", ".join(told), "dim"), Group(*body))


def method_kind(method: Method) -> tuple[object, ...]:
    """What a method is, its step size aside."""
    return method.name, method.n, method.decay, method.traces, method.first_visit, method.batch


def _policy(word: str) -> str:
    if word in ("random", "greedy", "optimal"):
        return f"π is the {word} policy"
    return f"π is the policy in {clip(word, 40)}"


def _rule(name: str, n: int, traces: str) -> Iterator[tuple[str, str]]:
    """The lines of one method's rule."""
    if name == "mc":
        yield "G", "r + γ·r' + γ²·r'' + … to the end"
        yield "new V(s)", f"V(s) + α · [G {MINUS} V(s)]"
    elif name == "n-step" and n > 1:
        yield f"G of {n}", f"r + γ·r' + … + γ^{n} · V(s after {n} steps)"
        yield "new V(s)", f"V(s) + α · [G of {n} {MINUS} V(s)]"
    elif name == "lambda":
        yield "δ", f"r + γ · V(s') {MINUS} V(s)"
        yield "trace of s", "1" if traces == "replacing" else "γ · λ · trace + 1"
        yield "others", "γ · λ · trace"
        yield "new V", "V + α · δ · trace"
    else:
        yield "new V(s)", f"V(s) + α · [r + γ · V(s') {MINUS} V(s)]"


def updates(work: Work, precision: int) -> Iterator[Section]:
    """A line for each of the first updates, where these were asked for."""
    if work.settings.trace is None:
        return
    count = min(work.settings.trace, work.count)
    what = f"the first {count} of {work.count}" + (" in the first run" if work.runs > 1 else "")
    label = f", {work.labels[0]}" if len(work.methods) > 1 else ""
    table = updates_table(work, count, precision)
    yield Section("arithmetic", "Updates", Text(what + label, style="dim"), table)


def updates_table(work: Work, count: int, precision: int) -> RenderableType:
    """A line for each of the first updates: s, a, r, s', target, error δ, the value before and after."""
    happened, _, _ = work.traced(count)
    first, t = work.first, happened.step
    world = work.world
    columns = {
        "r": first.reward[t],
        "target": happened.target,
        "δ": happened.delta,
        "V(s)": happened.before,
        "new V(s)": happened.after,
    }
    return steps_table(
        first.episode[t].tolist(),
        [world.states[s] for s in first.state[t]],
        [world.actions[a] for a in first.action[t]],
        [world.states[s] for s in first.next[t]],
        columns,
        precision,
    )


def steps_table(
    episodes: Sequence[int],
    states: Sequence[str],
    actions: Sequence[str],
    follow: Sequence[str],
    numbers: dict[str, Array],
    precision: int,
) -> Summands:
    """Steps below each other, the number of an episode where it begins."""
    begins = [i == 0 or episodes[i] != episodes[i - 1] for i in range(len(episodes))]
    names = {
        "episode": [str(e) if begin else "" for e, begin in zip(episodes, begins, strict=True)],
        "s": states,
        "a": actions,
        "s'": follow,
    }
    return Summands(names, numbers, precision=precision)


def first_news(work: Work, precision: int) -> Section | None:
    """The first update that moved a value, with all its numbers; None when none of the first ones did."""
    happened, _, _ = work.traced(min(LOOKED, work.count))
    news = np.flatnonzero(happened.delta != 0)
    if not news.size:
        return None
    i = int(news[0])
    return Section(
        "arithmetic", "First news", plain(f"update {i}: {_what(work, i)}", "dim"), _filled(work, i, precision)
    )


def explained(work: Work, cell: tuple[int, ...], head: Section, precision: int) -> Story:
    """One update in full: what happened, the target's terms, the error, the value."""
    if work.methods[0].batch:
        raise WrongUsage("--explain shows a single update; --batch adds all of them up")
    if len(cell) != 1 or not 0 <= cell[0] < work.count:
        written = ",".join(map(str, cell))
        raise WrongUsage(
            f"--explain {written} is no update of the first run: there are 0 to {work.count - 1}"
        )
    i = cell[0]
    sections = [head, formula(work, precision), *updates(work, precision)]
    sections.append(
        Section("arithmetic", f"Update {i}", plain(_what(work, i), "dim"), _filled(work, i, precision))
    )
    terms = _terms(work, i, precision)
    if terms is not None:
        sections.append(terms)
    traces = _traces(work, i, precision)
    if traces is not None:
        sections.append(traces)
    happened, _, _ = work.traced(i + 1)
    name = clip(work.world.states[int(work.plan.state[i])], NAME)
    delta = happened.delta[i]
    better = "better than" if delta > 0 else "worse than" if delta < 0 else "as"
    told = f"it went {better} expected"
    before, after = (number(value[i], precision) for value in (happened.before, happened.after))
    move = f"V({name}) goes from {before} to {after}"
    sections.append(Section("result", "Value", plain(f"{move}: {told}")))
    return Story(tuple(sections))


def _what(work: Work, i: int) -> str:
    """What happened at the step of an update, in words."""
    t, first, world = int(work.plan.step[i]), work.first, work.world
    episode = int(first.episode[t])
    step = t - int(first.offsets[episode])
    names = world.states[first.state[t]], world.actions[first.action[t]], world.states[first.next[t]]
    return f"episode {episode}, step {step}: {step_words(*names[:2], first.reward[t], names[2])}"


def step_words(state: str, action: str, reward: float, follow: str) -> str:
    """One step in words.

    >>> step_words("C", "left", -1.0, "B")
    'in C came left, paid −1 and led to B'
    """
    state, action, follow = (clip(name, NAME) for name in (state, action, follow))
    return f"in {state} came {action}, paid {number(reward)} and led to {follow}"


def _filled(work: Work, i: int, precision: int) -> RenderableType:
    """Target, error and new value with their numbers."""
    happened, _, _ = work.traced(i + 1)
    method, plan = work.methods[0], work.plan
    value = {
        name: number(getattr(happened, name)[i], precision)
        for name in ("target", "delta", "alpha", "before", "after")
    }
    name = clip(work.world.states[int(plan.state[i])], NAME)
    sides = [value["target"]]
    if method.name in ("td0", "lambda") or (method.name == "n-step" and method.n == 1):
        t = int(work.plan.step[i])
        follow = clip(work.world.states[int(plan.follower[i])], NAME)
        gamma = work.settings.gamma
        ahead = (happened.target[i] - work.first.reward[t]) / gamma if gamma else 0.0
        later = signed(number(round(ahead, 12), precision))
        discounted = later if gamma == 1 else f"{number(gamma, precision)}·{later}"
        sides = [f"r + γ·V({follow})", f"{number(work.first.reward[t], precision)} + {discounted}", *sides]
    else:
        sides = ["G" if method.name == "mc" else f"G of {method.n}", *sides]
    trace = f"·{number(_trace(work, i), precision)}" if method.name == "lambda" else ""
    old, error = signed(value["before"]), signed(value["delta"])
    rows = [
        ("target", sides),
        ("δ", [f"target {MINUS} V({name})", f"{value['target']} {MINUS} {old}", value["delta"]]),
        (f"new V({name})", [f"{value['before']} + {value['alpha']}·{error}{trace}", value["after"]]),
    ]
    wide = max(cell_len(head) for head, _ in rows)
    return Group(*(Formula(head, *sides, name_width=wide) for head, sides in rows))


def signed(text: str) -> str:
    """A number that may follow an operator.

    >>> signed("−0.5"), signed("2")
    ('(−0.5)', '2')
    """
    return f"({text})" if text.startswith(MINUS) else text


def _trace(work: Work, i: int) -> float:
    """The trace of the state of an update of TD(λ)."""
    _, traces, _ = work.traced(i + 1)
    return 1.0 if traces is None else float(traces[i, int(work.plan.state[i])])


def _terms(work: Work, i: int, precision: int) -> Section | None:
    """The rewards of a target of several steps, each with its power of γ."""
    method, first, plan = work.methods[0], work.first, work.plan
    if method.name not in ("mc", "n-step") or (method.name == "n-step" and method.n == 1):
        return None
    t, gamma = int(plan.step[i]), work.settings.gamma
    end = int(first.offsets[1:][first.episode[t]])
    steps = end - t if method.name == "mc" else min(method.n, end - t)
    powers = np.cumprod(np.concatenate([[1.0], np.full(steps, gamma)]))
    rewards = first.reward[t : t + steps]
    count = steps if steps <= TERMS else TERMS - 1
    products = powers[:steps] * rewards
    names = [f"r after {clip(work.world.states[s], NAME)}" for s in first.state[t : t + count]]
    columns = {"γ^k": powers[:count], "worth": rewards[:count], "product": products[:count]}
    totals: list[tuple[str, float]] = []
    if count < steps:
        totals.append((f"{steps - count} later rewards", float(products[count:].sum())))
    happened, _, _ = work.traced(i + 1)
    if plan.discount[i] and not work.world.transitions.terminal[plan.follower[i]]:
        ahead = happened.target[i] - plan.reward[i]
        follow = clip(work.world.states[int(plan.follower[i])], NAME)
        totals.append((f"γ^{steps} · V({follow})", float(ahead)))
    totals.append(("G", float(happened.target[i])))
    return Section("arithmetic", "Target", body=Summands({"": names}, columns, totals, precision=precision))


def _traces(work: Work, i: int, precision: int) -> Section | None:
    """Every state that an error of TD(λ) reaches, by how much, and its value after that."""
    happened, traces, values = work.traced(i + 1)
    if traces is None:
        return None
    trace = traces[i]
    reached = np.argsort(-trace, kind="stable")[: int((trace > LEAST).sum())]
    moves = happened.alpha[i] * trace * happened.delta[i]
    shown = reached[:TRACED]
    columns = {
        "trace": trace[shown],
        "V": values[shown] - moves[shown],
        "α·δ·trace": moves[shown],
        "new V": values[shown],
    }
    told = f"{len(reached)} of them reach the error δ = {number(happened.delta[i], precision)}"
    names = {"state": [work.world.states[s] for s in shown]}
    return Section(
        "arithmetic", "Traces", Text(told, style="dim"), Summands(names, columns, precision=precision)
    )
