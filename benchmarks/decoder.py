"""What makes pictures larger: transposed convolution, upsampling and unpooling, beside PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contest import Contest, Work

Array = np.ndarray[Any, Any]

MAPS = (16, 32, 32, 64)  # a batch of feature maps in the middle of a decoder
PHOTO = (1, 1500, 2000, 3)

#: Beyond input and output: a strip of products, or two lines of pictures.
MEMORY = 8_000_000

#: (kind, what, shape, goals)
WORKS: tuple[tuple[str, str, tuple[int, ...], dict[str, float]], ...] = (
    ("transposed", "3x3, stride 2, 64->32 of a batch", MAPS, {"torch": 3}),
    ("transposed", "2x2, stride 2, 64->32 of a batch", MAPS, {"torch": 3}),
    ("transposed", "4x4, stride 2, 3->3 of 3 MP RGB", PHOTO, {"torch": 3}),
    ("nearest", "twice, of a batch", MAPS, {"torch": 1.2}),
    ("nearest", "twice, of 3 MP RGB", PHOTO, {"torch": 0.6}),
    ("bilinear", "twice, of a batch", MAPS, {"torch": 4.5}),
    ("bilinear", "twice, of 3 MP RGB", PHOTO, {"torch": 1.0}),
    ("unpool", "2x2 of a batch", MAPS, {"torch": 1.5}),
    ("unpool", "2x2 of 3 MP RGB", PHOTO, {"torch": 1.5}),
)


def contests(*, quick: bool) -> list[Contest]:
    """Every kind on a batch of feature maps and on a photo."""
    found = []
    for kind, what, shape, goals in WORKS:
        batch, height, width, channels = shape
        small = [min(batch, 2), max(height // 10, 8), max(width // 10, 8), channels]
        options = {"kind": kind, "kernel": int(what[0]) if kind == "transposed" else 0}
        options |= {"shape": small if quick else list(shape)}
        found.append(Contest(f"{kind} {what}", ["dlcli", "torch"], options, goals, MEMORY))
    return found


def data(kind: str, kernel: int, shape: list[int]) -> tuple[Array, Array]:
    """Noise (batch, height, width, channel) in float32, and a kernel or the places of winners."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal(shape, np.float32)
    if kind == "transposed":
        return x, rng.standard_normal((kernel, kernel, shape[3], min(shape[3], 32)), np.float32)
    rows, columns = np.indices(shape[1:3])[:, None, :, :, None] * 2 + rng.integers(0, 2, (2, *shape))
    return x, rows * (2 * shape[2]) + columns


def ours(kind: str, kernel: int, shape: list[int]) -> Work:
    """dlcli's engines."""
    from dlcli.engines.convolution.transposed import conv_transpose2d
    from dlcli.engines.pooling.unpool import unpool2d
    from dlcli.engines.pooling.upsample import upsample2d

    x, other = data(kind, kernel, shape)
    size = 2 * shape[1], 2 * shape[2]
    if kind == "transposed":
        return lambda: conv_transpose2d(x, other, stride=2)
    if kind == "unpool":
        return lambda: unpool2d(x, other, size)
    return lambda: upsample2d(x, size, kind=kind)


def torch(kind: str, kernel: int, shape: list[int]) -> Work:
    """PyTorch's functions with channels last; its unpooling is slower so, and gets them first."""
    import torch

    torch.set_num_threads(1)
    nx, nother = data(kind, kernel, shape)
    x = torch.from_numpy(nx).permute(0, 3, 1, 2)
    functional = torch.nn.functional
    if kind == "transposed":
        last = torch.channels_last
        w = torch.from_numpy(nother).permute(2, 3, 0, 1).contiguous(memory_format=last)
        return lambda: functional.conv_transpose2d(x, w, stride=2).numpy()
    if kind == "unpool":
        places = torch.from_numpy(nother).permute(0, 3, 1, 2).contiguous()
        x = x.contiguous()
        return lambda: functional.max_unpool2d(x, places, 2).numpy()
    corners = None if kind == "nearest" else False
    return lambda: functional.interpolate(x, scale_factor=2, mode=kind, align_corners=corners).numpy()


CONTENDERS = {"dlcli": ours, "torch": torch}
