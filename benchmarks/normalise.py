"""Batch, layer, group and instance normalisation and local responses of feature maps, beside PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contest import Contest, Work

Array = np.ndarray[Any, Any]

MAPS = (64, 32, 32, 64)  # a batch of feature maps
TOKENS = (32, 128, 1, 768)  # rows of tokens, as they come out of a transformer's layer
EPS = 1e-5

#: Beyond input and output.
MEMORY = 8_000_000

#: kind -> (shape, goals). PyTorch goes over the numbers twice, in float32; ours are ten steps in float64, in
#: the cache, so that the mean and the deviation of a cell are right to the last digit that is shown: some 4
#: ns a number. The transformer's own layer norm, which goes back too, is measured with its blocks.
KINDS: dict[str, tuple[tuple[int, ...], dict[str, float]]] = {
    "batch": (MAPS, {"torch": 8}),
    "instance": (MAPS, {"torch": 2.5}),
    "group": (MAPS, {"torch": 10}),
    "layer": (TOKENS, {"torch": 13}),
    "local response": (MAPS, {"torch": 0.8}),
}


def contests(*, quick: bool) -> list[Contest]:
    """One contest for each kind, in float32 with channels last."""
    found = []
    for kind, (shape, goals) in KINDS.items():
        options = {"kind": kind, "shape": [min(shape[0], 2), *shape[1:]] if quick else list(shape)}
        name = f"{kind} of {' x '.join(str(n) for n in shape if n > 1)}"
        found.append(Contest(name, ["dlcli", "torch"], options, goals, MEMORY))
    return found


def data(shape: list[int]) -> tuple[Array, Array, Array]:
    """Numbers (batch, row, column, channel) in float32 about 3, and a gain and a bias for each channel."""
    rng = np.random.default_rng(1)
    gain, bias = rng.standard_normal((2, shape[-1]), np.float32)
    return rng.standard_normal(shape, np.float32) + np.float32(3), gain, bias


def ours(kind: str, shape: list[int]) -> Work:
    """dlcli's engines."""
    from dlcli.engines.tensors.normalise import Sharing, local_response, normalise

    x, gain, bias = data(shape)
    if kind == "local response":
        return lambda: local_response(x, 3)
    axes = {"batch": (0, 1, 2), "instance": (1, 2), "group": (1, 2), "layer": (3,)}[kind]
    group = (3, 8) if kind == "group" else (None, 1)
    sharing = Sharing(x.shape, axes, *group)
    return lambda: normalise(x, sharing, eps=EPS, gain=gain, bias=bias).output


def torch(kind: str, shape: list[int]) -> Work:
    """PyTorch's functions, pictures with channels last."""
    import torch

    torch.set_num_threads(1)
    nx, gain, bias = map(torch.from_numpy, data(shape))
    functional, x = torch.nn.functional, nx.permute(0, 3, 1, 2)
    works: dict[str, Any] = {
        "batch": lambda: functional.batch_norm(x, None, None, gain, bias, training=True, eps=EPS),
        "instance": lambda: functional.instance_norm(x, None, None, gain, bias, eps=EPS),
        "group": lambda: functional.group_norm(x, 8, gain, bias, EPS),
        "layer": lambda: functional.layer_norm(nx, nx.shape[-1:], gain, bias, EPS),
        "local response": lambda: functional.local_response_norm(x, 5),
    }
    work = works[kind]

    def done() -> Array:
        with torch.inference_mode():
            y: Array = work().numpy()
        return y

    return done


CONTENDERS = {"dlcli": ours, "torch": torch}
