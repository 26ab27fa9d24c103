"""The story of function approximation: states, memory and error of table and weights in one table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.kinds.decisions.world_story import policy_words, world_words
from dlcli.commands.td.record import method_name
from dlcli.commands.td.record_approximate import BYTES, Approximated, Compared
from dlcli.commands.td.story import BAND, BANDS, ERRORS_TOO_LARGE, band, smallest
from dlcli.commands.td.updates import discounted, update_of
from dlcli.tensor import Axis
from dlcli.views.again import again
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.series import Series
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table, with_rest
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import bracketed, formulas
from dlcli.views.text.text import clip, plain
from dlcli.words.number import MINUS, Numbers, counted, number, setting

__all__ = ["explain", "story"]

STATES = 12  # listed; of more, some at equal distances
NAME = 20

#: Word of an approximation -> its formula, and where its step size comes from.
WORDS = {
    "tiles": ("v(s)", "Σ w of the tiles of s", "α / tilings"),
    "linear": ("v(s)", "Σ wᵢ · xᵢ(s)", "α / mean of Σ xᵢ²"),
    "mlp": ("v(s)", "net(position of s)", "Adam, learning rate α"),
}


def story(work: Approximated, *, precision: int = 4) -> Story:
    """The worlds, the rule, states against memory and error, the curves, values of a single world."""
    one = work.compared[0]
    alone = len(work.compared) == 1
    return Story(
        Section("input", "World", world_words(one.world))
        if alone
        else Section("input", "World", plain(", ".join(each.world.title for each in work.compared))),
        _formula(work, precision),
        Section("result", "States, memory, error", Text(_after(work), style="dim"), _sizes(work, precision)),
        *([_curve(work, one, precision), _values(one, precision)] if alone else [_by_states(work)]),
        Section("notice", "Notice", Text(" ".join(_notices(work)))),
        _next(work),
    )


def _after(work: Approximated) -> str:
    options = work.options
    mean = f", the mean of {options.runs} runs" if options.runs > 1 else ""
    return f"after {counted(options.episodes, 'episode')}{mean}"


def _formula(work: Approximated, precision: int) -> Section:
    words = work.compared[0].words[1:]
    rows = [("w", [f"w + step · [target {MINUS} v(s)] · ∇v(s)"])]
    for word in words:
        name, what, step = WORDS[word]
        label = f"{name}, {word}" if len(words) > 1 else name
        rows += [(label, [what]), (f"step, {word}" if len(words) > 1 else "step", [step])]
    method = method_name(work.options.methods[0])
    told = f"semi-gradient {method}, γ = {setting(work.gamma, precision)}"
    told += f", π is {policy_words(work.options.policy)}"
    return Section("formula", "Weights in place of a table", plain(told, "dim"), formulas(rows))


def _sizes(work: Approximated, precision: int) -> RenderableType:
    """A line for each world: its states, then numbers, bytes and error of every estimate."""
    names = work.compared[0].names
    heads, groups = ["world", "states"], ["", ""]
    for name in names:
        heads += ["numbers", "bytes", "RMS error"]
        groups += [name] * 3
    columns: list[list[str]] = [
        [clip(one.world.title, NAME) for one in work.compared],
        [str(one.sizes[0]) for one in work.compared],
    ]
    for place in range(len(names)):
        columns.append([str(one.sizes[place]) for one in work.compared])
        columns.append([str(one.sizes[place] * BYTES) for one in work.compared])
        ends = np.array([one.ends[place] for one in work.compared])
        columns.append([text.strip() for text in Numbers(ends, precision).texts.tolist()])
    rows = list(zip(*columns, strict=True))
    right = range(1, len(heads))
    return Table(heads, rows, right=right, whole=(0,), heads=range(len(heads)), groups=groups)


def _by_states(work: Approximated) -> Section:
    """The error at the end against the number of states."""
    states = np.array([one.sizes[0] for one in work.compared], np.float64)
    ends = np.stack([one.ends for one in work.compared])
    order = np.argsort(states, kind="stable")
    lines = [
        Series(name, ends[order, place], x=states[order]) for place, name in enumerate(work.compared[0].names)
    ]
    chart = LineChart(lines, Axis("states"), y="RMS error")
    return Section("result", "Error by states", Text("at the end", style="dim"), chart)


def _curve(work: Approximated, one: Compared, precision: int) -> Section:
    if one.rms is None:
        return Section("result", "RMS error", Text(f"no exact values: {one.why}"))
    banded = work.options.runs > 1 and len(one.names) <= BANDS
    lines = [
        Series(name, runs.mean(axis=0), band=band(runs) if banded else None)
        for name, runs in zip(one.names, one.rms, strict=True)
    ]
    told = f"band: {BAND[1] - BAND[0]} % of runs" if banded else ""
    chart = LineChart(lines, Axis("episode", start=0, step=1), y="RMS error")
    return Section("result", "RMS error", Text(told, style="dim") if told else None, chart)


def _values(one: Compared, precision: int) -> Section:
    inner = np.flatnonzero(~one.world.transitions.terminal)
    shown = inner
    if len(inner) > STATES:
        shown = inner[np.linspace(0, len(inner) - 1, STATES).round().astype(int)]
    heads = ["state", *one.names]
    columns = [values[shown] for values in one.values]
    if one.exact is not None:
        heads.append("exact")
        columns.append(one.exact[shown])
    texts = [Numbers(column, precision).texts.tolist() for column in columns]
    rows = [
        [clip(one.world.states[s], NAME), *(column[i] for column in texts)]
        for i, s in enumerate(shown.tolist())
    ]
    right = range(1, len(heads))
    listed = Table(heads, rows, right=right, whole=(0,), heads=range(len(heads)))
    rest = with_rest(listed, len(inner) - len(shown), "states between: --emit values -f csv")
    return Section("result", "Values", None, rest)


def _notices(work: Approximated) -> Iterator[str]:
    last = work.compared[-1]
    if not work.finite:
        yield "Values have become too large for any number: take a smaller --alpha."
        return
    fewer = [name for name, size in zip(last.names[1:], last.sizes[1:], strict=True) if size < last.sizes[0]]
    if fewer:
        yield (
            f"In {last.world.title} fewer numbers than states are learnt by {' and '.join(fewer)}: what is "
            "learnt in one state is known in its neighbours, too."
        )
    else:
        yield "Weights save memory only where there are more states than weights; try a larger world."
    if last.used is not None and last.used < (size := last.sizes[last.words.index("linear")]):
        yield f"Only {last.used} of the {size} groups have a state in them."
    if last.rms is not None and not np.isfinite(last.ends).all():
        yield ERRORS_TOO_LARGE
    elif last.rms is not None:
        which = smallest(last.ends)
        if len(which) > 1:
            names = " and ".join(last.names[i] if i else "The table" for i in which)
            yield f"{names} end with the same error there, the smallest."
        elif which[0]:
            yield f"{last.names[which[0]]} ends with the smallest error there."
        else:
            yield "The table ends with the smallest error there: it can tell every state from the others."


def _next(work: Approximated) -> Section:
    sizes = "random-walk" in work.world.name and len(work.compared) == 1
    if sizes:
        kept = [word for words in work.line.options if words[0] != "--explain" for word in words]
        return Section(
            "next", "Try next", body=CommandLine(["dlcli", "td", "random-walk:5,9,19,39,79", *kept])
        )
    return Section("next", "Try next", body=CommandLine(*again(work.line, work.world, "--explain", "0")))


def explain(work: Approximated, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """One update of the first approximation in the first run of the first world, in full.

    Raises ``WrongUsage`` when there was no such update.
    """
    one = work.compared[0]
    i = update_of(cell, one.updates)
    done = one.again(i)
    name, follow = (clip(one.world.states[s], NAME) for s in (done.state, done.follower))
    ahead, target, before, delta, after = (
        number(value, precision) for value in (done.ahead, done.target, done.before, done.delta, done.after)
    )
    reward = number(done.reward, precision)
    if one.world.transitions.terminal[done.follower] or not done.discount:
        sides = [reward if done.discount else "G", target]
    else:
        worth = discounted(ahead, done.discount, precision)
        sides = [f"r + γ·v({follow})", f"{reward} + {worth}", target]
    rows = [
        (f"v({name})", [before]),
        ("target", sides),
        ("δ", [f"target {MINUS} v({name})", f"{target} {MINUS} {bracketed(before)}", delta]),
        ("‖∇v‖", [number(done.steep, precision)]),
        (f"new v({name})", [after]),
    ]
    where = ", ".join(number(each, precision) for each in one.points[done.state].tolist())
    told = f"{one.names[1]}, run 1: in {name} (position {where}) came {reward}, then {follow}"
    return Story(
        Section("input", "World", world_words(one.world)),
        _formula(work, precision),
        Section("arithmetic", f"Update {i}", plain(told, "dim"), formulas(rows)),
        Section("result", "Value", plain(f"v({name}) goes from {before} to {after}")),
    )
