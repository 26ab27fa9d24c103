"""How far a tensor is from a reference: NumPy's rule, plain sums, and slips that explain a difference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.comparison import compare, relation

NUMBERS = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 1.00001, 1.0001, np.nan, np.inf, -np.inf]), st.floats(-10, 10)
)


@given(
    st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=5),
    st.sampled_from([0.0, 1e-8, 0.1]),
    st.sampled_from([0.0, 1e-5, 0.5]),
    st.booleans(),
)
def test_what_is_within_is_numpy_s_isclose(pairs, atol, rtol, equal_nan):
    a, b = np.array(pairs).T
    found = compare(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)
    expected = np.isclose(b, a, rtol=rtol, atol=atol, equal_nan=equal_nan)
    np.testing.assert_array_equal(found.within, expected)
    assert found.beyond == np.count_nonzero(~expected)


@given(st.lists(st.tuples(st.floats(-10, 10), st.floats(-10, 10)), min_size=1, max_size=5))
def test_the_tolerance_that_is_needed_lets_all_pass_and_no_smaller_one_does(pairs):
    a, b = np.array(pairs).T
    needed = compare(a, b).needed
    assert not compare(a, b, atol=needed * (1 + 1e-12) + 1e-15).beyond
    if needed > 1e-9:
        assert compare(a, b, atol=needed * 0.999).beyond


def test_the_measures_are_their_sums():
    a, b = np.array([[3.0, -4.0], [0.0, 1.0]]), np.array([[3.0, -4.5], [1.0, 1.0]])
    found = compare(a, b)
    assert found.difference.tolist() == [[0, -0.5], [1, 0]]
    assert (found.largest, found.worst, found.beyond) == (1, (1, 0), 2)
    assert found.rms == pytest.approx(np.sqrt(1.25 / 4))
    assert found.snr == pytest.approx(10 * np.log10(26 / 1.25))
    assert found.psnr(10) == pytest.approx(10 * np.log10(100 / (1.25 / 4)))
    assert found.allowed((0, 1)) == pytest.approx(1e-8 + 4e-5)


def test_bytes_do_not_wrap_and_large_integers_are_exact():
    found = compare(np.array([200, 3], np.uint8), np.array([1, 255], np.uint8))
    assert (found.difference.tolist(), found.difference.dtype) == ([-199, 252], np.int64)
    found = compare(np.array([2**60]), np.array([2**60 + 1]), rtol=0, atol=0)
    assert (found.difference.tolist(), found.beyond) == ([1], 1)


WHOLE = st.one_of(
    st.integers(-(2**63), 2**64 - 1),
    st.builds(lambda n, by: n + by, st.sampled_from([2**53, 2**62, 2**63 - 9]), st.integers(-8, 8)),
)


@given(WHOLE, WHOLE)
def test_integers_of_any_size_differ_by_what_python_s_integers_say(a, b):
    """Python's integers are the oracle: a difference is theirs, exact up to 2⁵³, then to a rounding."""
    wide = [np.array([n], np.int64 if n < 2**63 else np.uint64) for n in (a, b)]
    found = compare(*wide, rtol=0, atol=0)
    assert abs(int(found.difference[0]) - (b - a)) <= (abs(b - a) >> 52 if abs(b - a) > 2**53 else 0)
    assert (found.beyond, found.largest == 0) == (int(a != b), a == b)


def test_neighbours_beyond_what_float64_holds_are_not_the_same():
    top = np.array([2**64 - 1], np.uint64), np.array([2**64 - 2], np.uint64)
    assert compare(*top, rtol=0, atol=0).difference.tolist() == [-1]
    assert compare(np.array(2**63 - 1), np.array(2**63 - 2), rtol=0, atol=0).beyond == 1  # 0-d
    beside = compare(np.array([2**53 + 1, 7]), np.array([2.0**53, 7.25]), rtol=0, atol=0)
    assert (beside.difference.tolist(), beside.beyond) == ([-1, 0.25], 2)


