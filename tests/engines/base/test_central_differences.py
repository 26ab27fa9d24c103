"""Central differences: what is equal, what is not, and that nothing is left moved."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.central_differences import NEAR, check_array, verdict

WEIGHTS = np.arange(12.0).reshape(3, 4) / 8


def loss() -> float:
    return float(np.sin(WEIGHTS).sum())


def test_a_kink_beside_the_weight_is_not_taken_for_a_wrong_gradient() -> None:
    weights = np.array([0.5, 3e-7])

    def kinked() -> float:
        return float(np.maximum(weights, 0).sum())

    found = check_array(
        "a", "bias", weights, np.ones(2), kinked, rng=np.random.default_rng(0), value=kinked()
    )
    assert found.difference < NEAR
    assert found.measured == pytest.approx(1, abs=1e-8)
    found = check_array(
        "a", "bias", weights, np.array([1, 0.5]), kinked, rng=np.random.default_rng(0), value=kinked()
    )
    assert found.difference > 0.1


@pytest.mark.parametrize(("wrong", "place"), [(0.0, (0, 0)), (0.01, (2, 1))])
def test_the_steepest_or_the_worst_is_named(wrong: float, place: tuple[int, ...]) -> None:
    before, slopes = WEIGHTS.copy(), np.cos(WEIGHTS)
    slopes[place] += wrong
    found = check_array("a", "kernel", WEIGHTS, slopes, loss, rng=np.random.default_rng(1), value=loss())
    np.testing.assert_array_equal(WEIGHTS, before)
    assert found.place == place
    assert found.measured == pytest.approx(np.cos(WEIGHTS[place]), abs=1e-8)
    assert (found.difference < NEAR) == (not wrong)
    assert verdict([found]) == ("derived and measured gradients differ in a/kernel" if wrong else "")
