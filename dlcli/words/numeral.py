"""Numbers and tables as people write them: fractions, minus signs of print, decimal commas, notes."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence

_REAL = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_SPECIAL = r"(?:nan|inf|infinity)"
_NUMBER = re.compile(
    rf"""[+-]?(?:{_REAL}|{_SPECIAL})                        # 3, -0.5, 1e-3, inf
       | [+-]?\d+(?:\.\d+)?/\d+(?:\.\d+)?                   # 1/9
       | [+-]?{_REAL}%                                      # 3.33%
       | (?:[+-]?(?:{_REAL}|{_SPECIAL})(?=[+-]))?           # 2+3j, -j
         [+-]?(?:{_REAL}|{_SPECIAL})?[ij]
    """,
    re.VERBOSE | re.IGNORECASE,
)

#: A fraction in one sign, behind a whole number or alone: ½, 1½.
_SMALL = re.compile("([+-]?)([0-9]*)([¼-¾⅐-⅞])")

#: The minus sign of print and of the screens, the bar of fractions, and the spaces that break no line.
MINUS = "\N{MINUS SIGN}"
_BAR = "\N{FRACTION SLASH}"
_SPACES = "\N{NO-BREAK SPACE}\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}\N{FIGURE SPACE}"

#: What stands in front of a divider of thousands: a digit, but no 0 alone.
_LEADING = r"(?<=\d)(?<!(?<![\d.,])0)"

#: The blank of print before a percent sign.
_PERCENT = re.compile(r"(?<=[\d.]) %(?![^\s,;|)\]\"])")

#: Such a space, or a Swiss apostrophe, between the thousands of a number.
_THOUSANDS = re.compile(rf"{_LEADING}['’{_SPACES[1:]}](?=\d{{3}}(?!\d))")

#: A no-break space between two numbers, or between the thousands of one.
_NO_BREAK = re.compile("(?<=\\d)((?<=0)(?<![\\d.,\N{NO-BREAK SPACE}]0))?\N{NO-BREAK SPACE}(?=(\\d+))")
_NO_BREAK_NUMBER = re.compile("[0-9]+(?:\N{NO-BREAK SPACE}[0-9]{3})+")

#: A line that is a note: numpy.savetxt writes its header so.
_NOTE = re.compile(r"^[ \t]*#(?:[ \t][^\n]*)?$", re.MULTILINE)

#: A line that is a note of somebody who leaves out the blank: no number ends it, as one ends a named row.
_CLOSE_NOTE = re.compile(r"^[ \t]*#(?![^\n]*[,;|\t ][^\w\n]*\d[^\s,;|]*[ \t\r]*$)[^\n]*$", re.MULTILINE)

#: A first line that says what divides the values.
_DIVIDER = re.compile(r"\s*\"?sep=([,;|:\t])\"?[ \r]*$", re.MULTILINE | re.IGNORECASE)

#: What stands where a number is missing, or what is one with signs that none has: it is no name. Dates
#: (31.12.2024, 31.12., 12/31/24) and versions (1.2.3) are names.
_ODD = re.compile(
    r"""[-–—?.*]* | n/?a | none | null | missing | \#n/a | \#nv | 0x[0-9a-f]+
      | (?! \d+ (?: (?:/\d+){2,} | (?!(?:\.\d{3})+\.\d+\Z) (?:\.\d+){2,} | \.\d+\. ) \Z)
        [-+−~<>≈]? [€$£¥]? \s* \d[\d.,'’_\s½¼¾/]* \s* [€$£¥%°]?(?:\s\#.*)?""",
    re.VERBOSE | re.IGNORECASE,
)

#: What divides the values of a line, in the order in which they are looked for.
DELIMITERS = ("\t", ",", ";")

#: What stands in quotation marks.
_IN_QUOTES = re.compile('"(?:[^"]|"")*"')

#: A cell in quotation marks, and a line with such cells.
_QUOTED = re.compile(r'((?<![^\s,;|])"(?:[^"]|"")*"(?![^\s,;|]))')
_LINE = re.compile(rf'(?:[^\n"]+|{_QUOTED.pattern}|")*(?:\n|\Z)')

#: Numbers with a decimal comma, points between their thousands; and with a point, commas between these.
DECIMAL_COMMA = re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:\.\d{3})+|\d+)(?:,\d+)?(?:[eE][+-]?\d+)?%?")
DECIMAL_POINT = re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?%?")

#: A number of which nobody knows whether its mark stands between thousands or before decimals.
AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")

#: What shows that a number is written so: a comma, or more points than one.
DIVIDED = re.compile(r",|\..*\.")


def keyboard(text: str) -> str:
    """A text with the signs of a keyboard in place of those of print; spaces in a number go.

    >>> keyboard("−12\u2009345;\u00a0−1"), keyboard("3.3 % 5\u00a0%")
    ('-12345; -1', '3.3% 5%')
    """
    if text.isascii() and "'" not in text and "%" not in text:
        return text
    text = _THOUSANDS.sub("", text.replace(MINUS, "-").replace(_BAR, "/"))
    return _PERCENT.sub("%", text.translate(dict.fromkeys(map(ord, _SPACES), " ")))


def keyboard_outside_quotes(line: str) -> str:
    """As ``keyboard``, but for cells in quotation marks.

    >>> keyboard_outside_quotes('"1\\u2009000" 1\\u2009000')
    '"1\\u2009000" 1000'
    """
    return "".join(part if i % 2 else keyboard(part) for i, part in enumerate(_QUOTED.split(line)))


