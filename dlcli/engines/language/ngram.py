"""Language models that count: how often each symbol has followed the ones before it.

    P_n(c | h) = (count(h c) + t(h) P_{n-1}(c | h')) / (count(h) + t(h))

h are the n − 1 symbols before, h' the same without the first; t(h) is how many different symbols have
followed h, which is what is left for those that have not (Witten and Bell's smoothing). P_0 is 1 / V for each
of V symbols.
"""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError


def ngram_bits(learnt: Array, held: Array, symbols: int, order: int = 3) -> float:
    """Bits a symbol of a text ``held`` (n,) under a model of ``order`` that has counted another, ``learnt``.

    Both are numbers of symbols from 0 to ``symbols`` − 1. The first symbols of ``held`` are foretold by as
    many as there are before them. Raises ``EngineError`` for an order below 1 and a text without a symbol.

    >>> round(ngram_bits(np.array([0, 1] * 50), np.array([0, 1, 0, 1]), 2, order=2), 3)
    0.261

    Source: Bell, Cleary and Witten, Text compression, 1990, section 4.5; Chen and Goodman, An empirical study
    of smoothing techniques for language modeling, 1999, section 2.6.
    """
    if order < 1 or not len(held):
        raise EngineError(
            f"an order is from 1 on, and a text has a symbol; received {order}, {len(held)} symbols"
        )
    chance = np.full(len(held), 1 / symbols)
    for n in range(1, order + 1):
        seen, counts = np.unique(_windows(learnt, n, symbols), return_counts=True)
        before, starts = np.unique(seen // symbols, return_index=True)
        kinds = np.diff(np.append(starts, len(seen)))  # different symbols behind each context
        totals = np.add.reduceat(counts, starts) if len(seen) else counts
        asked = _windows(held, n, symbols)
        met, times = _found(before, asked // symbols), _found(seen, asked)
        known = met >= 0
        total, kind = np.where(known, totals[met], 0), np.where(known, kinds[met], 0)
        count = np.where(times >= 0, counts[times], 0)
        now = chance[n - 1 :]
        chance[n - 1 :] = np.where(known, (count + kind * now) / np.maximum(total + kind, 1), now)
    return float(-np.log2(chance).mean())


def _windows(text: Array, n: int, symbols: int) -> Array:
    """Every n symbols that follow each other as one number."""
    numbers = np.zeros(max(len(text) - n + 1, 0), np.int64)
    for i in range(n):
        numbers = numbers * symbols + text[i : len(text) - n + 1 + i]
    return numbers


def _found(known: Array, asked: Array) -> Array:
    """Where each number that is asked stands among the known ones, which are sorted; −1 where it does not."""
    if not len(known):
        return np.full(len(asked), -1)
    places = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return np.where(known[places] == asked, places, -1)
