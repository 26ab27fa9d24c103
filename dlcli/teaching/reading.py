"""What people type as an answer: numbers in every notation, letters of choices, shapes, words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from dlcli.errors import printable
from dlcli.teaching.task import Field

#: What an answer begins with that is none, but why there is none; one that contradicts another.
TROUBLE = "\0"
TWICE = "\0it is answered twice, and not alike"

#: An answer is at most so long, and a number has at most so many digits before and behind its point.
LONGEST, DIGITS = 200, 30

#: All that looks like a minus sign.
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－⁃˗➖"), "-")

#: Signs that may stand for others, and spaces that break no line.
SIGNS = {**DASHES, **dict.fromkeys(map(ord, "⁄∕÷／"), "/"), **dict.fromkeys(map(ord, "×·⋅∗✕"), "*")}

_DECIMAL = r"\d+(?:[.,]\d*)?|[.,]\d+"
_POWER = r"(?:[eE]|\*10\^|\*10\*\*)\(?(?P<exponent>[+-]?\d{1,3})\)?"
_REAL = re.compile(rf"(?P<sign>[+-]?)(?P<digits>{_DECIMAL})(?:{_POWER})?")
_FRACTION = re.compile(
    rf"(?P<sign>[+-]?)(?:(?P<whole>\d+)\s)?\s*(?P<above>{_DECIMAL})\s*/\s*(?P<below>[+-]?(?:{_DECIMAL}))"
)
_VULGAR = re.compile(r"(\d*)\s?([¼-¾⅐-⅞↉])")
_SMALL = re.compile("[⁰¹²³⁴-⁹]+[⁄/][₀-₉]+")
_RAISED = re.compile("[⁰¹²³⁴-⁹⁺⁻]+")
_COMPLEX = re.compile(r"(?P<real>[+-]?[^ij+-]+(?:e[+-]\d+)?)?(?P<imaginary>[+-]?[^ij+-]*)[ij]", re.IGNORECASE)

#: A comma that may stand between thousands or before decimals.
_AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")

#: A number with a comma that can only stand before decimals, and one with a point there.
_COMMA = re.compile(r"[+-]?(?:0*,\d+|\d+,(?:\d{1,2}|\d{4,}))")
_POINT = re.compile(r"[+-]?\d*\.\d+")

#: What is no part of a number behind it: a tick, a last point, a remark in brackets, the way again.
_BESIDE = re.compile(r"(?<=[\d%ij])\s*(?:[✓✔.]|\((?:[a-z][a-z ]*|=.*)\))$", re.IGNORECASE)

#: What stands between how a number was reached and the number.
_EQUAL = re.compile(r"[=≈]")

#: What stands where nothing was answered.
NOTHING = re.compile(r"[\s_.…?]*|-+|n/?a", re.IGNORECASE)


@dataclass(frozen=True)
class Typed:
    """An answer as it was typed and as it is read; ``decimals`` are those of a decimal number.

    One that cannot be read has no value, and ``trouble`` says why; one that is not there is ``empty``.
    """

    text: str
    value: Any = None
    decimals: int | None = None
    trouble: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was answered."""
        return self.value is None and not self.trouble


class Unreadable(ValueError):
    """An answer that is no answer: the message says why."""


def typed(text: str, field: Field, *, comma: bool = False) -> Typed:
    """Read an answer as the field wants it; what the sheet says behind the equal sign is no part of it.

    ``comma`` says that whoever wrote it has a comma before decimals.
    """
    text = text.strip()
    if text.startswith(TROUBLE):
        return Typed("", trouble=printable(text[1:])[:LONGEST])
    for remark in filter(None, (field.remark, f"({field.says})")):
        text = text.replace(remark, " ", 1).strip(" ;")
    shown = printable(text.strip())[:LONGEST]
    if NOTHING.fullmatch(text):
        return Typed(shown)
    try:
        if len(text) > LONGEST:
            raise Unreadable(f"it has {len(text)} characters; an answer has at most {LONGEST}")
        if field.form == "number":
            value, decimals = number(text, (field.unit, field.name), decimal=comma or "decimal" in field.says)
            return Typed(shown, value, decimals)
        if field.form == "choice":
            return Typed(shown, choice(text, field.options))
        if field.form == "order":
            return Typed(shown, order(text, field.options))
        return Typed(shown, word(text))
    except Unreadable as error:
        return Typed(shown, trouble=str(error))


def writes_commas(answers: Iterable[str]) -> bool:
    """Whether somebody writes a comma before decimals, by answers that leave no doubt.

    >>> writes_commas(["0,5", "1,000"]), writes_commas(["1,000"]), writes_commas(["0,5", "0.25"])
    (True, False, False)
    """
    plain = [_plain(one) for one in answers]
    return any(map(_COMMA.fullmatch, plain)) and not any(map(_POINT.fullmatch, plain))


