"""Masks: by hand, and what must hold of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.spectral.mask import below_peak, level_mask, masked, quantile

numbers = st.lists(st.floats(-100, 100), min_size=1, max_size=20)


@given(numbers, st.floats(0, 100), st.floats(0, 100))
def test_it_keeps_what_the_levels_say(x: list[float], least: float, most: float) -> None:
    mask = level_mask(np.array(x), least=least, most=most)
    assert mask.tolist() == [least <= abs(one) <= most for one in x]
    y = masked(np.array(x), mask)
    assert y.tolist() == [one if least <= abs(one) <= most else 0 for one in x]


def test_complex_numbers_and_nan() -> None:
    x = np.array([3 + 4j, 1, np.nan])
    assert level_mask(x, least=5).tolist() == [True, False, False]
    assert masked(x, level_mask(x)).tolist() == [3 + 4j, 1, 0]
    assert level_mask(np.array([1, 2])).all()


def test_truth_values() -> None:
    x = np.array([True, True, False])
    assert masked(x, level_mask(x, least=1)).tolist() == [True, True, False]
    assert masked(x, np.array([False, True, True])).tolist() == [False, True, False]


def test_a_mask_may_be_shared_along_an_axis() -> None:
    x = np.arange(6).reshape(2, 3)
    assert masked(x, np.array([[False], [True]])).tolist() == [[0, 0, 0], [3, 4, 5]]
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(("decibels", "size"), [(0, 8), (-20, 0.8), (-40, 0.08), (6.0206, 16)])
def test_decibels_below_the_peak(decibels: float, size: float) -> None:
    assert below_peak(np.array([1, -8, np.inf, np.nan]), decibels) == pytest.approx(size, rel=1e-5)


@given(numbers, st.floats(0, 1))
def test_a_quantile_is_numpys(x: list[float], share: float) -> None:
    assert quantile(np.array(x), share) == pytest.approx(float(np.quantile(np.abs(x), share)))


def test_nothing_to_measure() -> None:
    assert below_peak(np.array([np.nan]), -3) == quantile(np.array([np.nan]), 0.5) == 0


def test_what_does_not_fit() -> None:
    with pytest.raises(EngineError, match="least expects a number; received nan"):
        level_mask(np.ones(2), least=np.nan)
    with pytest.raises(EngineError, match=r"a share expects a number from 0 to 1; received 1\.5"):
        quantile(np.ones(2), 1.5)
