"""The story of a world: what can happen in it, what its states are worth, where to go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import numpy as np
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.errors import WrongUsage
from dlcli.tensor import Array, Axis
from dlcli.views.chart import LineChart
from dlcli.views.command_line import CommandLine
from dlcli.views.formula import Formula
from dlcli.views.number import MINUS, number
from dlcli.views.story import Section, Story
from dlcli.views.summands import Summands
from dlcli.views.text import clip, plain
from dlcli.views.world_map import drawing, facts, listing, outcomes

if TYPE_CHECKING:
    from dlcli.engines.mdp import Terms
    from dlcli.worlds.world import World

NAME = 24
TERMS = 32  # summands that are listed; of more, the largest
WRITTEN = 8  # that are written out in one equation
NOTICED = 3
CHART = 8  # rows of the chart


class Sampled(Protocol):
    """What episodes were worth that were lived through."""

    @property
    def returns(self) -> Array: ...
    @property
    def cut(self) -> int: ...
    @property
    def seed(self) -> int: ...


class Work(Protocol):
    """What the command hands over."""

    @property
    def world(self) -> World: ...
    @property
    def policy_word(self) -> str: ...
    @property
    def optimal(self) -> bool: ...
    @property
    def gamma(self) -> float: ...
    @property
    def policy(self) -> Array: ...
    @property
    def values(self) -> Array: ...
    @property
    def q(self) -> Array: ...
    @property
    def best(self) -> Array: ...
    @property
    def sweep_count(self) -> int | None: ...
    @property
    def in_place(self) -> bool: ...
    @property
    def before(self) -> Array | None: ...
    @property
    def rounds(self) -> int | None: ...
    @property
    def sampled(self) -> Sampled | None: ...
    @property
    def exact(self) -> Array | None: ...
    @property
    def improved(self) -> Array | None: ...

    def worth(self, values: Array) -> float:
        """What an episode is worth, as it begins."""

    def terms(self, state: int) -> Terms:
        """The right side of the Bellman equation of a state."""


def story(work: Work, *, precision: int = 4) -> Story:
    """The world, the Bellman equation, what actions lead to, the values, and what to notice."""
    title, tree = outcomes(work.world, precision)
    sections = [
        Section("input", "World", _world(work)),
        _formula(work, precision),
        Section("parameters", "Outcomes", title, tree),
        Section("result", "Values", _how(work), _values(work, precision)),
        Section("result", "Start", _start(work, precision)),
        *_lived(work, precision),
        Section("method", "Method", _method(work, precision)),
        Section("notice", "Notice", Text(" ".join([*_notices(work, precision)][:NOTICED]))),
        Section("next", "Try next", body=CommandLine(_next(work))),
    ]
    return Story(tuple(sections))


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The Bellman equation of one state with its numbers filled in.

    Raises ``WrongUsage`` when there is no such state.
    """
    state = _state(work, cell)
    world, terms = work.world, work.terms(state)
    name = clip(world.states[state], NAME)
    value = number(work.values[state], precision)
    head = [Section("input", "World", _world(work)), _formula(work, precision)]
    if not terms.product.size:
        told = f"{name} is an end: nothing follows, v({name}) = 0"
        return Story((*head, Section("result", "Value", plain(told))))
    table = _table(work, terms, precision)
    sections = [
        *head,
        Section("arithmetic", "Arithmetic", plain(_product(work, name, precision), "dim"), table),
    ]
    sections.append(Section("arithmetic", "Equation", body=_equations(work, terms, name, value, precision)))
    sections.append(Section("result", "Value", plain(f"v({name}) = {value}{_after(work)}")))
    return Story(tuple(sections))


def _state(work: Work, cell: tuple[int, ...]) -> int:
    """The state that a cell of the values is."""
    if len(cell) != 1 or not 0 <= cell[0] < len(work.values):
        written = ",".join(map(str, cell))
        names = ", ".join(clip(state, NAME) for state in work.world.states[:8])
        more = f" … ({len(work.values)} in all)" if len(work.values) > 8 else ""
        raise WrongUsage(f"--explain {written} is no state: give its name or number, such as {names}{more}")
    return cell[0]


