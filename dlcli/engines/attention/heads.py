"""Multi-head attention: several small attentions beside each other, each over features of its own.

Letters in the shapes: T queries, S keys, F features, H heads, G key heads (H unless queries share them),
D features of one head's queries and keys, E of its values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Unpack

from dlcli.engines.attention.attention import Attended, AttentionOptions, attention
from dlcli.engines.attention.backward import attention_backward
from dlcli.engines.attention.positions import rotary
from dlcli.engines.base.checks import Array, EngineError, compute_dtype
from dlcli.engines.tensors.dense import DenseWeights, dense, dense_backward


@dataclass(frozen=True)
class MultiHeadWeights:
    """The dense layers that make queries, keys and values, and the one that mixes what the heads found.

    Columns of the first three are the heads' features, head by head: H·D of the queries, G·D of the keys and
    G·E of the values; ``output`` takes H·E, and without it the heads' results stay side by side.
    ``key_heads`` is G; none stands for as many as there are heads.
    """

    query: DenseWeights
    key: DenseWeights
    value: DenseWeights
    output: DenseWeights | None = None
    key_heads: int | None = field(default=None, kw_only=True)

    @property
    def parameters(self) -> int:
        """How many numbers can be learnt."""
        layers = (self.query, self.key, self.value, self.output)
        return sum(layer.kernel.size + layer.bias.size for layer in layers if layer is not None)


@dataclass(frozen=True)
class MultiHead:
    """Every number on the way.

    ``attended`` is the attention of all heads: queries (H, T, D), keys (H, S, D), values (H, S, E), scores,
    weights and what each head found (H, T, E); ``joined`` (T, H·E) has that side by side; ``output`` (T, F)
    is the last layer's. ``turned`` says whether queries and keys were turned by their places.
    """

    attended: Attended
    joined: Array
    output: Array
    turned: bool = False


def multi_head_attention(
    x: Array,
    memory: Array,
    weights: MultiHeadWeights,
    heads: int,
    *,
    values: Array | None = None,
    rotate: bool = False,
    **options: Unpack[AttentionOptions],
) -> MultiHead:
    """Multi-head attention of tokens x (..., T, F) to tokens ``memory`` (..., S, F'), which may be x itself.

    Parameters
    ----------
    x, memory : arrays, real
        What queries and keys are made of.
    heads : int
        H; the columns of the query layer are divided among them.
    values : array (..., S, F''), optional
        What values are made of; otherwise memory.
    rotate : bool
        Turn queries and keys by their places (``rotary``).
    mask, causal, scale, similarity, fully_masked
        As for ``attention``; a mask fits (..., H, T, S).

    Raises ``EngineError`` when the heads do not divide the features, or widths do not fit.

    >>> import numpy as np
    >>> one = DenseWeights(np.eye(2), np.zeros(2))
    >>> x = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> found = multi_head_attention(x, x, MultiHeadWeights(one, one, one, one), 2)
    >>> found.attended.weights.shape, found.output.round(4).tolist()
    ((2, 2, 2), [[0.7311, 0.5], [0.5, 0.7311]])

    Source: Vaswani et al., Attention is all you need, 2017, section 3.2.2; Ainslie et al., GQA, 2023, for
    heads that share keys.
    """
    query, key, value = projected(x, memory, weights, heads, values=values, rotate=rotate)
    return attend(query, key, value, weights, turned=rotate, **options)


def projected(
    x: Array,
    memory: Array,
    weights: MultiHeadWeights,
    heads: int,
    *,
    values: Array | None = None,
    rotate: bool = False,
) -> tuple[Array, Array, Array]:
    """Queries (..., H, T, D), keys (..., G, S, D) and values (..., G, S, E) of ``multi_head_attention``."""
    key_heads = heads if weights.key_heads is None else weights.key_heads
    parts = (
        (x, weights.query, heads),
        (memory, weights.key, key_heads),
        (memory if values is None else values, weights.value, key_heads),
    )
    query, key, value = (
        split_heads(dense(tokens.astype(compute_dtype(tokens), copy=False), layer), count)
        for tokens, layer, count in parts
    )
    if rotate:
        query, key = rotary(query), rotary(key)
    return query, key, value


def attend(
    query: Array,
    key: Array,
    value: Array,
    weights: MultiHeadWeights,
    *,
    turned: bool = False,
    **options: Unpack[AttentionOptions],
) -> MultiHead:
    """The attention of given queries (..., H, T, D), keys and values (..., G, S, D), and its output layer."""
    attended = attention(query, key, value, **options)
    joined = join_heads(attended.output)  # (..., T, H·E)
    output = joined if weights.output is None else dense(joined, weights.output)
    return MultiHead(attended, joined, output, turned)


def split_heads(x: Array, heads: int) -> Array:
    """Features (..., T, F) as those of each head (..., H, T, F / H).

    >>> import numpy as np
    >>> split_heads(np.arange(4).reshape(1, 4), 2).tolist()
    [[[0, 1]], [[2, 3]]]
    """
    if heads < 1 or x.shape[-1] % heads:
        raise EngineError(
            f"{heads} heads do not divide {x.shape[-1]} features evenly; {even(heads, x.shape[-1])}"
        )
    return x.reshape(*x.shape[:-1], heads, -1).swapaxes(-3, -2)


def even(heads: int, features: int) -> str:
    """Which numbers of heads next to one that does not would divide the features, in words.

    >>> even(5, 12), even(9, 8)
    ('try 4 or 6', 'try 8')
    """
    divisors = [count for count in range(1, features + 1) if features % count == 0]
    near = [*[count for count in divisors if count < heads][-1:], *[c for c in divisors if c > heads][:1]]
    return f"try {' or '.join(map(str, near))}"


def join_heads(x: Array) -> Array:
    """The inverse of ``split_heads``: (..., H, T, D) as (..., T, H·D).

    >>> import numpy as np
    >>> join_heads(np.array([[[0, 1]], [[2, 3]]])).tolist()
    [[0, 1, 2, 3]]
    """
    x = x.swapaxes(-3, -2)
    return x.reshape(*x.shape[:-2], -1)


def multi_head_backward(
    dy: Array, x: Array, memory: Array, terms: MultiHead, weights: MultiHeadWeights
) -> tuple[Array, Array, MultiHeadWeights]:
    """The gradients at x, at memory, and at all weights, from ``dy`` at the output (..., T, F).

    Where memory is x itself, the gradient there is the sum of the first two.

    >>> import numpy as np
    >>> one = DenseWeights(np.eye(2), np.zeros(2))
    >>> x, weights = np.eye(2), MultiHeadWeights(one, one, one, one)
    >>> made = multi_head_attention(x, x, weights, 1)
    >>> dx, dmemory, at = multi_head_backward(np.ones((2, 2)), x, x, made, weights)
    >>> dx.shape, dmemory.shape, at.output.bias
    ((2, 2), (2, 2), array([2., 2.]))
    """
    dx, dkeys, dvalues, at = sources_backward(dy, x, memory, memory, terms, weights)
    return dx, dkeys + dvalues, at


def sources_backward(
    dy: Array, x: Array, keys: Array, values: Array, terms: MultiHead, weights: MultiHeadWeights
) -> tuple[Array, Array, Array, MultiHeadWeights]:
    """As ``multi_head_backward``, with what keys and values were made of each for itself."""
    heads = terms.attended.query.shape[-3]
    djoined, output = dy, None
    if weights.output is not None:
        djoined, output = dense_backward(dy, terms.joined, weights.output)
    found = attention_backward(split_heads(djoined, heads), terms.attended)
    dquery, dkey = found.query, found.key
    if terms.turned:
        dquery, dkey = rotary(dquery, back=True), rotary(dkey, back=True)
    dx, query = dense_backward(join_heads(dquery), x, weights.query)
    dkeys, key = dense_backward(join_heads(dkey), keys, weights.key)
    dvalues, value = dense_backward(join_heads(found.value), values, weights.value)
    return dx, dkeys, dvalues, MultiHeadWeights(query, key, value, output, key_heads=weights.key_heads)
