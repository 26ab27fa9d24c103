"""How sounds are cut into frames, as it is typed: lengths, windows, sample rates."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import partial
from typing import Any

import click

from dlcli.commands.kinds.sounds.sound import RATES
from dlcli.engines.base.checks import EngineError
from dlcli.engines.spectral.windows import WINDOWS, named
from dlcli.errors import WrongUsage
from dlcli.runner.kinds import Real, Words
from dlcli.runner.option import option
from dlcli.words.near import known_as

#: An option that says how a sound is cut.
frame_option = partial(option, under="Frames")

#: The kind of value of ``--sample-rate``.
SAMPLE_RATE = Real("HZ", least=RATES[0], most=RATES[1])

#: Samples of the longest length: half a day at 44.1 kHz.
MOST = 2**31

UNITS = {"": 0.0, "ms": 1e-3, "s": 1.0}
TYPED = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ms|s|)")


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of sound; ``seconds`` is the length of its unit, 0 where it counts in samples.

    >>> Duration(11.6, 0.001, "11.6ms").samples(44100)
    512
    """

    number: float
    seconds: float
    typed: str

    def samples(self, rate: float | None) -> int:
        """Whole samples at so many a second.

        Raises ``WrongUsage`` for a time where there is no rate, and for more samples than a sound can have.
        """
        if not self.seconds:
            return self._counted(self.number)
        if rate is None:
            raise WrongUsage(f"{self.typed} needs a sample rate: give --sample-rate, or a number of samples")
        return max(1, self._counted(math.floor(self.number * self.seconds * rate + 0.5)))

    def _counted(self, samples: float) -> int:
        if samples > MOST:
            raise WrongUsage(f"{self.typed} is more than the {MOST} samples that a length can be; try less")
        return int(samples)


class Length(Words):
    """A ``Duration``: 512 (samples), 11ms, 0.5s."""

    name = "SAMPLES|TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Duration:
        """The duration."""
        if isinstance(value, Duration):
            return value
        found = TYPED.fullmatch(str(value).strip().lower().replace(" ", ""))
        if found:
            number, unit = float(found[1]), found[2]
            if number > 0 and (unit or number.is_integer()):
                return Duration(number, UNITS[unit], str(value))
        self.fail(f"{value!r} is no length of sound above 0: 512 (samples), 11ms, 0.5s", param, ctx)


class WindowWord(Words):
    """One of ``WINDOWS``, with its parameter where it has one."""

    name = "NAME[:N]"
    words = tuple(f"{name}:" if one.parameter else name for name, one in WINDOWS.items())

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word, if there is such a window."""
        value = known_as(value, WINDOWS)
        try:
            named(value)
        except EngineError as error:
            self.fail(str(error), param, ctx)
        return value


def check_n_fft(n_fft: int | None, frame: int) -> None:
    """Raise ``WrongUsage`` for a transform that was asked to be shorter than a frame."""
    if n_fft is not None and n_fft < frame:
        raise WrongUsage(f"--n-fft {n_fft} is less than a frame of {frame} samples; try --n-fft {frame}")
