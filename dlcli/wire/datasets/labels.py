"""Labels as they are in files: class numbers, class names, one of several columns set, or values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from dlcli.errors import BadData, printable
from dlcli.tensor import Array
from dlcli.words.number import counted

#: Classes may be numbered so far without a picture for each.
MANY = 1000


def read_labels(
    y: Array,
    count: int,
    where: str,
    say: Callable[[str], None],
    names: Sequence[str] | None = None,
    place: Callable[[int], str] = "at place {}".format,
) -> tuple[Array, tuple[str, ...]]:
    """Labels (n,) or (n, k) as class numbers with the names of the classes, or as values to be fitted.

    Whole numbers are class numbers, from 0; words are classes in the order of the alphabet; rows with a
    single 1 among zeros are classes, too; fractions are values. ``where`` names the labels in messages, and
    ``names`` are those of the classes, where they are known. ``place`` says where the label of a number is.

    Raises ``BadData`` when there are not as many labels as inputs, and for class numbers out of range.

    >>> read_labels(np.array([0, 2, 1]), 3, "y", print)
    (array([0, 2, 1]), ('0', '1', '2'))
    >>> read_labels(np.array(["dog", "cat"]), 2, "y", print)
    (array([1, 0]), ('cat', 'dog'))
    """
    if y.ndim == 0 or len(y) != count:
        have = len(y) if y.ndim else 0
        raise BadData(
            f"{where} has {counted(have, 'label')} for {counted(count, 'input')}; one each is wanted, "
            "in the same order"
        )
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim > 2 or y.dtype.kind not in "biufU":
        raise BadData(
            f"{where} is {' x '.join(map(str, y.shape))} of {y.dtype}; labels are class numbers (n,), "
            "or values to be fitted, (n,) or (n, k)"
        )
    if y.dtype.kind == "U":
        return of_words([printable(str(word)) for word in y.tolist()])
    if y.ndim == 2 and count and one_of_each(y):
        say(f"{where} has a single 1 in each row: it was read as the class, 0 to {y.shape[1] - 1}")
        y = y.argmax(axis=1)
    if y.ndim == 2 or y.dtype.kind == "f":
        return _values(y, where, say, place)
    labels = y.astype(np.int64)
    most = len(names) if names else max(count, MANY)
    wrong = np.flatnonzero((labels < 0) | (labels >= most))
    if wrong.size:
        at = int(wrong[0])
        high = f"the {counted(len(names), 'class name')}" if names else counted(count, "input")
        raise BadData(
            f"{where}: labels out of range: {int(y[at])} {place(at)}; class numbers count from 0, "
            f"up to {most - 1} for {high}: number the classes 0, 1, 2, …, "
            "or save values to be fitted as floats"
        )
    classes = tuple(names) if names else tuple(map(str, range(int(labels.max(initial=-1)) + 1)))
    return labels, classes


def of_words(words: Sequence[str], classes: Sequence[str] = ()) -> tuple[Array, tuple[str, ...]]:
    """Class numbers and names of labels that are words: numbers among them by size, others by the alphabet.

    >>> of_words(["10", "9", "10"])
    (array([1, 0, 1]), ('9', '10'))
    """
    known = tuple(classes) or tuple(sorted(set(words), key=in_order))
    numbers = {name: i for i, name in enumerate(known)}
    return np.array([numbers[word] for word in words], np.int64), known


def in_order(name: str) -> tuple[bool, int, str]:
    """Puts names in order: whole numbers by their size, before words.

    >>> sorted(["10", "cat", "9"], key=in_order)
    ['9', '10', 'cat']
    """
    return (False, int(name), name) if re.fullmatch(r"\d{1,9}", name) else (True, 0, name)


def one_of_each(y: Array) -> bool:
    """Whether each row (n, class) has a single 1 and zeros."""
    return bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())


def _values(
    y: Array, where: str, say: Callable[[str], None], place: Callable[[int], str]
) -> tuple[Array, tuple[str, ...]]:
    values = np.asarray(y, np.result_type(y.dtype, np.float32))
    if not np.isfinite(values).all():
        at = int(np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))[0])
        raise BadData(f"{where}: the value {place(at)} is not finite; leave this input out")
    if y.ndim == 1 and y.size and (values == np.floor(values)).all():
        say(
            f"{where} holds whole numbers as {y.dtype}: they were read as values to be fitted; "
            "class numbers are saved as integers: y.astype(int)"
        )
    return values, ()
