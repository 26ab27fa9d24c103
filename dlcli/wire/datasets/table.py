"""A table with a column of labels: each line is a row of numbers and its class or value."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from itertools import islice
from math import isqrt
from typing import BinaryIO, cast

import numpy as np

from dlcli.errors import BadData, called, printable
from dlcli.tensor import Array, Tensor
from dlcli.wire.datasets.dataset import DataSet, of_array
from dlcli.wire.datasets.labels import of_words, read_labels
from dlcli.wire.datasets.pairs import pair_set
from dlcli.wire.datasets.sentence_table import (
    cells_of,
    listed,
    pair_columns,
    sentence_set,
    text_column,
)
from dlcli.wire.datasets.words import LABELS, divider
from dlcli.wire.stream import Limits, Source
from dlcli.wire.typed.text import read_text
from dlcli.words.number import counted
from dlcli.words.numeral import is_number

#: Headings of the pixels of a picture, one after the other: ``pixel0``, ``pixel1``, …, or ``1x1``, ``1x2``, …
_PIXEL = re.compile(r"(?:pixel|px|p)[ _-]?\d+|\d+x\d+", re.IGNORECASE)


def read_rows(path: str, word: str, *, limits: Limits, say: Callable[[str], None]) -> DataSet:
    """The set of a CSV or TSV table whose first line names a column ``label``, ``class`` or ``y``.

    Words are class names, whole numbers class numbers, fractions values to be fitted. Columns that are called
    ``pixel0``, ``pixel1``, … are the pixels of square pictures. A column ``text`` holds sentences; see
    ``sentence_table``; columns ``source`` and ``target`` hold these and their translations; see ``pairs``.
    Raises ``BadData``.
    """
    with open(path, "rb", buffering=0) as file:
        return rows_of(read_text(Source(cast(BinaryIO, file), word), limits=limits), word, say)


def rows_of(text: str, word: str, say: Callable[[str], None]) -> DataSet:
    """The same of the text of a table."""
    where = called(word)
    first = text.partition("\n")[0]
    mark = divider(first)
    heads = [head.strip() for head in next(csv.reader([first], delimiter=mark), [])]
    if (both := pair_columns(heads)) is not None:
        read, written = cells_of(text, mark, both, heads, where, say)
        if not read:
            raise BadData(f"{where}: a table without a line below its headings")
        return pair_set(word, read, written, say)
    column = _label_column(heads)
    if column is None:
        received = f"; received {listed(heads)}" if any(heads) else "; the file is empty"
        other = "without labels it is a series, for dlcli train forecast"
        if any(map(str.isalpha, "".join(_first_row(text, mark)))):
            other = "sentences stand in a column text, and what they are translated into in source and target"
        raise BadData(
            f"{where}: no column of labels; its first line has to name one of its columns "
            f"{', '.join(LABELS[:-1])} or {LABELS[-1]}{received}; {other}"
        )
    column_words = f"{where}, column {printable(heads[column])}"
    sentences = text_column(heads)
    if sentences is not None and not _numbers_in(text, mark, sentences):
        texts, words = cells_of(text, mark, (sentences, column), heads, where, say)
        if not words:
            raise BadData(f"{where}: a table without a line below its headings")
        labels, classes = _labels(words, column_words, say, lambda row: f"in line {_line(text, mark, row)}")
        return sentence_set(word, texts, labels, classes, say)
    try:
        words, x = _fast(text, mark, column, len(heads))
    except ValueError:
        words, x = _slow(text, mark, column, heads, where)
    if not words:
        raise BadData(f"{where}: a table without a line below its headings")
    if x.shape[1] == 0:
        raise BadData(f"{where}: no column but {heads[column]}: there is nothing to tell its labels by")
    labels, classes = _labels(words, column_words, say, lambda row: f"in line {_line(text, mark, row)}")
    return of_array(word, _inputs(x, heads[:column] + heads[column + 1 :], where, say), labels, classes)


def from_table(tensor: Tensor, name: str, say: Callable[[str], None], *, values: bool) -> DataSet | None:
    """The set in a table of numbers (row, column) that was read as a tensor; None without a column of labels.

    The labels are ``values`` to be fitted, or class numbers; None where they cannot be these.

    >>> from dlcli.tensor import Axis
    >>> heads = Axis("column", ("a", "b", "y"))
    >>> table = Tensor([[1, 2, 0.5], [3, 4, 1.5]], (Axis("row"), heads))
    >>> found = from_table(table, "t.csv", print, values=True)
    >>> found.shape, found.labels.tolist()
    ((2,), [0.5, 1.5])
    """
    heads = (tensor.axes[1].labels or ()) if tensor.data.ndim == 2 else ()
    column = _label_column(heads)
    if column is None or len(heads) < 2 or tensor.data.dtype.kind not in "iuf":
        return None
    where, y = called(name), tensor.data[:, column]
    if not values and ((y != np.floor(y)) | (y < 0)).any():
        return None
    told = f"{where}, column {printable(heads[column])}"
    labels, classes = read_labels(y.astype(np.float32 if values else np.int64), len(y), told, say)
    x = np.delete(tensor.data, column, axis=1).astype(np.float32)
    names = [head for i, head in enumerate(heads) if i != column]
    return of_array(name, _inputs(x, names, where, say), labels, classes)


def _numbers_in(text: str, mark: str, column: int) -> bool:
    """Whether the first line below the headings has a number in a column."""
    row = _first_row(text, mark)
    return column < len(row) and is_number(row[column].strip())


def _first_row(text: str, mark: str) -> list[str]:
    """The cells of the first line below the headings."""
    return next(islice(csv.reader(io.StringIO(text), delimiter=mark), 1, 2), [])


def _label_column(heads: Sequence[str]) -> int | None:
    """The place of the column of labels: of several the one whose name says it best."""
    found = [i for name in LABELS for i, head in enumerate(heads) if head.lower() == name]
    return found[0] if found else None


def _inputs(x: Array, names: Sequence[str], where: str, say: Callable[[str], None]) -> Array:
    """Rows as inputs: square pictures (row, height, width) where the columns are called as their pixels."""
    side = isqrt(len(names))
    if len(names) == side * side > 1 and all(map(_PIXEL.fullmatch, names)):
        many = f"the {len(names)} columns {listed(names)}"
        say(f"{where}: {many} were read as pictures of {side} x {side} pixels")
        if x.min() >= 0 and x.max() <= 255 and (x == np.floor(x)).all():
            x = x.astype(np.uint8)
        x = x.reshape(-1, side, side)
    return x


def _fast(text: str, mark: str, column: int, width: int) -> tuple[list[str], Array]:
    """The labels and the numbers by NumPy's reader. Raises ``ValueError`` for what it cannot read."""
    if '"' in text or not text.isascii():
        raise ValueError("only plain tables")
    lines = [line for line in text.splitlines()[1:] if line.strip()]
    words, rest = [], []
    for line in lines:
        if column == 0:  # most often, and of a picture there are many behind it
            word, _, numbers = line.partition(mark)
            words.append(word.strip())
            rest.append(numbers)
            continue
        cells = line.split(mark)
        if len(cells) != width:
            raise ValueError("lines of different lengths")
        words.append(cells.pop(column).strip())
        rest.append(mark.join(cells))
    if width == 1 or not rest:
        return words, np.empty((len(words), 0), np.float32)
    x = np.loadtxt(io.StringIO("\n".join(rest)), np.float64, comments=None, delimiter=mark, ndmin=2)
    if x.shape != (len(words), width - 1) or not np.isfinite(x).all():
        raise ValueError("lines of different lengths, or a number that is missing")
    return words, x.astype(np.float32)


