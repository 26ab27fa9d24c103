"""The story of several trainings: errors in one table and one chart, parameters and time beside them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlcli.commands.kinds.forecast_story import forecast_sections
from dlcli.commands.train.record_sweep import MEASURES, Sweep
from dlcli.tensor import Array
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.series import Series
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import clip, plain
from dlcli.words.number import counted, number, percent

ROWS = 8  # terminal rows of the chart
NAME = 24  # cells of a name


def story(work: Sweep, *, precision: int = 4) -> Story:
    """The sets, how all were trained, errors by model and set, and what stands out."""
    settings, seeds = work.settings, f"seed {work.settings.seed}"
    if work.runs > 1:
        seeds = f"seeds {settings.seed - work.runs + 1} to {settings.seed}"
    rule = f"{settings.rule.name}, learning rate {number(settings.rate, precision)}, "
    rule += f"{counted(settings.epochs, 'epoch')}, {seeds}"
    return Story(
        Section("input", "Data", plain(", ".join(clip(name, NAME) for name in work.sets))),
        Section("formula", "Learning", plain(f"{rule}; the best epoch of each counts")),
        Section("result", "Errors", plain(_what(work)), _table(work)),
        *_chart(work),
        *(forecast_sections(work.forecast) if work.forecast else ()),
        Section("notice", "Notice", plain(" ".join(_notices(work)))),
        Section("next", "Try next", body=CommandLine(_next(work))),
    )


def _what(work: Sweep) -> str:
    spread = f", the mean of {work.runs} runs, the worst behind it" if work.runs > 1 else ""
    return f"{MEASURES[work.measure].removeprefix('the ')} on what is held out{spread}"


def _shown(work: Sweep, value: float) -> str:
    return percent(value) if work.measure == "wrong" else number(value, 3)


def _table(work: Sweep) -> Table:
    """Errors by model and set; of several models also how long each takes."""
    rows, timed = [], len(work.models) > 1
    for model, errors in zip(work.models, work.values, strict=True):
        one = work.of(model)
        seconds = [f"{np.mean([found.seconds for found in one]):.2g} s"] * timed
        cells = [_cell(work, runs) for runs in errors]
        sizes = sorted({found.parameters for found in one})
        parameters = " to ".join(
            f"{size:,}" for size in (sizes[:1] if len(sizes) == 1 else sizes[:: len(sizes) - 1])
        )
        rows.append([clip(model, NAME), parameters, *seconds, *cells])
    if work.ngram:
        blank = [""] * (1 + timed)
        rows.append(["counted, three in a row", *blank, *(_shown(work, bits) for bits in work.ngram)])
    heads = ["model", "parameters", *["an epoch"] * timed, *(clip(name, NAME) for name in work.sets)]
    return Table(heads, rows, right=range(1, len(heads)), whole=[0])


def _cell(work: Sweep, runs: Array) -> str:
    mean = _shown(work, float(runs.mean()))
    return mean if work.runs == 1 else f"{mean} ({_shown(work, float(runs.max()))})"


def _chart(work: Sweep) -> Iterator[Section]:
    """Errors over the numbers of the sets: lags, lengths."""
    if work.steps is None or len(work.sets) < 2:
        return
    x = np.array(work.steps)
    series = [
        Series(model, errors.mean(axis=1)) for model, errors in zip(work.models, work.values, strict=True)
    ]
    chart = LineChart(series, x, y=work.measure, height=ROWS)
    yield Section(
        "result", "Against length", plain(f"{work.measure} over {work.sets[0].partition(':')[0]}:N"), chart
    )


def _notices(work: Sweep) -> Iterator[str]:
    values = work.values.mean(axis=2)[:, -1]
    last = clip(work.sets[-1], NAME)
    best = int(values.argmin())
    yield f"On {last} {work.models[best]} is best: {_shown(work, float(values[best]))}."
    if work.ngram:
        lost = [model for model, bits in zip(work.models, values, strict=True) if bits > work.ngram[-1]]
        if lost:
            yield f"Counting three characters in a row is better than {', '.join(lost)}."
    if work.guess is not None:
        lost = [model for model, value in zip(work.models, values, strict=True) if value > 0.9 * work.guess]
        if lost:
            yield f"{', '.join(lost)}: no better than guessing, which is wrong in {percent(work.guess)}."


def _next(work: Sweep) -> list[str]:
    values = work.values.mean(axis=2)[:, -1]
    model = work.models[int(values.argmin())]
    dlcli, train, *rest = work.line.again(work.sets[-1], "-o", "net.safetensors", without=("--runs",))
    return [dlcli, train, model, *rest]
