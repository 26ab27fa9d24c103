"""Writes keras_recurrent.npz, Keras' recurrent layers: ``KERAS_BACKEND=torch python tests/data/make_keras_recurrent.py``.

Needs Keras on PyTorch, which the tests do not. ``x`` (batch, time, feature) is the input; ``cases`` lists, as
JSON, kind, options and merge of each case. Of case i, ``i/y`` is the output, ``i/pull`` what it was multiplied
with to make the loss, ``i/w0``, ``i/w1``, … the weights in Keras' order and ``i/d0``, … their gradients, ``i/dx``
that of ``x``.
"""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import torch

FILE = Path(__file__).with_name("keras_recurrent.npz")

CASES = [
    {"kind": "SimpleRNN", "options": {}, "merge": None},
    {"kind": "SimpleRNN", "options": {"activation": "relu"}, "merge": None},
    {"kind": "SimpleRNN", "options": {"use_bias": False}, "merge": None},
    {"kind": "LSTM", "options": {}, "merge": None},
    {"kind": "LSTM", "options": {"activation": "softplus"}, "merge": None},
    {"kind": "GRU", "options": {"reset_after": True}, "merge": None},
    {"kind": "GRU", "options": {"reset_after": False}, "merge": None},
    {"kind": "GRU", "options": {"reset_after": True, "activation": "elu"}, "merge": None},
    *({"kind": "SimpleRNN", "options": {}, "merge": merge} for merge in ("concat", "sum", "mul", "ave")),
    {"kind": "LSTM", "options": {}, "merge": "mul"},
    {"kind": "GRU", "options": {"reset_after": True}, "merge": "ave"},
    {"kind": "GRU", "options": {"reset_after": False}, "merge": "concat"},
]


def main() -> None:
    keras.backend.set_floatx("float64")
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.integers(-128, 129, (2, 6, 3)) / 64)
    found = {"x": x.numpy(), "cases": np.array(json.dumps(CASES))}
    for i, case in enumerate(CASES):
        layer = getattr(keras.layers, case["kind"])(2, return_sequences=True, **case["options"])
        if case["merge"]:
            layer = keras.layers.Bidirectional(layer, merge_mode=case["merge"])
        layer.build(x.shape)
        layer.set_weights([rng.integers(-64, 65, weight.shape) / 64 for weight in layer.get_weights()])
        given = x.clone().requires_grad_(True)
        y = layer(given)
        pull = rng.integers(-64, 65, tuple(y.shape)) / 64
        (y * torch.tensor(pull)).sum().backward()
        found |= {f"{i}/y": y.detach().numpy(), f"{i}/pull": pull, f"{i}/dx": given.grad.numpy()}
        for j, weight in enumerate(layer.weights):
            found[f"{i}/w{j}"] = weight.value.detach().numpy().copy()
            found[f"{i}/d{j}"] = weight.value.grad.numpy().copy()
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