def number(text: str, units: Sequence[str] = (), *, decimal: bool = False) -> tuple[Any, int | None]:
    """A number, and its decimals where it has a point or none; a fraction has no count of them.

    Behind it one of the ``units`` may stand, before it how it was reached: ``2*3 + 1 = 7``. Where a
    ``decimal`` is asked for, a comma stands before decimals. Raises ``Unreadable`` for what is none, and for
    what may be two.

    >>> [number(one)[0] for one in ("1/9", "0,5", "½", "1½", "−3", "１２", "50 %", "1e-2", "2 1/2")]
    ... # doctest: +NORMALIZE_WHITESPACE
    [Fraction(1, 9), Fraction(1, 2), Fraction(1, 2), Fraction(3, 2), Fraction(-3, 1), Fraction(12, 1),
     Fraction(1, 2), Fraction(1, 100), Fraction(5, 2)]
    >>> number("3 - 2j")[0], number("i")[0], number("12 Hz", ["Hz"])[0], number("(8 - 3)/2 + 1 = 3,5")
    ((3-2j), 1j, Fraction(12, 1), (Fraction(7, 2), 1))
    >>> number("1,000")
    Traceback (most recent call last):
    dlcli.teaching.reading.Unreadable: '1,000' may be 1000 or 1.000: write one of them
    """
    plain = _plain(text)
    for unit in filter(None, units):
        plain = re.sub(rf"(?<=[\d\s]){re.escape(unit)}$", "", plain, flags=re.IGNORECASE).strip()
    plain = plain.lstrip("=≈~ ").rstrip(";…").strip("*`'\"$ ")
    plain = _BESIDE.sub("", plain[:-3] if plain.endswith("...") else plain).strip()
    for unit in filter(None, units):
        plain = re.sub(rf"^{re.escape(unit)}(?=[\s\d])", "", plain, flags=re.IGNORECASE).strip()
    if _EQUAL.search(plain):
        return _last(plain, decimal=decimal)
    if found := re.fullmatch(r"([+-]?)\(([^()]*)\)", plain):
        inner = found[2].strip()
        plain = (
            inner if found[1] != "-" else inner.removeprefix("-") if inner.startswith("-") else f"-{inner}"
        )
    if _AMBIGUOUS.fullmatch(plain) and not decimal:
        whole, point = plain.replace(",", ""), plain.replace(",", ".")
        raise Unreadable(f"'{plain}' may be {whole} or {point}: write one of them")
    share = plain.endswith("%")
    if share:
        plain = plain[:-1].strip()
    value, decimals = _real(plain)
    if value is None and re.search("[ijIJ]", plain):
        value = _complex(_turned(plain.replace(" ", "")))
    if value is None:
        raise Unreadable(f"'{printable(text.strip())[:40]}' is not a number")
    if share:
        value, decimals = value / 100, None if decimals is None else decimals + 2
    return value, decimals


def _last(text: str, *, decimal: bool) -> tuple[Any, int | None]:
    """The number of a chain of equal signs; of several, the same but for rounding, the first."""
    found = []
    for one in _EQUAL.split(text):
        with suppress(Unreadable):
            found.append(number(one, decimal=decimal))
    if not found:
        raise Unreadable(f"'{printable(text)[:40]}' is not a number")
    value, decimals = found[-1]
    apart = max(abs(complex(other) - complex(value)) for other, _ in found)
    if apart > 0.5 * 10.0 ** -(decimals if decimals is not None else DIGITS) + 1e-12:
        raise Unreadable(f"'{printable(text)[:40]}' has more than one value: write one alone")
    return found[0]


def _plain(text: str) -> str:
    """Signs of print as those of a keyboard, digits of any script as ours, one blank for several."""
    text = _SMALL.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text.replace("…", ""))
    made = _RAISED.sub(lambda found: "^" + unicodedata.normalize("NFKC", found[0]), text)
    made = _VULGAR.sub(lambda found: f"{found[1]} {unicodedata.normalize('NFKC', found[2])}", made)
    made = unicodedata.normalize("NFKC", made).translate(SIGNS)
    made = "".join(
        str(unicodedata.digit(one)) if one.isdigit() and not one.isascii() else one for one in made
    )
    made = re.sub(r"(?<=[-+])\s+(?=[\d.,])", "", made.strip()) if not re.search(r"[ijIJ]\s*$", made) else made
    return " ".join(made.split())


