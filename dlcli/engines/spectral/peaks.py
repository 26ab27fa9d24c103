"""The peaks of a spectrum, the tones and notes that they are, and frames long enough to tell them."""

from __future__ import annotations

import math

import numpy as np

from dlcli.engines.base.checks import Array, EngineError

LEAST = 1e-12  # of the largest: below it a peak is rounding
FLAT = 64  # roundings that frequencies of equal strength may differ by
HEARD = 60.0  # decibels below the strongest frequency that others are named to
SCALLOP = np.pi / 2  # times the larger of its two neighbours is the most a tone between them can be
TURNS = 1.5  # of a wave in a frame, from which on it can be named
FINE = 4  # points of a window's own spectrum from one frequency to the next
PHASES = 6  # of a tone that are tried
CANDIDATES = 100  # peaks that are looked at in search of tones
NEAR = 2 ** (1.5 / 12) - 1  # of a frequency: nearer tones give a note that is one of them, others one between
BESIDE = 1.75  # bins of a window's length that the width of a peak shows in
CLEAR = 2.0  # times what leaks from the others that a tone is larger

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
    which for a sine in a smooth window is near its true frequency. No height is more than ``SCALLOP`` times
    its place's: beside a zero of the window's spectrum the parabola would rise without end.

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
    heights[inner] *= np.minimum(np.exp(-0.25 * (a - c) * shift), SCALLOP)
    return places, heights


