"""Pooling a photo and a batch of feature maps, forward and back, and what memory it takes."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contest import Contest, Work

Array = np.ndarray[Any, Any]

PHOTO = (1, 3000, 4000, 1)
COLOURS = (1, 3000, 4000, 3)
MAPS = (64, 30, 30, 32)  # what the first layer of the course's network makes of 64 pictures

MEMORY = 8_000_000

#: name -> (shape, size of a window, stride, goals)
FORWARD: dict[str, tuple[tuple[int, ...], int, int, dict[str, float]]] = {
    "2x2 of 12 MP gray": (PHOTO, 2, 2, {"torch": 0.2}),
    "2x2 of 12 MP RGB": (COLOURS, 2, 2, {"torch": 0.2}),
    "2x2 of a batch": (MAPS, 2, 2, {"torch": 1.1}),
    "3x3, stride 2, of 12 MP gray": (PHOTO, 3, 2, {"torch": 0.2}),
    "7x7, stride 1, of 12 MP gray": (PHOTO, 7, 1, {"torch": 0.2, "dilate": 6}),
}
BACKWARD = {
    "2x2 of 12 MP gray": (PHOTO, 2, 2, {"torch": 1.3}),
    "2x2 of a batch": (MAPS, 2, 2, {"torch": 3.5}),
    "3x3, stride 2, of a batch": (MAPS, 3, 2, {}),
}


def contests(*, quick: bool) -> list[Contest]:
    """Maxima of all kinds, their places, means, and gradients."""
    found = []
    for name, (shape, size, stride, goals) in FORWARD.items():
        peers = ["torch", *(["dilate"] if stride == 1 else [])]
        found.append(contest(f"max {name}", peers, goals, "max", shape, size, stride, quick))
    for kind, shape, goals in (
        ("places", PHOTO, {"torch": 0.5}),
        ("avg", PHOTO, {"torch": 0.3}),
        ("avg", MAPS, {}),
        ("lp", PHOTO, {"torch": 0.3}),
    ):
        name = f"{kind} 2x2 of {'a batch' if shape is MAPS else '12 MP gray'}"
        found.append(contest(name, ["torch"], goals, kind, shape, 2, 2, quick))
    for name, (shape, size, stride, goals) in BACKWARD.items():
        found.append(contest(f"max back {name}", ["torch"], goals, "back", shape, size, stride, quick))
    return found


def contest(
    name: str,
    peers: list[str],
    goals: dict[str, float],
    kind: str,
    shape: tuple[int, ...],
    size: int,
    stride: int,
    quick: bool,
) -> Contest:
    """One kind of pooling beside its peers; a tenth of the edges when it is only to see that it runs."""
    if quick:
        shape = (min(shape[0], 4), *(max(edge // 10, 10) for edge in shape[1:3]), shape[3])
    options = {"kind": kind, "shape": shape, "size": size, "stride": stride}
    return Contest(name, ["dlcli", *peers], options, goals, MEMORY, rounds=15 if shape[0] == 1 else 61)


def data(shape: tuple[int, ...], size: int, stride: int) -> tuple[Array, Array]:
    """Noise (batch, height, width, channel) in float32, and a gradient for its pooling."""
    rng = np.random.default_rng(1)
    height, width = ((edge - size) // stride + 1 for edge in shape[1:3])
    x = rng.standard_normal(shape, np.float32)
    return x, rng.standard_normal((shape[0], height, width, shape[3]), np.float32)


def ours(kind: str, shape: tuple[int, ...], size: int, stride: int) -> Work:
    """dlcli's engines."""
    from dlcli.engines.pooling import (
        argmax_pool2d,
        avg_pool2d,
        lp_pool2d,
        max_pool2d,
        max_pool2d_backward,
    )

    x, dy = data(shape, size, stride)
    options: dict[str, Any] = {"stride": stride, "threads": 1}
    if kind == "back":
        return lambda: max_pool2d_backward(dy, x, size, **options)
    engines = {"max": max_pool2d, "places": argmax_pool2d, "avg": avg_pool2d, "lp": lp_pool2d}
    engine: Any = engines[kind]
    return lambda: engine(x, size, **options)


def torch(kind: str, shape: tuple[int, ...], size: int, stride: int) -> Work:
    """PyTorch's pooling with channels last; its gradient is timed without its forward pass."""
    import torch

    torch.set_num_threads(1)
    nx, ndy = data(shape, size, stride)
    x, dy = (torch.from_numpy(array).permute(0, 3, 1, 2) for array in (nx, ndy))
    functional = torch.nn.functional
    if kind == "back":
        x.requires_grad_()
        y = functional.max_pool2d(x, size, stride)
        return lambda: torch.autograd.grad(y, x, dy, retain_graph=True)[0].numpy()
    if kind == "places":
        return lambda: functional.max_pool2d(x, size, stride, return_indices=True)[1].numpy()
    if kind == "lp":
        return lambda: functional.lp_pool2d(x, 2.0, size, stride).numpy()
    engine = functional.max_pool2d if kind == "max" else functional.avg_pool2d
    return lambda: engine(x, size, stride).numpy()


def dilate(kind: str, shape: tuple[int, ...], size: int, stride: int) -> Work:
    """OpenCV's dilation: a maximum over every window; its border is cut off."""
    import cv2

    cv2.setNumThreads(1)
    x, _ = data(shape, size, stride)
    edge = size // 2
    box = np.ones((size, size), np.uint8)
    return lambda: cv2.dilate(x[0, ..., 0], box)[edge:-edge, edge:-edge]


CONTENDERS = {"dlcli": ours, "torch": torch, "dilate": dilate}
