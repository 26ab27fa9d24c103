"""Reviews of a grammar: the same everywhere, none twice, and no task for who only sums up words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.errors import BadData
from dlcli.wire.datasets.reviews import CLASSES, HELD_OUT, LENGTH, MOST, VOCABULARY, reviews

SUM = "4deaff39559a33916469109b0a0430cbe59cd161495f7a662a43187ac9758749"


def test_a_set_of_reviews(data: Any) -> None:
    found = data("reviews:300")
    assert (len(found), found.shape, found.classes, found.vocabulary) == (300, (LENGTH,), CLASSES, VOCABULARY)
    assert len(found.held_out) == HELD_OUT
    learnt, held = found.take(np.arange(300)), found.held_out.take(np.arange(HELD_OUT))
    assert len(np.unique(np.concatenate([learnt, held]), axis=0)) == 300 + HELD_OUT
    assert 0.45 < found.labels.mean() < 0.55
    assert 60 <= len(VOCABULARY) <= 120
    assert VOCABULARY[0] == "[PAD]"


def test_what_is_held_out_is_the_same_however_many_there_are_to_learn_from(data: Any) -> None:
    few, many = (data(word).held_out.take(np.arange(HELD_OUT)) for word in ("reviews:10", "reviews:700"))
    np.testing.assert_array_equal(few, many)


def test_they_are_the_same_on_every_machine(data: Any) -> None:
    """The sum is of what was drawn when the grammar was fixed: other reviews are another set."""
    assert data("reviews:100").digest() == SUM


def test_the_words_that_decide_say_the_class() -> None:
    """A judgement by itself, or turned by the negation before it; every word is used."""
    by_word: dict[str, set[int]] = {}
    found = reviews(2000)
    for one in found:
        *negations, judging = (one.words[place] for place in one.deciding)
        assert set(negations) <= {"not", "never", "hardly"}
        by_word.setdefault(judging, set()).add(one.label != bool(negations))
    assert all(len(signs) == 1 for signs in by_word.values())
    assert {word for one in found for word in one.words} == set(VOCABULARY[1:])
    assert max(len(one.words) for one in found) <= LENGTH


def counts(data: Any) -> np.ndarray:
    """How often each word is in each review (review, word)."""
    words = data.take(np.arange(len(data)))
    return np.stack([np.bincount(row, minlength=len(VOCABULARY))[1:] for row in words])


def test_a_bag_of_words_fails(data: Any) -> None:
    """Naive Bayes with one count more for each word; and logistic regression, fitted to the last digit."""
    found = data("reviews:2000")
    x, y, new, wanted = counts(found), found.labels, counts(found.held_out), found.held_out.labels
    shares = [np.log((x[y == k].sum(0) + 1) / (x[y == k].sum() + x.shape[1])) for k in (0, 1)]
    bayes = (new @ (shares[1] - shares[0]) > 0) == wanted
    assert bayes.mean() == pytest.approx(0.664, abs=5e-4)
    x1, new1 = (np.hstack([one, np.ones((len(one), 1))]) for one in (x, new))
    w = np.zeros(x1.shape[1])
    for _ in range(12):  # Newton's steps
        p = 1 / (1 + np.exp(-x1 @ w))
        w -= np.linalg.solve((x1.T * (p * (1 - p))) @ x1 + 1e-3 * np.eye(len(w)), x1.T @ (p - y) + 1e-3 * w)
    logistic = (new1 @ w > 0) == wanted
    assert 0.6 < logistic.mean() < 0.75
    negated = np.array([len(one.deciding) > 1 for one in reviews(1)[:HELD_OUT]])
    assert bayes[negated].mean() < 0.4 < 0.7 < bayes[~negated].mean()


@pytest.mark.parametrize("word", ["reviews:", "reviews:9", f"reviews:{MOST + 1}", "reviews:x", "reviews:1.5"])
def test_what_is_no_number_of_reviews(word: str, data: Any) -> None:
    with pytest.raises(BadData, match=r"says how many to learn from, 10 to 20000; try reviews:2000"):
        data(word)
