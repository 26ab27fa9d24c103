import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.views.charts.braille import Canvas
from dlcli.views.charts.series import Points, Series, thinned


@given(st.lists(st.one_of(st.integers(0, 15), st.none()), max_size=200), st.integers(1, 30))
def test_a_line_through_the_few_covers_the_line_through_all(values, per_column):
    y = np.array([np.nan if value is None else value for value in values], float)
    column = np.arange(len(y)) // per_column
    every, few = Canvas(100, 4), Canvas(100, 4)
    runs = np.cumsum(np.isnan(y))
    here = ~np.isnan(y)
    every.line(column[here], y[here], runs=runs[here])
    x, kept, kept_runs = thinned(column, y)
    few.line(x, kept, runs=kept_runs)
    assert (few.dots == every.dots).all()
    assert len(kept) <= here.sum()


def test_of_a_million_at_most_four_a_column_are_kept():
    y = np.random.default_rng(0).normal(size=1_000_000)
    x, kept, _ = thinned(np.arange(len(y)) // 10_000, y)
    assert len(x) == 400
    assert (kept.min(), kept.max()) == (y.min(), y.max())


def test_points_come_in_order_of_x_and_count_what_is_left_out():
    series = Series("s", np.array([1.0, np.nan, np.inf, -2.0]), x=np.array([3, 2, 1, 0]))
    points = Points.of(series, np.arange(4))
    assert points.x.tolist() == [0, 1, 2, 3]
    assert points.y.tolist() == pytest.approx([-2, np.nan, np.nan, 1], nan_ok=True)
    assert (points.missing, points.infinite, points.beyond) == (1, 1, 0)
    assert points.limits() == (-2, 1)
    assert Points.of(series, np.arange(4), log=True).beyond == 1


def test_limits_take_in_the_band():
    one = Series("s", np.array([1.0, 2.0]), band=(np.array([0.5, np.nan]), np.array([1.5, 9.0])))
    assert Points.of(one, np.arange(2)).limits() == (0.5, 9)
    assert Points.of(Series("e", np.array([])), np.array([])).limits() is None


def test_complex_numbers_stand_for_their_size():
    assert Points.of(Series("z", np.array([3 + 4j])), np.arange(1)).y.tolist() == [5]


@pytest.mark.parametrize(
    "parts", [{"y": np.zeros((2, 2))}, {"y": np.zeros(2), "x": np.zeros(3)}, {"y": np.float64(1)}]
)
def test_other_shapes_are_refused(parts):
    with pytest.raises(ValueError, match="vectors of one length; received"):
        Series("s", **parts)
