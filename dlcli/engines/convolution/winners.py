"""Which of several kernels answers most at each place: the orientation columns of a visual cortex."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dlcli.engines.base.checks import Array, EngineError

#: The winner of a place where no kernel wins.
NONE = -1

#: An answer this much below the strongest one, as a share of it, is as strong.
TIE = 1e-5

#: The least share of the strongest answer anywhere that is more than rounding.
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Winners:
    """Who wins at each place, and why at others nobody does.

    ``winner`` (height, width) is the number of the kernel whose answer is strongest, or ``NONE``;
    ``strength`` is that answer, also where it wins nothing. Nobody wins where the strongest answer is not
    above ``least`` (``silent``), where another is as strong (``tied``), or where an answer is nan
    (``unknown``): no place is two of these.
    """

    winner: Array
    strength: Array
    least: float
    silent: Array = field(repr=False)
    tied: Array = field(repr=False)
    unknown: Array = field(repr=False)


def winners(answers: Array, share: float = 0.0) -> Winners:
    """The strongest kernel at each place of real ``answers`` (height, width, kernel).

    winner[i, j] = argmax over k of answers[i, j, k], where that answer is above 0 and at least ``share`` (0
    to 1) of the largest finite answer anywhere, and none other reaches it up to ``TIE``. What is smaller than
    ``ROUNDING`` of the largest counts as 0.

    >>> found = winners(np.array([[[3.0, 1.0], [2.0, 2.0], [-1.0, -5.0]]]))
    >>> found.winner.tolist(), found.strength.tolist()
    ([[0, -1, -1]], [[3.0, 2.0, -1.0]])

    Raises ``EngineError`` for complex numbers, which have no order, and for fewer than two kernels.

    Source: Hubel and Wiesel, Receptive fields, binocular interaction and functional architecture in the cat's
    visual cortex, 1962.
    """
    if answers.ndim != 3 or answers.shape[2] < 2:
        raise EngineError(f"answers of two kernels or more (height, width, kernel); received {answers.shape}")
    if answers.dtype.kind == "c":
        raise EngineError(f"complex answers have no order; received {answers.dtype}")
    if not 0 <= share <= 1:
        raise EngineError(f"a share is from 0 to 1; received {share:g}")
    second, strength = np.moveaxis(np.partition(answers, -2, axis=-1)[..., -2:], -1, 0)
    finite = strength[np.isfinite(strength)]
    largest = max(float(finite.max(initial=0.0)), 0.0)
    least = share * largest
    unknown = np.isnan(strength)
    with np.errstate(invalid="ignore"):
        silent = ~unknown & ((strength <= ROUNDING * largest) | (strength < least))
        tied = ~unknown & ~silent & (second >= strength * (1 - TIE))
    winner = np.where(unknown | silent | tied, NONE, answers.argmax(axis=-1))
    return Winners(winner, strength, least, silent, tied, unknown)
