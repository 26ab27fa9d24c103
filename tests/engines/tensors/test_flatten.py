import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.flatten import (
    divisions,
    flat_index,
    flatten,
    neighbour_difference,
    place_of,
    shuffle,
    strides,
)

SHAPES = st.lists(st.integers(1, 6), min_size=0, max_size=5).map(tuple)


def test_a_picture_of_two_by_two_pixels_by_hand():
    picture = np.array([[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]])
    assert flatten(picture).tolist() == list(range(1, 13))
    assert strides(picture.shape) == (6, 3, 1)
    assert flat_index((1, 0, 2), picture.shape) == (1 * 2 + 0) * 3 + 2 == 8
    assert place_of(8, picture.shape) == (1, 0, 2)


def test_columns_first_in_memory_are_still_read_row_by_row():
    assert flatten(np.asfortranarray([[1, 2], [3, 4]])).tolist() == [1, 2, 3, 4]
    assert flatten(np.array([[1, 2], [3, 4]]).T).tolist() == [1, 3, 2, 4]


#: torch 2.13: ``torch.arange(24).reshape(2, 3, 4).permute(2, 0, 1).flatten()``
TORCH = [0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23]


def test_the_order_is_torch_s():
    assert flatten(np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1)).tolist() == TORCH


@given(SHAPES, st.data())
def test_places_and_indices_are_numpy_s_and_lead_back(shape, data):
    index = data.draw(st.integers(0, math.prod(shape) - 1))
    place = place_of(index, shape)
    assert flat_index(place, shape) == index
    if shape:
        assert place == tuple(np.unravel_index(index, shape))
        assert np.ravel_multi_index(place, shape) == index
        assert flatten(np.arange(math.prod(shape)).reshape(shape))[index] == index
    assert sum(i * step for i, step in zip(place, strides(shape), strict=True)) == index


@given(SHAPES)
def test_strides_are_numpy_s(shape):
    assert [step * 8 for step in strides(shape)] == list(np.empty(shape).strides)


def test_every_division_is_true_and_starts_with_the_quotient_before():
    chain = divisions(1234, (5, 7, 11, 13))
    assert [(step.axis, step.length) for step in chain] == [(3, 13), (2, 11), (1, 7), (0, 5)]
    dividend = 1234
    for step in chain:
        assert step.dividend == dividend == step.quotient * step.length + step.remainder
        dividend = step.quotient
    assert dividend == 0


@pytest.mark.parametrize("place", [(2, 0), (0, 3), (-1, 0), (0,), (0, 0, 0)])
def test_a_cell_that_is_not_there_is_refused(place):
    with pytest.raises(EngineError, match=r"^a tensor of shape \(2, 3\) has no cell \("):
        flat_index(place, (2, 3))


@pytest.mark.parametrize("index", [-1, 6])
def test_an_index_that_is_not_there_is_refused(index):
    with pytest.raises(
        EngineError, match=rf"^a tensor of shape \(2, 3\) has 6 numbers and no index {index}$"
    ):
        place_of(index, (2, 3))


def test_nothing_and_a_single_number():
    assert flatten(np.zeros((0, 3))).shape == (0,)
    assert flatten(np.array(5.0)).tolist() == [5.0]
    assert (strides(()), flat_index((), ()), place_of(0, ())) == ((), 0, ())
    with pytest.raises(EngineError, match="no index 0"):
        place_of(0, (0, 3))


def test_a_shuffle_keeps_every_pixel_whole_and_repeats_by_its_generator():
    picture = np.random.default_rng(3).integers(0, 256, (9, 7, 3)).astype(np.uint8)
    first, again = (shuffle(picture, np.random.default_rng(5), depth=1) for _ in range(2))
    np.testing.assert_array_equal(first.picture, again.picture)
    assert not np.array_equal(first.picture, picture)
    pixels = sorted(map(tuple, picture.reshape(-1, 3).tolist()))
    assert sorted(map(tuple, first.picture.reshape(-1, 3).tolist())) == pixels
    assert (first.picture.dtype, first.picture.shape) == (picture.dtype, picture.shape)


def test_a_ramp_has_near_neighbours_until_it_is_shuffled():
    ramp = np.add.outer(np.arange(40), np.arange(50))
    found = shuffle(ramp, np.random.default_rng(0))
    assert found.before == 1
    assert found.after > 15


@pytest.mark.parametrize("shape", [(6, 5), (4, 5, 3), (1, 7), (3, 1, 2)])
@pytest.mark.parametrize("block", [1, 8, 1 << 20])
def test_neighbours_differ_as_plain_loops_say(shape, block, monkeypatch):
    monkeypatch.setattr(sys.modules[flatten.__module__], "BLOCK", block)
    x = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    found = neighbour_difference(x, (0, 1))
    differences = [np.abs(np.diff(x.astype(int), axis=axis)).ravel() for axis in (0, 1)]
    assert found == pytest.approx(np.concatenate(differences).mean(), rel=1e-12)


def test_neighbours_of_other_numbers():
    assert neighbour_difference(np.array([3 + 4j, 0]), (0,)) == 5
    assert neighbour_difference(np.array([True, False, False]), (0,)) == 0.5
    assert math.isnan(neighbour_difference(np.ones((1, 1)), (0, 1)))
    assert math.isnan(neighbour_difference(np.array([1, np.nan]), (0,)))


def test_a_single_number_has_nothing_to_shuffle():
    with pytest.raises(EngineError, match=r"^shuffle needs an axis beside the 0 that stay together"):
        shuffle(np.array(1), np.random.default_rng(0))
