"""Filters for sounds that have a name: a row of weights each, as a kernel that slides along the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, whole
from dlcli.engines.convolution.kernels import Argument, Recipe, values_of

#: Frequencies from 0 to half the sample rate that a response is computed at, at least.
POINTS = 512


def pre_emphasis(share: float = 0.97) -> Array:
    """The weights of y[n] = x[n] − share · x[n − 1], the older sample first.

    >>> pre_emphasis(0.5)
    array([-0.5,  1. ])

    Source: Rabiner and Schafer, Digital Processing of Speech Signals, 1978; librosa's ``preemphasis``.
    """
    return np.array([-share, 1.0])


def windowed_sinc(taps: int, bands: Sequence[tuple[float, float]]) -> Array:
    """The weights (taps,) of a filter that lets these bands through, ends as parts of half the sample rate.

    The response that has them exactly is a sum of sin(πfm) / (πm) without an end; here it is cut to ``taps``
    and multiplied by a Hamming window, and scaled so that the first band keeps its size in its middle (at 0,
    and at 1, where it begins or ends there). Half the size is left at the ends of a band.

    >>> windowed_sinc(3, [(0, 0.5)]).round(4)
    array([0.0462, 0.9076, 0.0462])

    Raises ``EngineError`` for an even number of taps, which no band up to 1 can have, and for bands that are
    none. Source: Oppenheim and Schafer, Discrete-Time Signal Processing, section 7.5; SciPy's ``firwin``.
    """
    taps = whole("taps", taps)
    if taps % 2 == 0:
        raise EngineError(f"taps expects an odd number; received {taps}")
    for low, high in bands:
        if not 0 <= low < high <= 1:
            raise EngineError(f"a band expects 0 <= low < high <= 1; received {low:g} and {high:g}")
    m = np.arange(taps) - (taps - 1) / 2
    weights = sum((high * np.sinc(high * m) - low * np.sinc(low * m) for low, high in bands), np.zeros(taps))
    weights *= 0.54 + 0.46 * np.cos(2 * np.pi * m / max(taps - 1, 1))
    low, high = bands[0]
    middle = 0.0 if low == 0 else 1.0 if high == 1 else (low + high) / 2
    scaled: Array = weights / (weights * np.cos(np.pi * m * middle)).sum()
    return scaled


def response(weights: Array) -> tuple[Array, Array]:
    """The size of what a filter makes of a tone of size 1, and the frequencies as parts of the sample rate.

    Weights (taps,) in the order of time; both results are (n,), from 0 to 1/2.

    >>> size, frequency = response(np.array([-1.0, 1.0]))
    >>> size[[0, -1]], frequency[[0, -1]]
    (array([0., 2.]), array([0. , 0.5]))

    Source: Oppenheim and Schafer, Discrete-Time Signal Processing, section 2.6; SciPy's ``freqz``.
    """
    n = 2 * POINTS
    while n < 4 * len(weights):
        n *= 2
    return np.abs(np.fft.rfft(weights, n)), np.fft.rfftfreq(n)


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter and the name it was asked for by; ``array`` is (taps,) in float64, in the order of time."""

    name: str
    summary: str
    formula: str
    array: Array = field(repr=False)


def _pass(kind: str) -> Callable[..., Array]:
    """The bands of a filter of ends in hertz at a sample rate, and their weights."""

    def build(rate: float | None, *ends_and_taps: float) -> Array:
        *ends, taps = ends_and_taps
        if not rate:
            raise EngineError("it is in hertz, and nothing tells the sample rate of this sound")
        if any(end >= rate / 2 for end in ends):
            raise EngineError(
                f"frequencies of a sound of {rate:g} samples a second end at {rate / 2:g} Hz; received "
                f"{max(ends):g}"
            )
        parts = [end / (rate / 2) for end in ends]
        if len(parts) == 2 and parts[0] >= parts[1]:
            raise EngineError(f"LOW lies below HIGH; received {ends[0]:g} and {ends[1]:g}")
        bands = {
            "low": [(0.0, parts[0])],
            "high": [(parts[0], 1.0)],
            "band": [(parts[0], parts[-1])],
            "stop": [(0.0, parts[0]), (parts[-1], 1.0)],
        }
        return windowed_sinc(int(taps), bands[kind])

    return build


_TAPS = Argument("N", 3, 9999, 101, whole=True, odd=True)
_HZ = partial(Argument, least=1e-6, most=1e9)

#: Every filter by name; ``build`` takes the sample rate, or None, before its arguments.
FILTERS: dict[str, Recipe] = {
    "pre-emphasis": Recipe(
        "raises high tones: each sample less a share of the one before",
        "−A 1",
        lambda _, share: pre_emphasis(share),
        (Argument("A", -1, 1, 0.97),),
    ),
    "low-pass": Recipe(
        "lets tones below HZ through", "sin(2πHZ·m) / (πm) · Hamming window", _pass("low"), (_HZ("HZ"), _TAPS)
    ),
    "high-pass": Recipe(
        "lets tones above HZ through", "1 in the middle − low-pass", _pass("high"), (_HZ("HZ"), _TAPS)
    ),
    "band-pass": Recipe(
        "lets tones between LOW and HIGH through",
        "low-pass:HIGH − low-pass:LOW",
        _pass("band"),
        (_HZ("LOW"), _HZ("HIGH"), _TAPS),
    ),
    "band-stop": Recipe(
        "takes tones between LOW and HIGH out",
        "1 in the middle − band-pass",
        _pass("stop"),
        (_HZ("LOW"), _HZ("HIGH"), _TAPS),
    ),
}


def is_filter(text: str) -> bool:
    """Whether a text names a filter for sounds.

    >>> is_filter("low-pass:3400"), is_filter("box:3")
    (True, False)
    """
    return text.partition(":")[0] in FILTERS


def named_filter(text: str, rate: float | None) -> Filter:
    """The filter that ``NAME:ARGUMENT,ARGUMENT`` stands for at a sample rate; ``FILTERS`` lists them.

    >>> named_filter("pre-emphasis:0.9", None).array
    array([-0.9,  1. ])

    Raises ``EngineError`` for arguments that are missing, no numbers, or out of range, and for one in hertz
    without a rate.
    """
    name = text.partition(":")[0]
    if name not in FILTERS:
        raise EngineError(f"there is no filter {name!r}: the filters are {', '.join(FILTERS)}")
    recipe = FILTERS[name]
    return Filter(text, recipe.summary, recipe.formula, recipe.build(rate, *values_of(recipe, text)))
