import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.transpose import origin, transpose

TORCH = json.loads((Path(__file__).parents[2] / "data" / "torch_tensors.json").read_text())


@pytest.mark.parametrize("order", TORCH["permute"])
def test_orders_are_torch_s(order):
    x = np.arange(24).reshape(2, 3, 4)
    assert transpose(x, tuple(map(int, order.split(",")))).tolist() == TORCH["permute"][order]


@given(st.permutations(range(4)))
def test_every_number_keeps_its_place_on_each_axis(order):
    x = np.arange(2 * 3 * 1 * 4).reshape(2, 3, 1, 4)
    y = transpose(x, order)
    np.testing.assert_array_equal(y, np.transpose(x, order))
    for cell, value in np.ndenumerate(y):
        assert x[origin(cell, order)] == value


def test_nothing_is_moved():
    x = np.arange(6).reshape(2, 3)
    assert np.shares_memory(transpose(x, (1, 0)), x)
    assert transpose(np.array(5), ()).shape == ()


@pytest.mark.parametrize("order", [(0,), (0, 0), (0, 1, 2), (1, 2), (-1, 0)])
def test_an_order_names_each_axis_once(order):
    with pytest.raises(EngineError, match=r"^a transpose names each of the 2 axes once; received "):
        transpose(np.zeros((2, 3)), order)
