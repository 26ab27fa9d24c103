"""A set of words as it is compared with another, or asked of a net: the same words, steps and classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from dlcli.errors import BadData, called, printable
from dlcli.tensor import Array
from dlcli.wire.datasets.dataset import END, PADDING, START, UNKNOWN, DataSet
from dlcli.words.near import some
from dlcli.words.number import counted

#: Words that are named of those that are missing, words that stand for none, and the label of no word.
NAMED = 5
NO_WORDS = (PADDING, START, END, UNKNOWN)
NOTHING = -1

#: How often a word occurs at least in what is learnt from that is none of the unknown, and the most words.
LEAST, MOST = 2, 20_000

Say = Callable[[str], None]


def in_vocabulary(
    data: DataSet, vocabulary: tuple[str, ...], who: str, say: Say = lambda _: None, hint: str = ""
) -> DataSet:
    """The same words in the numbers of another vocabulary, that of ``who``.

    Words that it does not have become its unknown word, with a line for ``say``.

    >>> from dlcli.wire.datasets.texts import text_set
    >>> in_vocabulary(text_set("x", "abab", 3), ("a", "b", "c"), "the net").take(np.array([0])).tolist()
    [[0, 1, 0]]

    Raises ``BadData`` for words that it does not have, where it has no unknown word; ``hint`` ends it.
    """
    if data.vocabulary == vocabulary:
        return data
    numbers = {word: place for place, word in enumerate(vocabulary)}
    missing = [word for word in _occurring(data) if word not in numbers and word not in NO_WORDS]
    if missing:
        told = f"{counted(len(missing), 'character' if data.spelled else 'word')} of {called(data.name)}"
        shown = some([printable(repr(word)) for word in missing], NAMED)
        if UNKNOWN not in numbers:
            raise BadData(f"{who} lacks {told}: {shown}{hint}")
        say(f"{who} lacks {told}, read as {UNKNOWN}: {shown}")
    return _renumbered(data, vocabulary)


def _renumbered(data: DataSet, vocabulary: tuple[str, ...]) -> DataSet:
    numbers = {word: place for place, word in enumerate(vocabulary)}
    unknown = numbers.get(UNKNOWN, 0)
    places = np.array([numbers.get(word, unknown) for word in data.vocabulary], np.int32)
    itself = data.classes == data.vocabulary  # each word is told the next one
    labels = places[data.labels] if itself and data.labels is not None else data.labels
    window = data.window
    return replace(
        data, vocabulary=vocabulary, classes=vocabulary if itself else data.classes, labels=labels,
        held_out=None if data.held_out is None else _renumbered(data.held_out, vocabulary),
        take=lambda at: places[data.take(at)],
        series=None if data.series is None else places[data.series],
        window=None if window is None else lambda size: _renumbered(window(size), vocabulary),
    )  # fmt: skip


def _occurring(data: DataSet) -> list[str]:
    """The words that a set holds, in the order of its vocabulary."""
    parts = [data] if data.held_out is None else [data, data.held_out]
    there = np.zeros(len(data.vocabulary), bool)
    for part in parts:
        for piece in [part.series] if part.series is not None else part.pieces():
            there[piece] = True
    return [data.vocabulary[place] for place in np.flatnonzero(there).tolist()]


def of_length(data: DataSet, steps: int, source: int, say: Say) -> DataSet:
    """The same with so many steps, the first ``source`` of them read: filled up, or cut, which is told.

    Raises ``BadData`` for words without one that fills up.

    >>> from dlcli.wire.datasets.reviews import read_reviews
    >>> of_length(read_reviews("reviews:10"), 3, 0, print).shape
    reviews:10: of 510 sentences the first 3 words are read
    (3,)
    """
    if data.shape == (steps,) and data.source == source:
        return data
    if data.vocabulary[:1] != (PADDING,) or bool(data.source) != bool(source):
        raise BadData(f"{called(data.name)} has {data.size_words()}; {steps} are wanted")
    cut = 0
    for part in [data] if data.held_out is None else [data, data.held_out]:
        for piece in part.pieces():
            cut += int((piece[:, source or steps : data.source or None] != 0).any(axis=1).sum())
    if cut:
        first = f"the first {source or steps} words are read"
        say(f"{called(data.name)}: of {counted(cut, 'sentence')} {first}")
    return _of_length(data, steps, source)


def _of_length(data: DataSet, steps: int, source: int) -> DataSet:
    first, written = source or steps, steps - source

    def take(at: Array) -> Array:
        rows = data.take(at)
        if not source:
            return _filled(rows, first, 0)
        read, rest = rows[:, : data.source], rows[:, data.source :]
        return np.concatenate([_filled(read, first, 0), _filled(rest, written, 0)], axis=1)

    labels = data.labels
    if source and labels is not None:
        labels = _filled(labels, written, NOTHING)
    held = None if data.held_out is None else _of_length(data.held_out, steps, source)
    return replace(data, shape=(steps,), source=source, take=take, labels=labels, held_out=held)


def _filled(rows: Array, length: int, value: int) -> Array:
    """Rows cut to a length, or filled up with a value."""
    rows = rows[:, :length]
    return np.pad(rows, ((0, 0), (0, length - rows.shape[1])), constant_values=value)


def of_learnt(data: DataSet, learnt: Array, say: Say) -> DataSet:
    """A set of sentences with the words alone that occur in those at the places ``learnt``.

    Those that occur there once, or not at all, are the unknown word: so a net learns what to make of words
    that it has never met. Of translations words that occur once are kept. A set whose vocabulary is not its
    own, but that of a grammar, stays as it is.

    >>> from dlcli.wire.datasets.sentence_table import sentence_set
    >>> three = sentence_set("x", ["so so", "so bad", "good"], np.array([0, 1, 1]), ("a", "b"))
    >>> of_learnt(three, np.array([0, 1]), print).vocabulary
    x: 2 words are read as the unknown word, [UNK]: they occur once, or in what is held out alone
    ('[PAD]', '[UNK]', 'so')
    """
    if UNKNOWN not in data.vocabulary:
        return data
    counts = np.bincount(data.take(learnt).reshape(-1), minlength=len(data.vocabulary))
    least = 1 if data.source else LEAST
    kept = [
        place for place, word in enumerate(data.vocabulary) if word not in NO_WORDS and counts[place] >= least
    ]
    kept.sort(key=lambda place: (-counts[place], data.vocabulary[place]))
    none = [word for word in data.vocabulary if word in NO_WORDS]
    vocabulary = (*none, *(data.vocabulary[place] for place in kept[: MOST - len(none)]))
    if rest := len(data.vocabulary) - len(vocabulary):
        verb, they = ("is", "it occurs") if rest == 1 else ("are", "they occur")
        once = "" if data.source else "once, or "
        say(
            f"{called(data.name)}: {counted(rest, 'word')} {verb} read as the unknown word, {UNKNOWN}: "
            f"{they} {once}in what is held out alone"
        )
    found = _renumbered(data, vocabulary)
    if not data.source or data.labels is None:
        return found
    told = set(data.labels[learnt].reshape(-1).tolist())
    return with_classes(found, [one for i, one in enumerate(data.classes) if one in NO_WORDS or i in told])


def with_classes(data: DataSet, classes: Sequence[str]) -> DataSet:
    """The same classes by the numbers that they have among others; the unknown word stands for the rest.

    Raises ``BadData`` for a class that is not among these.
    """
    classes = tuple(classes)
    if data.classes == classes or not data.classes or data.labels is None:
        return data
    numbers = {name: place for place, name in enumerate(classes)}
    lacking = [name for name in data.classes if name not in numbers]
    if lacking and UNKNOWN not in numbers:
        raise BadData(
            f"{called(data.name)} has the class '{printable(lacking[0])}', which is none of "
            f"{some(list(map(printable, classes)), NAMED)}"
        )
    places = np.array([*(numbers.get(name, numbers.get(UNKNOWN, 0)) for name in data.classes), NOTHING])
    held = None if data.held_out is None else with_classes(data.held_out, classes)
    return replace(data, classes=classes, labels=places[data.labels], held_out=held)
