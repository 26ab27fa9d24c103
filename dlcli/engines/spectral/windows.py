"""Windows: the weights that a frame of sound is multiplied with before its Fourier transform.

A transform takes the frame for one period of an endless sound; a window that fades out at both ends hides the
jump where the frame's end would meet its beginning, which otherwise smears every frequency over all others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, whole


@dataclass(frozen=True, slots=True)
class Window:
    """A window that has a name.

    ``function`` takes the samples n = 0, 1, …, the period D and the parameter; ``formula`` says the same on
    one line. ``parameter`` names the number that follows the name in ``kaiser:14``; most have none.
    """

    name: str
    formula: str
    function: Callable[[Array, float, float], Array]
    parameter: str = ""


def _kaiser(n: Array, period: float, beta: float) -> Array:
    return np.i0(beta * np.sqrt(np.maximum(1 - (2 * n / period - 1) ** 2, 0))) / np.i0(beta)


def _blackman(n: Array, period: float, _: float) -> Array:
    return 0.42 - 0.5 * np.cos(2 * np.pi * n / period) + 0.08 * np.cos(4 * np.pi * n / period)


#: Every window by the name it has on the command line.
WINDOWS: dict[str, Window] = {
    one.name: one
    for one in (
        Window("hann", "0.5 − 0.5 cos(2πn/D)", lambda n, d, _: 0.5 - 0.5 * np.cos(2 * np.pi * n / d)),
        Window("hamming", "0.54 − 0.46 cos(2πn/D)", lambda n, d, _: 0.54 - 0.46 * np.cos(2 * np.pi * n / d)),
        Window("blackman", "0.42 − 0.5 cos(2πn/D) + 0.08 cos(4πn/D)", _blackman),
        Window("bartlett", "1 − |2n/D − 1|", lambda n, d, _: 1 - np.abs(2 * n / d - 1)),
        Window("rect", "1", lambda n, *_: np.ones_like(n)),
        Window("kaiser", "I₀(β √(1 − (2n/D − 1)²)) / I₀(β)", _kaiser, "beta"),
        Window(
            "gaussian",
            "exp(−½ ((n − D/2) / σ)²)",
            lambda n, d, std: np.exp(-0.5 * ((n - d / 2) / std) ** 2),
            "std",
        ),
    )
}

#: Of each parameter an example, its range in words, and whether a number is in it.
PARAMETERS: dict[str, tuple[str, str, Callable[[float], bool]]] = {
    "beta": ("14", "at least 0 and at most 700", lambda beta: 0 <= beta <= 700),
    "std": ("64", "above 0", lambda std: 0 < std < np.inf),
}


def window(name: str | Array, length: int, *, periodic: bool = True) -> Array:
    """The weights of a window, (sample,) in float64.

    ``name`` is one of ``WINDOWS``, with its parameter behind a colon where it has one: ``kaiser:BETA`` (0 is
    a rectangle, 14 hardly leaks) and ``gaussian:STD``, the standard deviation in samples. An array of
    ``length`` weights is taken as it is. A ``periodic`` window leaves out the last point of one that is a
    sample longer (D = ``length``), so that windows a hop apart add up to the same everywhere: right for a
    transform in frames. A symmetric one (D = ``length`` − 1) is right for the design of filters.

    >>> window("hann", 4)
    array([0. , 0.5, 1. , 0.5])
    >>> window("hann", 5, periodic=False)
    array([0. , 0.5, 1. , 0.5, 0. ])
    >>> window("gaussian:1", 3, periodic=False).round(3)
    array([0.607, 1.   , 0.607])

    Raises ``EngineError`` when there is no such window, when its parameter is missing, not a number or out of
    range, and when an array has another length or weights that are not finite.
    Source: Oppenheim and Schafer, Discrete-Time Signal Processing, section 7.5; Harris, On the use of windows
    for harmonic analysis with the discrete Fourier transform, 1978, for periodic windows.
    """
    length = whole("length", length, unit="samples")
    if not isinstance(name, str):
        return _given(np.asarray(name), length)
    one, parameter = named(name)
    if length == 1:
        return np.ones(1)
    return one.function(np.arange(float(length)), float(length if periodic else length - 1), parameter)


def named(name: str) -> tuple[Window, float]:
    """A window and its parameter, 0 where it has none.

    >>> one, beta = named("kaiser:14")
    >>> one.name, beta
    ('kaiser', 14.0)

    Raises ``EngineError`` as ``window`` does.
    """
    word, colon, number = name.partition(":")
    if word not in WINDOWS:
        raise EngineError(f"window expects one of {', '.join(WINDOWS)}; received {name!r}")
    one = WINDOWS[word]
    if not one.parameter:
        if colon:
            raise EngineError(f"window {word} takes no number; received {name!r}; try {word}")
        return one, 0.0
    example, span, fits = PARAMETERS[one.parameter]
    try:
        parameter = float(number)
    except ValueError:
        raise EngineError(
            f"window {word} expects its {one.parameter}, as in {word}:{example}; received {name!r}"
        ) from None
    if not fits(parameter):
        raise EngineError(
            f"window {word} expects a {one.parameter} {span}; received {name!r}; try {word}:{example}"
        )
    return one, parameter


def _given(weights: Array, length: int) -> Array:
    """Weights of the caller's own."""
    if weights.shape != (length,):
        raise EngineError(f"window expects {length} weights, one a sample; received shape {weights.shape}")
    if weights.dtype.kind not in "biuf" or not np.isfinite(weights).all():
        raise EngineError("window expects weights that are real and finite")
    if not weights.any():
        raise EngineError("window expects weights that are not all 0: with them every spectrum is silent")
    return weights.astype(np.float64)
