"""The gradients of a whole net: central differences of its loss, truncation, clipping, angles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.clip import global_norm
from dlcli.engines.recurrent.net_gradients import angle_between, net_gradients, state_gradients
from dlcli.engines.recurrent.sequence_loss import Readout, cross_entropy, squared_error
from dlcli.engines.recurrent.stacked import run_stack
from tests.engines.recurrent.cells import cell

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 3))
TARGETS = RNG.normal(size=(6, 2))
READOUT = Readout(RNG.normal(size=(8, 2)), RNG.normal(size=2))
NET = (
    Layer(cell("gru"), cell("gru", seed=1)),
    Layer(cell("lstm", features=8, skip=2), cell("lstm", features=8, seed=1)),
)


def loss_of(net: tuple[Layer, ...], readout: Readout) -> float:
    return squared_error(readout(run_stack(X, net).outputs), TARGETS).total


def gradients(**options: Any) -> Any:
    steps = run_stack(X, NET)
    return net_gradients(NET, READOUT, steps, squared_error(READOUT(steps.outputs), TARGETS), **options)


def differences(array: Array, loss: Any, h: float = 1e-6) -> Array:
    """Central differences of a loss that takes the array with one number moved."""
    found = np.empty_like(array)
    for place in np.ndindex(array.shape):
        there = np.zeros_like(array)
        there[place] = h
        found[place] = (loss(array + there) - loss(array - there)) / (2 * h)
    return found


@pytest.mark.parametrize("name", ["kernel", "recurrent_kernel", "skip_kernel", "bias"])
def test_of_a_layer_they_are_central_differences(name: str) -> None:
    top = NET[1]

    def loss(array: Array) -> float:
        return loss_of((NET[0], replace(top, forward=top.forward.with_arrays({name: array}))), READOUT)

    found = gradients().of(name)
    np.testing.assert_allclose(found, differences(top.forward.arrays()[name], loss), rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(found, gradients().weights[f"1/0/{name}"])


@pytest.mark.parametrize("name", ["kernel", "bias"])
def test_of_the_output_layer_they_are_central_differences(name: str) -> None:
    found = gradients().weights[f"output/{name}"]
    expected = differences(
        getattr(READOUT, name), lambda array: loss_of(NET, replace(READOUT, **{name: array}))
    )
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


def test_what_a_loss_says_of_its_own_state() -> None:
    steps = run_stack(X, NET)
    loss = cross_entropy(READOUT(steps.outputs), np.array([0, 1, -1, 1, 0, 1]))
    found = state_gradients(READOUT, loss)
    expected = differences(
        steps.outputs, lambda states: cross_entropy(READOUT(states), np.array([0, 1, -1, 1, 0, 1])).total
    )
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-8)
    assert (found[2] == 0).all()


def test_clipping_bounds_all_weights_together_and_turns_none() -> None:
    found = gradients()
    assert found.norm == global_norm(found.weights)
    assert len(found.weights) == 2 * 3 + 4 + 3 + 2
    clipped = found.of("kernel", clip=found.norm / 4)
    np.testing.assert_allclose(clipped, found.of("kernel") / 4)
    np.testing.assert_array_equal(found.of("kernel", clip=2 * found.norm), found.of("kernel"))


def test_truncation_leaves_out_what_is_far() -> None:
    whole, same, short = gradients(), gradients(truncate=6), gradients(truncate=1)
    np.testing.assert_allclose(same.of("kernel"), whole.of("kernel"), atol=1e-12)
    np.testing.assert_allclose(short.hidden, state_gradients(READOUT, loss=_loss()))
    assert 0 < angle_between(short.of("kernel"), whole.of("kernel")) < 180
    np.testing.assert_array_equal(short.kernel, whole.kernel)  # the output layer has no way back
    with pytest.raises(EngineError, match="at least 1 step; received 0"):
        gradients(truncate=0)


def _loss() -> Any:
    return squared_error(READOUT(run_stack(X, NET).outputs), TARGETS)


@pytest.mark.parametrize(
    ("a", "b", "degrees"),
    [([1, 0], [0, 2], 90), ([1, 1], [-2, -2], 180), ([3, 4], [3, 4], 0), ([1], [0], 90)],
)
def test_angles(a: list[float], b: list[float], degrees: float) -> None:
    assert angle_between(np.array(a), np.array(b)) == pytest.approx(degrees, abs=1e-5)
