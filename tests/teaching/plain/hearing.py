"""Answers to topics of sound, by counting and by NumPy's transform."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

Given = dict[str, Any]


def frames(given: Given) -> list[Any]:
    """Begin frames until one does not fit; centred ones begin half a frame before the sound."""
    n, f, h = given["n"], given.get("f"), given.get("h")
    if given["level"] == 3:
        f, h = (given["fs"] * given[name] // 1000 for name in ("frame in ms", "hop in ms"))
    before = f // 2 if given["level"] == 3 else 0
    starts = [start for start in range(-before, n + before, h) if start + f <= n + before]
    return [f, len(starts)] if given["level"] == 3 else [len(starts), starts[-1]]


def bins(given: Given) -> list[Any]:
    """NumPy's list of frequencies."""
    there = np.fft.rfftfreq(given["N"], 1 / given["fs"])
    if given["level"] == 1:
        return [there[1], len(there)]
    if given["level"] == 2:
        return [there[given["k"]], there[-1]]
    found = int(np.abs(there - given["f"]).argmin())
    return [found, there[found]]


def alias(given: Given) -> list[Any]:
    """Half the rate; and among the tones below it the one that has the same samples."""
    fs, f = given["fs"], given["f"]
    if given["level"] == 1:
        return [Fraction(fs, 2), 2 * f]
    times = np.arange(4 * fs) / fs
    same = [
        g
        for g in range(fs // 2 + 1)
        if np.allclose(np.cos(2 * np.pi * g * times), np.cos(2 * np.pi * f * times))
    ]
    return [Fraction(fs, 2), *same]


def dft4(given: Given) -> list[Any]:
    """NumPy's transform, or its inverse."""
    if given["level"] == 3:
        return [*np.fft.ifft(np.array(given["re"]) + 1j * np.array(given["im"])).real]
    return [complex(np.fft.fft(given["x"])[k]) for k in given["asked"]]


def window(size: int) -> Any:
    """The periodic Hann window as a squared sine."""
    return np.sin(np.pi * np.arange(size) / size) ** 2


def window_sample(given: Given) -> list[Any]:
    """Values, a frame, or two frames that overlap by half."""
    if given["level"] == 1:
        return [window(given["N"])[n] for n in given["asked"]]
    if given["level"] == 2:
        return [*(np.array(given["x"]) * window(4))]
    size, t = given["N"], given["t"]
    parts = [given["x"] * window(size)[t], given["x"] * window(size)[t - size // 2]]
    return [*parts, sum(parts)]


#: Topic -> the answers that its drawn numbers have, in the order of its fields.
KEYS = {"frames": frames, "bins": bins, "alias": alias, "dft4": dft4, "window-sample": window_sample}


def cut(outcome: Any, given: Given) -> list[Any]:
    """Frames of dlcli's spectrum."""
    made = outcome["spectrum"].shape[1]
    if given["level"] == 3:
        return [outcome.tensor("spectrum").attrs["frame"], made]
    return [made, (made - 1) * given["h"]]


def axis(outcome: Any, given: Given) -> list[Any]:
    """Frequencies of dlcli's spectrum."""
    spectrum = outcome.tensor("spectrum")
    step, count = spectrum.axes[0].step, spectrum.shape[0]
    if given["level"] == 1:
        return [step, count]
    k = given["k"] if given["level"] == 2 else round(given["f"] / step)
    return [k * step, (count - 1) * step] if given["level"] == 2 else [k, k * step]


def peak(outcome: Any, given: Given) -> list[Any]:
    """The bin of a tone, one for each kHz."""
    found = outcome["magnitude"][:, 0]
    k = int(found.argmax())
    return [len(found) - 1, 2 * k if given["level"] == 1 else k]


def spectrum(outcome: Any, given: Given) -> list[Any]:
    """Bins of a real frame, the mirrored ones from the others; or its samples."""
    made = outcome["spectrum"][:, 0]
    if given["level"] == 3:
        return [*np.fft.irfft(made, 4)]
    if given["level"] == 1:
        return [made[k].real for k in given["asked"]]
    return [complex(made[k] if k < 3 else np.conj(made[1])) for k in given["asked"]]


def frame(outcome: Any, given: Given) -> list[Any]:
    """Windowed frames from their spectra."""
    made = np.fft.irfft(outcome["spectrum"], given.get("N", 4), axis=0)
    if given["level"] == 1:
        return [made[n, 0] for n in given["asked"]]
    if given["level"] == 2:
        return [*made[:, 0]]
    first, second = made[given["t"], 0], made[given["t"] - given["N"] // 2, 1]
    return [first, second, first + second]


#: Topic -> the answers as the line of the task gives them.
LINES = {"frames": cut, "bins": axis, "alias": peak, "dft4": spectrum, "window-sample": frame}
