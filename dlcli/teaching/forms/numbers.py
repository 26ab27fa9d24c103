"""Numbers for other programs: ASCII digits, a point and a hyphen for minus, never a power of ten.

A task is read by people and has the true minus sign, which other programs take for a letter: a GIFT number
with it makes Moodle accept every answer with full marks.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from typing import Any

#: Decimals up to which a number is written to its end; a longer one is rounded.
EXACT = 4

#: Decimals of a float that may be trusted.
SURE = 10


def exact(value: Any) -> Fraction | None:
    """A number as a fraction: a float in the decimals that may be trusted, None for what is not finite.

    >>> exact(3), exact(0.1 + 0.2), exact(float("nan"))
    (Fraction(3, 1), Fraction(3, 10), None)
    """
    if isinstance(value, int | Fraction):
        return Fraction(value)
    made = float(value)
    if not math.isfinite(made):
        return None
    return Fraction(f"{made:.{SURE}f}") if abs(made) < 10**SURE else Fraction(made)


def ends(value: Fraction, places: int = EXACT) -> bool:
    """Whether a number ends within so many decimals."""
    return (value * 10**places).denominator == 1


def decimal(value: Fraction, places: int = EXACT) -> str:
    """A number in decimals: to its end where that comes soon, otherwise rounded to so many.

    >>> decimal(Fraction(-1, 2)), decimal(Fraction(2, 3), 6), decimal(Fraction(-1, 10**9), 3)
    ('-0.5', '0.666667', '0')
    """
    with localcontext() as context:
        context.prec = 400
        context.rounding = ROUND_HALF_EVEN
        made = (Decimal(value.numerator) / value.denominator).quantize(Decimal(1).scaleb(-places))
    text = format(made, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
