"""One update of a value in full: what happened, its target term by term, the error, the value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.td.protocol import Work
from dlcli.commands.td.rule import formula
from dlcli.commands.td.steps import NAME, step_words, updates
from dlcli.errors import WrongUsage
from dlcli.tensor import Array
from dlcli.views.story import Section, Story
from dlcli.views.tables.sums import Summands
from dlcli.views.text.formula import Formula, bracketed
from dlcli.views.text.text import clip, plain
from dlcli.words.number import MINUS, number

if TYPE_CHECKING:
    from dlcli.engines.decisions.learning.td import Updates

LOOKED = 2000  # updates in which the first that moved a value is looked for
TERMS = 12  # rewards of a target that are listed
TRACED = 12  # states with a trace that are listed
LEAST = 1e-6  # a trace below this counts for nothing


#: What an update left behind: itself after all those before it, traces if there are any, the values.
Left = tuple["Updates", "Array | None", Array]


def first_news(work: Work, precision: int) -> Section | None:
    """The first update that moved a value, with all its numbers; None when none of the first ones did."""
    happened, _, _ = work.traced(min(LOOKED, work.count), keep=0)
    news = np.flatnonzero(happened.delta != 0)
    if not news.size:
        return None
    i = int(news[0])
    told = plain(f"update {i}: {_what(work, i)}", "dim")
    return Section("arithmetic", "First news", told, _filled(work, i, _left(work, i), precision))


def explained(work: Work, cell: tuple[int, ...], head: Section, precision: int) -> Story:
    """One update in full: what happened, the target's terms, the error, the value.

    Raises ``WrongUsage`` when there was no such update.
    """
    if work.methods[0].batch:
        raise WrongUsage("--explain shows a single update; --batch adds all of them up")
    i = update_of(cell, work.count)
    left = _left(work, i)
    told = plain(_what(work, i), "dim")
    name = clip(work.world.states[int(work.plan.state[i])], NAME)
    delta = left[0].delta[i]
    better = "better than" if delta > 0 else "worse than" if delta < 0 else "as"
    before, after = (number(value[i], precision) for value in (left[0].before, left[0].after))
    move = f"V({name}) goes from {before} to {after}: it went {better} expected"
    return Story(
        (
            head,
            formula(work, precision),
            *updates(work, precision),
            Section("arithmetic", f"Update {i}", told, _filled(work, i, left, precision)),
            *_terms(work, i, float(left[0].ahead[i]), float(left[0].target[i]), precision),
            *_traces(work, i, left, precision),
            Section("result", "Value", plain(move)),
        )
    )


def _left(work: Work, i: int) -> Left:
    return work.traced(i + 1, keep=2)


def update_of(cell: tuple[int, ...], count: int) -> int:
    """The update that ``--explain`` names; raises ``WrongUsage`` when there was none like it."""
    if len(cell) != 1 or not 0 <= cell[0] < count:
        written = ",".join(map(str, cell))
        raise WrongUsage(f"--explain {written} is no update of the first run: there are 0 to {count - 1}")
    return cell[0]


def _what(work: Work, i: int) -> str:
    """What happened at the step of an update, in words."""
    t, first, world = int(work.plan.step[i]), work.first, work.world
    episode = int(first.episode[t])
    step = t - int(first.offsets[episode])
    names = world.states[first.state[t]], world.actions[first.action[t]], world.states[first.next[t]]
    return f"episode {episode}, step {step}: {step_words(*names[:2], first.reward[t], names[2])}"


def _filled(work: Work, i: int, left: Left, precision: int) -> RenderableType:
    """Target, error and new value with their numbers."""
    happened, traces, _ = left
    method, plan, gamma = work.methods[0], work.plan, work.settings.gamma
    target, delta, alpha, before, after, ahead = (
        number(getattr(happened, name)[i], precision)
        for name in ("target", "delta", "alpha", "before", "after", "ahead")
    )
    name = clip(work.world.states[int(plan.state[i])], NAME)
    follow = clip(work.world.states[int(plan.follower[i])], NAME)
    if method.name in ("td0", "lambda") or (method.name == "n-step" and method.n == 1):
        reward = number(work.first.reward[int(plan.step[i])], precision)
        sides = [f"r + γ·V({follow})", f"{reward} + {discounted(ahead, gamma, precision)}", target]
    elif method.name == "n-step" and not work.world.transitions.terminal[plan.follower[i]]:
        steps = _reach(work, i)
        rewards = number(plan.reward[i], precision)
        later = discounted(ahead, float(plan.discount[i]), precision)
        sides = [f"G of {method.n}", f"Σ γ^k·r + γ^{steps}·V({follow})", f"{rewards} + {later}", target]
    else:
        sides = ["G" if method.name == "mc" else f"G of {method.n}", "Σ γ^k·r", target]
    rows = [
        ("target", sides),
        ("δ", [f"target {MINUS} V({name})", f"{target} {MINUS} {bracketed(before)}", delta]),
    ]
    rows += step_size(method.alpha, float(happened.alpha[i]), precision)
    moved = f"{before} + {alpha}·{bracketed(delta)}"
    if traces is not None:
        trace = number(happened.trace[i], precision)
        old = _old_traces(work, i, traces)[int(plan.state[i])]
        rows.append((f"trace of {name}", _risen(work, old, trace, precision)))
        moved += f"·{trace}"
    rows.append((f"new V({name})", [moved, after]))
    return formulas(rows)


def formulas(rows: list[tuple[str, list[str]]]) -> RenderableType:
    """Formulas below each other, their sides beginning at the same place."""
    wide = max(cell_len(head) for head, _ in rows)
    return Group(*(Formula(head, *sides, name_width=wide) for head, sides in rows))


def discounted(value: str, gamma: float, precision: int) -> str:
    """A value behind an operator, with its discount where there is one.

    >>> discounted("−0.5", 0.9, 4), discounted("2", 1, 4)
    ('0.9·(−0.5)', '2')
    """
    return bracketed(value) if gamma == 1 else f"{number(gamma, precision)}·{bracketed(value)}"


def step_size(alpha: float | None, came: float, precision: int) -> list[tuple[str, list[str]]]:
    """How a step size that falls came to be what it is; nothing for one that stays (not None).

    >>> step_size(None, 0.25, 4), step_size(0.1, 0.1, 4)
    ([('α', ['1/n', '1/4', '0.25'])], [])
    """
    return [] if alpha is not None else [("α", ["1/n", f"1/{round(1 / came)}", number(came, precision)])]


def _risen(work: Work, old: float, trace: str, precision: int) -> list[str]:
    """How the trace of the state of an update came to be what it is."""
    method = work.methods[0]
    if method.traces == "replacing":
        return [trace]
    factors = "·".join(number(x, precision) for x in (work.settings.gamma, method.decay, old))
    return ["γ·λ·old trace + 1", f"{factors} + 1", trace]


def _old_traces(work: Work, i: int, traces: Array) -> Array:
    """The traces (S,) before the step of an update: none where its episode begins."""
    episode = work.first.episode
    return np.zeros(traces.shape[1]) if i == 0 or episode[i] != episode[i - 1] else traces[-2]


def _terms(work: Work, i: int, ahead: float, target: float, precision: int) -> Iterator[Section]:
    """The rewards of a target of several steps and the value behind them, each with its power of γ."""
    method, first, plan = work.methods[0], work.first, work.plan
    if method.name not in ("mc", "n-step") or (method.name == "n-step" and method.n == 1):
        return
    t, steps = int(plan.step[i]), _reach(work, i)
    powers = np.cumprod(np.concatenate([[1.0], np.full(steps, work.settings.gamma)]))
    factors = first.reward[t : t + steps]
    shown, left_out = _ends(steps)
    names = [f"r after {clip(work.world.states[s], NAME)}" for s in first.state[t + shown]]
    if method.name == "n-step" and not work.world.transitions.terminal[plan.follower[i]]:
        factors, shown = np.append(factors, ahead), np.append(shown, steps)
        names.append(f"V({clip(work.world.states[int(plan.follower[i])], NAME)})")
    products = powers[: len(factors)] * factors
    columns = {"γ^k": powers[shown], "r or V": factors[shown], "product": products[shown]}
    totals: list[tuple[str, float]] = []
    if left_out.size:
        which = f"{left_out[0]} to {left_out[-1]}" if left_out.size > 1 else str(left_out[0])
        totals.append((f"k = {which}", float(products[left_out].sum())))
    totals.append(("G", target))
    labels = {"k": [str(k) for k in shown], "": names}
    yield Section("arithmetic", "Target", body=Summands(labels, columns, totals, precision=precision))


def _reach(work: Work, i: int) -> int:
    """How many rewards a target is made of: all that are left in the episode, of n steps at most n."""
    method, first = work.methods[0], work.first
    t = int(work.plan.step[i])
    left = int(first.offsets[1:][first.episode[t]]) - t
    return left if method.name == "mc" else min(method.n, left)


def _ends(count: int) -> tuple[Array, Array]:
    """Which of so many terms are listed, and which in the middle are too many."""
    places = np.arange(count)
    if count <= TERMS:
        return places, places[:0]
    first, last = TERMS // 2, count - (TERMS - TERMS // 2)
    return np.concatenate([places[:first], places[last:]]), places[first:last]


def _traces(work: Work, i: int, left: Left, precision: int) -> Iterator[Section]:
    """Every state that an error of TD(λ) reaches, by how much, and its value after that."""
    happened, traces, values = left
    if traces is None:
        return
    trace = traces[-1]
    reached = np.argsort(-trace, kind="stable")[: int((trace > LEAST).sum())]
    moves = happened.alpha[i] * trace * happened.delta[i]
    shown = reached[:TRACED]
    columns = {
        "old trace": _old_traces(work, i, traces)[shown],
        "trace": trace[shown],
        "V": values[shown] - moves[shown],
        "α·δ·trace": moves[shown],
        "new V": values[shown],
    }
    told = f"{len(reached)} of them reach the error δ = {number(happened.delta[i], precision)}"
    names = {"state": [work.world.states[s] for s in shown]}
    table: RenderableType = Summands(names, columns, precision=precision)
    if len(reached) > len(shown):
        more = f"and {len(reached) - len(shown)} more states, whose traces are smaller"
        table = Group(table, Text(more, style="dim"))
    yield Section("arithmetic", "Traces", Text(told, style="dim"), table)
