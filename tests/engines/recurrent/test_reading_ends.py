"""A single output of two directions: beside Keras' Bidirectional, PyTorch's h_n, and central differences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import Array
from dlcli.engines.recurrent.bidirectional import MERGES, Layer
from dlcli.engines.recurrent.gradient_paths import gradient_paths
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.engines.recurrent.lstm import LSTMCell
from dlcli.engines.recurrent.net_gradients import loss_gradients, net_gradients, states_read
from dlcli.engines.recurrent.sequence_loss import Loss, Readout, squared_error
from dlcli.engines.recurrent.stacked import run_stack
from tests.engines.recurrent.cells import KINDS, cell

TARGETS = np.array([[np.nan, np.nan]] * 3 + [[1.0, -1.0]])


def keras_net(merge: str) -> tuple[Array, list[Layer], Readout]:
    """Numbers drawn in the order of ``Bidirectional(LSTM(3)).get_weights()``, then those of ``Dense(2)``."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 2))
    ahead, behind = (
        LSTMCell(kernel, bias, recurrent_kernel=recurrent)
        for kernel, recurrent, bias in ([rng.normal(size=s) for s in ((2, 12), (3, 12), 12)] for _ in "→←")
    )
    kernel, bias = rng.normal(size=(6, 2)), rng.normal(size=2)
    return x, [Layer(ahead, behind, merge)], Readout(kernel if merge == "concat" else kernel[:3], bias)


def torch_net() -> tuple[Array, list[Layer], Readout]:
    """Numbers drawn in the order of ``GRU(2, 3, 2, bidirectional=True).parameters()``, then ``Linear(6, 2)``."""
    x, rng = np.random.default_rng(0).normal(size=(4, 2)), np.random.default_rng(1)

    def reordered(array: Array) -> Array:
        r, z, n = np.split(array.T, 3, axis=-1)
        return np.concatenate([z, r, n], axis=-1)

    def cell(features: int) -> GRUCell:
        w, u, b, b2 = (reordered(rng.normal(size=shape) * 0.5) for shape in ((9, features), (9, 3), 9, 9))
        return GRUCell(w, np.stack([b, b2]), recurrent_kernel=u)

    layers = [Layer(cell(features), cell(features)) for features in (2, 6)]
    kernel = rng.normal(size=(2, 6)).T
    return x, layers, Readout(kernel, rng.normal(size=2))


def loss_of(x: Array, layers: list[Layer], readout: Readout) -> Loss:
    return squared_error(readout(states_read(layers, run_stack(x, layers), final=True)), TARGETS)


#: Keras 3.15 on PyTorch, and PyTorch 2.13 with torch.cat([h_n[-2], h_n[-1]], -1) before its Linear layer:
#: y, L = ½ Σ (y − (1, −1))², ‖dL/dU‖ of the (highest) forward cell, and the norm of all gradients together.
ORACLES: dict[str, tuple[Any, list[float], float, float, float]] = {
    "concat": (keras_net("concat"), [1.7908824626485218, 0.8850722542451054], 2.089496236724857,
            0.39600742697441865, 3.2942379868270097),
    "sum": (keras_net("sum"), [1.3816724252084602, 0.20553275257808262], 0.7994915288514981,
            0.22962751844428964, 2.1541400387464047),
    "mul": (keras_net("mul"), [2.084433091817271, 0.037691407506290034], 1.1263992939203753,
            0.13675126362990925, 1.6245476551156048),
    "ave": (keras_net("ave"), [1.599074183044802, 0.07786589175921972], 0.7603423787043474,
            0.1274928282521099, 1.4916962219133125),
    "torch": (torch_net(), [0.6559487411916636, 1.7399852016501884], 3.8129450869748123,
              0.4955133402318528, 7.604683335270329),
}  # fmt: skip


@pytest.mark.parametrize("which", ORACLES)
def test_output_loss_and_gradients_are_those_of_keras_and_pytorch(which: str) -> None:
    (x, layers, readout), y, total, norm, of_all = ORACLES[which]
    steps = run_stack(x, layers)
    near = 1e-10 if which == "torch" else 1e-6  # Keras computes in single precision
    np.testing.assert_allclose(readout(states_read(layers, steps, final=True))[-1], y, rtol=near)
    loss = loss_of(x, layers, readout)
    assert loss.total == pytest.approx(total, rel=near)
    found = net_gradients(layers, readout, steps, loss, final=True)
    assert np.linalg.norm(found.of("recurrent_kernel")) == pytest.approx(norm, rel=near)
    assert found.norm == pytest.approx(of_all, rel=near)


@pytest.mark.parametrize("merge", MERGES)
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_of_both_directions_are_central_differences(kind: str, merge: str) -> None:
    rng = np.random.default_rng(3)
    x, layer = rng.normal(size=(4, 3)), Layer(cell(kind), cell(kind, seed=1), merge)
    readout = Readout(rng.normal(size=(layer.width, 2)), rng.normal(size=2))
    found = net_gradients(
        [layer], readout, run_stack(x, [layer]), loss_of(x, [layer], readout), final=True
    ).weights
    for direction, side in enumerate(("forward", "backward")):
        one = layer.cells[direction]
        array = one.arrays()["kernel"]
        for place in ((0, 0), (2, array.shape[1] - 1)):
            moved = []
            for step in (1e-6, -1e-6):
                there = array.copy()
                there[place] += step
                net = [replace(layer, **{side: one.with_arrays({"kernel": there})})]
                moved.append(loss_of(x, net, readout).total)
            numeric = (moved[0] - moved[1]) / 2e-6
            assert found[f"0/{direction}/kernel"][place] == pytest.approx(numeric, rel=1e-5, abs=1e-8)


def test_of_one_direction_it_is_the_last_step() -> None:
    rng = np.random.default_rng(3)
    x, layers = rng.normal(size=(4, 3)), [Layer(cell("gru"))]
    readout = Readout(rng.normal(size=(4, 2)), rng.normal(size=2))
    steps, loss = run_stack(x, layers), loss_of(x, layers, readout)
    found, plain = (net_gradients(layers, readout, steps, loss, final=final) for final in (True, False))
    for name, array in plain.weights.items():
        np.testing.assert_array_equal(found.weights[name], array)


def test_its_paths_add_up_and_truncation_shortens_them() -> None:
    x, layers, readout = torch_net()
    steps, loss = run_stack(x, layers), loss_of(x, layers, readout)
    whole = net_gradients(layers, readout, steps, loss, final=True)
    paths = gradient_paths(*loss_gradients(layers, readout, steps, loss, final=True))
    np.testing.assert_allclose(paths.total, whole.of("recurrent_kernel"), atol=1e-12)
    same = net_gradients(layers, readout, steps, loss, final=True, truncate=4)
    np.testing.assert_allclose(same.of("recurrent_kernel"), whole.of("recurrent_kernel"), atol=1e-12)
    short = net_gradients(layers, readout, steps, loss, final=True, truncate=1).hidden
    assert np.abs(short[-1, :3]).min() > 0  # forwards the reading ends at the last step
    assert np.abs(short[0, 3:]).min() > 0  # backwards at the first
    np.testing.assert_array_equal(short[:-1, :3], 0)
    np.testing.assert_array_equal(short[1:, 3:], 0)
