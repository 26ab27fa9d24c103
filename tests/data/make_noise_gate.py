"""Writes noise_gate.npz, what noisereduce and librosa mask: ``python tests/data/make_noise_gate.py``.

Needs noisereduce and librosa, which the tests do not. ``noise`` and ``sound`` are spectra (frequency, frame) of
noisereduce's own, ``threshold`` and ``mask`` what it makes of them with 1.5 deviations, ``smooth`` its mask
averaged over 2 frequencies and 3 frames to each side, ``weak`` the same with ``prop_decrease`` 0.75; ``soft1``
and ``soft2`` are librosa's ``softmask`` of the sound's sizes against that threshold with power 1 and 2.
"""

from __future__ import annotations

from pathlib import Path

import librosa
import numpy as np
from noisereduce.spectralgate.base import _smoothing_filter
from noisereduce.spectralgate.stationary import SpectralGateStationary, _amp_to_db
from scipy.signal import fftconvolve, stft

FILE = Path(__file__).with_name("noise_gate.npz")
RATE, N_FFT, HOP = 8000, 32, 8


def spectrum(x: np.ndarray) -> np.ndarray:
    return stft(x, nfft=N_FFT, noverlap=N_FFT - HOP, nperseg=N_FFT, padded=False)[2]


def main() -> None:
    draw = np.random.default_rng(0)
    hiss = draw.normal(0, 0.1, 200)
    sound = draw.normal(0, 0.1, 240) + np.sin(np.arange(240) * 0.8) * (np.arange(240) > 120)
    gate = SpectralGateStationary(
        y=sound[None], sr=RATE, y_noise=hiss, n_std_thresh_stationary=1.5, chunk_size=10**6,
        clip_noise_stationary=False, padding=0, n_fft=N_FFT, win_length=N_FFT, hop_length=HOP,
        time_constant_s=1.0, freq_mask_smooth_hz=None, time_mask_smooth_ms=None, tmp_folder=None,
        prop_decrease=1.0, use_tqdm=False, n_jobs=1,
    )  # fmt: skip
    s = spectrum(sound)
    mask = _amp_to_db(s) > gate.noise_thresh[:, None]
    triangle = _smoothing_filter(2, 3)
    threshold = 10 ** (gate.noise_thresh / 20)
    reference = np.broadcast_to(threshold[:, None], s.shape)
    np.savez_compressed(
        FILE, noise=spectrum(hiss), sound=s, threshold=threshold, mask=mask,
        smooth=fftconvolve(mask.astype(float), triangle, mode="same"), weak=mask * 0.75 + 0.25,
        soft1=librosa.util.softmask(np.abs(s), reference, power=1),
        soft2=librosa.util.softmask(np.abs(s), reference, power=2),
    )  # fmt: skip


if __name__ == "__main__":
    main()
