"""Write torch_decoder.npz: what PyTorch makes larger, puts back, lays down and normalises: needs torch.

All arrays are float64 and (batch, height, width, channel).
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

rng = np.random.default_rng(17)
found: dict[str, np.ndarray] = {}


def first(x: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2)))


def last(x: torch.Tensor) -> np.ndarray:
    return x.numpy().transpose(0, 2, 3, 1)


x = rng.normal(size=(1, 3, 4, 2))
found["upsample x"] = x
for size in ((6, 8), (7, 9), (3, 4), (12, 5)):
    found[f"nearest {size[0]} {size[1]}"] = last(F.interpolate(first(x), size=size, mode="nearest"))
    for aligned in (False, True):
        made = F.interpolate(first(x), size=size, mode="bilinear", align_corners=aligned)
        found[f"{'aligned' if aligned else 'bilinear'} {size[0]} {size[1]}"] = last(made)

photo = rng.integers(0, 50, (1, 7, 9, 2)).astype(np.float64)
found["unpool photo"] = photo
for size, stride, padding in ((2, 2, 0), (3, 3, 1), (2, 3, 0)):
    kept, winners = F.max_pool2d(first(photo), size, stride, padding, return_indices=True)
    made = F.max_unpool2d(kept * 2 + 1, winners, size, stride, padding, output_size=(7, 9))
    found |= {
        f"unpool {size} {stride} {padding} kept": last(kept * 2 + 1),
        f"unpool {size} {stride} {padding} winners": last(winners),
        f"unpool {size} {stride} {padding} output": last(made),
    }

x = rng.normal(size=(1, 3, 4, 2))
found["lay x"] = x
for kernel, stride, (padding, extra), (dilation, groups) in product(
    (2, 3), (1, 2, 3), ((0, 0), (1, 0), (1, 1)), ((1, 1), (2, 1), (1, 2))
):
    if extra >= max(stride, dilation):
        continue
    name = f"lay {kernel} {stride} {padding} {extra} {dilation} {groups}"
    w = np.random.default_rng(kernel * 10 + groups).normal(size=(2, 4 // groups, kernel, kernel))
    b = np.random.default_rng(groups).normal(size=4)
    found[f"lay weight {kernel} {groups}"], found[f"lay bias {groups}"] = w, b
    made = F.conv_transpose2d(
        first(x), torch.from_numpy(w), torch.from_numpy(b), stride=stride, padding=padding, output_padding=extra,
        dilation=dilation, groups=groups,
    )  # fmt: skip
    found[name] = last(made)

x = rng.normal(size=(3, 2, 3, 6)) * 3 + 1
gain, shift = rng.normal(size=6), rng.normal(size=6)
mean, variance = rng.normal(size=6), rng.uniform(0.5, 2, 6)
found |= {"norm x": x, "norm gain": gain, "norm shift": shift, "norm mean": mean, "norm variance": variance}
g, s, m, v = map(torch.from_numpy, (gain, shift, mean, variance))
found |= {
    "norm batch": last(F.batch_norm(first(x), None, None, g, s, training=True)),
    "norm batch moving": last(F.batch_norm(first(x), m, v, g, s, training=False, eps=1e-3)),
    "norm instance": last(F.instance_norm(first(x), weight=g, bias=s)),
    "norm layer": F.layer_norm(torch.from_numpy(x), (6,), g, s).numpy(),
    "norm layer all": F.layer_norm(torch.from_numpy(x), (2, 3, 6)).numpy(),
    "norm group 1": last(F.group_norm(first(x), 1, g, s)),
    "norm group 2": last(F.group_norm(first(x), 2, g, s)),
    "norm group 3": last(F.group_norm(first(x), 3, g, s, eps=1e-3)),
    "norm rms": F.rms_norm(torch.from_numpy(x), (6,), g, eps=1e-6).numpy(),
    "norm response 5": last(F.local_response_norm(first(x), 5)),
    "norm response 4": last(F.local_response_norm(first(x), 4, alpha=0.5, beta=0.6, k=2.0)),
}
np.savez_compressed(Path(__file__).with_name("torch_decoder.npz"), **found)
