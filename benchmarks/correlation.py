"""Correlation of a 12-megapixel picture with kernels of several sizes, and what memory it takes."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contest import Contest, Work

Array = np.ndarray[Any, Any]

#: Edge of the kernel -> goals beside each peer.
DENSE = {
    3: {"filter2D": 2.3, "ndimage": 0.35},
    5: {"filter2D": 2.3, "ndimage": 0.35},
    7: {"filter2D": 2.3, "ndimage": 0.35},
    15: {"filter2D": 0.75},
    31: {"filter2D": 0.5},
}
MEMORY = 12_000_000


def contests(*, quick: bool) -> list[Contest]:
    """All contests; small ones when it is only to see that they run."""
    height, width = (300, 400) if quick else (3000, 4000)
    shape = {"height": height, "width": width}
    found = [
        contest(f"{edge}x{edge} gray", ("filter2D", "torch", "ndimage" if edge < 9 else "oaconvolve"), goals,
                **shape, edge=edge, channels=1)
        for edge, goals in DENSE.items()
    ]  # fmt: skip
    for edge in (3, 7, 15):
        goals = {"filter2D": DENSE[edge]["filter2D"]}
        found.append(contest(f"{edge}x{edge} RGB", ("filter2D",), goals, **shape, edge=edge, channels=3))
    for taps in (9, 31):
        goals = {"correlate1d": 0.45}
        found.append(contest(f"Gaussian {taps}x{taps}", ("sepFilter2D", "correlate1d"), goals,
                             **shape, edge=taps, channels=1, gaussian=True))  # fmt: skip
    return found


def contest(name: str, peers: tuple[str, ...], goals: dict[str, float], **options: int) -> Contest:
    """One kernel beside its peers."""
    return Contest(name, ("dlcli", *peers), options, goals, MEMORY, rounds=7)


def picture(height: int, width: int, channels: int) -> Array:
    """Noise (height, width[, channel]) in float32."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    return np.random.default_rng(1).random(shape, np.float32)


def kernel(edge: int, gaussian: bool) -> Array:
    """A kernel with no structure, or the outer product of a bell curve with itself."""
    if gaussian:
        bell = np.exp(-0.5 * ((np.arange(edge) - edge // 2) / (edge / 6)) ** 2).astype(np.float32)
        return np.outer(bell / bell.sum(), bell / bell.sum())
    return np.random.default_rng(2).standard_normal((edge, edge)).astype(np.float32)


def ours(height: int, width: int, edge: int, channels: int, gaussian: bool = False) -> Work:
    """dlcli's engine, as its command calls it."""
    from dlcli.engines.convolution import conv2d

    x = picture(height, width, channels).reshape(1, height, width, channels)
    w = np.repeat(kernel(edge, gaussian)[..., None, None], channels, axis=3)
    return lambda: conv2d(x, w, padding="same", groups=channels, threads=1)


def filter2d(height: int, width: int, edge: int, channels: int, gaussian: bool = False) -> Work:
    """OpenCV's general filter."""
    import cv2

    cv2.setNumThreads(1)
    x, w = picture(height, width, channels), kernel(edge, gaussian)
    return lambda: cv2.filter2D(x, cv2.CV_32F, w, borderType=cv2.BORDER_CONSTANT)


def sep_filter2d(height: int, width: int, edge: int, channels: int, gaussian: bool = False) -> Work:
    """OpenCV's filter for kernels that are a column times a row."""
    import cv2

    cv2.setNumThreads(1)
    x, w = picture(height, width, channels), kernel(edge, gaussian)
    taps = w.sum(axis=0)
    return lambda: cv2.sepFilter2D(x, cv2.CV_32F, taps, taps, borderType=cv2.BORDER_CONSTANT)


def ndimage(height: int, width: int, edge: int, channels: int, gaussian: bool = False) -> Work:
    """SciPy's direct correlation."""
    from scipy import ndimage

    x, w = picture(height, width, channels), kernel(edge, gaussian)
    return lambda: ndimage.correlate(x, w, mode="constant")


def correlate1d(height: int, width: int, edge: int, channels: int, gaussian: bool = False) -> Work:
    """SciPy's two passes."""
    from scipy import ndimage

    x, w = picture(height, width, channels), kernel(edge, gaussian)
    taps = w.sum(axis=0)

    def work() -> Array:
        down = ndimage.correlate1d(x, taps, axis=0, mode="constant")
        across: Array = ndimage.correlate1d(down, taps, axis=1, mode="constant")
        return across

    return work


def oaconvolve(height: int, width: int, edge: int, channels: int, gaussian: bool = False) -> Work:
    """SciPy's overlap-add."""
    from scipy.signal import oaconvolve

    x, w = picture(height, width, channels), kernel(edge, gaussian)[::-1, ::-1]
    return lambda: oaconvolve(x, w, mode="same")


def torch(height: int, width: int, edge: int, channels: int, gaussian: bool = False) -> Work:
    """PyTorch's Conv2d."""
    import torch

    torch.set_num_threads(1)
    x = torch.from_numpy(picture(height, width, channels))[None, None]
    w = torch.from_numpy(kernel(edge, gaussian))[None, None]
    return lambda: torch.nn.functional.conv2d(x, w, padding=edge // 2).numpy()


CONTENDERS = {
    "dlcli": ours,
    "filter2D": filter2d,
    "sepFilter2D": sep_filter2d,
    "ndimage": ndimage,
    "correlate1d": correlate1d,
    "oaconvolve": oaconvolve,
    "torch": torch,
}
