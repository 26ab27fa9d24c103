"""A sound on the screen."""

from __future__ import annotations

from dlcli.tensor import Array, Axis
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.series import Series


def waveform(samples: Array, time: Axis, channel: Axis | None, height: int) -> LineChart:
    """The samples (time,) or (time, channel), a line for each of at most two channels."""
    lanes = samples.reshape(len(samples), -1).T[:2]
    names = [channel.place(i) if channel else "sample" for i in range(len(lanes))]
    lines = [Series(name, lane) for name, lane in zip(names, lanes, strict=True)]
    return LineChart(lines, time, height=height, tight=True)
