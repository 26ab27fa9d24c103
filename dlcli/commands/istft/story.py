"""The story of a sound made of a spectrum: how frames were added up, what came out, how near it is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.istft.record import Work
from dlcli.commands.kinds.sounds.sound_story import waveform
from dlcli.engines.spectral.consistency import overlaps
from dlcli.engines.spectral.overlap import ranges
from dlcli.engines.spectral.stft_plan import Plan
from dlcli.tensor import Tensor
from dlcli.views.again import again, of_several, source_of
from dlcli.views.charts.chart import LineChart
from dlcli.views.look import facts
from dlcli.views.origin import origin_words
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import FactsTable, Table
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.words.number import MINUS, Numbers, counted, number, percent

WAVE = 6  # terminal rows of the waveform
#: What a telephone lets through, in hertz.
TELEPHONE = (300, 3400)
RATE = "8000"  # in hertz, of a sound that tells none
EXACT = 1e-4  # a distance below this is rounding in float32


def story(work: Work, *, precision: int = 4) -> Story:
    """The spectrum, the rule, the overlap of the frames, the sound, how near its spectrum is."""
    plan, rate = work.plan, work.rate
    several = f"{work.blocks} blocks, the last: " if work.blocks > 1 else ""
    lengths = f"{counted(plan.frame, 'sample')}, {plan.hop} apart"
    if rate:
        times = [number(1000 * samples / rate, precision) for samples in (plan.frame, plan.hop)]
        lengths += f": {times[0]} ms, {times[1]} ms apart"
    sections = [
        Section("input", "Input", Text(several) + origin_words(work.input, precision)),
        Section("formula", "Overlap-add", body=_formula(plan)),
        Section("parameters", "Frames", body=FactsTable([
            ("frames", lengths), (work.window, overlaps(plan)[1].words),
        ])),
    ]  # fmt: skip
    if work.guessed is not None:
        found = work.guessed.distances
        told = f"{len(found)} steps from random phases, {percent(found[-1])} off in the end"
        chart = LineChart({"off": 100 * np.array(found)}, np.arange(1, len(found) + 1), y="%", height=WAVE)
        sections.append(Section("parameters", "Griffin-Lim", Text(told), chart))
    time, *channel = work.output.axes
    wave = waveform(work.output.data, time, channel[0] if channel else None, WAVE)
    sections += [
        Section("result", "Audio", facts(work.output, precision), wave),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    ]
    notices = " ".join(_notices(work, precision))
    if notices:
        sections.append(Section("notice", "Notice", Text(notices)))
    return Story(*sections)


def _next(work: Work) -> list[list[str]]:
    """The same spectrum through a telephone, which is a mask; where there is one already, a file of sound."""
    line, x = work.line, work.input
    rate = [] if work.rate else ["--sample-rate", RATE]  # without one there is no file of sound
    each = "-{index}" if of_several(line, x) else ""  # a file for each
    *before, last = again(line, x, *rate, "-o", f"sound{each}.wav")
    masked = any(words[:2] == ["dlcli", "mask"] for words in before)
    low, high = TELEPHONE
    if masked or work.blocks > 1 or line.piped or not _hears(x, low, high):
        return [*before, last]
    source = source_of(line, x)
    mask = ["dlcli", "mask", *([] if source is None else [source]), "--keep", f"frequency={low}:{high}"]
    return [*before, mask, line.again(None, "-o", f"telephone{each}.wav")]


def _hears(spectrum: Tensor, low: float, high: float) -> bool:
    """Whether one of its frequencies lies between two."""
    axis = spectrum.axes[0]
    if axis.name != "frequency" or axis.start is None or axis.step is None:
        return False
    heard = axis.start + axis.step * np.arange(spectrum.shape[0])
    return bool(((low <= heard) & (heard <= high)).any())


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The frames that hold one sample, what each of them says of it, and their weighted mean.

    Raises ``WrongUsage`` when there is no such sample.
    """
    cell = checked(cell, work.output)
    terms = work.terms(cell)
    value = number(work.output.data[cell], precision)
    weighted, squares = terms.weights * terms.values, terms.weights * terms.weights
    top, bottom = float(weighted.sum()), float(squares.sum())
    columns = [terms.values, terms.weights, [*weighted, top], [*squares, bottom]]
    texts = [Numbers(np.array(column).round(15) + 0.0, precision).texts.tolist() for column in columns]
    held = list(zip(terms.frames.tolist(), terms.places.tolist(), strict=True))
    rows = [(str(t), str(n), *(column[i] for column in texts)) for i, (t, n) in enumerate(held)]
    rows.append(("sum", "", "", "", texts[2][-1], texts[3][-1]))
    table = Table(("frame", "n", "x", "w", "w·x", "w²"), rows, right=range(1, 6))
    mean: RenderableType = Formula("y", f"{number(top, precision)} / {number(bottom, precision)}", value)
    if cell[0] in work.unseen:
        why = "every weight on it is 0" if held else "no frame reaches it"
        mean = Text(f"there is none: {why}, and what nobody has seen is left 0")
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        Section("formula", "Overlap-add", body=_formula(work.plan)),
        Section(
            "arithmetic",
            "Arithmetic",
            Text(f"{counted(len(held), 'frame')} hold{'s' * (len(held) == 1)} it"),
            table,
        ),
        Section("arithmetic", "Mean", body=mean),
        Section("result", "Audio", Text(f"{value} at {cell_words(cell, work.output)}")),
    )


def _formula(plan: Plan) -> Formula:
    place = f"m {MINUS} {plan.hop}·t"
    return Formula("y[m]", f"Σ w[{place}] · x[t, {place}] / Σ w[{place}]²")


def _notices(work: Work, precision: int) -> Iterator[str]:
    if work.negative:
        yield f"{work.negative} magnitudes were below 0 and count as 0."
    length, gone = len(work.output.data), len(work.unseen)
    if work.asked and length < work.whole:
        yield f"--length leaves {counted(work.whole - length, 'sample')} out at the end."
    if work.short:
        yield f"{work.short[0].upper()}{work.short[1:]}."
    if gone:
        yield (
            f"No window has seen {ranges(work.unseen.tolist())} of {length}: nobody can know "
            f"{'it, and it is' if gone == 1 else 'them, and they are'} left 0."
        )
    if work.guessed is not None:
        yield (
            "Without phases there are many sounds; this is one whose magnitudes are near. It sounds alike, "
            "its samples are not the same."
        )
        return
    distance = work.distance
    sound = (
        "The sound" if length == work.whole or work.short else f"The sound of {counted(work.whole, 'sample')}"
    )
    if work.blocks > 1:
        yield "Every block was let go when its samples were known: memory holds the sound alone."
    elif distance is not None and distance < EXACT:
        lost = "" if gone or work.short else ": nothing was lost on the way there and back"
        yield f"{sound} has exactly this spectrum{lost}."
    elif distance is not None:
        yield (
            "No sound has exactly this spectrum, since frames overlap and must agree: that of this one, the "
            f"nearest, is {percent(distance)} off."
        )
    peak = float(np.abs(work.output.data).max(initial=0))
    if peak > 1:
        yield f"Its largest sample is {number(peak, precision)}: a sound file would clip what is beyond ±1."
