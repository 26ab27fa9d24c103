"""Dropout: against its definition, by its statistics, forward and back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.dropout import (
    CHUNK,
    average,
    draw_mask,
    draws,
    dropout,
    dropout_backward,
    dropout_plain,
    expected_distance,
    mask_shape,
)

SIX_SIGMA = 6  # a normal number is further off with a probability of 2e-9


@given(
    seed=st.integers(0, 1000),
    rate=st.floats(0, 1),
    shape=st.lists(st.integers(1, 5), max_size=3).map(tuple),
    dtype=st.sampled_from(["f4", "f8", "c8", "c16"]),
)
def test_it_is_its_definition(seed: int, rate: float, shape: tuple[int, ...], dtype: str) -> None:
    x = np.asarray(np.random.default_rng(seed).standard_normal(shape), dtype)
    y, mask = dropout(x, rate, np.random.default_rng(seed))
    u = draws(shape, np.random.default_rng(seed))
    assert (y.dtype, mask.dtype, mask.shape) == (x.dtype, bool, x.shape)
    np.testing.assert_array_equal(mask, u >= np.float32(rate))
    np.testing.assert_allclose(y, dropout_plain(x, rate, np.where(mask, 1.0, -1)), rtol=1e-6)


@pytest.mark.parametrize("shape", [(CHUNK - 1,), (CHUNK + 1,), (3, CHUNK)])
def test_a_mask_drawn_in_parts_is_that_of_all_draws(shape: tuple[int, ...]) -> None:
    whole = draws(shape, np.random.default_rng(5))
    first, second = np.random.default_rng(5), np.random.default_rng(5)
    np.testing.assert_array_equal(draw_mask(shape, 0.3, first), whole >= np.float32(0.3))
    draws(shape, second)
    assert first.random() == second.random()


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_so_many_are_dropped_and_the_mean_stays(rate: float) -> None:
    """Each bound is six standard deviations wide: a right engine fails with a probability below 1e-8."""
    x, count = np.full(200_000, 3.0, np.float32), 200_000
    y, mask = dropout(x, rate, np.random.default_rng(1))
    spread = math.sqrt(rate * (1 - rate) / count)
    assert abs(mask.mean() - (1 - rate)) < SIX_SIGMA * spread
    assert abs(y.mean(dtype=np.float64) - 3) < SIX_SIGMA * 3 * spread / (1 - rate)
    neighbours = np.mean(mask[1:] & mask[:-1])
    assert abs(neighbours - (1 - rate) ** 2) < SIX_SIGMA * math.sqrt(3 * rate / count)


def test_rates_at_the_ends() -> None:
    x = np.array([1.0, np.inf, np.nan, -2])
    for seed in range(20):
        np.testing.assert_array_equal(dropout(x, 0, np.random.default_rng(seed))[0], x)
        np.testing.assert_array_equal(dropout(x, 1, np.random.default_rng(seed))[0], np.zeros(4))


def test_nothing_is_left_of_an_infinity_that_is_dropped() -> None:
    y, mask = dropout(np.full(100, np.inf), 0.5, np.random.default_rng(0))
    assert set(y[mask]) == {np.inf}
    assert set(y[~mask]) == {0.0}


def test_the_same_seed_drops_the_same_and_the_next_draw_others() -> None:
    generator, x = np.random.default_rng(3), np.ones(64)
    first, second = (dropout(x, 0.5, generator)[1] for _ in range(2))
    np.testing.assert_array_equal(first, dropout(x, 0.5, np.random.default_rng(3))[1])
    assert (first != second).any()
    assert (first != dropout(x, 0.5, np.random.default_rng(4))[1]).any()


@pytest.mark.parametrize(("dtype", "result"), [("u1", "f4"), ("?", "f4"), ("i8", "f8"), ("f2", "f4")])
def test_precision(dtype: str, result: str) -> None:
    assert dropout(np.ones(3, dtype), 0.5, np.random.default_rng(0))[0].dtype == np.dtype(result)


def test_axes_that_share_their_draws() -> None:
    """Keras' SpatialDropout2D: a channel of a picture stays or goes as a whole."""
    x = np.ones((40, 5, 6, 7), np.float32)
    y, mask = dropout(x, 0.5, np.random.default_rng(0), per=(0, 3))
    assert mask.shape == (40, 1, 1, 7)
    np.testing.assert_array_equal(y, np.broadcast_to(np.where(mask, 2, 0), x.shape))
    assert 0 < mask.sum() < mask.size


