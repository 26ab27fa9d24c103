"""The story of mels: the filters, what they let through, in decibels, and the cosines of MFCCs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.stft.record import Work
from dlcli.commands.stft.story import framing_sections
from dlcli.engines.spectral.decibels import below_largest, power
from dlcli.engines.spectral.mfcc import dct_basis
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.again import again
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.charts.series import Series
from dlcli.views.charts.spectrogram import BELOW, mel_marks
from dlcli.views.look import SMALL, facts
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import Cells
from dlcli.views.story import Section, Story
from dlcli.views.tables.matrix import Matrix, ends
from dlcli.views.tables.sums import Summands, largest, sum_of_others
from dlcli.views.tables.table import Table
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula, bracketed, formulas
from dlcli.words.number import Numbers, counted, number

CHART = 7  # terminal rows of the triangles
HIGH = 16  # and of the picture of mels
ROWS = 9  # filters whose hertz are listed
LISTED, LARGEST = 24, 12  # terms up to which all are listed; how many are, of more

#: Scale -> its formula, and what its name stands for.
SCALES = {
    "slaney": (
        "f / 66.67 below 1000 Hz, 15 + 27 ln(f / 1000) / ln 6.4 above",
        "Slaney's: a straight line to 1000 Hz, logarithms above",
    ),
    "htk": ("2595 log10(1 + f / 700)", "HTK's: one logarithm"),
}

#: Norm -> what it makes of a filter.
NORMS = {"slaney": "each of area 1 in hertz", "none": "each 1 at its peak"}


def story(work: Work, *, precision: int = 4) -> Story:
    """How the sound was cut, the triangles, what they let through and, of MFCCs, its sums of cosines."""
    parts = [
        *framing_sections(work, precision),
        Section("formula", "Mel", body=_formulas(work, precision)),
        Section("parameters", "Filters", _filters(work, precision), _triangles(work)),
        Section("parameters", "Their hertz", body=_hertz(work, precision)),
    ]
    if work.emit == "mel":
        made = work.mel()
        parts.append(Section("result", "Mel", facts(made, precision), _mel(work, precision)))
    else:
        made = work.log_mel() if work.emit == "log-mel" else work.mfcc()
        name = "Log-mel" if work.emit == "log-mel" else "Log-mel that they are of"
        levels = work.mel_levels(str(work.emit))
        told = facts(Tensor(levels, (work.mel_axis, *work.axes[1:]), "log-mel"), precision)
        parts.append(Section("result", name, told, _levels(work, levels, precision)))
    if work.emit == "mfcc":
        parts.append(Section("parameters", "Cosines", _cosines(work), _basis(work)))
        parts.append(Section("result", "MFCC", facts(made, precision), _coefficients(work, made, precision)))
    parts.append(Section("notice", "Notice", Text(" ".join(_notices(work, precision)))))
    parts.append(Section("next", "Try next", body=CommandLine(*_next(work, made))))
    return Story(*parts)


def _formulas(work: Work, precision: int) -> Group:
    settings, top_db = work.mel_settings, work.top_db(work.emit)
    area = " · 2 / (right − left)" if settings.norm == "slaney" else ""
    rows = [
        ("mel(f)", [SCALES[settings.scale][0]]),
        ("w[m, k]", [f"max(0, min((f − left) / (centre − left), (right − f) / (right − centre))){area}"]),
        ("mel[m, t]", ["Σ w[m, k] · |s[k, t]|²"]),
    ]
    if work.emit != "mel":
        level = f"10 log10(max(mel, {number(work.least_power, precision)}){_over(work, precision)})"
        if top_db is not None:
            level = f"max({level}, largest − {number(top_db, precision)})"
        rows.append(("log-mel", [level]))
    if work.emit == "mfcc":
        count = len(work.mel_axis.labels or ())
        rows.append(
            (
                "mfcc[n, t]",
                [f"√(2/{count}) · Σ log-mel[m, t] · cos(πn(2m + 1) / {2 * count}); n = 0 by 1/√2 less"],
            )
        )
    return formulas(rows)


def _reference(work: Work) -> float:
    """The power of 0 dB."""
    reference = work.mel_settings.reference
    if reference == "max":
        return max(float(work.mel_powers.max(initial=0)), work.least_power)
    return max(float(reference), work.least_power)


def _over(work: Work, precision: int) -> str:
    reference = work.mel_settings.reference
    if reference == 1:
        return ""
    return f" / {number(_reference(work), precision)}"


def _filters(work: Work, precision: int) -> Text:
    settings = work.mel_settings
    filters, edges = work.mel_bank
    told = f"{len(filters)} from {number(edges[0], precision)} to {number(edges[-1], precision)} Hz"
    norm = NORMS[settings.norm]
    return Text(
        f"{told}, {norm if len(filters) > 1 else norm.removeprefix('each ')}; {SCALES[settings.scale][1]}"
    )


def _triangles(work: Work) -> LineChart:
    """All triangles as two lines: those with even numbers, which never overlap, and those with odd ones."""
    _, edges = work.mel_bank
    peaks = np.ones(len(edges))
    if work.mel_settings.norm == "slaney":
        peaks[1:-1] = 2 / (edges[2:] - edges[:-2])
    lines = []
    for first, name in ((0, "filters 0, 2, 4 …"), (1, "filters 1, 3, 5 …")):
        x = edges[first : len(edges) - (len(edges) - first + 1) % 2]
        if len(x) > 2:
            y = peaks[first : first + len(x)].copy()
            y[::2] = 0
            lines.append(Series(name, y, x))
    return LineChart(lines, Axis("frequency", start=0.0, step=1.0, unit="Hz"), height=CHART)


def _hertz(work: Work, precision: int) -> Table:
    """Where filters begin, peak and end, and how many frequencies of the spectrum are in each."""
    filters, edges = work.mel_bank
    places = ends(len(filters), ROWS)
    known = [place for place in places if place is not None]
    parts = [Numbers(edges[np.array(known) + shift], precision).texts.tolist() for shift in range(3)]
    inside = np.count_nonzero(filters, axis=1)
    rows, at = [], 0
    for place in places:
        if place is None:
            rows.append(("…", "", "", "", "", ""))
            continue
        top = number(float(filters[place].max()), precision)
        rows.append((str(place), *(part[at].strip() for part in parts), str(inside[place]), top))
        at += 1
    header = ("mel", "left", "centre", "right", "frequencies", "largest weight")
    return Table(header, rows, right=range(6))


def _mel(work: Work, precision: int) -> RenderableType:
    """The powers: a few as numbers, others in decibels below the largest."""
    powers = work.mel_powers
    if powers.ndim == 2 and max(powers.shape) <= SMALL:
        return Matrix(
            powers, rows=work.mel_axis, columns=work.axes[1], precision=precision, scale="sequential",
            cells=Cells("mel", "r,c"),
        )  # fmt: skip
    return _levels(work, below_largest(powers), precision, BELOW)


def _levels(work: Work, levels: Array, precision: int, words: str = "decibels") -> RenderableType:
    """Decibels of mels, low ones at the bottom; of several channels their mean."""
    mean = levels.mean(axis=2) if levels.ndim == 3 else levels
    of = ", mean of the channels" if levels.ndim == 3 else ""
    marks = mel_marks(work.mel_bank[1][1:-1])
    view = HeatMap(
        mean,
        work.mel_axis,
        work.axes[1],
        scale="sequential",
        origin="lower",
        height=HIGH,
        precision=precision,
        marks=marks or None,
    )
    return Group(Text(f"{words}{of}; the axis in hertz, evenly spaced in mel", style="dim"), view)


def _cosines(work: Work) -> Text:
    count, mels = work.mel_settings.coefficients, len(work.mel_axis.labels or ())
    return Text(f"{count} of {mels}, what each coefficient compares the mels with")


def _basis(work: Work) -> LineChart:
    """The first cosines over the mels."""
    count, mels = work.mel_settings.coefficients, len(work.mel_axis.labels or ())
    basis = dct_basis(min(count, 4), mels)
    return LineChart({f"n = {n}": row for n, row in enumerate(basis)}, Axis("mel"), height=CHART - 1)


def _coefficients(work: Work, made: Tensor, precision: int) -> RenderableType:
    """The coefficients without the first, beside which all others would look alike."""
    values = made.data.mean(axis=2) if made.data.ndim == 3 else made.data
    if max(values.shape) <= SMALL:
        return Matrix(values, rows=made.axes[0], columns=work.axes[1], precision=precision)
    if len(values) == 1:
        return LineChart({"0": values[0]}, work.axes[1], height=CHART)
    rows = Axis("coefficient", tuple(str(n) for n in range(1, len(values))))
    view = HeatMap(
        values[1:], rows, work.axes[1], scale="diverging", origin="lower", height=HIGH, precision=precision
    )
    return Group(Text("without coefficient 0, the loudness, which is many times as large", style="dim"), view)


def _notices(work: Work, precision: int) -> Iterator[str]:
    if work.empty_mels:
        yield f"{work.empty_mels}."
    mels, frequencies = len(work.mel_axis.labels or ()), len(work.data)
    if work.emit != "mfcc":
        are = "is" if mels == 1 else "are"
        yield (
            f"Of {frequencies} frequencies a frame {counted(mels, 'mel')} {are} left, without phases: they "
            "cannot be taken apart again, and nets that hear words need no more."
        )
        if work.emit == "log-mel" and work.mel_settings.reference == 1:
            yield "0 dB is a power of 1; --ref max makes it the largest of this sound."
        return
    if work.mel_settings.own_top_db is None and work.block is None:
        yield "What lies 80 dB below the largest counts as that low (--top-db)."
    yield (
        f"Coefficient 0 is √{mels} times the mean of the log-mels, the loudness of the frame; the others "
        "tell the shape of its spectrum, coarse before fine."
    )


def _next(work: Work, made: Tensor) -> list[list[str]]:
    """The same line asking for its strongest mel; of mels MFCCs."""
    values = work.mel_powers
    place = np.unravel_index(int(np.argmax(np.nan_to_num(values))), values.shape)
    cell = [1 if work.emit == "mfcc" and len(made.data) > 1 else int(place[0]), *map(int, place[1:])]
    if work.emit == "mfcc":
        cell[0] = min(cell[0], len(made.data) - 1)
    if work.block:
        cell[1] += work.block.first_frame
    asked = ("--emit", str(work.emit), "--explain", ",".join(map(str, cell)))
    return again(work.line, work.input, *asked, without=("--block", "--frequencies"))


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Σ weight · power behind one mel, and what its decibels are.

    Raises ``WrongUsage`` when there is no such cell.
    """
    log = work.emit == "log-mel"
    made = work.log_mel() if log else work.mel()
    m, t, *channel = cell = checked(cell, made)
    filters, edges = work.mel_bank
    powers = _column(power(work.data[:, t : t + 1]), 0, channel)
    weights = filters[m].astype(work.data.real.dtype).astype(float)
    total = float(weights @ powers)
    left, centre, right = edges[m : m + 3]
    span = f"from {number(left, precision)} over {number(centre, precision)} to {number(right, precision)} Hz"
    value = number(made.data[cell], precision)
    sections = [
        Section("input", "Input", origin_words(work.input, precision)),
        Section("parameters", f"Filter {m}", Text(span), _one_triangle(work, m)),
        Section("parameters", "A weight", body=_weight(work, m, precision)),
        Section(
            "arithmetic", "Arithmetic", _share(work, m, powers), _powers(work, weights, powers, precision)
        ),
        Section("result", made.name.capitalize(), Text(f"{value} at {cell_words(cell, made)}")),
    ]
    if log:
        sections.insert(4, Section("arithmetic", "Decibels", body=_decibels(work, total, precision)))
    return Story(*sections)


