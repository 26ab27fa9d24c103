"""How values are learnt: the rule, and one update in full: its target term by term, the error, the value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.kinds.decisions.world_story import policy_words, world_words
from dlcli.commands.td.record import LearntValues, method_name
from dlcli.commands.td.updates import (
    NAME,
    discounted,
    ends_of,
    falling_step,
    happened,
    step_sizes,
    update_of,
    updates_section,
)
from dlcli.engines.decisions.learning.prediction import Method
from dlcli.engines.decisions.learning.replay import Replayed
from dlcli.errors import WrongUsage
from dlcli.tensor import Array
from dlcli.views.story import Section, Story
from dlcli.views.tables.sums import Summands
from dlcli.views.tables.table import FactsTable, with_rest
from dlcli.views.text.formula import bracketed, formulas
from dlcli.views.text.gaps import answer, given
from dlcli.views.text.text import clip, plain, visible
from dlcli.words.number import MINUS, number, setting

LOOKED = 2000  # updates in which the first that moved a value is looked for
TERMS = 12  # rewards of a target that are listed
TRACED = 12  # states with a trace that are listed
LEAST = 1e-6  # a trace below this counts for nothing


def formula(work: LearntValues, precision: int) -> Section:
    """The update rule of each method, with the discount and the step sizes of this run."""
    method = work.methods[0]
    told = [f"γ = {setting(work.gamma, precision)}", f"π is {policy_words(work.options.policy)}"]
    more = []
    if method.batch:
        more = [Text("all updates of all episodes so far, again and again, until nothing moves", style="dim")]
    elif method.off_policy:
        told.append("b, which is followed, is the random policy")
    else:
        told.insert(0, step_sizes(work))
    rows = dict.fromkeys(row for one in work.methods for row in _rule(one))
    same = len({replace(one, alpha=None) for one in work.methods}) == 1
    label = method_name(method) if same else "Updates of values"
    body = formulas([(name, [side]) for name, side in rows], *more)
    return Section("formula", label, plain(", ".join(told), "dim"), body)


def course_notes(work: LearntValues) -> Iterator[Section]:
    """The course's name of δ, and the discount that its notes leave out, where an update is made of δ."""
    if any(one.name == "lambda" or (one.name in ("td0", "n-step") and one.n == 1) for one in work.methods):
        said = "RPE, the reward prediction error, is δ = r + γ · V(s') − V(s); V(S_t) + δ_t is the target."
        if work.gamma != 1:
            said += f" Written without γ they are right only where γ is 1; here γ = {setting(work.gamma)}."
        yield Section("formula", "Course notes", Text(said, style="dim"))


def _rule(method: Method) -> Iterator[tuple[str, str]]:
    n = method.n
    if method.name == "mc":
        yield "G", "r + γ·r' + γ²·r'' + … to the end"
    if method.off_policy:
        yield "ρ", "Π π(a|s) / b(a|s) to the end"
        if method.off_policy == "ordinary":
            yield "ordinary V(s)", f"V(s) + 1/n · [ρ·G {MINUS} V(s)]"
        else:
            yield "weighted V(s)", f"V(s) + ρ / Σρ · [G {MINUS} V(s)]"
    elif method.name == "mc":
        yield "new V(s)", f"V(s) + α · [G {MINUS} V(s)]"
    elif method.name == "n-step" and n > 1:
        yield f"G of {n}", f"r + γ·r' + … + γ^{n} · V(s after {n} steps)"
        yield "new V(s)", f"V(s) + α · [G of {n} {MINUS} V(s)]"
    elif method.name == "lambda":
        yield "δ", f"r + γ · V(s') {MINUS} V(s)"
        yield "trace of s", "1" if method.traces == "replacing" else "γ · λ · trace + 1"
        yield "others", "γ · λ · trace"
        yield "new V", "V + α · δ · trace"
    else:
        yield "new V(s)", f"V(s) + α · [r + γ · V(s') {MINUS} V(s)]"


def updates(work: LearntValues, precision: int) -> Iterator[Section]:
    """A line for each of the first updates, where these were asked for."""
    if work.options.trace is None:
        return
    left = work.replay.upto(min(work.options.trace, work.replay.count))
    columns = work.replay.columns(left.updates)
    others = [] if left.traces is None else [_others(work, left, columns["state"], precision)]
    yield updates_section(work, columns, "V(s)", "new V(s)", precision, *others)


def _others(work: LearntValues, left: Replayed, states: Array, precision: int) -> Text:
    """What the lines do not show: that TD(λ) moves earlier states as well, how many and how far."""
    told = "Each update moves the earlier states of its episode as well, by α · δ · their trace"
    assert left.traces is not None
    moves = (left.updates.alpha * left.updates.delta)[:, None] * left.traces  # (N, S)
    moves[np.arange(len(moves)), states] = 0.0
    if not moves.any():
        return Text(f"{told}; none of these did.", style="dim")
    most = int((moves != 0).sum(axis=1).max())
    update, state = divmod(int(np.abs(moves).argmax()), moves.shape[1])
    name, far = clip(work.world.states[state], NAME), number(moves[update, state], precision)
    return plain(f"{told}: here up to {most} of them, farthest V({name}) by {far} in update {update}.", "dim")


