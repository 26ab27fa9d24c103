"""Writes torch_packed.npz, padded sequences in PyTorch: ``python tests/data/make_torch_packed.py``.

Needs PyTorch, which the tests do not. ``x`` (batch, time, feature) is padded behind ``lengths`` (batch,); ``cases``
lists, as JSON, kind, layers and directions of each case. Of case i, ``i/y`` is the output of the packed sequences,
padded again, ``i/h`` (layer · direction, batch, unit) the states at their ends, ``i/pull`` what the output was
multiplied with to make the loss, ``i/w/NAME`` each weight and ``i/dx`` the gradient of ``x``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from make_torch_recurrent import FEATURES, net
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

FILE = Path(__file__).with_name("torch_packed.npz")

CASES = [
    {"kind": kind, "layers": layers, "bidirectional": both}
    for kind in ("tanh", "lstm", "gru")
    for layers, both in ((1, False), (2, True))
]
LENGTHS = torch.tensor([4, 6, 1])


def main() -> None:
    torch.manual_seed(0)
    x = torch.randint(-128, 129, (3, 6, FEATURES)).double() / 64
    found = {"x": x.numpy(), "lengths": LENGTHS.numpy(), "cases": np.array(json.dumps(CASES))}
    for i, case in enumerate(CASES):
        made, given = net(case), x.clone().requires_grad_(True)
        packed = pack_padded_sequence(given, LENGTHS, batch_first=True, enforce_sorted=False)
        out, last = made(packed)
        y, _ = pad_packed_sequence(out, batch_first=True)
        pull = torch.randint(-64, 65, y.shape).double() / 64
        (y * pull).sum().backward()
        h = last[0] if isinstance(last, tuple) else last
        found |= {f"{i}/y": y.detach().numpy(), f"{i}/h": h.detach().numpy(), f"{i}/pull": pull.numpy()}
        found[f"{i}/dx"] = given.grad.numpy()
        found |= {f"{i}/w/{name}": weight.detach().numpy() for name, weight in made.named_parameters()}
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
