"""One run of ``dlcli stft``: a sound, how it was cut into frames, and every result that comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import floor, log2, log10

import numpy as np

from dlcli.commands.kinds.sounds.sound import Sound
from dlcli.commands.stft.mel import USUAL_MELS, MelSettings
from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.conventions import Convention
from dlcli.engines.spectral.decibels import (
    LEAST_POWER,
    below_largest,
    power,
    relative_power,
)
from dlcli.engines.spectral.frames import Framing
from dlcli.engines.spectral.log_mel import mel_decibels, mel_power
from dlcli.engines.spectral.mfcc import mfcc
from dlcli.engines.spectral.peaks import Leakage, lowest_tone, note_name, strongest
from dlcli.engines.spectral.stft_plan import Plan
from dlcli.errors import WrongUsage
from dlcli.tensor import Axis, Tensor
from dlcli.words.line import Line
from dlcli.words.number import number

NO_FRAMES = "the frames of a sound read in blocks cannot be had: leave out --block"

CENTS, HALF = 0.5, 50.0  # hundredths of a semitone: what a note's may be off, and what takes it for another
LOWEST = 20.0  # hertz at which a logarithmic axis begins at the earliest
ROWS = 240  # of a picture file with a logarithmic axis, at least
MELS = (
    USUAL_MELS,
    30,
    20,
    15,
    10,
    5,
)  # filters: the first, in a picture the first that have a frequency each


@dataclass(frozen=True)
class Block:
    """One piece of a sound that begins at ``start``: its number, its first frame, whether it is the last."""

    start: float
    number: int
    first_frame: int
    last: bool
    samples: int


@dataclass(frozen=True, eq=False)
class Work:
    """A sound and its spectrum; what not every run needs is computed when it is read.

    ``data`` is (frequency, frame[, channel]). ``overriding`` are the options that went before the
    convention, ``emit`` the result that was asked for. Of a ``block`` of a longer sound, sample 0 of the
    framing is that of the whole.
    """

    input: Tensor
    sound: Sound
    plan: Plan
    framing: Framing
    data: Array
    convention: Convention
    overriding: tuple[str, ...]
    frequencies: str
    mel_settings: MelSettings
    emit: str | None
    block: Block | None
    line: Line

    @property
    def origin(self) -> float:
        """The second at which sample 0 of the framing stands; in samples, where there is no rate."""
        return self.sound.start if self.block is None else self.block.start

    def _axis(self, name: str, first: int, hop: int) -> Axis:
        """An axis of time whose places are so many samples apart, the first of them at sample ``first``."""
        second = self.sound.rate or 1.0
        unit = "s" if self.sound.rate else ""
        return Axis(name, start=self.origin + first / second, step=hop / second, unit=unit)

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """Those of the spectrum: frequency, frame[, channel]."""
        rate, plan = self.sound.rate, self.plan
        step, unit = (rate or 1.0) / plan.n_fft, "Hz" if rate else ""
        frame = self._axis("frame", self.framing.first + plan.block // 2, plan.hop)
        channels = () if self.sound.channel is None else (self.sound.channel,)
        return (Axis("frequency", start=0.0, step=step, unit=unit), frame, *channels)

    def named(self, quantity: str, values: Array, axes: tuple[Axis, ...] | None = None) -> Tensor:
        """One result, and what the way back to a sound has to know; its axes, unless given, are the
        spectrum's.
        """
        rate, plan = self.sound.rate, self.plan
        about: Mapping[str, str | int | float | bool] = {
            **({"sample_rate": rate} if rate else {}),
            "frame": plan.frame, "hop": plan.hop, "n_fft": plan.n_fft, "window": plan.window_name,
            "center": plan.center, "pad_mode": plan.pad_mode, "edges": plan.edges, "phase": plan.phase,
            "scaling": plan.scale, "samples": self.block.samples if self.block else len(self.sound.samples),
            "quantity": quantity, **({"block": self.block.number} if self.block else {}),
        }  # fmt: skip
        return Tensor(values, axes or self.axes, quantity, about)

    @cached_property
    def spectrum(self) -> Tensor:
        """The complex numbers."""
        return self.named("spectrum", self.data)

    def frames(self) -> Tensor:
        """The pieces of the sound before the window, padding and all: (frame, time[, channel])."""
        if self.block:
            raise WrongUsage(NO_FRAMES)
        begins = self._axis("frame", self.framing.first + self.plan.offset, self.plan.hop)
        second, unit = self.sound.rate or 1.0, "s" if self.sound.rate else ""
        time = Axis("time", start=0.0, step=1 / second, unit=unit)
        return self.named("frames", self.plan.cut(self.sound.samples), (begins, time, *self.axes[2:]))

    def frame_samples(self, frame: int, channel: int = 0) -> Array:
        """The samples of a frame (time,), padding and all, before the window."""
        if self.block:
            raise WrongUsage("--explain wants the whole sound: leave out --block")
        piece = self.plan.cut(self.sound.samples)[frame]
        return np.asarray(piece.reshape(len(piece), -1)[:, channel], np.float64)

    @property
    def mels(self) -> int | None:
        """The filters that were asked for."""
        return self.mel_settings.count

    @cached_property
    def mel_bank(self) -> tuple[Array, Array]:
        """The weights (mel, frequency) of the filters, and their ends and centres in hertz (mel + 2,)."""
        return self.mel_settings.bank(self.sound.rate, self.plan.n_fft)

    @property
    def empty_mels(self) -> str:
        """How many filters lie between two frequencies, so that they are 0 in every sound; "" where none."""
        filters, _ = self.mel_bank
        count, empty = len(filters), int(np.count_nonzero(~filters.any(axis=1)))
        if not empty:
            return ""
        return (
            f"{empty} of {count} mel filters {'are' if empty > 1 else 'is'} empty and stay"
            f"{'' if empty > 1 else 's'} 0: they lie between frequencies, which are "
            f"{number(self.axes[0].step)} Hz apart; try fewer --mels, or a longer --frame or --n-fft"
        )

    def phase(self) -> Tensor:
        """The angles of the complex numbers."""
        return self.named("phase", np.angle(self.data))

    @cached_property
    def mel_axis(self) -> Axis:
        """The filters, by their centres in hertz: in whole ones, where these tell them apart."""
        _, edges = self.mel_bank
        digits = max(0, 1 - floor(log10(float(np.diff(edges[:-1]).min()))))
        return Axis("mel", tuple(f"{hertz:.{digits}f} Hz" for hertz in edges[1:-1]))

    @cached_property
    def mel_powers(self) -> Array:
        """Powers summed by the filters, (mel, frame[, channel])."""
        return mel_power(power(self.data), self.mel_bank[0])

    def mel(self) -> Tensor:
        """Powers summed by filters that are evenly spaced to the ear: (mel, frame[, channel])."""
        made = self.named("mel", self.mel_powers, (self.mel_axis, *self.axes[1:]))
        return made.with_attrs(**self.mel_settings.about(self.sound.rate))

    def mel_levels(self, emit: str) -> Array:
        """The same in decibels, as a result of this name has them."""
        return mel_decibels(
            self.mel_powers,
            reference=self.mel_settings.reference,
            top_db=self.top_db(emit),
            least=self.least_power,
        )

    def top_db(self, emit: str | None) -> float | None:
        """How far below the largest the decibels of a result reach; None for no end."""
        return self.mel_settings.top_db(emit, block=self.block is not None)

    def log_mel(self) -> Tensor:
        """The same in decibels."""
        return self._of_mels("db", "log-mel", self.mel_levels("log-mel"), self.mel_axis)

    def mfcc(self) -> Tensor:
        """The first cosine sums of every log-mel frame: (coefficient, frame[, channel])."""
        levels = self.mel_levels("mfcc")
        made = mfcc(levels, self.mel_settings.coefficients)
        return self._of_mels("mfcc", "mfcc", made, Axis("coefficient"))

    def _of_mels(self, quantity: str, name: str, values: Array, first: Axis) -> Tensor:
        top_db, about = self.top_db(name), self.mel_settings.about(self.sound.rate)
        about |= {"ref": self.mel_settings.reference, **({} if top_db is None else {"top_db": top_db})}
        made = self.named(quantity, values, (first, *self.axes[1:]))
        return replace(made.with_attrs(**about), name=name)

    @property
    def least_power(self) -> float:
        """What less power counts as in decibels: a scaling moves it with all others."""
        return LEAST_POWER * self.plan.factor**2

    @cached_property
    def power(self) -> Array:
        """|s|² (frequency, frame), averaged over channels; for comparison alone, see ``relative_power``."""
        return relative_power(self.data)

    @cached_property
    def decibels(self) -> Array:
        """The powers in dB below the largest, (frequency, frame)."""
        return below_largest(self.power)

    def mel_decibels(self) -> tuple[Array, Array]:
        """Powers in dB (mel, frame), and the centres of the filters.

        These are as many as were asked for, or the most that have a frequency each.
        """
        for count in (self.mels,) if self.mels else MELS:
            filters, edges = self.mel_settings.bank(self.sound.rate, self.plan.n_fft, count)
            if filters.any(axis=1).all():
                break
        return below_largest(mel_power(self.power, filters)), edges[1:-1]

    def logarithmic_decibels(self, count: int) -> tuple[Array, float, float]:
        """So many rows (row, frame), each octave of as many, of decibels below the largest; and their ends.

        A row has the strongest frequency between its own two, the ends are in hertz or in turns a sample.
        """
        values, rows = self.decibels, self.axes[0]
        step = rows.step or 1.0
        low, high = max(step, LOWEST if rows.unit else step), step * (len(values) - 1)
        high = max(high, 2 * low)
        found = []
        for a, b in pairwise(np.geomspace(low, high, count + 1) / step):
            first = min(floor(a + 0.5), len(values) - 1)
            last = max(min(floor(b + 0.5), len(values)), first + 1)
            found.append(values[first:last].max(axis=0))
        return np.array(found), low, high

    def picture(self) -> Tensor:
        """The spectrogram over the axis that was asked for, for a picture file: (frequency, frame)."""
        if self.frequencies == "mel":
            values, _ = self.mel_decibels()
        else:
            values, *_ = self.logarithmic_decibels(max(ROWS, len(self.data)))
        return self.named("db", values, (Axis("frequency"), self.axes[1]))

    def strongest(self, frame: int | None = None, most: int = 5) -> list[tuple[float, float, str]]:
        """Frequencies, their powers in dB below the strongest, and the notes; of all frames or of one.

        None where all are equally strong, as in silence and in a single sample. Frames that stick out of the
        sound are left out where there are others: what begins at their padding is no tone.
        """
        where = self.plan.seen(self.framing)
        inside = (where.starts >= 0) & (where.ends <= where.samples)
        powers = self.power[:, inside if inside.any() else slice(None)].mean(axis=1)
        if frame is not None:
            powers = self.power[:, frame]
        sizes = np.sqrt(powers)
        places, levels = strongest(sizes, most, self._leakage)
        heights = 10 ** (levels / 20)
        return [
            (
                self.axes[0].value(place),
                level,
                self._note(place, self._leakage.is_single(sizes, tone, places, heights)),
            )
            for tone, (place, level) in enumerate(zip(places.tolist(), levels.tolist(), strict=True))
        ]

    @cached_property
    def _leakage(self) -> Leakage:
        return Leakage(self.plan.window, self.plan.n_fft)

    def _note(self, place: float, single: bool) -> str:
        """The note of a frequency, in bins; its cents where a pure tone of it would show the right ones.

        None where the peak is wider than that of a ``single`` tone.
        """
        if not self.sound.rate or place <= 0:
            return ""
        hertz, error = self.axes[0].value(place), self._leakage.error(place)
        cents = 1200 * log2((place + error) / place)
        if hertz < lowest_tone(self.sound.rate, self.plan.frame) or cents > HALF:
            return "too low to tell"
        if not single:
            return "no single tone"
        return note_name(hertz, cents=cents <= CENTS)
