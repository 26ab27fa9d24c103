"""How a table stands in a text: notes, dividers and quotation marks, and how all its numbers are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from dlcli.words.numeral import (
    AMBIGUOUS,
    DECIMAL_COMMA,
    DECIMAL_POINT,
    in_some_convention,
    keyboard,
    with_point,
)

#: A no-break space between two numbers, or between the thousands of one.
_NO_BREAK = re.compile("(?<=\\d)((?<=0)(?<![\\d.,\N{NO-BREAK SPACE}]0))?\N{NO-BREAK SPACE}(?=(\\d+))")
_NO_BREAK_NUMBER = re.compile("[0-9]+(?:\N{NO-BREAK SPACE}[0-9]{3})+")

#: A line that is a note: numpy.savetxt writes its header so.
_NOTE = re.compile(r"^[ \t]*#(?:[ \t][^\n]*)?$", re.MULTILINE)

#: A line that is a note of somebody who leaves out the blank: no number ends it, as one ends a named row.
_CLOSE_NOTE = re.compile(r"^[ \t]*#(?![^\n]*[,;|\t ][^\w\n]*\d[^\s,;|]*[ \t\r]*$)[^\n]*$", re.MULTILINE)

#: A first line that says what divides the values.
_DIVIDER = re.compile(r"\s*\"?sep=([,;|:\t])\"?[ \r]*$", re.MULTILINE | re.IGNORECASE)

#: What divides the values of a line, in the order in which they are looked for.
DELIMITERS = ("\t", ",", ";")

#: What stands in quotation marks.
_IN_QUOTES = re.compile('"(?:[^"]|"")*"')

#: A cell in quotation marks, and a line with such cells.
_QUOTED = re.compile(r'((?<![^\s,;|])"(?:[^"]|"")*"(?![^\s,;|]))')
_LINE = re.compile(rf'(?:[^\n"]+|{_QUOTED.pattern}|")*(?:\n|\Z)')

#: What shows that a number is written so: a comma, or more points than one.
DIVIDED = re.compile(r",|\..*\.")


def keyboard_outside_quotes(line: str) -> str:
    """As ``keyboard``, but for cells in quotation marks.

    >>> keyboard_outside_quotes('"1\\u2009000" 1\\u2009000')
    '"1\\u2009000" 1000'
    """
    return "".join(part if i % 2 else keyboard(part) for i, part in enumerate(_QUOTED.split(line)))


def plain_numbers(cells: Iterable[str], delimiter: str | None) -> tuple[dict[str, str], str]:
    """The numbers of a table with other marks than a decimal point, each with what it is with that alone.

    With them comes what to say of one that could be read otherwise: a comma that may stand before decimals
    or between thousands is a decimal one, unless commas divide the values or a number has a decimal point.

    >>> plain_numbers(["1,500", "2"], "\\t")
    ({'1,500': '1.500'}, "'1,500' was read as 1.500; if the comma divides thousands: tr -d ,")
    >>> plain_numbers(["1,500", "2.5"], ";")[0], plain_numbers(["1.500,5", "2.500"], ";")
    ({'1,500': '1500'}, ({'1.500,5': '1500.5', '2.500': '2500'}, ''))
    """
    found = [cell for cell in cells if "," in cell or "." in cell]
    marked = [word for cell in found if DIVIDED.search(cell) and in_some_convention(word := keyboard(cell))]
    if not marked:
        return {}, thousands_told(filter(in_some_convention, found)) if delimiter == ";" else ""
    comma, point = (all(map(form.fullmatch, marked)) for form in (DECIMAL_COMMA, DECIMAL_POINT))
    if not (comma or point):
        return {}, ""
    words = {cell: keyboard(cell) for cell in found}
    numbers = [word for word in words.values() if in_some_convention(word)]
    pointed = any("," not in word and not DECIMAL_COMMA.fullmatch(word) for word in numbers)
    decimal = comma and not (point and (pointed or delimiter == ","))
    form = DECIMAL_COMMA if decimal else DECIMAL_POINT
    plain = {
        cell: with_point(word, comma=decimal)
        for cell, word in words.items()
        if form.fullmatch(word) and (DIVIDED.search(word) or not pointed)
    }
    advice = r"""sed -E 's/"(-?[0-9]+),/"\1./g'""" if delimiter == "," else "tr , ."
    unsure, other = [], ""
    if comma and point:
        other = "the comma divides thousands: tr -d ," if decimal else f"it is a decimal comma: {advice}"
        unsure = marked
    elif decimal and not pointed and not any("." in word for word in marked):
        other = f"it has a decimal point: {advice}"
        unsure = [word for word in numbers if "," not in word]
    if not unsure:
        return plain, ""
    return plain, f"{unsure[0]!r} was read as {with_point(unsure[0], comma=decimal)}; if {other}"


def thousands_told(numbers: Iterable[str]) -> str:
    """What to say of numbers all of whose points were read as decimal ones and may stand between thousands.

    >>> thousands_told(["1.500", "12.250"]), thousands_told(["1.500", "0.250"]), thousands_told([])
    ("'1.500' was read as 1.5; if the point divides thousands: tr -d .", '', '')
    """
    first = ""
    for word in numbers:
        if not AMBIGUOUS.fullmatch(word):
            return ""
        first = first or word
    return first and f"{first!r} was read as {float(first)}; if the point divides thousands: tr -d ."


def without_notes(text: str, *, close: bool = False) -> tuple[str, str | None]:
    """The text with empty lines in place of its notes, and what divides its values if it says so.

    With ``close`` also lines without a blank behind ``#`` are notes, unless numbers end them.

    >>> without_notes("#by hand\\n#1 2\\n", close=True), without_notes("SEP=|\\na|1")
    (('\\n#1 2\\n', None), ('\\na|1', '|'))
    """
    text = (_CLOSE_NOTE if close else _NOTE).sub("", text)
    said = _DIVIDER.match(text)
    return ("\n" * said[0].count("\n") + text[said.end() :], said[1]) if said else (text, None)


def without_ends(lines: Sequence[str]) -> tuple[list[str], str | None]:
    """The lines without the dividers that end all of them, as Excel writes empty columns; and that divider.

    >>> without_ends(["1,5;2,5;;", ";;;", "3,5;4,5;;"]), without_ends(["1,2", "3,"])
    ((['1,5;2,5', '', '3,5;4,5'], ';'), (['1,2', '3,'], None))
    """
    for mark in DELIMITERS:
        full = [line.rstrip(" \r") for line in lines if line.strip(f"{mark} \t\r")]
        count = min((len(line) - len(line.rstrip(mark)) for line in full), default=0)
        if count:
            return [line.rstrip(" \r")[:-count] if line.strip(f"{mark} \t\r") else "" for line in lines], mark
    return list(lines), None


def no_break_thousands(text: str) -> tuple[str, str]:
    """The text without the no-break spaces that stand between thousands, and one such number as it stood.

    They are meant so where all of them that stand behind a digit have three digits behind them. Beside
    numbers, what is in quotation marks is a name and stays.

    >>> no_break_thousands("1\\u00a0000;2"), no_break_thousands("23\\u00a0255\\u00a040")[1]
    (('1000;2', '1\\xa0000'), '')
    >>> no_break_thousands('"1\\u00a0000";2')
    ('"1\\xa0000";2', '')
    """
    if text.isascii():
        return text, ""
    parts = _QUOTED.split(text)
    names = any(in_some_convention(word) for part in parts[::2] for word in re.split(r"[\s,;|]+", part))
    plain = parts[:: 2 if names else 1]
    found = [space for part in plain for space in _NO_BREAK.finditer(part)]
    if not found or any(len(space[2]) != 3 or space[1] is not None for space in found):
        return text, ""
    sample = next(filter(None, (_NO_BREAK_NUMBER.search(part) for part in plain)))
    parts[:: 2 if names else 1] = [_NO_BREAK.sub("", part) for part in plain]
    return "".join(parts), sample[0]


def lines_of(text: str) -> list[str]:
    """The lines of a table; what is in quotation marks around a cell does not end one.

    >>> lines_of('"a\\nb",c\\n1,2'), lines_of('5" pipe\\n6" pipe')
    (['"a\\nb",c', '1,2'], ['5" pipe', '6" pipe'])
    """
    lines = text.split("\n")
    if all(line.count('"') % 2 == 0 for line in lines):
        return lines
    return [found[0].removesuffix("\n") for found in _LINE.finditer(text)][
        : None if text[-1:] == "\n" else -1
    ]


def heads_of(line: str, delimiter: str) -> list[str]:
    """The cells of one line, without the quotation marks around them.

    >>> heads_of('state;"a;b"; c', ";")
    ['state', 'a;b', 'c']
    """
    cells = re.findall(rf'(?:^|{re.escape(delimiter)})((?:"(?:[^"]|"")*"|[^{re.escape(delimiter)}])*)', line)
    cells = [cell.strip() for cell in cells]
    return [cell[1:-1].replace('""', '"') if _IN_QUOTES.fullmatch(cell) else cell for cell in cells]


def named_decimals(lines: Sequence[str]) -> bool:
    """Whether every line is a word and numbers with decimal commas, or else a name with a blank in it."""
    rows = [keyboard(line).split() for line in lines]
    return all(
        len(row) > 1
        and not in_some_convention(row[0])
        and all("," in word and DECIMAL_COMMA.fullmatch(word) for word in row[1:])
        for row in rows
    )


def delimiter_of(lines: Sequence[str]) -> str | None:
    """What divides the values of these lines: a tab, a comma, a semicolon; else blanks (None).

    Semicolons, or blanks, come before commas that all stand in numbers. What is in quotation marks divides
    nothing.

    >>> delimiter_of(["a,b", "1,2"]), delimiter_of(["a;b", "1,5;2"]), delimiter_of(["1,5 2,5", "3,5 4,5"])
    (',', ';', None)
    >>> delimiter_of(["A 1,5", "B 2,5"]), delimiter_of(["room 1,5", "room 2,6"])
    (None, ',')
    """
    lines = [_IN_QUOTES.sub('"', line) for line in lines]
    if "\t" in lines[0]:
        return "\t"
    if len({line.count(";") for line in lines}) == 1 and ";" in lines[0]:
        cells = [keyboard(cell).strip(" €$£¥%°") for line in lines for cell in line.split(";")]
        if "," not in lines[0] or any("," in cell and in_some_convention(cell) for cell in cells):
            return ";"
    rows = [keyboard(line).split() for line in lines]
    if all(len(row) > 1 and all(map(DECIMAL_COMMA.fullmatch, row)) for row in rows):
        return None
    if named_decimals(lines) and len({row[0] for row in rows}) == len(rows):
        return None
    return next((mark for mark in DELIMITERS if mark in lines[0]), None)
