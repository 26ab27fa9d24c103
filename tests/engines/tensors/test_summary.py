"""What an array's numbers are like, against NumPy and plain loops."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dlcli.engines.tensors.summary import summary

NUMBERS = st.floats(-1e6, 1e6, width=32) | st.sampled_from([0.0, math.nan, math.inf, -math.inf])


@given(hnp.arrays(np.float32, hnp.array_shapes(max_dims=3, min_side=1, max_side=7), elements=NUMBERS))
def test_equals_a_plain_loop(x: np.ndarray) -> None:
    told = summary(x)
    cells = [(float(x[place]), place) for place in np.ndindex(x.shape)]
    finite = [(value, place) for value, place in cells if math.isfinite(value)]
    assert told.size == x.size
    assert told.nans == sum(math.isnan(value) for value, _ in cells)
    assert told.infinities == sum(math.isinf(value) for value, _ in cells)
    assert told.zeros == sum(value == 0 for value, _ in cells)
    assert told.finite == len(finite)
    if not finite:
        assert (told.least_at, told.largest_at) == (None, None)
        assert math.isnan(told.mean)
        return
    values = [value for value, _ in finite]
    assert (told.least, told.least_at) == min(finite, key=lambda cell: cell[0])
    assert (told.largest, told.largest_at) == max(finite, key=lambda cell: cell[0])
    mean = math.fsum(values) / len(values)
    assert told.mean == pytest.approx(mean, abs=1e-6, rel=1e-9)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
    assert told.deviation == pytest.approx(spread, abs=1e-6, rel=1e-9)


def test_pieces_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).standard_normal((50, 41)) * 3 + 1000
    monkeypatch.setattr(sys.modules[summary.__module__], "CHUNK", 64)
    told = summary(x)
    assert told.mean == pytest.approx(x.mean(), rel=1e-13)
    assert told.deviation == pytest.approx(x.std(), rel=1e-11)
    assert told.least_at == np.unravel_index(x.argmin(), x.shape)
    assert told.largest_at == np.unravel_index(x.argmax(), x.shape)


def test_small_numbers_do_not_overflow_their_type() -> None:
    told = summary(np.full((300, 300), 250, np.uint8))
    assert (told.mean, told.deviation, told.least, told.largest) == (250, 0, 250, 250)


def test_complex_numbers_by_size_and_a_scalar() -> None:
    assert summary(np.array([3 + 4j, 1j])).largest == 5
    assert summary(np.array(7)).least_at == ()
    assert summary(np.zeros((0, 3))).least_at is None


def test_numbers_too_large_to_be_squared_or_added() -> None:
    told = summary(np.array([1e308, 1.5e308, 1.1e308, 1.4e308, np.inf]))
    assert told.mean == pytest.approx(1.25e308)
    assert told.deviation == pytest.approx(math.sqrt(0.0425) * 1e308)
    assert summary(np.array([3e200 + 4e200j, 0])).deviation == pytest.approx(2.5e200)


def test_numbers_too_small_to_be_squared() -> None:
    told = summary(np.array([1e-320, 2e-320]))
    assert (told.mean, told.deviation) == (1.5e-320, 5e-321)
    assert summary(np.array([1e-160, 3e-160, np.nan])).deviation == pytest.approx(1e-160, rel=1e-12)
    assert summary(np.array([0, 4e-200 + 3e-200j])).deviation == pytest.approx(2.5e-200, rel=1e-12)


def test_equal_numbers_deviate_by_nothing_however_small_or_large() -> None:
    for value in (0.0, 1e-320, 1e308):
        told = summary(np.full(4, value))
        assert (told.mean, told.deviation) == (value, 0)


def test_whole_numbers_keep_all_their_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.array([2**53, 1, 2**53 + 1, 0])
    monkeypatch.setattr(sys.modules[summary.__module__], "CHUNK", 2)
    told = summary(x)
    assert (told.largest, told.largest_at) == (2**53 + 1, (2,))
    assert (told.least, told.least_at) == (0, (3,))
