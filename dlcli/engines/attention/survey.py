"""What the weights of an attention are like, query by query, without keeping them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dlcli.engines.attention.strips import strips
from dlcli.engines.base.checks import Array
from dlcli.engines.tensors.softmax import entropy

#: Rows and columns of the picture of many weights.
FINE = 128


@dataclass(frozen=True)
class Survey:
    """Facts about the weights (..., query, key) of an attention.

    ``bits`` (..., query) is the entropy of each row, ``strongest`` (..., query) its most weighted key and
    ``share`` (..., query) the weight of that; ``blind`` (..., query) is true where a query sees no key.
    ``picture`` (..., rows, columns) has the weights themselves, or, of many, the largest of
    each block of them.
    """

    bits: Array
    strongest: Array
    share: Array
    blind: Array
    picture: Array


def survey(q: Array, k: Array, v: Array, *, fine: int = FINE, **options: Any) -> Survey:
    """Look at all weights of ``attention``, a strip of queries at a time.

    >>> found = survey(*np.eye(3)[None].repeat(3, axis=0) * 9)
    >>> found.strongest.tolist(), found.bits.round(3).tolist(), found.picture.shape
    ([0, 1, 2], [0.0, 0.0, 0.0], (3, 3))
    """
    parts = []
    rows, columns = (_blocks(x.shape[-2], fine) for x in (q, k))
    picture: Array | None = None
    for part, terms in strips(q, k, v, **options):
        weights = terms.weights
        at = weights.argmax(axis=-1)
        share = np.take_along_axis(weights, at[..., None], axis=-1)[..., 0]
        parts.append((entropy(weights), at, share, terms.blind))
        if picture is None:
            picture = np.zeros((*weights.shape[:-2], len(rows), len(columns)), weights.dtype)
        wide = np.maximum.reduceat(weights, columns, axis=-1)  # (..., query, columns)
        block = np.searchsorted(rows, np.arange(part.start, part.stop), side="right") - 1
        for row in np.unique(block):
            here = picture[..., row, :]
            np.maximum(here, wide[..., block == row, :].max(axis=-2), out=here)
    assert picture is not None  # the callers have at least one query and one key
    bits, strongest, share, blind = (np.concatenate(found, axis=-1) for found in zip(*parts, strict=True))
    return Survey(bits, strongest, share, blind, picture)


def _blocks(length: int, most: int) -> Array:
    """Where each of at most so many blocks starts that share a length evenly.

    >>> _blocks(3, 8).tolist(), _blocks(10, 4).tolist()
    ([0, 1, 2], [0, 2, 5, 7])
    """
    count = min(length, most)
    return np.arange(count) * length // max(count, 1)
