"""A sound on the screen."""

from __future__ import annotations

from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.series import Series


def cancelling(tensor: Tensor) -> str:
    """What a sum of complex numbers does that one of their sizes does not."""
    told = "Complex numbers add up with their phases, and what points in opposite directions cancels"
    if tensor.axis_names[:1] != ("frequency",):
        return f"{told}."
    return (
        f"{told}: the phase of a steady tone turns on from frame to frame, so that neighbours weaken each "
        "other or take each other away. stft --emit magnitude gives sizes alone."
    )


def waveform(samples: Array, time: Axis, channel: Axis | None, height: int) -> LineChart:
    """The samples (time,) or (time, channel), a line for each of at most two channels."""
    lanes = samples.reshape(len(samples), -1).T[:2]
    names = [channel.place(i) if channel else "sample" for i in range(len(lanes))]
    lines = [Series(name, lane) for name, lane in zip(names, lanes, strict=True)]
    return LineChart(lines, time, height=height, tight=True)
