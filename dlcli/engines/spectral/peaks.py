"""The peaks of a spectrum, the tones and notes that they are, and frames long enough to tell them."""

from __future__ import annotations

import math

import numpy as np

from dlcli.engines.base.checks import Array, EngineError

LEAST = 1e-12  # of the largest: below it a peak is rounding
FLAT = 64  # roundings that frequencies of equal strength may differ by
HEARD = 60.0  # decibels below the strongest frequency that others are named to
TURNS = 1.5  # of a wave in a frame, from which on it can be named

#: What a frame lasts unless it is said, in seconds: 512 samples at 44.1 kHz.
USUAL = 0.0116
USUAL_SAMPLES = 512

NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
A4 = 440.0  # hertz; number 69 on a MIDI keyboard


def peaks(magnitude: Array, most: int = 5) -> tuple[Array, Array]:
    """The highest peaks of a magnitude spectrum (frequency,), the highest first.

    A peak is a place higher than its left neighbour and at least as high as its right one; the ends count
    when they are higher than their one neighbour. Returns places (peak,), in bins with a fraction, and
    heights: both are the top of the parabola through the logarithms of the place and its two neighbours,
    which for a sine in a smooth window is near its true frequency.

    >>> places, heights = peaks(np.array([1, 2, 8, 2, 1, 4, 4, 1.0]))
    >>> places, heights.round(3)
    (array([2. , 5.5]), array([8.   , 4.757]))

    Raises ``EngineError`` when the spectrum is not one axis of real numbers.
    Source: Smith, Spectral Audio Signal Processing, chapter on quadratic interpolation of peaks.
    """
    if magnitude.ndim != 1 or magnitude.dtype.kind not in "biuf":
        raise EngineError(
            f"peaks expects real sizes (frequency); received {magnitude.dtype} {magnitude.shape}"
        )
    y = magnitude.astype(float)
    rises = np.concatenate([[True], y[1:] > y[:-1]])
    falls = np.concatenate([y[:-1] >= y[1:], [True]])
    found = np.flatnonzero(rises & falls & (y > LEAST * np.max(y, initial=0)))
    found = found[np.argsort(-y[found], kind="stable")][:most]
    places, heights = found.astype(float), y[found]
    inner = (found > 0) & (found < len(y) - 1)
    inner[inner] &= (y[found[inner] - 1] > 0) & (y[found[inner] + 1] > 0)
    a, b, c = (np.log(y[found[inner] + step]) for step in (-1, 0, 1))
    shift = 0.5 * (a - c) / (a - 2 * b + c)
    places[inner] += shift
    heights[inner] = np.exp(b - 0.25 * (a - c) * shift)
    return places, heights


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


def midi_number(hertz: float) -> float:
    """The key of a frequency, in equal temperament; whole numbers are exactly in tune.

    >>> midi_number(440.0), midi_number(880.0)
    (69.0, 81.0)

    Raises ``EngineError`` when the frequency is not above 0.
    """
    if not (hertz > 0 and math.isfinite(hertz)):
        raise EngineError(f"a note expects a frequency above 0 Hz; received {hertz!r}")
    return 69 + 12 * math.log2(hertz / A4)


def note_name(hertz: float) -> str:
    """The nearest note with its octave, and how many hundredths of a semitone the frequency is off.

    >>> note_name(440.0), note_name(450.0), note_name(261.63)
    ('A4', 'A4 +39', 'C4')

    Raises ``EngineError`` as ``midi_number`` does.
    """
    key = midi_number(hertz)
    nearest = math.floor(key + 0.5)
    cents = round(100 * (key - nearest))
    name = f"{NAMES[nearest % 12]}{nearest // 12 - 1}"
    return f"{name} {cents:+d}".replace("-", "−") if cents else name
