"""The weights of an attention before any training: its matrices, and those of a similarity."""

from __future__ import annotations

import numpy as np

from dlcli.engines.attention.heads import MultiHeadWeights, even
from dlcli.engines.attention.similarities import Additive, General, Similarity
from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.dense import DenseWeights
from dlcli.engines.tensors.initializers import glorot_uniform


def random_heads(
    generator: np.random.Generator,
    query: int,
    key: int,
    value: int,
    heads: int = 1,
    key_heads: int | None = None,
) -> MultiHeadWeights:
    """Layers for queries, keys and values of these widths, each to the queries' width, and for the output.

    With fewer ``key_heads`` than ``heads`` those of keys and values are narrower in the same measure.
    Kernels are those of ``glorot_uniform``, biases 0.

    >>> drawn = random_heads(np.random.default_rng(0), 4, 3, 2)
    >>> drawn.key.kernel.shape, drawn.value.kernel.shape, drawn.output.kernel.shape
    ((3, 4), (2, 4), (4, 4))

    Raises ``EngineError`` when the heads do not divide the features of the queries.

    Source: Vaswani et al., Attention is all you need, 2017, section 3.2.2, for the layers; Ainslie et al.,
    GQA, 2023, for key heads.
    """
    shared = query
    if key_heads is not None:
        if query % heads:
            raise EngineError(f"{heads} heads do not divide {query} features evenly; {even(heads, query)}")
        shared = query // heads * key_heads
    widths = ((query, query), (key, shared), (value, shared), (query, query))
    layers = (DenseWeights(glorot_uniform(generator, into, out), np.zeros(out)) for into, out in widths)
    return MultiHeadWeights(*layers, key_heads=key_heads)


def random_similarity(generator: np.random.Generator, name: str, query: int, key: int) -> Similarity:
    """The similarity ``general`` or ``additive`` for queries and keys of these widths.

    An additive one has as many units as the wider of the two is wide. Weights are those of
    ``glorot_uniform``. Raises ``EngineError`` for a similarity that has none.

    >>> random_similarity(np.random.default_rng(0), "additive", 4, 2).key_kernel.shape
    (2, 4)

    Source: Luong, Pham and Manning, 2015, equation 8, and Bahdanau, Cho and Bengio, 2015, appendix A.1.2, for
    the two of them.
    """
    if name == General.name:
        return General(glorot_uniform(generator, query, key))
    if name != Additive.name:
        raise EngineError(f"general and additive are the similarities with weights; received {name!r}")
    units = max(query, key)
    kernels = glorot_uniform(generator, query, units), glorot_uniform(generator, key, units)
    return Additive(*kernels, glorot_uniform(generator, units, 1)[:, 0])
