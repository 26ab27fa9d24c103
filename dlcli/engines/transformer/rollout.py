"""Attention rollout: how much of each token that came in is in each behind a layer, by attention alone."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError


def with_residual(weights: Array) -> Array:
    """The mean of the heads and the residual connection, half of each: (layer, T, T) of (layer, head, T, T).

    ½ A + ½ I: a token keeps itself, and adds what it took of others. Rows that add up to 1 still do.

    >>> with_residual(np.array([[[[0.0, 1.0], [1.0, 0.0]]]]))[0].tolist()
    [[0.5, 0.5], [0.5, 0.5]]

    Raises ``EngineError`` when queries and keys are not the same tokens.
    """
    if weights.ndim != 4 or weights.shape[2] != weights.shape[3] or not weights.size:
        raise EngineError(f"rollout is of weights (layer, head, token, token); received {weights.shape}")
    mean = weights.astype(np.float64).mean(axis=1)
    mixed = mean + np.eye(mean.shape[-1])
    found: Array = mixed / mixed.sum(axis=-1, keepdims=True)
    return found


def attention_rollout(weights: Array) -> Array:
    """R[l, i, j], the share of input token j in token i behind layer l: R_l = (½ A_l + ½ I) R_(l−1).

    ``weights`` (layer, head, T, T) are those of all layers; A_l is the mean over the heads of one. What the
    values and the feed-forward parts do to what is handed on is left out.

    >>> one = np.array([[[[0.0, 1.0], [0.0, 1.0]]]])
    >>> attention_rollout(np.concatenate([one, one])).tolist()
    [[[0.5, 0.5], [0.0, 1.0]], [[0.25, 0.75], [0.0, 1.0]]]

    Raises ``EngineError`` when queries and keys are not the same tokens.

    Source: Abnar and Zuidema, Quantifying attention flow in transformers, 2020, section 3.
    """
    mixed = with_residual(weights)
    rolled = [mixed[0]]
    for layer in mixed[1:]:
        rolled.append(layer @ rolled[-1])
    return np.stack(rolled)
