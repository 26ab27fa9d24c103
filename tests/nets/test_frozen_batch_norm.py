"""Batch normalisation that uses its moving mean and variance: these do not depend on the input."""

from __future__ import annotations

import numpy as np

from dlcli.nets.net import Net
from dlcli.nets.spec import model_spec

SPEC = model_spec(
    {
        "input": [3, 3, 2],
        "layer": [
            {"kind": "batchnorm"},
            {"kind": "flatten"},
            {"kind": "dense", "units": 3},
        ],
    }
)


def test_the_gradient_at_the_input_of_a_frozen_layer_is_that_of_central_differences() -> None:
    rng = np.random.default_rng(0)
    net = Net(SPEC, np.float64, frozen=["batch_normalization"]).draw(1)
    weights = net.weights()
    weights["batch_normalization/moving_mean"] = rng.normal(size=2)
    weights["batch_normalization/moving_variance"] = rng.random(2) + 0.5
    weights["batch_normalization/gamma"] = rng.normal(size=2)
    net.load(weights)
    x, slope = rng.random((2, 3, 3, 4)), rng.normal(size=(3, 4))
    net.forward(x, training=True)
    found = net.backward(slope, to_input=True)
    for cell in [(0, 0, 0, 0), (1, 2, 1, 3), (0, 1, 2, 2)]:
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[cell] += sign * 1e-5
            ends.append((net.forward(moved) * slope).sum())
        np.testing.assert_allclose(found[cell], (ends[0] - ends[1]) / 2e-5, rtol=1e-8)
