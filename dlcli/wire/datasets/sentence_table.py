"""A table of sentences with a label each: a column ``text`` beside the column of labels.

    text,label
    the film was good,positive
    "no, it was not",negative

Words are told apart without capitals. All are in the vocabulary, until it is known what is learnt from: see
``vocabularies.of_learnt``.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from dlcli.errors import BadData, called, printable
from dlcli.tensor import Array
from dlcli.wire.datasets.dataset import PADDING, UNKNOWN, DataSet
from dlcli.wire.typed.sentence import tokens
from dlcli.words.number import counted

#: Headings of a column of sentences.
HEADINGS = ("text", "sentence", "review")

#: Those of a column of sentences and one of their translations.
PAIR = ("source", "target")

#: Words of a sentence, at most.
LONGEST = 256


def text_column(heads: Sequence[str]) -> int | None:
    """The place of the column of sentences; None where there is none."""
    return next((i for name in HEADINGS for i, head in enumerate(heads) if head.lower() == name), None)


def pair_columns(heads: Sequence[str]) -> tuple[int, int] | None:
    """The places of the columns of sentences and of their translations; None where there are none.

    >>> pair_columns(["target", "Source"]), pair_columns(["text", "label"])
    ((1, 0), None)
    """
    names = [head.lower() for head in heads]
    return (names.index(PAIR[0]), names.index(PAIR[1])) if set(PAIR) <= set(names) else None


def cells_of(
    text: str, mark: str, columns: Sequence[int], heads: Sequence[str], where: str, say: Callable[[str], None]
) -> list[list[str]]:
    """The cells of some columns, those of each apart; lines without any are told, and columns passed over.

    Raises ``BadData`` for a line of another length, and for two columns of one name.
    """
    count, names = len(heads), [head.lower() for head in heads]
    if twice := [head for i, head in enumerate(heads) if i in columns and names.count(names[i]) > 1]:
        raise BadData(
            f"{where} has {names.count(twice[0].lower())} columns called {printable(twice[0])}: one of them "
            "is read; give the others another name"
        )
    if rest := [head for i, head in enumerate(heads) if i not in columns]:
        read = " and ".join(printable(heads[column]) for column in columns)
        say(f"{where}: {read} are read; passed over: {listed(rest)}")
    found: list[list[str]] = [[] for _ in columns]
    empty = between = 0
    reader = csv.reader(io.StringIO(text), delimiter=mark)
    next(reader, None)
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            empty += 1
            continue
        between, empty = between + empty, 0
        if len(cells) != count:
            raise BadData(
                f"{where}: line {reader.line_num} has {counted(len(cells), 'value')}; there are {count} "
                f"headings: a text with {mark!r} in it stands in quotation marks"
            )
        for place, column in zip(found, columns, strict=True):
            place.append(cells[column].strip())
    if between:
        verb = "is" if between == 1 else "are"
        say(f"{where}: {counted(between, 'empty line')} {verb} passed over: results are of the other lines")
    return found


def listed(heads: Sequence[str]) -> str:
    """Headings as they are named in messages.

    >>> listed(["a", "b"]), listed(list("abcdefg"))
    ('a, b', 'a, b, …, g')
    """
    if len(heads) <= 6:
        return ", ".join(map(printable, heads))
    return f"{printable(heads[0])}, {printable(heads[1])}, …, {printable(heads[-1])}"


def sentence_set(
    word: str,
    texts: Sequence[str],
    labels: Array,
    classes: Sequence[str],
    say: Callable[[str], None] = lambda _: None,
) -> DataSet:
    """Sentences as the numbers of their words, those that occur most often first; short ones are filled up.

    >>> two = sentence_set("x", ["So good!", "so bad"], np.array([1, 0]), ("-", "+"))
    >>> two.vocabulary, two.take(np.array([0, 1])).tolist()
    (('[PAD]', '[UNK]', 'so', '!', 'bad', 'good'), [[2, 5, 3], [2, 4, 0]])

    Raises ``BadData`` for one without a word.
    """
    where = called(word)
    split = [tokens(text.lower()) for text in texts]
    if [] in split:
        raise BadData(f"{where}: sentence {split.index([])}, counted from 0, has no word; leave its line out")
    found = Counter(one for sentence in split for one in sentence)
    vocabulary = (PADDING, UNKNOWN, *sorted(found, key=lambda one: (-found[one], one)))
    longest = max(map(len, split))
    if longest > LONGEST:
        cut = sum(len(one) > LONGEST for one in split)
        say(f"{where}: of {counted(cut, 'sentence')} the first {LONGEST} words are read")
    numbers = {one: place for place, one in enumerate(vocabulary)}
    inputs = np.zeros((len(split), min(longest, LONGEST)), np.int32)
    for row, sentence in zip(inputs, split, strict=True):
        known = [numbers[one] for one in sentence[:LONGEST]]
        row[: len(known)] = known
    return DataSet(
        word, inputs.shape[1:], inputs.dtype, labels, tuple(classes), lambda at: inputs[at], len(inputs),
        vocabulary=vocabulary,
    )  # fmt: skip
