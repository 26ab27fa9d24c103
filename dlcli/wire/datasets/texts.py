"""A text as a set to learn the next character from: windows of it, each with the same moved on by one.

    x  T o   b e      y  o   b e ,

The windows follow each other without a gap, so that a net that keeps its state from one to the next reads the
whole text. The vocabulary is every character that there is, in the order of Unicode.
"""

from __future__ import annotations

import numpy as np

from dlcli.errors import BadData, called
from dlcli.tensor import Array, Attr, Axis, Tensor
from dlcli.wire.datasets.dataset import DataSet
from dlcli.wire.read import open_input
from dlcli.wire.stream import Limits
from dlcli.wire.typed.text import read_text

#: The attribute of a text that holds its characters, each once.
VOCABULARY = "vocabulary"

#: Characters of a window where nobody says how many.
WINDOW = 64


def read_text_set(path: str, word: str, *, limits: Limits) -> DataSet:
    """The windows of a text file."""
    with open_input(path, stdin=None) as source:
        text = read_text(source, limits=limits)
    return text_set(word, text)


def text_set(word: str, text: str, window: int = WINDOW) -> DataSet:
    """The windows of a text; what is left at its end is no whole window and stays out.

    One that is shorter than a window and the character behind it has none; ``windowed`` raises ``BadData``
    then.

    >>> two = text_set("x", "to be or", 3)
    >>> two.vocabulary, two.take(np.array([0, 1])).tolist(), two.labels.tolist()
    ((' ', 'b', 'e', 'o', 'r', 't'), [[5, 3, 0], [1, 2, 0]], [[3, 0, 1], [2, 0, 3]])
    """
    codes = np.array([ord(one) for one in text], np.int64)
    points, numbers = np.unique(codes, return_inverse=True)
    vocabulary = tuple(map(chr, points.tolist()))
    return _windows(word, numbers.astype(np.int32), vocabulary, window)


def _windowed(word: str, numbers: Array, vocabulary: tuple[str, ...], window: int) -> DataSet:
    """Windows of another length. Raises ``BadData`` where the text is shorter than one."""
    if len(numbers) <= window:
        raise BadData(
            f"{called(word)}: a window of {window} characters and the one behind it are more than the "
            f"{len(numbers)} that there are; try a longer text"
            + f", or --window {len(numbers) - 1}"
            * (len(numbers) > 1)
        )
    return _windows(word, numbers, vocabulary, window)


def _windows(word: str, numbers: Array, vocabulary: tuple[str, ...], window: int) -> DataSet:
    count = max(0, len(numbers) - 1) // window
    inputs = numbers[: count * window].reshape(count, window)
    labels = numbers[1 : count * window + 1].reshape(count, window)
    return DataSet(
        word, (window,), inputs.dtype, labels, vocabulary, lambda at: inputs[at], count,
        vocabulary=vocabulary, in_time=True, series=numbers,
        window=lambda size: _windowed(word, numbers, vocabulary, size),
    )  # fmt: skip


def text_tensor(data: DataSet) -> Tensor:
    """A text whose windows a set holds, (character) by their numbers; its attribute names them in order.

    >>> text_tensor(text_set("x", "to be or", 3)).attrs["vocabulary"]
    ' beort'
    """
    assert data.series is not None
    attrs: dict[str, Attr] = {"source": data.name, VOCABULARY: "".join(data.vocabulary)}
    return Tensor(data.series, (Axis("character"),), "text", attrs)


def is_text(tensor: Tensor) -> bool:
    """Whether a tensor is a text: as ``text_tensor`` makes them, or numbers labelled by their words."""
    if tensor.data.dtype.kind not in "iu":
        return False
    if tensor.axis_names == ("token",):
        return tensor.axes[0].labels is not None
    return isinstance(tensor.attrs.get(VOCABULARY), str) and tensor.axis_names == ("character",)


def text_of(tensor: Tensor) -> str:
    """The text of such a tensor; words have blanks between them, unless it tells itself how it was spelt.

    >>> text_of(Tensor([0, 1, 0], (Axis("token", ("a", " ", "a")),)))
    'a a'
    >>> text_of(Tensor([0, 1], (Axis("token", ("so", "good")),), attrs={"text": "so, so good"}))
    'so good'

    Raises ``BadData`` for a number that names no character.
    """
    if tensor.axis_names == ("token",):
        words, told = tensor.axes[0].labels or (), str(tensor.attrs.get("text", ""))
        if "".join(told.split()) == "".join("".join(words).split()):
            return told
        return ("" if all(len(word) == 1 for word in words) else " ").join(words)
    vocabulary = str(tensor.attrs[VOCABULARY])
    numbers = tensor.data
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < len(vocabulary):
        raise BadData(
            f"the characters of a text are numbers from 0 to {len(vocabulary) - 1} here; received "
            f"{numbers.min()} to {numbers.max()}"
        )
    return "".join(np.array(list(vocabulary))[numbers])
