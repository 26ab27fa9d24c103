"""Sequences with a translation behind each, and a table of own ones: columns ``source`` and ``target``.

    source,target             i am cold · ·  |  ^   mir  ist  kalt    what is read, what has been written
    i am cold,mir ist kalt                      mir ist  kalt [END]   what is to be written

An input is what is read, filled up with the word 0, and behind it the translation moved on by one step, with
a start sign before it: whoever writes a word has seen those before it alone. Of a table the words are told
apart without capitals, and an end sign is the last that is written; behind it nothing is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from dlcli.errors import BadData, called
from dlcli.wire.datasets.dataset import END, PADDING, START, UNKNOWN, DataSet
from dlcli.wire.typed.sentence import tokens
from dlcli.words.number import counted

#: Words of a sentence and of its translation, at most.
LONGEST = 64


def pairs(
    word: str,
    read: Sequence[Sequence[str]],
    written: Sequence[Sequence[str]],
    vocabulary: tuple[str, ...],
    classes: tuple[str, ...],
    source: int,
    target: int,
) -> DataSet:
    """The set of sequences of words, ``source`` of them at most, and of their translations of ``target``.

    ``vocabulary`` are the words of both, the padding first; ``classes`` those that are written.

    >>> one = pairs("x", ["ab"], ["c"], ("[PAD]", "[START]", *"abc"), ("c",), 3, 2)
    >>> one.take(np.array([0])).tolist(), one.labels.tolist()
    ([[2, 3, 0, 1, 0]], [[0, -1]])
    """
    numbers = {one: place for place, one in enumerate(vocabulary)}
    answers = {one: place for place, one in enumerate(classes)}
    inputs = np.zeros((len(read), source + target), np.int32)
    labels = np.full((len(read), target), -1, np.int64)
    inputs[:, source] = numbers[START]
    for row, label, before, after in zip(inputs, labels, read, written, strict=True):
        row[: len(before)] = [numbers[one] for one in before]
        row[source + 1 : source + len(after)] = [numbers[one] for one in after[:-1]]
        label[: len(after)] = [answers[one] for one in after]
    return DataSet(
        word, inputs.shape[1:], inputs.dtype, labels, classes, lambda at: inputs[at], len(inputs),
        vocabulary=vocabulary, source=source,
    )  # fmt: skip


def pair_set(word: str, read: Sequence[str], written: Sequence[str], say: Callable[[str], None]) -> DataSet:
    """The set of sentences and their translations, by words.

    >>> two = pair_set("x", ["I am cold", "He is cold"], ["Mir ist kalt", "Ihm ist kalt"], print)
    >>> two.words(1), two.shape, two.classes
    (('he is cold', 'ihm ist kalt'), (7,), ('[END]', '[UNK]', 'ihm', 'ist', 'kalt', 'mir'))

    Raises ``BadData`` for one without a word.
    """
    where = called(word)
    both = [[tokens(text.lower()) for text in some] for some in (read, written)]
    for name, split in zip(("source", "target"), both, strict=True):
        if [] in split:
            raise BadData(
                f"{where}: {name} {split.index([])}, counted from 0, has no word; leave its line out"
            )
    cut = sum(max(map(len, pair)) > LONGEST for pair in zip(*both, strict=True))
    if cut:
        say(f"{where}: of {counted(cut, 'pair')} the first {LONGEST} words are read")
    before = [one[:LONGEST] for one in both[0]]
    after = [[*one[:LONGEST], END] for one in both[1]]
    found = Counter(one for split in both for sentence in split for one in sentence)
    vocabulary = (PADDING, UNKNOWN, START, END, *sorted(found, key=lambda one: (-found[one], one)))
    classes = (END, UNKNOWN, *sorted({one for sentence in after for one in sentence} - {END}))
    return pairs(word, before, after, vocabulary, classes, max(map(len, before)), max(map(len, after)))
