"""A number that knows how it was made: the line of a worked solution and its value come from one formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from dlcli.engines.base import exact
from dlcli.engines.base.exact import Log
from dlcli.words.number import MINUS, number

#: How strongly a text holds together: a sum, a product, a number or a call.
SUM, PRODUCT, ATOM = 1, 2, 3

#: Decimals up to which a fraction is written as one.
DECIMALS = 4

#: Significant digits of what is no fraction.
DIGITS = 5

#: What costs nothing to multiply by, in a calculation by hand.
FREE = (0, 1, -1)


def words(value: Any, digits: int = DIGITS) -> str:
    """A value as it is written in a task: decimals where they end soon, a fraction otherwise.

    >>> [words(value) for value in (Fraction(-1, 2), Fraction(1, 3), 2.0, Log(Fraction(2)), 1 - 2j)]
    ['−0.5', '1/3', '2', 'ln 2', '1−2i']
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Worked):
        return words(value.value, digits)
    if isinstance(value, Log):
        return f"ln {words(value.of)}"
    if isinstance(value, Fraction):
        if (value * 10**DECIMALS).denominator == 1:
            text = format(Decimal(value.numerator) / value.denominator, "f")
        else:
            text = f"{value.numerator}/{value.denominator}"
        return text.replace("-", MINUS)
    return number(value, digits)