def _world(work: Work) -> Text:
    source = str(work.world.attrs.get("source", work.world.name))
    name = f"{work.world.name} from standard input" if source == "-" else source
    return plain(f"{clip(name, 40)}, {facts(work.world)}")


def _policy_name(work: Work) -> str:
    if work.policy_word in ("random", "greedy", "optimal"):
        return f"the {work.policy_word} policy"
    return f"the policy in {clip(work.policy_word, 40)}"


def _formula(work: Work, precision: int) -> Section:
    """The equation that the values satisfy, or that a sweep applies, with the discount of this run."""
    gamma = number(work.gamma, precision)
    sides = (
        ("v*(s)", "max Σ p · (r + γ · v*(s'))")
        if work.optimal
        else ("v(s)", "Σ π(a|s) Σ p · (r + γ · v(s'))")
    )
    name, side = sides
    if work.sweep_count is not None:
        name = "new v(s)"
        side = side.replace("v*", "v")
    under = f"γ = {gamma}" if work.optimal else f"γ = {gamma}, π is {_policy_name(work)}"
    return Section("formula", "Bellman equation", plain(under, "dim"), Formula(name, side))


def _values(work: Work, precision: int) -> RenderableType:
    grid = drawing(work.world, work.values, work.best, precision)
    if grid is not None:
        return grid
    return listing(work.world, work.values, work.q, work.best, precision)


def _how(work: Work) -> Text:
    """What is drawn."""
    if work.world.layout is None:
        return Text("▸ the best actions by these values", style="dim")
    what = "optimal" if work.optimal and work.sweep_count is None else "best by these values"
    return Text(f"arrows: actions that are {what}", style="dim")


def _start(work: Work, precision: int) -> Text:
    where = np.flatnonzero(work.world.transitions.start)
    place = "where they begin, on average"
    if len(where) == 1:
        place = f"at {clip(work.world.states[where[0]], NAME)}"
    return plain(f"episodes are worth {number(work.worth(work.values), precision)} {place}")


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
        words += f"; {work.sampled.cut} of them were cut short by the step limit"
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
        equations = f"one linear equation for each of {unknown} states"
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


def _after(work: Work) -> str:
    if work.sweep_count is None:
        return ""
    return f" after {work.sweep_count} sweep{'s' * (work.sweep_count != 1)}"


def _notices(work: Work, precision: int) -> Iterator[str]:
    """What holds for this run, the most telling first."""
    if work.sweep_count is not None:
        if work.sweep_count == 0:
            yield "Before the first sweep every value is 0."
        elif work.in_place:
            yield "In place a sweep can carry a reward over many states at once, in the order of the states."
        else:
            steps = f"{work.sweep_count} step{'s' * (work.sweep_count != 1)}"
            yield f"Each sweep carries rewards one step further: these values know what comes within {steps}."
    if work.optimal:
        if (work.best.sum(axis=1) > 1).any():
            yield "Where several actions are marked they are equally good."
    elif (work.policy > 0).any() and not (work.policy[~work.best] > 0).any() and work.sweep_count is None:
        yield "No action is better than what the policy does: it is optimal."
    elif work.improved is not None:
        better, now = (number(work.worth(v), precision) for v in (work.improved, work.values))
        marked = "arrows" if work.world.layout is not None else "marked actions"
        yield f"Whoever follows the {marked} earns {better} from the start, not {now}: policy improvement."
    if work.gamma == 1:
        yield "Nothing is discounted: a reward counts the same whenever it comes."
    elif work.gamma > 0:
        tenth = number(work.gamma**10, precision)
        yield f"With γ = {number(work.gamma, precision)} a reward ten steps later counts {tenth} of one now."
    else:
        yield "With γ = 0 only the next reward counts."


