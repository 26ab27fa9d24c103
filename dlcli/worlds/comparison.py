"""A computed number or claim beside what it is held against: the book, or another way to the same number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.tensor import Array

#: What a comparison is held against: a number that the book prints, a relation that its text states, or the
#: same number found in another way.
BOOK, CLAIM, OTHERWISE = "book", "claim", "otherwise"


@dataclass(frozen=True, eq=False)
class Check:
    """Computed numbers beside the expected ones, with the tolerance that they may differ by.

    ``why`` says where the expected number or the tolerance comes from, ``by`` what is held against.
    """

    label: str
    ours: Array
    expected: Array
    tolerance: float
    why: str
    by: str = BOOK

    @property
    def off(self) -> Array:
        """How far ours are from the expected ones."""
        return np.abs(self.ours - self.expected)

    @property
    def passed(self) -> bool:
        """Whether all of them are near enough."""
        return bool((self.off <= self.tolerance).all())


def check(label: str, ours: float | Array, printed: float | Array, tolerance: float, why: str) -> Check:
    """Hold numbers or arrays against what the book prints."""
    return Check(label, np.asarray(ours, np.float64), np.asarray(printed, np.float64), tolerance, why)


def claim(label: str, holds: bool | np.bool_, why: str) -> Check:
    """Whether what the text of the book states is so.

    >>> claim("more is better", 2 > 1, "caption").passed
    True
    """
    return Check(label, np.asarray(float(holds)), np.asarray(1.0), 0.0, why, CLAIM)


def otherwise(label: str, ours: float | Array, theirs: float | Array, tolerance: float, why: str) -> Check:
    """Hold numbers against those of another way, exact or by another algorithm, which ``why`` names."""
    numbers = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    return Check(label, *numbers, tolerance, why, OTHERWISE)
