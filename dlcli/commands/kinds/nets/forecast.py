"""Series that nets go on with: what they foretell, beside what was, and beside forecasts without a net."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.nets.forecasting import forecast, naive, seasonal_naive
from dlcli.nets.net import Net
from dlcli.tensor import Attr, Axis, Tensor


@dataclass(frozen=True)
class Forecast:
    """What nets say follows on a series ``known`` (time, feature), whose axis is ``time``.

    ``paths`` (run, step, feature) are those of nets from several seeds, each fed back to itself; ``season``
    is after how many steps the series is most like itself. ``truth`` (step, feature) is what did follow,
    where it is known, and ``next_step`` (run, step, feature) what the nets say when they are told the truth
    up to each step. ``names`` are those of the features, where they have some.
    """

    known: Array
    time: Axis
    paths: Array
    season: int
    truth: Array | None = None
    next_step: Array | None = None
    names: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        """How many steps are foretold."""
        return self.paths.shape[1]

    @property
    def mean(self) -> Array:
        """The mean over all nets (step, feature)."""
        return np.asarray(self.paths.mean(axis=0))

    @property
    def axis(self) -> Axis:
        """The steps that are foretold, in the units of the series."""
        start, step = self.time.start or 0.0, self.time.step or 1.0
        return Axis(self.time.name, start=start + step * len(self.known), step=step, unit=self.time.unit)

    @property
    def others(self) -> dict[str, Array]:
        """Forecasts without a net (step, feature)."""
        found = {"naive": naive(self.known, self.steps)}
        if self.season > 1:
            found["seasonal naive"] = seasonal_naive(self.known, self.steps, self.season)
        return found

    def off(self, path: Array) -> Array:
        """How far a path is from the truth, of each feature (feature,): the root of the mean square."""
        assert self.truth is not None
        return np.asarray(np.sqrt(np.square(path - self.truth).mean(axis=0)))

    def named(self, feature: int) -> str:
        """What a feature is called; nothing where it is the only one and has no name."""
        if self.names:
            return self.names[feature]
        return f"feature {feature}" if self.known.shape[1] > 1 else ""

    @property
    def others_next(self) -> dict[str, Array]:
        """The same when they are told the truth up to each step."""
        assert self.truth is not None
        return others_next(self.known, self.truth, self.season)

    def tensor(self, attrs: dict[str, Attr]) -> Tensor:
        """What is foretold (step, feature); of several nets (step, feature, measure)."""
        axes = self.axis, Axis("feature", self.names or None)
        if len(self.paths) == 1:
            return Tensor(self.paths[0], axes, "forecast", attrs)
        data = np.stack([self.mean, self.paths.min(axis=0), self.paths.max(axis=0)], axis=2)
        return Tensor(data, (*axes, Axis("measure", ("mean", "least", "largest"))), "forecast", attrs)


def others_next(known: Array, truth: Array, season: int) -> dict[str, Array]:
    """Forecasts without a net (step, feature), each told the truth up to the step before."""
    whole, n = np.concatenate([known, truth]), len(known)
    found = {"naive": whole[n - 1 : -1]}
    if season > 1:
        found["seasonal naive"] = whole[n - season : len(whole) - season]
    return found


def foretold(
    nets: Sequence[Net],
    series: Array,
    known: int,
    time: Axis,
    season: int,
    steps: int | None = None,
    names: tuple[str, ...] = (),
) -> Forecast:
    """What nets say follows on the first ``known`` steps of a series (time, feature).

    As many steps as there are behind them, unless said.
    """
    truth = series[known:]
    count = len(truth) if steps is None else steps
    paths = np.stack([forecast(net, series[:known], count) for net in nets])
    if steps is not None or not len(truth):
        return Forecast(series[:known], time, paths, season, names=names)
    window = nets[0].spec.input[0]
    seen = np.lib.stride_tricks.sliding_window_view(series[known - window : -1], window, axis=0)
    windows = np.ascontiguousarray(seen.transpose(0, 2, 1))
    told = [net.forward(net.batch(windows.astype(net.dtype))).T.copy() for net in nets]
    return Forecast(series[:known], time, paths, season, truth, np.stack(told), names)
