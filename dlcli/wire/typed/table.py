"""Tables of numbers as text: CSV, TSV, blanks between the values; rows and columns may have names."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from itertools import pairwise

import numpy as np

from dlcli.errors import BadData
from dlcli.tensor import BETWEEN, Array, Attr, Axis, Tensor, named
from dlcli.wire.stream import LITERAL, Limits, Source
from dlcli.wire.typed.literal import parse, parse_channels, parse_row, refuse_comma_rows, rows_told
from dlcli.wire.typed.text import as_text
from dlcli.words.numeral import (
    DECIMAL_COMMA,
    in_some_convention,
    is_complex,
    is_number,
    is_odd,
    is_unit,
    keyboard,
    number,
    with_point,
)
from dlcli.words.table_text import (
    delimiter_of,
    keyboard_outside_quotes,
    lines_of,
    named_decimals,
    no_break_thousands,
    plain_numbers,
    thousands_told,
    without_ends,
    without_notes,
)

#: The last column of the long form, in quotation marks: a number a line, behind its place on every axis.
VALUE = "value"

#: Between the names of both axes in the corner of a table.
CORNER = "\\"

#: What the column of a series is called that says when its values were taken.
TIMES = ("t", "time", "zeit")

#: The columns of a world whose names stand for numbers: those of states, and that of actions.
STATES, ACTION = ("state", "next"), "action"

#: The name of an axis, with the unit of its values.
_UNIT = re.compile(r"(.+) \(([^()]*)\)")

#: A cell with a point in it, between semicolons.
_POINTED = re.compile(r"[^;\s]*\.[^;\s]*")

#: A name that cannot stand without quotation marks.
_MISREAD = re.compile(r'^(?:#|sep=|\s)|\s$|["\r\n,;|\\]', re.IGNORECASE)

#: A line in front of a table that says what it is: a note of MATLAB or C, ``A =``; and how one may begin.
_PREFACE = re.compile(r"\s*(?:%(?:[\s%].*|[^,;\t\d]*)|//.*|[^\W\d]\w*\s*=)?\s*")
_NOTE = re.compile(r'\s*(?:[#%]|//|"?sep=|\w+\s*=|\Z)', re.IGNORECASE)

#: The factor that MATLAB prints in front of numbers that are very large or small.
_FACTOR = re.compile(r"\s*(\d\.\d+e[+-]\d+)\s*\*\s*")

#: The years that a table may have as its headings.
_YEARS = 1900, 2100

#: The characters of a table of plain numbers.
NUMERIC = b"0123456789+-.eEnaNifIF,; \t\r\n"


def texts_of_tables(source: Source, *, limits: Limits) -> Iterator[tuple[int, str]]:
    """The number of the first line and the text of each table: two empty lines stand between them.

    Those in front of all, or behind nothing but notes, divide nothing. Raises ``BadData`` as ``read_text``.
    """
    line, text = 1, ""
    while not source.at_end():
        text += as_text(source, source.read_table, limits)
        if not is_notes(text) or source.at_end():
            yield line, text
            line, text = line + text.count("\n"), ""


def is_notes(text: str) -> bool:
    """Whether nothing stands in a text, or nothing but notes.

    >>> is_notes("# by hand\\n\\n% in MATLAB\\n"), is_notes("# by hand\\n1,2\\n")
    (True, False)
    """
    if not _NOTE.match(text):
        return False
    return all(map(_PREFACE.fullmatch, without_notes(text, close=True)[0].split("\n")))


def read_table(text: str, source: Source, column: str = "", line: int = 1) -> Tensor:
    """The numbers in a text: a matrix (row, column), or a vector where each line has one.

    A first line without a number names the columns; a first column without one, below it, the rows. Numbers
    in quotation marks are names where others have none, unless they have them for their commas, and so are
    ``i`` and ``j`` where no other number is complex. The names become the labels of the axes. With the name
    of a ``column``, columns of words are passed over in a table that has it. The text begins at a ``line`` of
    the source.

    What ``write_table`` writes comes back as it was: with both axes named in the corner, or in the long form.
    Names in the columns ``state``, ``next`` and ``action``, where two of these have nothing else, become
    numbers in the order in which they appear, and ``names_of`` the tensor. A column ``t``, ``time`` or
    ``Zeit`` with even steps is the axis of the others.

    Lines that begin with ``#`` are notes, as numpy.savetxt writes them, and so are lines in front that begin
    with ``%`` or ``//`` or say ``A =``; ``sep=;`` in the first line says what
    divides the values, as Excel has it; dividers at the end of all lines are none. Where commas do not divide
    the values they are read as decimal commas; what could be read in another way is told.

    Raises ``BadData`` with line and place of what is no number, and when lines differ in length.
    """
    text, delimiter = without_notes(text, close=True)
    text, spaced = no_break_thousands(text)
    if spaced:
        shown, made = " ".join(spaced.split()), "".join(spaced.split())
        source.tell(
            f"'{shown}' with no-break spaces was read as {made}; two numbers: put a plain blank in between"
        )
    lines = lines_of(text if "\n" in text else text.replace("\r", "\n"))
    _pass_over_preface(lines, source, line)
    lines, ended = without_ends(lines)
    text = "\n".join(lines)
    lines = [line for line in lines if line.strip()]
    if not lines:
        source.bad("a table without a line")
    if source.name == LITERAL and "|" in text:
        return _channels(text, source)
    if delimiter is None and _is_literal(lines):
        return _literal(text, lines, source)
    if delimiter is None:
        try:
            refuse_comma_rows(keyboard(lines[0].strip()))
        except BadData as error:
            source.bad(str(error))
        delimiter = _delimiter(lines, ended, source)
    if source.name == LITERAL and delimiter == "," and any(len(word.split()) > 1 for word in text.split(",")):
        try:
            return parse_row(text)
        except BadData as error:
            source.bad(str(error))
    array = _quick(text, delimiter)
    if array is not None:
        if delimiter == ";" and (told := thousands_told(found[0] for found in _POINTED.finditer(text))):
            source.tell(told)
        _tell_headings(array, source, pointed="." in lines[0])
        return Tensor(array[:, 0] if array.shape[1] == 1 < len(array) else array, name="table")
    return _labelled(list(_cells(text, delimiter, source, line)), delimiter, column, source)


def _pass_over_preface(lines: list[str], source: Source, line: int) -> None:
    """Empty the lines in front of a table that say what it is."""
    for i, words in enumerate(lines):
        if factor := _FACTOR.fullmatch(words):
            source.bad(
                f"line {line + i}: '{factor[1]} *' is a factor of all numbers below it: multiply them by it; "
                "after 'format long g' MATLAB prints them whole"
            )
        if not _PREFACE.fullmatch(words):
            return
        lines[i] = ""


def _literal(text: str, lines: list[str], source: Source) -> Tensor:
    """The matrix whose rows end with semicolons."""
    decimal = [DECIMAL_COMMA.fullmatch(keyboard(cell.strip())) for cell in text.split(";")]
    words = re.split(r"[;\s]+", keyboard(text))
    commas = any("," in word and DECIMAL_COMMA.fullmatch(word) for word in words)
    try:
        tensor = parse(text)
    except BadData as error:
        source.bad(str(error) + "; if its commas are decimal: 1234.5 for 1 234,5" * commas)
    if len(lines) == 1 and all(cell and "," in cell[0] for cell in decimal):
        source.tell("';' was read as the end of a row and ',' between numbers; decimal commas: tr , .")
    return tensor


def _channels(text: str, source: Source) -> Tensor:
    """The matrices of a literal that ``|`` divides; where each is one row, it is said that it ends none."""
    try:
        tensor = parse_channels(text)
    except BadData as error:
        source.bad(str(error))
    height, width, channels = tensor.shape
    if height == 1 < width:
        source.tell(f"'|' was read between {channels} channels of 1 x {width}; ';' ends a row")
    return tensor


def _delimiter(lines: list[str], ended: str | None, source: Source) -> str | None:
    """What divides the values of these lines, and what else could; one divider ``ended`` all of them."""
    words = [keyboard(line).split() for line in lines]
    decimal = all("," in word and DECIMAL_COMMA.fullmatch(word) for row in words for word in row)
    delimiter = ended if decimal and ended == ";" and len(lines) > 1 else delimiter_of(lines)
    first = lines[0].strip()
    if ended == ";" and decimal and len(lines) > 1:
        source.tell("',' was read as the decimal comma; if it stands between numbers: tr , ' '")
    elif delimiter == "," and decimal and not ended and source.divider != ",":
        source.tell("',' was read between numbers; decimal commas: tr , .")
    elif delimiter is None and decimal and len(lines) == 1:
        told = " ".join(with_point(word, comma=True) for word in words[0])
        source.tell(
            f"{first!r} was read as {told}; commas between numbers: blanks in their place, ';' after a row"
        )
    elif named_decimals(lines):
        name, _, rest = first.partition(" ")
        whole, _, value = first.rpartition(",")
        told, other = f"{name!r} and {with_point(rest.strip(), comma=True)}", f"{whole!r} and {value}"
        if delimiter is not None:
            told, other = other, told
        source.tell(
            f"{first!r} was read as {told}, not as {other}; names with blanks: put them in quotation marks"
        )
    if delimiter == "," and not decimal:
        source.divider = ","
    return delimiter


def _is_literal(lines: list[str]) -> bool:
    """Whether ``;`` divides rows, as in ``0 1; 1 0``, and not the values of a row as in some CSV files."""
    rows = [line.strip().split(";") for line in lines]
    if len(rows[0]) < 2 or not is_number(re.split(r"[\s,]+", rows[0][0].strip())[0]):
        return False
    if len(rows) == 1:
        return True
    words = [word for cell in rows[0] for word in re.split(r"[\s,]+", cell.strip()) if word]
    if len(words) <= len(rows[0]) or not all(map(is_number, words)):
        return False
    cells = (cell.strip() for row in rows for cell in row)
    return not all(in_some_convention(cell) or _is_missing(cell) for cell in cells)


def _is_missing(cell: str) -> bool:
    """Whether a cell says that there is no number."""
    return is_odd(cell) and not any(map(str.isdigit, cell))


def _quick(text: str, delimiter: str | None) -> Array | None:
    """A table of nothing but numbers, by NumPy's own reader; none when it is another one.

    That reader gets no other character to see: some beyond U+FFFF make it read outside its memory.
    """
    if not text.strip() or not text.isascii() or text.encode().translate(None, NUMERIC):
        return None
    whole = not any(mark in text for mark in ".eEnN")
    try:
        array = np.loadtxt(
            StringIO(text), np.int64 if whole else np.float64, comments=None, delimiter=delimiter, ndmin=2
        )
    except (ValueError, OverflowError):
        return None
    return array if whole or "f" in text.lower() or not np.isinf(array).any() else None


class Quoted(str):
    """A cell that stood in quotation marks."""

    __slots__ = ()


#: A word between blanks, or what is in quotation marks.
_WORD = re.compile(r'"((?:[^"]|"")*)"(?!\S)|(\S+)')


def _cells(text: str, delimiter: str | None, source: Source, line: int) -> Iterator[tuple[int, list[str]]]:
    """The number and the values of each line that is not empty."""
    if delimiter is None:
        for words in lines_of(text):
            found = _WORD.findall(keyboard_outside_quotes(words))
            if found:
                yield line, [_plain(word) or Quoted(quoted.replace('""', '"')) for quoted, word in found]
            line += 1 + words.count("\n")
        return
    mark = re.escape(delimiter)
    cell = re.compile(rf'[^\S\n\t]*(?:"((?:[^"]|"")*)"[^\S\n\t]*|([^{mark}\n]*))({mark}|\n|\Z)')
    count, place, cells = line, 0, []
    begun = count
    while place <= len(text):
        found_cell = cell.match(text, place)
        plain = found_cell[2].strip() if found_cell and found_cell[2] is not None else ""
        if found_cell is None or plain.startswith('"'):
            source.bad(f"line {count}: a quotation mark without its other one at the end of the cell")
        quoted = found_cell[1]
        cells.append(_plain(plain) if quoted is None else Quoted(quoted.replace('""', '"')))
        count += found_cell[0].count("\n")
        place = found_cell.end()
        if found_cell[3] != delimiter:
            if any(cell.strip() for cell in cells):
                yield begun, cells
            cells, begun = [], count
            if not found_cell[3]:
                return


def _plain(cell: str) -> str:
    """A complex number without the parentheses that NumPy and pandas write around it; else the cell.

    >>> _plain("(1.0e+00+2.0e+00j)"), _plain("(i)"), _plain("(5)")
    ('1.0e+00+2.0e+00j', '(i)', '(5)')
    """
    return cell[1:-1] if cell[:1] == "(" and cell[-1] == ")" and is_complex(cell[1:-1]) else cell


def _labelled(
    rows: list[tuple[int, list[str]]], delimiter: str | None, column: str, source: Source
) -> Tensor:
    """The table with its names; what stands in the corner between them names the axes."""
    if not any(in_some_convention(cell) for _, cells in rows for cell in cells):
        source.bad("a text without a number; a table has numbers, one line for each row")
    numbers = [cell for _, cells in rows for cell in cells if in_some_convention(cell) and not is_unit(cell)]
    marked = not all(isinstance(cell, Quoted) for cell in numbers)
    imaginary = any(map(is_complex, numbers))
    units = imaginary or source.name == LITERAL or not numbers or len(rows) == 1

    below = rows[1:] or rows
    percent = any(cell.endswith("%") for _, cells in below for cell in cells[len(cells) > 1 :])

    def is_value(cell: str) -> bool:
        if (marked and isinstance(cell, Quoted)) or (cell.endswith("%") and not percent):
            return False  # the percent of quantiles are names
        return in_some_convention(cell) and (units or not is_unit(cell))

    def is_name(cell: str) -> bool:
        return not is_value(cell) and (isinstance(cell, Quoted) or not is_odd(cell))

    if (tensor := _grid(rows, delimiter, source)) is not None:
        return tensor
    begun = _quoted_numbers(rows[0][1], delimiter) and any(
        _quoted_numbers([cell], delimiter) for _, cells in rows[1:] for cell in cells
    )
    header = rows.pop(0)[1] if not begun and _is_header(rows, is_value, is_name) else None
    if header and _has_corner(header, delimiter) and all(len(cells) == len(header) for _, cells in rows):
        above, _, beside = header.pop(0).partition(CORNER)
        down = _axis(above or "row", [cells.pop(0) for _, cells in rows])
        across = _axis(beside or "row", header)
        if down is None or across is None:
            source.bad(f"the values of axis {above if down is None else beside} have no even steps")
        _point_decimals(rows, delimiter, source)
        return Tensor(_values(rows, header, source, 1), (down, across), "table")
    taken = column and header and column in map(str.lower, header)
    attrs = _numbered(header, rows, is_name) if header and not taken else {}
    axis, names, left, headings = Axis("row"), 0, 0, len(header or ())
    first = [cells[0] for _, cells in rows if isinstance(cells[0], Quoted) or not _is_missing(cells[0])]
    named = header is not None and (header[0] in (*STATES, ACTION) or len(header) < len(rows[0][1]))
    if marked and not named and _quoted_numbers(first, delimiter):
        source.tell(
            f"the first column, from {str(first[0])!r}, was read as numbers; "
            f"if these are names, write row{CORNER}column in the corner above them"
        )
    elif not any(map(is_value, first)) and any(map(is_name, first)):
        names = 1
        labels = tuple(str(cells.pop(0)) for _, cells in rows)
        if header and len(header) == len(rows[0][1]) + 1:
            corner = header.pop(0)
            axis = Axis("row" if corner in ("", "column") else corner, labels)
        else:
            axis = Axis("row", labels)
            headings *= headings != len(rows[0][1])  # R has no heading above names
    elif header and not header[0] and [cells[0] for _, cells in rows] == [str(i) for i in range(len(rows))]:
        source.tell("the first column has no name and counts the rows: it is left out")
        left = 1
        del header[0]
        for _, cells in rows:
            del cells[0]
    elif header and not header[0] and len(header) > 1:
        cut = "cut -f 2-" if delimiter == "\t" else f"cut -d '{delimiter or ' '}' -f 2-"
        source.tell(
            "the first column has no name and is read as numbers like the others; "
            f"where it only counts the rows, take it off: {cut}"
        )
    if header and column:
        _leave_out(header, rows, column, is_value)
    _point_decimals(rows, delimiter, source)
    if header and not names and len(header) > 1:
        axis = _time(header, rows, source)
    array = _values(rows, header, source, names + left, headings)
    if array.dtype.kind == "c" and not imaginary and source.name != LITERAL:
        unit = next(cell for _, cells in rows for cell in cells if is_unit(cell))
        source.tell(
            f"{unit!r} was read as the imaginary unit; names that are numbers stand in quotation marks"
        )
    if header is None:
        _tell_headings(array, source, named=names > 0, pointed="." in "".join(rows[0][1]))
    if array.shape[1] == 1 and (len(array) > 1 or axis.name != "row"):
        return Tensor(
            array[:, 0],
            (axis if axis != Axis("row") else Axis("index"),),
            header[0] if header and header[0] else "table",
        )
    return Tensor(array, (axis, Axis("column", tuple(map(str, header)) if header else None)), "table", attrs)


def _is_header(
    rows: list[tuple[int, list[str]]], is_value: Callable[[str], bool], is_name: Callable[[str], bool]
) -> bool:
    """Whether the first line names the columns: it has no number, or only behind a corner.

    What is a number as a word (nan, inf, i) is none there beside a name; one in front may be that of a row.
    """
    (corner, *first), below = rows[0][1], [cells[0] for _, cells in rows[1:]]
    if not below:
        return False
    if CORNER in corner and not (isinstance(corner, Quoted) and any(map(is_value, first))):
        return not any(CORNER in cell and not isinstance(cell, Quoted) for cell in below)
    if not corner and first and all(map(is_value, first)):
        return not any(map(is_value, below)) or below == [str(i) for i in range(len(below))]
    heads = (corner, *first)
    quantiles = all(cell.endswith("%") for cell in heads)
    if any(map(is_name, first)) or (is_name(corner) and any(map(is_value, below))):
        heads = tuple(cell for cell in heads if not (is_number(cell) and cell.isalpha()))
    return not any(map(is_value, heads)) and (quantiles or any(map(is_name, (corner, *first))))


def _has_corner(header: list[str], delimiter: str | None) -> bool:
    """Whether the names of both axes stand in the corner; in quotation marks only where needless ones are."""
    needless = (isinstance(name, Quoted) and not needs_quotes(name, delimiter or " ") for name in header[1:])
    return CORNER in header[0] and (not isinstance(header[0], Quoted) or any(needless))


def _quoted_numbers(cells: Sequence[str], delimiter: str | None) -> bool:
    """Whether all cells stand in quotation marks because of the commas in their numbers."""
    return are_divided(cells, delimiter) and all(isinstance(cell, Quoted) for cell in cells)


def _numbered(
    header: list[str], rows: list[tuple[int, list[str]]], is_name: Callable[[str], bool]
) -> dict[str, Attr]:
    """Put numbers in place of the names in the columns of a world; returns the attributes with these names.

    One such column alone, as in a table of values or of a policy, is none.
    """
    if any(len(cells) != len(header) for _, cells in rows):
        return {}
    found = {
        head: j
        for j, head in enumerate(header)
        if head in (*STATES, ACTION)
        and all(is_name(cells[j]) and BETWEEN not in cells[j] for _, cells in rows)
    }
    attrs: dict[str, Attr] = {}
    for heads in (STATES, (ACTION,)) if len(found) > 1 else ():
        columns = [head for head in heads if head in found]
        numbers: dict[str, int] = {}
        for _, cells in rows:
            for head in columns:
                cells[found[head]] = str(numbers.setdefault(cells[found[head]], len(numbers)))
        attrs |= named(columns, tuple(numbers)) if columns else {}
    return attrs


def _leave_out(
    header: list[str], rows: list[tuple[int, list[str]]], column: str, is_value: Callable[[str], bool]
) -> None:
    """Take off the columns of words, where there is one of this name."""
    if column not in [name.lower() for name in header] or any(len(cells) != len(header) for _, cells in rows):
        return
    for j in reversed(range(len(header))):
        if header[j].lower() != column and not all(is_value(cells[j]) for _, cells in rows):
            for cells in (header, *(cells for _, cells in rows)):
                del cells[j]


def _point_decimals(rows: list[tuple[int, list[str]]], delimiter: str | None, source: Source) -> None:
    """Write the numbers of a table that have commas in them with a decimal point, in their place."""
    plain, told = plain_numbers((cell for _, cells in rows for cell in cells), delimiter)
    if told:
        source.tell(told)
    for _, cells in rows:
        cells[:] = [plain.get(cell, cell) for cell in cells]


def _values(
    rows: list[tuple[int, list[str]]],
    header: list[str] | None,
    source: Source,
    names: int = 0,
    above: int = 0,
) -> Array:
    """The numbers of rows of one length, ``names`` in front of each and headings for all ``above`` them."""
    width = len(header) if header else len(rows[0][1])
    array = _quick("\n".join(",".join(cells) for _, cells in rows), ",")
    if array is not None and array.shape == (len(rows), width):
        return array
    values = np.empty((len(rows), width), object)
    for i, (line, cells) in enumerate(rows):
        if len(cells) != width:
            others = f"the others have {names + width}"
            if above:
                others = f"there are {above} headings" if above > 1 else "there is 1 heading"
            count = names + len(cells)
            source.bad(f"line {line} has {count} value{'s' * (count != 1)}; {others}")
        for j, cell in enumerate(cells):
            try:
                values[i, j] = number(cell)
            except ValueError as error:
                if source.name == LITERAL:
                    typed = " ".join(cell for _, cells in rows for cell in cells)
                    source.bad(f"{error}{'' if is_number(cell) else rows_told(typed)}")
                where = f"column {header[j]}" if header and header[j] else f"number {names + j + 1}"
                words = len(rows) > 1 and not any(
                    in_some_convention(one) for _, row in rows for one in row[j : j + 1]
                )
                may_be_name = not words and not names and (j == 0 or not (i or header))
                told = str(error) if cell else "an empty cell is not a number"
                advice = _advice(cell, words=words or header is not None, first=may_be_name)
                source.bad(f"line {line}, {where}: {told}{advice}")
    if not values.size:
        source.bad("a table without a number")
    return np.array(values.tolist())


def _tell_headings(array: Array, source: Source, *, named: bool = False, pointed: bool = False) -> None:
    """Say that the first row was none of headings, where these numbers may be: they count, no other row does.

    They are years; or, above rows that are ``named``, whole numbers in even steps where other rows have
    fractions, or from three numbers on; or 0, 1, 2 and so on, not ``pointed``, where other rows of a file
    have fractions.
    """
    if array.dtype.kind not in "if" or len(array) < 2 or array.shape[1] < 2 or not _count(array[:1]).all():
        return
    within: Array = np.all((array >= _YEARS[0]) & (array <= _YEARS[1]), axis=1)
    below = _count(array[1:])
    if within[0]:
        plausible = not (below & within[1:]).any()
    else:
        fractions = (array[1:] != np.floor(array[1:])).any(axis=1)
        counts = not pointed and source.name != LITERAL and (array[0] == np.arange(array.shape[1])).all()
        plausible = (named or counts) and fractions.all()
        plausible = plausible or (named and array.shape[1] > 2 and not below.any())
    if plausible:
        source.tell(
            f"the first line, {array[0, 0]:g} to {array[0, -1]:g}, was read as a row of numbers; "
            "headings that are numbers stand in quotation marks"
        )


def _count(array: Array) -> Array:
    """Which rows are whole numbers in even steps upwards."""
    with np.errstate(invalid="ignore", over="ignore"):
        steps = np.diff(array, axis=1)
    return (array == np.floor(array)).all(axis=1) & (steps == steps[:, :1]).all(axis=1) & (steps[:, 0] > 0)


def _advice(cell: str, *, words: bool, first: bool) -> str:
    """What to do about a cell that is no number: in a column of ``words``, or where names can stand."""
    if is_number(cell):
        return ""
    if _is_missing(cell):
        return "; write nan where one is missing"
    if is_odd(cell):
        return "; a number has digits and one mark before its decimals"
    if cell.startswith("#"):
        return "; a line that begins with '# ' is a note"
    if first:
        return "; names that are numbers stand in quotation marks, in the first line and the first column"
    if words:
        return "; leave the column out, or give each of its words a column of 0 and 1"
    return ""


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
    name, unit = _name(name)
    if any(
        isinstance(cell, Quoted) or not is_number(cell) or is_unit(cell) or cell[-1] == "%" for cell in cells
    ):
        return Axis(name, tuple(map(str, cells)), unit=unit)
    if list(cells) == [str(i) for i in range(len(cells))]:
        return Axis(name, unit=unit)
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


def needs_quotes(name: str, separator: str) -> bool:
    """Whether a name would be read as a number, a note or more than one cell without quotation marks.

    >>> [needs_quotes(name, ",") for name in ("cat", "1.5", "0;1", "", "#1")]
    [False, True, True, True, True]
    """
    misread = in_some_convention(name) or is_odd(name)
    return bool(misread or _MISREAD.search(name) or separator in name)


def are_divided(names: Sequence[str], separator: str | None) -> bool:
    """Whether all names are numbers with the separator in them, as programs write decimal commas.

    >>> are_divided(["0,5", "1,250.5"], ","), are_divided(["0,5", "x"], ","), are_divided(["0,5"], "\\t")
    (True, False, False)
    """
    return bool(names) and all((separator or " ") in name and in_some_convention(name) for name in names)


def _grid(rows: list[tuple[int, list[str]]], delimiter: str | None, source: Source) -> Tensor | None:
    """The tensor of a table in the long form (see ``write_table``); none when it is another table."""
    (_, (*heads, last)), *below = rows
    ours = isinstance(last, Quoted) and last == VALUE and all(heads)
    ours = ours and all(isinstance(name, Quoted) == needs_quotes(name, delimiter or " ") for name in heads)
    if not ours or not below or any(len(cells) != len(heads) + 1 for _, cells in below):
        return None
    places = np.array([cells[:-1] for _, cells in below], object)
    shape = _blocks(below, len(heads)) or _runs(places)
    if math.prod(shape) != len(below):
        return None
    axes: list[Axis] = []
    for j, name in enumerate(heads):
        along = np.moveaxis(places[:, j].reshape(shape), j, -1).reshape(-1, shape[j])
        axis = _axis(name, along[0].tolist())
        if axis is None or not (along == along[0]).all():
            return None
        axes.append(axis)
    if len({axis.name for axis in axes}) < len(axes):
        return None
    values = [(line, cells[-1:]) for line, cells in below]
    _point_decimals(values, delimiter, source)
    return Tensor(_values(values, [VALUE], source).reshape(shape), tuple(axes), "table")


def _runs(places: Array) -> list[int]:
    """The length of each axis, where the names in front of a run of it tell where this ends."""
    shape: list[int] = []
    block = 1
    for j in reversed(range(places.shape[1])):
        outer = (places[::block, :j] == places[0, :j]).all(axis=1)
        shape.insert(0, len(outer) if outer.all() else int(outer.argmin()))
        block *= shape[0]
    return shape


def _blocks(rows: list[tuple[int, list[str]]], rank: int) -> list[int] | None:
    """The length of each axis by the empty lines behind its runs; none where they do not fit."""
    ends = [line + sum(cell.count("\n") for cell in cells) for line, cells in rows]
    empty = np.array([line - end - 1 for (line, _), end in zip(rows[1:], ends, strict=False)], int)
    ended = np.where(empty > 1, empty - 1, empty)  # so many axes: two empty lines stand between tables
    if not ended.any():
        return None
    runs = [1]
    for count in range(1, rank):
        found = np.flatnonzero(ended >= count)
        runs.append(int(found[0]) + 1 if found.size else len(rows))
    runs.append(len(rows))
    behind = np.arange(1, len(rows))
    if (ended != sum((behind % run == 0 for run in runs[1:-1]), np.zeros(len(behind), int))).any():
        return None
    return [long // short for short, long in pairwise(runs)][::-1]


def _time(header: list[str], rows: list[tuple[int, list[str]]], source: Source) -> Axis:
    """The axis that a column of times gives, which is then taken off; without even steps it stays."""
    names = [_name(head)[0] for head in header]
    found = [j for j, name in enumerate(names) if name.lower() in TIMES]
    if not found or any(len(cells) != len(header) for _, cells in rows):
        return Axis("row")
    j = found[0]
    unit = _name(header[j])[1] or "s"
    cells = [cells[j] for _, cells in rows]
    axis = _axis(f"time ({unit})", cells) if all(map(is_number, cells)) else None
    if axis is None or axis.labels or (axis.step is not None and axis.step <= 0):
        source.tell(f"the steps of column {names[j]} are not even: it is read as numbers like the others")
        return Axis("row")
    del header[j]
    for _, line in rows:
        del line[j]
    return Axis("time", start=0.0, step=1.0, unit=unit) if axis.step is None else axis
