"""Writes mel_sound.npz, what librosa and torchaudio hear of a sound: ``python tests/data/make_mel_sound.py``.

Needs librosa and torchaudio, which the tests do not. ``x`` is the sound (float64) of 8000 samples a second,
``librosa`` and ``torchaudio`` the options of each case as JSON: ``l0``, ``t0``, … its log-mel frames, ``lm0``,
``tm0``, … its MFCCs. ``dct`` is SciPy's orthonormal DCT-II of the numbers 0 to 9, squared.
"""

from __future__ import annotations

import json
from pathlib import Path

import librosa
import numpy as np
import scipy.fft
import torch
import torchaudio

FILE = Path(__file__).with_name("mel_sound.npz")
RATE = 8000

#: ``frame``, ``hop``, ``mels``, ``low``, ``high``, ``scale``, ``norm``, ``ref``, ``top_db``, ``count``.
LIBROSA = [
    {},
    {"ref": "max", "top_db": 40.0},
    {"low": 300.0, "high": 3400.0, "mels": 12},
    {"scale": "htk", "norm": "none", "ref": 0.01, "top_db": 60.0},
    {"scale": "htk", "norm": "slaney", "count": 20},
]
TORCHAUDIO = [
    {"scale": "htk", "norm": "none"},
    {"scale": "htk", "norm": "slaney", "low": 100.0, "high": 3000.0, "top_db": 30.0},
    {"scale": "slaney", "norm": "slaney", "mels": 16, "count": 5},
]
USUAL = {
    "frame": 256, "hop": 100, "mels": 20, "low": 0.0, "high": 4000.0, "scale": "slaney", "norm": "slaney",
    "ref": 1.0, "top_db": None, "count": 13,
}  # fmt: skip


def of_librosa(x: np.ndarray, case: dict) -> tuple[np.ndarray, np.ndarray]:
    power = librosa.feature.melspectrogram(
        y=x, sr=RATE, n_fft=case["frame"], hop_length=case["hop"], n_mels=case["mels"], fmin=case["low"],
        fmax=case["high"], htk=case["scale"] == "htk", norm=None if case["norm"] == "none" else "slaney",
        dtype=np.float64,
    )  # fmt: skip
    ref = np.max if case["ref"] == "max" else case["ref"]
    level = librosa.power_to_db(power, ref=ref, top_db=case["top_db"])
    floor = librosa.power_to_db(power, ref=ref, top_db=case["top_db"] or 80.0)
    return level, librosa.feature.mfcc(S=floor, n_mfcc=min(case["count"], case["mels"]))


def of_torchaudio(x: np.ndarray, case: dict) -> tuple[np.ndarray, np.ndarray]:
    mel = {
        "n_fft": case["frame"], "hop_length": case["hop"], "n_mels": case["mels"], "f_min": case["low"],
        "f_max": case["high"], "mel_scale": case["scale"], "pad_mode": "constant",
        "norm": None if case["norm"] == "none" else "slaney",
    }  # fmt: skip
    y = torch.from_numpy(x)
    power = torchaudio.transforms.MelSpectrogram(RATE, **mel).double()(y)
    level = torchaudio.transforms.AmplitudeToDB("power", top_db=case["top_db"])(power)
    count = min(case["count"], case["mels"])
    mfcc = torchaudio.transforms.MFCC(RATE, n_mfcc=count, melkwargs=mel).double()
    if case["top_db"] is not None:
        mfcc.amplitude_to_DB.top_db = case["top_db"]
    return level.numpy(), mfcc(y).numpy()


def main() -> None:
    torch.set_default_dtype(torch.float64)
    x = np.random.default_rng(0).standard_normal(600) * np.geomspace(1, 1e-6, 600)
    found = {"x": x, "dct": scipy.fft.dct(np.arange(10.0) ** 2, norm="ortho")}
    for name, cases, ask in (("librosa", LIBROSA, of_librosa), ("torchaudio", TORCHAUDIO, of_torchaudio)):
        whole = [USUAL | case for case in cases]
        found[name] = np.array(json.dumps(whole))
        for i, case in enumerate(whole):
            found[f"{name[0]}{i}"], found[f"{name[0]}m{i}"] = ask(x, case)
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