class Worked:
    """A value, the text of the calculation that gave it, and how many products that took.

    >>> x, y = Worked(3), Worked(Fraction(-1, 2))
    >>> z = x * y + 1
    >>> z.text, z.value, z.products
    ('3·(−0.5) + 1', Fraction(-1, 2), 1)
    >>> ((x + 1) / 2).text, exact.largest(0, x - 4).text
    ('(3 + 1) / 2', 'max(0, 3 − 4)')
    """

    __slots__ = ("binds", "products", "text", "value")

    def __init__(self, value: Any, text: str | None = None, binds: int = ATOM, products: int = 0) -> None:
        if isinstance(value, int | np.integer) and not isinstance(value, bool):
            value = Fraction(int(value))
        self.value: Any = value
        self.text = words(value) if text is None else text
        self.binds = PRODUCT if text is None and ("/" in self.text or isinstance(value, Log)) else binds
        self.products = products

    def __repr__(self) -> str:
        return f"{self.text} = {words(self.value)}"

    @property
    def _inner(self) -> str:
        """The text behind a sign: in brackets where it begins with a minus."""
        return f"({self.text})" if self.text.startswith(MINUS) else self.text

    def _held(self, binds: int) -> str:
        """The text as a part of something that binds so strongly."""
        return self.text if self.binds >= binds else f"({self.text})"

    def _with(self, other: Any, value: Any, text: str, binds: int, *, product: bool = False) -> Worked:
        counted = product and self.value not in FREE and other.value not in FREE
        return Worked(value, text, binds, self.products + other.products + counted)

    def __add__(self, other: Any) -> Worked:
        if isinstance(other, int) and other == 0:
            return self
        other = lifted(other)
        right = other._inner if other.binds > SUM or other.text[0] != MINUS else f"({other.text})"
        return self._with(other, _plain(self.value + other.value), f"{self.text} + {right}", SUM)

    def __radd__(self, other: Any) -> Worked:
        return self if isinstance(other, int) and other == 0 else lifted(other) + self

    def __sub__(self, other: Any) -> Worked:
        other = lifted(other)
        right = other._held(PRODUCT)
        right = f"({right})" if right.startswith(MINUS) else right
        return self._with(other, _plain(self.value - other.value), f"{self.text} {MINUS} {right}", SUM)

    def __rsub__(self, other: Any) -> Worked:
        return lifted(other) - self

    def __mul__(self, other: Any) -> Worked:
        other = lifted(other)
        right = other._held(PRODUCT)
        right = f"({right})" if right.startswith(MINUS) else right
        text = f"{self._held(PRODUCT)}·{right}"
        return self._with(other, _plain(self.value * other.value), text, PRODUCT, product=True)

    def __rmul__(self, other: Any) -> Worked:
        return lifted(other) * self

    def _divided(self, other: Any, sign: str, value: Callable[[Any, Any], Any]) -> Worked:
        other = lifted(other)
        right = other._held(ATOM)
        right = f"({right})" if right.startswith(MINUS) else right
        made = _plain(value(self.value, other.value))
        return self._with(other, made, f"{self._held(PRODUCT)} {sign} {right}", PRODUCT, product=True)

    def __truediv__(self, other: Any) -> Worked:
        return self._divided(other, "/", lambda a, b: a / b)

    def __rtruediv__(self, other: Any) -> Worked:
        return lifted(other) / self

    def __floordiv__(self, other: Any) -> Worked:
        return self._divided(other, "div", lambda a, b: a // b)

    def __rfloordiv__(self, other: Any) -> Worked:
        return lifted(other) // self

    def __pow__(self, power: Any) -> Worked:
        power = lifted(power)
        base = f"({self.text})" if self.binds < ATOM or self.text.startswith(MINUS) else self.text
        exponent = power.text if power.binds >= ATOM else f"({power.text})"
        raised = power.value if not _whole(power.value) else int(power.value)
        times = max(0, int(raised) - 1) if isinstance(raised, int) and self.value not in FREE else 1
        made = Worked(_plain(self.value**raised), f"{base}^{exponent}", ATOM)
        made.products = self.products + power.products + times
        return made

    def __rpow__(self, base: Any) -> Worked:
        return lifted(base) ** self

    def __neg__(self) -> Worked:
        text = f"({self.text})" if self.binds < PRODUCT or self.text.startswith(MINUS) else self.text
        return Worked(_plain(-self.value), f"{MINUS}{text}", min(self.binds, PRODUCT), self.products)

    def __abs__(self) -> Worked:
        return Worked(abs(self.value), f"|{self.text}|", ATOM, self.products)

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < lifted(other).value)

    def __gt__(self, other: Any) -> bool:
        return bool(self.value > lifted(other).value)

    def __le__(self, other: Any) -> bool:
        return not self > other

    def __ge__(self, other: Any) -> bool:
        return not self < other

    def _call(self, name: str, function: Callable[[Any], Any]) -> Worked:
        return Worked(_plain(function(self.value)), f"{name}({self.text})", ATOM, self.products)

    def exp(self) -> Worked:
        """e to its power."""
        held = self.text if self.binds >= ATOM else f"({self.text})"
        return Worked(exact.exp(self.value), f"e^{held}", ATOM, self.products)

    def log(self) -> Worked:
        """Its natural logarithm."""
        return self._call("ln", exact.ln)

    def tanh(self) -> Worked:
        """Its hyperbolic tangent."""
        return self._call("tanh", exact.tanh)

    def sigmoid(self) -> Worked:
        """1/(1 + e^−x)."""
        return self._call("σ", exact.sigmoid)

    def sin(self) -> Worked:
        """Its sine, of an angle in radians."""
        return self._call("sin", exact.sin)

    def cos(self) -> Worked:
        """Its cosine, of an angle in radians."""
        return self._call("cos", exact.cos)

    def sqrt(self) -> Worked:
        """Its square root."""
        text = f"√{self.text}" if self.binds >= ATOM else f"√({self.text})"
        return Worked(exact.root(self.value), text, ATOM, self.products)

    def largest(self, listed: Sequence[Any]) -> Worked:
        """The largest of several, itself among them."""
        return _chosen("max", exact.largest, listed)

    def least(self, listed: Sequence[Any]) -> Worked:
        """The least of several, itself among them."""
        return _chosen("min", exact.least, listed)


def _chosen(name: str, choose: Callable[..., Any], listed: Sequence[Any]) -> Worked:
    all_ = [lifted(one) for one in listed]
    text = f"{name}({', '.join(one.text for one in all_)})"
    return Worked(choose([one.value for one in all_]), text, ATOM, sum(one.products for one in all_))


def lifted(value: Any) -> Worked:
    """A number as one that knows how it was made."""
    return value if isinstance(value, Worked) else Worked(value)


def given(values: Any) -> Any:
    """Drawn numbers, one or nested lists of them, as what a formula can take: an array of ``Worked``.

    >>> (given([1, 2]) * given([3, 4])).sum().text
    '1·3 + 2·4'
    """
    if isinstance(values, list | tuple | np.ndarray):
        made = np.array(values, dtype=object)
        flat = [lifted(one) for one in made.ravel()]
        filled = np.empty(made.size, dtype=object)
        filled[:] = flat
        return filled.reshape(made.shape)
    return lifted(values)


def _plain(value: Any) -> Any:
    return Fraction(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _whole(value: Any) -> bool:
    return isinstance(value, Fraction) and value.denominator == 1
