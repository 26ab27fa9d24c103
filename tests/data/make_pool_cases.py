"""Writes pool_cases.npz, what PyTorch computes for poolings of all kinds: ``python tests/data/make_pool_cases.py``.

Needs PyTorch, which the tests do not. Each case is a few arrays under its number: ``x`` and ``y`` (batch,
height, width, channel), ``dy`` and ``dx``, ``places`` for maxima; ``cases`` holds their options as JSON.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_name("pool_cases.npz")

NOTES = (7, 7)  # of the course: 7 x 7 becomes 3 x 3

MAXIMA: list[tuple[tuple[int, int], dict[str, Any]]] = [
    (NOTES, {"size": 2}),
    (NOTES, {"size": 2, "ceil": True}),
    (NOTES, {"size": 3, "stride": 2}),
    (NOTES, {"size": 3, "stride": 2, "padding": 1}),
    (NOTES, {"size": 3, "stride": 1, "padding": 1}),
    ((8, 9), {"size": [2, 3]}),
    ((8, 9), {"size": [3, 2], "stride": [1, 3]}),
    ((8, 9), {"size": 3, "stride": 2, "ceil": True, "padding": 1}),
    ((8, 9), {"size": 2, "stride": 3, "ceil": True}),
    ((9, 11), {"size": 3, "dilation": 2}),
    ((9, 11), {"size": [3, 2], "stride": 2, "dilation": [2, 3], "padding": 1, "ceil": True}),
    ((8, 8), {"size": 8}),
    ((2, 2), {"size": 3, "stride": 2, "ceil": True}),
    ((5, 4), {"size": 1, "stride": 2}),
]
MEANS: list[tuple[tuple[int, int], dict[str, Any]]] = [
    (NOTES, {"size": 2}),
    (NOTES, {"size": 2, "ceil": True}),
    (NOTES, {"size": 3, "stride": 2, "padding": 1}),
    (NOTES, {"size": 3, "stride": 2, "padding": 1, "count_padding": True}),
    ((8, 9), {"size": 3, "stride": 2, "padding": 1, "ceil": True}),
    ((8, 9), {"size": 3, "stride": 2, "padding": 1, "ceil": True, "count_padding": True}),
    ((8, 9), {"size": [2, 3], "stride": [1, 2], "count_padding": True}),
    ((8, 8), {"size": 8}),
]
NORMS: list[tuple[tuple[int, int], dict[str, Any]]] = [
    (NOTES, {"size": 2, "p": 1.0}),
    (NOTES, {"size": 2, "p": 2.0}),
    (NOTES, {"size": [2, 3], "stride": 1, "p": 2.0}),
    (NOTES, {"size": 2, "p": 3.0}),
    (NOTES, {"size": 3, "stride": 2, "p": 2.5, "positive": True}),
]


def picture(size: tuple[int, int], kind: str, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """A picture of two channels: noise, small whole numbers full of ties, or numbers with odd ones."""
    shape = (1, *size, 2)
    if kind == "ties":
        return rng.integers(-2, 3, shape).astype(np.float32)
    x = rng.standard_normal(shape).astype(np.float32)
    if kind == "odd":
        for value in (np.nan, -np.inf, np.inf):
            x[rng.random(shape) < 0.12] = value
    return np.abs(x) if kind == "positive" else x


def case(
    kind: str, x: np.ndarray[Any, Any], options: dict[str, Any], rng: np.random.Generator
) -> dict[str, Any]:
    """What PyTorch makes of one picture."""
    import torch

    functional = torch.nn.functional
    leaf = torch.from_numpy(x).permute(0, 3, 1, 2).contiguous().requires_grad_()
    named = {"ceil": "ceil_mode", "count_padding": "count_include_pad"}
    given = {named.get(name, name): value for name, value in options.items() if name not in ("size", "p")}
    found: dict[str, Any] = {"x": x}
    if kind == "max":
        y, places = functional.max_pool2d(leaf, options["size"], return_indices=True, **given)
        found["places"] = places.permute(0, 2, 3, 1).numpy()
    elif kind == "avg":
        y = functional.avg_pool2d(leaf, options["size"], **{"count_include_pad": False, **given})
    else:
        y = functional.lp_pool2d(leaf, options["p"], options["size"], **given)
    dy = torch.from_numpy(rng.standard_normal(y.shape).astype(np.float32))
    (dx,) = torch.autograd.grad(y, leaf, dy)
    for name, value in {"y": y, "dy": dy, "dx": dx}.items():
        found[name] = value.detach().permute(0, 2, 3, 1).numpy()
    return found


def main() -> None:
    """Make all cases and write them."""
    import torch

    rng = np.random.default_rng(27)
    told, arrays = [], {}
    for kind, cases in {"max": MAXIMA, "avg": MEANS, "lp": NORMS}.items():
        for size, given in cases:
            options = {name: value for name, value in given.items() if name != "positive"}
            contents = (
                ["noise", "ties", "odd"]
                if kind == "max"
                else ["positive" if "positive" in given else "noise"]
            )
            for content in contents:
                for name, value in case(kind, picture(size, content, rng), options, rng).items():
                    arrays[f"{len(told)} {name}"] = value
                told.append({"kind": kind, "content": content, "size": list(size), "options": options})
    np.savez_compressed(FILE, cases=np.array(json.dumps(told)), torch=np.array(torch.__version__), **arrays)


if __name__ == "__main__":
    main()
