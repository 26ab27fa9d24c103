"""A sentence as one vector, and how near two sentences are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.tensors.activations import ACTIVATIONS
from dlcli.engines.tensors.dense import DenseWeights, dense

#: How the tokens of a sentence become one vector.
POOLINGS = ("mean", "cls", "max")


def sentence_vector(
    states: Array,
    pooling: str = "mean",
    layers: Sequence[tuple[DenseWeights, str]] = (),
    *,
    normalize: bool = True,
) -> Array:
    """The tokens (T, F) of a sentence as a vector (F,), of length 1 unless it is not to ``normalize``.

    ``pooling`` takes their mean, the first of them ([CLS]), or the largest number of each feature. ``layers``
    are dense layers that the vector goes through then, each with its activation, a name in ``ACTIVATIONS``.
    A vector of zeros stays one. Raises ``EngineError`` for another pooling, when there is no token, and for
    widths that do not fit.

    >>> sentence_vector(np.array([[1.0, 0.0], [5.0, 8.0]]))
    array([0.6, 0.8])
    >>> sentence_vector(np.array([[1.0, 0.0], [5.0, 8.0]]), normalize=False)
    array([3., 4.])

    Source: Reimers and Gurevych, Sentence-BERT, 2019, section 3.
    """
    if pooling not in POOLINGS:
        raise EngineError(f"pooling is one of {', '.join(POOLINGS)}; received {pooling!r}")
    if states.ndim != 2 or not len(states):
        raise EngineError(f"a sentence has tokens (token, feature), at least one; received {states.shape}")
    pooled: Array = {"mean": states.mean(axis=0), "cls": states[0], "max": states.max(axis=0)}[pooling]
    for weights, activation in layers:
        pooled = ACTIVATIONS[activation].function(dense(pooled, weights))
    return unit_vectors(pooled) if normalize else pooled


def unit_vectors(vectors: Array) -> Array:
    """Vectors (…, F) divided by their lengths; those of zeros stay.

    >>> unit_vectors(np.array([[3.0, 4.0], [0.0, 0.0]]))
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    sizes = np.sqrt(np.square(vectors).sum(axis=-1, keepdims=True))
    return np.divide(vectors, sizes, out=np.zeros_like(vectors), where=sizes > 0)


def cosine_similarity(vectors: Array) -> Array:
    """How near vectors (N, F) are to each other (N, N): 1 for the same direction, 0 for a right angle.

    >>> cosine_similarity(np.array([[3.0, 0.0], [0.0, 2.0], [1.0, 1.0]])).round(4).tolist()
    [[1.0, 0.0, 0.7071], [0.0, 1.0, 0.7071], [0.7071, 0.7071, 1.0]]
    """
    units = unit_vectors(vectors)
    near: Array = units @ units.T
    return near.clip(-1, 1)
