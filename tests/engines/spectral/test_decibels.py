"""Decibels: by hand and beside librosa's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.spectral.decibels import amplitude_to_decibels, decibels_to_power, power_to_decibels

LIBROSA = np.load(Path(__file__).parents[2] / "data" / "librosa_sound.npz")


def test_as_librosas() -> None:
    size = np.abs(LIBROSA["s0"])
    np.testing.assert_allclose(power_to_decibels(size**2, span=80), LIBROSA["db0"], atol=1e-12)
    np.testing.assert_allclose(
        amplitude_to_decibels(LIBROSA["s0"], reference=2.0), LIBROSA["db1"], atol=1e-12
    )


def test_by_hand() -> None:
    np.testing.assert_allclose(
        power_to_decibels(np.array([2.0, 20, 0.2]), reference=2), [0, 10, -10], atol=1e-12
    )
    np.testing.assert_allclose(amplitude_to_decibels(np.array([-10.0, 3 + 4j])), [20, 20 * np.log10(5)])
    assert power_to_decibels(np.float32([1, 2])).dtype == np.float32
    assert power_to_decibels(np.array([0])).tolist() == [-100]


def test_there_and_back() -> None:
    power = np.random.default_rng(0).uniform(1e-9, 10, 100)
    np.testing.assert_allclose(decibels_to_power(power_to_decibels(power)), power)


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
