"""Drawing the next word from what a language model says of all of them.

p = softmax(z / T)     the temperature T makes it sharper below 1, more even above
top-k                  the k most probable words stay
top-p                  of these the fewest that have p of the probability together
u ~ U[0, 1)            the word in whose part of the cumulated probabilities u falls
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError


@dataclass(frozen=True)
class Draw:
    """How one word was drawn, each array over the words in the order of their numbers (word,).

    ``logits`` z; ``scaled`` z / T; ``shares`` softmax of these; ``in_k`` and ``in_p`` what top-k and then
    top-p left; ``probabilities`` the shares of what was left, adding up to 1. At a temperature of 0 the most
    probable has a probability of 1, and ``scaled`` and ``shares`` are those of temperature 1. ``order`` lists
    the words from the most probable on; ``u`` is the number that was drawn, none where the most probable was
    taken, and ``word`` what came of it.
    """

    logits: Array
    scaled: Array
    shares: Array
    in_k: Array
    in_p: Array
    probabilities: Array
    order: Array
    u: float | None
    word: int

    @property
    def greedy(self) -> int:
        """The most probable word."""
        return int(self.order[0])

    @property
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
    scaled = z / temperature if temperature > 0 else z
    shares = np.exp(scaled - scaled.max())
    shares /= shares.sum()
    order = np.argsort(-z, kind="stable")
    rank = np.empty(len(z), np.intp)
    rank[order] = np.arange(len(z))
    in_k = rank < (top_k or len(z))
    kept = np.where(in_k, shares, 0)
    kept /= kept.sum()
    before = np.cumsum(kept[order]) - kept[order]  # what the more probable ones have together
    in_p = in_k & (before[rank] < (1 if top_p is None else top_p))
    probabilities = np.where(in_p, kept, 0) if temperature > 0 else (rank == 0).astype(np.float64)
    probabilities /= probabilities.sum()
    u, word = None, int(order[0])
    if rng is not None and temperature > 0:
        u = float(rng.random())
        reached = np.cumsum(probabilities[order])
        word = int(order[min(int(np.searchsorted(reached, u, side="right")), int(in_p.sum()) - 1)])
    return Draw(z, scaled, shares, in_k, in_p, probabilities, order, u, word)
