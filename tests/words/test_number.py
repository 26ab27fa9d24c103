import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.words.number import Numbers, number


@pytest.mark.parametrize(
    ("value", "precision", "expected"),
    [
        (0, 4, "0"),
        (-0.0, 4, "0"),
        (312.0, 4, "312"),
        (1 / 9, 4, "0.1111"),
        (0.1 + 0.2, 4, "0.3"),
        (-2.8, 4, "−2.8"),
        (12345.67, 4, "12346"),
        (9999999.6, 4, "1e7"),
        (99999.96, 4, "100000"),
        (0.0001234, 4, "0.0001234"),
        (0.00001234, 4, "1.234e−5"),
        (0.9 * 1e-9, 4, "9e−10"),
        (-0.1 * 1e308, 4, "−1e307"),
        (0.99996, 4, "1"),
        (0.1, 17, "0.1"),
        (np.float32(0.1), 17, "0.1"),
        (np.float32(16777216), 4, "1.678e7"),
        (123456789, 2, "123456789"),
        (np.uint8(255), 4, "255"),
        (np.int64(-3), 1, "−3"),
        (2**70, 4, "1180591620717411303424"),
        (True, 4, "1"),
        (np.bool_(False), 4, "0"),
        (float("nan"), 4, "nan"),
        (float("inf"), 4, "inf"),
        (float("-inf"), 4, "−inf"),
        (1 - 0.5j, 4, "1−0.5i"),
        (np.complex64(-1 + 2j), 4, "−1+2i"),
        (complex("nan+infj"), 4, "nan+infi"),
    ],
)
def test_number_takes_the_fewest_digits_that_say_enough(value, precision, expected):
    assert number(value, precision) == expected


@given(st.floats(-1e308, 1e308), st.integers(1, 17))
def test_number_is_right_to_its_precision(value, precision):
    shown = float(number(value, precision).replace("−", "-"))
    assert shown == pytest.approx(value, rel=0.51 * 10 ** (1 - precision), abs=1e-322)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.9, 1.1, -2.8, 0.8], [" 0.9", " 1.1", "−2.8", " 0.8"]),
        ([0.0, 1.0, 1.0, 0.0], ["0", "1", "1", "0"]),
        ([311.9999, 12], ["312", " 12"]),
        ([255, 0.5], ["255.0", "  0.5"]),
        ([1000.5, 0.25], ["1000.50", "   0.25"]),
        ([1e-9, 255.5], [" 1e−9", "255.5"]),
        ([0.9 * 1e-9, 3e8], ["9e−10", "  3e8"]),
        ([-1e-12, 3.0], ["−1e−12", "     3"]),
        ([1e9, 2.5], ["1e9", "2.5"]),
        ([np.nan, np.inf, -1.5], [" nan", " inf", "−1.5"]),
        ([-0.0, 1.0], ["0", "1"]),
        ([1 + 2j, 0.5 - 1j], ["1.0+2.0i", "0.5−1.0i"]),
        ([], []),
    ],
)
def test_numbers_of_a_table_line_up(values, expected):
    assert Numbers(np.array(values)).texts.tolist() == expected


def test_integers_are_written_out():
    assert Numbers(np.array([[1, -20], [2**62, 0]])).texts.tolist() == [
        ["                  1", "                −20"],
        ["4611686018427387904", "                  0"],
    ]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8))
def test_no_number_but_zero_is_shown_as_zero(values):
    for value, text in zip(values, Numbers(np.array(values)).texts.tolist(), strict=True):
        assert (float(text.replace("−", "-")) == 0) == (value == 0)


def test_numbers_have_the_width_they_say():
    numbers = Numbers(np.random.default_rng(0).normal(size=(5, 7)))
    assert numbers.texts.shape == (5, 7)
    assert {len(text) for text in numbers.texts.ravel()} == {numbers.width}
