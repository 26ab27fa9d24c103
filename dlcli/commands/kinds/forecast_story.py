"""A forecast on the screen: the end of what was known, what followed, what was foretold, the errors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlcli.commands.kinds.forecast import Forecast
from dlcli.tensor import Axis
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.series import Series
from dlcli.views.story import Section
from dlcli.views.tables.table import Table
from dlcli.views.text.text import plain
from dlcli.words.number import counted, number

ROWS = 8  # terminal rows of the chart
BEFORE = 40  # steps that were known in the chart
DIGITS = 3


def forecast_sections(found: Forecast) -> Iterator[Section]:
    """The chart, and where the truth is known the errors."""
    yield Section("result", "Forecast", plain(_words(found)), _chart(found))
    if found.truth is not None:
        yield Section("result", "Off by", plain("the root of the mean square, over all steps"), _table(found))


def _words(found: Forecast) -> str:
    runs = f" of {len(found.paths)} nets from other seeds" if len(found.paths) > 1 else ""
    told = f"{counted(found.steps, 'step')}, each from those foretold before it{runs}"
    return told + f"; a season takes {found.season} steps" * (found.season > 1)


def _chart(found: Forecast) -> LineChart:
    """The first feature; of several nets the mean, and from the least to the largest."""
    before = found.known[-BEFORE:, 0]
    start, step = found.time.start or 0.0, found.time.step or 1.0
    first = start + step * (len(found.known) - len(before))
    was = before if found.truth is None else np.append(before, found.truth[:, 0])
    behind = found.axis.start or 0.0
    x = behind + step * np.arange(found.steps)
    paths = found.paths[:, :, 0]
    band = (paths.min(axis=0), paths.max(axis=0)) if len(paths) > 1 else None
    series = [
        Series("what was", was, first + step * np.arange(len(was))),
        Series("foretold", found.mean[:, 0], x, band),
    ]
    return LineChart(series, Axis(found.time.name, unit=found.time.unit), height=ROWS)


def _table(found: Forecast) -> Table:
    assert found.next_step is not None
    nets = [[found.off(path) for path in paths] for paths in (found.next_step, found.paths)]
    rows = [["net", *(_spread(errors) for errors in nets)]]
    for name, path in found.others.items():
        rows.append([name, *(number(found.off(one), DIGITS) for one in (found.others_next[name], path))])
    return Table(["", "the next step", "all steps, fed back"], rows, right=[1, 2], whole=[0])


def _spread(errors: list[float]) -> str:
    if len(errors) == 1:
        return number(errors[0], DIGITS)
    return f"{number(min(errors), DIGITS)} to {number(max(errors), DIGITS)}"
