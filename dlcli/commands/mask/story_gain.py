"""What is told of gains: the noise that was learnt, their picture, and the steps behind one number."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.mask.record import Soft, Work, amplitudes
from dlcli.engines.spectral.denoise import ratio_gain, subtraction_gain, wiener_gain
from dlcli.tensor import Array
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.look import SMALL, matrix
from dlcli.views.story import Section
from dlcli.views.tables.table import Table
from dlcli.views.text.formula import bracketed
from dlcli.words.number import MINUS, counted, number, percent

CHART, GAIN = 8, 10  # terminal rows of the noise and of the gain
FEW = 8  # frames from which on a deviation says something

#: Soft gain -> what it does, in words.
SOFTLY = {
    "ratio": "a half at the threshold, more above, less below",
    "wiener": "the share of the power that is not noise",
    "subtract": "the size of the noise is taken away",
}

Rows = list[tuple[str, list[str]]]


def noise_sections(work: Work) -> list[Section]:
    """The noise that was learnt: how loud it is at each frequency, and where the threshold lies."""
    noise = work.noise
    if noise is None:
        return []
    count = noise.last - noise.first + 1
    span = f"frame {noise.axis.place(noise.first)} to {noise.axis.place(noise.last)}"
    told = Text(f"{span}, {counted(count, 'frame')}")
    if work.input.shape[0] < 2:
        return [Section("parameters", "Noise", told)]
    lines = {"noise": noise.noise.level}
    if has_threshold(work):
        lines["threshold"] = _decibels(noise.threshold)
    others = _others(work)
    if others.size and np.isfinite(others).all():
        lines["other frames"] = _decibels(np.sqrt(np.square(others).mean(axis=1, keepdims=True)))
    means = {name: values.reshape(len(values), -1).mean(axis=1) for name, values in lines.items()}
    chart = LineChart(means, work.input.axes[0], y="dB", height=CHART, tight=True)
    return [Section("parameters", "Noise", told, chart)]


def has_threshold(work: Work) -> bool:
    """Whether what was learnt of noise is used as a threshold, and not as its mean."""
    return work.noise is not None and (work.soft is None or work.soft.name == "ratio")


def _others(work: Work) -> Array:
    """The sizes of the frames that are not in the passage, which may lie in a block before this one."""
    assert work.noise is not None
    sizes = amplitudes(work.input)
    if work.elsewhere:
        return sizes
    return np.delete(sizes, np.s_[work.noise.first : work.noise.last + 1], axis=1)


def _decibels(size: Array) -> Array:
    """20 log10 of sizes, no number for 0."""
    found: Array = 20 * np.log10(np.where(size > 0, size, np.nan))
    return found


def gain_sections(work: Work, precision: int) -> list[Section]:
    """What the numbers were multiplied by, as a picture; of a small table its numbers."""
    if work.gain is None or work.input.data.ndim not in (2, 3):
        return []
    gain = work.gains if work.gains.ndim == 2 else work.gains.mean(axis=2)
    rows, columns = work.input.axes[:2]
    if max(gain.shape) <= SMALL:
        areas = ""
        view: RenderableType = matrix(gain, rows, columns, precision=precision, limits=(-1, 1))
    else:
        areas = "; the picture shows means"
        origin = "lower" if work.spectrum else "upper"
        view = HeatMap(
            gain,
            rows,
            columns,
            scale="gray",
            limits=(0, 1),
            origin=origin,
            height=GAIN,
            precision=precision,
            mean=True,
        )
    mean = number(float(work.gains.mean(dtype=np.float64)), 3)
    by = "what each number was multiplied by" + ", G²" * work.powers
    return [Section("result", "Gain", Text(f"{by}, {mean} in the mean{areas}"), view)]


def gained(work: Work) -> RenderableType | None:
    """How loud the passage and the other frames were and are, and by how much they are further apart."""
    rows, changes = [], []
    for name, passage in (("the passage of noise", True), ("the other frames", False)):
        levels = work.levels_of(passage=passage)
        if levels is None:
            continue
        before, after = (f"{number(level)} dB" if np.isfinite(level) else "silent" for level in levels)
        change = ""
        if np.isfinite(levels).all():
            changes.append(levels[1] - levels[0])
            change = f"{_signed(changes[-1])} dB"
        rows.append((name, before, after, change))
    if len(changes) == 2:
        rows.append(("further apart by", "", "", f"{_signed(changes[1] - changes[0])} dB"))
    return Table(("mean power", "before", "after", "change"), rows, right=(1, 2, 3)) if rows else None


def _signed(decibels: float) -> str:
    text = number(decibels, 3)
    return text if text.startswith(MINUS) else f"+{text}"


def noise_notices(work: Work) -> Iterator[str]:
    """What of the noise still passes, and what would change that."""
    noise = work.noise
    assert noise is not None
    if not noise.noise.power.any():
        yield "The passage is silent, and nothing can be learnt from it: everything passes."
        return
    passed = work.mask[:, noise.first : noise.last + 1]
    if work.soft is None and work.smooth is None and not work.elsewhere:
        yield from _passed(work, int(passed.sum()), passed.size)
    elif work.soft is not None:
        yield (
            "What is near the noise is made weaker instead of kept or set to 0: fewer lonely tones are left, "
            "and a little is taken of what should stay."
        )
    frames = noise.last - noise.first + 1
    if frames < FEW:
        says = "says" if frames == 1 else "say"
        yield f"{counted(frames, 'frame')} {says} little of how noise varies: a longer passage says more."


def _passed(work: Work, passed: int, size: int) -> Iterator[str]:
    """What of the passage is louder than its threshold, and what helps against that."""
    noise = work.noise
    assert noise is not None
    if not passed:
        yield "Nothing of the passage is kept."
        return
    fewer = "a larger --n-std keeps fewer, " if noise.noise.deviation.any() else ""
    soft = "--soft leaves" if work.floor else "--soft and --reduction leave"
    yield (
        f"{percent(passed, size)} of the numbers of the passage {'is' if passed == 1 else 'are'} kept: noise "
        f"that is now and then louder than usual. Alone as they stand they sound like bells; "
        f"{fewer}--smooth blurs them, {soft} some noise that hides them."
    )


def steps(work: Work, cell: tuple[int, ...], precision: int) -> Rows:
    """From the size of one number to its gain and what became of it."""
    assert work.gain is not None
    size, rows = float(amplitudes(work.input)[cell]), Rows()
    x = number(size, precision)
    if work.powers:
        rows.append(("size", [f"√{number(work.size[cell].item(), precision)}", x]))
    if work.noise is not None:
        rows += _learnt_steps(work, cell, precision)
    strength, used = float(work.gain.strength[cell]), float(work.gain.used[cell])
    reference = _reference(work, cell)
    if work.soft is not None:
        wherever = _soft_gain(work.soft, size, reference)
        formula = soft_formula(work.soft, x, number(reference, precision))
        rows.append(("gain", [formula, number(wherever, precision)]))
    elif work.noise is not None:
        wherever = float(size > reference)
        sign = ">" if wherever else "≤"
        rows.append(("gain", [f"{number(wherever)}, for {x} {sign} {number(reference, precision)}"]))
    else:
        wherever = strength
        rows.append(("gain", [number(strength, precision)]))
    if wherever and not strength:
        rows.append(("its place", ["not kept: 0"]))
    if work.floor:
        least = f"max({number(strength, precision)}, {number(work.floor, precision)})"
        rows.append(("reduction", [least, number(max(strength, work.floor), precision)]))
    if work.smooth is not None:
        if not work.in_range(cell):
            rows.append(
                ("smooth", ["its place is not kept, whatever its neighbours are", number(used, precision)])
            )
        else:
            rows.append(
                ("smooth", [f"the mean with its neighbours', {_triangle(work)}", number(used, precision)])
            )
    factor = number(used, precision) + ("²" if work.powers else "")
    value = number(work.input.data[cell], precision)
    value = f"({value})" if work.input.data.dtype.kind == "c" else bracketed(value)
    rows.append(("y", [f"{value} · {factor}", number(work.output.data[cell], precision)]))
    return rows


def frequency_section(work: Work, cell: tuple[int, ...]) -> list[Section]:
    """How loud the frequency of a cell is from frame to frame, and what it is compared with."""
    if work.noise is None:
        return []
    row = amplitudes(work.input)[cell[0]]
    sizes = row[:, cell[2]] if row.ndim == 2 else row
    reference = _reference(work, cell)
    power = work.soft is not None and work.soft.name == "wiener"
    compared = _decibels(np.full(sizes.shape, reference**0.5 if power else reference))
    lines = {"size": _decibels(sizes), "threshold" if has_threshold(work) else "noise": compared}
    chart = LineChart(lines, work.input.axes[1], y="dB", height=CHART - 2, tight=True)
    return [Section("parameters", "Its frequency", body=chart)]


def _learnt_steps(work: Work, cell: tuple[int, ...], precision: int) -> Rows:
    """What was learnt of the frequency of a cell."""
    assert work.noise is not None
    noise, place = work.noise.noise, (cell[0], 0, *cell[2:])
    size = "√x" if work.powers else "|x|"
    if not has_threshold(work):
        square = "²" if work.soft is not None and work.soft.name == "wiener" else ""
        told = f"mean {size}{square} of the passage"
        return [("noise", [told, number(_reference(work, cell), precision)])]
    level, deviation, k = float(noise.level[place]), float(noise.deviation[place]), work.noise.deviations
    said = number(level + k * deviation, precision)
    told = f"{number(level, precision)} + {number(k, precision)} · {number(deviation, precision)}"
    return [
        ("L, in dB", [told, said]),
        ("threshold", [f"10^({said} / 20)", number(float(work.noise.threshold[place]), precision)]),
    ]


def _reference(work: Work, cell: tuple[int, ...]) -> float:
    """What the size of a cell is compared with: the noise of its frequency, or the level of --above."""
    if work.noise is None:
        level = next((level for name, _, level in work.levels if name == "above"), 0.0)
        return level**0.5 if work.powers else level
    noise = work.noise.noise
    of = {"wiener": noise.power, "subtract": noise.size}
    found = of.get("" if work.soft is None else work.soft.name, work.noise.threshold)
    return float(found[(cell[0], 0, *cell[2:])])


def _soft_gain(soft: Soft, size: float, reference: float) -> float:
    """The soft gain of a size, wherever it stands."""
    gain = {"ratio": ratio_gain, "wiener": wiener_gain, "subtract": subtraction_gain}[soft.name]
    return float(gain(np.array(size), np.array(reference), soft.strength))


def soft_formula(soft: Soft, size: str, reference: str) -> str:
    """The formula of a soft gain with these numbers or letters."""
    strength = number(soft.strength)
    times = "" if soft.strength == 1 else f"{strength} · "
    return {
        "ratio": f"{size}^{strength} / ({size}^{strength} + {reference}^{strength})",
        "wiener": f"max(0, 1 {MINUS} {times}{reference} / {size}²)",
        "subtract": f"max(0, 1 {MINUS} {times}{reference} / {size})",
    }[soft.name]


def formula_rows(work: Work, parts: list[str], precision: int) -> Rows:
    """y of x: with ``parts``, the rules of levels and places, and the gain."""
    size = "√x" if work.powers else "|x|"
    soft, power = work.soft, "²" if work.powers else ""
    if work.noise is not None and soft is None:
        parts = [f"{size} > t", *parts]
    where = f" if {' and '.join(parts)} else " if parts else ""
    least = number(work.floor, precision) if work.floor else "0"
    rows: Rows = []
    if soft is None and work.smooth is None:
        weaker = f"x · {number(work.floor ** (2 if work.powers else 1), precision)}" if work.floor else "0"
        rows.append(("y", [f"x{where}{weaker}"]))
    else:
        gain = "1"
        if soft is not None:
            reference = "n" if work.noise is not None else number(_reference(work, (0, 0)), precision)
            gain = soft_formula(soft, size, "t" if has_threshold(work) else reference)
        if work.floor and soft is not None:
            gain = f"max({gain}, {least})"
        rows.append(("y", [f"x · G{power}"]))
        rows.append(("G", [f"{gain}{where}{least}" if where else gain]))
        if work.smooth is not None:
            rows.append(("", [f"averaged, {_triangle(work)}"]))
    if work.noise is not None and has_threshold(work):
        k = number(work.noise.deviations)
        rows.append(("t", ["10^(L / 20) of each frequency"]))
        rows.append(("L", [f"mean + {k} · deviation of 20 log10 {size}"]))
    elif work.noise is not None and soft is not None:
        square = "²" if soft.name == "wiener" else ""
        frames = work.noise.last - work.noise.first + 1
        rows.append(("n", [f"Σ {size}{square} / {frames} over the passage"]))
    return rows


def _triangle(work: Work) -> str:
    """How far a gain is averaged, and with which weights."""
    rows, columns = work.smooth or (0, 0)
    down, across = ("frequencies", "frames") if work.spectrum else ("rows", "columns")
    return f"a triangle over ±{rows} {down} × ±{columns} {across}"


def gain_rules(work: Work, precision: int) -> list[tuple[str, str]]:
    """The options of noise and gains, in words."""
    found = []
    if work.noise is not None:
        louder = ", and what is louder kept" if work.soft is None else ""
        found.append(("noise", f"what each frequency is like in the passage{louder}"))
    if work.soft is not None:
        found.append(("soft", f"{work.soft.typed}: {SOFTLY[work.soft.name]}"))
    if work.floor:
        decibels = number(-20 * np.log10(work.floor), precision)
        told = f"{decibels} dB: sizes are multiplied by {number(work.floor, precision)} at least"
        found.append(("reduction", told))
    return found
