"""The story of several trainings: errors in one table and one chart, parameters and time beside them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlcli.commands.kinds.nets.forecast_story import forecast_notices, forecast_sections
from dlcli.commands.train.record_sweep import CONSTANT, COUNTED, MEASURES, Sweep
from dlcli.errors import called
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
NEAR = 0.9  # of the error of guessing

#: What is done without a net, as a sentence begins.
WITHOUT = {COUNTED: "Counting three characters in a row", CONSTANT: "Always the same answer"}


def story(work: Sweep, *, precision: int = 4) -> Story:
    """The sets, how all were trained, errors by model and set, and what stands out."""
    settings, seeds = work.settings, f"seed {work.settings.seed}"
    if work.runs > 1:
        seeds = f"seeds {settings.seed - work.runs + 1} to {settings.seed}"
    rule = f"{settings.rule.name}, learning rate {number(settings.rate, precision)}, "
    rule += f"{counted(settings.epochs, 'epoch')}, {seeds}"
    return Story(
        Section("input", "Data", plain(", ".join(clip(called(name), NAME) for name in work.sets))),
        Section("formula", "Learning", plain(f"{rule}; the best epoch of each counts")),
        Section("result", "Errors", plain(_what(work)), _table(work)),
        *_chart(work),
        *(section for one in work.forecasts for section in forecast_sections(one)),
        *([Section("notice", "Notice", plain(" ".join(told)))] if (told := [*_notices(work)]) else []),
        Section("next", "Try next", body=CommandLine(_next(work))),
    )


def _what(work: Sweep) -> str:
    spread = f", the mean of {work.runs} runs, the worst behind it" if work.runs > 1 else ""
    where = "is held out" if work.held_out else "was learnt from"
    measure = MEASURES[work.measure].removeprefix("the ")
    if work.unit and work.measure == "wrong":
        measure = f"share of wrong {work.unit}, each behind the right ones,"
    return f"{measure} on what {where}{spread}"


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
        parameters = " to ".join(f"{size:,}" for size in dict.fromkeys((sizes[0], sizes[-1])))
        rows.append([clip(model, NAME), parameters, *seconds, *cells])
    blank = [""] * (1 + timed)
    rows += [[name, *blank, *(_shown(work, one) for one in errors)] for name, errors in work.others.items()]
    heads = ["model", "parameters", *["an epoch"] * timed, *(clip(called(name), NAME) for name in work.sets)]
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
    last = clip(called(work.sets[-1]), NAME)
    least = _shown(work, float(values.min()))
    best = [model for model, value in _by_model(work) if _shown(work, value) == least]
    if len(work.models) > 1:
        verb = "is" if len(best) == 1 else "are"
        yield f"On {last} {_listed(best)} {verb} best: {least}."
    lost: list[str] = []
    if work.others:
        name, error = min(
            ((name, errors[-1]) for name, errors in work.others.items()), key=lambda one: one[1]
        )
        shown = _shown(work, error)
        lost = [name for name, value in _by_model(work) if value > error and _shown(work, value) != shown]
        if lost:
            what = WITHOUT.get(name, f"The {name} forecast of the next step")
            yield f"{what} is better than {', '.join(lost)}: {shown}."
    if (constant := work.others.get(CONSTANT, (0.0,))[-1]) > 0:
        near = [model for model, value in _by_model(work) if value > NEAR * constant and model not in lost]
        if near:
            told = f"hardly better than always the same answer, whose loss is {_shown(work, constant)}."
            yield f"{', '.join(near)}: {told}"
    if len(work.models) == 1:
        yield from (
            told for one in work.forecasts for told in forecast_notices(one) if told.startswith("Fed")
        )
    if work.guess is not None:
        lost = [model for model, value in _by_model(work) if value > NEAR * work.guess]
        if lost:
            yield f"{', '.join(lost)}: no better than guessing, which is wrong in {percent(work.guess)}."


def _by_model(work: Sweep) -> list[tuple[str, float]]:
    """Each model and its mean error on the last set."""
    return list(zip(work.models, work.values.mean(axis=2)[:, -1].tolist(), strict=True))


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _next(work: Sweep) -> list[str]:
    values = work.values.mean(axis=2)[:, -1]
    model = work.models[int(values.argmin())]
    dlcli, train, *rest = work.line.again(work.sets[-1], "-o", "net.safetensors", without=("--runs",))
    return [dlcli, train, model, *rest]
