"""Tables of numbers as text: CSV, TSV, blanks between the values; rows and columns may have names."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from io import StringIO

import numpy as np

from dlcli.errors import BadData
from dlcli.tensor import Array, Axis, Tensor
from dlcli.wire.literal import parse, refuse_comma_rows
from dlcli.wire.stream import Source
from dlcli.words.numeral import (
    DECIMAL_COMMA,
    DECIMAL_POINT,
    DIVIDED,
    delimiter_of,
    is_number,
    keyboard,
    number,
    with_point,
    without_notes,
)

#: The last column of a table that has a line for each number, behind its place on every axis.
VALUE = "value"

#: Between the names of both axes in the corner of a table.
CORNER = "\\"

#: What the first column of a series is called that says when its values were taken.
_TIMES = ("t", "time")

#: The name of an axis, with the unit of its values.
_UNIT = re.compile(r"(.+) \(([^()\s]+)\)")

#: The characters of a table of plain numbers.
NUMERIC = b"0123456789+-.eEnaNifIF,; \t\r\n"


def read_table(text: str, source: Source) -> Tensor:
    """The numbers in a text: a matrix (row, column), or a vector where each line has one.

    A first column that is not all numbers names the rows. A first line that is not all numbers names the
    columns, unless it is a name with numbers behind it as the lines below it are. Numbers in quotation marks
    are names where others have none. The names become the labels of the axes.

    What ``write_table`` writes comes back as it was: with both axes named in the corner, or with a line for
    each number, below a header that ends with ``value``. A first column ``t`` or ``time`` with even steps is
    the axis of the others.

    Lines that begin with ``#`` and a blank are notes, as numpy.savetxt writes them; ``sep=;`` in the first
    line says what divides the values, as Excel has it. Where commas do not divide the values they are read as
    decimal commas; what could be read in another way is told.

    Raises ``BadData`` with line and column of what is no number, and when lines differ in length.
    """
    text, delimiter = without_notes(text)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        source.bad("a table without a line")
    if delimiter is None and _is_literal(lines):
        try:
            tensor = parse(text)
        except BadData as error:
            source.bad(str(error))
        if len(lines) == 1 and all(
            DECIMAL_COMMA.fullmatch(cell.strip()) and "," in cell for cell in text.split(";")
        ):
            source.tell("';' was read as the end of a row and ',' between numbers; decimal commas: tr , .")
        return tensor
    if delimiter is None:
        try:
            refuse_comma_rows(keyboard(lines[0].strip()))
        except BadData as error:
            source.bad(str(error))
    delimiter = delimiter or delimiter_of(lines)
    array = _quick(text, delimiter)
    if array is not None:
        return Tensor(array[:, 0] if array.shape[1] == 1 < len(array) else array, name="table")
    rows = list(_cells(text, delimiter, source))
    _point_decimals(rows, delimiter, source)
    return _labelled(rows, source)


def _is_literal(lines: list[str]) -> bool:
    """Whether ``;`` divides rows, as in ``0 1; 1 0``, and not the values of a row as in some CSV files."""
    rows = [line.strip().split(";") for line in lines]
    if len(rows[0]) < 2 or not is_number(re.split(r"[\s,]+", rows[0][0].strip())[0]):
        return False
    if len(rows) == 1:
        return True
    if all(DECIMAL_COMMA.fullmatch(cell.strip()) for row in rows for cell in row):
        return False
    return any(len(re.split(r"[\s,]+", cell.strip())) > 1 for cell in rows[0])


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


def _point_decimals(rows: list[tuple[int, list[str]]], delimiter: str | None, source: Source) -> None:
    """Write the numbers of a table that have commas in them with a decimal point, in their place.

    Where commas divide the values those in quotation marks can be meant, but for the names of the rows.
    """
    first = 1 if delimiter == "," else 0
    places = [(cells, j) for _, cells in rows for j in range(first, len(cells))]
    marked = [cells[j] for cells, j in places if DIVIDED.search(cells[j])]
    marked = [cell for cell in marked if DECIMAL_COMMA.fullmatch(cell) or DECIMAL_POINT.fullmatch(cell)]
    decimal = all(map(DECIMAL_COMMA.fullmatch, marked))
    if not marked or not (decimal or all(map(DECIMAL_POINT.fullmatch, marked))):
        return
    if decimal and all(map(DECIMAL_POINT.fullmatch, marked)):
        decimal = delimiter == ";"
        other = "the comma divides thousands: tr -d ," if decimal else "it is a decimal comma: tr , ."
        source.tell(f"{marked[0]!r} was read as {with_point(marked[0], comma=decimal)}; if {other}")
    for cells, j in places:
        if (DECIMAL_COMMA if decimal else DECIMAL_POINT).fullmatch(cells[j]):
            cells[j] = with_point(cells[j], comma=decimal)


def _labelled(rows: list[tuple[int, list[str]]], source: Source) -> Tensor:
    """The table with its names; what stands in the corner between them names the axes."""
    if not any(is_number(cell) for _, cells in rows for cell in cells):
        source.bad("a text without a number; a table has numbers, one line for each row")
    marked = any(is_number(cell) and not isinstance(cell, Quoted) for _, cells in rows for cell in cells)

    def is_value(cell: str) -> bool:
        return is_number(cell) and not (marked and isinstance(cell, Quoted))

    header = None
    first, *others = ([is_value(cell) for cell in cells] for _, cells in rows)
    corner = rows[0][1][0]
    named = corner and len(first) > 1 and all(first[1:]) and not any(other[0] for other in others)
    if not all(first) and (not named or CORNER in corner):
        header = rows.pop(0)[1]
        if not rows:
            source.bad("a table with names of columns and no line of numbers below them")
    if header and CORNER in header[0] and all(len(cells) == len(header) for _, cells in rows):
        above, _, beside = header.pop(0).partition(CORNER)
        down = _axis(above, [cells.pop(0) for _, cells in rows])
        across = _axis(beside, header)
        if down is None or across is None:
            source.bad(f"the values of axis {above if down is None else beside} have no even steps")
        return Tensor(_values(rows, header, source), (down, across), "table")
    if header and header[-1] == VALUE:
        tensor = _grid(header, rows, source)
        if tensor is not None:
            return tensor
    axis = Axis("row")
    if not all(is_value(cells[0]) for _, cells in rows):
        names = tuple(cells.pop(0) for _, cells in rows)
        if header and len(header) == len(rows[0][1]) + 1:
            corner = header.pop(0)
            axis = Axis("row" if corner in ("", "column") else corner, names)
        else:
            axis = Axis("row", names)
    elif header and len(header) > 1 and _name(header[0])[0].lower() in _TIMES:
        axis = _time(header, rows, source)
    array = _values(rows, header, source)
    if array.shape[1] == 1 and (len(array) > 1 or axis.name != "row"):
        return Tensor(
            array[:, 0],
            (axis if axis != Axis("row") else Axis("index"),),
            header[0] if header and header[0] else "table",
        )
    return Tensor(array, (axis, Axis("column", tuple(header) if header else None)), "table")


def _values(rows: list[tuple[int, list[str]]], header: list[str] | None, source: Source) -> Array:
    """The numbers of rows of one length."""
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
    return np.array(values.tolist())


def _name(text: str) -> tuple[str, str]:
    """The name of an axis and the unit of its values.

    >>> _name("time (s)"), _name("state")
    (('time', 's'), ('state', ''))
    """
    found = _UNIT.fullmatch(text)
    return (found[1], found[2]) if found else (text, "")


def _axis(name: str, cells: Sequence[str]) -> Axis | None:
    """The axis whose places are written so; none when they are numbers without even steps.

    >>> _axis("channel", ["0", "1", "2"])
    Axis(name='channel', labels=None, start=None, step=None, unit='')
    >>> _axis("time (s)", ["0.0", "0.25", "0.5"])
    Axis(name='time', labels=None, start=0.0, step=0.25, unit='s')
    """
    name = name or "row"
    if any(isinstance(cell, Quoted) or not is_number(cell) for cell in cells):
        return Axis(name, tuple(map(str, cells)))
    if list(cells) == [str(i) for i in range(len(cells))]:
        return Axis(name)
    name, unit = _name(name)
    values = np.array([number(cell) for cell in cells])
    if values.dtype.kind not in "if" or not np.isfinite(values).all():
        return None
    step = float(values[-1] - values[0]) / max(len(values) - 1, 1)
    if not np.allclose(values, values[0] + step * np.arange(len(values)), rtol=0, atol=1e-6 * abs(step)):
        return None
    exact = float(values[min(1, len(values) - 1)] - values[0])
    if all(float(values[0]) + i * exact == value for i, value in enumerate(values.tolist())):
        step = exact
    return Axis(name, start=float(values[0]), step=step, unit=unit)


def _grid(header: list[str], rows: list[tuple[int, list[str]]], source: Source) -> Tensor | None:
    """The tensor whose numbers stand one a line behind their place on every axis; none when it is no grid."""
    if any(len(cells) != len(header) for _, cells in rows):
        return None
    places = np.array([cells[:-1] for _, cells in rows], object)
    shape: list[int] = []
    axes: list[Axis] = []
    block = 1
    for j in reversed(range(len(header) - 1)):
        outer = (places[::block, :j] == places[0, :j]).all(axis=1)
        length = len(outer) if outer.all() else int(outer.argmin())
        axis = _axis(header[j], list(places[: block * length : block, j]))
        if axis is None:
            return None
        shape.insert(0, length)
        axes.insert(0, axis)
        block *= length
    if block != len(rows):
        return None
    whole = places.reshape(*shape, len(shape))
    for j in range(len(shape)):
        along = np.moveaxis(whole[..., j], j, -1)
        if not (along == along.reshape(-1, shape[j])[0]).all():
            return None
    values = _values([(line, cells[-1:]) for line, cells in rows], header[-1:], source)
    return Tensor(values.reshape(shape), tuple(axes), "table")


def _time(header: list[str], rows: list[tuple[int, list[str]]], source: Source) -> Axis:
    """The axis that a first column of times gives, which is then taken off; without even steps it stays."""
    name, unit = _name(header[0])
    axis = _axis(f"time ({unit or 's'})", [cells[0] for _, cells in rows])
    if axis is None or (axis.step is not None and axis.step <= 0):
        source.tell(f"the steps of column {name} are not even: it is read as numbers like the others")
        return Axis("row")
    del header[0]
    for _, cells in rows:
        del cells[0]
    return Axis("time", start=0.0, step=1.0, unit=unit or "s") if axis.step is None else axis
