"""Powers that no float holds, decibels below the largest, shares of the energy."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.spectral.levels import below_largest, energy_share, power, relative_power

S = np.random.default_rng(0).standard_normal((5, 4, 2)) + 1j


def test_powers_are_the_squares_of_sizes() -> None:
    np.testing.assert_allclose(power(S), S.real**2 + S.imag**2, rtol=1e-15)
    np.testing.assert_allclose(relative_power(S), power(S).mean(axis=2), rtol=1e-15)
    assert power(S.astype(np.complex64)).dtype == np.float32


@pytest.mark.parametrize("size", [1e-300, 1e-30, 1e30, 1e300])
def test_relative_powers_are_in_proportion_whatever_the_size(size: float) -> None:
    usual, extreme = (relative_power(scale * S) for scale in (1, size))
    np.testing.assert_allclose(extreme / extreme.max(), usual / usual.max(), rtol=1e-12)


def test_of_what_is_not_finite_they_say_where() -> None:
    assert relative_power(np.array([[1, np.inf, np.nan]])).tolist() == [[0, 1, 1]]


def test_decibels_below_the_largest() -> None:
    np.testing.assert_allclose(
        below_largest(np.array([1e-30, 1e-31, 1e-39, 0])), [0, -10, -80, -80], atol=1e-9
    )
    assert below_largest(np.zeros(3)).tolist() == [-80, -80, -80]
    assert below_largest(np.array([1.0, 1.0 - 1e-12])).tolist() == [0, 0]  # rounding is no difference


@pytest.mark.parametrize(
    ("size", "mask", "share"),
    [
        ([3, 4], [True, False], 0.36),
        ([3e-200, 4e-200, np.nan], [False, True, False], 0.64),
        ([0, 0], [True, True], None),
        ([0, np.nan], [True, True], None),
    ],
)
def test_energy_shares(size: list[float], mask: list[bool], share: float | None) -> None:
    assert energy_share(np.array(size), np.array(mask)) == (None if share is None else pytest.approx(share))


def test_a_share_of_infinite_energy_is_none_that_could_be_named() -> None:
    assert np.isnan(energy_share(np.array([np.inf, 1, np.nan]), np.ones(3, bool)) or 0)
