"""Sound to frequencies and back, at once and block by block; mels, cepstra and gains; and their memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contest import Contest, Work

Array = np.ndarray[Any, np.dtype[Any]]

RATE = 44_100
SECONDS = 600
FRAMES = ((512, 128), (2048, 512))
MEMORY = 8_000_000

GOALS = {
    "stft": {"torch": 0.6, "librosa": 0.75, "scipy": 0.3},
    "istft": {"torch": 0.25, "librosa": 0.45},
    "stream": {"torch": 0.6},
}

#: What is made of the frames of a minute, beside the same of librosa.
FEATURES = {"log-mel": {"librosa": 0.75}, "mfcc": {"librosa": 0.75}, "soft mask": {"librosa": 1.0}}
MELS, CEPSTRA = 128, 13

#: All powers of the frames stand beside what is made of them, as in librosa, which takes 300 MB and more.
POWERS = 130_000_000


def contests(*, quick: bool) -> list[Contest]:
    """Both frame lengths of every way; a stream's frames are looked at and let go, one second at a time."""
    seconds = 6 if quick else SECONDS
    found = []
    for kind, goals in GOALS.items():
        for frame, hop in FRAMES:
            name = f"{kind} {frame}/{hop}, {seconds} s"
            options = {"kind": kind, "frame": frame, "hop": hop, "seconds": seconds}
            same = kind != "stream"
            found.append(Contest(name, ["dlcli", *goals], options, goals, MEMORY, same=same, rounds=7))
    for kind, goals in FEATURES.items():
        for frame, hop in FRAMES:
            options = {"kind": kind, "frame": frame, "hop": hop, "seconds": seconds // 6}
            name = f"{kind} {frame}/{hop}, {seconds // 6} s"
            found.append(Contest(name, ["dlcli", *goals], options, goals, POWERS, rounds=7))
    return found


def sound(seconds: int) -> Array:
    """Noise in float32 (time,)."""
    return np.random.default_rng(1).uniform(-1, 1, seconds * RATE).astype(np.float32)


def spectrum(x: Array, frame: int, hop: int) -> Array:
    """What all contenders bring back."""
    from dlcli.engines.spectral import stft

    return stft(x, frame=frame, hop=hop, pad_mode="reflect")


def sizes(x: Array, frame: int, hop: int) -> tuple[Array, Array]:
    """Sizes (frequency, frame) of a sound, and of what is taken for noise, (frequency, 1)."""
    size = np.abs(spectrum(x, frame, hop))
    return size, size[:, :50].mean(axis=1, keepdims=True)


def ours(kind: str, frame: int, hop: int, seconds: int) -> Work:
    """dlcli's engines."""
    from dlcli.engines.spectral import Plan, StftStream, istft, stft
    from dlcli.engines.spectral.denoise import ratio_gain
    from dlcli.engines.spectral.log_mel import log_mel
    from dlcli.engines.spectral.mfcc import mfcc

    x = sound(seconds)
    if kind in ("log-mel", "mfcc"):

        def mels() -> Array:
            return log_mel(x, RATE, frame=frame, hop=hop, mels=MELS)

        return mels if kind == "log-mel" else lambda: mfcc(mels(), CEPSTRA)
    if kind == "soft mask":
        size, noise = sizes(x, frame, hop)
        return lambda: ratio_gain(size, noise)
    if kind == "stft":
        return lambda: stft(x, frame=frame, hop=hop, threads=1)
    if kind == "istft":
        s = spectrum(x, frame, hop)
        return lambda: istft(s, frame=frame, hop=hop, length=len(x), threads=1)

    def stream() -> float:
        analysis, loudest = StftStream(Plan.of(frame=frame, hop=hop)), 0.0
        for start in range(0, len(x), RATE):
            part = analysis.feed(x[start : start + RATE])
            loudest = max(loudest, float(part.real.max(initial=0)))
        return max(loudest, float(analysis.finish().real.max(initial=0)))

    return stream


def torch(kind: str, frame: int, hop: int, seconds: int) -> Work:
    """PyTorch's stft and istft."""
    import torch

    torch.set_num_threads(1)
    x, window = torch.from_numpy(sound(seconds)), torch.hann_window(frame)
    if kind == "istft":
        s = torch.from_numpy(spectrum(x.numpy(), frame, hop))
        return lambda: torch.istft(s, frame, hop, window=window, length=len(x)).numpy()
    if kind == "stream":
        return lambda: float(torch.stft(x, frame, hop, window=window, return_complex=True).real.max())
    return lambda: torch.stft(x, frame, hop, window=window, return_complex=True).numpy()


def librosa(kind: str, frame: int, hop: int, seconds: int) -> Work:
    """librosa's functions, padding as ours do."""
    import librosa

    x = sound(seconds)
    if kind in ("log-mel", "mfcc"):
        options: dict[str, Any] = {"n_fft": frame, "hop_length": hop, "n_mels": MELS, "pad_mode": "reflect"}

        def mels() -> Array:
            power = librosa.feature.melspectrogram(y=x, sr=RATE, **options)
            return np.asarray(librosa.power_to_db(power, top_db=None))

        return mels if kind == "log-mel" else lambda: librosa.feature.mfcc(S=mels(), n_mfcc=CEPSTRA)
    if kind == "soft mask":
        size, noise = sizes(x, frame, hop)
        return lambda: librosa.util.softmask(size, np.broadcast_to(noise, size.shape), power=2)
    if kind == "istft":
        s = spectrum(x, frame, hop)
        return lambda: librosa.istft(s, n_fft=frame, hop_length=hop, length=len(x))
    return lambda: librosa.stft(x, n_fft=frame, hop_length=hop, pad_mode="reflect")


def scipy(kind: str, frame: int, hop: int, seconds: int) -> Work:
    """SciPy's ShortTimeFFT over the frames that the others have."""
    from scipy.signal import ShortTimeFFT, get_window

    x = sound(seconds)
    transform = ShortTimeFFT(get_window("hann", frame).astype(np.float32), hop, RATE, phase_shift=None)
    padded = np.pad(x, frame // 2, mode="reflect")
    first = transform.m_num_mid // hop
    count = len(x) // hop + 1
    return lambda: transform.stft(padded, p0=first, p1=first + count)


CONTENDERS = {"dlcli": ours, "torch": torch, "librosa": librosa, "scipy": scipy}
