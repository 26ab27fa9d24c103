"""Multi-head attention: several small attentions beside each other, each over features of its own.

Letters in the shapes: T queries, S keys, F features, H heads, D = F / H features of one head.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dlcli.engines.checks import Array, EngineError
from dlcli.engines.dense import DenseWeights, dense, dense_backward
from dlcli.engines.softmax import softmax, softmax_backward


@dataclass(frozen=True)
class MultiHeadWeights:
    """The dense layers that make queries, keys and values, and the one that mixes what the heads found.

    Columns of the first three are the heads' features, head by head.
    """

    query: DenseWeights
    key: DenseWeights
    value: DenseWeights
    output: DenseWeights


@dataclass(frozen=True)
class MultiHead:
    """Every number on the way.

    ``query`` (H, T, D), ``key`` and ``value`` (H, S, D); ``scaled`` (H, T, S) the scores divided by sqrt(D),
    -inf where a query may not look; ``weights`` (H, T, S) their softmax; ``joined`` (T, F) what the heads
    found, side by side; ``output`` (T, F).
    """

    query: Array
    key: Array
    value: Array
    scaled: Array
    weights: Array
    joined: Array
    output: Array


def multi_head_attention(
    x: Array, memory: Array, weights: MultiHeadWeights, heads: int, *, causal: bool = False
) -> MultiHead:
    """Tokens look at tokens: x (..., T, F) at memory (..., S, F), which may be x itself.

    With ``causal`` token t sees only tokens up to t.

    Raises ``EngineError`` when the heads do not divide the features, or widths do not fit.

    Source: Vaswani et al., Attention is all you need, 2017, section 3.2.2.
    """
    query, key, value = (
        split_heads(dense(tokens, layer), heads)
        for tokens, layer in ((x, weights.query), (memory, weights.key), (memory, weights.value))
    )
    return attend(query, key, value, weights, causal=causal)


def attend(
    query: Array, key: Array, value: Array, weights: MultiHeadWeights, *, causal: bool = False
) -> MultiHead:
    """The attention of heads that are already there: query (..., H, T, D), key and value (..., H, S, D)."""
    scaled = query @ key.swapaxes(-1, -2)  # (..., H, T, S)
    scaled /= scaled.dtype.type(math.sqrt(query.shape[-1]))
    if causal:
        scaled[..., np.triu(np.ones(scaled.shape[-2:], bool), 1)] = -np.inf
    shares = softmax(scaled)
    joined = join_heads(shares @ value)  # (..., T, F)
    return MultiHead(query, key, value, scaled, shares, joined, dense(joined, weights.output))


def split_heads(x: Array, heads: int) -> Array:
    """Features (..., T, F) as those of each head (..., H, T, F / H).

    >>> split_heads(np.arange(4).reshape(1, 4), 2).tolist()
    [[[0, 1]], [[2, 3]]]
    """
    if heads < 1 or x.shape[-1] % heads:
        raise EngineError(f"{heads} heads do not divide {x.shape[-1]} features evenly")
    return x.reshape(*x.shape[:-1], heads, -1).swapaxes(-3, -2)


def join_heads(x: Array) -> Array:
    """The inverse of ``split_heads``: (..., H, T, D) as (..., T, H D)."""
    x = x.swapaxes(-3, -2)
    return x.reshape(*x.shape[:-2], -1)


def multi_head_backward(
    dy: Array, x: Array, memory: Array, terms: MultiHead, weights: MultiHeadWeights
) -> tuple[Array, Array, MultiHeadWeights]:
    """The gradients at x, at memory, and at all weights, from ``dy`` at the output (..., T, F).

    Where memory is x itself, the gradient there is the sum of the first two.
    """
    heads = terms.query.shape[-3]
    djoined, output = dense_backward(dy, terms.joined, weights.output)
    dheads = split_heads(djoined, heads)
    dvalue = terms.weights.swapaxes(-1, -2) @ dheads
    dscaled = softmax_backward(dheads @ terms.value.swapaxes(-1, -2), terms.weights)
    dscaled = dscaled / dy.dtype.type(math.sqrt(terms.query.shape[-1]))
    dx, query = dense_backward(join_heads(dscaled @ terms.key), x, weights.query)
    dkey, key = dense_backward(join_heads(dscaled.swapaxes(-1, -2) @ terms.query), memory, weights.key)
    dvalue, value = dense_backward(join_heads(dvalue), memory, weights.value)
    return dx, dkey + dvalue, MultiHeadWeights(query, key, value, output)
