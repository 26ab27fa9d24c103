"""The picture of a spectrum: decibels over time and frequency, evenly, by factors or as the ear has them."""

from __future__ import annotations

from itertools import pairwise
from math import floor, log10

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.stft.record import Work
from dlcli.tensor import Array, Axis
from dlcli.views.charts.heat_map import HeatMap
from dlcli.words.number import number

HIGH = 20  # terminal rows, of two half blocks each
FINE = 6  # rows of a logarithmic axis in every terminal row, for terminals that have pixels
LOWEST = 20.0  # hertz at which a logarithmic axis begins at the earliest

#: What is said of the vertical axis.
SPACING = {
    "linear": "",
    "log": ", each octave equally high",
    "mel": ", in mel filters, evenly spaced to the ear",
}


def spectrogram(work: Work, precision: int) -> RenderableType:
    """Decibels below the largest, frequency upwards, over an axis of the kind that was asked for."""
    rows, columns = work.axes[:2]
    kind = work.frequencies if rows.step else "linear"
    marks: dict[float, str] | None = None
    if kind == "mel":
        values, centres = work.mel_decibels()
        places = np.arange(len(centres))
        marks = {
            float(np.interp(hertz, centres, places)): number(hertz)
            for hertz in round_numbers(centres[0], centres[-1])
        }
    elif kind == "log":
        values, marks = _logarithmic(work.decibels, rows)
    else:
        values = work.decibels
    view = HeatMap(
        values,
        rows,
        columns,
        scale="sequential",
        origin="lower",
        height=HIGH,
        precision=precision,
        marks=marks,
    )
    return Group(Text(f"decibels below the largest{SPACING[kind]}", style="dim"), view)


def _logarithmic(values: Array, rows: Axis) -> tuple[Array, dict[float, str]]:
    """The strongest frequency of each row, a factor above the row before, and which rows are marked."""
    step = rows.step or 1.0
    low, high = max(step, LOWEST if rows.unit else step), step * (len(values) - 1)
    high = max(high, 2 * low)
    count = HIGH * FINE
    found = []
    for a, b in pairwise(np.geomspace(low, high, count + 1) / step):
        first = min(floor(a + 0.5), len(values) - 1)
        last = max(min(floor(b + 0.5), len(values)), first + 1)
        found.append(values[first:last].max(axis=0))
    octaves = log10(high / low)
    marks = {count * log10(value / low) / octaves - 0.5: number(value) for value in round_numbers(low, high)}
    return np.array(found), marks


def round_numbers(low: float, high: float) -> list[float]:
    """1, 2 and 5 times the powers of ten between two positive ends.

    >>> round_numbers(20, 700)
    [20.0, 50.0, 100.0, 200.0, 500.0]
    """
    powers = range(floor(log10(low)), floor(log10(high)) + 1)
    values = (float(f"{times}e{power}") for power in powers for times in (1, 2, 5))
    return [value for value in values if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]
