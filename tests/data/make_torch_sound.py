"""Writes torch_sound.npz, what PyTorch makes of a sound: ``python tests/data/make_torch_sound.py``.

Needs PyTorch, which the tests do not. ``x`` is the sound (float64), ``cases`` the options of each case as JSON:
``s0``, ``s1``, … its spectrum and ``y0``, … that spectrum's sound.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

FILE = Path(__file__).with_name("torch_sound.npz")

#: ``window`` is a name in torch's way; none for torch's default.
CASES = [
    {"n_fft": 64, "hop_length": 16},
    {"n_fft": 64, "hop_length": 16, "window": "hann"},
    {"n_fft": 63, "hop_length": 20, "window": "hann"},
    {"n_fft": 64, "win_length": 40, "hop_length": 10, "window": "hamming"},
    {"n_fft": 64, "win_length": 41, "hop_length": 10, "window": "blackman"},
    {"n_fft": 64, "hop_length": 16, "window": "bartlett", "pad_mode": "constant"},
    {"n_fft": 64, "hop_length": 16, "center": False},
    {"n_fft": 32, "hop_length": 50, "center": False},
    {"n_fft": 64, "hop_length": 16, "window": "hann", "normalized": True},
]


def main() -> None:
    x = np.random.default_rng(0).standard_normal(500)
    found = {"x": x, "cases": np.array(json.dumps(CASES))}
    for i, case in enumerate(CASES):
        options = dict(case)
        name = options.pop("window", None)
        length = options.get("win_length", options["n_fft"])
        if name is not None:
            options["window"] = getattr(torch, f"{name}_window")(length, dtype=torch.float64)
        s = torch.stft(torch.from_numpy(x), return_complex=True, **options)
        found[f"s{i}"] = s.numpy()
        options.pop("pad_mode", None)
        if options["hop_length"] <= length:
            whole = length if not case.get("center", True) else None
            size = (s.shape[1] - 1) * options["hop_length"] + whole if whole else len(x)
            found[f"y{i}"] = torch.istft(s, length=size, **options).numpy()
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
