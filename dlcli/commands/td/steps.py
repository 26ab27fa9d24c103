"""A line for each of the first updates, of values or of actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.td.protocol import Work
from dlcli.tensor import Array
from dlcli.views.story import Section
from dlcli.views.tables.sums import Summands
from dlcli.views.text.text import clip, plain
from dlcli.words.number import number

if TYPE_CHECKING:
    from dlcli.engines.decisions.learning.td import Updates

NAME = 16


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
    happened, traces, _ = work.traced(count)
    first, t = work.first, happened.step
    world, method = work.world, work.methods[0]
    columns: dict[str, Array] = {"r": first.reward[t], "target": happened.target, "δ": happened.delta}
    if method.alpha is None:
        columns["α"] = happened.alpha
    if traces is not None:
        columns["trace"] = happened.trace
    columns |= {"V(s)": happened.before, "new V(s)": happened.after}
    table = steps_table(
        first.episode[t].tolist(),
        [world.states[s] for s in first.state[t]],
        [world.actions[a] for a in first.action[t]],
        [world.states[s] for s in first.next[t]],
        columns,
        precision,
    )
    return table if traces is None else Group(table, _others(work, happened, traces, precision))


def _others(work: Work, happened: Updates, traces: Array, precision: int) -> Text:
    """What the lines do not show: that TD(λ) moves earlier states as well, how many and how far."""
    told = "Each update moves the earlier states of its episode as well, by α · δ · their trace"
    moves = (happened.alpha * happened.delta)[:, None] * traces  # (N, S)
    moves[np.arange(len(moves)), work.first.state[happened.step]] = 0.0
    if not moves.any():
        return Text(f"{told}; none of these did.", style="dim")
    most = int((moves != 0).sum(axis=1).max())
    update, state = divmod(int(np.abs(moves).argmax()), moves.shape[1])
    name, far = clip(work.world.states[state], NAME), number(moves[update, state], precision)
    return plain(f"{told}: here up to {most} of them, farthest V({name}) by {far} in update {update}.", "dim")


def steps_table(
    episodes: Sequence[int],
    states: Sequence[str],
    actions: Sequence[str],
    follow: Sequence[str],
    numbers: dict[str, Array],
    precision: int,
    more: Mapping[str, Sequence[str]] | None = None,
) -> Summands:
    """Steps below each other, the number of an episode where it begins; ``more`` names come last."""
    begins = [i == 0 or episodes[i] != episodes[i - 1] for i in range(len(episodes))]
    names = {
        "episode": [str(e) if begin else "" for e, begin in zip(episodes, begins, strict=True)],
        "s": states,
        "a": actions,
        "s'": follow,
        **(more or {}),
    }
    return Summands(names, numbers, precision=precision)


def step_words(state: str, action: str, reward: float, follow: str) -> str:
    """One step in words.

    >>> step_words("C", "left", -1.0, "B")
    'in C came left, paid −1 and led to B'
    """
    state, action, follow = (clip(name, NAME) for name in (state, action, follow))
    return f"in {state} came {action}, paid {number(reward)} and led to {follow}"
