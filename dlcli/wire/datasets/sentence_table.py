"""A table of sentences with a label each: a column ``text`` beside the column of labels.

    text,label
    the film was good,positive
    "no, it was not",negative

Words are told apart without capitals. Those that occur once are the unknown word: so a net learns what to
make of words that it has never met.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from dlcli.errors import BadData, printable
from dlcli.tensor import Array
from dlcli.wire.datasets.dataset import PADDING, UNKNOWN, DataSet
from dlcli.wire.sentence import tokens
from dlcli.words.number import counted

#: Headings of a column of sentences.
HEADINGS = ("text", "sentence", "review")

#: How often a word occurs at least that is none of the unknown; words of a vocabulary, and of a sentence.
LEAST, MOST, LONGEST = 2, 20_000, 256


def text_column(heads: Sequence[str]) -> int | None:
    """The place of the column of sentences; None where there is none."""
    return next((i for name in HEADINGS for i, head in enumerate(heads) if head.lower() == name), None)


def cells_of(text: str, mark: str, columns: Sequence[int], count: int, where: str) -> list[list[str]]:
    """The cells of some columns, those of each apart. Raises ``BadData`` for a line of another length."""
    found: list[list[str]] = [[] for _ in columns]
    reader = csv.reader(io.StringIO(text), delimiter=mark)
    next(reader, None)
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != count:
            raise BadData(
                f"{where}: line {reader.line_num} has {counted(len(cells), 'value')}; there are {count} "
                f"headings: a text with {mark!r} in it stands in quotation marks"
            )
        for place, column in zip(found, columns, strict=True):
            place.append(cells[column].strip())
    return found


def sentence_set(
    word: str, texts: Sequence[str], labels: Array, classes: Sequence[str], say: Callable[[str], None]
) -> DataSet:
    """Sentences as the numbers of their words, short ones filled up.

    >>> two = sentence_set("x", ["So good!", "so bad"], np.array([1, 0]), ("-", "+"), print)
    x: 3 words that occur once are read as the unknown word, [UNK]
    >>> two.vocabulary, two.take(np.array([0, 1])).tolist()
    (('[PAD]', '[UNK]', 'so'), [[2, 1, 1], [2, 1, 0]])

    Raises ``BadData`` for one without a word.
    """
    where = printable(word)
    split = [tokens(text.lower()) for text in texts]
    if [] in split:
        raise BadData(f"{where}: sentence {split.index([])}, counted from 0, has no word; leave its line out")
    found = Counter(one for sentence in split for one in sentence)
    kept = [
        one for one, count in sorted(found.items(), key=lambda pair: (-pair[1], pair[0])) if count >= LEAST
    ]
    vocabulary = (PADDING, UNKNOWN, *kept[: MOST - 2])
    longest = max(map(len, split))
    if rest := len(found) - len(vocabulary) + 2:
        verb = "that occurs once is" if rest == 1 else "that occur once are"
        say(f"{where}: {counted(rest, 'word')} {verb} read as the unknown word, {UNKNOWN}")
    if longest > LONGEST:
        cut = sum(len(one) > LONGEST for one in split)
        say(f"{where}: of {counted(cut, 'sentence')} the first {LONGEST} words are read")
    numbers = {one: place for place, one in enumerate(vocabulary)}
    inputs = np.zeros((len(split), min(longest, LONGEST)), np.int32)
    for row, sentence in zip(inputs, split, strict=True):
        known = [numbers.get(one, 1) for one in sentence[:LONGEST]]
        row[: len(known)] = known
    return DataSet(
        word, inputs.shape[1:], inputs.dtype, labels, tuple(classes), lambda at: inputs[at], len(inputs),
        vocabulary=vocabulary,
    )  # fmt: skip
