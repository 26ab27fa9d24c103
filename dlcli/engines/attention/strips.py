"""Attention some queries at a time: every number of the definition, in memory of a few rows of scores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from dlcli.engines.attention.attention import Attended, attention
from dlcli.engines.attention.similarities import Similarity, similarity_of
from dlcli.engines.base.checks import Array, EngineError

#: Numbers that the scores of one strip may be (an additive similarity has some for each hidden unit).
NUMBERS = 1 << 20


def strips(
    q: Array,
    k: Array,
    v: Array,
    *,
    mask: Array | None = None,
    offset: int = 0,
    similarity: str | Similarity = "scaled",
    rows: int | None = None,
    **options: Any,
) -> Iterator[tuple[slice, Attended]]:
    """``attention`` of some queries after the other: which they are, and all their numbers.

    ``rows`` queries at a time, by default as many as keep the scores small; everything else is as for
    ``attention``.

    >>> x = np.eye(5)
    >>> [(rows.start, terms.weights.shape) for rows, terms in strips(x, x, x, rows=2)]
    [(0, (2, 5)), (2, (2, 5)), (4, (1, 5))]
    """
    how = similarity_of(similarity)
    count = q.shape[-2] if q.ndim > 1 else 0
    if rows is None:
        heads = max(int(np.prod(x.shape[:-2])) for x in (q, k))
        rows = max(NUMBERS // max(heads * k.shape[-2] * how.width, 1), 1)
    elif rows < 1:
        raise EngineError(f"a strip has at least one query; received {rows}")
    for start in range(0, count, rows):
        part = slice(start, min(start + rows, count))
        seen = None if mask is None else _rows(mask, part, count)
        yield (
            part,
            attention(q[..., part, :], k, v, mask=seen, offset=offset + start, similarity=how, **options),
        )


def _rows(mask: Array, part: slice, count: int) -> Array:
    """The rows of a mask that belong to some of the queries."""
    if mask.ndim < 2 or (mask.shape[-2] == 1 and count != 1):
        return mask
    found: Array = mask[..., part, :]
    return found