def _slow(text: str, mark: str, column: int, heads: Sequence[str], where: str) -> tuple[list[str], Array]:
    """The same cell by cell, to tell of the first that is no number."""
    words: list[str] = []
    rows: list[list[float]] = []
    reader = csv.reader(io.StringIO(text), delimiter=mark)
    next(reader, None)
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        line = reader.line_num
        if len(cells) != len(heads):
            told = f"there {'is' if len(heads) == 1 else 'are'} {counted(len(heads), 'heading')}"
            raise BadData(f"{where}: line {line} has {counted(len(cells), 'value')}; {told}")
        words.append(cells.pop(column).strip())
        names = [head for i, head in enumerate(heads) if i != column]
        row = []
        for name, cell in zip(names, cells, strict=True):
            try:
                value = float(cell)
            except ValueError:
                value = np.nan
            if not np.isfinite(value):
                raise BadData(
                    f"{where}: line {line}, column {printable(name)}: {printable(cell.strip())!r} is not a "
                    "finite number; leave out the line or the column, or put a number there"
                )
            row.append(value)
        rows.append(row)
    return words, np.array(rows, np.float32).reshape(len(words), -1)


def _line(text: str, mark: str, row: int) -> int:
    """The line of a text that a row stands in, both headings and empty lines counted."""
    reader = csv.reader(io.StringIO(text), delimiter=mark)
    lines = (reader.line_num for cells in reader if any(cell.strip() for cell in cells))
    return next(islice(lines, row + 1, None))


def _labels(
    words: Sequence[str], where: str, say: Callable[[str], None], place: Callable[[int], str]
) -> tuple[Array, tuple[str, ...]]:
    """Whole numbers as class numbers, fractions as values, anything else as class names."""
    if "" in words:
        raise BadData(f"{where}: no label {place(words.index(''))}")
    try:
        numbers = np.array([int(word) for word in words])
        return read_labels(numbers, len(words), where, say, place=place)
    except ValueError:
        pass
    try:
        values = np.array([float(word) for word in words], np.float32)
    except ValueError:
        return of_words([printable(word) for word in words])
    return read_labels(values, len(words), where, say, place=place)
