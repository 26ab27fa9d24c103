"""Tiny nets in files, as training would have left them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from dlcli.commands.kinds.nets.net_file import history_tensor, write_net_file
from dlcli.nets.net import Net
from dlcli.nets.spec import model_spec
from dlcli.nets.training import Measured
from dlcli.tensor import Array

#: Two convolutions and two dense layers, for pictures of 8 x 8 and three classes.
SMALL: dict[str, Any] = {
    "name": "tiny",
    "input": [8, 8, 1],
    "layer": [
        {"kind": "conv", "filters": 2, "activation": "relu", "padding": "same"},
        {"kind": "maxpool"},
        {"kind": "conv", "filters": 3, "kernel_size": 2, "strides": 1, "activation": "tanh"},
        {"kind": "flatten"},
        {"kind": "dense", "units": 5, "activation": "relu"},
        {"kind": "dense", "units": 3},
    ],
}

NAMES = ("cat", "dog", "owl")

Save = Callable[..., Net]


@pytest.fixture
def save() -> Save:
    """Writes a net to ``w.safetensors`` in the folder that a test works in, and returns it."""

    def saved(
        model: Mapping[str, Any] = SMALL,
        *,
        classes: tuple[str, ...] = NAMES,
        path: str = "w.safetensors",
        weights: Mapping[str, Array] | None = None,
        seed: int = 1,
        data: Mapping[str, Any] | None = None,
        epochs: tuple[Measured, ...] = (),
        best: int = 0,
    ) -> Net:
        spec = model_spec(model)
        net = Net(spec).draw(seed)
        if weights is not None:
            net.load(weights)
        facts = {"classes": list(classes), "data": dict(data or {}), "progress": {"best_epoch": best}}
        write_net_file(path, spec, net.weights(), state={}, facts=facts, history=history_tensor(list(epochs)))
        return net

    return saved
