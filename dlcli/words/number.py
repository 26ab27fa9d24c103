"""Numbers in the fewest digits that say enough, and columns of them that line up."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_HALF_UP, Context, Decimal
from typing import Any

import numpy as np

from dlcli.tensor import Array

MINUS = "−"

#: Whole numbers of fewer digits than this are written out, larger and very small ones as powers of ten.
LONGEST = 7
SMALLEST = -5

#: Rewards that are a smaller part than this of the largest number do not overflow in any sum that ends.
LARGE = 1e-18

USUAL = 4  # significant digits, where nobody asks for another count

#: A number is written out, at the usual digits or more, if it ends within so many decimals, or has at most so
#: many digits more than are asked for, and ``LONGEST`` in all.
DECIMALS, MORE = 2, 2

#: Percents from here on are all: float32 cannot tell them from 100.
ALL = 100 - 1e-4

FEW = 3  # digits of a number that a column has too few decimals for

#: Digits of a float that do not depend on the order in which a processor adds; the others do not take part.
SURE: dict[int, int] = {np.dtype(np.float16).num: 3, np.dtype(np.float32).num: 6}
SURE_DOUBLE = 12

#: Room for the largest float and its decimals.
_WIDE = Context(prec=400, rounding=ROUND_HALF_UP)

#: Significant digits of a number that somebody typed, or of a column of such; with more they were computed.
EXACT = 10


def number(value: Any, precision: int = 4) -> str:
    """A number in ``precision`` significant digits, or fewer where fewer are exact.

    Integers are written out, and what ends soon after (see ``DECIMALS`` and ``MORE``), unless fewer digits
    than usual are asked for. Others are rounded, halves away from zero, and never before the point below ten
    million. Complex numbers are a+bi, and a true minus sign is used.

    >>> [number(v) for v in (312, 0.1 + 0.2, -2.8, 1 / 9, 12345.678, 1.5e-9, 1 - 0.5j)]
    ['312', '0.3', '−2.8', '0.1111', '12346', '1.5e−9', '1−0.5i']
    >>> number(269.75), number(-476.25), number(269.75, 3), number(-0.12345, 3)
    ('269.75', '−476.25', '270', '−0.123')
    >>> number(123456.25), number(1234567.5), number(12345.678)
    ('123456.25', '1234567.5', '12346')
    """
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (int, np.integer)):
        return _signed(str(int(value)))
    if isinstance(value, (complex, np.complexfloating)):
        return _complex(number(value.real, precision), number(value.imag, precision))
    return _signed(_real(value, precision))


def setting(value: float, precision: int = USUAL) -> str:
    """A number that was typed, γ or a step size: all its digits, or as many as keep it apart from 0 and 1.

    >>> [setting(v) for v in (0.9, 0.999999, 0.123456, 1 / 3, 0.999999**10, 1.0)]
    ['0.9', '0.999999', '0.123456', '0.3333', '0.99999', '1']
    """
    exact = next((n for n in range(1, EXACT + 1) if float(f"{value:.{n}g}") == value), 0)
    while not exact and float(f"{value:.{precision}g}") in (0.0, 1.0):
        precision += 1
    return number(value, exact or precision)


def rounded_up(value: float) -> str:
    """A size in two digits, never less than it is, as it is typed.

    >>> rounded_up(0.5), rounded_up(0.1234), rounded_up(2.38e-7), rounded_up(2000.0)
    ('0.5', '0.13', '2.4e-7', '2000')
    """
    exact = Decimal(value)
    if not exact:
        return "0"
    short = exact.quantize(Decimal((0, (1,), exact.adjusted() - 1)), ROUND_CEILING)
    text = f"{float(short):g}"
    return re.sub(r"e([+-])0*", lambda found: "e" + found[1].strip("+"), text)


def apart(precision: int, rate: float) -> int:
    """As many significant digits, or one more than keep a discount apart from 1: so do sums that it is in.

    >>> apart(4, 0.9), apart(4, 0.999999)
    (4, 7)
    """
    digits = precision
    while rate != 1 and float(f"{rate:.{digits}g}") == 1.0:
        digits += 1
    return digits + (digits > precision)


def percent(part: float, whole: float = 1, precision: int = 3) -> str:
    """A share in percent, in ``precision`` significant digits; all but a little is not called all.

    >>> percent(0.97325), percent(1, 3, 2), percent(4999, 5000), percent(0.99999994)
    ('97.3 %', '33 %', 'over 99.9 %', '100 %')
    """
    share = 100 * part / whole
    text = number(share, precision)
    if text == "100" and share < ALL:
        return f"over {100 - 10.0 ** (2 - precision):.{max(0, precision - 2)}f} %"
    return f"{text} %"


def loss_words(loss: float) -> str:
    """A loss with four decimals, or three digits of one that is tiny or huge.

    >>> loss_words(2.30258), loss_words(0.05), loss_words(9.87654e-7), loss_words(1.47e25)
    ('2.3026', '0.0500', '9.88e-07', '1.47e+25')
    """
    return f"{loss:.4f}" if loss == 0 or 0.001 <= abs(loss) < 1e7 else f"{loss:.2e}"


def counted(count: int, noun: str) -> str:
    """A count with its noun, in singular or plural.

    >>> counted(1, "frame"), counted(2, "frame")
    ('1 frame', '2 frames')
    """
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


class Numbers:
    """One way to write all the numbers of a table, so that the points stand below each other.

    ``texts`` has the shape of ``values``; all are as wide as ``width``. A number too small for the common
    digits is written as a power of ten rather than as a zero.

    >>> Numbers(np.array([[0.9, 1.1], [-2.8, 10]])).texts.tolist()
    [[' 0.9', ' 1.1'], ['−2.8', '10.0']]
    >>> Numbers(np.array([255, 0.5, 1e-9])).texts.tolist()
    ['255.0', '  0.5', ' 1e−9']
    """

    def __init__(self, values: Array, precision: int = 4) -> None:
        values = np.asarray(values)
        if values.dtype.kind == "c":
            parts = _common(np.stack([values.real.ravel(), values.imag.ravel()]).ravel(), precision)
            half = len(parts) // 2
            texts = [_complex(a, b) for a, b in zip(parts[:half], parts[half:], strict=True)]
        else:
            texts = _common(values.ravel(), precision)
        self.width = max((len(text) for text in texts), default=0)
        self.texts: Array = np.empty(values.shape, dtype=object)
        self.texts.ravel()[:] = [text.rjust(self.width) for text in texts]

    def refine(self, place: int, text: str) -> None:
        """Write one number of a column as ``text`` where that says more of it, the points below each other.

        >>> column = Numbers(np.array([9.0, 0.9999]), 1)
        >>> column.refine(1, "0.9999")
        >>> column.texts.tolist()
        ['9     ', '0.9999']
        """
        others = np.delete(self.texts, place)
        more = _from_point(text) - max(map(_from_point, others), default=0)
        if more <= 0 and "e" not in text:
            return
        texts = [one.lstrip() + " " * max(more, 0) for one in self.texts]
        texts[place] = text
        self.width = max(map(len, texts))
        self.texts[:] = [one.rjust(self.width) for one in texts]


def whole(values: Array) -> Array:
    """Floats as whole numbers, which are written without a point, when all of them are whole.

    >>> whole(np.array([1.0, -2.0])), whole(np.array([1.0, 0.5]))
    (array([ 1, -2]), array([1. , 0.5]))
    """
    if values.dtype.kind == "f" and np.isfinite(values).all() and (values == np.round(values)).all():
        return values.astype(np.int64) if np.abs(values).max(initial=0) < 1e15 else values
    return values


def fixed(value: Any, decimals: int) -> str:
    """A finite number rounded to so many decimals, all of them written, with a true minus sign.

    >>> fixed(0.125, 2), fixed(-0.125, 2), fixed(3, 2), len(fixed(1e308, 2))
    ('0.13', '−0.13', '3.00', 312)
    """
    return _signed(_fixed(value, decimals))


def rounded(values: Array, decimals: int) -> Array:
    """Numbers rounded to so many decimals as ``number`` rounds them: halves away from zero.

    >>> rounded(np.array([0.125, -0.375, np.nan]), 2)
    array([ 0.13, -0.38,   nan])
    """
    found = [float(_fixed(value, decimals)) if np.isfinite(value) else value for value in values.ravel()]
    return np.array(found, values.dtype).reshape(values.shape)


def _from_point(text: str) -> int:
    """How many characters stand behind the place of the units."""
    return 0 if "e" in text else len(text) - len(text.partition(".")[0])


def _common(values: Array, precision: int) -> list[str]:
    if values.dtype.kind in "biu":
        return [number(value) for value in values]
    finite = values[np.isfinite(values)]
    sizes = np.abs(finite[finite != 0])
    top = _exponent(sizes.max(), precision) if sizes.size else 0
    if not SMALLEST < top < LONGEST:
        return [number(value, precision) for value in values]
    low = _exponent(sizes.min(), precision) if sizes.size else 0
    room = EXACT - 1 - max(top, 0)
    decimals = _enough(finite, precision, max(precision - 1 - top, min(2, 1 - low), 0), room)
    texts = [_fixed(value, decimals) if np.isfinite(value) else str(value) for value in values]
    return [
        _signed(text if value == 0 or text.strip("-0.") else _real(value, min(precision, FEW)))
        for text, value in zip(texts, values, strict=True)
    ]


def _enough(finite: Array, precision: int, decimals: int, room: int) -> int:
    """How many decimals a column needs: of so many those that are not zero in every number.

    What ``number`` writes out the column writes out, too, with as many decimals as that takes and ``room``
    has; where all that would be rounded end with one digit more, before ``LONGEST`` decimals, all of them.
    """
    if precision < USUAL:
        return _needed(finite, decimals)
    # A small number has no more sure decimals than the largest.
    sure = np.round(finite, room + SURE_DOUBLE - EXACT) if _sure(finite) == SURE_DOUBLE else finite
    cut = [value for value in sure if _needed(np.array([value]), room) > decimals]
    cut = [value for value in cut if _exponent(value, precision) > SMALLEST]
    endings = _written_out(cut, precision + 1)
    if len(endings) < len(cut) or max(endings, default=0) >= LONGEST:
        endings = _written_out(cut, precision)
    return max(_needed(finite, decimals), *(ending for ending in endings if ending <= room), 0)


def _written_out(values: Iterable[Any], precision: int) -> list[int]:
    """After how many decimals those numbers end that are written out.

    Floats of fewer bits are so only together: the last bit, which is another on every processor, decides.
    """
    endings = [(_ending(value, precision), _sure(value) == SURE_DOUBLE) for value in values]
    together = all(double or ending is not None for ending, double in endings)
    return [ending for ending, _ in endings if ending is not None and together]


def _needed(values: Array, decimals: int) -> int:
    """How many of these decimals are not zero in every number."""
    fractions = [_fixed(value, decimals).partition(".")[2] for value in values if np.isfinite(value)]
    return max((len(fraction.rstrip("0")) for fraction in fractions), default=0)


def _real(value: Any, precision: int) -> str:
    if not math.isfinite(value):
        return str(float(value))
    if value == 0:
        return "0"
    ending = _ending(value, precision)
    exponent = _exponent(value, precision if ending is None else LONGEST + DECIMALS)
    if SMALLEST < exponent < LONGEST:
        if ending is not None:
            return _fixed(value, ending)
        decimals = max(0, precision - 1 - exponent)
        return _fixed(value, _needed(np.array([value]), decimals))
    exact = _decimal(value, precision)
    shown = exact if ending is not None else _digits(exact, precision)
    mantissa = shown.scaleb(-shown.adjusted(), _WIDE).normalize(_WIDE)
    return f"{mantissa:f}e{shown.adjusted()}"


def _ending(value: Any, precision: int) -> int | None:
    """After how many decimals a number ends that is written out; None for one that is rounded."""
    exact = _decimal(value, precision).normalize(_WIDE)
    if precision < USUAL or (_sure(value) < SURE_DOUBLE and Decimal(float(value)) != exact):
        return None
    parts = exact.as_tuple()
    decimals = max(0, -int(parts.exponent))
    most = min(LONGEST, precision + MORE)
    if decimals <= DECIMALS:
        most = LONGEST + DECIMALS if exact.adjusted() < LONGEST else LONGEST
    return decimals if len(parts.digits) <= most else None


def _sure(value: Any) -> int:
    dtype = getattr(value, "dtype", None)
    return SURE_DOUBLE if dtype is None else SURE.get(dtype.num, SURE_DOUBLE)


def _decimal(value: Any, precision: int) -> Decimal:
    """A finite number in the fewest digits that mean it; for so many, in those on which processors agree."""
    exact = Decimal(np.format_float_scientific(value, trim="-"))
    return exact if precision > _sure(value) else _digits(exact, _sure(value))


def _digits(exact: Decimal, count: int) -> Decimal:
    """A number rounded to so many significant digits."""
    return Context(prec=count, rounding=ROUND_HALF_UP).plus(exact)


def _exponent(value: Any, precision: int) -> int:
    """The power of ten of the first digit, after rounding."""
    return _digits(_decimal(value, precision), precision).adjusted()


def _fixed(value: Any, decimals: int) -> str:
    """The number with so many decimals; a zero has no sign."""
    digits = _decimal(value, 1).adjusted() + 1 + decimals
    shown = _WIDE.quantize(_decimal(value, digits), Decimal(1).scaleb(-decimals))
    return f"{shown if shown else abs(shown):f}"


def _complex(real: str, imaginary: str) -> str:
    return f"{real}{'' if imaginary.startswith(MINUS) else '+'}{imaginary}i"


def _signed(text: str) -> str:
    return text.replace("-", MINUS)


def digits(precision: int, few: int, values: Array | None = None) -> int:
    """The digits of a table that usually has ``few``: fewer or more where ``precision`` asks for these.

    The usual digits, too, where short decimals of ``values``, which are in the table, would be rounded.

    >>> [digits(precision, 2) for precision in (1, 3, 4, 12)]
    [1, 2, 2, 12]
    >>> digits(4, 3, np.array([1.0625, 2.0])), digits(4, 3, np.array([0.5, 1 / 3]))
    (4, 3)
    """
    if precision > USUAL or few >= precision:
        return precision
    finite = np.zeros(0) if values is None else np.unique(values[np.isfinite(values)])
    before = _exponent(np.abs(finite).max(), precision) + 1 if finite.any() else 0
    return precision if before + max(_written_out(finite, precision), default=0) > few else few


def not_finite(values: Array, rewards: Array, what: str = "values") -> str:
    """A sentence on those of the values that are no finite numbers; nothing where all of them are.

    Where ``rewards`` are small themselves, the steps of learning were too large.

    >>> not_finite(np.array([np.inf, 1e308, 0]), np.array([1e308, 1e308]))
    '1 of 3 values is no finite number: the rewards add up to more than 1.798e308, the most that a number
    here can be; try them in a larger unit.'
    >>> not_finite(np.array([np.nan, np.inf, 0]), np.array([1.0]))
    '2 of 3 values are no finite numbers: each step of learning led farther away; try a smaller --alpha.'
    >>> not_finite(np.array([0.5]), np.array([1.0]))
    ''
    """
    strange = values.size - int(np.count_nonzero(np.isfinite(values)))
    if not strange:
        return ""
    are = "is no finite number" if strange == 1 else "are no finite numbers"
    largest = float(np.finfo(values.dtype).max)
    why = "each step of learning led farther away; try a smaller --alpha"
    if np.abs(rewards).max(initial=0.0) > LARGE * largest:
        most = f"{number(largest)}, the most that a number here can be"
        why = f"the rewards add up to more than {most}; try them in a larger unit"
    return f"{strange} of {values.size} {what} {are}: {why}."
