"""One score of an attention, term by term: which products add up to it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dlcli.engines.attention.similarities import Additive, Cosine, General, Similarity
from dlcli.engines.base.checks import Array


@dataclass(frozen=True)
class PairTerms:
    """What the score of one query and one key is made of.

    ``left`` (n,) times ``right`` (n,) are ``products`` (n,), whose sum is ``total``; ``names`` say what the
    two factors are. For a cosine ``lengths`` are those of query and key, and the score is the total divided
    by both; otherwise it is the total. ``sums`` are, in the additive similarity, what the tanh is taken of.
    """

    names: tuple[str, str]
    left: Array
    right: Array
    total: float
    lengths: tuple[float, float] | None = None
    sums: Array | None = None

    @property
    def products(self) -> Array:
        """Factor by factor."""
        found: Array = self.left * self.right
        return found

    @property
    def score(self) -> float:
        """What the similarity of the two is."""
        if self.lengths is None:
            return self.total
        both = math.prod(self.lengths)
        return self.total / both if both else 0.0


def pair_terms(similarity: Similarity, q: Array, k: Array) -> PairTerms:
    """The terms of the score of a query (d,) and a key (d',), added up in double precision.

    >>> from dlcli.engines.attention.similarities import Cosine, Scaled
    >>> pair_terms(Scaled(), np.array([1.0, 2.0]), np.array([3.0, 4.0])).products
    array([3., 8.])
    >>> pair_terms(Cosine(), np.array([3.0, 4.0]), np.array([0.0, 2.0])).score
    0.8
    """
    q, k = q.astype(np.float64), k.astype(np.float64)
    if isinstance(similarity, Additive):
        sums = q @ similarity.query_kernel.astype(np.float64) + k @ similarity.key_kernel.astype(np.float64)
        hidden, vector = np.tanh(sums), similarity.vector.astype(np.float64)
        return PairTerms(("tanh", "v"), hidden, vector, float(hidden @ vector), sums=sums)
    if isinstance(similarity, General):
        turned = q @ similarity.weight.astype(np.float64)
        return PairTerms(("q W", "k"), turned, k, float(turned @ k))
    lengths = None
    if isinstance(similarity, Cosine):
        lengths = float(np.linalg.norm(q)), float(np.linalg.norm(k))
    return PairTerms(("q", "k"), q, k, float(q @ k), lengths)
