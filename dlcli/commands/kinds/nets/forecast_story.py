"""A forecast on the screen: the end of what was known, what followed, what was foretold, the errors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlcli.commands.kinds.nets.forecast import Forecast
from dlcli.tensor import Array, Axis
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.series import Series
from dlcli.views.story import Section
from dlcli.views.tables.table import Table
from dlcli.views.text.text import clip, plain
from dlcli.words.number import counted, number

ROWS = 8  # terminal rows of the chart
BEFORE = 40  # steps that were known in the chart
FEATURES = 3  # that are shown
NAME = 24  # cells of a feature's name
DIGITS = 3


def forecast_sections(found: Forecast) -> Iterator[Section]:
    """A chart of each feature, and where the truth is known the errors."""
    title = "Forecast" if found.truth is not None else "Beyond the end"
    for feature in range(min(found.known.shape[1], FEATURES)):
        words = clip(found.named(feature), NAME) if feature else _words(found)
        yield Section("result", title, plain(words), _chart(found, feature))
    if found.truth is not None:
        yield Section("result", "Off by", plain("the root of the mean square, over all steps"), _table(found))


def _words(found: Forecast) -> str:
    nets, features = len(found.paths), found.known.shape[1]
    told = counted(found.steps, "step") + ", each from those foretold before it" * (found.steps > 1)
    if nets > 1:
        told += f"; the mean of {nets} nets from other seeds, in dots from the least of them to the largest"
    told += f"; a season takes {found.season} steps" * (found.season > 1)
    return told + f"; the first {FEATURES} of {features} features" * (features > FEATURES)


def _chart(found: Forecast, feature: int) -> LineChart:
    """One feature; of several nets the mean and a band. Where no truth is, also forecasts without a net."""
    before = found.known[-BEFORE:, feature]
    start, step = found.time.start or 0.0, found.time.step or 1.0
    first = start + step * (len(found.known) - len(before))
    was = before if found.truth is None else np.append(before, found.truth[:, feature])
    x = (found.axis.start or 0.0) + step * np.arange(found.steps)
    paths = found.paths[:, :, feature]
    band = (paths.min(axis=0), paths.max(axis=0)) if len(paths) > 1 else None
    series = [
        Series("what was", was, first + step * np.arange(len(was))),
        Series("foretold", found.mean[:, feature], x, band),
    ]
    if found.truth is None:
        series += [Series(name, path[:, feature], x) for name, path in found.others.items()]
    name = clip(found.named(feature), NAME)
    return LineChart(series, Axis(found.time.name, unit=found.time.unit), y=name, height=ROWS, tight=True)


def _table(found: Forecast) -> Table:
    assert found.next_step is not None
    features = found.known.shape[1]
    nets = [np.array([found.off(path) for path in paths]) for paths in (found.next_step, found.paths)]
    rows = []
    for feature in range(min(features, FEATURES)):
        name = [clip(found.named(feature), NAME)] * (features > 1)
        rows.append([*name, "net", *(_spread(errors[:, feature]) for errors in nets)])
        for other, path in found.others.items():
            errors = found.off(found.others_next[other])[feature], found.off(path)[feature]
            rows.append([*name, other, *(number(float(one), DIGITS) for one in errors)])
    heads = [*["feature"] * (features > 1), "", "the next step", "all steps, fed back"]
    return Table(heads, rows, right=[len(heads) - 2, len(heads) - 1], whole=[0])


def _spread(errors: Array) -> str:
    low, high = number(float(errors.min()), DIGITS), number(float(errors.max()), DIGITS)
    return low if low == high else f"{low} to {high}"


def forecast_notices(found: Forecast) -> Iterator[str]:
    """Which forecast without a net is nearer to the truth than the nets are on average, if one is."""
    if found.truth is None or found.next_step is None:
        return
    for when, paths, others in (
        ("At the next step", found.next_step, found.others_next),
        ("Fed back to itself", found.paths, found.others),
    ):
        net = np.mean([found.off(path) for path in paths], axis=0)
        errors = {name: found.off(path) for name, path in others.items()}
        for feature in range(len(net)):
            name = min(errors, key=lambda name: float(errors[name][feature]))
            theirs, ours = (number(float(one[feature]), DIGITS) for one in (errors[name], net))
            if errors[name][feature] < net[feature] and theirs != ours:
                of = f" of {clip(found.named(feature), NAME)}" if found.known.shape[1] > 1 else ""
                told = f"off by {theirs}, the net by {ours}"
                yield f"{when} the {name} forecast{of} is nearer than the net: {told}."
                break
