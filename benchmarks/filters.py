"""A minute of sound through filters of several lengths, beside SciPy and NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contest import Contest, Work

Array = np.ndarray[Any, np.dtype[Any]]

RATE = 44_100
SECONDS = 60
#: The line in blocks, padded, and the sums of two products: some six times the sound, which is 10.6 MB.
MEMORY = 70_000_000

#: Taps -> goals. A product takes each sample with a block of zeros and weights: two taps cost SciPy's lfilter
#: less than that, some dozens and more cost about the same. Overlap-add is the better way from a thousand on.
TAPS: dict[int, dict[str, float]] = {
    2: {"lfilter": 10.0},
    31: {"lfilter": 0.8},
    101: {"lfilter": 1.8, "oaconvolve": 1.0},
    1001: {"lfilter": 1.5, "oaconvolve": 2.5},
}


def contests(*, quick: bool) -> list[Contest]:
    """A pre-emphasis has two taps, a band of speech some hundred, a steep filter a thousand."""
    seconds = 1 if quick else SECONDS
    found = []
    for taps, goals in TAPS.items():
        options = {"taps": taps, "seconds": seconds}
        peers = ["dlcli", "lfilter", "convolve", "oaconvolve"]
        found.append(Contest(f"{taps} taps, {seconds} s", peers, options, goals, MEMORY, rounds=7))
    return found


def data(taps: int, seconds: int) -> tuple[Array, Array]:
    """Noise (time,) and weights (taps,) in float32."""
    rng = np.random.default_rng(1)
    return rng.standard_normal(seconds * RATE, np.float32), rng.standard_normal(taps, np.float32)


def ours(taps: int, seconds: int) -> Work:
    """dlcli's engine of sliding kernels, as its command calls it: a sound is a picture of one column."""
    from dlcli.engines.convolution import conv2d

    x, w = data(taps, seconds)
    column, kernel = x.reshape(1, -1, 1, 1), np.ascontiguousarray(w[::-1]).reshape(taps, 1, 1, 1)
    return lambda: conv2d(column, kernel, padding=((taps - 1, 0), (0, 0)), threads=1)


def lfilter(taps: int, seconds: int) -> Work:
    """SciPy's direct filter."""
    from scipy.signal import lfilter

    x, w = data(taps, seconds)
    one = np.ones(1, np.float32)
    return lambda: lfilter(w, one, x)


def convolve(taps: int, seconds: int) -> Work:
    """NumPy's sum of products."""
    x, w = data(taps, seconds)
    return lambda: np.convolve(x, w)[: len(x)]


def oaconvolve(taps: int, seconds: int) -> Work:
    """SciPy's overlap-add."""
    from scipy.signal import oaconvolve

    x, w = data(taps, seconds)
    return lambda: oaconvolve(x, w)[: len(x)]


CONTENDERS = {"dlcli": ours, "lfilter": lfilter, "convolve": convolve, "oaconvolve": oaconvolve}
