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

#: A fraction with so much below its bar is no help to a reader.
LONG = 200

#: What costs nothing to multiply by, in a calculation by hand.
FREE = (0, 1, -1)


def words(value: Any, digits: int = DIGITS) -> str:
    """A value as it is written in a task: decimals where they end soon, a fraction where that is short.

    >>> [words(value) for value in (Fraction(-1, 2), Fraction(1, 3), 2.0, Log(Fraction(2)), 1 - 2j)]
    ['−0.5', '1/3', '2', 'ln 2', '1−2i']
    >>> words(Fraction(44100, 1024))
    '43.066'
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
        elif value.denominator < LONG:
            text = f"{value.numerator}/{value.denominator}"
        else:
            text = number(float(value), digits)
        return text.replace("-", MINUS)
    return number(value, digits)


#: Makes the text of a calculation, and says how strongly it holds together.
Render = Callable[[], tuple[str, int]]


class Worked:
    """A value, the text of the calculation that gave it, and how many products that took.

    >>> x, y = Worked(3), Worked(Fraction(-1, 2))
    >>> z = x * y + 1
    >>> z.text, z.value, z.products
    ('3·(−0.5) + 1', Fraction(-1, 2), 1)
    >>> ((x + 1) / 2).text, exact.largest(0, x - 4).text
    ('(3 + 1) / 2', 'max(0, 3 − 4)')
    """

    __slots__ = ("_render", "_said", "products", "value")

    def __init__(self, value: Any, render: Render | None = None, products: int = 0) -> None:
        self.value: Any = value
        self.products = products
        self._render = render
        self._said: tuple[str, int] | None = None

    def __repr__(self) -> str:
        return f"{self.text} = {words(self.value)}"

    @property
    def said(self) -> tuple[str, int]:
        """Its text, made when it is asked for, and how strongly that holds together."""
        if self._said is None:
            self._said = _number(self.value) if self._render is None else self._render()
        return self._said

    @property
    def text(self) -> str:
        """The calculation that gave it; of a number that was given the number itself."""
        return self.said[0]

    def held(self, binds: int) -> str:
        """The text as a part of something that binds so strongly."""
        text, own = self.said
        return text if own >= binds else f"({text})"

    def behind(self, binds: int) -> str:
        """The same behind a sign: in brackets, too, where it begins with a minus."""
        text = self.held(binds)
        return f"({text})" if text.startswith(MINUS) else text

    def _with(self, other: Worked, value: Any, render: Render, *, product: bool = False) -> Worked:
        counted = product and self.value not in FREE and other.value not in FREE
        return Worked(value, render, self.products + other.products + counted)

    def __add__(self, other: Any) -> Worked:
        if isinstance(other, int) and other == 0:
            return self
        other = lifted(other)
        return self._with(
            other, _plain(self.value + other.value), lambda: (f"{self.text} + {other.behind(SUM)}", SUM)
        )

    def __radd__(self, other: Any) -> Worked:
        return self if isinstance(other, int) and other == 0 else lifted(other) + self

    def __sub__(self, other: Any) -> Worked:
        other = lifted(other)
        return self._with(
            other,
            _plain(self.value - other.value),
            lambda: (f"{self.text} {MINUS} {other.behind(PRODUCT)}", SUM),
        )

    def __rsub__(self, other: Any) -> Worked:
        return lifted(other) - self

    def __mul__(self, other: Any) -> Worked:
        other = lifted(other)
        return self._with(
            other,
            _plain(self.value * other.value),
            lambda: (f"{self.held(PRODUCT)}·{other.behind(PRODUCT)}", PRODUCT),
            product=True,
        )

    def __rmul__(self, other: Any) -> Worked:
        return lifted(other) * self

    def _divided(self, other: Worked, sign: str, value: Any) -> Worked:
        return self._with(
            other,
            _plain(value),
            lambda: (f"{self.held(PRODUCT)} {sign} {other.behind(ATOM)}", PRODUCT),
            product=True,
        )

    def __truediv__(self, other: Any) -> Worked:
        other = lifted(other)
        return self._divided(other, "/", _ratio(self.value) / other.value)

    def __rtruediv__(self, other: Any) -> Worked:
        return lifted(other) / self

    def __floordiv__(self, other: Any) -> Worked:
        other = lifted(other)
        return self._divided(other, "div", self.value // other.value)

    def __rfloordiv__(self, other: Any) -> Worked:
        return lifted(other) // self

    def __pow__(self, power: Any) -> Worked:
        power = lifted(power)
        raised = int(power.value) if _whole(power.value) else power.value
        times = max(0, raised - 1) if isinstance(raised, int) and self.value not in FREE else 1
        made = Worked(
            _plain(_ratio(self.value) ** raised), lambda: (f"{self.behind(ATOM)}^{power.behind(ATOM)}", ATOM)
        )
        made.products = self.products + power.products + times
        return made

    def __rpow__(self, base: Any) -> Worked:
        return lifted(base) ** self

    def __neg__(self) -> Worked:
        return Worked(_plain(-self.value), lambda: (f"{MINUS}{self.behind(PRODUCT)}", PRODUCT), self.products)

    def __abs__(self) -> Worked:
        return Worked(abs(self.value), lambda: (f"|{self.text}|", ATOM), self.products)

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < lifted(other).value)

    def __gt__(self, other: Any) -> bool:
        return bool(self.value > lifted(other).value)

    def __le__(self, other: Any) -> bool:
        return not self > other

    def __ge__(self, other: Any) -> bool:
        return not self < other

    def _call(self, name: str, function: Callable[[Any], Any]) -> Worked:
        return Worked(_plain(function(self.value)), lambda: (f"{name}({self.text})", ATOM), self.products)

    def exp(self) -> Worked:
        """e to its power."""
        return Worked(exact.exp(self.value), lambda: (f"e^{self.held(ATOM)}", ATOM), self.products)

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
        return Worked(exact.root(self.value), lambda: (f"√{self.held(ATOM)}", ATOM), self.products)

    def largest(self, listed: Sequence[Any]) -> Worked:
        """The largest of several, itself among them."""
        return _chosen("max", exact.largest, listed)

    def least(self, listed: Sequence[Any]) -> Worked:
        """The least of several, itself among them."""
        return _chosen("min", exact.least, listed)


def _chosen(name: str, choose: Callable[..., Any], listed: Sequence[Any]) -> Worked:
    all_ = [lifted(one) for one in listed]
    return Worked(
        choose([one.value for one in all_]),
        lambda: (f"{name}({', '.join(one.text for one in all_)})", ATOM),
        sum(one.products for one in all_),
    )


def lifted(value: Any) -> Worked:
    """A number as one that knows how it was made."""
    if type(value) is Worked:
        return value
    return Worked(int(value) if isinstance(value, np.integer) else _plain(value))


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
    """A fraction that is a whole number as one: whole numbers are the quickest."""
    return value.numerator if type(value) is Fraction and value.denominator == 1 else value


def _ratio(value: Any) -> Any:
    """A whole number as a fraction, which can be divided."""
    return Fraction(value) if isinstance(value, int) else value


def _number(value: Any) -> tuple[str, int]:
    text = words(value)
    return text, PRODUCT if "/" in text or isinstance(value, Log) else ATOM


def _whole(value: Any) -> bool:
    return isinstance(value, int)
