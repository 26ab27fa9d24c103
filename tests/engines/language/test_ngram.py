"""Models that count, beside the definition written as a recursion."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.language.ngram import ngram_bits


def plain_bits(learnt: list[int], held: list[int], symbols: int, order: int) -> float:
    counts = [Counter(tuple(learnt[i : i + n]) for i in range(len(learnt) - n + 1)) for n in range(order + 1)]

    def chance(history: tuple[int, ...], symbol: int) -> float:
        if not history:
            seen = counts[1]
            kinds, total = len(seen), sum(seen.values())
            return (seen[(symbol,)] + kinds / symbols) / (total + kinds)
        shorter = chance(history[1:], symbol)
        followers = {key[-1]: count for key, count in counts[len(history) + 1].items() if key[:-1] == history}
        if not followers:
            return shorter
        kinds, total = len(followers), sum(followers.values())
        return (followers.get(symbol, 0) + kinds * shorter) / (total + kinds)

    bits = [
        -math.log2(chance(tuple(held[max(0, i - order + 1) : i]), symbol)) for i, symbol in enumerate(held)
    ]
    return sum(bits) / len(bits)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_bits_are_those_of_the_definition(order: int) -> None:
    rng = np.random.default_rng(order)
    learnt, held = rng.integers(0, 4, 200) ** 2 % 5, rng.integers(0, 5, 60)
    found = ngram_bits(learnt, held, 5, order)
    assert found == pytest.approx(plain_bits(learnt.tolist(), held.tolist(), 5, order), rel=1e-12)


def test_a_symbol_that_was_never_seen_has_a_chance_too() -> None:
    assert math.isfinite(ngram_bits(np.array([0, 0, 0]), np.array([4, 4, 4]), 5, 3))


def test_longer_contexts_foretell_what_has_a_pattern() -> None:
    text = np.array([0, 1, 1, 2] * 100)
    bits = [ngram_bits(text[:300], text[300:], 3, order) for order in (1, 2, 3)]
    assert bits[0] > bits[1] > bits[2]
    assert bits[2] < 0.1


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(EngineError, match="a text has a symbol; received 3, 0 symbols"):
        ngram_bits(np.array([0]), np.array([], np.int64), 2)
