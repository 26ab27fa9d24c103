"""The gradient's way back through time: losses, paths, and what is left of it after so many steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.rnn import notation
from dlcli.commands.rnn.cells import letter
from dlcli.commands.rnn.record import Work
from dlcli.commands.rnn.targets import LOSSES, Targets
from dlcli.engines.recurrent.gradient_paths import farthest
from dlcli.engines.recurrent.net_gradients import angle_between
from dlcli.errors import DlcliError
from dlcli.tensor import Axis
from dlcli.views.charts.chart import HEIGHT, LineChart
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.charts.series import Series
from dlcli.views.story import Section
from dlcli.views.tables.matrix import Matrix
from dlcli.views.tables.step_table import Columns, StepTable
from dlcli.views.tables.sums import sum_of_others
from dlcli.views.tables.table import Table
from dlcli.views.text.formula import Formula
from dlcli.views.text.gaps import given
from dlcli.words.number import number

CHAIN = 6  # terms of it that are written out
LONGEST = 2  # factors between the first and the last that are written out
WIDE = 6  # cells of the longest name before a term
TERMS = 8  # steps up to which the paths are numbers
OUTPUTS = 2  # outputs up to which they stand beside their targets
LEFT = "‖dL[t]/ds[t−d]‖ over ‖dL[t]/ds[t]‖, mean over t; s is c in an LSTM, else h"
ASKED = ("--targets", "--loss", "--readout-activation", "--classes")  # options that ask about losses

#: Each loss of a step, in signs.
SAID = dict(
    zip(
        LOSSES,
        ("½ Σ (y − target)²", "−log p(target)", "−Σ (target · log p + (1 − target) · log(1 − p))"),
        strict=True,
    )
)
HIGH = 10  # terminal rows of the chart
LEAST = 1e-16  # added to 1, less than this changes nothing

#: Distances that are listed, as far as there are so many steps.
DISTANCES = (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377)


def gradient_sections(work: Work, precision: int) -> Iterator[Section]:
    """The paths of one weight, the contributions by distance, the chart."""
    yield Section("result", "Paths", given(_paths_words(work), "dim"), _paths(work, precision))
    if (chain := _chain(work, precision)) is not None:
        state = "; s = (h, c)" if work.top.has_cell else ""
        words = given(f"{_entry(work)}, of the last loss alone{state}", "dim")
        yield Section("result", "Chain", words, chain)
        yield notation.chain()
    yield Section(
        "result", "By distance", Text(_distance_words(work), style="dim"), _distances(work, precision)
    )
    lines = _lines(work)
    if lines is not None:
        yield Section("result", "How far back", *reaching(lines, LEFT, height=HIGH))
    yield Section("result", "Gradient", Text(_norms(work, precision)))


def loss_sections(work: Work, precision: int) -> Iterator[Section]:
    """The losses wherever there are targets: their sum, and step by step where they were asked about."""
    targets = work.targets
    if targets is None:
        return
    asked = work.bptt or any(flag in work.line for flag in ASKED)
    said = SAID[targets.loss]
    try:
        said += f"; targets: {targets.said}; Σ L = {number(work.loss.total, precision)}"
    except DlcliError as error:
        if asked:
            raise
        said = str(error)  # nobody asked about what comes next
    table = _losses(work, targets, precision) if asked else None
    yield Section("result", "Loss", Text(said, style="dim"), table)


def reaching(lines: Sequence[Series], words: str = "", height: int = HEIGHT) -> tuple[Text, LineChart]:
    """The chart of what is left by distance, and what is said of it: below rounding nothing is drawn."""
    if any((one.y < LEAST).any() for one in lines):
        least = f"drawn down to {number(LEAST)}: less is lost in a sum with 1"
        words = f"{words}; {least}" if words else least
    return Text(words, style="dim"), LineChart(lines, Axis("distance"), log=True, height=height, least=LEAST)


def _losses(work: Work, targets: Targets, precision: int) -> StepTable:
    """Each step: what it gave, what it should have given, its loss; on the way back also dL/dh."""
    loss = work.loss
    steps = len(loss.steps)
    groups: list[Columns] = []
    if work.binary and work.outputs.shape[1] <= OUTPUTS:
        p = np.where(loss.counted[:, None], work.probabilities, np.nan)
        groups.append(Columns("p", "of 1", p, None, "sequential", (0, 1)))
        groups.append(Columns("", "target", targets.values, given=True))
    elif loss.probabilities is not None and work.classes:
        at = np.where(loss.counted, targets.values, 0).astype(int)
        p = np.where(loss.counted, loss.probabilities[np.arange(steps), at], np.nan)
        groups.append(Columns("p", "of the target", p[:, None], ("",), "sequential", (0, 1)))
    elif work.outputs.shape[1] <= OUTPUTS:
        y = np.where(loss.counted[:, None], work.outputs, np.nan) if work.last_only else work.outputs
        groups.append(Columns("y", "output", y))
        groups.append(Columns("", "target", targets.values, given=True))
    groups.append(Columns("L", "loss", loss.steps[:, None], ("",), "sequential"))
    if work.bptt:
        norms = np.linalg.norm(work.short_gradients.hidden, axis=-1)
        groups.append(Columns("‖dL/dh‖", "", norms[:, None], ("",), "sequential"))
    names = [work.sequence.time.place(t) for t in range(steps)]
    wanted = [targets.words(t) for t in range(steps)]
    labels = tuple(f"{name} → {word}" if word else name for name, word in zip(names, wanted, strict=True))
    axis = Axis("time", labels) if any(wanted) else work.sequence.time
    return StepTable(axis, groups, precision=precision)


def _entry(work: Work) -> str:
    row, column = work.short_paths.entry
    cell = work.top
    gate = letter(cell.gates[column // cell.units], cell.kind)
    heard = f"x {row}" if work.weight == "kernel" else f"h {row}"
    return f"dL/d{work.letter} at ({heard} → {gate} {column % cell.units})"


def _paths_words(work: Work) -> str:
    if len(work.short_paths.terms) <= TERMS:
        which = " of the cell that reads forwards" if work.layers[-1].backward is not None else ""
        return f"{_entry(work)}{which}: from the loss of a step (row) back to another (column)"
    piece = f"; the last {len(work.short_paths.terms)} steps" if work.window.start else ""
    return f"‖term of dL/d{work.letter}‖, log10: from the loss of a step (row) back to another{piece}"


def _paths(work: Work, precision: int) -> RenderableType:
    paths = work.short_paths
    steps = len(paths.terms)
    if steps <= TERMS:
        whole = np.zeros((steps + 1, steps + 1))
        whole[:-1, :-1] = paths.terms
        whole[-1], whole[:, -1] = whole[:-1].sum(axis=0), whole[:, :-1].sum(axis=1)
        whole[-1, -1] = paths.terms.sum()
        labels = tuple(str(t) for t in range(steps))
        rows = Axis("loss", (*(f"L[{t}]" for t in labels), "Σ"))
        return Matrix(whole, rows=rows, columns=Axis("through step", (*labels, "Σ")), precision=precision)
    with np.errstate(divide="ignore"):
        sizes = np.log10(paths.sizes)
    finite = sizes[np.isfinite(sizes)]
    if not finite.size:
        return Text("(no term is other than 0)", style="dim")
    low = max(float(finite.min()), float(finite.max()) - 12)
    sizes = np.maximum(sizes, low)  # no term at all is as dark as the smallest
    axes = (_places(work, name) for name in ("loss of step", "through step"))
    return HeatMap(sizes, *axes, scale="sequential", limits=(low, float(finite.max())), height=12)


def _places(work: Work, name: str) -> Axis:
    """The steps whose paths are shown, by their words or their numbers."""
    words = work.sequence.time.labels
    if words is not None:
        return Axis(name, words[work.window])
    return Axis(name, start=work.window.start, step=1)


def _chain(work: Work, precision: int) -> Group | None:
    """The terms of the last loss as the products that they are: each goes a step farther back.

    Where there are several ways from step to step (more layers, a skip connection) there is no one product.
    """
    first = work.window.start
    counted = np.flatnonzero(work.loss.counted[work.window])
    several = len(work.layers) > 1 or work.layers[0].backward is not None or work.top.skip is not None
    if several or not len(counted):
        return None
    t = first + int(counted[-1])
    terms = np.append(np.zeros(first), work.short_paths.terms[t - first])
    back = list(range(t, first - 1, -1))
    if work.truncate is not None:
        back = back[: work.truncate]
    shown = [*back[: CHAIN - 1], back[-1]] if len(back) > CHAIN else back
    s, weight = "s" if work.top.has_cell else "h", work.letter
    lines = []
    for k in shown:
        steps = [f"d{s}[{j}]/d{s}[{j - 1}]" for j in range(t, k, -1)]
        steps = [steps[0], "…", steps[-1]] if len(steps) > LONGEST else steps
        product = " · ".join([f"dL[{t}]/d{s}[{t}]", *steps, f"∂{s}[{k}]/∂{weight}"])
        lines.append(Formula(f"k = {k}", product, number(terms[k], precision), name_width=WIDE))
    rest = sum_of_others(terms, shown)
    if len(back) > len(shown):
        lines.append(Formula("others", number(rest, precision), name_width=WIDE))
    return Group(*lines, Formula("Σ", number(terms.sum(), precision), name_width=WIDE))


def _distance_words(work: Work) -> str:
    words = f"d = t − k; Σ of the terms of dL/d{work.letter} with that distance"
    words = f"{words}; none from {work.truncate} on" if work.truncate else words
    if work.radius is not None:
        words += "; ρ is the size of U's largest eigenvalue, ρ^d what U alone would leave in the long run"
    return words


def _distances(work: Work, precision: int) -> Table:
    paths, reach, radius, kept = work.short_paths, work.reach, work.radius, work.kept
    sizes = paths.distances
    last = farthest(reach) or len(sizes) - 1
    shown = sorted({d for d in DISTANCES if d <= last} | {last})
    columns = {f"‖Σ terms of dL/d{work.letter}‖": sizes, "gradient left": reach}
    if radius is not None:
        columns["ρ^d"] = np.array([radius**d for d in range(last + 1)])
    if kept is not None:
        columns[{"forget": "Π f", "update": "Π z", "alpha": "a^d"}[kept[0]]] = kept[1]
    rows = [
        [str(d), *("" if np.isnan(one[d]) else number(one[d], precision) for one in columns.values())]
        for d in shown
    ]
    return Table(["d", *columns], rows, right=range(len(columns) + 1))


def _lines(work: Work) -> list[Series] | None:
    reach = work.reach[: farthest(work.reach) + 1]
    if len(reach) < 4:
        return None
    lines = [Series("gradient left", reach)]
    if work.radius is not None:
        lines.append(Series("ρ^d", work.radius ** np.arange(len(reach))))
    if work.kept is not None:
        name = {"forget": "forget gates", "update": "update gates", "alpha": "a^d"}[work.kept[0]]
        lines.append(Series(name, work.kept[1][: len(reach)]))
    return lines


def _norms(work: Work, precision: int) -> str:
    """The whole gradient, and what truncation and clipping make of it."""
    name = f"dL/d{work.letter}"
    whole = work.gradients.of(work.weight)
    parts = [f"‖{name}‖ = {number(np.linalg.norm(whole), precision)}"]
    if work.truncate is not None:
        short = work.short_gradients.of(work.weight)
        parts.append(
            f"truncated to {work.truncate} step{'s' * (work.truncate > 1)} "
            f"‖{name}‖ = {number(np.linalg.norm(short), precision)}, "
            f"{number(angle_between(short, whole), 2)}° away from it"
        )
    norm = work.short_gradients.norm
    parts[-1] += f", of all weights together {number(norm, precision)}"
    if any(name.endswith("recurrent_bias") for name in work.short_gradients.weights):
        parts[-1] += " (both biases of each cell counted)"
    if "embedding" in work.conventions:
        parts[-1] += " (embedding and kernel counted as one)"
    if work.clip is not None:
        most = number(work.clip, precision)
        times = number(work.clip / (norm or 1), precision)
        parts.append(
            f"clipped to {most}: every gradient times {times}"
            if work.clip < norm
            else f"not longer than {most}: nothing to clip"
        )
    return "; ".join(parts)
