"""Writes torch_seq2seq.npz, PyTorch's encoders and decoders: ``python tests/data/make_torch_seq2seq.py``.

Needs PyTorch, which the tests do not. ``x`` (time, feature) is what is read and ``tokens`` what is written, one-hot
and one step late. Of case i (``cases`` lists kind, layers and whether the context is fed, as JSON)
``i/encoder.NAME``, ``i/decoder.NAME`` and ``i/fc.NAME`` are the weights, ``i/log_probabilities`` (step, token) and
``i/states`` what came out, ``i/context`` the encoder's last state.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

FILE = Path(__file__).with_name("torch_seq2seq.npz")
CASES = [
    {"kind": kind, "layers": layers, "feeds": feeds}
    for kind in ("RNN", "LSTM", "GRU")
    for layers, feeds in ((1, False), (2, False), (1, True))
]
FEATURES, UNITS, TOKENS = 4, 3, 5


def main() -> None:
    torch.manual_seed(0)
    x = torch.randint(-128, 129, (6, FEATURES)).double() / 64
    tokens = torch.tensor([2, 0, 4, 4])
    found = {"x": x.numpy(), "tokens": tokens.numpy(), "cases": np.array(json.dumps(CASES))}
    late = torch.cat([torch.zeros(1, TOKENS), torch.nn.functional.one_hot(tokens[:-1], TOKENS)]).double()
    for i, case in enumerate(CASES):
        make = getattr(torch.nn, case["kind"])
        encoder = make(FEATURES, UNITS, case["layers"], dtype=torch.float64)
        decoder = make(TOKENS + UNITS * case["feeds"], UNITS, case["layers"], dtype=torch.float64)
        fc = torch.nn.Linear(UNITS, TOKENS, dtype=torch.float64)
        with torch.no_grad():
            for module in (encoder, decoder, fc):
                for weight in module.parameters():
                    weight.copy_(torch.randint(-64, 65, weight.shape) / 64)
        encoded, last = encoder(x)
        context = encoded[-1:]
        given = torch.cat([late, context.expand(len(late), -1)], 1) if case["feeds"] else late
        states, _ = decoder(given, last)
        found[f"{i}/context"] = context[0].detach().numpy()
        found[f"{i}/states"] = states.detach().numpy()
        found[f"{i}/log_probabilities"] = fc(states).log_softmax(-1).detach().numpy()
        for name, module in (("encoder", encoder), ("decoder", decoder), ("fc", fc)):
            for key, weight in module.named_parameters():
                found[f"{i}/{name}.{key}"] = weight.detach().numpy()
    np.savez_compressed(FILE, **{name: np.asarray(array) for name, array in found.items()})


if __name__ == "__main__":
    main()
