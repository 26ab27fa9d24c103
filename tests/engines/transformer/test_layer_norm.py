"""Layer norm against its definition, its properties, and autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from autograd import grad
from autograd import numpy as anp

from dlcli.engines.base.checks import EngineError
from dlcli.engines.transformer.layer_norm import (
    NormWeights,
    layer_norm,
    layer_norm_backward,
    layer_norm_plain,
)

RNG = np.random.default_rng(0)
X = RNG.normal(3, 5, (2, 4, 7))
WEIGHTS = NormWeights(RNG.normal(1, 0.5, 7), RNG.normal(size=7))


@pytest.mark.parametrize(("dtype", "off"), [(np.float64, 1e-14), (np.float32, 2e-6)])
def test_equals_the_definition(dtype: type, off: float) -> None:
    found = layer_norm(X.astype(dtype), WEIGHTS)
    assert found.output.dtype == dtype
    for place in np.ndindex(2, 4):
        plain = layer_norm_plain(X[place], WEIGHTS.gain, WEIGHTS.bias)
        np.testing.assert_allclose(found.output[place], plain, atol=off)


def test_mean_0_and_variance_1_whatever_the_shift_and_the_scale() -> None:
    ones = NormWeights(np.ones(7), np.zeros(7))
    found = layer_norm(X, ones, 0.0)
    np.testing.assert_allclose(found.output.mean(axis=-1), 0, atol=1e-14)
    np.testing.assert_allclose(found.output.var(axis=-1), 1, atol=1e-13)
    np.testing.assert_allclose(layer_norm(30 * X - 9, ones, 0.0).output, found.output, atol=1e-12)
    np.testing.assert_array_equal(found.mean[..., 0], X.mean(axis=-1))


def test_features_that_are_all_alike_become_the_bias() -> None:
    found = layer_norm(np.full((1, 7), 4.0), WEIGHTS)
    np.testing.assert_array_equal(found.output[0], WEIGHTS.bias)
    assert np.isnan(layer_norm(np.full((1, 7), 4.0), WEIGHTS, 0.0).output).all()


def test_gradients_equal_autograds() -> None:
    dy = RNG.normal(size=X.shape)

    def loss(x: Any, gain: Any, bias: Any) -> Any:
        mean = anp.mean(x, axis=-1, keepdims=True)
        variance = anp.mean((x - mean) ** 2, axis=-1, keepdims=True)
        return anp.sum(((x - mean) / anp.sqrt(variance + 1e-5) * gain + bias) * dy)

    terms = layer_norm(X, WEIGHTS)
    found = layer_norm_backward(dy, terms, WEIGHTS)
    for place, gradient in enumerate(found):
        wanted = grad(loss, place)(X, WEIGHTS.gain, WEIGHTS.bias)
        np.testing.assert_allclose(gradient, wanted, atol=1e-12)


@pytest.mark.parametrize(
    ("x", "weights", "eps", "told"),
    [
        (
            X,
            NormWeights(np.ones(6), np.zeros(7)),
            0,
            r"the gain of a layer norm over 7 features has shape \(7,\); received \(6,\)",
        ),
        (X, NormWeights(np.ones(7), np.zeros((7, 1))), 0, r"the bias .* received \(7, 1\)"),
        (X, WEIGHTS, -1.0, "eps expects a number from 0 on; received -1"),
        (X, WEIGHTS, np.nan, "eps expects a number from 0 on; received nan"),
        (X + 1j, WEIGHTS, 0, "not defined for complex numbers"),
        (np.array(3.0), WEIGHTS, 0, r"along the last axis; received shape \(\)"),
        (np.ones((3, 0)), WEIGHTS, 0, r"along the last axis; received shape \(3, 0\)"),
    ],
)
def test_what_cannot_be_is_refused(x: Any, weights: NormWeights, eps: float, told: str) -> None:
    with pytest.raises(EngineError, match=told):
        layer_norm(x, weights, eps)