def _real(plain: str) -> tuple[Any, int | None]:
    plain = re.sub(r"^([+-]?)10\^", r"\g<1>1*10^", plain)
    if found := _REAL.fullmatch(plain):
        digits = found["digits"].replace(",", ".")
        before, _, after = digits.partition(".")
        if len(before) > DIGITS or len(after) > DIGITS:
            raise Unreadable(f"it has {len(before) + len(after)} digits; a number has at most {DIGITS}")
        exponent = int(found["exponent"] or 0)
        if abs(exponent) > DIGITS:
            raise Unreadable(f"ten to the power {exponent} is out of all proportion")
        value = Fraction(int((before or "0") + after), 10 ** len(after)) * Fraction(10) ** exponent
        return -value if found["sign"] == "-" else value, max(0, len(after) - exponent)
    if found := _FRACTION.fullmatch(plain):
        above, below = _real(found["above"])[0], _real(found["below"])[0]
        if not below:
            raise Unreadable("it divides by zero")
        value = Fraction(found["whole"] or 0) + above / below
        return -value if found["sign"] == "-" else value, None
    return None, None


def _turned(plain: str) -> str:
    """A complex number with its imaginary part last, and i behind that.

    >>> _turned("6i+7"), _turned("-2j-3"), _turned("7-i6"), _turned("7+6i")
    ('+7+6i', '-3-2j', '7-6i', '7+6i')
    """
    if found := re.fullmatch(r"([+-]?)([^ijIJ+-]*[ijIJ])([+-][^ijIJ]+)", plain):
        return f"{found[3]}{found[1] or '+'}{found[2]}"
    if found := re.fullmatch(r"(.*[+-])?([ijIJ])([\d.,/]+)", plain):
        return f"{found[1] or ''}{found[3]}{found[2]}"
    return plain


def _complex(plain: str) -> complex | None:
    found = _COMPLEX.fullmatch(plain)
    if found is None:
        return None
    real, imaginary = found["real"] or "0", found["imaginary"]
    if not found["imaginary"] and found["real"]:  # 3i: all of it stands before the unit
        real, imaginary = "0", found["real"]
    imaginary = imaginary + "1" if imaginary in ("", "+", "-") else imaginary
    parts = [_real(one)[0] for one in (real, imaginary.replace("*", ""))]
    return None if None in parts else complex(float(parts[0]), float(parts[1]))


def letter(place: int) -> str:
    """What the choice at a place is called: a, b, c, …"""
    return chr(ord("a") + place)


def choice(text: str, options: Sequence[str]) -> str:
    """The option that a letter, or its own words, name. Raises ``Unreadable`` for anything else.

    >>> choice("B)", ("rows", "columns")), choice("Rows", ("rows", "columns"))
    ('columns', 'rows')
    >>> choice("b) columns", ("rows", "columns")), choice("option a", ("rows", "columns"))
    ('columns', 'rows')
    """
    said = _said(text)
    letters = {letter(place): one for place, one in enumerate(options)}
    bare = said.removeprefix("option ").strip("()[].: ")
    if bare in letters:
        return letters[bare]
    for name, one in letters.items():
        if said.rstrip(".") in (_said(one).rstrip("."), f"{name}) {_said(one)}".rstrip(".")):
            return one
    raise Unreadable(f"'{printable(text.strip())[:40]}' is none of {', '.join(letters)}")


def order(text: str, options: Sequence[str]) -> tuple[str, ...]:
    """All options in the order in which their letters stand.

    >>> order("b, a c", ("x", "y", "z"))
    ('y', 'x', 'z')
    """
    letters = {letter(place): one for place, one in enumerate(options)}
    said = [one for one in re.split(r"[\s,;.>→<()\[\]{}/-]+|\band\b", _said(text)) if one]
    if len(said) == 1:
        said = list(said[0])
    if sorted(said) != sorted(letters):
        raise Unreadable(f"'{printable(text.strip())[:40]}' is not each of {', '.join(letters)} once")
    return tuple(letters[one] for one in said)


def word(text: str) -> str:
    """A short word or a shape, in one form.

    >>> word("(3, 4)"), word("3 × 4"), word("[3,4,]"), word(" Refused. "), word("(refused)")
    ('3,4', '3,4', '3,4', 'refused', 'refused')
    """
    said = _said(text).removeprefix("torch.size")
    said = re.sub(
        r"(?<=\d)\s*by\s*(?=\d)", ",", said.removeprefix("(").removesuffix(")") if "([" in said else said
    )
    if re.fullmatch(r"[\[({]?\s*\d+(?:\s*[,x*\s]\s*\d+)*\s*,?\s*[\])}]?", said):
        return ",".join(re.findall(r"\d+", said))
    return said.strip(".!\"'()[] ")


def _said(text: str) -> str:
    made = unicodedata.normalize("NFKC", text).translate(SIGNS)
    return " ".join(made.casefold().split())
