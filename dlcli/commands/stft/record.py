"""What came of cutting a sound into frames: the record a story is told from, and every result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import floor, log10

import numpy as np

from dlcli.commands.kinds.sound import Sound
from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.conventions import Convention
from dlcli.engines.spectral.decibels import power_to_decibels
from dlcli.engines.spectral.frames import Framing, frames
from dlcli.engines.spectral.istft import first_sample
from dlcli.engines.spectral.mel import mel_centres, mel_filterbank
from dlcli.engines.spectral.overlap import Overlap, cola, nola
from dlcli.engines.spectral.peaks import peaks
from dlcli.engines.spectral.pitch import note_name
from dlcli.engines.spectral.stft_plan import Plan
from dlcli.engines.spectral.windows import WINDOWS
from dlcli.errors import WrongUsage
from dlcli.runner.result import Result
from dlcli.tensor import Axis, Tensor

SHOWN = 80.0  # decibels below the largest that a picture goes down to
TURNS = 1.5  # of a wave in a frame, from which on it can be named
FLAT = 64  # roundings that frequencies of equal strength may differ by
NO_HERTZ = "mel needs hertz: give --sample-rate"
HEARD = 60.0  # decibels below the strongest frequency that others are named to


#: Results that have the cells of the spectrum, and its arithmetic.


@dataclass(frozen=True)
class Looks:
    """Options of the command that are not the transform's own."""

    convention: Convention
    window: str
    scaling: str
    frequencies: str = "linear"
    mels: int = 40
    mel_scale: str = "slaney"
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """One block of a sound that begins at ``start``: which frame is its first, and whether it is the last."""

    start: float
    first_frame: int
    last: bool


@dataclass(frozen=True)
class Work:
    """What the view is told; what only a story needs is computed when it is read.

    ``origin`` is the second at which sample 0 of the framing stands; in a ``part`` of a longer sound that is
    before its own first sample, and its frames are not the first ones.
    """

    input: Tensor
    sound: Sound
    plan: Plan
    window_name: str
    spectrum: Tensor
    framing: Framing
    convention: Convention
    frequencies: str
    mel_bank: Callable[[int], tuple[Array, Array]]
    origin: float
    part: Part | None
    words: tuple[str, ...] = ()

    @property
    def window_formula(self) -> str:
        """The window's weights over n and D; of a frame of one sample nothing is left out."""
        return "1" if self.plan.frame == 1 else WINDOWS[self.window_name.partition(":")[0]].formula

    @property
    def rate(self) -> float | None:
        """Samples a second."""
        return self.sound.rate

    @cached_property
    def decibels(self) -> Array:
        """The powers in dB below the largest, (frequency, frame), channels averaged."""
        return below_largest(self.power)

    @cached_property
    def power(self) -> Array:
        """|s|², channels averaged; where no float holds the squares, of sizes as parts of the largest."""
        size = np.abs(self.spectrum.data)
        top, kind = float(size.max(initial=0)), np.finfo(size.dtype)
        if not np.isfinite(top):
            size = (~np.isfinite(size)).astype(size.dtype)
        elif top and not kind.tiny**0.25 < top < kind.max**0.5:
            size /= top
        power: Array = np.square(size, out=size)
        return power.mean(axis=2) if power.ndim == 3 else power

    def mel(self, mels: int) -> tuple[Array, Array]:
        """Powers in dB by mel, and the centres of the filters in hertz."""
        bank, centres = self.mel_bank(mels)
        power = bank @ self.power
        return below_largest(power), centres

    @property
    def overlaps(self) -> tuple[Overlap, Overlap]:
        """Whether windows add up to a constant, and whether their squares do to more than nothing."""
        first = first_sample(self.plan)
        window, hop = self.plan.window, self.plan.hop
        return cola(window, hop, first=first), nola(window, hop, first=first)

    def strongest(self, frame: int | None = None, most: int = 5) -> list[tuple[float, float, str]]:
        """Frequencies, their powers in dB below the strongest, and the notes; of all frames or of one.

        None where all are equally strong, as in silence and in a single sample.

        A frequency that turns less than one and a half times in a frame overlaps with its own mirror image at
        the negative frequencies: it is found, but up to semitones off.
        """
        size = np.sqrt(self.power.mean(axis=1) if frame is None else self.power[:, frame])
        if np.ptp(size) <= FLAT * np.finfo(size.dtype).eps * size.max():
            return []
        places, heights = peaks(size, most)
        axis = self.spectrum.axes[0]
        top = max(float(heights.max(initial=0)), 1e-30)
        order = np.argsort(-heights, kind="stable")  # between its frequencies another one may be the highest
        return [
            (hertz, 20 * float(np.log10(height / top)), self._note(hertz))
            for place, height in zip(places[order], heights[order], strict=True)
            if height > top * 10 ** (-HEARD / 20)
            for hertz in [axis.value(float(place))]
        ]

    def _note(self, hertz: float) -> str:
        if not self.rate or hertz <= 0:
            return ""
        return note_name(hertz) if hertz >= TURNS * self.rate / self.plan.frame else "too low to tell"

    def frame_samples(self, frame: int, channel: int = 0) -> Array:
        """The samples of a frame (frame,), padding and all, before the window."""
        if self.part:
            raise WrongUsage("--explain wants the whole sound: leave out --block")
        x = self.sound.samples.reshape(len(self.sound.samples), -1)[:, channel]
        plan = self.plan
        cut = frames(x, plan.block, plan.hop, center=plan.center, pad_mode=plan.pad_mode, edges=plan.edges)
        return np.asarray(cut.values[frame, plan.offset : plan.offset + plan.frame], np.float64)


