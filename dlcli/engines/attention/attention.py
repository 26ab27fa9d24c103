"""Attention: each query looks at all keys, and takes of their values in shares that add up to 1."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypedDict, get_args

import numpy as np

from dlcli.engines.attention.masks import additive, check_mask, seen_mask
from dlcli.engines.attention.positions import alibi
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
    window: int | None
    offset: int
    scale: float | None
    cap: float | None
    slopes: Array | None
    similarity: str | Similarity
    fully_masked: FullyMasked


@dataclass(frozen=True)
class Attended:
    """Every number on the way from queries, keys and values to the output.

    ``query`` (..., query, d), ``key`` (..., key, d), ``value`` (..., key, d_v), keys and values repeated for
    grouped queries; ``scores`` their similarities, ``scaled`` times ``scale``, ``capped`` within ± ``cap``,
    ``masked`` with the mask (−inf where a query may not look) and what distance takes off, ``weights`` the
    softmax of each row, all (..., query, key); ``output`` (..., query, d_v). ``groups`` is how many query
    heads share a key head.
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
    cap: float | None = None

    @property
    def capped(self) -> Array:
        """The scaled scores (..., query, key) behind the tanh; as they are without a cap."""
        return soft_capped(self.scaled, self.cap)

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
    window: int | None = None,
    offset: int = 0,
    scale: float | None = None,
    cap: float | None = None,
    slopes: Array | None = None,
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
    window : int, optional
        Query i looks at keys fewer than so many places from i + ``offset`` only.
    scale : float, optional
        Unless given, 1/√d for similarity "scaled" and 1 for any other.
    cap : float, optional
        Scaled scores s become cap · tanh(s / cap), before anything is hidden.
    slopes : array that fits (..., head), optional
        m in −m |i + ``offset`` − j|, which is added to the score of query i and key j (``alibi``).
    similarity : str or Similarity
        "scaled", "dot", "cosine", or a ``General`` or ``Additive`` with its weights.
    fully_masked : {"zero", "nan", "error"}
        What a query gets that may look at no key: zeros, as in PyTorch; NaN, as the formula says; or
        ``EngineError``.

    Returns
    -------
    Attended, all float32 where q, k, v are, otherwise float64.

    Raises ``EngineError`` for complex numbers, for shapes that do not fit, a window of less than one key and
    a cap that is not above 0.

    >>> q, k = np.array([[1.0, 0.0]]), np.array([[np.log(3) * np.sqrt(2), 0.0], [0.0, 0.0]])
    >>> found = attention(q, k, np.array([[8.0], [4.0]]))
    >>> found.scores.round(4), found.scaled.round(4), found.weights, found.output
    (array([[1.5537, 0.    ]]), array([[1.0986, 0.    ]]), array([[0.75, 0.25]]), array([[7.]]))

    Source: Vaswani et al., Attention is all you need, 2017, equation 1; Gemma team, Gemma 2, 2024, section 2,
    for the cap.
    """
    q, k, v, groups = fitting(q, k, v)
    if groups > 1:
        k, v = (np.repeat(x, groups, axis=-3) for x in (k, v))
    how = similarity_of(similarity)
    how.check(q, k)
    scale = checked_scale(scale, how, q.shape[-1])
    scores = how.scores(q, k)  # (..., query, key)
    scaled = scores * q.dtype.type(scale)
    masked = soft_capped(scaled, cap)
    if slopes is not None:
        masked = masked + alibi(slopes, q.shape[-2], k.shape[-2], offset).astype(q.dtype)
    if mask is not None:
        check_mask(mask, scores.shape)
        if mask.dtype.kind == "b":  # chosen, not added: of what may not be seen not even a NaN matters
            masked = np.where(mask, masked, q.dtype.type(-np.inf))
        else:
            masked = masked + additive(mask, q.dtype)
    seen = seen_mask(q.shape[-2], k.shape[-2], causal=causal, window=window, offset=offset)
    if seen is not None:
        masked = np.where(seen, masked, q.dtype.type(-np.inf))
    weights = row_softmax(masked, fully_masked)
    output = weights @ v  # (..., query, d_v)
    return Attended(q, k, v, scores, scaled, masked, weights, output, how, scale, groups, cap)


def soft_capped(scaled: Array, cap: float | None) -> Array:
    """cap · tanh(s / cap): small scores hardly change, none is beyond ± cap; as they are where it is None.

    >>> soft_capped(np.array([0.0, 1.0, 100.0]), 2.0).round(4)
    array([0.    , 0.9242, 2.    ])

    Raises ``EngineError`` for a cap that is no finite number above 0.

    Source: Bello et al., Neural combinatorial optimization, 2016, appendix A.1; Gemma team, Gemma 2, 2024.
    """
    if cap is None:
        return scaled
    size = scaled.dtype.type(cap)
    if not (math.isfinite(cap) and size > 0):
        raise EngineError(f"cap expects a finite number above 0; received {cap}")
    found: Array = np.tanh(scaled / size) * size
    return found


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
