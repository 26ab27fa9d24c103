"""Log-mel frames: what nets that hear words most often see of a sound."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.decibels import power, power_to_decibels
from dlcli.engines.spectral.mel import mel_filterbank
from dlcli.engines.spectral.stft import real_sound, transform
from dlcli.engines.spectral.stft_plan import Plan


def log_mel(x: Array, sample_rate: float, *, frame: int, hop: int, mels: int) -> Array:
    """Powers of mel filters in decibels, of a sound x (time,) or sounds (time, channel).

    Returns (mel, frame[, channel]): 10 log10 of what Slaney's filters let through of each Hann frame, powers
    below 1e-10 counting as that.

    >>> log_mel(np.zeros(100), 8000, frame=20, hop=10, mels=3).shape
    (3, 11)

    Raises ``EngineError`` as ``stft`` and ``mel_filterbank`` do.
    Source: Davis and Mermelstein, Comparison of parametric representations, 1980; librosa's ``power_to_db``
    of its ``melspectrogram``.
    """
    found = transform(real_sound(x), Plan.of(frame=frame, hop=hop))
    filters = mel_filterbank(sample_rate, frame, mels).astype(found.real.dtype)
    return power_to_decibels(np.tensordot(filters, power(found), axes=1))
