"""How alike two photos are: SSIM beside scikit-image, and what memory it takes."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contest import Contest, Work

Array = np.ndarray[Any, Any]

#: name -> (height, width, channels)
PHOTOS = {"12 MP gray": (3000, 4000, 1), "2 MP RGB": (1200, 1600, 3)}
RANGE = 255.0

#: The result is as large as both photos in float64; nothing else may be.
MEMORY = 8_000_000

#: scikit-image blurs five maps by ndimage, down and across, in float64 copies of the whole photo. Four blurs
#: of a tile in the cache, by windows that are symmetric, are some 120 additions and multiplications a pixel.
GOAL = {"scikit-image": 0.25}


def contests(*, quick: bool) -> list[Contest]:
    """SSIM around every pixel of gray bytes, of colours, and of floats."""
    found = []
    for name, (height, width, channels) in PHOTOS.items():
        for dtype in ("uint8", "float32"):
            shape = [height // 10, width // 10, channels] if quick else [height, width, channels]
            options = {"shape": shape, "dtype": dtype}
            work = f"SSIM of {name}, {dtype}"
            found.append(Contest(work, ["dlcli", "scikit-image"], options, GOAL, MEMORY, rounds=7))
    return found


def data(shape: list[int], dtype: str) -> tuple[Array, Array]:
    """A photo of waves (height, width, channel), and the same with noise."""
    rng = np.random.default_rng(1)
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    waves = (127 + 60 * np.sin(rows / 40) + 60 * np.cos(columns / 70)).astype(np.float32)
    a = np.repeat(waves[..., None], shape[2], axis=2)
    b = np.clip(a + rng.normal(0, 20, a.shape), 0, RANGE)
    return a.astype(dtype), b.astype(dtype)


def ours(shape: list[int], dtype: str) -> Work:
    """dlcli's engine."""
    from dlcli.engines.tensors.structural_similarity import structural_similarity

    a, b = data(shape, dtype)
    return lambda: structural_similarity(a, b, data_range=RANGE, threads=1)


def scikit_image(shape: list[int], dtype: str) -> Work:
    """scikit-image with the Gaussian window of the paper; where windows leave the photo is cut off."""
    from skimage.metrics import structural_similarity

    a, b = (one.astype(np.float64) for one in data(shape, dtype))  # float32 it would compute in float32
    options: dict[str, Any] = {"gaussian_weights": True, "use_sample_covariance": False, "full": True}
    return lambda: structural_similarity(a, b, channel_axis=2, data_range=RANGE, **options)[1][5:-5, 5:-5]


CONTENDERS = {"dlcli": ours, "scikit-image": scikit_image}
