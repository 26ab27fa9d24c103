"""The story of a filter: its weights, what it does to every tone, the sound before and after."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.conv.sound_record import SoundWork
from dlcli.commands.kinds.sounds.sound_story import waveform
from dlcli.engines.convolution.filters import response
from dlcli.engines.convolution.terms import CellTerms, conv_terms
from dlcli.engines.spectral.decibels import power
from dlcli.engines.spectral.peaks import usual_frame
from dlcli.engines.spectral.stft import transform
from dlcli.engines.spectral.stft_plan import Plan
from dlcli.tensor import Array, Axis
from dlcli.views.again import again
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.series import Series
from dlcli.views.look import facts, matrix
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import listed
from dlcli.views.story import Section, Story
from dlcli.views.tables.sums import Summands, largest, sum_of_others
from dlcli.views.tables.table import FactsTable, Table
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import formulas, plus
from dlcli.views.text.text import clip, visible
from dlcli.words.number import MINUS, counted, number

WAVE, CHART = 5, 7  # terminal rows of a sound and of a chart
WRITTEN = 4  # weights up to which the formula has all of them
SHOWN = 9  # and up to which they are a row of numbers
LISTED, LARGEST = 32, 12  # terms up to which all are listed; how many are, of more
DEEPEST = -100.0  # decibels that a response is drawn down to
LEAST = 1e-14  # of the largest power: what is less is rounding
LINES = 4  # filters whose responses are drawn

STILL = "leave it out, write a .wav, or pipe it to dlcli stft, whose frames move"


def story(work: SoundWork, *, precision: int = 4) -> Story:
    """The sound, the weights, the response, the sound after it, spectra before and after."""
    sections = [
        Section("input", "Input", origin_words(work.input, precision), _wave(work, before=True)),
        Section("formula", "Filter", _told(work), _formula(work, precision)),
        Section("parameters", "Weights", *_weights(work, precision)),
        Section("parameters", "Response", body=_response(work, precision), found=True),
        Section("parameters", "At single tones", body=_tones(work, precision), found=True),
        Section("result", "Audio", facts(work.output, precision), _wave(work, before=False)),
        Section("result", "Spectra", Text("mean power of short frames", style="dim"), _spectra(work)),
        Section("result", "Level", body=_level(work, precision)),
        Section("method", "Computed by", Text(visible(work.method)), detail=True),
        Section("notice", "Notice", Text(" ".join(_notices(work, precision)))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    ]
    return Story(*sections)


def _time(axis: Axis, rate: float | None) -> Axis:
    return axis if axis.step else Axis("sample") if rate is None else Axis("time", None, 0.0, 1 / rate, "s")


def _wave(work: SoundWork, *, before: bool) -> RenderableType:
    tensor, rate = (work.input, work.sound.rate) if before else (work.output, work.rate)
    data = work.sound.samples if before else tensor.data
    channel = tensor.axes[1] if data.ndim == 2 else None
    return waveform(data, _time(tensor.axes[0], rate), channel, WAVE)


def _told(work: SoundWork) -> Text:
    names = ", ".join(clip(name, 30) for name in work.names[:LINES])
    more = f" and {len(work.names) - LINES} more" if len(work.names) > LINES else ""
    told = f": {work.summaries[0]}" if len(work.names) == 1 and work.summaries[0] else ""
    turned = ", turned before use (--flip)" if work.flip else ""
    return Text(f"{names}{more}{told}{turned}")


def _formula(work: SoundWork, precision: int) -> RenderableType:
    """y[n] with the weights, where these are few; the length of the output with its numbers."""
    where, taps = work.geometry, len(work.weights)
    (stride, dilation), (before, after) = (where.stride[0], where.dilation[0]), where.pads[0]
    start = "n" if stride == 1 else f"{stride}n"
    terms = []
    shift = before if not work.tail else work.tail
    for r, weight in enumerate(work.weights[:, 0].tolist()):
        offset = r * dilation - shift
        place = start + (f" {'+' if offset > 0 else MINUS} {abs(offset)}" if offset else "")
        terms.append((number(weight, precision), f"x[{place}]"))
    bias = f"{number(work.bias[0].item(), precision)}"
    if taps <= WRITTEN and work.weights.shape[1] == 1:
        text = "".join(f" {plus(weight)} · {x}" for weight, x in terms)
        text = text.removeprefix(" + ").removeprefix(" ").replace(f"{MINUS} ", MINUS, int(text[1] == MINUS))
    else:
        step = "r" if dilation == 1 else f"{dilation}r"
        back = f" {MINUS} {shift}" if shift else ""
        text = f"Σ w[r] · x[{start} + {step}{back}] over {taps} weights"
    if work.bias.any() and work.weights.shape[1] == 1:
        text += f" {plus(bias)}"
    if work.activation != "linear":
        text = f"{visible(work.activation)}({text})"
    count = f"⌊({where.in_size[0]} + {before} + {after} {MINUS} {where.span[0]}) / {stride}⌋ + 1"
    return formulas([("y[n]", [text]), ("length", [count, str(where.out_size[0])])])


def _weights(work: SoundWork, precision: int) -> tuple[Text, RenderableType]:
    taps = len(work.weights)
    told = Text(f"{counted(taps, 'weight')}, the oldest sample's first")
    if taps <= SHOWN:
        rows = None if len(work.names) == 1 else Axis("filter", tuple(clip(name, 20) for name in work.names))
        return told, matrix(work.weights.T, *([rows] if rows else []), precision=precision)
    lines = dict(zip(_apart(work), work.weights.T[:LINES], strict=False))
    return told, LineChart(lines, Axis("r"), height=CHART)


def _apart(work: SoundWork) -> list[str]:
    return [clip(name, 24) for name in work.names[:LINES]]


def _axis(work: SoundWork, frequency: Array) -> tuple[Axis, Array]:
    """The frequencies of the input in hertz, or in parts of the sample rate."""
    rate = work.sound.rate
    scale = rate or 1.0
    axis = Axis("frequency", start=0.0, step=float(frequency[1] * scale), unit="Hz" if rate else "")
    return axis, frequency * scale


def _spread(work: SoundWork) -> Array:
    """The weights (taps, filter) with the zeros that --dilation puts between them."""
    dilation = work.geometry.dilation[0]
    spread = np.zeros(((len(work.weights) - 1) * dilation + 1, work.weights.shape[1]))
    spread[::dilation] = work.weights
    return spread


def _response(work: SoundWork, precision: int) -> RenderableType:
    lines, axis = {}, Axis("frequency")
    for name, weights in zip(_apart(work), _spread(work).T, strict=False):
        size, frequency = response(weights)
        axis, _ = _axis(work, frequency)
        lines[name] = np.maximum(20 * np.log10(np.maximum(size, 1e-12)), DEEPEST)
    return LineChart(lines, axis, y="dB", height=CHART, tight=True)


def _tones(work: SoundWork, precision: int) -> Table:
    """What a tone of size 1 becomes, at a few frequencies."""
    sizes = [response(weights) for weights in _spread(work).T[:LINES]]
    frequency = sizes[0][1]
    places = (np.array([0, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 1]) * (len(frequency) - 1)).astype(int)
    axis, hertz = _axis(work, frequency)
    rows = []
    for place in places.tolist():
        row = [f"{number(float(hertz[place]), precision)} {axis.unit}".strip()]
        for size, _ in sizes:
            value = float(size[place])
            row += [number(round(value, 9), 3), _decibels(value)]
        rows.append(row)
    heads = ["frequency", *(head for _ in sizes for head in ("times", "in dB"))]
    names = ["", *(name for name in _apart(work) for _ in range(2))] if len(sizes) > 1 else []
    return Table(heads, rows, right=range(len(heads)), groups=names)


def _decibels(size: float) -> str:
    """The decibels of a factor; what is rounding alone is none."""
    return f"{MINUS}∞" if size < 1e-9 else number(round(20 * float(np.log10(size)), 6), 3)


def _spectra(work: SoundWork) -> RenderableType:
    lines = []
    for name, data, rate in (
        ("before", work.sound.samples, work.sound.rate),
        ("after", work.output.data, work.rate),
    ):
        lanes = np.asarray(data, np.float64).reshape(len(data), -1)
        plan = Plan.of(frame=usual_frame(work.sound.rate, len(lanes)), pad_mode="zeros")
        found = power(transform(lanes, plan)).mean(axis=(1, 2))
        if not found.any():
            continue  # silence has no decibels
        level = 10 * np.log10(np.maximum(found, LEAST * found.max()))
        x = np.arange(len(found)) / plan.n_fft * (rate or 1 / work.geometry.stride[0] ** (name == "after"))
        lines.append(Series(name, level, x))
    axis = Axis("frequency", start=0.0, step=1.0, unit="Hz" if work.sound.rate else "")
    return LineChart(lines, axis, y="dB", height=CHART, tight=True)


def _level(work: SoundWork, precision: int) -> RenderableType:
    before, after = (
        float(np.sqrt(np.square(np.asarray(data, np.float64)).mean()))
        for data in (work.sound.samples, work.output.data)
    )
    change = ""
    if before and after:
        change = f": {number(20 * np.log10(after / before), 3)} dB"
    told = f"{number(before, precision)} before, {number(after, precision)} after{change}"
    return FactsTable([("RMS", told)])


def _notices(work: SoundWork, precision: int) -> Iterator[str]:
    taps, rate = len(work.weights), work.sound.rate
    mirrored = np.allclose(work.weights, work.weights[::-1], rtol=1e-9, atol=1e-12)
    if work.padding == "causal":
        yield (
            "Each sample is made of those up to it and of none after it (--padding causal), "
            f"{work.geometry.pad_mode} standing before the first; --padding same centres the weights."
        )
        if mirrored and taps > 2 and work.activation == "linear":
            late = (work.geometry.span[0] - 1) / 2
            time = f", {number(1000 * late / rate, 3)} ms" if rate else ""
            yield f"So the sound comes {number(late)} samples late{time}, every tone alike."
    elif work.padding == "valid" and taps > 1:
        yield f"Without padding {work.geometry.span[0] - 1} samples at the ends are lost."
    if not mirrored and not work.flip:
        yield (
            "Weights meet samples in their order, the oldest first; scipy.signal.lfilter has the newest "
            "first, as --flip has."
        )
    stride = work.geometry.stride[0]
    if stride > 1 and rate:
        yield (
            f"One sample in {stride} is kept: {number(rate / stride, precision)} a second. Tones above "
            f"{number(rate / stride / 2, precision)} Hz come back as lower ones unless the filter takes them "
            "out."
        )
    largest_size = float(np.abs(work.output.data * 1.0).max(initial=0))
    if rate and largest_size > 1:
        yield f"Samples reach {number(largest_size, 3)}: a sound file clips what is beyond 1."


def _next(work: SoundWork) -> list[list[str]]:
    """The same line asking for its largest sample."""
    place = np.unravel_index(int(np.argmax(np.abs(work.output.data))), work.output.shape)
    return again(work.line, work.input, "--explain", ",".join(map(str, place)))


def explain(work: SoundWork, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Every sample under the weights, the products, their sum, the bias, the activation.

    Raises ``WrongUsage`` when there is no such sample.
    """
    cell = checked(cell, work.output)
    channel, which = work.lane(cell)
    terms = conv_terms(
        work.seen, work.weights[:, which][:, None, None], work.bias[which].item(), work.geometry,
        (cell[0], channel),
    )  # fmt: skip
    value = number(work.output.data[cell], precision)
    length, *others = work.input.shape
    lane = [channel] if others else []
    places = _places(work, terms).tolist()
    came = listed(work.input, ((place, *lane) for place in places if 0 <= place < length))
    sections = [
        Section("input", "Input", origin_words(work.input, precision)),
        Section("parameters", "Under the weights", _span(work, terms, precision), _under(work, terms)),
        Section("arithmetic", "Arithmetic", body=_sum(work, terms, precision), cells=came),
        Section("result", "Audio", Text(f"{value} at {cell_words(cell, work.output)}")),
    ]
    steps = []
    if terms.bias:
        total = number(terms.total, precision)
        added = f"{total} {plus(number(terms.bias, precision))}"
        steps.append(("+ bias", [added, number(terms.before, precision)]))
    if work.activation != "linear":
        name = f"{visible(work.activation)}({number(terms.before, precision)})"
        steps.append(("activation", [name, number(work.output.data[cell], precision)]))
    if steps:
        sections.insert(3, Section("arithmetic", "Then", body=formulas(steps)))
    outside = int(terms.outside.sum())
    if outside:
        told = f"{outside} of {len(terms.outside)} samples come{'s' * (outside == 1)} from the padding"
        sections.append(Section("notice", "Notice", Text(f"{told} ({work.geometry.pad_mode}).")))
    return Story(*sections)