def _column(values: Array, frame: int, channel: list[int]) -> Array:
    """The numbers of one frame of one channel, in float64."""
    return values[:, frame].reshape(len(values), -1)[:, channel[0] if channel else 0].astype(np.float64)


def _one_triangle(work: Work, m: int) -> LineChart:
    """A filter over the frequencies that it lets through, its weights as they fall on them."""
    filters, edges = work.mel_bank
    step = work.axes[0].step or 1.0
    low, high = int(edges[m] / step), min(int(np.ceil(edges[m + 2] / step)), filters.shape[1] - 1)
    axis = Axis("frequency", start=low * step, step=step, unit="Hz")
    return LineChart({"weight": filters[m, low : high + 1]}, axis, height=CHART - 2)


def _weight(work: Work, m: int, precision: int) -> RenderableType:
    """How the largest weight of a filter comes about."""
    filters, edges = work.mel_bank
    k = int(filters[m].argmax())
    if not filters[m, k]:
        return Text("none: no frequency lies between its ends")
    f, (left, centre, right) = k * (work.axes[0].step or 1.0), edges[m : m + 3].tolist()
    said = {
        name: number(value, precision) for name, value in zip("flcr", (f, left, centre, right), strict=True)
    }
    slope = (
        f"({said['f']} − {said['l']}) / ({said['c']} − {said['l']})"
        if f <= centre
        else f"({said['r']} − {said['f']}) / ({said['r']} − {said['c']})"
    )
    area = f" · 2 / ({said['r']} − {said['l']})" if work.mel_settings.norm == "slaney" else ""
    return Formula(f"w[{m}, {k}]", f"{slope}{area}", number(float(filters[m, k]), precision))


