"""How many digits the numbers of a table have that usually get fewer than others."""

from __future__ import annotations

USUAL = 4  # significant digits, where nobody asks for another count


def digits(precision: int, few: int) -> int:
    """``few``, or fewer where fewer were asked for; all that were, where these are more than usual.

    >>> [digits(precision, 2) for precision in (1, 3, 4, 12)]
    [1, 2, 2, 12]
    """
    return precision if precision > USUAL else min(precision, few)
