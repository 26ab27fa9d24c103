"""Transformer blocks before any training: weights drawn at random."""

from __future__ import annotations

import numpy as np

from dlcli.engines.attention.heads import MultiHeadWeights
from dlcli.engines.attention.random_weights import random_heads
from dlcli.engines.tensors.dense import DenseWeights
from dlcli.engines.tensors.initializers import glorot_uniform
from dlcli.engines.transformer.blocks import BlockWeights
from dlcli.engines.transformer.feed_forward import FeedForwardWeights
from dlcli.engines.transformer.layer_norm import NormWeights


def random_layers(
    generator: np.random.Generator, layers: int, features: int, hidden: int, *, memory: bool = False
) -> list[BlockWeights]:
    """The weights of so many blocks (float64); with ``memory`` those of a decoder's.

    Kernels are ``glorot_uniform``, biases 0, gains 1.

    >>> (one,) = random_layers(np.random.default_rng(0), 1, 4, 8)
    >>> one.feed_forward.widen.kernel.shape, len(one.norms), one.memory
    ((4, 8), 2, None)
    """

    def layer(inputs: int, outputs: int) -> DenseWeights:
        return DenseWeights(glorot_uniform(generator, inputs, outputs), np.zeros(outputs))

    def attention() -> MultiHeadWeights:
        return random_heads(generator, features, features, features)

    norm = NormWeights(np.ones(features), np.zeros(features))
    return [
        BlockWeights(
            attention=attention(),
            feed_forward=FeedForwardWeights(layer(features, hidden), layer(hidden, features)),
            norms=(norm,) * (3 if memory else 2),
            memory=attention() if memory else None,
        )
        for _ in range(layers)
    ]
