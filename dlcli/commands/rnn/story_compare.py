"""The story of several cells on one sequence: what they cost, and how far back their gradients reach."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.text import Text

from dlcli.commands.rnn.record import Comparison, Work
from dlcli.commands.rnn.story import WRITTEN, cell_words, elsewhere
from dlcli.commands.rnn.story_gradient import LEFT, reaching
from dlcli.engines.recurrent.gradient_paths import farthest
from dlcli.errors import WrongUsage
from dlcli.views.charts.series import Series
from dlcli.views.origin import origin_words, source_word
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table
from dlcli.views.text.command_line import CommandLine
from dlcli.words.number import number

DISTANCES = (1, 2, 5, 10, 20, 50, 100, 200)
COLUMNS = 5  # distances that are listed
KEPT = {"forget": "f", "update": "z", "alpha": "a"}


def story(work: Comparison, *, precision: int = 4) -> Story:
    """Parameters, time and loss of each; the gradient left by distance; the chart."""
    runs = work.works
    steps = len(runs[0].sequence.data)
    words = f"--seed {runs[0].seed}, {steps} step{'s' * (steps > 1)}"
    sections = [
        Section("input", "Input", origin_words(runs[0].input, precision)),
        Section("parameters", "Cells", Text(words, style="dim"), _cells(runs, precision)),
        Section("result", "Gradient left", Text(LEFT, style="dim"), _left(runs, precision)),
    ]
    lines = [Series(run.name, run.reach[: farthest(run.reach) + 1]) for run in runs if farthest(run.reach)]
    if steps > 4 and lines:
        sections.append(Section("result", "How far back", *reaching(lines)))
    sections.append(Section("notice", "Notice", Text(_notice(runs))))
    sections.append(Section("next", "Try next", body=CommandLine(_alone(runs[-1]))))
    return Story(*sections)


def explain(work: Comparison, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """There is no one arithmetic of several cells."""
    raise WrongUsage("--explain walks through one cell; give a single --cell")


def _cells(runs: Sequence[Work], precision: int) -> Table:
    rows = []
    for run in runs:
        kept = run.kept
        rows.append(
            [
                run.name,
                str(run.top.units),
                str(run.parameters),
                number(run.microseconds, 2),
                number(run.loss.total, precision),
                "" if run.radius is None else number(run.radius, 3),
                "" if kept is None else f"{KEPT[kept[0]]} {number(kept[1][1] if len(kept[1]) > 1 else 1, 3)}",
            ]
        )
    head = ["cell", "units", "parameters", "µs a step", "Σ loss", "ρ", "kept a step"]
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


def _notice(every: Sequence[Work]) -> str:
    far = min(farthest(run.reach) for run in every)
    order = sorted(every, key=lambda run: float(run.reach[far]))
    least, most = order[0], order[-1]
    small = min(every, key=lambda run: run.parameters)
    large = max(every, key=lambda run: run.parameters)
    more, less = (number(float(one.reach[far]), 3) for one in (most, least))
    return (
        f"{far} step{'s' * (far > 1)} back, {most.name} has {more} of its gradient left, "
        f"{least.name} {less}. "
        f"{large.name} has {large.parameters} parameters, {small.name} {small.parameters}."
    )


def _alone(work: Work) -> list[str]:
    """One of several cells, with the gradient's way back, and as many units as it had beside the others."""
    source, line, cell = source_word(work.input), work.line, work.cell
    if source is None or line.piped:
        return elsewhere(work, cell)
    unheard = [words[0] for words in line.options if not cell.heeds(words[0])]
    more = cell_words(cell)
    if cell.kind == "leaky" and "--units" not in line:
        more += ["--units", str(work.top.units)]  # alone it would have as many as there are features
    return line.again(source, *more, "--bptt", without=("--cell", "--bptt", *WRITTEN, *unheard))
