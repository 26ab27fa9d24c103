"""Numbers and tables as people write them: fractions, minus signs of print, decimal commas, notes."""

from __future__ import annotations

import math
import re
import unicodedata

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

#: What stands where a number is missing, or what is one with signs that none has: it is no name. Dates
#: (31.12.2024, 31.12., 12/31/24) and versions (1.2.3) are names.
_ODD = re.compile(
    r"""[-–—?.*]* | n/?a | none | null | missing | \#n/a | \#nv | 0x[0-9a-f]+
      | (?! \d+ (?: (?:/\d+){2,} | (?!(?:\.\d{3})+\.\d+\Z) (?:\.\d+){2,} | \.\d+\. ) \Z)
        [-+−~<>≈]? [€$£¥]? \s* \d[\d.,'’_\s½¼¾/]* \s* [€$£¥%°]?(?:\s\#.*)?""",
    re.VERBOSE | re.IGNORECASE,
)

#: Numbers with a decimal comma, points between their thousands; and with a point, commas between these.
DECIMAL_COMMA = re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:\.\d{3})+|\d+)(?:,\d+)?(?:[eE][+-]?\d+)?%?")
DECIMAL_POINT = re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?%?")

#: A number of which nobody knows whether its mark stands between thousands or before decimals.
AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")

#: How a literal begins whose first number is negative, and one that can be nothing else.
NEGATIVE = re.compile(r"-(\.?\d|[¼-¾⅐-⅞]|inf|nan)", re.IGNORECASE)
NUMBERS = re.compile(r"-(\.?\d[\d\s.,;/ejEJ+-]*|inf.*|nan.*)", re.DOTALL)


def keyboard(text: str) -> str:
    """A text with the signs of a keyboard in place of those of print; spaces in a number go.

    >>> keyboard("−12\u2009345;\u00a0−1"), keyboard("3.3 % 5\u00a0%")
    ('-12345; -1', '3.3% 5%')
    """
    if text.isascii() and "'" not in text and "%" not in text:
        return text
    text = _THOUSANDS.sub("", text.replace(MINUS, "-").replace(_BAR, "/"))
    return _PERCENT.sub("%", text.translate(dict.fromkeys(map(ord, _SPACES), " ")))


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


def is_negative(word: str) -> bool:
    """Whether a word is a literal that begins with a minus: no option of a line, which others would be.

    >>> [is_negative(word) for word in ("-1 2", "-1 nan", "-5% 3", "-½", "-j", "-k", "-1x")]
    [True, True, True, True, False, False, False]
    """
    return bool(NUMBERS.fullmatch(word) or (NEGATIVE.match(word) and mostly_numbers(word)))


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


def plainly(text: str) -> str:
    """A name and the numbers behind its colon, these as any program writes them; what is none stays.

    >>> plainly("gaussian:5,1/2"), plainly("line:−30:½:1"), plainly("elu:30%"), plainly("a:b")
    ('gaussian:5,0.5', 'line:-30:0.5:1', 'elu:0.3', 'a:b')
    """
    name, colon, rest = text.partition(":")
    parts = re.split("([:,])", rest)
    return name + colon + "".join(_plainly(part) for part in parts)


def _plainly(word: str) -> str:
    try:
        value = number(word.strip())
    except ValueError:
        return word
    return keyboard(word) if isinstance(value, complex) or _as_float(keyboard(word)) == value else repr(value)


def _as_float(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def with_point(cell: str, *, comma: bool) -> str:
    """A number with nothing between its thousands and a decimal point, which is a ``comma`` in the cell.

    >>> with_point("1.234,5", comma=True), with_point("1,234.5", comma=False)
    ('1234.5', '1234.5')
    """
    return cell.replace(".", "").replace(",", ".") if comma else cell.replace(",", "")
