"""How strong numbers are: powers, shares of the energy, and decibels, as loudness is felt."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, compute_dtype

LEAST_POWER = 1e-10  # what is below counts as this: -100 dB
SHOWN = 80.0  # decibels below the largest that are told apart
LEAST_STEP = 1e-9  # decibels: what differs by less is rounding


def power_to_decibels(
    power: Array, *, reference: float = 1.0, least: float = LEAST_POWER, span: float | None = None
) -> Array:
    """10 log10(power / reference), powers below ``least`` counting as that.

    power may have any shape. With ``span`` nothing is left more than so many decibels below the largest.

    >>> power_to_decibels(np.array([1.0, 0.1, 0.0]))
    array([   0.,  -10., -100.])
    >>> power_to_decibels(np.array([1.0, 0.1, 0.0]), span=80)
    array([  0., -10., -80.])

    Raises ``EngineError`` when a number is not above 0, or the powers are complex.
    Source: librosa's ``power_to_db``, which has the same defaults but for a span of 80.
    """
    for name, value in (("reference", reference), ("least", least), ("span", 1.0 if span is None else span)):
        if not (np.isfinite(value) and value > 0):
            raise EngineError(f"{name} expects a number above 0; received {value!r}")
    dtype = compute_dtype(power)
    if dtype.kind == "c":
        raise EngineError(f"decibels are of real powers; received {power.dtype}; try the squares of sizes")
    found = np.maximum(power, least, dtype=dtype)
    np.log10(found, out=found)
    found *= 10
    found -= 10 * np.log10(max(reference, least)).astype(dtype)
    if span is not None and found.size:
        np.maximum(found, found.max() - dtype.type(span), out=found)
    return found


def amplitude_to_decibels(
    amplitude: Array, *, reference: float = 1.0, least: float = LEAST_POWER**0.5, span: float | None = None
) -> Array:
    """20 log10(amplitude / reference): the decibels of its square. amplitude may be complex.

    >>> amplitude_to_decibels(np.array([1.0, 0.1, 0.0]))
    array([   0.,  -20., -100.])
    """
    power = np.square(np.abs(amplitude))
    return power_to_decibels(power, reference=reference**2, least=least**2, span=span)


def decibels_to_power(decibels: Array, *, reference: float = 1.0) -> Array:
    """reference * 10 ** (decibels / 10).

    >>> decibels_to_power(np.array([0.0, -10]))
    array([1. , 0.1])
    """
    return np.asarray(reference * 10 ** (decibels / 10))


def power(spectrum: Array) -> Array:
    """|s|² of every number, in the shape of ``spectrum``, made with no more memory than the result takes.

    >>> power(np.array([3 + 4j, -2]))
    array([25.,  4.])
    """
    size: Array = np.abs(spectrum)
    return np.square(size, out=size)


def relative_power(spectrum: Array) -> Array:
    """|s|² of a spectrum (frequency, frame[, channel]), averaged over its channels: (frequency, frame).

    Where no float holds the squares, they are those of sizes as parts of the largest; of a spectrum that is
    not finite they say where, 1, and where not, 0. So they can be compared with each other whatever comes.

    >>> relative_power(np.array([[3e200, 6e200j]]))
    array([[0.25, 1.  ]])
    """
    size = np.abs(spectrum)
    top, kind = float(size.max(initial=0)), np.finfo(size.dtype)
    if not np.isfinite(top):
        size = (~np.isfinite(size)).astype(size.dtype)
    elif top and not kind.tiny**0.25 < top < kind.max**0.5:
        size /= top
    found: Array = np.square(size, out=size)
    return found.mean(axis=2) if found.ndim == 3 else found


def below_largest(powers: Array) -> Array:
    """Powers in decibels below the largest, down to ``SHOWN``; silence is all as low as that.

    >>> below_largest(np.array([2.0, 0.2, 0.0]))
    array([  0., -10., -80.])
    """
    largest = float(powers.max(initial=0))
    if not largest:
        return np.full_like(powers, -SHOWN)
    found = power_to_decibels(powers, least=largest * 10 ** (-SHOWN / 10))
    found -= found.max()
    if found.min() > -LEAST_STEP:
        found[...] = 0
    return np.maximum(found, -SHOWN, out=found)


def energy_share(size: Array, mask: Array) -> float | None:
    """The share of Σ |x|² that the numbers have where ``mask`` is true; ``size`` is |x|, in its shape.

    NaN is left out; an infinite size makes the share NaN, and where all are 0 there is none. Squares are
    those of parts of the largest, which every float holds.

    >>> energy_share(np.array([3e200, 4e200]), np.array([True, False]))
    0.36
    """
    size = np.asarray(size, float)
    nan = np.isnan(size)
    top = size.max(where=~nan, initial=0)
    if not top or np.isinf(top):
        return np.nan if top else None
    squares = np.square(np.where(nan, 0, size / top))
    return float(squares.sum(where=mask)) / float(squares.sum())
