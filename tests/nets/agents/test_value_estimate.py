"""Values by a net: one update is a step along the semi-gradient of δ² / 2, and ends are worth nothing."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.nets.agents.value_estimate import NetEstimate
from dlcli.nets.optimisers import Optimiser, Rule
from dlcli.nets.training import NotFinite

POINTS, TERMINAL = np.array([[0.1, 0.9], [0.6, 0.3], [0.5, 0.5]]), np.array([False, False, True])


def estimate(**settings: float) -> NetEstimate:
    return NetEstimate(POINTS, TERMINAL, [3, 4], (6,), alpha=0.01, **settings)


def test_an_update_follows_the_gradient_of_the_value_alone() -> None:
    one, run, state, delta = estimate(), np.array([1]), np.array([0]), 0.7
    net = one.nets[1]
    slopes = np.empty(net.trained)
    for place in range(net.trained):
        kept, ends = net.flat[place], []
        for step in (1e-6, -1e-6):
            net.flat[place] = kept + step
            ends.append(float(one.look(run, state)[0]))
        net.flat[place] = kept
        slopes[place] = (ends[0] - ends[1]) / 2e-6
    expected = net.flat.copy()
    Optimiser(Rule(), net.trained, net.dtype).step(expected, -delta * slopes, 0.01)
    other = one.nets[0].flat.copy()
    one.move(run, state, np.array([delta]))
    np.testing.assert_allclose(net.flat, expected, atol=1e-6)
    np.testing.assert_array_equal(one.nets[0].flat, other)  # the other run's


def test_ends_are_worth_nothing_and_runs_differ() -> None:
    values = estimate().values(np.arange(2))
    assert values[:, 2].tolist() == [0, 0]
    assert values[0, 0] != values[1, 0]
    looked = estimate().look(np.arange(2), np.array([0, 1]))
    np.testing.assert_allclose(looked, [values[0, 0], values[1, 1]])


def test_an_error_that_is_no_number_is_told() -> None:
    with pytest.raises(NotFinite, match="the loss is nan in update 0, and the norm of its gradient nan"):
        estimate().move(np.array([0]), np.array([0]), np.array([np.nan]))
