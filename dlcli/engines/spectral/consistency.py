"""Which sound a spectrum comes from: how long it is, and whether there is any that has exactly this one."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.istft import Coverage, inverse, seen_end, sound_end
from dlcli.engines.spectral.overlap import Overlap, cola, nola
from dlcli.engines.spectral.stft import transform
from dlcli.engines.spectral.stft_plan import Plan


def overlaps(plan: Plan) -> tuple[Overlap, Overlap]:
    """Whether windows add up to a constant (``cola``), and their squares to more than nothing (``nola``).

    >>> [one.holds for one in overlaps(Plan.of(frame=8, hop=4))]
    [True, True]
    """
    window, hop, first = plan.window, plan.hop, plan.first
    return cola(window, hop, first=first), nola(window, hop, first=first)


def frame_count(samples: int, plan: Plan) -> int:
    """How many frames a sound of so many samples has; 0 where not one fits.

    >>> plan = Plan.of(frame=4, hop=2, center=False)
    >>> frame_count(8, plan), frame_count(3, plan)
    (3, 0)
    """
    framed = plan.center or plan.edges == "touch" or samples >= plan.block
    return plan.framing(samples).count if framed else 0


def reach(frames: int, plan: Plan) -> int:
    """How many samples, from the sound's first on, so many frames reach; what is behind no window has seen.

    >>> reach(5, Plan.of(frame=4, hop=2))
    10
    """
    return seen_end(Coverage(plan, frames))


def whole_length(samples: int, frames: int, plan: Plan) -> int:
    """How many samples the sound of all frames of a spectrum has, of which so many were made.

    >>> whole_length(3, 5, Plan.of(frame=4, hop=2))
    8
    """
    if frame_count(samples, plan) == frames:
        return samples
    end = sound_end(Coverage(plan, frames))
    return end if end >= 1 else samples  # so few frames may tell of no sample without a length


def distance(s: Array, y: Array, plan: Plan, whole: int) -> float | None:
    """How far the spectrum of a sound is from the one that it was made of, as a part of that one's norm.

    s (frequency, frame[, channel]) is what it was made of, y (time[, channel]) the sound or the first samples
    of it, ``whole`` how many all its frames have: of fewer, the whole sound is made again. 0 when the sound
    has exactly this spectrum; None where the sound is shorter than a frame.

    >>> plan = Plan.of(frame=2, hop=1, window="rect", center=False)
    >>> distance(np.array([[3.0, 5], [-1, -1]], complex), np.array([1.0, 2, 3]), plan, 3)
    0.0

    Source: Griffin and Lim, Signal estimation from modified short-time Fourier transform, 1984.
    """
    if not frame_count(whole, plan):
        return None
    if len(y) != whole:
        y = inverse(s, plan, length=whole, uncovered="zero")
    again = transform(y, plan)[:, : s.shape[1]]
    wanted = s[:, : again.shape[1]]
    top = float(np.abs(wanted).max()) or 1.0  # the squares of parts of it are no more than floats hold
    return float(np.linalg.norm((again - wanted) / top)) / (float(np.linalg.norm(wanted / top)) or 1.0)
