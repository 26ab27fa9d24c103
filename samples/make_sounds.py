"""Make ``chirp.flac`` and ``tones.flac``: a tone that rises, and two tones in noise.

``python samples/make_sounds.py`` writes them beside this file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile

RATE = 16000  # samples a second
SECONDS = 2
FADE = 0.02  # seconds in which a sound comes and goes
FROM, TO = 100.0, 4000.0  # hertz of the chirp
TONES = {440.0: 0.2, 660.0: 0.1}  # hertz and amplitude: A4 and, a fifth above it, E5
NOISE = 0.05  # standard deviation

Array = np.ndarray[Any, np.dtype[np.float64]]


def chirp() -> Array:
    """A sine whose frequency rises evenly, so that its phase is a parabola."""
    t = _time()
    return 0.5 * _fade(t) * np.sin(2 * np.pi * (FROM * t + (TO - FROM) * t**2 / (2 * SECONDS)))


def tones() -> Array:
    """Two sines and white noise, the same at every call."""
    t = _time()
    noise = NOISE * np.random.default_rng(0).standard_normal(len(t))
    both = sum(amplitude * np.sin(2 * np.pi * hertz * t) for hertz, amplitude in TONES.items())
    return _fade(t) * both + noise


def _time() -> Array:
    return np.arange(RATE * SECONDS) / RATE


def _fade(t: Array) -> Array:
    edge = np.minimum(t, SECONDS - 1 / RATE - t)
    return np.sin(np.pi / 2 * np.minimum(edge / FADE, 1)) ** 2


if __name__ == "__main__":
    for make in (chirp, tones):
        soundfile.write(Path(__file__).with_name(f"{make.__name__}.flac"), make(), RATE, "PCM_16")
