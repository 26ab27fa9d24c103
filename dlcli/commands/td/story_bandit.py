"""The story of a bandit: what pulls paid, how often the best arm was pulled, by each way to explore."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.kinds.decisions.world_story import world_words
from dlcli.commands.td.explain_control import chosen_by, explain, exploring, updates
from dlcli.commands.td.record import LearntBandit
from dlcli.commands.td.story import next_line, smallest
from dlcli.commands.td.story_control import TENTH, curves_section, exploration_notices
from dlcli.commands.td.updates import step_sizes
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table
from dlcli.views.text.formula import formulas
from dlcli.views.text.text import plain
from dlcli.words.number import MINUS, number, percent

__all__ = ["explain", "story"]

NOTICED = 3


def story(work: LearntBandit, *, precision: int = 4) -> Story:
    """The bandit, the update, what pulls paid and how many were of the best arm, and a line for each way."""
    rows = [("new Q(a)", [f"Q(a) + α · [r {MINUS} Q(a)]"]), *chosen_by(work)]
    told = f"{step_sizes(work)}, {exploring(work, precision)}"
    right = work.right
    assert right is not None  # the arms of a bandit are known
    return Story(
        Section("input", "World", world_words(work.world)),
        Section("formula", "Updates of action values", plain(told, "dim"), formulas(rows)),
        *updates(work, precision),
        curves_section(work, "Rewards", work.returns, "reward", "pull"),
        _shares(work, 100 * right),
        Section("result", "Ways", Text(_pulls(work), style="dim"), _table(work, precision)),
        Section("notice", "Notice", Text(" ".join([*_notices(work, precision)][:NOTICED]))),
        _next(work),
    )


def _shares(work: LearntBandit, right: np.ndarray) -> Section:
    """The share of pulls of the best arm; of a single run each is 0 or 100 %, and has no band."""
    return curves_section(work, "Best arm", right.mean(axis=1, keepdims=True), "% of pulls", "pull", (0, 100))


def _pulls(work: LearntBandit) -> str:
    runs = work.options.runs
    return f"{work.options.episodes} pulls" + (f" in each of {runs} runs" if runs > 1 else "")


def _table(work: LearntBandit, precision: int) -> RenderableType:
    """For each way what its first and its last pulls paid, and how many of the last were of the best arm."""
    part = max(1, work.options.episodes // TENTH)
    rows = []
    for label, learnt in zip(work.labels, work.learnt, strict=True):
        ends = learnt.returns[:, :part], learnt.returns[:, -part:]
        assert learnt.best is not None
        share = percent(float(learnt.best[:, -part:].mean()))
        rows.append([label, *(number(float(end.mean()), precision) for end in ends), share])
    rows.append(["the best arm", "", number(float(work.arms.max(axis=1).mean()), precision), ""])
    heads = ["way", f"reward, first {part}", f"last {part}", "best arm"]
    return Table(heads, rows, right=(1, 2, 3), whole=(0,), heads=range(4))


def _notices(work: LearntBandit, precision: int) -> Iterator[str]:
    part = max(1, work.options.episodes // TENTH)
    if len(work.methods) > 1:
        last = [float(learnt.returns[:, -part:].mean()) for learnt in work.learnt]
        which = smallest(-np.array(last))
        most = "earns most" if len(which) == 1 else "earn the same, the most"
        yield f"In the end {' and '.join(work.labels[i] for i in which)} {most}."
    yield from exploration_notices(work, precision)


def _next(work: LearntBandit) -> Section:
    """More ways beside this one; of several, how one arm was chosen."""
    if work.options.trace is not None or len(work.methods) > 1:
        last = min(work.options.trace or len(work.world.actions) + 3, work.replay.count) - 1
        return next_line(work, ["--explain", str(last)], without=("--trace",))
    other = "ucb:2" if work.methods[0].explore.name != "ucb" else "epsilon-greedy:0.1"
    own = [] if work.options.explore else ["--explore", "epsilon-greedy:0.1"]
    runs = [] if "--runs" in work.line else ["--runs", "200", "--episodes", "500"]
    return next_line(work, [*own, "--explore", other, *runs], without=("--episodes", "--epsilon"))
