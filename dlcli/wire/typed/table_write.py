"""Tables of numbers as text, written: CSV and TSV that ``dlcli.wire.typed.table`` reads back alike."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from itertools import product
from typing import Any, BinaryIO

import numpy as np

from dlcli.tensor import Axis, Tensor, names_of
from dlcli.wire.atomic import write_all
from dlcli.wire.typed.literal import written
from dlcli.wire.typed.table import ACTION, CORNER, STATES, TIMES, VALUE, are_divided, needs_quotes

#: The axes of matrices that are plain numbers: a table, also turned round, and a picture without channels.
_PLAIN = ((Axis("row"), Axis("column")), (Axis("column"), Axis("row")), (Axis("height"), Axis("width")))


def write_table(tensor: Tensor, stream: BinaryIO, *, delimiter: str) -> None:
    r"""Write a tensor as a table, so that ``read_table`` gives it back.

    A matrix keeps its form, with the names of its rows and columns where it has them. Where its axes have
    other names than those of a table or a picture, units, or numbers for their places, where it is a single
    column, and where all names of its rows are numbers with decimal commas, the corner has their names
    (``frequency (Hz)\frame (s)``), and rows and columns their places. Numbers that stand for names
    (``names_of``) are written as these. A plain vector is one value a line.

    Any other tensor has the long form, and so has a matrix whose axes have names that cannot stand in a
    corner: a line for each number, behind its place on every axis. The heading of the numbers stands in
    quotation marks, ``state,action,"value"``, as only names do elsewhere that need them: this tells the
    reader, and nobody else, that the other columns are axes. Where the names do not tell how long an axis is
    (``no no``), empty lines do: one behind each run of the last axis, three where one of the last two ends,
    four of the last three, and so on; for two are what stands between a table and the next.
    """
    separator = "\t" if delimiter == "\t" else ","
    if tensor.data.ndim == 2 and _corner(tensor, separator) is not None:
        _write_matrix(tensor, stream, separator)
    elif tensor.axes == (Axis("index"),) and tensor.data.size > 1:
        for piece in written(tensor.data):
            write_all(stream, "".join(f"{word}\n" for word in piece).encode())
    else:
        _write_long(tensor, stream, separator)


def _corner(tensor: Tensor, separator: str) -> str | None:
    """The cell between the names of rows and columns; none where a name cannot be told from another there."""
    rows, columns = tensor.axes
    if _is_simple(tensor, separator):
        return None if CORNER in rows.name else _cell(rows.name, separator)
    heads = [_head(rows), _head(columns)]
    if any(CORNER in head for head in heads) or needs_quotes(":".join(heads), separator):
        return None
    return CORNER.join(heads)


def _write_matrix(tensor: Tensor, stream: BinaryIO, separator: str) -> None:
    """The rows as lines."""
    data, (rows, columns) = tensor.data, tensor.axes
    placed = not _is_simple(tensor, separator)
    corner = _corner(tensor, separator) or ""
    labels = _places(rows, len(data), separator) if placed or rows.labels is not None else None
    heads = _places(columns, data.shape[1], separator) if placed or columns.labels is not None else None
    names = {
        list(columns.labels or ()).index(column): [_cell(name, separator) for name in called]
        for column, called in names_of(tensor).items()
    }
    page = StringIO()
    if heads is not None:
        first = heads if labels is None else [corner, *heads]
        page.write(separator.join(first) + "\n")
    for start in range(0, len(data), 256):
        block = data[start : start + 256]
        cells = [word for piece in written(block) for word in piece]
        for i in range(len(block)):
            row = cells[i * data.shape[1] : (i + 1) * data.shape[1]]
            for j, called in names.items():
                row[j] = _called(block[i, j], called, row[j])
            label = [] if labels is None else [labels[start + i]]
            page.write(separator.join(label + row) + "\n")
        _send(page, stream)
    _send(page, stream)


def _is_simple(tensor: Tensor, separator: str) -> bool:
    """Whether a matrix comes back with its axes from its numbers, below and behind the names that it has."""
    rows, columns = tensor.axes
    if names_of(tensor):
        return True
    if tensor.shape[1] == 1:
        return False
    if are_divided(rows.labels or (), separator) and rows.name not in (*STATES, ACTION):
        return False
    if (rows, columns) in _PLAIN:
        return True
    heads = columns.labels
    if columns != Axis("column", heads) or rows != Axis(rows.name, rows.labels):
        return False
    if heads is not None and (not heads[0] or any(head.partition(" ")[0].lower() in TIMES for head in heads)):
        return False
    return rows.name == "row" or (rows.labels is not None and heads is not None)


def _head(axis: Axis) -> str:
    """The name of an axis and its unit, in a way that ``read_table`` takes apart again."""
    return f"{axis.name} ({axis.unit})" if axis.unit or axis.name.endswith(")") else axis.name


def _cell(name: str, separator: str) -> str:
    """A name as a cell: in quotation marks where it needs them.

    >>> _cell("cat", ","), _cell("1.5", ","), _cell("0,1", "\\t"), _cell('a "b", c', ",")
    ('cat', '"1.5"', '"0,1"', '"a ""b"", c"')
    """
    return '"' + name.replace('"', '""') + '"' if needs_quotes(name, separator) else name


def _called(value: Any, names: Sequence[str], word: str) -> str:
    """The name that a number stands for; the number's own word when it is none of theirs."""
    return names[int(value)] if value in range(len(names)) else word


def _write_long(tensor: Tensor, stream: BinaryIO, separator: str) -> None:
    """One line for each number: its label, value or index on every axis, then the number."""
    names = [_places(axis, n, separator) for axis, n in zip(tensor.axes, tensor.shape, strict=True)]
    places = product(*names)
    page = StringIO()
    heads = [_cell(_head(axis), separator) for axis in tensor.axes]
    page.write(separator.join([*heads, f'"{VALUE}"']) + "\n")
    unclear = any(along[1:2] == along[:1] for along in names[:-1])
    runs = np.cumprod(tensor.shape[:0:-1]).tolist() if unclear else []
    count = 0
    for piece in written(tensor.data):
        for word, place in zip(piece, places, strict=False):
            ended = sum(count % run == 0 for run in runs) if count else 0
            page.write("\n" * (ended + (ended > 1)) + separator.join((*place, word)) + "\n")
            count += 1
        _send(page, stream)
    _send(page, stream)


def _send(page: StringIO, stream: BinaryIO) -> None:
    """Write what is on a page, and leave it blank."""
    write_all(stream, page.getvalue().encode())
    page.seek(0)
    page.truncate()


def _places(axis: Axis, length: int, separator: str) -> list[str]:
    """What stands for each index of an axis: its label, its value, or itself."""
    if axis.labels is not None:
        return [_cell(label, separator) for label in axis.labels]
    if axis.numeric:
        return [repr(axis.value(i)) for i in range(length)]
    return [str(i) for i in range(length)]
