"""Series that nets go on with: what they foretell, beside what was, and beside forecasts without a net."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.nets.forecasting import forecast, naive, season_of, seasonal_naive
from dlcli.nets.net import Net
from dlcli.tensor import Attr, Axis, Tensor


@dataclass(frozen=True)
class Forecast:
    """What nets say follows on a series ``known`` (time, feature), whose axis is ``time``.

    ``paths`` (run, step, feature) are those of nets from several seeds, each fed back to itself; ``truth``
    (step, feature) is what did follow, where it is known, and ``next_step`` (run, step, feature) what the
    nets say when they are told the truth up to each step.
    """

    known: Array
    time: Axis
    paths: Array
    truth: Array | None = None
    next_step: Array | None = None

    @property
    def steps(self) -> int:
        """How many steps are foretold."""
        return self.paths.shape[1]

    @cached_property
    def season(self) -> int:
        """The steps after which the series is most like itself."""
        return season_of(self.known)

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

    def off(self, path: Array) -> float:
        """How far a path is from the truth: the root of the mean square."""
        assert self.truth is not None
        return float(np.sqrt(np.square(path - self.truth).mean()))

    @property
    def others_next(self) -> dict[str, Array]:
        """The same when they are told the truth up to each step."""
        assert self.truth is not None
        whole, n = np.concatenate([self.known, self.truth]), len(self.known)
        found = {"naive": whole[n - 1 : -1]}
        if self.season > 1:
            found["seasonal naive"] = whole[n - self.season : len(whole) - self.season]
        return found

    def tensor(self, attrs: dict[str, Attr]) -> Tensor:
        """The mean, the least and the largest of all nets (step, measure); of one net (step, feature)."""
        if len(self.paths) == 1:
            return Tensor(self.paths[0], (self.axis, Axis("feature")), "forecast", attrs)
        parts = self.mean, self.paths.min(axis=0), self.paths.max(axis=0)
        data = np.stack([part[:, 0] for part in parts], axis=1)
        return Tensor(data, (self.axis, Axis("measure", ("mean", "least", "largest"))), "forecast", attrs)


def foretold(
    nets: Sequence[Net], series: Array, known: int, time: Axis, steps: int | None = None
) -> Forecast:
    """What nets say follows on the first ``known`` steps of a series (time, feature).

    As many steps as there are behind them, unless said.
    """
    truth = series[known:]
    count = len(truth) if steps is None else steps
    paths = np.stack([forecast(net, series[:known], count) for net in nets])
    if steps is not None or not len(truth):
        return Forecast(series[:known], time, paths)
    window = nets[0].spec.input[0]
    seen = np.lib.stride_tricks.sliding_window_view(series[known - window : -1], window, axis=0)
    windows = np.ascontiguousarray(seen.transpose(0, 2, 1))
    told = [net.forward(net.batch(windows.astype(net.dtype))).T.copy() for net in nets]
    return Forecast(series[:known], time, paths, truth, np.stack(told))
