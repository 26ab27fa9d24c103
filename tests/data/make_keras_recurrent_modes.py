"""Writes keras_recurrent_modes.npz: ``KERAS_BACKEND=torch python tests/data/make_keras_recurrent_modes.py``.

Needs Keras on PyTorch, which the tests do not. What its recurrent layers make of masks, of first states, of
``go_backwards`` and ``recurrent_activation``. ``x`` (batch, time, feature) is the input, ``mask`` (batch, time)
which steps are read; ``cases`` lists, as JSON, kind, options and merge of each case, whether it has the mask and
first states. Of case i, ``i/y`` is the output, ``i/pull`` what it was multiplied with to make the loss, ``i/w0``,
… the weights in Keras' order and ``i/d0``, … their gradients, ``i/dx`` that of ``x``; ``i/s0``, … the first
states in Keras' order and ``i/ds0``, … their gradients, ``i/e0``, … the states at the end.
"""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import torch

FILE = Path(__file__).with_name("keras_recurrent_modes.npz")

GATED = [("LSTM", {}), ("GRU", {"reset_after": True}), ("GRU", {"reset_after": False})]
CASES = [
    *(
        {"kind": kind, "options": {**options, "recurrent_activation": function}}
        for kind, options in GATED
        for function in ("tanh", "softplus", "hard_sigmoid")
    ),
    *({"kind": kind, "options": {"go_backwards": True}} for kind in ("SimpleRNN", "LSTM")),
    *({"kind": kind, "options": options, "mask": True} for kind, options in [("SimpleRNN", {}), *GATED]),
    *({"kind": kind, "options": options, "first": True} for kind, options in [("SimpleRNN", {}), *GATED]),
    {"kind": "LSTM", "options": {}, "mask": True, "first": True},
    *(
        {"kind": kind, "options": {}, "merge": "concat", "mask": True}
        for kind in ("SimpleRNN", "LSTM", "GRU")
    ),
    {"kind": "LSTM", "options": {}, "merge": "sum", "first": True},
    {"kind": "GRU", "options": {}, "merge": "mul", "first": True, "mask": True},
]

#: Every sequence is padded: one at its end, one in its middle and at its end.
MASK = np.array([[1, 1, 1, 1, 0, 0], [1, 0, 1, 1, 1, 0]], bool)


def main() -> None:
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.integers(-128, 129, (2, 6, 3)) / 64)
    cases = [{"merge": None, "mask": False, "first": False, **case} for case in CASES]
    found = {"x": x.numpy(), "mask": MASK, "cases": np.array(json.dumps(cases))}
    for i, case in enumerate(cases):
        layer = getattr(keras.layers, case["kind"])(
            2, return_sequences=True, return_state=True, dtype="float64", **case["options"]
        )
        if case["merge"]:
            layer = keras.layers.Bidirectional(layer, merge_mode=case["merge"], dtype="float64")
        layer.build(x.shape)
        layer.set_weights([rng.integers(-64, 65, weight.shape) / 64 for weight in layer.get_weights()])
        given = x.clone().requires_grad_(True)
        states = (1 + (case["kind"] == "LSTM")) * (1 + bool(case["merge"]))
        first = [torch.tensor(rng.integers(-64, 65, (2, 2)) / 64, requires_grad=True) for _ in range(states)]
        more = {"initial_state": first} if case["first"] else {}
        y, *ends = layer(given, mask=torch.tensor(MASK) if case["mask"] else None, **more)
        pull = rng.integers(-64, 65, tuple(y.shape)) / 64
        (y * torch.tensor(pull)).sum().backward()
        found |= {f"{i}/y": y.detach().numpy(), f"{i}/pull": pull, f"{i}/dx": given.grad.numpy()}
        for j, weight in enumerate(layer.weights):
            found[f"{i}/w{j}"] = weight.value.detach().numpy().copy()
            found[f"{i}/d{j}"] = weight.value.grad.numpy().copy()
        for j, (state, end) in enumerate(zip(first, ends, strict=True)):
            found[f"{i}/e{j}"] = end.detach().numpy()
            if case["first"]:
                found |= {f"{i}/s{j}": state.detach().numpy(), f"{i}/ds{j}": state.grad.numpy()}
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
