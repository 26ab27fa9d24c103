"""The story of a short-time Fourier transform: the sound, its frames, its frequencies moment by moment."""

from __future__ import annotations

from collections.abc import Iterator
from math import log10

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.kinds.sounds.sound_story import waveform
from dlcli.commands.stft.explain import explain
from dlcli.commands.stft.moving import framing as frames
from dlcli.commands.stft.record import Work
from dlcli.engines.spectral.consistency import overlaps
from dlcli.engines.spectral.windows import WINDOWS
from dlcli.tensor import Array, Axis
from dlcli.views.again import again
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.charts.spectrogram import BELOW, mel_marks, round_numbers
from dlcli.views.look import SMALL, facts
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import UNKNOWN, of_matrix
from dlcli.views.story import Section, Story
from dlcli.views.tables.matrix import Matrix
from dlcli.views.tables.table import FactsTable, Table
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.words.number import MINUS, counted, number

__all__ = ["explain", "frames", "story", "with_axes"]

WAVE = 5  # terminal rows of the waveform
HIGH = 20  # terminal rows, of two half blocks each
FINE = 6  # rows of a logarithmic axis in every terminal row, for terminals that have pixels

#: What is said of the vertical axis.
SPACING = {
    "linear": "",
    "log": ", each octave equally high",
    "mel": ", in mel filters, evenly spaced to the ear",
}

#: Options of which a line that asks for a cell keeps none: pieces have none, and pictures are not in it.
WITHOUT = ("--block", "--frequencies", "--mels", "--mel-scale", "--mel-norm", "--fmin", "--fmax")


def story(work: Work, *, precision: int = 4) -> Story:
    """The sound, how it was cut, the formula, the spectrogram, the strongest frequencies."""
    sections = [
        *framing_sections(work, precision),
        Section("result", "Spectrum", facts(work.spectrum, precision), _picture(work, precision)),
        Section("result", "Strongest", body=_strongest(work, precision)),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    ]
    notices = " ".join(_notices(work, precision))
    if notices:
        sections.append(Section("notice", "Notice", Text(notices)))
    if not work.overriding:
        sections.append(Section("method", "Conventions", Text(work.convention.words), detail=True))
    return Story(*sections)


def framing_sections(work: Work, precision: int) -> list[Section]:
    """The sound, the transform, and how the sound was cut."""
    but = f", but for {', '.join(work.overriding)}" if work.overriding else ""
    return [
        Section("input", "Input", origin_words(work.input, precision), _wave(work)),
        Section(
            "formula",
            "Transform",
            Text(f"the defaults of {work.convention.function}{but}", style="dim"),
            _formula(work),
        ),
        Section("parameters", "Frames", _framed(work), _lengths(work, precision)),
        Section("parameters", "Window", body=FactsTable(_window(work))),
    ]


def _wave(work: Work) -> RenderableType:
    sound = work.sound
    step = 1 / sound.rate if sound.rate else 1.0
    time = Axis("time", start=sound.start, step=step, unit="s") if sound.rate else Axis("sample")
    return waveform(sound.samples, time, sound.channel, WAVE)


def _formula(work: Work) -> Formula:
    plan = work.plan
    shift = work.framing.first + plan.offset
    place = f"t·{plan.hop} + n" + (f" {MINUS} {-shift}" if shift < 0 else f" + {shift}" if shift else "")
    factor = "" if plan.factor == 1 else f"{number(plan.factor)} · "
    turn = f"(n + {plan.offset})" if plan.offset else "n"
    if plan.phase == "middle":
        turn = f"(n {MINUS} {plan.frame // 2})"
    return Formula("s[k, t]", f"{factor}Σ w[n] · x[{place}] · exp({MINUS}2πi·k·{turn} / {plan.n_fft})")


def _framed(work: Work) -> Text:
    """How many frames there are, what was padded, what no frame holds."""
    where = work.plan.seen(work.framing)
    block = " in this block" if work.block else ""
    told = [f"{where.count}{block}, {'each ' * (where.count > 1)}{counted(where.length, 'sample')}"]
    if where.before or where.after:
        mode = {"zeros": "silence", "edge": "the outermost samples", "wrap": "the other end"}
        sides = [
            f"{count} {side}" for count, side in ((where.before, "before"), (where.after, "after")) if count
        ]
        told.append(
            f"padded with {' and '.join(sides)}: {mode.get(work.plan.pad_mode, 'the sound mirrored')}"
        )
    if where.dropped and (work.block is None or work.block.last):
        are = "is" if where.dropped == 1 else "are"
        told.append(f"{counted(where.dropped, 'sample')} at the end {are} in no frame")
    return Text("; ".join(told))


def _lengths(work: Work, precision: int) -> Table:
    """Samples, time and frequency, each in terms of the others."""
    plan, rate, where = work.plan, work.sound.rate, work.plan.seen(work.framing)
    fine, same = "{} Hz between frequencies", plan.n_fft == plan.frame
    lengths = [("frame", plan.frame, fine if same else ""), ("hop", plan.hop, "{} frames a second")]
    if not same:
        lengths.append(("transform", plan.n_fft, fine))
    rows: list[tuple[str, ...]] = []
    for name, samples, words in [*lengths, *_heard(work)]:
        told = words.format(number(rate / samples, precision)) if rate else ""
        rows.append((name, str(samples), _time(samples / rate, precision) if rate else "", told))
    begins, ends = where.starts, where.ends
    before = work.block.first_frame if work.block else 0
    for t in {0: 0, where.count - 1: 0}:
        span = ""
        if rate:
            times = (work.origin + sample / rate for sample in (begins[t], ends[t]))
            span = f"{' to '.join(number(time, precision) for time in times)} s".replace("-", MINUS)
        rows.append((f"frame {before + t}", f"{begins[t]} to {ends[t] - 1}".replace("-", MINUS), "", span))
    header = ("", "samples", "time", "") if rate else ("", "samples", "", "")
    return Table(header, rows, right=(1, 2))


