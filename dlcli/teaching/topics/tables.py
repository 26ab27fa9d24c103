"""Tables of functions that a task gives, so that it can be solved without a calculator."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from dlcli.teaching.task import Grid
from dlcli.teaching.worked import words
from dlcli.words.number import fixed

#: Decimals of a table.
DECIMALS = 3

#: How near an answer must be that is computed from a table or with a calculator, and how it is written.
NEAR, DECIMAL = Fraction(1, 200), "to 3 decimals"

#: How near one must be that is a fraction, where that is written in decimals.
CLOSE, EITHER = Fraction(1, 2000), "a fraction, or 3 decimals"


def table(name: str, function: Callable[[float], float], places: Sequence[Any], x: str = "x") -> Grid:
    """A function at some places, rounded.

    >>> table("e^x", math.exp, [-1, 0, 1]).rows
    (('−1', '0', '1'), ('0.368', '1.000', '2.718'))
    """
    above = tuple(words(one) for one in places)
    below = tuple(fixed(function(float(one)), DECIMALS) for one in places)
    return Grid("", (above, below), down=(x, name))


def exponentials(least: int = -2, most: int = 3) -> Grid:
    """e^x of whole numbers."""
    return table("e^x", math.exp, range(least, most + 1))


def logarithms(places: Sequence[Any]) -> Grid:
    """ln x."""
    return table("ln x", math.log, places)