LEAST_STEP = 1e-9  # decibels: what differs by less is rounding


def below_largest(power: Array) -> Array:
    """Powers in decibels below the largest, down to ``SHOWN``; silence is all as low as that.

    >>> below_largest(np.array([2.0, 0.2, 0.0]))
    array([  0., -10., -80.])
    """
    largest = float(power.max(initial=0))
    if not largest:
        return np.full_like(power, -SHOWN)
    found = power_to_decibels(power, least=largest * 10 ** (-SHOWN / 10))
    found -= found.max()
    if found.min() > -LEAST_STEP:
        found[...] = 0
    return np.maximum(found, -SHOWN, out=found)


def power_of(spectrum: Array) -> Array:
    """|s|²; of an hour of sound these are gigabytes, and a copy of them is too many."""
    size: Array = np.abs(spectrum)
    return np.square(size, out=size)


def result(
    tensor: Tensor,
    sound: Sound,
    plan: Plan,
    data: Array,
    framing: Framing,
    looks: Looks,
    part: Part | None = None,
) -> Result:
    """All results of a spectrum, each made when it is wanted.

    ``part`` is given for a block of a longer sound.
    """
    origin = sound.start if part is None else part.start
    rate = sound.rate
    unit = "s" if rate else ""
    second = rate or 1.0
    frequency = Axis("frequency", start=0.0, step=second / plan.n_fft, unit="Hz" if rate else "")
    time = Axis(
        "frame",
        start=origin + (framing.first + plan.block // 2) / second,
        step=plan.hop / second,
        unit=unit,
    )
    about: Mapping[str, str | int | float | bool] = {
        **({"sample_rate": rate} if rate else {}),
        "frame": plan.frame, "hop": plan.hop, "n_fft": plan.n_fft, "window": looks.window,
        "center": plan.center, "pad_mode": plan.pad_mode, "edges": plan.edges, "phase": plan.phase,
        "scaling": looks.scaling, "samples": len(sound.samples),
    }  # fmt: skip
    channels = () if sound.channel is None else (sound.channel,)
    axes = (frequency, time, *channels)

    def named(name: str, values: Array, axes: tuple[Axis, ...] = axes) -> Tensor:
        return Tensor(values, axes, name, {**about, "quantity": name})

    def bank(mels: int) -> tuple[Array, Array]:
        if not rate:
            raise WrongUsage(NO_HERTZ)
        norm = "area" if looks.mel_scale == "slaney" else "peak"
        filters = mel_filterbank(rate, plan.n_fft, mels, scale=looks.mel_scale, norm=norm)
        return filters.astype(data.real.dtype), mel_centres(mels, 0, rate / 2, looks.mel_scale)

    def mel() -> Tensor:
        filters, centres = bank(looks.mels)
        nearest = float(np.diff(centres, prepend=0).min())
        digits = max(0, 1 - floor(log10(nearest)))  # whole hertz, where these tell the filters apart
        labels = tuple(f"{hertz:.{digits}f} Hz" for hertz in centres)
        power = np.tensordot(filters, power_of(data), axes=1)
        return named("mel", power, (Axis("mel", labels), *axes[1:]))

    def pieces() -> Tensor:
        if part:
            raise WrongUsage("the frames of a sound read in blocks cannot be had: leave out --block")
        cut = frames(
            sound.samples, plan.block, plan.hop, center=plan.center, pad_mode=plan.pad_mode, edges=plan.edges
        )
        values = cut.values[: data.shape[1], plan.offset : plan.offset + plan.frame]
        begins = Axis(
            "frame",
            start=origin + (framing.first + plan.offset) / second,
            step=plan.hop / second,
            unit=unit,
        )
        return named(
            "frames", values, (begins, Axis("time", start=0.0, step=1 / second, unit=unit), *channels)
        )

    spectrum = named("spectrum", data)
    work = Work(
        tensor,
        sound,
        plan,
        looks.window,
        spectrum,
        framing,
        looks.convention,
        looks.frequencies,
        bank,
        origin,
        part,
        looks.words,
    )
    outputs = {
        "spectrum": lambda: spectrum,
        "magnitude": lambda: named("magnitude", np.abs(data)),
        "power": lambda: named("power", power_of(data)),
        "db": lambda: named("db", power_to_decibels(power_of(data))),
        "phase": lambda: named("phase", np.angle(data)),
        "frames": pieces,
        "mel": mel,
    }
    return Result(outputs, work)
