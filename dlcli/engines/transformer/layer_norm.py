"""Layer normalisation: each token's features get mean 0 and variance 1, then a gain and a bias each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, compute_dtype

#: What is added to the variance unless it is said, as in PyTorch.
EPS = 1e-5


@dataclass(frozen=True)
class NormWeights:
    """What each feature is multiplied by and what is added to it then: both (feature,)."""

    gain: Array
    bias: Array


@dataclass(frozen=True)
class LayerNorm:
    """Every number on the way: ``mean`` and ``deviation`` (..., 1), the others shaped like the input.

    ``deviation`` is sqrt(variance + eps); ``normalised`` what is there before the gain and the bias.
    """

    mean: Array
    deviation: Array
    normalised: Array
    output: Array


def layer_norm_plain(x: Array, gain: Array, bias: Array, eps: float = EPS) -> Array:
    """The definition for one token: (x - mean) / sqrt(var + eps) * gain + bias.

    >>> layer_norm_plain(np.array([1.0, 3.0]), np.array([1.0, 10.0]), np.array([0.0, 5.0]), 0.0)
    array([-1., 15.])
    """
    mean = x.sum() / x.size
    variance = ((x - mean) ** 2).sum() / x.size
    return (x - mean) / math.sqrt(variance + eps) * gain + bias


def layer_norm(x: Array, weights: NormWeights, eps: float = EPS) -> LayerNorm:
    """Normalise along the last axis: y[..., f] = (x[..., f] - mean) / sqrt(var + eps) * gain[f] + bias[f].

    Mean and variance (the mean square distance from it) are those of one token's features, so that a token's
    result depends on no other token and on no other sentence.

    Parameters
    ----------
    x : array (..., feature), real
    weights : NormWeights
        Gain and bias (feature,).
    eps : float
        At least 0; keeps the division possible where all features are alike.

    Raises ``EngineError`` when gain and bias have another length than the features, or eps is below 0.

    >>> ones = NormWeights(np.ones(2), np.zeros(2))
    >>> terms = layer_norm(np.array([[1.0, 3.0], [10.0, 30.0]]), ones, 0.0)
    >>> terms.mean.ravel(), terms.deviation.ravel(), terms.output.tolist()
    (array([ 2., 20.]), array([ 1., 10.]), [[-1.0, 1.0], [-1.0, 1.0]])

    Source: Ba, Kiros and Hinton, Layer normalization, 2016, equations 3 and 4.
    """
    dtype = compute_dtype(x)
    if dtype.kind == "c":
        raise EngineError(f"layer norm is not defined for complex numbers; received {x.dtype}")
    width = x.shape[-1] if x.ndim else 0
    if width == 0:
        raise EngineError(f"layer norm needs features along the last axis; received shape {x.shape}")
    for name, array in (("gain", weights.gain), ("bias", weights.bias)):
        if array.shape != (width,):
            raise EngineError(
                f"the {name} of a layer norm over {width} features has shape ({width},); "
                f"received {array.shape}"
            )
    if not eps >= 0:
        raise EngineError(f"eps expects a number from 0 on; received {eps}")
    x = x.astype(dtype, copy=False)
    mean = x.mean(axis=-1, keepdims=True)
    normalised = x - mean
    variance = np.einsum("...f,...f->...", normalised, normalised)[..., None] / dtype.type(width)
    deviation = np.sqrt(variance + dtype.type(eps))
    with np.errstate(invalid="ignore", divide="ignore"):
        normalised /= deviation
    output = normalised * weights.gain.astype(dtype, copy=False)
    output += weights.bias.astype(dtype, copy=False)
    return LayerNorm(mean, deviation, normalised, output)


def layer_norm_backward(dy: Array, terms: LayerNorm, weights: NormWeights) -> tuple[Array, Array, Array]:
    """The gradients at x, gain and bias, from ``dy`` at the output (..., feature).

    With g = dy * gain and n the normalised input, dx = (g - mean(g) - n mean(g n)) / deviation: what would
    shift all features alike, or stretch them all alike, is taken away again by the norm.

    >>> one = NormWeights(np.ones(3), np.zeros(3))
    >>> terms = layer_norm(np.array([[1.0, 2.0, 6.0]]), one)
    >>> dx, dgain, dbias = layer_norm_backward(np.array([[1.0, 1.0, 1.0]]), terms, one)
    >>> bool(abs(dx).max() < 1e-12), dbias
    (True, array([1., 1., 1.]))

    Source: Ba, Kiros and Hinton, 2016, by the chain rule.
    """
    g = dy * weights.gain.astype(dy.dtype, copy=False)
    n = terms.normalised
    dx = g - g.mean(axis=-1, keepdims=True) - n * (g * n).mean(axis=-1, keepdims=True)
    others = tuple(range(dy.ndim - 1))
    return dx / terms.deviation, (dy * n).sum(axis=others), dy.sum(axis=others)
