"""The story of several cells on one sequence: what they cost, and how far back their gradients reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.text import Text

from dlcli.commands.kinds.recurrence.timing_story import measured
from dlcli.commands.rnn.notices import FAINT, fresh_gate, grown
from dlcli.commands.rnn.record import Comparison, Work
from dlcli.commands.rnn.story import WRITTEN, cell_words
from dlcli.commands.rnn.story_gradient import LEFT, reaching
from dlcli.commands.rnn.story_learning import loss_curves, rising, rule, steps_gone, whose
from dlcli.engines.recurrent.gradient_paths import farthest
from dlcli.errors import WrongUsage
from dlcli.views.again import again
from dlcli.views.charts.series import Series
from dlcli.views.origin import origin_words
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table
from dlcli.views.text.command_line import CommandLine
from dlcli.words.number import number

DISTANCES = (1, 2, 5, 10, 20, 50, 100, 200)
COLUMNS = 5  # distances that are listed
STILL = "give one --cell, whose steps are then shown"
KEPT = {"forget": "f", "update": "z", "alpha": "a"}


def story(work: Comparison, *, precision: int = 4) -> Story:
    """Parameters, time and loss of each; the gradient left by distance; the chart."""
    runs = work.works
    steps = len(runs[0].sequence.data)
    gone = f"after {steps_gone(runs[0])}; " if runs[0].learning else ""
    words = f"{gone}--seed {runs[0].seed}, {steps} step{'s' * (steps > 1)}; times {measured(work.times)}"
    sections = [
        Section("input", "Input", origin_words(runs[0].input, precision)),
        Section("parameters", "Cells", Text(words, style="dim"), _cells(work, precision), found=True),
        *_learnt(runs, precision),
        Section("result", "Gradient left", Text(LEFT, style="dim"), _left(runs, precision)),
    ]
    lines = [Series(run.name, run.reach[: farthest(run.reach) + 1]) for run in runs if farthest(run.reach)]
    if steps > 4 and lines:
        sections.append(Section("result", "How far back", *reaching(lines)))
    sections.append(Section("notice", "Notice", Text(" ".join(_notices(work)))))
    sections.append(Section("next", "Try next", body=CommandLine(*_alone(runs[-1]))))
    return Story(*sections)


def explain(work: Comparison, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """There is no one arithmetic of several cells."""
    raise WrongUsage("--explain walks through one cell; give a single --cell")


def _cells(work: Comparison, precision: int) -> Table:
    rows = []
    for run, time in zip(work.works, work.times, strict=True):
        kept = run.kept
        rows.append(
            [
                run.name,
                str(run.top.units),
                str(run.parameters),
                number(1e6 * time.least / len(run.sequence.data), 2),
                number(run.loss.total, precision),
                "" if run.radius is None else number(run.radius, 3),
                "" if kept is None else f"{KEPT[kept[0]]} {number(kept[1][1] if len(kept[1]) > 1 else 1, 3)}",
            ]
        )
    head = ["cell", "units", "parameters", "µs a step", "Σ loss", "ρ of U", "kept a step"]
    return Table(head, rows, right=range(1, 7), spare=(6, 1, 3, 5), whole=(0,))


def _left(every: Sequence[Work], precision: int) -> Table:
    last = min(farthest(run.reach) for run in every)
    shown = sorted({d for d in DISTANCES if d < last} | {last})
    while len(shown) > COLUMNS:
        shown.pop(len(shown) // 2)
    rows = [
        [run.name, *("" if np.isnan(left := run.reach[d]) else number(left, 3) for d in shown)]
        for run in every
    ]
    head = ["cell", *(f"d = {d}" for d in shown)]
    spare = [i for i in (2, 4, 3) if i < len(shown)]  # the nearest and the farthest stay
    return Table(head, rows, right=range(1, len(head)), spare=spare, whole=(0,))


def _notices(work: Comparison) -> Iterator[str]:
    """Whose gradient reaches farthest and why, which is quicker here, which is larger."""
    every = work.works
    far = min(farthest(run.reach) for run in every)
    order = sorted(every, key=lambda run: float(run.reach[far]))
    least, most = order[0], order[-1]
    more, less = (number(float(one.reach[far]), 3) for one in (most, least))
    steps = f"{far} step{'s' * (far > 1)}"
    yield from _least(every)
    if far:
        yield f"{steps} back, {most.name} has {more} of its gradient left, {least.name} {less}."
    yield from next((words for run in every if (words := [*grown(run)])), [])
    if far and least.reach[far] < FAINT:
        yield from fresh_gate(least)
    simple = next((run for run in every if run.top.kind == "simple" and run.cell.skip == 0), None)
    if far and simple is not None and (simple is least or (simple is most and simple.learning is None)):
        yield _of_simple(simple, most, far)
    yield from _quicker(work)
    small = min(every, key=lambda run: run.parameters)
    large = max(every, key=lambda run: run.parameters)
    yield f"{large.name} has {large.parameters} parameters, {small.name} {small.parameters}."


def _learnt(runs: Sequence[Work], precision: int) -> Iterator[Section]:
    """How the nets learn, where they do, and the losses of each over the steps."""
    learning = runs[0].learning
    if learning is None:
        return
    yield Section("formula", "Learning", Text("; ".join([*rule(runs), whose(learning)]), style="dim"))
    yield from loss_curves(runs, precision)


def _least(runs: Sequence[Work]) -> Iterator[str]:
    """Which net has the least losses after learning, and which one's have risen on the way."""
    ends = [float(run.learning.descent.losses[-1]) for run in runs if run.learning is not None]
    if not ends:
        return
    low, high = int(np.argmin(ends)), int(np.argmax(ends))
    yield (
        f"After {steps_gone(runs[0])}, {runs[low].name} has the least Σ L, {number(ends[low], 3)}, "
        f"{runs[high].name} the most, {number(ends[high], 3)}."
    )
    yield from next(([f"{run.name}: {words}"] for run in runs for words in rising(run)), [])


