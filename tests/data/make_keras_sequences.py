"""Writes keras_sequences.npz: ``PYTHONPATH=. KERAS_BACKEND=torch python tests/data/make_keras_sequences.py``.

Needs Keras on PyTorch, which the tests do not.

``cases`` lists, as JSON, each with a label, the layers as a model file of dlcli has them, the shape of an input,
how many words there are, and which steps (sequence, step) are not. Of case LABEL, ``LABEL/y`` is the output for the
inputs that ``tests/nets/recipe.py`` makes, ``LABEL/dx`` the gradient at them, and ``LABEL/0``, … those at the
weights in Keras' order, where the output is multiplied with numbers of the recipe.

Asked was Keras 3.15 on PyTorch 2.13, in double precision.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import torch
from keras import layers as kl
from keras.src.backend.common.dtypes import BIT64_TO_BIT32_DTYPE

from tests.nets.recipe import Array, numbers
from tests.nets.small import sequences_of

FILE = Path(__file__).with_name("keras_sequences.npz")
GAPS = [[1, 0], [1, 3], [2, 4], [2, 5]]
found: dict[str, Array] = {}
cases: list[dict[str, Any]] = []


def case(
    label: str,
    theirs: list[keras.Layer],
    listed: list[dict[str, Any]],
    *,
    gone: list[list[int]] | None = None,
    words: int = 0,
    filled: float = 0,
) -> None:
    told = {"label": label, "layers": listed, "input": [6] if words else [6, 4], "gone": gone, "words": words}
    told |= {"filled": filled} if filled else {}
    cases.append(told)
    given, _ = sequences_of(told)
    x = start = torch.tensor(given)
    if not words:
        start.requires_grad_()
    for layer in theirs:
        layer.build(tuple(x.shape))
        made = [numbers(w.shape, 60 + i) for i, w in enumerate(layer.weights)]
        layer.set_weights(
            [np.abs(one) if "variance" in w.path else one for w, one in zip(layer.weights, made, strict=True)]
        )
        more = {"training": True} if isinstance(layer, kl.BatchNormalization) else {}
        x = layer(x, **more)
    (x * torch.tensor(numbers(tuple(x.shape), 70))).sum().backward()
    found[f"{label}/y"] = x.detach().numpy()
    if not words:
        found[f"{label}/dx"] = start.grad.numpy()
    for i, weight in enumerate(weight for layer in theirs for weight in layer.trainable_weights):
        found[f"{label}/{i}"] = weight.value.grad.numpy().copy()


def main() -> None:
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    BIT64_TO_BIT32_DTYPE["float64"] = "float64"  # else products of matrices are of float32
    cells = {
        "simple-rnn": (kl.SimpleRNN, {}), "lstm": (kl.LSTM, {}), "gru": (kl.GRU, {}),
        "gru, reset before": (kl.GRU, {"reset_after": False}), "lstm without bias": (kl.LSTM, {"use_bias": False}),
        "lstm of relu": (kl.LSTM, {"activation": "relu"}),
    }  # fmt: skip
    for label, (made, settings) in cells.items():
        kind = label.split(",")[0].split(" ")[0]
        listed = {"kind": kind, "units": 3, **settings}
        case(label, [made(3, return_sequences=True, **settings)], [listed])
        masked = [kl.Masking(), made(3, return_sequences=True, **settings)]
        case(f"{label} with gaps", masked, [{"kind": "masking"}, listed], gone=GAPS)
        ended = [kl.Masking(), made(3, **settings)]
        case(f"{label} at its end", ended, [{"kind": "masking"}, listed, {"kind": "last-step"}], gone=GAPS)
    for mode in ("concat", "sum", "ave", "mul"):
        both = kl.Bidirectional(kl.LSTM(3, return_sequences=True), merge_mode=mode)
        listed = {"kind": "bidirectional", "merge_mode": mode, "layer": {"kind": "lstm", "units": 3}}
        case(f"bidirectional {mode}", [kl.Masking(), both], [{"kind": "masking"}, listed], gone=GAPS)
    both = kl.Bidirectional(kl.GRU(3, return_sequences=True))
    case("bidirectional gru", [both], [{"kind": "bidirectional", "layer": {"kind": "gru", "units": 3}}])
    for label, settings in {
        "causal": {"padding": "causal", "dilation_rate": 2}, "same": {"padding": "same", "kernel_size": 4},
        "strides": {"strides": 2, "groups": 2, "padding": "same"}, "valid": {"activation": "tanh"},
    }.items():  # fmt: skip
        given = {"kernel_size": 3, **settings}
        case(f"conv1d {label}", [kl.Conv1D(4, **given)], [{"kind": "conv1d", "filters": 4, **settings}])
    table = {"kind": "embedding", "input_dim": 5, "output_dim": 3, "mask_zero": True}
    case("embedding", [kl.Embedding(5, 3, mask_zero=True), kl.GRU(3)],
         [table, {"kind": "gru", "units": 3}, {"kind": "last-step"}], words=5)  # fmt: skip
    case(
        "mean",
        [kl.Masking(), kl.GlobalAveragePooling1D()],
        [{"kind": "masking"}, {"kind": "global-avgpool"}],
        gone=GAPS,
    )
    case("masking", [kl.Masking(mask_value=0.5), kl.Flatten()],
         [{"kind": "masking", "mask_value": 0.5}, {"kind": "flatten"}], gone=GAPS, filled=0.5)  # fmt: skip
    each = {"kind": "time-distributed", "layer": {"kind": "dense", "units": 3, "activation": "tanh"}}
    case(
        "batchnorm",
        [kl.Masking(), kl.BatchNormalization()],
        [{"kind": "masking"}, {"kind": "batchnorm"}],
        gone=GAPS,
    )
    case("time-distributed", [kl.TimeDistributed(kl.Dense(3, activation="tanh"))], [each])
    case("flatten", [kl.LSTM(2, return_sequences=True), kl.Flatten(), kl.Dense(2)],
         [{"kind": "lstm", "units": 2}, {"kind": "flatten"}, {"kind": "dense", "units": 2}])  # fmt: skip
    case("reshape", [kl.Reshape((8, 3)), kl.GRU(2, return_sequences=True)],
         [{"kind": "reshape", "target_shape": [8, 3]}, {"kind": "gru", "units": 2}])  # fmt: skip
    found["cases"] = np.array(json.dumps(cases))
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
