"""The Bellman equation: in general, and with the numbers of one state filled in."""

from __future__ import annotations

import numpy as np
from rich.console import RenderableType

from dlcli.commands.kinds.decisions.world_story import policy_words, world_words
from dlcli.commands.mdp.record import Work
from dlcli.engines.decisions.bellman import BellmanTerms
from dlcli.errors import WrongUsage
from dlcli.tensor import Array
from dlcli.views.page.cells import listed
from dlcli.views.story import Section, Story
from dlcli.views.tables.sums import Summands, largest, sum_of_others
from dlcli.views.text.formula import Formula, formulas
from dlcli.views.text.text import clip, plain
from dlcli.words.number import MINUS, counted, number, setting

NAME = 24
TERMS = 32  # summands that are listed; of more, the largest
WRITTEN = 8  # that are written out in one equation


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The Bellman equation of one state with its numbers filled in.

    Raises ``WrongUsage`` when there is no such state.
    """
    state = _state(work, cell)
    world, terms = work.world, work.terms(state)
    name = clip(world.states[state], NAME)
    value = number(work.values[state], precision)
    head = [Section("input", "World", world_words(work.world)), equation(work, precision)]
    if not terms.product.size:
        told = f"{name} is an end: nothing follows, v({name}) = 0"
        return Story(*head, Section("result", "Value", plain(told)))
    if work.sweep_count == 0:
        told = f"v({name}) = {value}: values begin at 0, and no sweep has been made"
        return Story(*head, Section("result", "Value", plain(told)))
    later = "v(s')" if work.gamma == 1 else f"{setting(work.gamma, precision)}·v(s')"
    reward = "r"
    if work.gain is not None:
        reward, later = f"r {MINUS} g", "h(s')"
    summand = f"state {name}: {'' if work.optimal else 'π·'}p·({reward} + {later})"
    after_it = listed("values", [(s,) for s in np.unique(terms.next)])
    count = work.sweep_count
    after = "" if count is None else f" after {counted(count, 'sweep')}"
    if work.plan is not None:
        after = f" with {counted(len(work.plan.q), 'step')} left"
    return Story(
        *head,
        Section("arithmetic", "Arithmetic", plain(summand, "dim"), _table(work, terms, precision), after_it),
        Section("arithmetic", "Equation", body=_equations(work, terms, name, value, precision)),
        Section("result", "Value", plain(f"{work.letter}({name}) = {value}{after}")),
    )


def equation(work: Work, precision: int) -> Section:
    """The equation that the values satisfy, or that a sweep applies, with the discount of this run."""
    if work.gain is not None:
        side = f"Σ p · (r {MINUS} g + h(s'))"
        side = f"max {side}" if work.optimal else f"Σ π(a|s) {side}"
        under = f"g = {number(work.gain, precision)}, the average reward of a step"
        under += "" if work.optimal else f", π is {policy_words(work.policy_word)}"
        return Section("formula", "Bellman equation", plain(under, "dim"), Formula("h(s)", side), found=True)
    name, side = "v(s)", "Σ π(a|s) Σ p · (r + γ · v(s'))"
    under = f"γ = {setting(work.gamma, precision)}"
    if work.optimal:
        name, side = "v*(s)", "max Σ p · (r + γ · v*(s'))"
    else:
        under += f", π is {policy_words(work.policy_word)}"
    if work.plan is not None:
        name, side = (
            "v(s), k steps left",
            side.replace("v*", "v").replace("v(s'))", f"v(s') with k {MINUS} 1 left)"),
        )
    elif work.sweep_count is not None:
        name, side = "new v(s)", side.replace("v*", "v")
    return Section("formula", "Bellman equation", plain(under, "dim"), Formula(name, side))


def _state(work: Work, cell: tuple[int, ...]) -> int:
    if len(cell) != 1 or not 0 <= cell[0] < len(work.values):
        written = ",".join(map(str, cell))
        names = ", ".join(clip(state, NAME) for state in work.world.states[:8])
        more = f" … ({len(work.values)} in all)" if len(work.values) > 8 else ""
        raise WrongUsage(f"--explain {written} is no state: give its name or number, such as {names}{more}")
    return cell[0]


def _table(work: Work, terms: BellmanTerms, precision: int) -> RenderableType:
    """A line for each outcome with its factors and its product, and their sum."""
    world = work.world
    totals: list[tuple[str, float]] = []
    shown = largest(terms.product, TERMS)
    if len(shown) < len(terms.product):
        rest = sum_of_others(terms.product, shown)
        totals.append((f"{len(terms.product) - len(shown)} others", rest))
    columns = {}
    if not work.optimal:
        totals.append(("sum", terms.product.sum()))
        columns["π(a|s)"] = terms.chosen[shown]
    reward = "r" if work.gain is None else f"r {MINUS} g"
    columns |= {"p": terms.probability[shown], reward: terms.reward[shown]}
    columns[f"{work.letter}(s')"] = terms.value[shown]
    columns["product"] = terms.product[shown]
    names = {
        "action": [world.actions[a] for a in terms.action[shown]],
        "s'": [world.states[s] for s in terms.next[shown]],
    }
    return Summands(names, columns, totals, given=True, precision=precision)


def _equations(work: Work, terms: BellmanTerms, name: str, value: str, precision: int) -> RenderableType:
    """The equation with every number in it; for the optimum one for each action, and the largest of them.

    Of too many summands only their sum is written.
    """
    new = "" if work.sweep_count is None or work.plan is not None else "new "
    letter = work.letter
    if not work.optimal:
        return Formula(f"{new}{letter}({name})", *_filled(work, terms, slice(None), precision), value)
    taken = np.unique(terms.action).tolist()
    rows = []
    for a in taken:
        which = terms.action == a
        total = number(terms.product[which].sum(), precision)
        sides = [*_filled(work, terms, which, precision), total]
        rows.append((f"q({name}, {clip(work.world.actions[a], NAME)})", sides))
    star = "" if new or letter == "h" or work.plan is not None else "*"
    last = f"{new}{letter}{star}({name})"
    return formulas([*rows, (last, [f"max q({name}, a)", value])])


def _filled(work: Work, terms: BellmanTerms, which: Array | slice, precision: int) -> list[str]:
    """The right side with its numbers, or nothing when it is too long."""
    factors = [part[which] for part in (terms.chosen, terms.probability, terms.reward, terms.value)]
    if len(factors[0]) > WRITTEN:
        return []
    gamma = "" if work.gamma == 1 else f"{setting(work.gamma, precision)}·"
    words = []
    for chosen, probability, reward, value in zip(*factors, strict=True):
        before = "·".join(number(x, precision) for x in (chosen, probability) if x != 1)
        sign = MINUS if value < 0 else "+"
        inner = f"{number(reward, precision)} {sign} {gamma}{number(abs(value), precision)}"
        words.append(f"{before}·({inner})" if before else inner)
    return [" + ".join(words)]