def _of_simple(simple: Work, most: Work, far: int) -> str:
    """What a gradient meets in a cell without gates, and why a fresh one may keep it or lose it."""
    slope = "the slope of " + simple.top.activation
    if simple is most:
        return (
            f"A fresh U is orthogonal, ρ = 1: it keeps lengths, and {slope} takes little while h is small. "
            "Training and larger inputs change both."
        )
    return f"Without gates each step multiplies by U and {slope}: below 1, {far} of them leave little."


def _quicker(work: Comparison) -> Iterator[str]:
    """Which of LSTM and GRU takes less time, unless their runs differ by more than the two do."""
    by_kind = {run.top.kind: (run, time) for run, time in zip(work.works, work.times, strict=True)}
    if "lstm" not in by_kind or "gru" not in by_kind:
        return
    (lstm, its), (gru, own) = by_kind["lstm"], by_kind["gru"]
    ratio = own.least / its.least if its.least else 1.0
    if max(ratio, 1 / ratio) < max(own.usual, its.usual):
        yield f"{gru.name} and {lstm.name} take as long as each other here: their runs differ by more."
    else:
        yield f"{gru.name} takes {number(ratio, 2)} times the time of {lstm.name}, here and now."


def _alone(work: Work) -> list[list[str]]:
    """One of several cells, with the gradient's way back, and as many units as it had beside the others."""
    line, cell = work.own_line, work.cell
    unheard = [words[0] for words in line.options if not cell.heeds(words[0])]
    more = cell_words(cell)
    if cell.kind == "leaky" and "--units" not in line:
        more += ["--units", str(work.top.units)]  # alone it would have as many as there are features
    return again(line, work.input, *more, "--bptt", without=("--cell", "--bptt", *WRITTEN, *unheard))
