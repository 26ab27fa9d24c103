"""Principal components: against the eigenvectors of the covariance, what they keep, and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg

from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.principal import principal_components


def points(n: int = 50, k: int = 4) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, k)) @ rng.normal(size=(k, k)) + 3


def test_they_are_eigenvectors_of_the_covariance() -> None:
    x = points()
    found = principal_components(x, 2)
    values, vectors = linalg.eigh(np.cov(x.T))
    for place in range(2):
        axis = vectors[:, -1 - place]
        axis = axis * np.sign(axis[np.abs(axis).argmax()])
        np.testing.assert_allclose(found.axes[place], axis, atol=1e-10)
    np.testing.assert_allclose(found.shares, values[::-1][:2] / values.sum(), rtol=1e-12)
    np.testing.assert_allclose(found.places, (x - x.mean(axis=0)) @ found.axes.T, atol=1e-12)


def test_all_of_them_keep_the_points() -> None:
    x = points()
    found = principal_components(x, 4)
    np.testing.assert_allclose(found.mean + found.places @ found.axes, x, atol=1e-12)
    np.testing.assert_allclose(found.shares.sum(), 1)
    np.testing.assert_allclose(found.axes @ found.axes.T, np.eye(4), atol=1e-12)


def test_a_shift_and_a_turn_change_no_distance() -> None:
    x = points()
    turned = x @ linalg.qr(np.random.default_rng(1).normal(size=(4, 4)))[0] + 7
    one, other = principal_components(x, 2), principal_components(turned, 2)
    np.testing.assert_allclose(np.abs(one.places), np.abs(other.places), atol=1e-10)


def test_points_that_are_all_alike_have_no_direction() -> None:
    assert principal_components(np.ones((5, 3)), 2).shares.tolist() == [0, 0]


@pytest.mark.parametrize("shape", [(5,), (1, 4), (5, 1), (2, 3, 4)])
def test_what_are_no_points(shape: tuple[int, ...]) -> None:
    with pytest.raises(EngineError, match="2 principal components need points"):
        principal_components(np.zeros(shape), 2)
