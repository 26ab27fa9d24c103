"""Truncated gradients: the paths that are short enough, of every weight, whatever the length."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.gradient_paths import gradient_paths
from dlcli.engines.recurrent.stacked import StackGradients, run_stack, stack_gradients
from dlcli.engines.recurrent.truncated import truncated_gradients
from tests.engines.recurrent.cells import KINDS, cell

T = 70  # more steps than losses are followed at once


def net(name: str, *, both: bool) -> list[Layer]:
    def layer(features: int, seed: int) -> Layer:
        ahead = cell(name, features, 4, skip=2, seed=seed)
        return Layer(ahead, cell(name, features, 4, skip=2, seed=seed + 1) if both else None, "sum")

    return [layer(3, 0), layer(4, 5)]


def agree(found: StackGradients, expected: StackGradients) -> None:
    np.testing.assert_allclose(found.inputs, expected.inputs, atol=1e-10)
    for ours, theirs in zip(found.weights, expected.weights, strict=True):
        for one, other in zip(ours, theirs, strict=True):
            for name, gradient in other.items():
                np.testing.assert_allclose(one[name], gradient, rtol=1e-9, atol=1e-9, err_msg=name)
    for ours_, theirs_ in zip(found.deltas, expected.deltas, strict=True):
        for a, b in zip(ours_.directions, theirs_.directions, strict=True):
            np.testing.assert_allclose(a.hidden, b.hidden, atol=1e-10)
            np.testing.assert_allclose(a.initial.hidden, b.initial.hidden, atol=1e-10)
            if a.cell is not None and b.cell is not None:
                np.testing.assert_allclose(a.cell, b.cell, atol=1e-10)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("both", [False, True])
def test_truncated_to_all_steps_they_are_the_gradients(name: str, both: bool) -> None:
    rng = np.random.default_rng(0)
    layers = net(name, both=both)
    steps = run_stack(rng.normal(size=(T, 3)), layers)
    pull = rng.normal(size=steps.outputs.shape)
    agree(truncated_gradients(layers, steps, pull, T), stack_gradients(layers, steps, pull))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("truncate", [1, 7])
def test_they_are_the_sum_of_the_short_paths(name: str, truncate: int) -> None:
    rng = np.random.default_rng(1)
    layers = net(name, both=False)
    steps = run_stack(rng.normal(size=(T, 3)), layers)
    pull = rng.normal(size=steps.outputs.shape)
    found = truncated_gradients(layers, steps, pull, truncate)
    for n in (0, 1):
        for which in found.weights[n][0]:
            if which != "bias":
                paths = gradient_paths(layers, steps, pull, layer=n, weight=which)
                expected = paths.by_distance[:truncate].sum(axis=0)
                np.testing.assert_allclose(found.weights[n][0][which], expected, atol=1e-10, err_msg=which)


def test_in_both_directions_they_are_the_sum_of_the_short_paths_of_one_layer() -> None:
    rng = np.random.default_rng(2)
    layers = net("lstm", both=True)[:1]
    steps = run_stack(rng.normal(size=(T, 3)), layers)
    pull = rng.normal(size=steps.outputs.shape)
    found = truncated_gradients(layers, steps, pull, 5)
    for direction in (0, 1):
        paths = gradient_paths(layers, steps, pull, direction=direction)
        expected = paths.by_distance[:5].sum(axis=0)
        np.testing.assert_allclose(found.weights[0][direction]["recurrent_kernel"], expected, atol=1e-10)


def test_less_than_a_step_is_refused() -> None:
    layers = [Layer(cell("gru"))]
    steps = run_stack(np.ones((3, 3)), layers)
    with pytest.raises(EngineError, match="at least 1 step; received 0"):
        truncated_gradients(layers, steps, np.ones((3, 4)), 0)
