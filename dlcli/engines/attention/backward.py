"""The way back through attention: how a loss changes with queries, keys, values, mask and weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from dlcli.engines.attention.attention import Attended
from dlcli.engines.base.checks import Array
from dlcli.engines.tensors.softmax import softmax_backward


@dataclass(frozen=True)
class AttentionGradients:
    """Gradients at what went in, each of its shape, and ``bias`` (..., query, key) at a mask of numbers.

    ``similarity`` holds those at the weights of the similarity, by their names.
    """

    query: Array
    key: Array
    value: Array
    bias: Array
    similarity: Mapping[str, Array] = field(default_factory=dict)


def attention_backward(dy: Array, terms: Attended) -> AttentionGradients:
    """From ``dy`` (..., query, d_v) at the output back through shares, softmax, scale and similarity.

    A value receives the gradients of the outputs in the shares that it was given; a score grows when its
    value lies, more than the output does, in the direction of the gradient. A query that may look at nothing
    hands nothing back.

    >>> from dlcli.engines.attention.attention import attention
    >>> one = np.array([[1.0], [0.0]])
    >>> found = attention_backward(np.array([[1.0]]), attention(one[:1], 0 * one, one))
    >>> found.query, found.key.ravel(), found.value.ravel()
    (array([[0.]]), array([ 0.25, -0.25]), array([0.5, 0.5]))

    Source: Vaswani et al., Attention is all you need, 2017, equation 1, by the chain rule.
    """
    q, k, v, weights = terms.query, terms.key, terms.value, terms.weights
    dv = np.swapaxes(weights, -1, -2) @ dy  # (..., key, d_v)
    bias = softmax_backward(dy @ np.swapaxes(v, -1, -2), weights)  # (..., query, key)
    scaled = bias if terms.cap is None else bias * (1 - np.square(terms.capped / bias.dtype.type(terms.cap)))
    dq, dk, learnt = terms.similarity.backward(scaled * scaled.dtype.type(terms.scale), q, k)
    return AttentionGradients(
        sum_to_shape(dq, q),
        sum_over_groups(sum_to_shape(dk, k), terms.groups),
        sum_over_groups(sum_to_shape(dv, v), terms.groups),
        bias,
        learnt,
    )


def sum_to_shape(gradient: Array, x: Array) -> Array:
    """The gradient at ``x`` itself, where ``gradient`` is at ``x`` broadcast: the copies' gradients add up.

    >>> sum_to_shape(np.ones((3, 2, 4)), np.zeros((1, 4))).tolist()
    [[6.0, 6.0, 6.0, 6.0]]
    """
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - x.ndim)))
    stretched = tuple(i for i, n in enumerate(x.shape) if n == 1 and gradient.shape[i] != 1)
    return gradient.sum(axis=stretched, keepdims=True)


def sum_over_groups(gradient: Array, groups: int) -> Array:
    """The gradient at key heads, from that at each query head's copy (..., head, key, d) of them.

    >>> sum_over_groups(np.arange(4.0).reshape(4, 1, 1), 2).ravel()
    array([1., 5.])
    """
    if groups == 1:
        return gradient
    heads, *rest = gradient.shape[-3:]
    return gradient.reshape(*gradient.shape[:-3], heads // groups, groups, *rest).sum(axis=-3)
