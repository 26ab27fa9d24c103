"""Vectors for words that nobody has trained: drawn at random, the same for the same word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlcli.engines.base.checks import Array


def word_vectors(words: Sequence[str], features: int, seed: int) -> Array:
    """A vector (feature,) of normally distributed numbers for each word (word, feature), float64.

    It depends on the seed and on the letters of the word alone (small or capital), not on the sentence.

    >>> one, two, three = word_vectors(["The", "cat", "the"], 4, seed=0)
    >>> bool((one == three).all()), bool((one == two).any())
    (True, False)
    """
    found = np.empty((len(words), features))
    for row, word in zip(found, words, strict=True):
        letters = word.lower().encode(errors="surrogatepass")
        row[:] = np.random.default_rng([seed, *letters]).standard_normal(features)
    return found