def _heard(work: Work) -> list[tuple[str, int, str]]:
    whole = ("sound", work.framing.samples, "")
    if work.block is None:
        return [whole]
    until = whole if work.block.last else ("until now", *whole[1:])
    return [("block", len(work.sound.samples), ""), until]


def _time(seconds: float, precision: int) -> str:
    """A length of time, of less than a second in milliseconds."""
    short = seconds < 1
    return f"{number(1000 * seconds if short else seconds, precision)} {'ms' if short else 's'}"


def _window(work: Work) -> list[tuple[str, str]]:
    plan = work.plan
    constant, nonzero = overlaps(plan)
    formula = WINDOWS[plan.window_name.partition(":")[0]].formula
    told = f"w[n] = {formula},  D = {plan.frame}"
    if plan.frame == 1:
        told = "w[0] = 1: a frame of one sample is left as it is"
    found = [(plan.window_name, told), ("adding up", constant.words)]
    if not nonzero.holds:
        found.append(("inverse", f"there is none: {nonzero.words}"))
    return found


def _picture(work: Work, precision: int) -> RenderableType:
    """The spectrogram; a small spectrum as its numbers."""
    rows, columns = work.axes[:2]
    data = work.data
    if data.ndim == 2 and max(data.shape) <= SMALL:
        return Matrix(
            _sizes(data), rows=rows, columns=columns, precision=precision, scale="sequential",
            cells=of_matrix(work.spectrum),
        )  # fmt: skip
    return spectrogram(work, precision)


def spectrogram(work: Work, precision: int) -> RenderableType:
    """Decibels below the largest, frequency upwards, over an axis of the kind that was asked for."""
    rows, columns = work.axes[:2]
    kind = work.frequencies if rows.step else "linear"
    marks: dict[float, str] | None = None
    if kind == "mel":
        values, centres = work.mel_decibels()
        marks = mel_marks(centres)
    elif kind == "log":
        values, low, high = work.logarithmic_decibels(HIGH * FINE)
        octaves = log10(high / low)
        marks = {
            len(values) * log10(value / low) / octaves - 0.5: number(value)
            for value in round_numbers(low, high)
        }
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
        cells=of_matrix(work.spectrum) if kind == "linear" else UNKNOWN,
    )
    return Group(Text(f"{BELOW}{SPACING[kind]}", style="dim"), view)


def with_axes(work: Work, name: str, *, precision: int = 4) -> RenderableType | None:
    """The spectrogram, where its frequencies are not equally far apart, as those of an axis are."""
    return None if work.frequencies == "linear" else spectrogram(work, precision)


def _sizes(data: Array) -> Array:
    """Sizes, those that are rounding alone being 0."""
    size = np.abs(data)
    finite = np.isfinite(size)
    top = size.max(where=finite, initial=0)
    return np.where((size > 16 * np.finfo(size.dtype).eps * top) | ~finite, size, 0)


def _strongest(work: Work, precision: int) -> RenderableType:
    if not np.isfinite(work.data).all():
        return Text("nobody can tell: not all numbers are finite")
    found = work.strongest()
    if not found:
        return Text("none: all are equally strong" if work.data.any() else "none: the sound is silent")
    unit = work.axes[0].unit
    rows = [
        (f"{number(place, precision)} {unit}".strip(), note, f"{number(level, 3)} dB")
        for place, level, note in found
    ]
    return Table(("frequency", "note", "below the strongest"), rows, right=(0, 2), given=())


def _notices(work: Work, precision: int) -> Iterator[str]:
    plan, rate = work.plan, work.sound.rate
    data = work.data
    strange = data.size - int(np.count_nonzero(np.isfinite(data)))
    if strange:
        largest = float(np.abs(work.sound.samples * 1.0).max())
        yield (
            f"{strange} of {data.size} numbers {'is' if strange == 1 else 'are'} not finite: sums of samples "
            f"as large as {number(largest, precision)} are more than {data.real.dtype} holds, "
            f"{number(np.finfo(data.dtype).max, precision)} at most; try the sound in a larger unit."
        )
    if rate:
        yield (
            f"A frame of {number(1000 * plan.frame / rate, precision)} ms tells frequencies "
            f"{number(rate / plan.frame, precision)} Hz apart: a longer one "
            "tells them better and moments worse."
        )
    else:
        yield (
            "Nothing says how many samples come in a second: times are in samples and frequencies in turns "
            "per sample; --sample-rate makes them seconds and hertz."
        )
    if work.frequencies == "mel" and work.mels and work.empty_mels:
        yield f"{work.empty_mels}."


def _next(work: Work) -> list[list[str]]:
    power = work.power[min(1, len(work.power) - 1) :]  # what stands at 0 is the mean, not a tone
    frame, place = np.unravel_index(int(power.T.argmax()), power.T.shape)
    before = work.block.first_frame if work.block else 0  # in the whole, frames count from the sound's start
    cell = [int(place) + len(work.power) - len(power), int(frame)]
    if work.data.ndim == 3:
        cell.append(int(np.abs(work.data[tuple(cell)]).argmax()))
    cell[1] += before
    return again(work.line, work.input, "--explain", ",".join(map(str, cell)), without=WITHOUT)


#: Result -> what explains its cells.
EXPLAIN = dict.fromkeys(("spectrum", "magnitude", "power", "db", "phase"), explain)
