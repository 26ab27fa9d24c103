"""Writes torch_recurrent.npz, PyTorch's recurrent nets: ``python tests/data/make_torch_recurrent.py``.

Needs PyTorch, which the tests do not. ``x`` (batch, time, feature) is the input; ``cases`` lists, as JSON, kind,
layers and directions of each case. Of case i, ``i/y`` is the output, ``i/pull`` what it was multiplied with to
make the loss, ``i/w/NAME`` each weight and ``i/d/NAME`` its gradient, ``i/dx`` that of ``x``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

FILE = Path(__file__).with_name("torch_recurrent.npz")

CASES = [
    {"kind": kind, "layers": layers, "bidirectional": both}
    for kind in ("tanh", "relu", "lstm", "gru")
    for layers, both in ((1, False), (2, False), (1, True), (2, True))
]
FEATURES, UNITS = 3, 2


def net(case: dict[str, object]) -> torch.nn.RNNBase:
    """The net of a case, its weights small multiples of 1/64 so that they are stored in few bytes."""
    options = {
        "num_layers": case["layers"],
        "bidirectional": case["bidirectional"],
        "batch_first": True,
        "dtype": torch.float64,
    }
    if case["kind"] == "lstm":
        made: torch.nn.RNNBase = torch.nn.LSTM(FEATURES, UNITS, **options)
    elif case["kind"] == "gru":
        made = torch.nn.GRU(FEATURES, UNITS, **options)
    else:
        made = torch.nn.RNN(FEATURES, UNITS, nonlinearity=case["kind"], **options)
    with torch.no_grad():
        for weight in made.parameters():
            weight.copy_(torch.randint(-64, 65, weight.shape) / 64)
    return made


def main() -> None:
    torch.manual_seed(0)
    x = torch.randint(-128, 129, (2, 6, FEATURES)).double() / 64
    found = {"x": x.numpy(), "cases": np.array(json.dumps(CASES))}
    for i, case in enumerate(CASES):
        made = net(case)
        x.requires_grad_(True)
        x.grad = None
        y, _ = made(x)
        pull = torch.randint(-64, 65, y.shape).double() / 64
        (y * pull).sum().backward()
        found |= {f"{i}/y": y.detach().numpy(), f"{i}/pull": pull.numpy(), f"{i}/dx": x.grad.numpy().copy()}
        for name, weight in made.named_parameters():
            found[f"{i}/w/{name}"] = weight.detach().numpy()
            found[f"{i}/d/{name}"] = weight.grad.numpy()
        x.requires_grad_(False)
    np.savez_compressed(FILE, **{name: np.asarray(array) for name, array in found.items()})


if __name__ == "__main__":
    main()
