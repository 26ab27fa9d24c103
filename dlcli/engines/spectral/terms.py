"""One number of a spectrum as the sum that it is, and one sample of a sound as the mean that it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.stft_plan import Plan

EXACT = 15  # digits behind the point that a cosine is good to


@dataclass(frozen=True, slots=True, eq=False)
class FrequencyTerms:
    """What each sample of a frame adds to one frequency, (frame,) each, in float64.

    ``angle`` is how far the wave has turned, in radians from 0 to 2π; ``cosine`` and ``sine`` are those of
    minus the angle; ``weighted`` is scale · w[n] · x[n], and ``real`` and ``imaginary`` are the terms.
    """

    angle: Array
    cosine: Array
    sine: Array
    weighted: Array
    real: Array
    imaginary: Array


def frequency_terms(x: Array, k: int, plan: Plan) -> FrequencyTerms:
    """The terms of the sum behind frequency k of a frame x (frame,), before the window.

    >>> plan = Plan.of(frame=4, window="rect", center=False)
    >>> terms = frequency_terms(np.array([1.0, 2, 3, 4]), 1, plan)
    >>> terms.real, terms.imaginary
    (array([ 1.,  0., -3.,  0.]), array([ 0., -2.,  0.,  4.]))

    Source: Oppenheim and Schafer, Discrete-Time Signal Processing, section 10.3; see ``stft``.
    """
    n = np.arange(plan.frame)
    place = n + plan.offset if plan.phase == "start" else n - plan.frame // 2
    angle = 2 * np.pi * (k * place % plan.n_fft) / plan.n_fft
    weighted = plan.factor * x * plan.window
    cosine, sine = (part.round(EXACT) + 0.0 for part in (np.cos(angle), -np.sin(angle)))
    return FrequencyTerms(angle, cosine, sine, weighted, weighted * cosine, weighted * sine)


@dataclass(frozen=True, slots=True, eq=False)
class SampleTerms:
    """What each frame that holds a sample says of it, (frame,) each.

    ``frames`` are their numbers, ``places`` where in each of them the sample stands, ``weights`` what the
    window has there, and ``values`` what the frame holds there, back in samples; both are in float64.
    """

    frames: Array
    places: Array
    weights: Array
    values: Array


def sample_terms(s: Array, sample: int, plan: Plan) -> SampleTerms:
    """The terms of the mean behind one sample of the sound of s (frequency, frame).

    The sample is Σ weights · values / Σ weights², where some weight is not 0.

    >>> plan = Plan.of(frame=2, hop=1, window="rect", center=False)
    >>> terms = sample_terms(np.array([[3.0, 5], [-1, -1]], complex), 1, plan)
    >>> terms.frames, terms.places, terms.values
    (array([0, 1]), array([1, 0]), array([2., 2.]))

    Source: Griffin and Lim, 1984, equation 6; see ``istft``.
    """
    offsets = sample - plan.first - np.arange(s.shape[1]) * plan.hop
    frames = np.flatnonzero((offsets >= 0) & (offsets < plan.frame))
    places = offsets[frames]
    cut = np.fft.irfft(s[:, frames], n=plan.n_fft, axis=0) / plan.factor  # (n_fft, F)
    rows = places + plan.offset if plan.phase == "start" else (places - plan.frame // 2) % plan.n_fft
    values = cut[rows, np.arange(len(frames))].astype(np.float64)
    return SampleTerms(frames, places, plan.window[places], values)
