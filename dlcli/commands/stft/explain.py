"""One number of a spectrum: its frame, the window, and the sum of turning arrows that it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.commands.stft.record import Work
from dlcli.engines.spectral.terms import frequency_terms
from dlcli.tensor import Array, Axis
from dlcli.views.charts.chart import LineChart
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import NO_CELLS, Listed, listed
from dlcli.views.story import Section, Story
from dlcli.views.tables.sums import sum_of_others
from dlcli.views.tables.table import Table
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.formula import Formula, bracketed
from dlcli.words.number import MINUS, Numbers, number

LISTED = 16  # terms up to which all are listed
LARGEST = 8  # how many are, of more
SHOWN = 80  # decibels below the strongest frequency that its spectrum goes down to
CHART = 6  # terminal rows of the frame and of its spectrum


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The samples of the frame under the window, their spectrum, and the sum behind one frequency.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.spectrum)
    k, t, *channel = cell
    value = work.data[cell]
    x = work.frame_samples(t, *channel)
    turns = f"frequency {k}, {work.axes[0].place(k)}: "
    turns += f"the angle turns by {k}/{work.plan.n_fft} of a circle a sample"
    told = f"{number(value, precision)} at {cell_words(cell, work.spectrum)}"
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        Section("parameters", f"Frame {t}", _span(work, t, precision), _frame(work, x, t)),
        Section("parameters", "Its spectrum", _peak(work, t, precision), _spectrum(work, cell), found=True),
        Section(
            "arithmetic",
            "Arithmetic",
            Text(turns, style="dim"),
            _terms(work, x, k, precision),
            _samples(work, t, channel),
        ),
        Section(
            "arithmetic", "Size, power and phase", body=_polar(complex(value), work.least_power, precision)
        ),
        Section("result", "Spectrum", Text(told)),
    )


def _first(work: Work, t: int) -> int:
    """The sample of the sound that the first weight of a frame falls on."""
    return work.framing.first + t * work.plan.hop + work.plan.offset


def _samples(work: Work, t: int, channel: Sequence[int]) -> Listed:
    """The samples of the sound under a frame; of a row of numbers those of the row."""
    x, first, count = work.input, _first(work, t), work.framing.samples
    row = [0] if x.shape == (1, count) else []
    if not row and x.shape[0] != count:
        return NO_CELLS
    inside = range(max(0, first), min(first + work.plan.frame, count))
    return listed(x, ((*row, sample, *channel) for sample in inside))


def _span(work: Work, t: int, precision: int) -> Text:
    """Where a frame lies, in samples and seconds, and how much of it is padding."""
    first, rate = _first(work, t), work.sound.rate
    places = np.arange(first, first + work.plan.frame)
    told = f"samples {first} to {places[-1]}" if len(places) > 1 else f"sample {first}"
    if rate:
        begin, end = (work.origin + edge / rate for edge in (first, places[-1] + 1))
        told += f", {number(begin, precision)} to {number(end, precision)} s"
    outside = int(np.count_nonzero((places < 0) | (places >= work.framing.samples)))
    return Text((told + (f"; {outside} of them padding" if outside else "")).replace("-", MINUS))


def _polar(value: complex, least: float, precision: int) -> Group:
    """Size, power, decibels and angle of a complex number: what can be emitted in its place."""
    real, imaginary, size = (number(part, precision) for part in (value.real, value.imag, abs(value)))
    power, angle = abs(value) ** 2, float(np.angle(value))
    square = number(power, precision)
    level = square if power >= least else f"max({square}, {number(least, precision)})"
    decibels = number(10 * np.log10(max(power, least)), precision)
    root = f"√({bracketed(real)}² + {bracketed(imaginary)}²)"
    degrees = f"{number(np.degrees(angle), 3)}°"
    return Group(
        Formula("|s|", root, size, name_width=5),
        Formula("|s|²", f"{size}²", square, name_width=5),
        Formula("dB", f"10 log10({level})", decibels, name_width=5),
        Formula("phase", f"atan2({imaginary}, {real})", number(angle, precision), degrees),
    )


def _frame(work: Work, x: Array, t: int) -> LineChart:
    first, rate = _first(work, t), work.sound.rate
    time = Axis("time", start=work.origin + first / rate, step=1 / rate, unit="s") if rate else Axis("n")
    return LineChart({"x": x, "w·x": x * work.plan.window}, time, height=CHART, tight=True)


def _spectrum(work: Work, cell: tuple[int, ...]) -> LineChart | None:
    """The decibels of every frequency of this frame, when it is not silent."""
    frame: tuple[int | slice, ...] = (slice(None), *cell[1:])
    column = work.data[frame]
    if not column.any():
        return None
    level = 20 * np.log10(np.maximum(np.abs(column), 1e-15))
    level = np.maximum(level, level.max() - SHOWN)
    return LineChart({"dB": level}, work.axes[0], y="dB", height=CHART, tight=True)


def _peak(work: Work, t: int, precision: int) -> Text:
    found = work.strongest(t, 1)
    if not found and not np.isfinite(work.data[:, t]).all():
        return Text("nobody can tell: not all numbers are finite")
    if not found:
        return Text("as strong everywhere" if work.data[:, t].any() else "silent")
    place, _, note = found[0]
    unit = work.axes[0].unit
    return Text(f"highest near {number(place, precision)} {unit}".rstrip() + (f" ({note})" if note else ""))


def _terms(work: Work, x: Array, k: int, precision: int) -> Table:
    """Every sample times its weight times the cosine and the sine of its angle; of many the largest."""
    plan = work.plan
    terms = frequency_terms(x, k, plan)
    n = np.arange(plan.frame)
    shown = n if len(n) <= LISTED else np.sort(np.argsort(-np.abs(terms.weighted), kind="stable")[:LARGEST])
    parts = terms.real, terms.imaginary
    sums = [[part.sum()] for part in parts]
    names = ["sum"]
    if len(shown) < len(n):
        sums = [[sum_of_others(part, shown), *total] for part, total in zip(parts, sums, strict=True)]
        names.insert(0, f"{len(n) - len(shown)} others")
    waves = (part.round(12) + 0.0 for part in (terms.cosine, terms.sine))
    columns = [
        Numbers(values[shown], precision).texts.tolist()
        for values in (x, plan.window, np.degrees(terms.angle), *waves)
    ]
    both = [
        Numbers(np.concatenate([part[shown], total]).round(12) + 0.0, precision).texts.tolist()
        for part, total in zip(parts, sums, strict=True)
    ]
    rows = [
        (str(int(shown[i])), *(column[i] for column in columns), *(column[i] for column in both))
        for i in range(len(shown))
    ]
    rows += [
        (name, "", "", "", "", "", *(column[len(shown) + i] for column in both))
        for i, name in enumerate(names)
    ]
    head = "w·x" if plan.factor == 1 else f"{number(plan.factor, precision)}·w·x"
    header = ("n", "x", "w", "angle°", "cos", f"{MINUS}sin", f"{head}·cos", f"{head}·({MINUS}sin)")
    return Table(header, rows, right=range(1, 8), whole=(0,), heads=range(8))
