"""A set of recorded words, and variants of them to learn from.

A word is the same when it is said a little faster, a moment later, louder, in another room. Variants of a
recording are:

    speed     0.85 to 1.15 times as fast, and as high
    place     anywhere in the window, silence around it; what is slower than that holds is cut
    loudness  0.4 to 1 of full scale at its peak
    noise     10 to 40 dB below the word, white or falling with the frequency

Variant 0 is the recording itself, in the middle of the window; what another is depends on its number alone.

Source: Ko et al., Audio augmentation for speech recognition, 2015.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dlcli.errors import BadData, printable
from dlcli.tensor import Array
from dlcli.wire.datasets.dataset import DataSet
from dlcli.words.number import counted

#: Speeds, loudness of the peak, and decibels of the noise below the word, from and to.
SPEED, PEAK, NOISE = (0.85, 1.15), (0.4, 1.0), (10.0, 40.0)

#: Seconds of the shortest window, of a step of its length, and of the longest recording of a word.
SHORTEST, STEP, LONGEST = 1.0, 0.1, 10.0

#: Seconds of a frame that is heard at once: what is shorter is no word.
FRAME = 0.025

#: What begins the seeds of variants.
SEED = 16


def sound_set(
    name: str,
    recordings: Sequence[Array],
    rate: int,
    labels: Array | None,
    classes: Sequence[str],
    held_out: tuple[Sequence[Array], Array | None] | None = None,
) -> DataSet:
    """The set of recordings (time,) of numbers from -1 to 1, with ``rate`` samples a second.

    ``labels`` (recording,) are class numbers; ``held_out`` are recordings with labels of their own. Inputs
    are (time, 1), each in the middle of a window that is the same for all; ``vary`` draws the variants.
    Raises ``BadData`` for a recording that is too long for a word.

    >>> made = sound_set("x", [np.ones(300), np.ones(700)], 1000, np.array([0, 1]), ("a", "b"))
    >>> made.shape, made.take(np.array([0, 1])).sum(axis=(1, 2))
    ((1000, 1), array([300., 700.], dtype=float32))
    """
    longest = max(len(one) for one in (*recordings, *(held_out[0] if held_out else ()))) / rate
    if longest > LONGEST:
        raise BadData(
            f"{printable(name)}: a recording is {longest:.1f} s long, and a word takes at most {LONGEST:g}: "
            "cut it into words"
        )
    window = int(np.ceil(round(max(SHORTEST, longest) / STEP, 6))) * round(STEP * rate)
    held = None if held_out is None else _set(name, held_out[0], rate, window, held_out[1], classes)
    return replace(_set(name, recordings, rate, window, labels, classes), held_out=held)


def _set(
    name: str, recordings: Sequence[Array], rate: int, window: int, labels: Array | None,
    classes: Sequence[str],
) -> DataSet:  # fmt: skip
    def vary(at: Array, variants: Array) -> Array:
        made = np.empty((len(at), window, 1), np.float32)
        for row, place, variant in zip(made, at.tolist(), variants.tolist(), strict=True):
            rng = np.random.default_rng([SEED, place, variant]) if variant else None
            row[:, 0] = in_window(np.asarray(recordings[place], np.float64), window, rng)
        return made

    def take(at: Array) -> Array:
        return vary(at, np.zeros(len(at), np.int64))

    sound: Mapping[str, Any] = {"sample_rate": rate}
    return DataSet(
        name, (window, 1), np.dtype(np.float32), labels, tuple(classes), take, len(recordings),
        sound=sound, vary=vary,
    )  # fmt: skip


def in_window(word: Array, window: int, rng: np.random.Generator | None) -> Array:
    """A recording (time,) in the middle of a window, or with a generator a variant of it: (window,).

    >>> in_window(np.ones(2), 4, None)
    array([0., 1., 1., 0.])
    """
    x = np.zeros(window)
    if rng is None:
        word = word[:window]
        first = (window - len(word)) // 2
        x[first : first + len(word)] = word
        return x
    speed = rng.uniform(*SPEED)
    word = np.interp(np.arange(0, len(word) - 1, speed), np.arange(len(word)), word)[:window]
    word *= rng.uniform(*PEAK) / (np.abs(word).max() or 1)
    first = int(rng.integers(0, window - len(word) + 1))
    x[first : first + len(word)] = word
    noise = rng.standard_normal(window)
    if rng.random() < 0.5:  # each sample near the one before it: low frequencies are stronger
        noise = np.convolve(noise, 0.9 ** np.arange(50))[:window]
    power = np.square(word).mean() / np.square(noise).mean()
    return np.asarray(x + noise * np.sqrt(power * 10 ** (-rng.uniform(*NOISE) / 10)))


def too_short(samples: int, rate: int) -> str:
    """That so many samples are no word, in words; nothing where they may be one.

    >>> too_short(8, 8000), too_short(200, 8000)
    ('8 samples, 1 ms, are less than a frame of 25 ms', '')
    """
    if samples >= round(FRAME * rate):
        return ""
    spent, frame = 1000 * samples / rate, 1000 * FRAME
    return f"{counted(samples, 'sample')}, {spent:.3g} ms, are less than a frame of {frame:g} ms"


def trimmed(word: Array) -> Array:
    """Samples of a row without the zeros that fill it up at the end."""
    there = np.flatnonzero(word)
    return word[: there[-1] + 1] if len(there) else word[:1]
