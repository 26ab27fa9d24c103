"""Drawing words: shares, what is cut away, and how often each is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.language.sampling import draw
from dlcli.engines.tensors.softmax import softmax

LOGITS = np.array([1.0, 3.0, 2.0, -1.0, 3.0])


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_shares_are_the_softmax_of_scores_over_the_temperature(temperature: float) -> None:
    drawn = draw(LOGITS, np.random.default_rng(0), temperature=temperature)
    np.testing.assert_allclose(drawn.shares, softmax(LOGITS, temperature=temperature), rtol=1e-12)
    np.testing.assert_allclose(drawn.probabilities, drawn.shares, rtol=1e-12)


def test_top_k_keeps_so_many_and_of_equals_the_first() -> None:
    drawn = draw(LOGITS, None, top_k=1)
    assert drawn.in_k.tolist() == [False, True, False, False, False]
    assert drawn.probabilities.tolist() == [0, 1, 0, 0, 0]
    assert draw(LOGITS, None, top_k=3).in_k.tolist() == [False, True, True, False, True]
    assert draw(LOGITS, None, top_k=99).in_k.all()


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.8, 0.95, 1.0])
def test_top_p_keeps_the_fewest_that_have_the_share(share: float) -> None:
    drawn = draw(LOGITS, None, top_p=share)
    kept, ordered = int(drawn.in_p.sum()), np.sort(drawn.shares)[::-1]
    assert ordered[:kept].sum() >= share - 1e-12
    assert kept == 1 or ordered[: kept - 1].sum() < share
    assert drawn.probabilities.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(
        drawn.probabilities[drawn.in_p], drawn.shares[drawn.in_p] / drawn.shares[drawn.in_p].sum()
    )


def test_what_has_the_share_exactly_is_enough() -> None:
    assert draw(np.log([2.0, 1.0, 1.0]), None, top_p=0.5).in_p.tolist() == [True, False, False]


def test_top_p_counts_the_shares_of_what_top_k_has_left() -> None:
    """0.4 and 0.2 of 0.4, 0.2, 0.1 are 6 of 7 parts, and 0.6 of all."""
    shares = np.log([0.4, 0.2, 0.1, 0.1, 0.1, 0.1])
    assert draw(shares, None, top_k=3, top_p=0.8).in_p.sum() == 2
    assert draw(shares, None, top_p=0.8).in_p.sum() == 4


def test_at_temperature_0_the_most_probable_has_all() -> None:
    drawn = draw(LOGITS, np.random.default_rng(0), temperature=0, top_k=3)
    assert drawn.probabilities.tolist() == (np.arange(5) == drawn.greedy).astype(float).tolist()
    np.testing.assert_allclose(drawn.shares, draw(LOGITS, None).shares)


def test_words_are_drawn_as_often_as_their_probabilities_say() -> None:
    rng = np.random.default_rng(0)
    words = [draw(LOGITS, rng, temperature=1.5, top_k=4, top_p=0.9).word for _ in range(4000)]
    wanted = draw(LOGITS, None, temperature=1.5, top_k=4, top_p=0.9).probabilities
    found = np.bincount(words, minlength=5) / len(words)
    np.testing.assert_allclose(found, wanted, atol=4 * np.sqrt(0.25 / len(words)))
    assert found[wanted == 0].sum() == 0


def test_the_number_that_is_drawn_falls_into_the_part_of_its_word() -> None:
    drawn = draw(LOGITS, np.random.default_rng(3))
    rank = drawn.order.tolist().index(drawn.word)
    assert drawn.u is not None
    assert (drawn.reached[rank - 1] if rank else 0) <= drawn.u < drawn.reached[rank]


def test_the_most_probable_without_a_generator_and_at_temperature_0() -> None:
    assert draw(LOGITS, None).word == 1
    cold = draw(LOGITS, np.random.default_rng(0), temperature=0)
    assert (cold.word, cold.u) == (1, None)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"temperature": -1}, "a temperature is from 0 on; received -1"),
        ({"top_k": 0}, "top-k keeps at least 1 word; received 0"),
        ({"top_p": 0.0}, "top-p is above 0 and at most 1; received 0.0"),
        ({"top_p": 1.5}, "top-p is above 0 and at most 1; received 1.5"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, float], told: str) -> None:
    with pytest.raises(EngineError, match=told):
        draw(LOGITS, None, **settings)  # type: ignore[arg-type]


def test_rounding_draws_nothing_that_was_cut() -> None:
    """Seven sevenths add up to less than 1, and the largest number below 1 lies behind them."""

    class Largest(np.random.Generator):
        def random(self) -> float:  # type: ignore[override]
            return float(np.nextafter(1, 0))

    drawn = draw(np.array([0.0] * 7 + [-1.0, -2.0]), Largest(np.random.PCG64(0)), top_k=7)
    assert drawn.reached[-1] < np.nextafter(1, 0)
    assert drawn.word == 6


def test_the_largest_number_that_is_drawn_gives_a_word_that_is_left() -> None:
    """What is left may add up to a little less than 1, and the number may lie behind it."""

    class Largest(np.random.Generator):
        def random(self, *_: object, **__: object) -> float:
            return float(np.nextafter(1, 0))

    behind = 0
    for seed in range(50):
        logits = np.random.default_rng(seed).normal(size=20)
        drawn = draw(logits, Largest(np.random.PCG64()), top_p=0.9)
        assert drawn.in_p[drawn.word]
        behind += bool(drawn.reached[-1] <= np.nextafter(1, 0))
    assert behind > 0
