"""Round numbers along an axis, as many as there is room for, written alike."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len

from dlcli.tensor import Array
from dlcli.words.number import LONGEST, MINUS, SMALLEST, Numbers, number

GAP = 2  # blanks between two labels of one line

#: The least power of ten that labels share: nothing can be divided by those that are hardly floats.
LEAST = -300

#: How far, in steps, rounding may put a number beyond the tick that it is meant to be.
SLACK = 1e-9

#: The part of a scale that its numbers take, at least.
FILLED = 0.6


@dataclass(frozen=True)
class Scale:
    """A linear or logarithmic scale between two ends.

    >>> Scale(0, 10).share(np.array([0, 2.5])).tolist()
    [0.0, 0.25]
    >>> Scale(0.1, 10, log=True).share(np.array([1.0])).tolist()
    [0.5]
    """

    low: float
    high: float
    log: bool = False

    @classmethod
    def around(cls, low: float, high: float, most: int, *, log: bool = False) -> Scale:
        """The scale from a tick at or below ``low`` to one at or above ``high``, both round numbers.

        Where much would stay empty, its ends are multiples of a finer step. A single number gets room on both
        sides, so that it stands in the middle.

        >>> Scale.around(0.013, 0.24, 6), Scale.around(3, 3, 6), Scale.around(0.02, 7, 4, log=True)
        (Scale(low=0.0, high=0.25, log=False), Scale(low=2.0, high=4.0, log=False),
         Scale(low=0.01, high=10.0, log=True))
        >>> Scale.around(-0.17, 3, 3)
        Scale(low=-1.0, high=3.0, log=False)
        """
        if log:
            first, last = _decades_around(low, high)
            return cls(float(f"1e{first}"), float(f"1e{last}"), log=True)
        single = low == high
        if single:
            room = abs(low) / 3 or 1.0
            low, high = low - room, high + room
        ends = _multiples(low, high, most, outward=True)
        if not single and high / 2 - low / 2 < FILLED * (ends[-1] / 2 - ends[0] / 2):
            ends = _multiples(low, high, 2 * most, outward=True)
        return cls(ends[0], ends[-1])

    def share(self, values: Array) -> Array:
        """0 for the low end, 1 for the high end; the middle where both are the same."""
        if self.log:
            low, high = math.log10(self.low), math.log10(self.high)
            values = np.log10(values)
        else:
            # Halves: the distance of the two largest numbers is more than a float can hold.
            low, high = self.low / 2, self.high / 2
            values = np.asarray(values) / 2
        if low == high:
            return np.full(np.shape(values), 0.5)
        return np.asarray((values - low) / (high - low))

    def ticks(self, most: int, *, whole: bool = False) -> list[float]:
        """At most so many round numbers between the ends; only whole ones where others mean nothing."""
        if self.log:
            return log_ticks(self.low, self.high, most)
        return ticks(self.low, self.high, most, whole=whole)

    def fitting(self, width: int, *, whole: bool = False) -> tuple[list[float], list[str]]:
        """The ticks and labels along a line of ``width`` columns, as many as fit beside each other.

        >>> Scale(0, 100).fitting(30)
        ([0.0, 20.0, 40.0, 60.0, 80.0, 100.0], ['0', '20', '40', '60', '80', '100'])
        """
        for most in range(max(2, width // 4), 1, -1):
            found = self.ticks(most, whole=whole)
            texts = labels(found, log=self.log)
            places = [round(share * (width - 1)) for share in self.share(np.array(found)).tolist()]
            if len(spread(places, texts, width)) == len(found):
                return found, texts
        return found, texts


def ticks(low: float, high: float, most: int, *, whole: bool = False) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten, the least of which at most ``most`` lie within the ends.

    >>> ticks(0, 1, 6)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    >>> ticks(-3.2, 8, 4), ticks(0, 3, 20, whole=True), ticks(7, 7, 4)
    ([0.0, 5.0], [0.0, 1.0, 2.0, 3.0], [7.0])

    Source: the nice numbers of Paul Heckbert, Graphics Gems (1990), p. 61.
    """
    if low == high:
        return [float(low)]
    return _multiples(low, high, most, whole=whole)


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """The powers of ten between two positive ends, every second (third, …) one where they are too many.

    >>> log_ticks(0.01, 2000, 6), log_ticks(1, 1e9, 4)
    ([0.01, 0.1, 1.0, 10.0, 100.0, 1000.0], [1.0, 1000.0, 1000000.0, 1000000000.0])

    Within a decade there are too few of them: then it is 1, 2 and 5 times each, or even steps.

    >>> log_ticks(2, 60, 6), log_ticks(3, 4, 6)
    ([2.0, 5.0, 10.0, 20.0, 50.0], [3.0, 3.2, 3.4, 3.6, 3.8, 4.0])
    """
    first, last = math.ceil(math.log10(low) - SLACK), math.floor(math.log10(high) + SLACK)
    if last - first >= 2 or (last - first == 1 and most < 4):
        every = -(-(last - first + 1) // max(1, most))
        return [float(f"1e{power}") for power in range(first, last + 1, every)]
    fine = [float(f"{m}e{power}") for power in range(first - 1, last + 1) for m in (1, 2, 5)]
    fine = [tick for tick in fine if low * (1 - SLACK) <= tick <= high * (1 + SLACK)]
    return fine if 2 <= len(fine) <= most else ticks(low, high, most)


def labels(values: Sequence[float], *, log: bool = False) -> list[str]:
    """Ticks as text, all with as many decimals as their step needs; those of decades in their fewest digits.

    >>> labels([0, 0.25, 0.5]), labels([10.001, 10.002]), labels([0.01, 1, 100], log=True)
    (['0.00', '0.25', '0.50'], ['10.001', '10.002'], ['0.01', '1', '100'])

    Very large and very small ones share a power of ten.

    >>> labels([0, 5e6, 1e7])
    ['0', '5e6', '10e6']
    """
    if log or len(values) < 2:
        return [number(value) for value in values]
    top = max(map(abs, values))
    step = min(b - a for a, b in itertools.pairwise(sorted(values)))
    if not step:
        return [number(value) for value in values]
    digits = math.floor(math.log10(top)) - math.floor(math.log10(step) + SLACK) + 2
    power = math.floor(math.log10(top) + SLACK)
    if power < LEAST:
        return [number(value, min(max(digits, 2), 17)) for value in values]
    power = 0 if SMALLEST < power < LONGEST else max(3 * (power // 3), LEAST)
    shown = np.array(values, dtype=np.float64) / float(f"1e{power}")
    texts = Numbers(shown, min(max(digits, 2), 17)).texts.tolist()
    tail = f"e{power}".replace("-", MINUS) if power else ""
    return [text.strip() + (tail if value else "") for text, value in zip(texts, values, strict=True)]


def spread(places: Sequence[int], texts: Sequence[str], width: int) -> list[tuple[int, int, str]]:
    """Labels centred on their columns: (place, first column, text), without those that would touch another.

    A label at an end is moved inside.

    >>> spread([0, 4, 20], ["0.0", "0.2", "1.0"], 21)
    [(0, 0, '0.0'), (20, 18, '1.0')]
    """
    kept: list[tuple[int, int, str]] = []
    free = 0
    for place, text in sorted(zip(places, texts, strict=True)):
        size = cell_len(text)
        first = max(0, min(place - (size - 1) // 2, width - size))
        if first >= free and first + size <= width:
            kept.append((place, first, text))
            free = first + size + GAP
    return kept


def _multiples(
    low: float, high: float, most: int, *, whole: bool = False, outward: bool = False
) -> list[float]:
    # Three ticks lie around zero whatever the step; the least power is that of the least number.
    most = max(most, 3 if outward else 2)
    power = max(math.floor(math.log10(high / (most + 1) - low / (most + 1) or 5e-324)), -323)
    if whole:
        power = max(power, 0)
    while True:
        for times in (1, 2, 5):
            step = float(f"{times}e{power}")
            if math.isinf(step):
                return [low, high]
            slack = -SLACK if outward else SLACK
            below, above = low / step - slack, high / step + slack
            first = math.floor(below) if outward else math.ceil(below)
            last = math.ceil(above) if outward else math.floor(above)
            if last - first < most:
                # A product with a power of ten would add digits: 3 * 0.1 is not 0.3.
                found = [float(f"{k * times}e{power}") for k in range(first, last + 1)]
                return found if math.isfinite(found[0]) and math.isfinite(found[-1]) else [low, high]
        power += 1


def _decades_around(low: float, high: float) -> tuple[int, int]:
    # The powers of ten that are floats go from 1e-323 to 1e308.
    first = min(max(math.floor(math.log10(low) + SLACK), -323), 307)
    return first, min(max(math.ceil(math.log10(high) - SLACK), first + 1), 308)