def test_backward_against_central_differences() -> None:
    rng = np.random.default_rng(0)
    x, dy, rate = rng.standard_normal((4, 5)), rng.standard_normal((4, 5)), 0.4
    mask = dropout(x, rate, np.random.default_rng(7))[1]
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[i] = 1e-6
        high, low = (dropout(x + sign * step, rate, np.random.default_rng(7))[0] for sign in (1, -1))
        gradient[i] = ((high - low) * dy).sum() / 2e-6
    np.testing.assert_allclose(dropout_backward(dy, mask, rate), gradient, atol=1e-9)


def test_backward_is_what_torch_gives_for_its_own_mask() -> None:
    """y = x m / (1 - p) of torch.nn.Dropout (its documentation): the gradient of its sum is m / (1 - p)."""
    mask = np.array([[True, False], [False, True]])
    np.testing.assert_array_equal(dropout_backward(np.ones((2, 2)), mask, 0.75), [[4, 0], [0, 4]])
    shared = dropout_backward(np.ones((2, 2)), np.array([[True, False]]), 0.5)
    np.testing.assert_array_equal(shared, [[2, 0], [2, 0]])


def test_the_mean_of_many_masks() -> None:
    x = np.array([[1.0, -2], [3, 4]])
    found = average(x, 0.25, np.random.default_rng(0), 5)
    masks = [dropout(x, 0.25, generator)[0] for generator in [np.random.default_rng(0)] for _ in range(5)]
    np.testing.assert_allclose(found.mean, np.mean(masks, axis=0), rtol=1e-12)
    assert found.sizes == (1, 2, 4, 5)
    by_hand = [math.sqrt(np.square(np.mean(masks[:n], axis=0) - x).mean()) for n in found.sizes]
    np.testing.assert_allclose(found.distances, by_hand, rtol=1e-12)


def test_the_mean_comes_nearer_as_expected() -> None:
    """The mean square over 10^5 units is within six of its standard deviations, sqrt(2 / 10^5), and margin."""
    x = np.random.default_rng(2).standard_normal(100_000)
    for rate in (0.2, 0.8):
        found = average(x, rate, np.random.default_rng(0), 64)
        for size, distance in zip(found.sizes, found.distances, strict=True):
            assert distance == pytest.approx(expected_distance(x, rate, size), rel=0.05)
    assert expected_distance(x, 1, 10) == pytest.approx(np.sqrt(np.square(x).mean()))
    assert average(x, 1, np.random.default_rng(0), 3).distances[-1] == pytest.approx(
        expected_distance(x, 1, 3)
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dropout(np.ones(3), 1.5, np.random.default_rng()), "rate expects a probability from 0 to 1; received 1.5"),
        (lambda: dropout(np.ones(3), math.nan, np.random.default_rng()), "rate expects a probability from 0 to 1; received nan"),
        (lambda: average(np.ones(3), -0.1, np.random.default_rng(), 2), "rate expects a probability from 0 to 1; received -0.1"),
        (lambda: mask_shape((2, 3), (2,)), "per expects axes from 0 to 1; received 2"),
        (lambda: dropout_backward(np.ones((2, 3)), np.ones((3, 3), bool), 0.5), "the mask expects booleans that dy (2, 3) can be broadcast with; received bool (3, 3)"),
        (lambda: dropout_backward(np.ones((2, 3)), np.ones((2, 3)), 0.5), "the mask expects booleans that dy (2, 3) can be broadcast with; received float64 (2, 3)"),
    ],
    ids=["rate", "nan", "rate of an average", "axis", "shape of the mask", "dtype of the mask"],
)  # fmt: skip
def test_what_does_not_fit(call: Any, message: str) -> None:
    with pytest.raises(EngineError) as refused:
        call()
    assert str(refused.value) == message
