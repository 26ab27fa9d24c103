import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.views.charts.ticks import Scale, labels, log_ticks, spread, ticks

FINITE = st.floats(-1e300, 1e300)


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0, 1, 6, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 1, 5, [0, 0.5, 1]),
        (-0.34, 0.72, 5, [-0.2, 0, 0.2, 0.4, 0.6]),
        (0, 0.3, 4, [0, 0.1, 0.2, 0.3]),
        (1e-12, 3e-12, 3, [1e-12, 2e-12, 3e-12]),
        (-1e308, 1e308, 3, [-1e308, 0, 1e308]),
        (5, 5, 3, [5]),
        (0, 5e-324, 3, [0]),
        (-1.7e308, 1.7e308, 2, [-1.7e308, 1.7e308]),
    ],
)
def test_ticks_are_multiples_of_a_round_step(low, high, most, expected):
    assert ticks(low, high, most) == expected


def test_whole_ticks_have_no_halves():
    assert ticks(0, 3, 20, whole=True) == [0, 1, 2, 3]
    assert ticks(0, 3, 20)[1] == 0.2


@given(FINITE, FINITE, st.integers(2, 12))
def test_there_are_never_too_many_and_none_outside(a, b, most):
    low, high = sorted((a, b))
    found = ticks(low, high, most)
    assert len(found) <= most
    assert found == sorted(set(found))
    slack = 1e-8 * max(abs(low), abs(high))
    assert all(low - slack <= tick <= high + slack for tick in found)


@given(FINITE, FINITE, st.integers(2, 12))
def test_a_scale_around_numbers_holds_them(a, b, most):
    low, high = sorted((a, b))
    scale = Scale.around(low, high, most)
    slack = 1e-8 * max(abs(low), abs(high))
    assert scale.low - slack <= low <= high <= scale.high + slack
    found = scale.ticks(max(most, 3))
    assert len(found) <= max(most, 3)


@pytest.mark.parametrize(("low", "high"), [(0.013, 0.24), (-0.3, 0.9), (3, 3), (0, 0), (-1e-9, 1e9)])
def test_a_scale_around_numbers_ends_in_ticks(low, high):
    scale = Scale.around(low, high, 5)
    found = scale.ticks(5)
    assert (found[0], found[-1]) == (scale.low, scale.high)


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0.01, 2000, 6, [0.01, 0.1, 1, 10, 100, 1000]),
        (1, 1e9, 4, [1, 1e3, 1e6, 1e9]),
        (2, 60, 6, [2, 5, 10, 20, 50]),
        (3, 4, 6, [3, 3.2, 3.4, 3.6, 3.8, 4]),
        (1, 10, 3, [1, 10]),
    ],
)
def test_log_ticks_are_decades_where_there_are_enough(low, high, most, expected):
    assert log_ticks(low, high, most) == expected


@pytest.mark.parametrize(
    ("values", "log", "expected"),
    [
        ([0, 0.25, 0.5], False, ["0.00", "0.25", "0.50"]),
        ([-1, 0, 1], False, ["−1", "0", "1"]),
        ([10.001, 10.002], False, ["10.001", "10.002"]),
        ([0, 5e6, 1e7], False, ["0", "5e6", "10e6"]),
        ([0, 1e-9, 2e-9], False, ["0", "1e−9", "2e−9"]),
        ([0.01, 1, 100], True, ["0.01", "1", "100"]),
        ([0.5], False, ["0.5"]),
        ([], False, []),
    ],
)
def test_labels_are_written_alike(values, log, expected):
    assert labels(values, log=log) == expected


def test_shares_of_a_scale():
    assert Scale(-1e308, 1e308).share(np.array([-1e308, 0, 1e308])).tolist() == [0, 0.5, 1]
    assert Scale(2, 2).share(np.array([2.0])).tolist() == [0.5]
    assert Scale(1, 100, log=True).share(np.array([1.0, 10.0])).tolist() == [0, 0.5]


def test_a_scale_goes_no_further_than_numbers_do():
    assert Scale.around(0, 1.7e308, 5) == Scale(0, 1.7e308)
    assert Scale.around(-1.7e308, 0, 5) == Scale(-1.7e308, 0)


@pytest.mark.parametrize("width", [12, 30, 80])
def test_fitting_labels_stand_apart(width):
    scale = Scale(0, 12345.678)
    found, texts = scale.fitting(width)
    places = [round(share * (width - 1)) for share in scale.share(np.array(found)).tolist()]
    kept = spread(places, texts, width)
    assert len(kept) == len(found) >= 2
    assert all(b[1] - (a[1] + len(a[2])) >= 2 for a, b in itertools.pairwise(kept))


def test_spread_keeps_labels_inside_and_apart():
    assert spread([0, 4, 20], ["0.0", "0.2", "1.0"], 21) == [(0, 0, "0.0"), (20, 18, "1.0")]
    assert spread([5], ["猫猫"], 11) == [(5, 4, "猫猫")]
    assert spread([0], ["too long"], 3) == []


def test_a_sum_that_is_off_by_a_bit_takes_no_further_step():
    assert Scale.around(-0.1 * 3, 0.1 * 3, 7) == Scale(-0.3, 0.3)


def test_labels_of_the_least_numbers_have_one_power() -> None:
    assert labels([-1e-320, -5e-321, 0, 5e-321, 1e-320]) == ["−1e−320", "−5e−321", "0", "5e−321", "1e−320"]
    assert labels([0, 5e-300, 1e-299]) == ["0", "5e−300", "10e−300"]


@pytest.mark.parametrize("ends", [(5e307, 1e308), (1.7e308, 1.7e308), (5e-324, 5e-324), (5e-324, 1.7e308)])
def test_a_log_scale_ends_where_floats_do(ends):
    scale = Scale.around(*ends, 4, log=True)
    assert 0 < scale.low < scale.high < np.inf
    assert np.isfinite(scale.share(np.array(ends))).all()
