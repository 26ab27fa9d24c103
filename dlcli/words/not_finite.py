"""A sentence on values that are not finite: how many, why, and what to try."""

from __future__ import annotations

import numpy as np

from dlcli.tensor import Array
from dlcli.words.number import number

#: Rewards that are a smaller part than this of the largest number do not overflow in any sum that ends.
LARGE = 1e-18


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
