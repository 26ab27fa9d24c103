"""How actions are learnt from more than one step: the rules, and one update with every term of its target."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlcli.commands.kinds.decisions.world_story import world_words
from dlcli.commands.td.explain_control import choice_section, updates
from dlcli.commands.td.record import LearntActions
from dlcli.commands.td.updates import NAME, discounted, ends_of, falling_step, happened, update_of
from dlcli.engines.decisions.learning.agents import Update
from dlcli.engines.decisions.learning.control_replay import Rule
from dlcli.engines.decisions.learning.long_replay import LongReplay
from dlcli.views.story import Section, Story
from dlcli.views.tables.sums import Summands, largest, sum_of_others
from dlcli.views.text.formula import bracketed, formulas
from dlcli.views.text.text import clip, plain
from dlcli.words.number import MINUS, number, setting

TERMS = 12  # rewards of a target, and pairs with a trace, that are listed

RAISED, LOWERED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"), str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

#: The return of a whole episode, and the move of a value to a target.
RETURN = "R₁ + γ·R₂ + γ²·R₃ + …"
MOVED = f"Q(s, a) + α · [G {MINUS} Q(s, a)]"


def rows_of(rule: Rule) -> list[tuple[str, list[str]]]:
    """The formulas of a rule, its numbers filled in."""
    told, name = rule.settings, rule.name
    if name == "n-step-sarsa":
        n = told.n
        low = str(n).translate(LOWERED)
        rewards = ["R₁", "γ·R₂", "γ²·R₃"][:n] if n < 4 else ["R₁", "γ·R₂", "…", f"γ{_raised(n - 1)}·R{low}"]
        target = " + ".join([*rewards, f"γ{_raised(n)}·Q(s{low}, a{low})"])
        return [("G", [target]), ("new Q(s, a)", [MOVED])]
    if name == "sarsa-lambda":
        rise = "E(s, a) + 1" if told.traces == "accumulating" else "1"
        return [
            ("δ", [f"r + γ · Q(s', next action) {MINUS} Q(s, a)"]),
            ("E(s, a)", [rise]),
            ("each Q", ["Q + α · δ · E"]),
            ("then each E", [f"γ · {setting(told.decay)} · E"]),
        ]
    if name == "mc":
        return [("G", [RETURN]), ("new Q(s, a)", [MOVED])]
    if name == "off-policy-mc":
        return [
            ("G", [RETURN]),
            ("W", ["Π 1/b(a|s) of later steps"]),
            ("C", ["Σ W of the pair"]),
            ("new Q(s, a)", [f"Q(s, a) + W / C · [G {MINUS} Q(s, a)]"]),
        ]
    if name == "dyna-q":
        return [
            ("new Q(s, a)", [f"Q(s, a) + α · [r + γ · max Q(s', a) {MINUS} Q(s, a)]"]),
            ("planning", [f"{told.planning} known steps as well"]),
        ]
    return [
        ("δ", [f"r {MINUS} R̄ + Q(s', next action) {MINUS} Q(s, a)"]),
        ("new R̄", [f"R̄ + {setting(told.beta)} · δ"]),
        ("new Q(s, a)", ["Q(s, a) + α · δ"]),
    ]


def _raised(n: int) -> str:
    """An exponent, nothing for 1.

    >>> _raised(12), _raised(1)
    ('¹²', '')
    """
    return "" if n == 1 else str(n).translate(RAISED)


def explain(work: LearntActions, cell: tuple[int, ...], formula: Section, *, precision: int = 4) -> Story:
    """One update in full: how the action was chosen, what the target is made of, what moved.

    Raises ``WrongUsage`` when there was no such update.
    """
    assert isinstance(work.replay, LongReplay)
    i = update_of(cell, work.replay.count)
    steps = work.replay.steps(i + 1)
    step, world = steps[i], work.world
    name = f"Q({clip(world.states[step.state], NAME)}, {clip(world.actions[step.action], NAME)})"
    told = happened(work, i, step.state, step.action, step.reward, step.next)
    if step.planned:
        told = f"out of the model, where it stands since {told}"
    before, after = (number(x, precision) for x in (step.before, step.after))
    return Story(
        Section("input", "World", world_words(world)),
        formula,
        *updates(work, precision),
        *([choice_section(work, steps, precision)] if step.values and not step.planned else ()),
        *_terms(work, step, precision),
        Section(
            "arithmetic", f"Update {i}", plain(told, "dim"), formulas(_rows(work, step, name, precision))
        ),
        *_reached(work, step, precision),
        Section("result", "Value", plain(f"{name} goes from {before} to {after}")),
    )


def _terms(work: LearntActions, step: Update, precision: int) -> Iterator[Section]:
    """γᵏ · R of each reward in the target and γⁿ · Q behind them, where there is more than one of them."""
    if len(step.rewards) < 2:
        return
    rewards = np.array(step.rewards)
    powers = work.gamma ** np.arange(len(rewards))
    shown, left = ends_of(len(rewards), TERMS)
    products = powers * rewards
    totals = []
    if left.size:
        totals.append((f"{left.size} between", float(products[left].sum())))
    if step.tail is not None:
        value = step.tail[2]
        totals.append((f"γ{_raised(len(rewards))}·Q", work.gamma ** len(rewards) * value))
    totals.append(("G", step.target))
    names = {"step": [str(step.time + int(k)) for k in shown]}
    columns = {"γ^k": powers[shown], "R": rewards[shown], "γ^k·R": products[shown]}
    yield Section("arithmetic", "Target", body=Summands(names, columns, totals, precision=precision))


def _rows(work: LearntActions, step: Update, name: str, precision: int) -> list[tuple[str, list[str]]]:
    """The target, the error and the new value, with their numbers."""
    rule = work.methods[0]
    target, delta, alpha, before, after, reward = (
        number(x, precision)
        for x in (step.target, step.delta, step.alpha, step.before, step.after, step.reward)
    )
    rows: list[tuple[str, list[str]]] = []
    if rule.name == "off-policy-mc" and step.weight is not None and step.total is not None:
        weight, total = number(step.weight, precision), number(step.total, precision)
        rows += [("G", [target]), ("W", [weight]), ("C", [total]), ("W / C", [f"{weight} / {total}", alpha])]
    elif rule.name == "differential-sarsa" and step.average is not None:
        later = bracketed(number(0.0 if step.tail is None else step.tail[2], precision))
        average = bracketed(number(step.average, precision))
        rows.append(("target", [f"r {MINUS} R̄ + Q(s', a')", f"{reward} {MINUS} {average} + {later}", target]))
        beta = setting(rule.settings.beta, precision)
        new = number(step.average + rule.settings.beta * step.delta, precision)
        rows.append(("new R̄", [f"{average} + {beta}·{bracketed(delta)}", new]))
    elif rule.name in ("sarsa-lambda", "dyna-q"):
        later = number(_later(step, work.gamma), precision)
        ahead = "Q(s', a')" if rule.name == "sarsa-lambda" else "max Q(s', a)"
        added = f"{reward} + {discounted(later, work.gamma, precision)}"
        rows.append(("target", [f"r + γ · {ahead}", added, target]))
    else:
        rows.append(("G", [target]))
    rows.append(("δ", [f"target {MINUS} {name}", f"{target} {MINUS} {bracketed(before)}", delta]))
    if rule.name != "off-policy-mc":
        rows += falling_step(rule.alpha, step.alpha, precision)
    if not step.traces:
        rows.append((f"new {name}", [f"{before} + {alpha}·{bracketed(delta)}", after]))
    return rows


def _later(step: Update, gamma: float) -> float:
    """What the next state was taken to be worth: the target less the reward, without its discount."""
    return (step.target - step.reward) / gamma if gamma else 0.0


def _reached(work: LearntActions, step: Update, precision: int) -> Iterator[Section]:
    """The pairs that an error reached by their traces, the largest of many."""
    if not step.traces:
        return
    traces = np.array([trace for *_, trace in step.traces])
    moved = step.alpha * step.delta * traces
    shown = largest(traces, TERMS)
    totals = []
    if len(shown) < len(traces):
        totals.append((f"{len(traces) - len(shown)} others", sum_of_others(moved, shown)))
    world = work.world
    names = {
        "s": [world.states[step.traces[k][0]] for k in shown],
        "a": [world.actions[step.traces[k][1]] for k in shown],
    }
    columns = {"E(s, a)": traces[shown], "α·δ·E": moved[shown]}
    told = f"δ moves {len(traces)} pair{'s' * (len(traces) != 1)}, each by α·δ times its trace"
    table = Summands(names, columns, totals, precision=precision)
    yield Section("arithmetic", "Traces", plain(told, "dim"), table)
