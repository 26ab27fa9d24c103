"""Functions of one number that stay exact where they can: fractions, logarithms, and numbers with a story.

What is computed by hand is computed here: ``1/3`` stays a fraction, and ``exp(ln 2)`` is 2. A number that
brings a method of the name of a function (``exp``, ``tanh``, …) is asked for it; others are taken as floats.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

#: A fraction, a float, a complex number, a logarithm, or what computes as these do.
Exact = Any


@dataclass(frozen=True)
class Log:
    """The natural logarithm of a fraction: a score whose exponential is exact.

    >>> exp(Log(Fraction(3))), round(Log(Fraction(3)) + 1, 4)
    (Fraction(3, 1), 2.0986)
    >>> Log(Fraction(9)) / 2, Log(Fraction(3)) / Fraction(1, 2)
    (Log(of=Fraction(3, 1)), Log(of=Fraction(9, 1)))
    """

    of: Fraction

    def __float__(self) -> float:
        return math.log(self.of)

    def exp(self) -> Fraction:
        """Its exponential."""
        return self.of

    def __add__(self, other: Exact) -> Exact:
        return Log(self.of * other.of) if isinstance(other, Log) else float(self) + other

    def __sub__(self, other: Exact) -> Exact:
        return Log(self.of / other.of) if isinstance(other, Log) else float(self) - other

    def __rsub__(self, other: Exact) -> Exact:
        return other - float(self)

    def __mul__(self, other: Exact) -> Exact:
        if isinstance(other, Log):
            return float(self) * float(other)
        if isinstance(other, int) or (isinstance(other, Fraction) and other.denominator == 1):
            return Log(self.of ** int(other))
        return float(self) * float(other)

    def __truediv__(self, other: Exact) -> Exact:
        power = 1 / Fraction(other) if isinstance(other, int | Fraction) and other else None
        if power is not None and power.denominator == 1:
            return Log(self.of ** int(power))
        if power == HALF and isinstance(found := root(self.of), Fraction):
            return Log(found)
        return float(self) / float(other)

    def __rtruediv__(self, other: Exact) -> Exact:
        return other / float(self)

    def __neg__(self) -> Log:
        return Log(1 / self.of)

    def __lt__(self, other: Exact) -> bool:
        return float(self) < float(other)

    def __gt__(self, other: Exact) -> bool:
        return float(self) > float(other)

    __radd__, __rmul__ = __add__, __mul__


def _of(
    name: str, plain: Callable[[float], float], exact: dict[Fraction, Fraction]
) -> Callable[[Exact], Exact]:
    def function(x: Exact) -> Exact:
        own = getattr(x, name, None)
        if own is not None:
            return own()
        known = exact.get(Fraction(x)) if isinstance(x, int | Fraction) else None
        return plain(float(x)) if known is None else known

    function.__name__ = name
    function.__doc__ = f"``{name}`` of a number, exact where it is known to be."
    return function


ZERO, ONE, HALF = Fraction(0), Fraction(1), Fraction(1, 2)

exp = _of("exp", math.exp, {ZERO: ONE})
ln = _of("log", math.log, {ONE: ZERO})
tanh = _of("tanh", math.tanh, {ZERO: ZERO})
sigmoid = _of("sigmoid", lambda x: 1 / (1 + math.exp(-x)), {ZERO: HALF})
sin = _of("sin", math.sin, {ZERO: ZERO})
cos = _of("cos", math.cos, {ZERO: ONE})


def root(x: Exact) -> Exact:
    """The square root, exact of the square of a fraction.

    >>> root(Fraction(9, 4)), round(root(2), 4)
    (Fraction(3, 2), 1.4142)
    """
    if hasattr(x, "sqrt"):
        return x.sqrt()
    if isinstance(x, int | Fraction) and x >= 0:
        above, below = math.isqrt(Fraction(x).numerator), math.isqrt(Fraction(x).denominator)
        if above**2 == Fraction(x).numerator and below**2 == Fraction(x).denominator:
            return Fraction(above, below)
    return math.sqrt(float(x))


def largest(*numbers: Exact) -> Exact:
    """The largest of some numbers, which may be one list of them.

    >>> largest(1, Fraction(3, 2)), largest([2, 5, 3])
    (Fraction(3, 2), 5)
    """
    return _chosen("largest", max, numbers)


def least(*numbers: Exact) -> Exact:
    """The least of some numbers, which may be one list of them."""
    return _chosen("least", min, numbers)


def _chosen(name: str, choose: Callable[..., Exact], numbers: tuple[Exact, ...]) -> Exact:
    listed = [*numbers[0]] if len(numbers) == 1 else [*numbers]
    for one in listed:
        if hasattr(one, name):
            return getattr(one, name)(listed)
    return choose(listed)


def relu(x: Exact) -> Exact:
    """max(0, x)."""
    return largest(0, x)


def absolute(x: Exact) -> Exact:
    """The number without its sign."""
    return abs(x)


def ceiling(above: Exact, below: Exact) -> Exact:
    """How many times a number fits into another, a rest counted as one more.

    >>> ceiling(7, 2), ceiling(6, 2)
    (4, 3)
    """
    return -((-above) // below)
