"""Which query may look at which key: causal, padding, and masks given as true and false or as numbers."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError


def causal_mask(queries: int, keys: int, offset: int = 0) -> Array:
    """True where key j is no later than query i: j ≤ i + offset, as booleans (query, key).

    The first query stands at the first key (PyTorch's ``is_causal``); with as many keys from a cache before
    the queries as ``offset`` says, it stands behind those.

    >>> causal_mask(2, 3).astype(int)
    array([[1, 0, 0],
           [1, 1, 0]])
    >>> causal_mask(1, 3, offset=2).astype(int)
    array([[1, 1, 1]])
    """
    return np.arange(keys) <= np.arange(queries)[:, None] + offset


def window_mask(
    queries: int, keys: int, before: int | None = None, after: int | None = None, offset: int = 0
) -> Array:
    """True for the keys from so many ``before`` a query to so many ``after`` it: booleans (query, key).

    None is no bound on that side; ``offset`` as for ``causal_mask``.

    >>> window_mask(3, 4, before=1, after=0).astype(int)
    array([[1, 0, 0, 0],
           [1, 1, 0, 0],
           [0, 1, 1, 0]])

    Source: Beltagy, Peters and Cohan, Longformer, 2020, section 3.1.
    """
    distance = np.arange(keys) - (np.arange(queries)[:, None] + offset)  # of a key from its query
    allowed = np.ones((queries, keys), bool)
    if before is not None:
        allowed &= distance >= -before
    if after is not None:
        allowed &= distance <= after
    return allowed


def seen_mask(
    queries: int, keys: int, *, causal: bool = False, window: int | None = None, offset: int = 0
) -> Array | None:
    """True where places alone let a query look, as booleans (query, key); None where they hide nothing.

    ``causal`` and ``offset`` as for ``causal_mask``; with ``window`` a query sees keys fewer than so many
    places away, both sides of it or, causal, the last so many.

    >>> seen_mask(3, 3, causal=True, window=2).astype(int)
    array([[1, 0, 0],
           [1, 1, 0],
           [0, 1, 1]])

    Raises ``EngineError`` for a window of less than one key.

    Source: Jiang et al., Mistral 7B, 2023, section 2, for the window.
    """
    if window is None:
        return causal_mask(queries, keys, offset) if causal else None
    if window < 1:
        raise EngineError(f"a window has at least the query's own place; received {window}")
    return window_mask(queries, keys, window - 1, 0 if causal else window - 1, offset)


def padding_mask(lengths: Array, keys: int) -> Array:
    """True for the first ``lengths`` keys of each sequence: booleans (..., 1, key) for lengths (...,).

    >>> padding_mask(np.array([1, 3]), 3)[:, 0].astype(int)
    array([[1, 0, 0],
           [1, 1, 1]])

    Raises ``EngineError`` for lengths that are no whole numbers from 0 to ``keys``.
    """
    lengths = np.asarray(lengths)
    if lengths.dtype.kind not in "iu":
        raise EngineError(f"lengths of sequences are whole numbers; received dtype {lengths.dtype}")
    if lengths.size and not (lengths.min() >= 0 and lengths.max() <= keys):
        raise EngineError(
            f"lengths of sequences go from 0 to the {keys} keys that there are; "
            f"received {lengths.min()} to {lengths.max()}"
        )
    return np.arange(keys) < lengths[..., None, None]


def additive(mask: Array, dtype: DType) -> Array:
    """What is added to the scores: 0 where a boolean mask is true and −inf where not; numbers as they are.

    >>> additive(np.array([True, False]), np.dtype(np.float32))
    array([  0., -inf], dtype=float32)

    Raises ``EngineError`` for whole numbers, which could mean either, and for complex ones.
    """
    mask = np.asarray(mask)
    if mask.dtype.kind == "b":
        return np.where(mask, dtype.type(0), dtype.type(-np.inf))
    if mask.dtype.kind != "f":
        raise EngineError(
            "a mask holds true and false (true: may look), or floats that are added to the scores "
            f"(-inf: may not); received dtype {mask.dtype}"
        )
    return mask.astype(dtype, copy=False)


def check_mask(mask: Array, scores: tuple[int, ...]) -> None:
    """Raise ``EngineError`` where a mask does not fit scores of this shape (..., query, key)."""
    try:
        fits = np.broadcast_shapes(mask.shape, scores) == scores
    except ValueError:
        fits = False
    if not fits:
        raise EngineError(f"a mask needs to fit the scores (…, query, key) {scores}; received {mask.shape}")