def is_number(text: str) -> bool:
    """Whether a word is a number, a fraction or a complex number.

    >>> [is_number(word) for word in ("1/9", "½", "-2.8", "1e-3", "2+3j", "nan", "cat", "1/")]
    [True, True, True, True, True, True, False, False]
    """
    text = keyboard(text)
    return (_NUMBER.fullmatch(text) or _SMALL.fullmatch(text)) is not None


def in_some_convention(text: str) -> bool:
    """Whether a word is a number to somebody: with a decimal comma or point, with marks between thousands.

    >>> [in_some_convention(word) for word in ("1,5", "0,1", "1.234,5", "1,234.5", "1/2", "a,1")]
    [True, True, True, True, True, False]
    """
    return is_number(text) or any(form.fullmatch(keyboard(text)) for form in (DECIMAL_COMMA, DECIMAL_POINT))


def mostly_numbers(text: str) -> bool:
    """Whether most words of a text are numbers, the first one too, whatever divides them.

    >>> [mostly_numbers(text) for text in ("(1, 2)", "3.33 % 5 %", "3 cats", "I think", "")]
    [True, True, False, False, False]
    """
    words = [word for word in re.split(r"[\s,;()\[\]]+", keyboard(text)) if word]
    return bool(words) and is_number(words[0]) and 2 * sum(map(is_number, words)) > len(words)


def is_unit(text: str) -> bool:
    """Whether a word is the imaginary unit, and may be a name as well.

    >>> is_unit("I"), is_unit("j"), is_unit("-j"), is_unit("2j")
    (True, True, False, False)
    """
    return text in ("i", "j", "I", "J")


def is_complex(text: str) -> bool:
    """Whether a word is a complex number and can be no name.

    >>> is_complex("2+3j"), is_complex("-j"), is_complex("j"), is_complex("2")
    (True, True, False, False)
    """
    return text[-1:] in ("i", "j", "I", "J") and is_number(text) and not is_unit(text)


def is_odd(text: str) -> bool:
    """Whether a word stands where a number should: it says that there is none, or has signs that none has.

    >>> [is_odd(word) for word in ("", "NA", "?", "€5", "1_000", "12,5 €", "1.234.5", "1.2.24", "3rd")]
    [True, True, True, True, True, True, True, False, False]
    """
    return _ODD.fullmatch(text) is not None


def number(text: str) -> int | float | complex:
    """The value of a word. Raises ``ValueError`` when it is no number, is too large for one, or divides by 0.

    The signs of print are as good as those of the keyboard: U+2212, thin spaces between thousands, ½.

    >>> number("3"), number("1/4"), number("2+3j"), number("−0.5"), number("1½"), number("3.33 %")
    (3, 0.25, (2+3j), -0.5, 1.5, 0.0333)
    """
    if not is_number(text):
        raise ValueError(f"{text!r} is not a number")
    text = keyboard(text)
    value = _value(text)
    parts = (value.real, value.imag) if isinstance(value, complex) else (value,)
    if any(map(math.isinf, parts)) and "inf" not in text.lower():
        shown = text if len(text) <= 30 else f"{text[:30]}…"
        raise ValueError(f"{shown!r} is too large: the largest number is 1.8e308")
    return value


def _value(text: str) -> int | float | complex:
    if small := _SMALL.fullmatch(text):
        return float(small[1] + "1") * (int(small[2] or 0) + unicodedata.numeric(small[3]))
    if "/" in text:
        above, _, below = text.partition("/")
        if float(below) == 0:
            raise ValueError(f"{text!r} divides by zero")
        return float(above) / float(below)
    if text[-1] == "%":
        digits, _, power = text[:-1].lower().partition("e")
        return float(f"{digits}e{int(power or 0) - 2}")
    if text[-1] in "ijIJ":
        return complex(text[:-1] + "j")
    whole = text.lstrip("+-").isdecimal() and len(text) < 30
    return int(text) if whole and -(2**63) <= int(text) < 2**63 else float(text)


def whole(text: str) -> int:
    """The whole number that a word stands for, 1e3 and 4/2 among them.

    Raises ``ValueError`` for any other word, and where a mark may stand between thousands or before decimals.

    >>> whole("1e3"), whole("64"), whole("10.0")
    (1000, 64, 10)
    """
    text = keyboard(text.strip())
    if AMBIGUOUS.fullmatch(text):
        plain = re.sub("[.,]", "", text)
        raise ValueError(f"{text!r} may be {plain} or {re.split('[.,]', text)[0]}: write it without a mark")
    try:
        value: int | float | complex = int(text)
    except ValueError:
        value = number(text) if is_number(text) and "%" not in text else float("nan")
    if isinstance(value, complex) or value != value or value in (float("inf"), -float("inf")) or value % 1:
        raise ValueError(f"{text!r} is not a whole number")
    return int(value)


def with_point(cell: str, *, comma: bool) -> str:
    """A number with nothing between its thousands and a decimal point, which is a ``comma`` in the cell.

    >>> with_point("1.234,5", comma=True), with_point("1,234.5", comma=False)
    ('1234.5', '1234.5')
    """
    return cell.replace(".", "").replace(",", ".") if comma else cell.replace(",", "")


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
