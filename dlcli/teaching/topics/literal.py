"""Drawn numbers as they are typed on a command line."""

from __future__ import annotations

from collections.abc import Sequence


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