def first_move(work: LearntValues, precision: int) -> Iterator[Section]:
    """The first update that moved a value, with all its numbers; nothing when none of the first ones did."""
    looked = work.replay.upto(min(LOOKED, work.replay.count), keep=0).updates
    moved = np.flatnonzero(looked.delta != 0)
    if moved.size:
        i = int(moved[0])
        left = work.replay.upto(i + 1, keep=2)
        body = _filled(work, i, left, precision)
        yield _before(work, i, left, precision)
        yield Section(
            "arithmetic", "First news", given(visible(f"update {i}: {_what(work, i)}"), "dim"), body
        )


def explain(work: LearntValues, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """One update in full: what happened, the target's terms, the error, the value.

    Raises ``WrongUsage`` when there was no such update.
    """
    if work.methods[0].batch:
        raise WrongUsage("--explain shows a single update; --batch adds all of them up")
    i = update_of(cell, work.replay.count)
    left = work.replay.upto(i + 1, keep=2)
    update, name = left.updates, clip(work.world.states[int(work.replay.plan.state[i])], NAME)
    delta = update.delta[i]
    better = "better than" if delta > 0 else "worse than" if delta < 0 else "as"
    before, after = number(update.before[i], precision), number(update.after[i], precision)
    move = visible(f"V({name}) goes from {before} to {after}: ")
    told, body = given(visible(_what(work, i)), "dim"), _filled(work, i, left, precision)
    return Story(
        Section("input", "World", world_words(work.world)),
        formula(work, precision),
        *updates(work, precision),
        _before(work, i, left, precision),
        Section("arithmetic", f"Update {i}", told, body),
        *_ratios(work, i, precision),
        *_terms(work, i, float(update.ahead[i]), _return_of(work, i, float(update.target[i])), precision),
        *_traces(work, i, left, precision),
        Section("result", "Value", Text(move).append_text(answer(f"it went {better} expected"))),
    )


def _before(work: LearntValues, i: int, left: Replayed, precision: int) -> Section:
    """The values as they were before an update: a worksheet has to say them."""
    states, plan = work.world.states, work.replay.plan
    rows = {states[int(plan.state[i])]: left.updates.before[i]}
    if work.methods[0].name != "mc":
        rows |= {states[int(plan.follower[i])]: left.updates.ahead[i]}
    facts = [(f"V({clip(name, NAME)})", number(value, precision)) for name, value in rows.items()]
    return Section("parameters", "Before the update", body=FactsTable(facts), detail=True, sheet=True)


def _what(work: LearntValues, i: int) -> str:
    t, seen = int(work.replay.plan.step[i]), work.replay.episodes
    return happened(work, i, seen.state[t], seen.action[t], seen.reward[t], seen.next[t])


def _filled(work: LearntValues, i: int, left: Replayed, precision: int) -> RenderableType:
    method, plan, gamma = work.methods[0], work.replay.plan, work.gamma
    target, delta, alpha, before, after, ahead = (
        number(getattr(left.updates, name)[i], precision)
        for name in ("target", "delta", "alpha", "before", "after", "ahead")
    )
    name = clip(work.world.states[int(plan.state[i])], NAME)
    follow = clip(work.world.states[int(plan.follower[i])], NAME)
    if method.name in ("td0", "lambda") or (method.name == "n-step" and method.n == 1):
        reward = number(work.replay.episodes.reward[int(plan.step[i])], precision)
        sides = [f"r + γ·V({follow})", f"{reward} + {discounted(ahead, gamma, precision)}", target]
    elif method.name == "n-step" and not work.world.transitions.terminal[plan.follower[i]]:
        steps = _reach(work, i)
        rewards = number(plan.reward[i], precision)
        later = discounted(ahead, float(plan.discount[i]), precision)
        sides = [f"G of {method.n}", f"Σ γ^k·r + γ^{steps}·V({follow})", f"{rewards} + {later}", target]
    else:
        sides = ["G" if method.name == "mc" else f"G of {method.n}", "Σ γ^k·r", target]
    weighed = _weighed(work, i, target, precision) if method.off_policy else []
    rows = [
        *(weighed or [("target", sides)]),
        ("δ", [f"target {MINUS} V({name})", f"{target} {MINUS} {bracketed(before)}", delta]),
        *(
            falling_step(method.alpha, float(left.updates.alpha[i]), precision)
            if method.off_policy != "weighted"
            else ()
        ),
    ]
    moved = f"{before} + {alpha}·{bracketed(delta)}"
    if left.traces is not None:
        trace = number(left.updates.trace[i], precision)
        risen = [trace]
        if method.traces != "replacing":
            old = _old_traces(work, i, left.traces)[int(plan.state[i])]
            factors = "·".join(
                (setting(gamma, precision), setting(method.decay, precision), number(old, precision))
            )
            risen = ["γ·λ·old trace + 1", f"{factors} + 1", trace]
        rows.append((f"trace of {name}", risen))
        moved += f"·{trace}"
    rows.append((f"new V({name})", [moved, after]))
    return formulas(rows)


def _return_of(work: LearntValues, i: int, target: float) -> float:
    """The return behind an update: its target, unless that is weighted."""
    if not work.methods[0].off_policy:
        return target
    found: float = work.replay.episodes.returns(work.gamma)[work.replay.plan.step[i]]
    return found


def _weighed(work: LearntValues, i: int, target: str, precision: int) -> list[tuple[str, list[str]]]:
    """The return, its weight ρ, and what the two make of a target, or of a step size."""
    plan, method = work.replay.plan, work.methods[0]
    assert plan.weights is not None
    weight = number(plan.weights[i], precision)
    back = number(_return_of(work, i, 0.0), precision)
    rows = [("ρ", ["Π π(a|s) / b(a|s)", weight]), ("G", ["Σ γ^k·r", back])]
    if method.off_policy == "ordinary":
        return [*rows, ("target", ["ρ·G", f"{weight}·{bracketed(back)}", target])]
    before = plan.weights[:i][plan.state[:i] == plan.state[i]].sum()
    total = before + plan.weights[i]
    sums = [f"{number(before, precision)} + {weight}", number(total, precision)]
    step = ["ρ / Σρ", f"{weight} / {sums[-1]}", number(plan.weights[i] / total, precision)]
    if not total:  # no weight yet: nothing moves
        step = ["0"]
    return [*rows, ("target", ["G", target]), ("Σρ", ["before + ρ", *sums]), ("α", step)]


def _ratios(work: LearntValues, i: int, precision: int) -> Iterator[Section]:
    """π(a|s) / b(a|s) of each step from an update's to the end of its episode, whose product is ρ."""
    if work.policies is None:
        return
    seen, plan, world = work.replay.episodes, work.replay.plan, work.world
    assert plan.weights is not None
    t, steps = int(plan.step[i]), _reach(work, i)
    shown, left = ends_of(steps, TERMS)
    at = seen.state[t : t + steps], seen.action[t : t + steps]
    target, behaviour = (policy[at] for policy in work.policies)
    ratio = target / behaviour
    names = {"s": [world.states[s] for s in at[0][shown]], "a": [world.actions[a] for a in at[1][shown]]}
    columns = {"π(a|s)": target[shown], "b(a|s)": behaviour[shown], "π / b": ratio[shown]}
    totals = [(f"Π of {left.size} between", float(ratio[left].prod()))] if left.size else []
    totals.append(("ρ, the product", float(plan.weights[i])))
    yield Section("arithmetic", "Ratio", body=Summands(names, columns, totals, precision=precision))


def _old_traces(work: LearntValues, i: int, traces: Array) -> Array:
    """The traces (S,) before the step of an update: none where its episode begins."""
    return np.zeros(traces.shape[1]) if work.replay.place(i)[1] == 0 else traces[-2]


def _terms(work: LearntValues, i: int, ahead: float, target: float, precision: int) -> Iterator[Section]:
    """The rewards of a target of several steps and the value behind them, each with its power of γ."""
    method, seen, plan = work.methods[0], work.replay.episodes, work.replay.plan
    if method.name not in ("mc", "n-step") or (method.name == "n-step" and method.n == 1):
        return
    t, steps = int(plan.step[i]), _reach(work, i)
    powers = np.cumprod(np.concatenate([[1.0], np.full(steps, work.gamma)]))
    factors = seen.reward[t : t + steps]
    shown, left_out = ends_of(steps, TERMS)
    names = [f"r after {clip(work.world.states[s], NAME)}" for s in seen.state[t + shown]]
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


def _reach(work: LearntValues, i: int) -> int:
    """How many rewards a target is made of: all that are left in the episode, of n steps at most n."""
    method, (episode, step) = work.methods[0], work.replay.place(i)
    left = int(work.replay.episodes.lengths[episode]) - step
    return left if method.name == "mc" else min(method.n, left)


def _traces(work: LearntValues, i: int, left: Replayed, precision: int) -> Iterator[Section]:
    """Every state that an error of TD(λ) reaches, by how much, and its value after that."""
    if left.traces is None:
        return
    trace, update, values = left.traces[-1], left.updates, left.values
    reached = np.argsort(-trace, kind="stable")[: int((trace > LEAST).sum())]
    moves = update.alpha[i] * trace * update.delta[i]
    shown = reached[:TRACED]
    columns = {
        "old trace": _old_traces(work, i, left.traces)[shown],
        "trace": trace[shown],
        "V": values[shown] - moves[shown],
        "α·δ·trace": moves[shown],
        "new V": values[shown],
    }
    told = f"{len(reached)} of them reach the error δ = {number(update.delta[i], precision)}"
    names = {"state": [work.world.states[s] for s in shown]}
    listed = Summands(names, columns, precision=precision)
    table = with_rest(listed, len(reached) - len(shown), "states, whose traces are smaller")
    yield Section("arithmetic", "Traces", Text(told, style="dim"), table)
