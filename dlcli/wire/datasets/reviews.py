"""Reviews of films, drawn from a grammar: ``reviews:N``, to be told into negative and positive ones.

    the film was not good                            negative: the word is good, and it is negated
    although the plot was weak , i loved the ending  positive: what stands after the concession decides

Nobody has written them: a grammar has, and what is learnt from them is that grammar. Three judgements in ten
are negated, and half of the reviews say something else before that does not count: who sums up words without
their order is right in two of three.

There are 86 words and a padding; a review has 4 to 16 of them. What is held out is not among what is learnt
from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dlcli.errors import BadData, printable
from dlcli.wire.datasets.dataset import PADDING, DataSet

#: The classes, by their numbers.
CLASSES = ("negative", "positive")

#: Reviews that are held out, the least and the most that are learnt from, and words of the longest.
HELD_OUT, LEAST, MOST, LENGTH = 500, 10, 20_000, 16

#: The share of judgements that are negated.
NEGATED = 0.3

_GOOD = (
    "good", "great", "fine", "brilliant", "charming", "clever", "funny", "gripping", "moving",
    "original", "superb", "touching", "warm", "wonderful",
)  # fmt: skip
_BAD = (
    "bad", "boring", "clumsy", "dull", "flat", "hollow", "lame", "lazy", "messy", "predictable",
    "shallow", "slow", "tedious", "weak",
)  # fmt: skip
_LIKED, _HATED = ("liked", "loved", "enjoyed", "admired"), ("hated", "disliked", "regretted", "endured")
_THINGS = (
    "film", "movie", "story", "plot", "acting", "cast", "music", "ending", "dialogue", "script",
    "camera", "comedy", "drama", "thriller", "sequel", "scenery",
)  # fmt: skip
_WITH_BE = ("was", "is", "seems", "seemed")
_NOT = ("not", "never", "hardly")
_VERY = ("very", "really", "quite", "so", "truly")
_BEFORE = ("last night", "in a small cinema", "with my sister", "on a rainy evening", "with old friends")
_BUT = ("but", "yet")
_ALTHOUGH = ("although", "though", "while")


@dataclass(frozen=True)
class Review:
    """A review: its ``words``, its class, and the places of those that decide, a negation among them."""

    words: tuple[str, ...]
    label: int
    deciding: tuple[int, ...]


def read_reviews(word: str) -> DataSet:
    """The set of a word such as ``reviews:2000``. Raises ``BadData`` for what is no number of reviews.

    >>> found = read_reviews("reviews:100")
    >>> found.shape, found.classes, len(found), len(found.held_out), len(found.vocabulary)
    ((16,), ('negative', 'positive'), 100, 500, 87)
    """
    told = word.partition(":")[2]
    number = int(told) if re.fullmatch(r"\d{1,6}", told) else -1
    if not LEAST <= number <= MOST:
        raise BadData(
            f"{printable(word)}: reviews:N says how many to learn from, {LEAST} to {MOST}; try reviews:2000"
        )
    found = reviews(number)
    return replace(_set(word, found[HELD_OUT:]), held_out=_set(word, found[:HELD_OUT]))


def reviews(number: int) -> list[Review]:
    """Reviews, no two of them alike: those that are held out, then so many to learn from.

    >>> one = reviews(1)[0]
    >>> " ".join(one.words), CLASSES[one.label], [one.words[place] for place in one.deciding]
    ('though the film was not so good , the drama is really moving', 'positive', ['moving'])
    """
    rng = np.random.default_rng(5)
    found: dict[tuple[str, ...], Review] = {}
    while len(found) < HELD_OUT + number:
        one = _review(rng)
        found.setdefault(one.words, one)
    return list(found.values())


def _review(rng: np.random.Generator) -> Review:
    label = int(rng.integers(2))
    judged, deciding = _judgement(rng, label)
    before: list[str] = []
    other = _judgement(rng, int(rng.integers(2)))[0] if rng.random() < 0.5 else None
    if other is not None and rng.random() < 0.5:
        before = [*other, _one(rng, _BUT)]
    elif other is not None:
        before = [_one(rng, _ALTHOUGH), *other, ","]
    elif rng.random() < 0.4:
        before = [*_one(rng, _BEFORE).split(), ","]
    return Review((*before, *judged), label, tuple(len(before) + place for place in deciding))


def _judgement(rng: np.random.Generator, label: int) -> tuple[list[str], list[int]]:
    """A clause that says good or bad of something, and the places of the words by which it does."""
    negated = rng.random() < NEGATED
    positive = bool(label) != negated
    thing = ["the", _one(rng, _THINGS)]
    if rng.random() < 0.3:
        verb = _one(rng, _LIKED if positive else _HATED)
        if not negated:
            return ["i", verb, *thing], [1]
        return ["i", _one(rng, ("never", "hardly")), verb, *thing], [1, 2]
    adjective = _one(rng, _GOOD if positive else _BAD)
    be = _one(rng, _WITH_BE)
    if not negated:
        very = [_one(rng, _VERY)] if rng.random() < 0.5 else []
        return [*thing, be, *very, adjective], [3 + len(very)]
    very = [_one(rng, _VERY)] if rng.random() < 0.3 else []
    return [*thing, be, _one(rng, _NOT), *very, adjective], [3, 4 + len(very)]


def _one(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(rng.integers(len(words)))]


def _words() -> Iterator[str]:
    """Every word that there is, the padding first."""
    yield PADDING
    yield from dict.fromkeys(
        (
            "the", "i", ",", *_GOOD, *_BAD, *_LIKED, *_HATED, *_THINGS, *_WITH_BE, *_NOT, *_VERY,
            *" ".join(_BEFORE).split(), *_BUT, *_ALTHOUGH,
        )
    )  # fmt: skip


VOCABULARY = tuple(_words())


def _set(word: str, found: list[Review]) -> DataSet:
    numbers = {one: place for place, one in enumerate(VOCABULARY)}
    inputs = np.zeros((len(found), LENGTH), np.int32)
    for place, one in enumerate(found):
        inputs[place, : len(one.words)] = [numbers[each] for each in one.words]
    labels = np.array([one.label for one in found], np.int64)
    return DataSet(
        word, (LENGTH,), inputs.dtype, labels, CLASSES, lambda at: inputs[at], len(found),
        vocabulary=VOCABULARY,
    )  # fmt: skip
