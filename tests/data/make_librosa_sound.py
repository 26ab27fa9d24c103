"""Writes librosa_sound.npz, what librosa makes of a sound: ``python tests/data/make_librosa_sound.py``.

Needs librosa, which the tests do not. ``x`` is the sound (float64), ``cases`` the options of each case as JSON:
``s0``, ``s1``, … its spectrum and ``y0``, … that spectrum's sound; ``mel…`` are filter banks, ``db…`` decibels,
``griffin`` what Griffin-Lim makes of the first spectrum when it begins with all phases 0.
"""

from __future__ import annotations

import json
from pathlib import Path

import librosa
import numpy as np

FILE = Path(__file__).with_name("librosa_sound.npz")

CASES = [
    {"n_fft": 64, "hop_length": 16},
    {"n_fft": 64, "hop_length": 16, "pad_mode": "reflect"},
    {"n_fft": 63, "hop_length": 20},
    {"n_fft": 64, "win_length": 40, "hop_length": 10, "window": "hamming"},
    {"n_fft": 64, "win_length": 41, "hop_length": 10},
    {"n_fft": 32, "hop_length": 50, "window": "boxcar"},
    {"n_fft": 64, "hop_length": 16, "center": False, "window": "blackman"},
    {"n_fft": 600, "hop_length": 100},
]
MELS = [
    {"sr": 8000, "n_fft": 256, "n_mels": 20},
    {"sr": 22050, "n_fft": 511, "n_mels": 40, "fmin": 50.0, "fmax": 8000.0},
    {"sr": 16000, "n_fft": 400, "n_mels": 23, "htk": True, "norm": None},
]


def main() -> None:
    x = np.random.default_rng(0).standard_normal(500)
    found = {"x": x, "cases": np.array(json.dumps(CASES)), "mels": np.array(json.dumps(MELS))}
    for i, case in enumerate(CASES):
        s = librosa.stft(x, dtype=np.complex128, **case)
        back = {name: value for name, value in case.items() if name != "pad_mode"}
        found[f"s{i}"] = s
        found[f"y{i}"] = librosa.istft(s, dtype=np.float64, length=len(x), **back)
    for i, case in enumerate(MELS):
        found[f"mel{i}"] = librosa.filters.mel(dtype=np.float64, **case)
    power = np.abs(found["s0"]) ** 2
    found["db0"] = librosa.power_to_db(power)
    found["db1"] = librosa.amplitude_to_db(np.abs(found["s0"]), ref=2.0, top_db=None)
    found["griffin"] = librosa.griffinlim(
        np.abs(found["s0"]), n_iter=8, n_fft=64, hop_length=16, init=None, dtype=np.float64
    )
    found["midi"] = librosa.hz_to_midi(np.array([27.5, 261.63, 450.0]))
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
