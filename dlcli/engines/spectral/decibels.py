"""Decibels: ratios of powers on a logarithmic scale, as loudness is felt."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, compute_dtype

LEAST_POWER = 1e-10  # what is below counts as this: -100 dB


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
