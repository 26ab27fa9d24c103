"""Attention: each query looks at all keys, and takes of their values in shares that add up to 1."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypedDict, get_args

import numpy as np

from dlcli.engines.attention.masks import additive, causal_mask, check_mask
from dlcli.engines.attention.similarities import Similarity, similarity_of
from dlcli.engines.base.checks import Array, EngineError, compute_dtype
from dlcli.engines.tensors.softmax import softmax

#: What a query gets that may look at no key: nothing, no number, or a refusal.
FullyMasked = Literal["zero", "nan", "error"]

POLICIES: tuple[FullyMasked, ...] = get_args(FullyMasked)


class AttentionOptions(TypedDict, total=False):
    """The options that ``attention`` shares with what hands them on to it: see ``attention``."""

    mask: Array | None
    causal: bool
    scale: float | None
    similarity: str | Similarity
    fully_masked: FullyMasked


@dataclass(frozen=True)
class Attended:
    """Every number on the way from queries, keys and values to the output.

    ``query`` (..., query, d), ``key`` (..., key, d), ``value`` (..., key, d_v), keys and values repeated for
    grouped queries; ``scores`` their similarities, ``scaled`` times ``scale``, ``masked`` with the mask (−inf
    where a query may not look), ``weights`` the softmax of each row, all (..., query, key); ``output``
    (..., query, d_v). ``groups`` is how many query heads share a key head.
    """

    query: Array
    key: Array
    value: Array
    scores: Array
    scaled: Array
    masked: Array
    weights: Array
    output: Array
    similarity: Similarity
    scale: float
    groups: int = 1

    @property
    def blind(self) -> Array:
        """True for each row (..., query) whose query may look at no key."""
        return np.all(np.isneginf(self.masked), axis=-1)


def attention(
    q: Array,
    k: Array,
    v: Array,
    *,
    mask: Array | None = None,
    causal: bool = False,
    offset: int = 0,
    scale: float | None = None,
    similarity: str | Similarity = "scaled",
    fully_masked: FullyMasked = "zero",
) -> Attended:
    """softmax(scale · similarity(q, k) + mask) v, with every number on the way.

    weights[..., i, j] is the share of value j in output i.

    Parameters
    ----------
    q, k, v : arrays (..., query, d), (..., key, d), (..., key, d_v), real
        Leading axes (batch, head) broadcast. Where the third axis from the end, the heads, of q is a multiple
        of that of k and v, that many query heads share one key head (grouped queries).
    mask : array that fits (..., query, key), optional
        Booleans, true where a query may look; or floats, added to the scaled scores.
    causal : bool
        Query i looks at keys up to i + ``offset`` only, whatever the mask says.
    scale : float, optional
        Unless given, 1/√d for similarity "scaled" and 1 for any other.
    similarity : str or Similarity
        "scaled", "dot", "cosine", or a ``General`` or ``Additive`` with its weights.
    fully_masked : {"zero", "nan", "error"}
        What a query gets that may look at no key: zeros, as in PyTorch; NaN, as the formula says; or
        ``EngineError``.

    Returns
    -------
    Attended, all float32 where q, k, v are, otherwise float64.

    Raises ``EngineError`` for complex numbers and for shapes that do not fit.

    >>> q, k = np.array([[1.0, 0.0]]), np.array([[np.log(3) * np.sqrt(2), 0.0], [0.0, 0.0]])
    >>> found = attention(q, k, np.array([[8.0], [4.0]]))
    >>> found.scores.round(4), found.scaled.round(4), found.weights, found.output
    (array([[1.5537, 0.    ]]), array([[1.0986, 0.    ]]), array([[0.75, 0.25]]), array([[7.]]))

    Source: Vaswani et al., Attention is all you need, 2017, equation 1.
    """
    q, k, v, groups = fitting(q, k, v)
    if groups > 1:
        k, v = (np.repeat(x, groups, axis=-3) for x in (k, v))
    how = similarity_of(similarity)
    how.check(q, k)
    scale = checked_scale(scale, how, q.shape[-1])
    scores = how.scores(q, k)  # (..., query, key)
    scaled = scores * q.dtype.type(scale)
    masked = scaled
    if mask is not None:
        check_mask(mask, scores.shape)
        if mask.dtype.kind == "b":  # chosen, not added: of what may not be seen not even a NaN matters
            masked = np.where(mask, masked, q.dtype.type(-np.inf))
        else:
            masked = masked + additive(mask, q.dtype)
    if causal:
        seen = causal_mask(q.shape[-2], k.shape[-2], offset)
        masked = np.where(seen, masked, q.dtype.type(-np.inf))
    weights = row_softmax(masked, fully_masked)
    output = weights @ v  # (..., query, d_v)
    return Attended(q, k, v, scores, scaled, masked, weights, output, how, scale, groups)


def row_softmax(masked: Array, fully_masked: FullyMasked = "zero") -> Array:
    """The softmax of each row; a row of nothing but −inf gets what ``fully_masked`` says.

    >>> row_softmax(np.array([[0.0, -np.inf], [-np.inf, -np.inf]]))
    array([[1., 0.],
           [0., 0.]])

    Raises ``EngineError`` for such a row when the policy is "error".
    """
    if fully_masked not in POLICIES:
        raise EngineError(f"fully_masked is one of {', '.join(POLICIES)}; received {fully_masked!r}")
    if not masked.shape[-1]:
        return np.zeros_like(masked)
    weights = softmax(masked)
    if fully_masked == "nan":
        return weights
    blind = np.isnan(weights[..., 0])  # such a row is NaN throughout; one that holds a NaN is too
    if blind.any():
        blind[blind] = np.isneginf(masked[blind]).all(axis=-1)
    if blind.any():
        if fully_masked == "error":
            raise EngineError(blind_words(blind))
        weights[blind] = 0
    return weights


def blind_words(blind: Array) -> str:
    """The refusal of queries that may look at nothing, ``blind`` (..., query)."""
    rows = sorted(set(np.nonzero(blind)[-1].tolist()))
    told = ", ".join(map(str, rows[:5])) + (", …" if len(rows) > 5 else "")
    return (
        f"the mask leaves no key for quer{'y' if len(rows) == 1 else 'ies'} {told}; "
        "allow each query a key, or let such queries get zeros or NaN"
    )


def fitting(q: Array, k: Array, v: Array) -> tuple[Array, Array, Array, int]:
    """The three in one precision, and how many query heads share a key head.

    Raises ``EngineError`` where they do not fit each other.
    """
    dtype = np.result_type(*(compute_dtype(x) for x in (q, k, v)))
    if dtype.kind == "c":
        raise EngineError("attention is not defined for complex numbers; try their sizes or real parts")
    for name, x in (("queries", q), ("keys", k), ("values", v)):
        if x.ndim < 2:
            raise EngineError(f"{name} need two axes or more, (…, token, feature); received shape {x.shape}")
    if k.shape[-2] != v.shape[-2]:
        keys, values = (
            f"{count} {name}{'s' * (count != 1)}"
            for count, name in ((k.shape[-2], "key"), (v.shape[-2], "value"))
        )
        raise EngineError(f"every key needs one value; received {keys} and {values}")
    q, k, v = (x.astype(dtype, copy=False) for x in (q, k, v))
    groups = group_size(q, k, v)
    try:
        np.broadcast_shapes(*(x.shape[: -2 if groups == 1 else -3] for x in (q, k, v)))
    except ValueError:
        raise EngineError(
            "the axes before (token, feature) of queries, keys and values need to fit; received "
            f"{q.shape[:-2]}, {k.shape[:-2]} and {v.shape[:-2]}"
        ) from None
    return q, k, v, groups


def group_size(q: Array, k: Array, v: Array) -> int:
    """How many query heads share a key head: 1 unless there are several of both, and more queries.

    Raises ``EngineError`` when the key heads do not divide the query heads.
    """
    if min(x.ndim for x in (q, k, v)) < 3:
        return 1
    heads, shared = q.shape[-3], k.shape[-3]
    if shared in (1, heads) or heads == 1 or v.shape[-3] != shared:
        return 1
    if heads % shared:
        raise EngineError(
            f"grouped queries need the key heads to divide the query heads; received {shared} and {heads}"
        )
    return heads // shared


def checked_scale(scale: float | None, similarity: Similarity, width: int) -> float:
    """The factor of the scores. Raises ``EngineError`` for one that is no finite number."""
    if scale is None:
        return similarity.usual_scale(width)
    if not math.isfinite(scale):
        raise EngineError(f"scale expects a finite number; received {scale}")
    return float(scale)
