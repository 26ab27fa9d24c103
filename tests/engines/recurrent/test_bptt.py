"""Backpropagation through time: central differences, and what the vanishing gradient is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.bptt import bptt
from dlcli.engines.recurrent.cell import Cell
from dlcli.engines.recurrent.lstm import LSTMCell, lstm
from dlcli.engines.recurrent.unroll import unroll
from tests.engines.recurrent.cells import KINDS, cell

Array = np.ndarray[Any, Any]


def differences(loss: Callable[[Array], float], at: Array, step: float = 1e-6) -> Array:
    """The gradient of a loss by central differences."""
    found = np.empty_like(at)
    for place in np.ndindex(at.shape):
        moved = [at.copy(), at.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        found[place] = (loss(moved[0]) - loss(moved[1])) / (2 * step)
    return found


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("skip", [0, 1, 3])
def test_all_gradients_equal_central_differences(name: str, skip: int) -> None:
    rng = np.random.default_rng(1)
    x, pull, h0 = rng.normal(size=(2, 6, 3)), rng.normal(size=(2, 6, 4)), rng.normal(size=(2, 4))
    weights = cell(name, skip=skip)
    c0 = rng.normal(size=(2, 4)) if weights.has_cell else None

    def loss(cell: Cell = weights, x: Array = x, h0: Array = h0, c0: Array | None = c0) -> float:
        return float((unroll(x, cell, h0=h0, c0=c0).states * pull).sum())

    found = bptt(weights, unroll(x, weights, h0=h0, c0=c0), pull)
    assert set(found.weights) == set(weights.arrays())
    for which, array in weights.arrays().items():
        numeric = differences(lambda a, which=which: loss(weights.with_arrays({which: a})), array)
        np.testing.assert_allclose(found.weights[which], numeric, atol=1e-7, err_msg=which)
    np.testing.assert_allclose(found.inputs, differences(lambda a: loss(x=a), x), atol=1e-7)
    np.testing.assert_allclose(found.deltas.initial.hidden, differences(lambda a: loss(h0=a), h0), atol=1e-7)
    if c0 is not None:
        numeric = differences(lambda a: loss(c0=a), c0)
        np.testing.assert_allclose(found.deltas.initial.cell, numeric, atol=1e-7)


def test_a_gradient_at_the_last_cell_state_is_taken_in() -> None:
    rng = np.random.default_rng(2)
    weights, x, pull = cell("lstm"), rng.normal(size=(5, 3)), rng.normal(size=4)
    zero = np.zeros((5, 4))

    def loss(x: Array) -> float:
        last = unroll(x, weights).last.cell
        assert last is not None
        return float((last * pull).sum())

    found = bptt(weights, unroll(x, weights), zero, dcell=pull)
    np.testing.assert_allclose(found.inputs, differences(loss, x), atol=1e-7)


def test_a_saturated_forget_gate_carries_a_gradient_over_200_steps_where_a_simple_cell_does_not() -> None:
    length, x = 200, np.random.default_rng(3).normal(size=(200, 3))
    last = np.zeros((length, 4))
    last[-1] = 1
    simple = cell("simple", scale=0.3)
    long = cell("lstm", scale=0.3)
    bias = long.arrays()["bias"].copy()
    bias[long.block("forget")] = 20
    bias[long.block("input")] = -5  # or the cell state grows until its tanh is flat
    long = long.with_arrays({"bias": bias})
    far = np.linalg.norm(bptt(simple, unroll(x, simple), last).deltas.hidden[0])
    assert far < 1e-6
    remembered = bptt(long, unroll(x, long), last).deltas.cell
    assert remembered is not None
    assert np.linalg.norm(remembered[0]) > 0.1


def test_gradients_of_another_shape_are_refused() -> None:
    weights = cell("lstm")
    assert isinstance(weights, LSTMCell)
    with pytest.raises(EngineError, match=r"one for each state, \(5, 4\); received \(4, 4\)"):
        bptt(weights, lstm(np.zeros((5, 3)), weights), np.zeros((4, 4)))
