"""Drawn numbers as they are typed on a command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def matrix(rows: Sequence[Sequence[object]]) -> str:
    """A literal: rows by semicolons.

    >>> from fractions import Fraction
    >>> matrix([[1, -2], [Fraction(1, 3), 4]])
    '1 -2; 1/3 4'
    """
    return "; ".join(vector(row) for row in rows)


def vector(numbers: Sequence[object]) -> str:
    """A literal of one row.

    >>> from fractions import Fraction
    >>> vector([1, Fraction(-1, 2)])
    '1 -1/2'
    """
    return " ".join(str(one) for one in numbers)


def nested(numbers: object) -> str:
    """A literal of any number of axes, as Python writes a list.

    >>> nested([[[1, -2], [3, 4]]])
    '[[[1, -2], [3, 4]]]'
    """
    return str(numbers)


def decimals(rows: Sequence[Sequence[Any]], places: int = 6) -> str:
    """A literal of rounded decimals, where a number is no short one: a logarithm, a third.

    >>> from fractions import Fraction
    >>> decimals([[1, Fraction(-1, 3)], [Fraction(1, 2), 0]])
    '1 -0.333333; 0.5 0'
    """
    return matrix(
        [
            [f"{round(float(one), places) + 0.0:.{places}f}".rstrip("0").rstrip(".") for one in row]
            for row in rows
        ]
    )


def listed(numbers: Sequence[Any]) -> str:
    """A vector as it is typed behind the equal sign of an option, or as an input that may begin with a minus.

    >>> from fractions import Fraction
    >>> listed([-1, Fraction(1, 3), 2])
    "'[-1, 0.333333, 2]'"
    """
    return f"'[{decimals([numbers]).replace(' ', ', ')}]'"