def _share(work: Work, m: int, powers: Array) -> Text:
    inside = int(np.count_nonzero(work.mel_bank[0][m]))
    return Text(f"{inside} of {len(powers)} frequencies have a weight", style="dim")


def _powers(work: Work, weights: Array, powers: Array, precision: int) -> RenderableType:
    """Weights, powers and their products; of many the largest."""
    here = np.flatnonzero(weights)
    products = weights * powers
    shown = here if len(here) <= LISTED else here[largest(products[here], LARGEST)]
    if not len(here):
        return Text("nothing is added up: 0")
    totals = [("sum", float(products.sum()))]
    if len(shown) < len(here):
        others = sum_of_others(products[here], np.searchsorted(here, shown))
        totals.insert(0, (f"{len(here) - len(shown)} others", others))
    return Summands(
        {"k": [str(k) for k in shown.tolist()], "frequency": [work.axes[0].place(int(k)) for k in shown]},
        {"weight": weights[shown], "power": powers[shown], "product": products[shown]},
        totals,
        precision=precision,
    )


def _decibels(work: Work, total: float, precision: int) -> Group:
    """From a power to its decibels, the floor of --top-db last."""
    least = work.least_power
    said = number(total, precision)
    inner = said if total >= least else f"max({said}, {number(least, precision)})"
    level = 10 * np.log10(max(total, least) / _reference(work))
    rows: list[tuple[str, list[str]]] = [
        ("dB", [f"10 log10({inner}{_over(work, precision)})", number(level, precision)])
    ]
    if (top_db := work.top_db(work.emit)) is not None:
        highest = 10 * np.log10(max(float(work.mel_powers.max(initial=0)), least) / _reference(work))
        floor = highest - top_db
        sides = f"max({number(level, precision)}, {number(highest, precision)} − {number(top_db, precision)})"
        rows.append(("top-db", [sides, number(max(level, floor), precision)]))
    return formulas(rows)


