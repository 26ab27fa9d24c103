"""The feed-forward part of a transformer block: two dense layers, applied to every token by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, compute_dtype
from dlcli.engines.tensors.activations import ACTIVATIONS
from dlcli.engines.tensors.dense import DenseWeights, dense, dense_backward
from dlcli.engines.transformer.gelu_fast import gelu_fast


@dataclass(frozen=True)
class FeedForwardWeights:
    """The dense layer that widens (feature -> hidden) and the one that narrows again (hidden -> feature)."""

    widen: DenseWeights
    narrow: DenseWeights


@dataclass(frozen=True)
class FeedForward:
    """Every number on the way: ``sums`` and ``hidden`` (..., hidden) before and after the activation."""

    sums: Array
    hidden: Array
    output: Array


def feed_forward(x: Array, weights: FeedForwardWeights, activation: str = "relu") -> FeedForward:
    """activation(x W1 + b1) W2 + b2, the same for every token.

    Parameters
    ----------
    x : array (..., feature), real
    activation : str
        A name in ``ACTIVATIONS``: relu as in the first transformer, gelu as in BERT.

    Raises ``EngineError`` for an unknown activation and for widths that do not fit.

    >>> one = DenseWeights(np.array([[1.0, -1.0]]), np.zeros(2))
    >>> two = DenseWeights(np.array([[10.0], [1.0]]), np.array([0.5]))
    >>> terms = feed_forward(np.array([[2.0], [-2.0]]), FeedForwardWeights(one, two))
    >>> terms.hidden.tolist(), terms.output.ravel().tolist()
    ([[2.0, 0.0], [0.0, 2.0]], [20.5, 2.5])

    Source: Vaswani et al., Attention is all you need, 2017, equation 2.
    """
    if activation not in ACTIVATIONS:
        raise EngineError(f"there is no activation {activation!r}; try one of {', '.join(ACTIVATIONS)}")
    x = x.astype(compute_dtype(x), copy=False)
    sums = dense(x, weights.widen)
    fast = activation == "gelu" and sums.dtype == np.float32
    hidden = gelu_fast(sums) if fast else ACTIVATIONS[activation].function(sums)
    return FeedForward(sums, hidden, dense(hidden, weights.narrow))


def feed_forward_backward(
    dy: Array, x: Array, terms: FeedForward, weights: FeedForwardWeights, activation: str = "relu"
) -> tuple[Array, FeedForwardWeights]:
    """The gradient at x and those at all weights, from ``dy`` at the output (..., feature).

    >>> same = DenseWeights(np.eye(2), np.zeros(2))
    >>> x, weights = np.array([[3.0, -4.0]]), FeedForwardWeights(same, same)
    >>> feed_forward_backward(np.array([[1.0, 1.0]]), x, feed_forward(x, weights), weights)[0]
    array([[1., 0.]])
    """
    dhidden, narrow = dense_backward(dy, terms.hidden, weights.narrow)
    dsums = dhidden * ACTIVATIONS[activation].derivative(terms.sums)
    dx, widen = dense_backward(dsums, x, weights.widen)
    return dx, FeedForwardWeights(widen, narrow)
