"""Dense layers and the feed-forward part: shapes, gradients, and the quick GELU beside the exact one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.activations import ACTIVATIONS, gelu
from dlcli.engines.tensors.dense import DenseWeights, dense, dense_backward
from dlcli.engines.transformer.feed_forward import FeedForwardWeights, feed_forward, feed_forward_backward
from dlcli.engines.transformer.gelu_fast import EDGE, gelu_fast

RNG = np.random.default_rng(2)
WEIGHTS = FeedForwardWeights(
    DenseWeights(RNG.normal(size=(4, 6)), RNG.normal(size=6)),
    DenseWeights(RNG.normal(size=(6, 4)), RNG.normal(size=4)),
)
X = RNG.normal(size=(2, 3, 4))


def test_a_dense_layer_is_a_sum_of_products() -> None:
    layer = WEIGHTS.widen
    found = dense(X, layer)
    for place in np.ndindex(found.shape):
        total = sum(X[(*place[:2], i)] * layer.kernel[i, place[2]] for i in range(4)) + layer.bias[place[2]]
        assert found[place] == pytest.approx(total, abs=1e-13)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_equal_central_differences(activation: str) -> None:
    dy = RNG.normal(size=X.shape)

    def loss(x: np.ndarray, weights: FeedForwardWeights = WEIGHTS) -> float:  # type: ignore[type-arg]
        return float((feed_forward(x, weights, activation).output * dy).sum())

    dx, at = feed_forward_backward(dy, X, feed_forward(X, WEIGHTS, activation), WEIGHTS, activation)
    step = np.zeros_like(X)
    for place in [(0, 0, 0), (1, 2, 3), (0, 1, 2)]:
        step[:] = 0
        step[place] = 1e-6
        assert dx[place] == pytest.approx((loss(X + step) - loss(X - step)) / 2e-6, rel=1e-5, abs=1e-7)
    moved = WEIGHTS.widen.kernel.copy()
    moved[2, 3] += 1e-6
    up = FeedForwardWeights(DenseWeights(moved, WEIGHTS.widen.bias), WEIGHTS.narrow)
    assert at.widen.kernel[2, 3] == pytest.approx((loss(X, up) - loss(X)) / 1e-6, rel=1e-3, abs=1e-4)


def test_gradients_of_a_dense_layer_sum_over_all_tokens() -> None:
    dy = RNG.normal(size=(2, 3, 6))
    dx, at = dense_backward(dy, X, WEIGHTS.widen)
    np.testing.assert_allclose(dx, np.einsum("bto,io->bti", dy, WEIGHTS.widen.kernel), atol=1e-13)
    np.testing.assert_allclose(at.kernel, np.einsum("bti,bto->io", X, dy), atol=1e-13)
    np.testing.assert_allclose(at.bias, dy.sum(axis=(0, 1)), atol=1e-13)


def test_the_quick_gelu_equals_the_exact_one() -> None:
    x = np.concatenate([np.linspace(-12, 12, 400_001), [0.0, -0.0, 1e30, -1e30, EDGE, -EDGE]]).astype(
        np.float32
    )
    wanted = x.astype(np.float64) * ndtr(x.astype(np.float64))
    off = np.abs(gelu_fast(x) - wanted) / np.maximum(1, np.abs(wanted))
    assert off.max() < 6e-7
    np.testing.assert_allclose(gelu(x.astype(np.float64)), wanted, atol=1e-14)


def test_the_quick_gelu_at_the_ends_of_the_line() -> None:
    found = gelu_fast(np.array([np.inf, -np.inf, np.nan], np.float32))
    assert found[0] == np.inf
    assert abs(found[1]) < 2e-7
    assert np.isnan(found[2])
    assert gelu_fast(np.zeros((0, 3), np.float32)).shape == (0, 3)
    assert gelu_fast(np.ones((3, 4), np.float32).T).shape == (4, 3)


@pytest.mark.parametrize("activation", ["gelu", "relu"])
def test_single_precision_is_near_double(activation: str) -> None:
    single = feed_forward(X.astype(np.float32), WEIGHTS, activation)
    assert single.output.dtype == np.float32
    np.testing.assert_allclose(single.output, feed_forward(X, WEIGHTS, activation).output, atol=1e-5)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(EngineError, match="there is no activation 'swish'; try one of"):
        feed_forward(X, WEIGHTS, "swish")
    with pytest.raises(EngineError, match=r"kernel \(4, 6\) takes 4 features; received shape \(2, 3\)"):
        dense(np.ones((2, 3)), WEIGHTS.widen)
