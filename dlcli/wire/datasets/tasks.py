"""Tasks that need memory and nothing else: ``copy:LAG`` and ``adding:LENGTH``.

    copy:5     c . . . . . ?      the letter at the beginning is to be said at the end, after a lag of 5 steps
    adding:5   0.3 0.7 0.2 0.9 0.4
               0   1   0   0   1      the sum of the two marked numbers, 1.1

Nothing but memory helps: the steps between are the same for every letter, and a guess is right once in eight;
a net that always answers 1 is off by 1/6 in the mean square.

Sources: Hochreiter and Schmidhuber, Long short-term memory, 1997, sections 5.2 and 5.4; Arjovsky, Shah and
Bengio, Unitary evolution recurrent neural networks, 2016, sections 5.1 and 5.2.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from dlcli.errors import BadData, printable
from dlcli.wire.datasets.dataset import DataSet, of_array

#: The letters that are to be kept, the step between, and the question.
LETTERS = tuple("abcdefgh")
BLANK, QUESTION = ".", "?"

#: How many sequences there are to learn from, and held out.
COUNT, HELD_OUT = 4000, 500

#: The most steps of a sequence.
MOST = 10_000


def read_task(word: str) -> DataSet:
    """The set of a word such as ``copy:100``. Raises ``BadData`` for what is no number of steps.

    >>> two = read_task("copy:3")
    >>> two.shape, len(two), two.take(np.array([0]))[0].tolist()[1:], two.labels.shape
    ((5,), 4000, [8, 8, 8, 9], (4000,))
    """
    name, _, told = word.partition(":")
    least = 2 if name == "adding" else 0
    number = int(told) if re.fullmatch(r"\d{1,6}", told) else -1
    if not least <= number <= MOST:
        what = "the steps between letter and question" if name == "copy" else "the length of a sequence"
        raise BadData(f"{printable(word)}: {name}:N says {what}, from {least} to {MOST}; try {name}:50")
    make = copying if name == "copy" else adding
    return replace(make(word, number, COUNT, 0), held_out=make(word, number, HELD_OUT, 1))


def copying(word: str, lag: int, count: int, part: int) -> DataSet:
    """Sequences of a letter, ``lag`` blanks and a question; each is of its own part's lots."""
    rng = np.random.default_rng([lag, part, 1])
    vocabulary = (*LETTERS, BLANK, QUESTION)
    letters = rng.integers(0, len(LETTERS), count)
    inputs = np.full((count, lag + 2), vocabulary.index(BLANK), np.int32)
    inputs[:, 0], inputs[:, -1] = letters, vocabulary.index(QUESTION)
    return DataSet(
        word, (lag + 2,), inputs.dtype, letters, LETTERS, lambda at: inputs[at], count, vocabulary=vocabulary
    )


def adding(word: str, length: int, count: int, part: int) -> DataSet:
    """Sequences of two numbers a step, one from 0 to 1 and a mark; the label is the sum of the two marked."""
    rng = np.random.default_rng([length, part, 2])
    numbers, marks = rng.random((count, length)), np.zeros((count, length))
    half, rows = length // 2, np.arange(count)
    marks[rows, rng.integers(0, half, count)] = 1
    marks[rows, rng.integers(half, length, count)] = 1
    inputs = np.stack([numbers, marks], axis=2).astype(np.float32)
    return of_array(word, inputs, (numbers * marks).sum(axis=1).astype(np.float32), (), sequences=True)
