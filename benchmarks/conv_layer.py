"""A convolution layer on a batch, forward and with its gradients, beside PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contest import Contest, Work

Array = np.ndarray[Any, Any]

#: name -> (edge of the picture, channels in, channels out, goal forward, goal with gradients)
LAYERS = {"32x32x3->32": (32, 3, 32, 2.6, 1.5), "15x15x32->64": (15, 32, 64, 2.3, 2.2)}


def contests(*, quick: bool) -> list[Contest]:
    """Both layers, both ways."""
    found = []
    for name, (edge, depth, kernels, forward, both) in LAYERS.items():
        options = {"batch": 4 if quick else 64, "edge": edge, "depth": depth, "kernels": kernels}
        for backward, goal in ((False, forward), (True, both)):
            found.append(
                Contest(
                    f"{name} {'forward and back' if backward else 'forward'}",
                    ["dlcli", "torch"],
                    {**options, "backward": backward},
                    {"torch": goal},
                    rounds=31,
                )
            )
    return found


def data(batch: int, edge: int, depth: int, kernels: int) -> tuple[Array, Array, Array]:
    """Pictures (batch, height, width, channel), weights (3, 3, in, out), and a gradient from above."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((batch, edge, edge, depth)).astype(np.float32)
    w = rng.standard_normal((3, 3, depth, kernels)).astype(np.float32)
    dy = rng.standard_normal((batch, edge - 2, edge - 2, kernels)).astype(np.float32)
    return x, w, dy


def ours(batch: int, edge: int, depth: int, kernels: int, backward: bool) -> Work:
    """dlcli's layer."""
    from dlcli.engines.convolution import conv2d, conv2d_backward

    x, w, dy = data(batch, edge, depth, kernels)
    b = np.zeros(kernels, np.float32)

    def both() -> tuple[Array, ...]:
        y = conv2d(x, w, b, threads=1)
        return (y, *conv2d_backward(dy, x, w))

    return both if backward else lambda: conv2d(x, w, b, threads=1)


def torch(batch: int, edge: int, depth: int, kernels: int, backward: bool) -> Work:
    """PyTorch's layer with channels last, its fastest layout on processors."""
    import torch

    torch.set_num_threads(1)
    nx, nw, ndy = (array for array in data(batch, edge, depth, kernels))
    last = torch.channels_last
    x = torch.from_numpy(nx).permute(0, 3, 1, 2).to(memory_format=last)
    w = torch.from_numpy(nw).permute(3, 2, 0, 1).contiguous(memory_format=last)
    dy = torch.from_numpy(ndy).permute(0, 3, 1, 2).to(memory_format=last)
    b = torch.zeros(kernels)
    if not backward:
        return lambda: torch.nn.functional.conv2d(x, w, b).numpy()
    for leaf in (x, w, b):
        leaf.requires_grad_()

    def both() -> tuple[Array, ...]:
        y = torch.nn.functional.conv2d(x, w, b)
        gradients = torch.autograd.grad(y, (x, w, b), dy)
        return tuple(part.detach().numpy() for part in (y, *gradients))

    return both


CONTENDERS = {"dlcli": ours, "torch": torch}
