import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.broadcast import AxisRule, broadcast_rule, broadcast_shape, origin, with_ones

TORCH = json.loads((Path(__file__).parents[2] / "data" / "torch_tensors.json").read_text())
SHAPES = st.lists(st.integers(0, 3), max_size=4).map(tuple)


def common(left, right):
    try:
        return broadcast_shape(left, right)
    except EngineError:
        return None


@pytest.mark.parametrize(("left", "right", "shape"), TORCH["broadcast"])
def test_common_shapes_are_torch_s(left, right, shape):
    assert common(left, right) == (None if shape is None else tuple(shape))


@given(SHAPES, SHAPES)
def test_common_shapes_are_numpy_s(left, right):
    try:
        expected = np.broadcast_shapes(left, right)
    except ValueError:
        expected = None
    assert common(left, right) == expected
    assert common(right, left) == expected


def test_the_rules_axis_by_axis_from_the_last():
    assert broadcast_rule((5, 2, 1, 3), (2, 4, 1)) == (
        AxisRule(-1, 3, 1, 3, "stretched", "right"),
        AxisRule(-2, 1, 4, 4, "stretched", "left"),
        AxisRule(-3, 2, 2, 2, "equal"),
        AxisRule(-4, 5, None, 5, "missing", "right"),
    )
    assert broadcast_rule((), (2,)) == (AxisRule(-1, None, 2, 2, "missing", "left"),)
    assert broadcast_rule((2,), (3,)) == (AxisRule(-1, 2, 3, None, "misfit"),)
    assert broadcast_rule((1,), (1,)) == (AxisRule(-1, 1, 1, 1, "equal"),)


def test_every_axis_that_does_not_fit_is_named():
    with pytest.raises(EngineError) as refused:
        broadcast_shape((3, 5, 4), (2, 5, 7))
    assert str(refused.value) == (
        "axis -1: 4 against 7, axis -3: 3 against 2: they must be equal or one of them 1"
    )


@given(SHAPES, SHAPES)
def test_every_cell_holds_the_number_it_came_from(left, right):
    shape = common(left, right)
    if shape is not None:
        x = np.arange(np.prod(left, dtype=int)).reshape(left)
        for cell, value in np.ndenumerate(np.broadcast_to(x, shape)):
            assert x[origin(cell, left)] == value


@given(SHAPES, SHAPES)
def test_lengths_of_one_help_or_nothing_is_offered(left, right):
    shape = with_ones(left, right)
    if shape is not None:
        assert common(left, right) is None
        assert common(shape, right) is not None
        assert [length for length in shape if length != 1] == [length for length in left if length != 1]
        assert len(shape) > len(left)


@pytest.mark.parametrize(
    ("left", "right", "shape"),
    [
        ((3,), (4,), (3, 1)),
        ((3,), (2, 4), (3, 1, 1)),
        ((2, 3), (5, 3), (2, 1, 3)),
        ((2, 3), (4, 5, 6), None),
        ((300, 451), (300, 451, 3), (300, 451, 1)),
        ((3, 1), (4,), None),
        ((5, 3), (3, 3), (5, 3, 1)),
    ],
)
def test_as_few_as_possible_and_as_far_back(left, right, shape):
    assert with_ones(left, right) == shape
