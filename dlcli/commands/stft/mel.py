"""How ``dlcli stft`` sums frequencies into mels: filters, decibels, coefficients, as they were asked for."""

from __future__ import annotations

from dataclasses import dataclass

from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.mel import mel_centres, mel_filterbank
from dlcli.errors import WrongUsage
from dlcli.words.number import number

NO_HERTZ = "mel needs hertz: give --sample-rate"

#: Filters unless another number is asked for, coefficients of them, and the decibels that MFCCs reach down.
USUAL_MELS, USUAL_MFCCS, USUAL_TOP_DB = 40, 13, 80.0

#: What librosa and torchaudio call a filter's norm -> what the engine calls it.
NORMS = {"slaney": "area", "none": "peak"}


@dataclass(frozen=True)
class MelSettings:
    """The options of mels; None where one was not given.

    ``low`` and ``high`` are the ends of the filters in hertz, ``reference`` is the power of 0 dB or "max".
    """

    count: int | None = None
    scale: str = "slaney"
    own_norm: str | None = None
    low: float = 0.0
    high: float | None = None
    reference: float | str = 1.0
    own_top_db: float | None = None
    own_coefficients: int | None = None

    @property
    def norm(self) -> str:
        """The norm of the filters: as asked for, or as the scale's own library has it."""
        return self.own_norm or ("slaney" if self.scale == "slaney" else "none")

    @property
    def coefficients(self) -> int:
        """How many MFCCs; raises ``WrongUsage`` for more than there are mels."""
        mels = self.count or USUAL_MELS
        if self.own_coefficients and self.own_coefficients > mels:
            raise WrongUsage(
                f"--mfccs {self.own_coefficients}: {mels} mels have {mels} coefficients; try --mels "
                f"{self.own_coefficients}, or fewer --mfccs"
            )
        return self.own_coefficients or min(USUAL_MFCCS, mels)

    def top_db(self, emit: str | None, *, block: bool) -> float | None:
        """How many decibels below the largest count as that few: of MFCCs 80, unless asked for otherwise.

        In a ``block`` of a sound nobody knows the largest of all.
        """
        if emit == "mfcc" and not block:
            return self.own_top_db or USUAL_TOP_DB
        return self.own_top_db

    def bank(self, rate: float | None, n_fft: int, count: int | None = None) -> tuple[Array, Array]:
        """The weights (mel, frequency), and where the filters begin, peak and end in hertz (mel + 2,).

        Raises ``WrongUsage`` without a rate, and for ends that no spectrum of this rate has.
        """
        if not rate:
            raise WrongUsage(NO_HERTZ)
        high = rate / 2 if self.high is None else self.high
        if high > rate / 2:
            raise WrongUsage(
                f"--fmax {number(high)}: at {number(rate)} samples a second frequencies end at "
                f"{number(rate / 2)} Hz; try --fmax {number(rate / 2)}"
            )
        if self.low >= high:
            raise WrongUsage(f"--fmin {number(self.low)} is not below --fmax, {number(high)} Hz")
        count = count or self.count or USUAL_MELS
        filters = mel_filterbank(
            rate, n_fft, count, low=self.low, high=high, scale=self.scale, norm=NORMS[self.norm]
        )
        return filters, mel_centres(count, self.low, high, self.scale, ends=True)

    def about(self, rate: float | None) -> dict[str, str | int | float | bool]:
        """What a mel spectrogram tells of its filters."""
        high = (rate or 0) / 2 if self.high is None else self.high
        return {"mel_scale": self.scale, "mel_norm": self.norm, "fmin": self.low, "fmax": high}