def _places(work: SoundWork, terms: CellTerms) -> Array:
    """The samples of the input under the weights, those of the padding counted on."""
    where = work.geometry
    first = terms.cell[0] * where.stride[0] - where.pads[0][0] - work.tail
    return first + terms.kernel_rows * where.dilation[0]


def _span(work: SoundWork, terms: CellTerms, precision: int) -> Text:
    places = _places(work, terms)
    told = f"samples {places[0]} to {places[-1]}" if len(places) > 1 else f"sample {places[0]}"
    axis = work.input.axes[0]
    if axis.step and axis.unit:
        times = [number(axis.value(int(place)), precision) for place in (places[0], places[-1])]
        told += f", {times[0]} to {times[1]} {axis.unit}"
    return Text(told.replace("-", MINUS))


def _under(work: SoundWork, terms: CellTerms) -> RenderableType | None:
    """The samples and the weights, as high as these."""
    if len(terms.inputs) < 3:
        return None
    top, most = float(np.abs(terms.inputs).max()), float(np.abs(terms.weights).max()) or 1.0
    lines = {"x": terms.inputs, "w, as high": terms.weights * ((top or 1.0) / most)}
    places = _places(work, terms)
    step = float(places[1] - places[0])
    return LineChart(lines, Axis("sample", start=float(places[0]), step=step), height=CHART - 1, tight=True)


def _sum(work: SoundWork, terms: CellTerms, precision: int) -> RenderableType:
    count, places = len(terms.products), _places(work, terms)
    shown = np.arange(count) if count <= LISTED else largest(terms.products, LARGEST)
    totals = [("sum", terms.total)]
    if len(shown) < count:
        totals.insert(0, (f"{count - len(shown)} others", sum_of_others(terms.products, shown)))
    names = [
        f"{places[i]}{' (padding)' if terms.outside[i] else ''}".replace("-", MINUS) for i in shown.tolist()
    ]
    return Summands(
        {"sample": names},
        {"x": terms.inputs[shown], "w": terms.weights[shown], "product": terms.products[shown]},
        totals,
        precision=precision,
    )
