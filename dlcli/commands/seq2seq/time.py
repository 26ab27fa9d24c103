"""How a decoder's time grows with what it writes, beside what could be done for all steps at once."""

from __future__ import annotations

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.commands.seq2seq.protocol import Work
from dlcli.tensor import Axis
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.series import Series
from dlcli.views.story import Section
from dlcli.views.tables.table import Table
from dlcli.words.number import number

CHART = 8  # terminal rows of the chart


def time_section(work: Work) -> Section:
    """Measured just now: steps that wait for each other, and what need not wait."""
    rows = [
        [str(one.steps), f"{number(1e3 * one.serial, 3)} ms", f"{number(1e6 * one.serial / one.steps, 3)} µs",
         f"{number(1e3 * one.together, 3)} ms"]
        for one in work.timings
    ]  # fmt: skip
    first, last = work.timings[0], work.timings[-1]
    times, longer = last.serial / first.serial, last.steps / first.steps
    grown = f"{number(longer, 3)} times the steps took {number(times, 3)} times as long"
    told = f"of the processor: {grown}, just now"
    table = Table(["steps", "one by one", "a step", "x W at once"], rows, right=range(4))
    series = {
        "one by one": np.array([1e3 * one.serial for one in work.timings]),
        "x W at once": np.array([1e3 * one.together for one in work.timings]),
    }
    steps = np.array([one.steps for one in work.timings])
    chart = LineChart(
        [Series(name, y, steps) for name, y in series.items()], Axis("steps"), y="ms", height=CHART
    )
    return Section("result", "Time", Text(told, style="dim"), Group(table, Text(""), chart))