def explain_mfcc(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Σ log-mel · cosine behind one coefficient.

    Raises ``WrongUsage`` when there is no such cell.
    """
    made = work.mfcc()
    n, t, *channel = cell = checked(cell, made)
    levels = _column(work.mel_levels("mfcc"), t, channel)
    mels, around = len(levels), levels - levels.mean()
    cosines = np.cos(np.pi * (n * (2 * np.arange(mels) + 1) % (4 * mels)) / (2 * mels)).round(15) + 0.0
    products = levels * cosines
    shown = np.arange(mels) if mels <= 2 * LISTED else largest(products, LARGEST)
    totals = [("sum", float(products.sum()))]
    if len(shown) < mels:
        totals.insert(0, (f"{mels - len(shown)} others", sum_of_others(products, shown)))
    factor = f"√(1/{mels})" if n == 0 else f"√(2/{mels})"
    value = made.data[cell]
    as_high = cosines * max(float(np.abs(around).max()), 1)
    lines = LineChart({"log-mel": around, f"cosine {n}": as_high}, Axis("mel"), height=CHART)
    labels = work.mel_axis.labels or ()
    turn = f"cos(π·{n}·(2m + 1) / {2 * mels})"
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        Section(
            "parameters", f"Frame {t}", Text("its mels around their mean, and the cosine as high"), lines
        ),
        Section(
            "arithmetic",
            "Arithmetic",
            Text(turn, style="dim"),
            Summands(
                {"m": [str(m) for m in shown.tolist()], "mel": [labels[m] for m in shown.tolist()]},
                {"log-mel": levels[shown], "cosine": cosines[shown], "product": products[shown]},
                totals,
                precision=precision,
            ),
        ),
        Section(
            "arithmetic",
            "Orthonormal",
            body=Formula(
                f"mfcc[{n}]",
                f"{factor} · {bracketed(number(float(products.sum()), precision))}",
                number(value, precision),
            ),
        ),
        Section("result", "MFCC", Text(f"{number(value, precision)} at {cell_words(cell, made)}")),
    )


#: Result -> what explains its cells.
EXPLAIN = {"mel": explain, "log-mel": explain, "mfcc": explain_mfcc}
TELLS = tuple(EXPLAIN)
