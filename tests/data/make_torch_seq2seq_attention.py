"""Writes torch_seq2seq_attention.npz: ``python tests/data/make_torch_seq2seq_attention.py``.

Needs PyTorch, which the tests do not: decoders that look back, made of its modules. ``x`` (time, feature) is what is
read and ``tokens`` what is written, one-hot and one step late. Of case i (``cases`` lists kind, attention and whether
the encoder reads in both directions, as JSON) ``i/encoder.NAME``, ``i/decoder.NAME`` and ``i/fc.NAME`` are the weights
of modules, ``i/attention.NAME`` those of the attention, by our names and for states in rows;
``i/log_probabilities`` (step, token), ``i/states``, ``i/alignment`` (step, time) and ``i/contexts`` what came out.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

FILE = Path(__file__).with_name("torch_seq2seq_attention.npz")
CASES = [
    {"kind": kind, "attention": attention, "both": both}
    for kind, both in (("GRU", False), ("LSTM", True))
    for attention in ("bahdanau", "luong-dot", "luong-general", "luong-concat")
]
FEATURES, UNITS, TOKENS = 4, 2, 5


def linear(inputs: int, outputs: int) -> torch.nn.Linear:
    return torch.nn.Linear(inputs, outputs, bias=False, dtype=torch.float64)


def main() -> None:
    torch.manual_seed(0)
    x = torch.randint(-128, 129, (6, FEATURES)).double() / 64
    tokens = torch.tensor([2, 0, 4, 4])
    found = {"x": x.numpy(), "tokens": tokens.numpy(), "cases": np.array(json.dumps(CASES))}
    late = torch.cat([torch.zeros(1, TOKENS), functional.one_hot(tokens[:-1], TOKENS)]).double()
    for i, case in enumerate(CASES):
        make, kind, both = getattr(torch.nn, str(case["kind"])), case["attention"], bool(case["both"])
        width = UNITS * (1 + both)
        encoder = make(FEATURES, UNITS, bidirectional=both, dtype=torch.float64)
        decoder = make(TOKENS + width * (kind == "bahdanau"), width, dtype=torch.float64)
        fc = torch.nn.Linear(width, TOKENS, dtype=torch.float64)
        own = {}
        if kind in ("bahdanau", "luong-concat"):
            own = {"query_kernel": linear(width, 3), "key_kernel": linear(width, 3), "vector": linear(3, 1)}
        if kind == "luong-general":
            own["weight"] = linear(width, width)
        if kind != "bahdanau":
            own["combine"] = linear(2 * width, width)
        with torch.no_grad():
            for module in (encoder, decoder, fc, *own.values()):
                for weight in module.parameters():
                    weight.copy_(torch.randint(-64, 65, weight.shape) / 64)
        encoded, last = encoder(x)
        state = tuple(one.reshape(1, -1) for one in last) if isinstance(last, tuple) else last.reshape(1, -1)
        rows: dict[str, list[torch.Tensor]] = {name: [] for name in ("y", "s", "a", "c")}
        for token in late:
            if kind == "bahdanau":
                query = state[0] if isinstance(state, tuple) else state
                hidden = torch.tanh(own["query_kernel"](query) + own["key_kernel"](encoded))
                shares = own["vector"](hidden)[:, 0].softmax(0)
                context = shares @ encoded
                out, state = decoder(torch.cat([token, context])[None], state)
                seen = out[0]
            else:
                out, state = decoder(token[None], state)
                query = out[0]
                if kind == "luong-concat":
                    hidden = torch.tanh(own["query_kernel"](query) + own["key_kernel"](encoded))
                    scores = own["vector"](hidden)[:, 0]
                else:
                    scores = encoded @ (own["weight"](query) if kind == "luong-general" else query)
                shares = scores.softmax(0)
                context = shares @ encoded
                seen = torch.tanh(own["combine"](torch.cat([context, query])))
            for name, value in zip(rows, (fc(seen).log_softmax(-1), out[0], shares, context), strict=True):
                rows[name].append(value)
        for name, key in (("y", "log_probabilities"), ("s", "states"), ("a", "alignment"), ("c", "contexts")):
            found[f"{i}/{key}"] = torch.stack(rows[name]).detach().numpy()
        for name, module in (("encoder", encoder), ("decoder", decoder), ("fc", fc)):
            for key, weight in module.named_parameters():
                found[f"{i}/{name}.{key}"] = weight.detach().numpy()
        for name, module in own.items():
            weight = module.weight.detach().numpy()
            found[f"{i}/attention.{name}"] = weight[0] if name == "vector" else weight.T
    np.savez_compressed(FILE, **{name: np.asarray(array) for name, array in found.items()})


if __name__ == "__main__":
    main()
