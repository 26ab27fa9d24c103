"""Log-mel frames: what nets that hear words most often see of a sound."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.decibels import LEAST_POWER, power, power_to_decibels
from dlcli.engines.spectral.mel import mel_filterbank
from dlcli.engines.spectral.stft import real_sound, transform
from dlcli.engines.spectral.stft_plan import Plan


def log_mel(x: Array, sample_rate: float, *, frame: int, hop: int, mels: int) -> Array:
    """Powers of mel filters in decibels, of a sound x (time,) or sounds (time, channel).

    Returns (mel, frame[, channel]): 10 log10 of what Slaney's filters let through of each Hann frame, powers
    below 1e-10 counting as that. Beyond its ends the sound is mirrored.

    >>> log_mel(np.zeros(100), 8000, frame=20, hop=10, mels=3).shape
    (3, 11)

    Raises ``EngineError`` as ``stft`` and ``mel_filterbank`` do.
    Source: Davis and Mermelstein, Comparison of parametric representations, 1980; librosa's ``power_to_db``
    of its ``melspectrogram`` with ``pad_mode="reflect"``.
    """
    found = transform(real_sound(x), Plan.of(frame=frame, hop=hop))
    return mel_decibels(mel_power(power(found), mel_filterbank(sample_rate, frame, mels)))


def mel_power(powers: Array, filters: Array) -> Array:
    """Σ filters · powers over the frequencies: (mel, frame[, channel]) of (frequency, frame[, channel]).

    >>> mel_power(np.array([[1.0], [2], [3]]), np.array([[0, 1, 0.5]]))
    array([[3.5]])
    """
    return np.tensordot(filters.astype(powers.dtype), powers, axes=1)


def mel_decibels(
    powers: Array,
    *,
    reference: float | str = 1.0,
    top_db: float | None = None,
    least: float = LEAST_POWER,
) -> Array:
    """Powers of mel filters in decibels: 10 log10(powers / reference), the least of them as ``least``.

    ``reference`` may be "max", the largest of the powers, which so becomes 0 dB; with ``top_db`` nothing lies
    more than so many decibels below the largest.

    >>> mel_decibels(np.array([[4.0], [0.4], [0]]), reference="max", top_db=80)
    array([[  0.],
           [-10.],
           [-80.]])

    Source: librosa's ``power_to_db`` (its ``ref=np.max`` is "max"); torchaudio's ``AmplitudeToDB("power")``.
    """
    if reference != "max":
        return power_to_decibels(powers, reference=float(reference), least=least, span=top_db)
    found = power_to_decibels(powers, least=least, span=top_db)
    found -= found.max(initial=-np.inf)
    return found