class Leakage:
    """What a window makes of one tone: its line in every frequency of a transform of ``n_fft`` samples.

    >>> from dlcli.engines.spectral.windows import window
    >>> leak = Leakage(window("hann", 64), 64)
    >>> leak(np.array([0.0, 1.0, 3.5])).round(3)
    array([1.   , 0.686, 0.008])

    Source: Harris, On the use of windows for harmonic analysis with the discrete Fourier transform, 1978.
    """

    def __init__(self, window: Array, n_fft: int) -> None:
        self.window, self.n_fft, self.wide = window, n_fft, 2 * -(-n_fft // len(window)) + 1
        found = np.fft.fft(window, FINE * n_fft)
        self._top = float(np.abs(found).max()) or 1.0
        self.line = found / self._top
        size = np.abs(self.line)
        self.size = np.maximum(size, np.maximum(np.roll(size, 1), np.roll(size, -1)))

    def __call__(self, distance: Array) -> Array:
        """The most that a tone of size 1 has about so many bins from its place; ``distance`` of any shape."""
        found: Array = self.size[np.rint(FINE * distance).astype(int) % len(self.size)]
        return found

    def error(self, place: float) -> float:
        """How far off the peak of a pure tone near a place may be, both in bins: at any phase of it.

        What a parabola through three frequencies is not is a part of it, what the tone's mirror image at the
        negative frequencies adds another: that one grows towards frequency 0.

        >>> from dlcli.engines.spectral.windows import window
        >>> leak = Leakage(window("hann", 512), 512)
        >>> [round(leak.error(place), 2) for place in (2, 20)]
        [0.02, 0.02]
        """
        middle = round(place)
        first = max(middle - self.wide, 0)
        bins = np.arange(first, min(middle + self.wide, self.n_fft // 2) + 1)
        worst = 0.0
        for step in range(-FINE // 2, FINE // 2 + 1):
            if not 0 < middle + step / FINE <= self.n_fft / 2:
                continue  # such a tone would show as another one
            near, far = (
                self.line[(FINE * (bins + sign * middle) + sign * step) % len(self.line)] for sign in (-1, 1)
            )
            for turn in np.exp(1j * np.pi * np.arange(PHASES) / PHASES):
                places, _ = peaks(np.abs(turn * near + far / turn), 1)
                worst = max([worst, *np.abs(first + places - middle - step / FINE).tolist()])
        return worst

    def is_single(self, magnitude: Array, tone: int, places: Array, sizes: Array) -> bool:
        """Whether one of some tones in a spectrum (frequency,) is no wider than a single one.

        Two tones that a frame cannot tell apart, noise, and what glides make one peak, wider than a tone's;
        its place is between theirs. ``places`` and ``sizes`` (tone,) are those of all tones, in bins and in
        proportion: what the others leak to this one is no width of it.

        >>> from dlcli.engines.spectral.windows import window
        >>> leak = Leakage(window("hann", 64), 64)
        >>> def is_single(magnitude):
        ...     places, heights = strongest(magnitude, 1)
        ...     return leak.is_single(magnitude, 0, places, 10 ** (heights / 20))
        >>> bins = np.arange(33)
        >>> is_single(leak(bins - 10.25)), is_single(np.hypot(leak(bins - 9.5), leak(bins - 11)))
        (True, False)
        """
        place, step = float(places[tone]), max(round(self.n_fft / len(self.window)), 1)
        middle = round(place)
        bins = middle + step * np.arange(-2, 3)
        bins = bins[(bins >= 0) & (bins < len(magnitude)) & (np.abs(bins - place) < BESIDE * step)]
        others = np.delete(places, tone)
        shares = np.square(np.delete(sizes, tone) / sizes[tone])
        leaks = self._powers(bins[:, None] - others) @ shares + self._powers(bins + place)
        error, widest = self.error(place), 0.0
        for shift in (-error, 0, error):
            for apart in NEAR * np.linspace(0, 1, 5):  # beyond some distance a pair is two peaks
                pair = (place + shift) * (1 + apart * np.array([-0.5, 0.5]))
                told = self._powers(bins[:, None] - pair).mean(axis=1) + leaks
                widest = max(widest, float(told.sum() / max(told[bins == middle].item(), LEAST)))
        return float(np.square(magnitude[bins] / magnitude[middle]).sum()) <= widest

    def _powers(self, distance: Array) -> Array:
        """The power that a tone of size 1 has so many bins from its place; ``distance`` of any shape."""
        turns = np.multiply.outer(distance, np.arange(len(self.window))) / self.n_fft
        found: Array = np.square(np.abs(np.exp(-2j * np.pi * turns) @ self.window) / self._top)
        return found


def strongest(magnitude: Array, most: int = 5, leakage: Leakage | None = None) -> tuple[Array, Array]:
    """The strongest tones of a magnitude spectrum (frequency,), the strongest first, at most so many.

    Returns places (tone,), in bins with a fraction, and levels (tone,), in decibels below the strongest, down
    to ``HEARD``. None where all frequencies are equally strong, as in silence and in a single sample. With
    ``leakage`` a peak counts when it is larger than what the window leaks there from larger ones, and from
    their mirror images: the ripples beside a tone are no tones.

    >>> places, levels = strongest(np.array([1, 2, 8, 2, 1, 4, 4, 1.0]))
    >>> places.round(2), levels.round(2)
    (array([2. , 5.5]), array([ 0.  , -4.52]))

    Raises ``EngineError`` as ``peaks`` does, which finds them.
    """
    if np.ptp(magnitude) <= FLAT * np.finfo(magnitude.dtype).eps * magnitude.max():
        return np.empty(0), np.empty(0)
    places, heights = peaks(magnitude, CANDIDATES if leakage else most)
    if leakage:
        kept = _clear(places, heights, most, leakage)
        places, heights = places[kept], heights[kept]
    top = max(float(heights.max(initial=0)), 1e-30)
    order = np.argsort(-heights, kind="stable")  # between its frequencies another one may be the highest
    order = order[heights[order] > top * 10 ** (-HEARD / 20)]
    return places[order], 20 * np.log10(heights[order] / top)


def _clear(places: Array, heights: Array, most: int, leakage: Leakage) -> list[int]:
    """Which peaks, the highest first, are more than the leaks of those before them; at most so many."""
    kept: list[int] = []
    for i, (place, height) in enumerate(zip(places.tolist(), heights.tolist(), strict=True)):
        others, sizes = places[kept], heights[kept]
        leaks = np.concatenate([leakage(place - others), leakage(place + others)]) * np.tile(sizes, 2)
        if height > CLEAR * float(np.linalg.norm(leaks)):
            kept.append(i)
        if len(kept) == most:
            break
    return kept


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


def note_name(hertz: float, *, cents: bool = True) -> str:
    """The nearest note with its octave, and how many hundredths of a semitone the frequency is off.

    >>> note_name(440.0), note_name(450.0), note_name(261.63, cents=False)
    ('A4 ±0', 'A4 +39', 'C4')

    Raises ``EngineError`` as ``midi_number`` does.
    """
    key = midi_number(hertz)
    nearest = math.floor(key + 0.5)
    name = f"{NAMES[nearest % 12]}{nearest // 12 - 1}"
    if not cents:
        return name
    off = round(100 * (key - nearest))
    return f"{name} {f'{off:+d}'.replace('-', '−') if off else '±0'}"
