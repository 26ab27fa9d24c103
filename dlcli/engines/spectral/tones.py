"""Tones in a spectrum: the strongest of them, the lowest that a frame can tell, and how long frames are."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.peaks import peaks

FLAT = 64  # roundings that frequencies of equal strength may differ by
HEARD = 60.0  # decibels below the strongest frequency that others are named to
TURNS = 1.5  # of a wave in a frame, from which on it can be named

#: What a frame lasts unless it is said, in seconds: 512 samples at 44.1 kHz.
USUAL = 0.0116
USUAL_SAMPLES = 512


def strongest(magnitude: Array, most: int = 5) -> tuple[Array, Array]:
    """The strongest tones of a magnitude spectrum (frequency,), the strongest first, at most so many.

    Returns places (tone,), in bins with a fraction, and levels (tone,), in decibels below the strongest, down
    to ``HEARD``. None where all frequencies are equally strong, as in silence and in a single sample.

    >>> places, levels = strongest(np.array([1, 2, 8, 2, 1, 4, 4, 1.0]))
    >>> places.round(2), levels.round(2)
    (array([2. , 5.5]), array([ 0.  , -4.52]))

    Raises ``EngineError`` as ``peaks`` does, which finds them.
    """
    if np.ptp(magnitude) <= FLAT * np.finfo(magnitude.dtype).eps * magnitude.max():
        return np.empty(0), np.empty(0)
    places, heights = peaks(magnitude, most)
    top = max(float(heights.max(initial=0)), 1e-30)
    order = np.argsort(-heights, kind="stable")  # between its frequencies another one may be the highest
    order = order[heights[order] > top * 10 ** (-HEARD / 20)]
    return places[order], 20 * np.log10(heights[order] / top)


def lowest_tone(rate: float, frame: int) -> float:
    """The lowest frequency, in hertz, that frames of so many samples, ``rate`` a second, can tell.

    One that turns less than one and a half times in a frame overlaps with its own mirror image at the
    negative frequencies: it is found, but up to semitones off.

    >>> lowest_tone(8000, 256)
    46.875
    """
    return TURNS * rate / frame


def usual_frame(rate: float | None, samples: int) -> int:
    """Samples of a frame of about 11.6 ms, quick to transform, where ``rate`` samples come a second.

    Without a rate 512, or fewer of a sound of fewer ``samples``.

    >>> [usual_frame(rate, 10**6) for rate in (8000, 16000, 22050, 44100, 48000)]
    [90, 180, 256, 512, 540]
    >>> usual_frame(None, 10)
    4
    """
    if rate is None:
        return min(USUAL_SAMPLES, max(1 << max(samples // 2, 1).bit_length() - 1, 2))
    wanted = rate * USUAL
    quick = {2**a * 3**b * 5**c for a in range(1, 16) for b in range(4) for c in range(3)}
    return min(quick, key=lambda length: (abs(length - wanted), -length))
