"""Tables of numbers as text: CSV, TSV, blanks between the values; rows and columns may have names."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import product
from typing import Any, BinaryIO

import numpy as np

from dlcli.errors import BadData
from dlcli.tensor import Array, Axis, Tensor, names_of
from dlcli.wire.frame import write_all
from dlcli.wire.literal import is_number, number, parse, written
from dlcli.wire.stream import Source

#: What divides the values of a line, in the order in which they are looked for.
DELIMITERS = ("\t", ",", ";")

#: A line that is a note: numpy.savetxt writes its header so.
_NOTE = re.compile(r"^[ \t]*#(?:[ \t][^\n]*)?$", re.MULTILINE)

#: A name that cannot stand without quotation marks.
_MISREAD = re.compile(r'^(?:#(?:\s|$)|sep=)|["\r\n]')

#: A first line that says what divides the values.
_DIVIDER = re.compile(r"\s*sep=([,;\t])[ \r]*$", re.MULTILINE)

#: The characters of a table of plain numbers.
NUMERIC = b"0123456789+-.eEnaNifIF,; \t\r\n"


def read_table(text: str, source: Source) -> Tensor:
    """The matrix (row, column) in a text.

    A first column that is not all numbers names the rows. A first line that is not all numbers names the
    columns, unless it is a name with numbers behind it as the lines below it are. Numbers in quotation marks
    are names where others have none. The names become the labels of the axes.

    Lines that begin with ``#`` and a blank are notes, as numpy.savetxt writes them; ``sep=;`` in the first
    line says what divides the values, as Excel has it.

    Raises ``BadData`` with line and column of what is no number, and when lines differ in length.
    """
    text, delimiter = _without_notes(text)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        source.bad("a table without a line")
    if delimiter is None and _is_literal(lines):
        try:
            return parse(text)
        except BadData as error:
            source.bad(str(error))
    delimiter = delimiter or next((mark for mark in DELIMITERS if mark in lines[0]), None)
    array = _quick(text, delimiter)
    if array is not None:
        return Tensor(array, name="table")
    rows = list(_cells(text, delimiter, source))
    return _labelled(rows, source)


def _without_notes(text: str) -> tuple[str, str | None]:
    """The text with empty lines in place of its notes, and what divides its values if it says so."""
    text = _NOTE.sub("", text)
    said = _DIVIDER.match(text)
    return (text[: said.start(1) - 4] + text[said.end(1) :], said[1]) if said else (text, None)


def _is_literal(lines: list[str]) -> bool:
    """Whether ``;`` divides rows, as in ``0 1; 1 0``, and not the values of a row as in some CSV files."""
    cells = [re.split(r"[\s,]+", cell.strip()) for cell in lines[0].split(";")]
    return len(cells) > 1 and is_number(cells[0][0]) and (len(lines) == 1 or any(len(c) > 1 for c in cells))


def _quick(text: str, delimiter: str | None) -> Array | None:
    """A table of nothing but numbers, by NumPy's own reader; none when it is another one.

    That reader gets no other character to see: some beyond U+FFFF make it read outside its memory.
    """
    if not text.isascii() or text.encode().translate(None, NUMERIC):
        return None
    whole = not any(mark in text for mark in ".eEnN")
    try:
        return np.loadtxt(
            StringIO(text), np.int64 if whole else np.float64, comments=None, delimiter=delimiter, ndmin=2
        )
    except (ValueError, OverflowError):
        return None


def _cells(text: str, delimiter: str | None, source: Source) -> Iterator[tuple[int, list[str]]]:
    """The number and the values of each line that is not empty."""
    try:
        if delimiter is None:
            for count, line in enumerate(text.splitlines(), 1):
                if line.strip():
                    yield count, line.split()
            return
        reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
        lines, before = text.splitlines(), 0
        for cells in reader:
            marks = _quoted(lines[before], delimiter) if reader.line_num == before + 1 else []
            before = reader.line_num
            if any(cell.strip() for cell in cells):
                marks += [False] * (len(cells) - len(marks))
                yield (
                    before,
                    [
                        Quoted(cell.strip()) if quoted else cell.strip()
                        for cell, quoted in zip(cells, marks, strict=False)
                    ],
                )
    except csv.Error as error:
        source.bad(f"line {reader.line_num}: {error}")


class Quoted(str):
    """A cell that stood in quotation marks."""

    __slots__ = ()


def _quoted(line: str, delimiter: str) -> list[bool]:
    """Which cells of a line stand in quotation marks.

    >>> _quoted('a,"1, 2",3,"4"', ",")
    [False, True, False, True]
    """
    if '"' not in line:
        return []
    cells = re.findall(rf'(?:^|{delimiter})\s*("(?:[^"]|"")*"\s*|[^{delimiter}]*)', line)
    return [cell.startswith('"') for cell in cells]


def _labelled(rows: list[tuple[int, list[str]]], source: Source) -> Tensor:
    """The table with its names; what stands in the corner between them names the axis of the rows."""
    if not any(is_number(cell) for _, cells in rows for cell in cells):
        source.bad("a text without a number; a table has numbers, one line for each row")
    marked = any(is_number(cell) and not isinstance(cell, Quoted) for _, cells in rows for cell in cells)

    def is_value(cell: str) -> bool:
        return is_number(cell) and not (marked and isinstance(cell, Quoted))

    header = None
    first, *others = ([is_value(cell) for cell in cells] for _, cells in rows)
    named = rows[0][1][0] and len(first) > 1 and all(first[1:]) and not any(other[0] for other in others)
    if not all(first) and not named:
        header = rows.pop(0)[1]
        if not rows:
            source.bad("a table with names of columns and no line of numbers below them")
    corner = "row"
    names = None
    if not all(is_value(cells[0]) for _, cells in rows):
        names = tuple(cells.pop(0) for _, cells in rows)
        if header and len(header) == len(rows[0][1]) + 1:
            corner = header.pop(0) or "row"
    width = len(header) if header else len(rows[0][1])
    values = np.empty((len(rows), width), object)
    for i, (line, cells) in enumerate(rows):
        if len(cells) != width:
            source.bad(
                f"line {line} has {len(cells)} value{'s' * (len(cells) != 1)}; the others have {width}"
            )
        for j, cell in enumerate(cells):
            try:
                values[i, j] = number(cell)
            except ValueError as error:
                where = f"column {header[j]}" if header and header[j] else f"number {j + 1}"
                told = f"line {line}, {where}: {error if cell else 'an empty cell is not a number'}"
                if cell and header:
                    told += "; leave the column out, or give each of its words a column of 0 and 1"
                source.bad(told)
    if not values.size:
        source.bad("a table without a number")
    array = np.array(values.tolist())
    corner = "row" if corner == "column" else corner
    return Tensor(array, (Axis(corner, names), Axis("column", tuple(header) if header else None)), "table")


def write_table(tensor: Tensor, stream: BinaryIO, *, delimiter: str) -> None:
    """Write a tensor as a table.

    A matrix keeps its form, with the names of its rows and columns where it has them; a vector is one value
    a line. Numbers that stand for names (``names_of``) are written as these. With more axes each line is one
    number behind its place on every axis.
    """
    separator = "\t" if delimiter == "\t" else ","
    if tensor.data.ndim > 2:
        _write_long(tensor, stream, separator)
        return
    data = tensor.data.reshape(-1, 1) if tensor.data.ndim < 2 else tensor.data
    rows = tensor.axes[0] if tensor.axes else Axis("row")
    columns = tensor.axes[1].labels if tensor.data.ndim == 2 else None
    names = {
        columns.index(column): [_cell(name, separator) for name in called]
        for column, called in names_of(tensor).items()
        if columns
    }
    page = StringIO()
    if columns is not None:
        heads = [rows.name, *columns] if rows.labels is not None else columns
        page.write(separator.join(_cell(name, separator) for name in heads) + "\n")
    for start in range(0, len(data), 256):
        block = data[start : start + 256]
        cells = [word for piece in written(block) for word in piece]
        for i in range(len(block)):
            row = cells[i * data.shape[1] : (i + 1) * data.shape[1]]
            for j, called in names.items():
                row[j] = _called(block[i, j], called, row[j])
            label = [] if rows.labels is None else [_cell(rows.labels[start + i], separator)]
            page.write(separator.join(label + row) + "\n")
        _send(page, stream)
    _send(page, stream)


def _cell(name: str, separator: str) -> str:
    """A name as a cell: in quotation marks where it would be read as a number, a note or more than one cell.

    >>> _cell("cat", ","), _cell("1.5", ","), _cell('a "b", c', ",")
    ('cat', '"1.5"', '"a ""b"", c"')
    """
    if is_number(name) or _MISREAD.search(name) or separator in name:
        return '"' + name.replace('"', '""') + '"'
    return name


def _called(value: Any, names: Sequence[str], word: str) -> str:
    """The name that a number stands for; the number's own word when it is none of theirs."""
    return names[int(value)] if value in range(len(names)) else word


def _write_long(tensor: Tensor, stream: BinaryIO, separator: str) -> None:
    """One line for each number: its label, value or index on every axis, then the number."""
    places = product(
        *(_places(axis, n, separator) for axis, n in zip(tensor.axes, tensor.shape, strict=True))
    )
    page = StringIO()
    page.write(separator.join(_cell(name, separator) for name in (*tensor.axis_names, "value")) + "\n")
    for piece in written(tensor.data):
        page.writelines(
            separator.join((*place, word)) + "\n" for word, place in zip(piece, places, strict=False)
        )
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
