from decimal import ROUND_HALF_UP, Context, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.words.number import Numbers, digits, fixed, number, rounded


@pytest.mark.parametrize(
    ("value", "precision", "expected"),
    [
        (0, 4, "0"),
        (-0.0, 4, "0"),
        (312.0, 4, "312"),
        (1 / 9, 4, "0.1111"),
        (0.1 + 0.2, 4, "0.3"),
        (-2.8, 4, "−2.8"),
        (12345.67, 4, "12345.67"),
        (12345.678, 4, "12346"),
        (269.75, 4, "269.75"),
        (-476.25, 4, "−476.25"),
        (269.74999999999994, 4, "269.75"),  # another order of adding up
        (np.float32(269.75), 4, "269.75"),
        (np.float32(0.123456), 4, "0.1235"),  # one in a hundred floats of 32 bits is so near to six digits
        (17.0625, 4, "17.0625"),
        (12345000.0, 4, "1.2345e7"),
        (269.75, 3, "270"),
        (269.25, 2, "269"),
        (0.125, 2, "0.13"),
        (-0.375, 2, "−0.38"),
        (2.5, 1, "3"),
        (0.12344999999999995, 4, "0.12345"),
        (0.123449999, 4, "0.1234"),
        (1.00005, 4, "1.00005"),
        (9999999.6, 4, "9999999.6"),
        (123456.25, 4, "123456.25"),
        (1234567.5, 4, "1234567.5"),
        (12345678.5, 4, "1.235e7"),
        (99999.96, 4, "99999.96"),
        (99999.996, 4, "100000"),
        (0.0001234, 4, "0.0001234"),
        (0.00001234, 4, "1.234e−5"),
        (0.9 * 1e-9, 4, "9e−10"),
        (-0.1 * 1e308, 4, "−1e307"),
        (0.99996, 4, "0.99996"),
        (0.9999964, 4, "1"),
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


@given(st.integers(-9_999_999, 9_999_999))
def test_what_ends_within_two_decimals_is_never_rounded(cents):
    value = cents / 100
    assert float(number(value).replace("−", "-")) == value
    assert [float(text.replace("−", "-")) for text in Numbers(np.array([value, 1.5])).texts] == [value, 1.5]


@given(st.integers(-99_999, 99_999), st.integers(1, 3))
def test_halves_are_rounded_away_from_zero_wherever_they_stand(thousands, precision):
    """Python's decimal module says what half up is; a sign changes nothing."""
    value = thousands / 1000
    exact = Decimal(thousands).scaleb(-3)
    whole = max(precision, exact.adjusted() + 1) if exact else 1
    expected = Context(prec=whole, rounding=ROUND_HALF_UP).plus(exact)
    assert float(number(value, precision).replace("−", "-")) == float(expected)
    assert number(-value, precision).lstrip("−") == number(value, precision).lstrip("−")
    assert rounded(np.array([value]), 2)[0] == float(fixed(value, 2).replace("−", "-"))


@given(st.floats(-1e308, 1e308), st.integers(1, 17))
def test_number_is_right_to_its_precision(value, precision):
    shown = float(number(value, precision).replace("−", "-"))
    assert shown == pytest.approx(value, rel=0.51 * 10 ** (1 - precision), abs=1e-322)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.9, 1.1, -2.8, 0.8], [" 0.9", " 1.1", "−2.8", " 0.8"]),
        ([0.0, 1.0, 1.0, 0.0], ["0", "1", "1", "0"]),
        ([311.99999, 12], ["312", " 12"]),
        ([255, 0.5], ["255.0", "  0.5"]),
        ([1000.5, 0.25], ["1000.50", "   0.25"]),
        ([269.75, -476.25, 55.0], [" 269.75", "−476.25", "  55.00"]),
        ([269.75, 100 + 1 / 3], ["269.75", "100.33"]),
        ([269.75, 100 + 1 / 3, 100 + 2 / 3], ["269.75", "100.33", "100.67"]),
        ([269.75, -476.25, 1.0625], [" 269.7500", "−476.2500", "   1.0625"]),
        ([1.0625, 0.9296875, 0.8134765625], ["1.0625", "0.9297", "0.8135"]),
        ([0.125, 1.0625, 0.765625, 1.953125], ["0.125000", "1.062500", "0.765625", "1.953125"]),
        ([1.953125, 3.65625, 3.0625], ["1.953125", "3.656250", "3.062500"]),  # seven digits, but all end
        ([1.953125, 3.65625, 1 / 3], ["1.95313", "3.65625", "0.33333"]),
        ([0.5, 1 / 3, 2 / 3], ["0.5000", "0.3333", "0.6667"]),  # 0.5 costs no decimals
        ([300.5, 0.0625 + 3e-14, 1 / 3], ["300.5000", "  0.0625", "  0.3333"]),  # added up in another order
        ([269.75, 0.0123456], ["269.7500000", "  0.0123456"]),
        ([123456.5, 0.0001234], ["123456.5", "0.000123"]),  # no column has more than ten digits
        ([1.0, 1e-7], ["   1", "1e−7"]),
        ([12345.6, 0.125], ["12345.600", "    0.125"]),
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


def test_floats_of_fewer_bits_are_written_out_only_together():
    """Whether one of them ends is a matter of its last bit, which is another on every processor."""
    typed = np.array([269.75, -476.25, 1.0625], np.float32)
    assert Numbers(typed).texts.tolist() == [" 269.7500", "−476.2500", "   1.0625"]
    computed = np.array([269.75, 1 / 3, 1.0625], np.float32)
    assert Numbers(computed).texts.tolist() == ["269.75", "  0.33", "  1.06"]
    assert digits(4, 3, typed) == 4
    assert digits(4, 3, computed) == 3


def test_numbers_of_a_few_digits_have_more_where_they_were_typed():
    assert [digits(4, 3, np.array(values)) for values in ([1.25, 3.0], [12.25, 3.0], [0.125, 0.5])] == [
        3,
        4,
        3,
    ]
    assert digits(3, 3, np.array([2.125])) == 3
    assert digits(2, 3, np.array([2.125])) == 2
    assert digits(6, 3, np.array([2.125])) == 6
    assert digits(4, 3, np.array([np.nan, np.inf])) == 3
    assert digits(4, 3, np.zeros((0, 2))) == 3
