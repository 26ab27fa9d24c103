"""Writes filters.npz, what SciPy and librosa filter: ``python tests/data/make_filters.py``.

Needs SciPy and librosa, which the tests do not. ``x`` (time, 2) is a sound of 8000 samples a second; ``firs`` the
options of each case of ``firwin`` as JSON: ``fir0``, … its weights, ``y0``, … what ``lfilter`` makes of the sound.
``ramp`` is ``lfilter`` by the weights 1 −2 0.5, ``preemphasis`` librosa's with 0.95 from silence, ``size`` and
``at`` are ``freqz`` of the first case.
"""

from __future__ import annotations

import json
from pathlib import Path

import librosa
import numpy as np
from scipy import signal

FILE = Path(__file__).with_name("filters.npz")
RATE = 8000

FIRS = [
    {"numtaps": 31, "cutoff": 1000.0, "pass_zero": True},
    {"numtaps": 101, "cutoff": 500.0, "pass_zero": False},
    {"numtaps": 51, "cutoff": [300.0, 3400.0], "pass_zero": False},
    {"numtaps": 45, "cutoff": [900.0, 1100.0], "pass_zero": True},
]


def main() -> None:
    x = np.random.default_rng(0).standard_normal((300, 2)) / 4
    found = {"x": x, "firs": np.array(json.dumps(FIRS))}
    for i, case in enumerate(FIRS):
        found[f"fir{i}"] = signal.firwin(fs=RATE, **case)
        found[f"y{i}"] = signal.lfilter(found[f"fir{i}"], 1, x, axis=0)
    found["ramp"] = signal.lfilter([1, -2, 0.5], 1, x, axis=0)
    found["preemphasis"] = librosa.effects.preemphasis(x.T, coef=0.95, zi=np.zeros((2, 1))).T
    at, size = signal.freqz(found["fir0"], worN=64, fs=1.0)
    found["at"], found["size"] = at, np.abs(size)
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
