"""Do windows a hop apart add up? What decides whether a sound can be put together again from its frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, whole

#: A sum of squares below this part of the largest one is nothing: dividing by it leaves rounding errors.
NOTHING = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """What windows a hop apart add up to, and whether that will do.

    ``failing`` are the samples of every hop of a long sound, from its sample 0 on, that break the condition;
    ``words`` says so in a sentence.
    """

    failing: tuple[int, ...]
    words: str

    @property
    def holds(self) -> bool:
        """Whether no sample breaks the condition."""
        return not self.failing


def cola(window: Array, hop: int, *, first: int = 0) -> Overlap:
    """Whether a window adds up to a constant (COLA: constant overlap-add).

    Then frames that were multiplied by the window once, and nothing else, give the sound back by mere
    addition. window (sample,); ``first`` is the sample of the sound that the first weight of a frame falls
    on. A sum fails when it differs from the median by more than ``NOTHING`` times the largest.

    >>> from dlcli.engines.spectral.windows import window
    >>> cola(window("hann", 8), 4).words
    'windows 4 samples apart add up to 1 everywhere'
    >>> cola(window("hann", 8), 3).holds
    False

    Raises ``EngineError`` when the hop is not a whole number from 1 on.
    Source: Allen and Rabiner, 1977, section III; Smith, Spectral Audio Signal Processing, chapter on
    overlap-add.
    """
    sums = overlap_sums(window, hop, first)
    middle = float(np.median(sums))
    failing = np.flatnonzero(np.abs(sums - middle) > NOTHING * np.abs(sums).max()).tolist()
    if not failing:
        words = f"{_spaced(hop)} add up to {middle:.6g} everywhere"
    else:
        words = (
            f"{_spaced(hop)} do not add up to a constant: between {sums.min():.6g} and "
            f"{sums.max():.6g}, off the median {middle:.6g} at {ranges(failing)} of every {hop}"
        )
    return Overlap(tuple(failing), words)


def nola(window: Array, hop: int, *, first: int = 0) -> Overlap:
    """Whether the squares of a window add up to more than nothing everywhere (NOLA: nonzero overlap-add).

    Then ``istft``, which divides by these sums, gives the sound back. window (sample,); ``first`` is the
    sample of the sound that the first weight of a frame falls on. A sum fails when it is at most
    ``NOTHING`` times the largest.

    >>> nola(np.array([0.0, 1, 1, 0]), 4).words
    'windows 4 samples apart miss samples 0 and 3 of every 4: the squares of the weights add up to 0 there'
    >>> nola(np.array([0.0, 1, 1, 0]), 4, first=-2).failing
    (1, 2)
    >>> nola(np.array([0.0, 1, 1, 0]), 2).holds
    True

    Raises ``EngineError`` when the hop is not a whole number from 1 on.
    Source: Griffin and Lim, Signal estimation from modified short-time Fourier transform, 1984, equation 6.
    """
    sums = overlap_sums(np.square(window), hop, first)
    failing = np.flatnonzero(sums <= NOTHING * sums.max()).tolist()
    if not failing:
        low, high = f"{sums.min():.6g}", f"{sums.max():.6g}"
        told = low if low == high else f"between {low} and {high}"
        words = f"{_spaced(hop)} see every sample: the squares of the weights add up to {told}"
    else:
        words = (
            f"{_spaced(hop)} miss {ranges(failing)} of every {hop}: the squares of the weights add up "
            f"to 0 there"
        )
    return Overlap(tuple(failing), words)


def overlap_sums(weights: Array, hop: int, first: int = 0) -> Array:
    """What copies of some weights, a hop apart and without end, add up to at each sample of a hop (hop,).

    The hop begins at sample 0, and the first weight of some copy falls on sample ``first``.

    >>> overlap_sums(np.array([1.0, 2, 3]), 2), overlap_sums(np.array([1.0, 2, 3]), 2, first=-1)
    (array([4., 2.]), array([2., 4.]))
    """
    hop = whole("hop", hop, unit="samples")
    rows = -(-len(weights) // hop)
    padded = np.zeros(rows * hop)
    padded[: len(weights)] = weights
    return np.roll(padded.reshape(rows, hop).sum(axis=0), first % hop)


def _spaced(hop: int) -> str:
    return f"windows {hop} sample{'s' * (hop > 1)} apart"


def ranges(places: Sequence[int], most: int = 4) -> str:
    """Samples in words, neighbours as one range, at most so many ranges.

    >>> ranges([0]), ranges([1, 2, 3, 7]), ranges([0, 2, 4, 6, 8, 10])
    ('sample 0', 'samples 1-3 and 7', 'samples 0, 2, 4, 6 and 2 more')
    """
    if len(places) == 1:
        return f"sample {places[0]}"
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][1] + 1:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    names = [f"{a}" if a == b else f"{a}-{b}" for a, b in runs[:most]]
    rest = sum(b - a + 1 for a, b in runs[most:])
    last = [f"{rest} more"] if rest else []
    *front, end = names + last
    return f"samples {', '.join(front)} and {end}" if front else f"samples {end}"
