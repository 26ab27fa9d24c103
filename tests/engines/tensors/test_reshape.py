import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.reshape import origin, resolved_shape, surviving, written

TORCH = json.loads((Path(__file__).parents[2] / "data" / "torch_tensors.json").read_text())
SHAPES = st.lists(st.integers(1, 5), min_size=0, max_size=4).map(tuple)


def pairs():
    """Two shapes of one size: the lengths of the second are those of the first, split or put together."""

    @st.composite
    def pair(draw):
        before = draw(SHAPES)
        size, after = math.prod(before), []
        while size > 1 and len(after) < 5:
            after.append(draw(st.sampled_from([n for n in range(1, size + 1) if size % n == 0])))
            size //= after[-1]
        return before, (*after, size)

    return pair()


@pytest.mark.parametrize("asked", TORCH["reshape"])
def test_shapes_are_torch_s(asked):
    shape = resolved_shape(tuple(map(int, asked.split(","))), (2, 3, 4))
    assert np.arange(24).reshape(shape).tolist() == TORCH["reshape"][asked]


@given(pairs(), st.data())
def test_minus_one_is_what_numpy_makes_of_it(pair, data):
    before, after = pair
    place = data.draw(st.integers(0, len(after) - 1))
    asked = tuple(-1 if axis == place else length for axis, length in enumerate(after))
    assert resolved_shape(asked, before) == np.empty(before).reshape(asked).shape == after


@given(
    st.lists(st.integers(-1, 6), max_size=4).map(tuple), st.lists(st.integers(0, 6), max_size=3).map(tuple)
)
def test_what_numpy_refuses_is_refused(asked, shape):
    try:
        expected = np.empty(shape).reshape(asked).shape
    except ValueError:
        with pytest.raises(EngineError):
            resolved_shape(asked, shape)
    else:
        assert resolved_shape(asked, shape) == expected


BAD = {
    "two products": ((5, 3), (3, 4), "a reshape keeps every number: 3 × 4 = 12, and 5 × 3 = 15; try -1,3, which gives 4,3"),
    "the last length is left open first": ((4, 2), (3, 4), "a reshape keeps every number: 3 × 4 = 12, and 4 × 2 = 8; try 4,-1, which gives 4,3"),
    "one length": ((11,), (3, 4), "a reshape keeps every number: 3 × 4 = 12, and 11 is 11; try -1, which gives 12"),
    "nothing divides": ((5, 7), (3, 4), "a reshape keeps every number: 3 × 4 = 12, and 5 × 7 = 35; try -1, which gives all of them in one row"),
    "minus one is no whole number": ((5, -1), (3, 4), "a reshape keeps every number: 3 × 4 = 12, and -1 would be 12 / 5 = 2.4, not a whole number; try 4,-1"),
    "far too many": ((10**9, -1), (3, 4), "a reshape keeps every number: 3 × 4 = 12, and -1 would be 12 / 1000000000 = 1.2e-08, not a whole number; try 12,-1"),
    "two minus ones": ((-1, -1), (3, 4), "only one length can be -1, what is left over; received -1,-1"),
    "a negative length": ((-2, 3), (3, 4), "a length is 0 or more, or -1 for what is left over; received -2,3"),
    "to a scalar": ((), (3, 4), "a reshape keeps every number: 3 × 4 = 12, and () is 1; try -1, which gives all of them in one row"),
    "of a scalar": ((2,), (), "a reshape keeps every number: () is 1, and 2 is 2; try -1, which gives 1"),
    "of nothing": ((2, 2), (0, 3), "a reshape keeps every number: 0 × 3 = 0, and 2 × 2 = 4; try 2,-1, which gives 2,0"),
    "minus one beside nothing": ((0, -1), (0, 3), "-1 beside a length of 0 could be anything; received 0,-1"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_multiply_out_ends_in_words(case):
    asked, shape, message = BAD[case]
    with pytest.raises(EngineError) as refused:
        resolved_shape(asked, shape)
    assert str(refused.value) == message


def test_the_hint_is_found_at_once_whatever_the_size():
    with pytest.raises(EngineError, match=r"try 12000000,-1$|in one row$"):
        resolved_shape((7_999_993, -1), (12_000_017,))


@given(pairs())
def test_every_cell_is_where_numpy_puts_it(pair):
    before, after = pair
    x = np.arange(math.prod(before)).reshape(before)
    for cell, value in np.ndenumerate(x.reshape(after)):
        assert x[origin(cell, after, before)] == value


@given(pairs())
def test_an_axis_survives_when_every_cell_keeps_its_place_on_it(pair):
    before, after = (tuple(length for length in shape if length > 1) for shape in pair)
    x = np.indices(before)  # (axis, *before): the place of each cell on each axis
    y = np.indices(after)
    keeps = {
        axis: old
        for axis in range(len(after))
        for old in range(len(before))
        if before[old] == after[axis] and np.array_equal(x[old].reshape(after), y[axis])
    }
    assert surviving(before, after) == keeps


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ((2, 1, 3), (2, 1, 3), {0: 0, 1: 1, 2: 2}),
        ((3, 1), (1, 3), {1: 0}),
        ((1, 1, 4), (1, 4), {1: 2}),
        ((0, 3), (0, 3), {0: 0, 1: 1}),
        ((0, 3), (3, 0), {}),
        ((), (1,), {}),
        ((4, 6, 3), (4, 2, 3, 3), {0: 0, 3: 2}),
        ((1, 1, 4), (1, 1, 2, 2), {0: 0, 1: 1}),
    ],
)
def test_axes_of_one_and_of_no_cells(before, after, kept):
    assert surviving(before, after) == kept


def test_an_array_has_as_many_axes_and_numbers_as_numpy_allows():
    assert np.zeros(()).reshape(resolved_shape((1,) * 64, ())).ndim == 64
    with pytest.raises(EngineError, match=r"^an array has at most 64 axes; received 65$"):
        resolved_shape((1,) * 65, ())
    shape = resolved_shape((0, 2**59 - 1), (0,))
    assert np.zeros(0, np.complex128).reshape(shape).shape == shape
    with pytest.raises(EngineError, match=r"^no array can be as large as 0 × 576460752303423488 numbers"):
        resolved_shape((0, 2**59), (0,))


def test_shapes_are_written_as_they_are_typed():
    assert (written((3,)), written((3, -1)), written(())) == ("3", "3,-1", "()")
