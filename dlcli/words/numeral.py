"""Numbers and tables as people write them: fractions, minus signs of print, decimal commas, notes."""

from __future__ import annotations

import re
from collections.abc import Sequence

_REAL = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_SPECIAL = r"(?:nan|inf|infinity)"
_NUMBER = re.compile(
    rf"""[+-]?(?:{_REAL}|{_SPECIAL})                        # 3, -0.5, 1e-3, inf
       | [+-]?\d+(?:\.\d+)?/\d+(?:\.\d+)?                   # 1/9
       | (?:[+-]?(?:{_REAL}|{_SPECIAL})(?=[+-]))?           # 2+3j, -j
         [+-]?(?:{_REAL}|{_SPECIAL})?[ij]
    """,
    re.VERBOSE | re.IGNORECASE,
)

#: The minus sign of print and of the screens, and the spaces that keep a line from breaking.
MINUS = "\N{MINUS SIGN}"
_SPACES = "\N{NO-BREAK SPACE}\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}\N{FIGURE SPACE}"

#: Such a space between the thousands of a number.
_THOUSANDS = re.compile(rf"(?<=\d)[{_SPACES[1:]}](?=\d{{3}}(?!\d))")

#: A line that is a note: numpy.savetxt writes its header so.
_NOTE = re.compile(r"^[ \t]*#(?:[ \t][^\n]*)?$", re.MULTILINE)

#: A first line that says what divides the values.
_DIVIDER = re.compile(r"\s*sep=([,;\t])[ \r]*$", re.MULTILINE)

#: What divides the values of a line, in the order in which they are looked for.
DELIMITERS = ("\t", ",", ";")

#: Numbers with a decimal comma, points between their thousands; and with a point, commas between these.
DECIMAL_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?(?:[eE][+-]?\d+)?")
DECIMAL_POINT = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?")

#: A number of which nobody knows whether its mark stands between thousands or before decimals.
AMBIGUOUS = re.compile(r"[+-]?\d{1,3}[.,]\d{3}")

#: What shows that a number is written so: a comma, or more points than one.
DIVIDED = re.compile(r",|\..*\.")


def keyboard(text: str) -> str:
    """A text with the signs of a keyboard in place of those of print; thin spaces in a number go.

    >>> keyboard("−12\u2009345;\u00a0−1")
    '-12345; -1'
    """
    text = _THOUSANDS.sub("", text.replace(MINUS, "-"))
    return text.translate(dict.fromkeys(map(ord, _SPACES), " "))


def is_number(text: str) -> bool:
    """Whether a word is a number, a fraction or a complex number.

    >>> [is_number(word) for word in ("1/9", "-2.8", "1e-3", "2+3j", "nan", "cat", "1/")]
    [True, True, True, True, True, False, False]
    """
    return _NUMBER.fullmatch(keyboard(text)) is not None


def number(text: str) -> int | float | complex:
    """The value of a word. Raises ``ValueError`` when it is no number, or a fraction with 0 below the bar.

    The signs of print are as good as those of the keyboard: U+2212, thin spaces between thousands.

    >>> number("3"), number("1/4"), number("2+3j"), number("−0.5")
    (3, 0.25, (2+3j), -0.5)
    """
    if not is_number(text):
        raise ValueError(f"{text!r} is not a number")
    text = keyboard(text)
    if "/" in text:
        above, _, below = text.partition("/")
        if float(below) == 0:
            raise ValueError(f"{text!r} divides by zero")
        return float(above) / float(below)
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
        value = number(text) if is_number(text) else float("nan")
    if isinstance(value, complex) or value != value or value in (float("inf"), -float("inf")) or value % 1:
        raise ValueError(f"{text!r} is not a whole number")
    return int(value)


def with_point(cell: str, *, comma: bool) -> str:
    """A number with nothing between its thousands and a decimal point, which is a ``comma`` in the cell.

    >>> with_point("1.234,5", comma=True), with_point("1,234.5", comma=False)
    ('1234.5', '1234.5')
    """
    return cell.replace(".", "").replace(",", ".") if comma else cell.replace(",", "")


def without_notes(text: str) -> tuple[str, str | None]:
    """The text with empty lines in place of its notes, and what divides its values if it says so."""
    text = _NOTE.sub("", text)
    said = _DIVIDER.match(text)
    return (text[: said.start(1) - 4] + text[said.end(1) :], said[1]) if said else (text, None)


def delimiter_of(lines: Sequence[str]) -> str | None:
    """What divides the values of these lines: a tab, a comma, a semicolon; else blanks (None).

    Semicolons, or blanks, come before commas that all stand in numbers.

    >>> delimiter_of(["a,b", "1,2"]), delimiter_of(["a;b", "1,5;2"]), delimiter_of(["1,5 2,5", "3,5 4,5"])
    (',', ';', None)
    """
    if "\t" in lines[0]:
        return "\t"
    if len({line.count(";") for line in lines}) == 1 and ";" in lines[0]:
        cells = [cell.strip(' "') for line in lines for cell in line.split(";")]
        if "," not in lines[0] or any("," in cell and DECIMAL_COMMA.fullmatch(cell) for cell in cells):
            return ";"
    rows = [line.split() for line in lines]
    if all(len(row) > 1 and all(map(DECIMAL_COMMA.fullmatch, row)) for row in rows):
        return None
    return next((mark for mark in DELIMITERS if mark in lines[0]), None)