def test_two_finite_numbers_farther_apart_than_float64_holds():
    found = compare(np.array([1e308, 1]), np.array([-1e308, 1]))
    assert (found.overflows, found.largest, found.snr) == (True, np.inf, pytest.approx(-20 * np.log10(2)))
    assert not compare(np.array([1.0]), np.array([np.inf])).overflows


def test_complex_numbers_are_compared_by_the_size_of_their_difference():
    found = compare(np.array([3 + 4j]), np.array([3 + 4.5j]), rtol=0.1, atol=0)
    assert (found.largest, found.beyond, found.allowed((0,))) == (0.5, 0, pytest.approx(0.5))
    assert found.snr == pytest.approx(20)


def test_numbers_that_are_not_finite():
    a, b = np.array([1, np.nan, np.inf, np.inf, 5]), np.array([1.5, np.nan, np.inf, -np.inf, np.nan])
    found = compare(a, b)
    assert found.within.tolist() == [False, True, True, False, False]
    assert compare(a, b, equal_nan=False).within.tolist() == [False, False, True, False, False]
    assert (found.both_nan, found.largest, found.worst, found.needed) == (1, np.inf, (3,), np.inf)
    assert found.rms == 0.5  # of the one number that is finite in both
    assert np.isnan(compare(np.array([np.nan]), np.array([1.0])).rms)


def test_no_difference_and_no_number():
    x = np.array([1.0, 2.0])
    assert (compare(x, x).snr, compare(x, x).largest, compare(x, x).needed) == (np.inf, 0, 0)
    empty = compare(np.zeros((0, 2)), np.zeros((0, 2)))
    assert (empty.beyond, empty.largest, empty.needed) == (0, 0, 0)
    assert compare(np.zeros(2), np.ones(2)).snr == -np.inf


def test_sums_of_large_and_small_squares_are_finite():
    found = compare(np.array([1e200, 1e200]), np.array([1e200, 1.1e200]))
    assert found.rms == pytest.approx(0.1e200 / np.sqrt(2))
    found = compare(np.array([1e-200, 0]), np.array([1.1e-200, 0]), atol=0)
    assert found.rms == pytest.approx(0.1e-200 / np.sqrt(2))


def test_nothing_is_broadcast():
    with pytest.raises(EngineError, match=r"shapes differ: \(2, 1\) and \(2,\)"):
        compare(np.ones((2, 1)), np.ones(2))


X = np.array([[1.0, 2.0, 4.0], [8.0, 3.0, 5.0], [9.0, 7.0, -6.0]])


@pytest.mark.parametrize(
    ("y", "kind", "value", "axis"),
    [
        (-2 * X, "scaled", -2, 0),
        (X + 0.25, "offset", 0.25, 0),
        (X[::-1], "reversed", 0, 0),
        (X[:, ::-1], "reversed", 0, 1),
        (X[::-1, ::-1], "turned", 0, 0),
        (X.T, "transposed", 0, 0),
        (np.roll(X, 1, 0), "shifted", 1, 0),
        (np.roll(X, -1, 1), "shifted", -1, 1),
        ((2 * X).astype(np.float32), "scaled", 2, 0),
        (X * 1j * -1j * 3, "scaled", 3, 0),
    ],
)
def test_a_slip_that_explains_all_of_a_difference_is_found(y, kind, value, axis):
    found = relation(X, y)
    assert found is not None
    assert (found.kind, found.value, found.axis) == (kind, pytest.approx(value), axis)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (X, X + np.eye(3)),
        (np.ones((3, 3)), np.zeros((3, 3))),
        (np.array([1.0]), np.array([2.0])),
        (X, np.full((3, 3), np.nan)),
        (X, np.zeros((3, 3))),
        (X, X * 1j),
        (X, X * (1 + 1e-8)),
    ],
)
def test_where_nothing_explains_a_difference_nothing_is_said(x, y):
    assert relation(x, y) is None
