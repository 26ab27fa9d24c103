"""Where a token stands: attention itself does not know, so that its place is added or turned into it."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, compute_dtype

BASE = 10000.0


def sinusoidal(length: int, width: int, *, start: int = 0, base: float = BASE) -> Array:
    """A vector (length, width) for each place: sines and cosines, each pair slower than the one before.

    pe[t, 2i] = sin(t / base^(2i/width)), pe[t, 2i + 1] = cos of the same; an odd width ends with a sine. The
    vector of t + n is that of t, each pair turned by an angle that depends on n alone.

    >>> sinusoidal(2, 4).round(4)
    array([[0.    , 1.    , 0.    , 1.    ],
           [0.8415, 0.5403, 0.01  , 1.    ]])

    Source: Vaswani et al., Attention is all you need, 2017, section 3.5.
    """
    angles = _angles(np.arange(start, start + length), (width + 1) // 2, width, base)  # (length, pair)
    both = np.stack([np.sin(angles), np.cos(angles)], axis=-1)
    return both.reshape(length, -1)[:, :width]


def learned(table: Array, length: int, start: int = 0) -> Array:
    """The first ``length`` places of a table (place, width) that was learnt.

    >>> learned(np.array([[1.0], [2.0], [3.0]]), 2).ravel()
    array([1., 2.])

    Raises ``EngineError`` when the table has fewer places.
    """
    if table.ndim != 2 or start + length > len(table):
        raise EngineError(
            f"a table of positions is (place, feature) with a row for each token; received {table.shape} "
            f"for {start + length} tokens"
        )
    return table[start : start + length]


def rotary(
    x: Array, *, start: int = 0, base: float = BASE, interleaved: bool = False, back: bool = False
) -> Array:
    """Queries or keys (..., T, D), each pair of features turned by an angle that grows with its place.

    The dot product of a query turned so and a key turned so depends on how far they are apart, not on where
    they stand. The pair i is turned by t / base^(2i/D). It is the features i and i + D/2, as in most
    models, or, ``interleaved``, 2i and 2i + 1, as in the paper. ``back`` turns back, which is also the way of
    the gradient.

    >>> x = np.array([[1.0, 0.0], [1.0, 0.0]])
    >>> rotary(x).round(4)
    array([[1.    , 0.    ],
           [0.5403, 0.8415]])
    >>> rotary(rotary(x), back=True).round(12).tolist() == x.tolist()
    True

    Raises ``EngineError`` for an odd number of features.

    Source: Su et al., RoFormer, 2021, equation 15.
    """
    width = x.shape[-1]
    if width % 2:
        raise EngineError(f"rotary positions turn features in pairs; received {width} of them")
    x = x.astype(compute_dtype(x), copy=False)
    angles = _angles(np.arange(start, start + x.shape[-2]), width // 2, width, base)  # (T, D/2)
    cosine, sine = (part.astype(x.dtype) for part in (np.cos(angles), np.sin(-angles if back else angles)))
    first, second = (
        (np.s_[..., 0::2], np.s_[..., 1::2])
        if interleaved
        else (
            np.s_[..., : width // 2],
            np.s_[..., width // 2 :],
        )
    )
    turned = np.empty_like(x)
    turned[first] = x[first] * cosine - x[second] * sine
    turned[second] = x[first] * sine + x[second] * cosine
    return turned


def alibi_slopes(heads: int) -> Array:
    """How much each head (head,) takes off a score for each place between query and key: m.

    A geometric row from 2^(−8/n) on for n heads, a power of two; other numbers of heads have those of the
    power below, and between them every second one of the power above.

    >>> alibi_slopes(4).tolist(), alibi_slopes(3).tolist()
    ([0.25, 0.0625, 0.015625, 0.00390625], [0.0625, 0.00390625, 0.25])

    Raises ``EngineError`` for less than one head.

    Source: Press, Smith and Lewis, Train short, test long, 2022, section 3, and their code for other numbers.
    """
    if heads < 1:
        raise EngineError(f"slopes are those of one head or more; received {heads}")
    below = 1 << (heads.bit_length() - 1)
    slopes = 2.0 ** (-8 / below * np.arange(1, below + 1))
    between = 2.0 ** (-4 / below * np.arange(1, 2 * (heads - below), 2))
    return np.concatenate([slopes, between])


def alibi(slopes: Array, queries: int, keys: int, offset: int = 0) -> Array:
    """What linear biases add to the scores (..., query, key): −m |i + offset − j| for slopes m (...,).

    ``offset`` as for ``causal_mask``. The paper has it for keys up to the query alone; behind it the distance
    counts as before it.

    >>> alibi(np.array([0.5]), 2, 3)[0].tolist()
    [[-0.0, -0.5, -1.0], [-0.5, -0.0, -0.5]]

    Source: Press, Smith and Lewis, Train short, test long, 2022, section 3.
    """
    distance = np.abs(np.arange(queries)[:, None] + offset - np.arange(keys))
    found: Array = -np.asarray(slopes)[..., None, None] * distance
    return found


def _angles(places: Array, pairs: int, width: int, base: float) -> Array:
    """The angle of each place (row) and pair (column)."""
    return places[:, None] / base ** (2 * np.arange(pairs) / max(width, 1))
