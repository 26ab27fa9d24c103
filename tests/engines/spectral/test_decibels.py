"""Decibels by hand and beside librosa's; powers that no float holds, shares of the energy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.spectral.decibels import (
    amplitude_to_decibels,
    below_largest,
    decibels_to_power,
    energy_share,
    power,
    power_to_decibels,
    relative_power,
)

LIBROSA = np.load(Path(__file__).parents[2] / "data" / "librosa_sound.npz")
S = np.random.default_rng(0).standard_normal((5, 4, 2)) + 1j


def test_as_librosas() -> None:
    size = np.abs(LIBROSA["s0"])
    np.testing.assert_allclose(power_to_decibels(size**2, span=80), LIBROSA["db0"], atol=1e-12)
    np.testing.assert_allclose(
        amplitude_to_decibels(LIBROSA["s0"], reference=2.0), LIBROSA["db1"], atol=1e-12
    )
    np.testing.assert_allclose(amplitude_to_decibels(np.array([-10.0, 3 + 4j])), [20, 20 * np.log10(5)])


def test_by_hand() -> None:
    np.testing.assert_allclose(
        power_to_decibels(np.array([2.0, 20, 0.2]), reference=2), [0, 10, -10], atol=1e-12
    )
    assert power_to_decibels(np.float32([1, 2])).dtype == np.float32
    assert power_to_decibels(np.array([0])).tolist() == [-100]


def test_there_and_back() -> None:
    powers = np.random.default_rng(0).uniform(1e-9, 10, 100)
    np.testing.assert_allclose(decibels_to_power(power_to_decibels(powers)), powers)


@pytest.mark.parametrize("words", [{"reference": 0.0}, {"least": -1.0}, {"span": 0.0}, {"reference": np.nan}])
def test_what_does_not_fit(words: dict[str, Any]) -> None:
    name, value = next(iter(words.items()))
    with pytest.raises(EngineError) as refused:
        power_to_decibels(np.ones(2), **words)
    assert str(refused.value) == f"{name} expects a number above 0; received {value!r}"


def test_complex_powers() -> None:
    with pytest.raises(
        EngineError, match="decibels are of real powers; received complex128; try the squares of sizes"
    ):
        power_to_decibels(np.ones(2, complex))


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