def _product(work: Work, name: str, precision: int) -> str:
    """What the products of the table are made of."""
    later = "v(s')" if work.gamma == 1 else f"{number(work.gamma, precision)}·v(s')"
    return f"state {name}: {'' if work.optimal else 'π·'}p·(r + {later})"


def _table(work: Work, terms: Terms, precision: int) -> RenderableType:
    """A line for each outcome with its factors and its product, and their sum."""
    world, optimal = work.world, work.optimal
    totals: list[tuple[str, float]] = []
    shown = np.arange(len(terms.product))
    if len(shown) > TERMS:
        shown = np.sort(np.argsort(-np.abs(terms.product), kind="stable")[:TERMS])
    products = terms.product[shown]
    if len(shown) < len(terms.product):
        rest = terms.product.sum() - products.sum()
        totals.append((f"{len(terms.product) - len(shown)} others", rest))
    if not optimal:
        totals.append(("sum", terms.product.sum()))
    columns = {
        "p": terms.probability[shown],
        "r": terms.reward[shown],
        "v(s')": terms.value[shown],
    }
    if not optimal:
        columns = {"π(a|s)": terms.chosen[shown], **columns}
    columns["product"] = products
    names = {
        "action": [world.actions[a] for a in terms.action[shown]],
        "s'": [world.states[s] for s in terms.next[shown]],
    }
    return Summands(names, columns, totals, precision=precision)


def _equations(work: Work, terms: Terms, name: str, value: str, precision: int) -> RenderableType:
    """The equation with every number in it; for the optimum one for each action, and the largest of them.

    Of too many summands only their sum is written.
    """
    if not work.optimal:
        return Formula(f"v({name})", *_filled(work, terms, slice(None), precision), value)
    taken = np.unique(terms.action).tolist()
    names = [f"q({name}, {clip(work.world.actions[a], NAME)})" for a in taken] + [f"v*({name})"]
    wide = max(map(cell_len, names))
    sums = [number(terms.product[terms.action == a].sum(), precision) for a in taken]
    lines = [
        Formula(names[i], *_filled(work, terms, terms.action == a, precision), sums[i], name_width=wide)
        for i, a in enumerate(taken)
    ]
    return Group(*lines, Formula(names[-1], f"max q({name}, a)", value, name_width=wide))


def _filled(work: Work, terms: Terms, which: Array | slice, precision: int) -> list[str]:
    """The right side with its numbers, or nothing when it is too long."""
    factors = [part[which] for part in (terms.chosen, terms.probability, terms.reward, terms.value)]
    if len(factors[0]) > WRITTEN:
        return []
    gamma = "" if work.gamma == 1 else f"{number(work.gamma, precision)}·"
    words = []
    for chosen, probability, reward, value in zip(*factors, strict=True):
        before = "·".join(number(x, precision) for x in (chosen, probability) if x != 1)
        sign = MINUS if value < 0 else "+"
        inner = f"{number(reward, precision)} {sign} {gamma}{number(abs(value), precision)}"
        words.append(f"{before}·({inner})" if before else inner)
    return [" + ".join(words)]


def _next(work: Work) -> list[str]:
    """The optimum, the equation of a state, more sweeps: what comes after this."""
    source = str(work.world.attrs.get("source", "-"))
    if source == "-":
        return ["dlcli", "mdp", "gridworld:4x4"]
    words = ["dlcli", "mdp", f"./{source}" if source.startswith("-") else source]
    if work.gamma != work.world.gamma:
        words += ["--gamma", repr(work.gamma)]
    state = work.world.states[int(np.argmax(work.world.transitions.start))]
    if work.sweep_count is not None:
        words += ["--optimal"] * work.optimal
        if not work.in_place and work.sweep_count:
            return [*words, "--sweeps", str(work.sweep_count), "--in-place"]
        return [*words, "--sweeps", str(max(1, 10 * work.sweep_count))]
    if work.optimal:
        return [*words, "--optimal", "--explain", state]
    if work.policy_word == "random":
        return [*words, "--optimal"]
    return [*words, "--explain", state]
