"""The CNN of the notes beside PyTorch's, step by step (stored by tests/data/make_torch_nets.py)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlcli.nets.builtin import builtin
from dlcli.nets.net import Net
from dlcli.nets.optimisers import Optimiser, Rule
from tests.nets.recipe import STEPS, cnn_batch, cnn_weights, looked_at
from tests.nets.small import gradients

with np.load(Path(__file__).parents[1] / "data" / "torch_nets.npz") as file:
    TORCH = dict(file)


@pytest.mark.parametrize(("dtype", "loss_near", "near"), [("float32", 1e-6, 1e-5), ("float64", 1e-12, 1e-10)])
@pytest.mark.parametrize("pooled", [True, False], ids=["as it trains", "layer by layer"])
def test_losses_and_all_gradients_over_five_steps_of_adam_are_those_of_torch(
    dtype: str, loss_near: float, near: float, pooled: bool
) -> None:
    net = Net(builtin("cnn"), np.dtype(dtype)).load(cnn_weights())
    if not pooled:
        net._fast = net._plain
    optimiser = Optimiser(Rule("adam"), net.trained, net.dtype)
    for step in range(STEPS):
        pixels, labels = cnn_batch(step)
        loss, slope, _ = net.loss_of(net.batch(pixels), labels)
        net.backward(slope)
        key = f"cnn/{step}/{dtype}"
        assert loss == pytest.approx(float(TORCH[f"{key}/loss"]), rel=loss_near)
        for name, gradient in gradients(net).items():
            found, want = looked_at(gradient), TORCH[f"{key}/{name}"]
            largest, about = want[-2], f"{name}, step {step}"
            np.testing.assert_allclose(found, want, rtol=near, atol=near * largest, err_msg=about)
        optimiser.step(net.flat, net.gradient, 1e-3)
