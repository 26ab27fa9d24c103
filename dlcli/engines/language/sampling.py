"""Drawing the next word from what a language model says of all of them.

p = softmax(z / T)     the temperature T makes it sharper below 1, more even above
top-k                  the k most probable words stay
top-p                  of these the fewest that have p of the probability together
u ~ U[0, 1)            the word in whose part of the cumulated probabilities u falls
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from dlcli.engines.base.checks import Array, EngineError


@dataclass(frozen=True)
class Draw:
    """How one word was drawn, each array over the words in the order of their numbers (word,).

    ``logits`` are z; ``u`` is the number that was drawn, none where the most probable was taken, and ``word``
    what came of it. Everything else is computed when it is asked for: to take the most probable needs none of
    it.
    """

    logits: Array
    temperature: float
    top_k: int | None
    top_p: float | None
    u: float | None
    word: int

    @cached_property
    def scaled(self) -> Array:
        """z / T; at a temperature of 0 z itself."""
        return self.logits / self.temperature if self.temperature > 0 else self.logits

    @cached_property
    def shares(self) -> Array:
        """softmax of ``scaled``."""
        powers = np.exp(self.scaled - self.scaled.max())
        return np.asarray(powers / powers.sum())

    @cached_property
    def order(self) -> Array:
        """The words from the most probable on; of equal scores the first is before the others."""
        return np.argsort(-self.logits, kind="stable")

    @cached_property
    def _rank(self) -> Array:
        rank = np.empty(len(self.order), np.intp)
        rank[self.order] = np.arange(len(rank))
        return rank

    @cached_property
    def in_k(self) -> Array:
        """What top-k left."""
        return self._rank < (self.top_k or len(self.logits))

    @cached_property
    def _of_k(self) -> Array:
        kept = np.where(self.in_k, self.shares, 0)
        return np.asarray(kept / kept.sum())

    @cached_property
    def in_p(self) -> Array:
        """What top-p left of that."""
        if self.top_p is None:
            return self.in_k
        kept = self._of_k[self.order]
        before = np.cumsum(kept) - kept  # what the more probable ones have together
        return np.asarray(self.in_k & (before[self._rank] < self.top_p))

    @cached_property
    def probabilities(self) -> Array:
        """The shares of what was left, adding up to 1; at a temperature of 0 1 for the most probable."""
        if self.temperature == 0:
            return (self._rank == 0).astype(np.float64)
        left = np.where(self.in_p, self._of_k, 0)
        return np.asarray(left / left.sum())

    @property
    def greedy(self) -> int:
        """The most probable word."""
        return int(self.order[0])

    @cached_property
    def reached(self) -> Array:
        """The probabilities of all words up to each, from the most probable on (rank,)."""
        return np.cumsum(self.probabilities[self.order])


def draw(
    logits: Array,
    rng: np.random.Generator | None,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Draw:
    """The next word, from scores of all (word,): drawn by ``rng``, or without one the most probable.

    A temperature of 0 takes the most probable, too. Of equal scores the first word is before the others.
    Raises ``EngineError`` for a temperature below 0, ``top_k`` below 1, and ``top_p`` that is not above 0 and
    up to 1.

    >>> drawn = draw(np.log([0.5, 0.3, 0.2]), np.random.default_rng(0), top_p=0.75)
    >>> drawn.in_p, drawn.probabilities.round(3), drawn.word
    (array([ True,  True, False]), array([0.625, 0.375, 0.   ]), 1)

    Sources: Fan, Lewis and Dauphin, Hierarchical neural story generation, 2018, for top-k; Holtzman et al.,
    The curious case of neural text degeneration, 2020, for top-p.
    """
    if temperature < 0 or not np.isfinite(temperature):
        raise EngineError(f"a temperature is from 0 on; received {temperature}")
    if top_k is not None and top_k < 1:
        raise EngineError(f"top-k keeps at least 1 word; received {top_k}")
    if top_p is not None and not 0 < top_p <= 1:
        raise EngineError(f"top-p is above 0 and at most 1; received {top_p}")
    z = logits.astype(np.float64)
    if rng is None or temperature == 0:
        return Draw(z, temperature, top_k, top_p, None, int(z.argmax()))
    u = float(rng.random())
    drawn = Draw(z, temperature, top_k, top_p, u, 0)
    rank = min(int(np.searchsorted(drawn.reached, u, side="right")), int(drawn.in_p.sum()) - 1)
    return replace(drawn, word=int(drawn.order[rank]))
