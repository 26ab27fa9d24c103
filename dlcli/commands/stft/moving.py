"""A frame that moves over a sound, picture by picture: its samples, the window, a column of the spectrum."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType

from dlcli.commands.stft.record import Work
from dlcli.errors import WrongUsage
from dlcli.tensor import Array, Axis
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.framed_wave import FramedWave
from dlcli.views.charts.series import Series
from dlcli.views.frames import DIGITS, Frames, thinned
from dlcli.views.page.figures import Pixels
from dlcli.views.pictures.picture import Picture
from dlcli.views.pictures.tone import Tone
from dlcli.views.pictures.uncovered import Uncovered
from dlcli.views.text.text import plain
from dlcli.words.number import number

FRAMES = 40  # pictures
RATE = 4  # of them a second
CURVE = 5  # terminal rows of the frame's samples
HEIGHT, WIDTH = 12, 72  # terminal rows and columns of the spectrum
HIGH, WIDE = 12, 64  # the same on a page, in 20 and 10 pixels


def framing(work: Work, *, precision: int = DIGITS, most: int | None = None) -> Frames:
    """The frames one after the other; of several channels the first.

    Raises ``WrongUsage`` for a sound that comes in blocks, of which none is kept.
    """
    if work.block is not None:
        raise WrongUsage("pictures that move want the whole sound: leave out --block")
    count = work.data.shape[1]
    shown = thinned(count, most or FRAMES)
    return Frames(_frames(work, shown, precision), len(shown), count, "frames", RATE)


def _frames(work: Work, shown: list[int], precision: int) -> Iterator[RenderableType]:
    """The sound with a frame around some of it, its samples before and after the window, the spectrum."""
    sound, plan, place = work.sound, work.plan, work.framing
    samples = np.asarray(sound.samples, np.float64).reshape(len(sound.samples), -1)[:, 0]
    rate, unit = (sound.rate, " s") if sound.rate else (1.0, "")
    ends = tuple(f"{number(work.origin + n / rate, precision)}{unit}" for n in (0, len(samples)))
    decibels = work.decibels if work.decibels.ndim == 2 else work.decibels[..., 0]
    values = decibels[::-1]  # frequency upwards
    finite = values[np.isfinite(values)]
    tone = Tone(float(finite.min(initial=0.0)), float(finite.max(initial=0.0)), scale="sequential")
    values = np.where(np.isfinite(values), values, tone.low)
    picture = Picture(values, tone=tone, height=HEIGHT, width=WIDTH, legend=False)
    page = Picture(values, tone=tone, height=HIGH, width=WIDE, legend=False).figure()
    assert isinstance(page, Pixels)
    pieces = [work.frame_samples(t) for t in shown]
    span = min(map(np.min, pieces)), max(map(np.max, pieces))
    for t, piece in zip(shown, pieces, strict=True):
        first = place.first + t * place.hop
        begin, end = (number(work.origin + n / rate, precision) for n in (first, first + place.length))
        title = plain(f"frame {t + 1} of {len(decibels[0])} (index {t}): from {begin} to {end}{unit}", "bold")
        wave = FramedWave(samples, (first, first + place.length), (ends[0], ends[1]))
        chart = LineChart(
            _curves(piece, plan.window), Axis("sample"), y="amplitude", height=CURVE, span=_widened(span)
        )
        known = Uncovered(picture, page, share=(1.0, (t + 1) / len(decibels[0])))
        told = f"frequency upwards, to {number(work.axes[0].value(len(decibels) - 1), precision)}"
        hertz = plain(f"{told}{' Hz' if sound.rate else ''}; decibels below the largest, 0 yellow", "dim")
        yield Group(title, wave, chart, known, hertz)


def _curves(piece: Array, window: Array) -> list[Series]:
    """The samples of a frame, and what the window leaves of them."""
    return [Series("samples", piece), Series("× window", piece * window)]


def _widened(span: tuple[float, float]) -> tuple[float, float]:
    low, high = float(span[0]), float(span[1])
    return (low, high) if high > low else (low - 1.0, high + 1.0)
