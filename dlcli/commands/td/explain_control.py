"""How actions are learnt: the rule, and one update in full, with what the next state is worth and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.kinds.decisions.world_story import world_words
from dlcli.commands.td.record import LearntActions, LearntBandit, exploration_name, method_name
from dlcli.commands.td.updates import (
    NAME,
    TABLES,
    discounted,
    falling_step,
    happened,
    step_sizes,
    update_of,
    updates_section,
)
from dlcli.engines.decisions.learning.control_definition import Ahead, Step
from dlcli.engines.decisions.learning.control_replay import Choice, ControlReplay
from dlcli.engines.decisions.learning.exploration import Exploration
from dlcli.tensor import Array
from dlcli.views.story import Section, Story
from dlcli.views.tables.sums import Summands, sum_of_others
from dlcli.views.tables.table import FactsTable, Table, with_rest
from dlcli.views.text.formula import bracketed, formulas
from dlcli.views.text.gaps import given
from dlcli.views.text.text import clip, plain, visible
from dlcli.words.number import MINUS, Numbers, number, setting

#: Way to explore -> what it is called, and how it chooses.
CHOSEN = {
    "softmax": ("softmax", ["π(a|s)", "exp(Q(s, a) / τ) / Σ exp(Q(s, b) / τ)"]),
    "ucb": ("UCB", ["largest Q(s, a) + c · √(ln t / N)"]),
}

ACTIONS = 12  # of a state that are listed; of more, those of the largest values
BEST = "▸ "

WORTH = {
    "sarsa": "Q(s', next action)",
    "expected-sarsa": "Σ π(a|s')·Q(s', a)",
    "q-learning": "max Q(s', a)",
    "double-q": "Q₂(s', best by Q₁)",
}


def formula(work: LearntActions, precision: int) -> Section:
    """The update of an action value, and what each rule takes the next state to be worth."""
    told = step_words(work, precision)
    rows = [("new Q(s, a)", [f"Q(s, a) + α · [r + γ · worth of s' {MINUS} Q(s, a)]"])]
    names = {rule.name: method_name(rule) for rule in work.methods}
    if len(names) > 1:
        rows += [(label, [WORTH[name]]) for name, label in names.items()]
    elif "double-q" in names:
        rows += [(f"worth for {TABLES[table]}", [_double(table)]) for table in (0, 1)]
    else:
        rows.append(("worth of s'", [WORTH[work.methods[0].name]]))
    rows += chosen_by(work)
    label = "Updates of action values" if len(names) > 1 else method_name(work.methods[0])
    return Section("formula", label[0].upper() + label[1:], plain(told, "dim"), formulas(rows))


def step_words(work: LearntActions, precision: int) -> str:
    """Step sizes, discount and how actions are chosen, where a rule has them."""
    names = {rule.name for rule in work.methods}
    told = [] if names == {"off-policy-mc"} else [step_sizes(work)]
    told += [] if names == {"differential-sarsa"} else [f"γ = {setting(work.gamma, precision)}"]
    told.append(exploring(work, precision))
    if any(rule.exploring_starts for rule in work.methods):
        told.append("exploring starts")
    return ", ".join(told)


def exploring(work: LearntActions, precision: int) -> str:
    """How actions are chosen, each way once: of ε-greedy alone what ε is."""
    ways = list(dict.fromkeys(rule.explore for rule in work.methods))
    if len(ways) == 1 and ways[0].name == "epsilon-greedy" and ways[0].decay == 1:
        return f"ε = {setting(ways[0].value, precision)}"
    return "; ".join(map(exploration_name, ways))


def chosen_by(work: LearntActions) -> list[tuple[str, list[str]]]:
    """The formulas of those ways to choose an action that have one."""
    names = dict.fromkeys(rule.explore.name for rule in work.methods)
    return [CHOSEN[name] for name in names if name in CHOSEN]


def updates(work: LearntActions, precision: int) -> Iterator[Section]:
    """A line for each of the first updates of the first rule, where these were asked for."""
    if work.options.trace is not None:
        count = min(work.options.trace, work.replay.count)
        yield updates_section(work, work.updates(count), "Q(s, a)", "new", precision)


def explain(
    work: LearntActions, cell: tuple[int, ...], told_by: Section | None = None, *, precision: int = 4
) -> Story:
    """One update in full: what happened, what the next state is taken to be worth and why, the value.

    ``told_by`` are the formulas, where other rules are told of beside this one.

    Raises ``WrongUsage`` when there was no such update.
    """
    assert isinstance(work.replay, ControlReplay)
    i = update_of(cell, work.replay.count)
    steps, world = work.replay.steps(i + 1), work.world
    step, ahead = steps[i], work.replay.ahead(steps)
    state, action = clip(world.states[step.state], NAME), clip(world.actions[step.action], NAME)
    name = f"{_table(work, step)}({action if isinstance(work, LearntBandit) else f'{state}, {action}'})"
    told = happened(work, i, step.state, step.action, step.reward, step.next)
    if step.then is not None:
        told += f"; next comes {clip(world.actions[step.then], NAME)}"
    if _doubled(work):
        told += f"; chance updates {_table(work, step)}"
    target, delta, alpha, before, after, reward = (
        number(x, precision)
        for x in (step.target, step.delta, step.alpha, step.before, step.after, step.reward)
    )
    later = number(0.0 if ahead is None else ahead.worth, precision)
    added = f"{reward} + {discounted(later, work.gamma, precision)}"
    rows = [
        ("worth of s'", _worth(work, step, ahead, later)),
        ("target", ["r + γ · worth of s'", added, target]),
        ("δ", [f"target {MINUS} {name}", f"{target} {MINUS} {bracketed(before)}", delta]),
        *falling_step(work.methods[0].alpha, step.alpha, precision),
        (f"new {name}", [f"{before} + {alpha}·{bracketed(delta)}", after]),
    ]
    known = [(name, before)]
    if step.then is not None and ahead is not None:
        known.append((f"Q(s', {clip(world.actions[step.then], NAME)})", later))
    return Story(
        Section("input", "World", world_words(world)),
        told_by or formula(work, precision),
        *updates(work, precision),
        choice_section(work, steps, precision),
        Section("parameters", "Before the update", body=FactsTable(known), detail=True, sheet=True),
        Section("arithmetic", f"Update {i}", given(visible(told), "dim"), formulas(rows)),
        *_looked_at(work, step, ahead, precision),
        Section("result", "Value", plain(f"{name} goes from {before} to {after}")),
    )


def choice_section(work: LearntActions, steps: Sequence[Any], precision: int) -> Section:
    """How the action of an update was chosen: the values, what was compared, the chances, the draw."""
    choice, explore, world, state = (
        work.replay.choice(steps),
        work.methods[0].explore,
        work.world,
        steps[-1].state,
    )
    there = np.flatnonzero(~np.isnan(choice.q))
    shown = there[_largest(choice.scores[there])]
    columns = {"(Q₁ + Q₂) / 2" if _doubled(work) else "Q(s, a)": choice.q[shown]}
    if explore.name == "ucb":
        columns["N"] = choice.seen[shown]
        if (choice.seen[there] > 0).all():
            columns |= {"c·√(ln t / N)": (choice.scores - choice.q)[shown], "sum": choice.scores[shown]}
    else:
        if explore.name == "softmax":
            columns["exp(Q / τ)"] = np.exp(choice.q[shown] / choice.value)
        columns["π(a|s)"] = choice.policy[shown]
    if isinstance(work, LearntBandit):
        columns["worth q*(a)"] = world.transitions.reward[shown]
    texts = [Numbers(column, precision).texts.tolist() for column in columns.values()]
    names = [
        f"{BEST if a == choice.action else ' ' * len(BEST)}{clip(world.actions[a], NAME)}"
        for a in shown.tolist()
    ]
    rows = [list(row) for row in zip(names, *texts, strict=True)]
    listed = Table(["  a", *columns], rows, right=range(1, len(columns) + 1), given=(0, 1))
    table = with_rest(listed, len(there) - len(shown), "actions that seem no better")
    done, here = (clip(name, NAME) for name in (world.actions[choice.action], world.states[state]))
    told = f"in {here}, {_weighed(choice, explore, there, precision)}: {done}"
    return Section("arithmetic", "Choice", given(visible(told), "dim"), table)


def _weighed(choice: Choice, explore: Exploration, there: Array, precision: int) -> str:
    """How the draw and the numbers decide, in words."""
    draw, value = number(choice.draw, precision), setting(choice.value, precision)
    if explore.name == "softmax":
        return f"τ = {value}: the π, added up from the first, pass the draw of {draw} at"
    if explore.name == "epsilon-greedy" and choice.draw < choice.value:
        return f"the draw of {draw} is below ε = {value}: any of {len(there)} at random"
    told = f"the draw of {draw} is not below ε = {value}: " if explore.name == "epsilon-greedy" else ""
    best = int((choice.scores[there] == choice.scores[there].max()).sum())
    if explore.name == "ucb":
        untried = int((choice.seen[there] == 0).sum())
        if untried:
            return f"{untried} never tried: " + (
                "that one" if untried == 1 else f"the draw of {draw} takes one"
            )
        told = f"c = {value}, t = {int(choice.seen.sum()) + 1}: "
    if best == 1:
        return f"{told}the largest {'sum' if explore.name == 'ucb' else 'value'}"
    return f"{told}{'' if draw in told else f'the draw of {draw} takes '}one of {best} that seem best"


def _doubled(work: LearntActions) -> bool:
    return work.methods[0].name == "double-q"


def _table(work: LearntActions, step: Step) -> str:
    """The table that an update changes, by its letter."""
    return TABLES[step.table] if _doubled(work) else "Q"


def _double(table: int) -> str:
    """What double Q-learning takes the next state to be worth when it updates a table."""
    return f"{TABLES[1 - table]}(s', best by {TABLES[table]})"


def _worth(work: LearntActions, step: Step, ahead: Ahead | None, later: str) -> list[str]:
    """What the next state is taken to be worth, by the rule, with its names, and as a number."""
    follow = clip(work.world.states[step.next], NAME)
    if ahead is None:
        return [f"0, {follow} is an end"]
    rule = _double(step.table) if _doubled(work) else WORTH[work.methods[0].name]
    if ahead.action is None:
        return [rule, later]
    letter = TABLES[1 - step.table] if _doubled(work) else "Q"
    return [rule, f"{letter}({follow}, {clip(work.world.actions[ahead.action], NAME)})", later]


def _looked_at(work: LearntActions, step: Step, ahead: Ahead | None, precision: int) -> Iterator[Section]:
    """The values of the next state that its worth is made of; SARSA looks at a single one, and says which."""
    if ahead is None or work.methods[0].name == "sarsa":
        return
    follow = clip(work.world.states[step.next], NAME)
    there = np.flatnonzero(~np.isnan(ahead.q[0]))
    if ahead.policy is not None:
        told = f"π({follow}): the best by Q with 1 {MINUS} ε, any of {len(there)} with ε"
        if work.methods[0].explore.name != "epsilon-greedy":
            told = f"π({follow}): as {exploration_name(work.methods[0].explore)} chooses there"
        yield Section("arithmetic", "Worth of s'", plain(told, "dim"), _mean(work, ahead, there, precision))
        return
    told = f"the largest Q({follow}, a)"
    if _doubled(work):
        told = f"{TABLES[step.table]} names the best action, {TABLES[1 - step.table]} tells what it is worth"
    yield Section("arithmetic", "Worth of s'", plain(told, "dim"), _best(work, step, ahead, there, precision))


def _mean(work: LearntActions, ahead: Ahead, there: Array, precision: int) -> RenderableType:
    """Σ π(a|s')·Q(s', a), a line for each action; of many the largest summands, the others together."""
    assert ahead.policy is not None
    chance, values = ahead.policy[there], ahead.q[0, there]
    products = chance * values
    shown = _largest(np.abs(products))
    totals = [("worth of s'", ahead.worth)]
    if len(shown) < len(there):
        rest = sum_of_others(products, shown)
        totals.insert(0, (f"{len(there) - len(shown)} other actions", rest))
    columns = {"π(a|s')": chance[shown], "Q(s', a)": values[shown], "π·Q": products[shown]}
    names = {"a": [work.world.actions[a] for a in there[shown]]}
    return Summands(names, columns, totals, precision=precision)


def _best(work: LearntActions, step: Step, ahead: Ahead, there: Array, precision: int) -> RenderableType:
    """Q(s', a) of each action in each table, the best one marked; of many actions those of the largest."""
    shown = _largest(ahead.q[step.table, there])
    letters = TABLES if _doubled(work) else ("Q",)
    columns = [Numbers(q[there[shown]], precision).texts.tolist() for q in ahead.q]
    actions = [
        f"{BEST if a == ahead.action else ' ' * len(BEST)}{clip(work.world.actions[a], NAME)}"
        for a in there[shown].tolist()
    ]
    rows = [list(row) for row in zip(actions, *columns, strict=True)]
    heads, right = ["  a", *(f"{letter}(s', a)" for letter in letters)], range(1, len(columns) + 1)
    table = Table(heads, rows, right=right, given=(0, *right))
    left_out = len(there) - len(shown)
    if not left_out:
        return table
    return Group(table, Text(f"and {left_out} actions whose {_table(work, step)} is no larger", style="dim"))


def _largest(values: Array) -> Array:
    """The places of the largest, in the order in which they stand; all when they are few."""
    if len(values) <= ACTIONS:
        return np.arange(len(values))
    return np.sort(np.argsort(-values, kind="stable")[: ACTIONS - 1])
