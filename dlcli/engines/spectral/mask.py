"""Masks: keep what is strong enough, or what lies in a band, and set the rest to 0."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError


def sizes(x: Array) -> Array:
    """|x| of every number, integers in a type without a sign: the lowest one has a size that its own lacks.

    >>> sizes(np.array([-128, 1], np.int8))
    array([128,   1], dtype=uint8)
    """
    size: Array = np.abs(x)
    return size.view(f"u{size.itemsize}") if size.dtype.kind == "i" else size


def level_mask(x: Array, *, least: float | None = None, most: float | None = None) -> Array:
    """Where the size |x| is at least ``least`` and at most ``most``; NaN is nowhere.

    >>> level_mask(np.array([-3.0, 1.0, 2.0]), least=2)
    array([ True, False,  True])

    Raises ``EngineError`` when a level is not a number.
    """
    for name, level in (("least", least), ("most", most)):
        if level is not None and np.isnan(level):
            raise EngineError(f"{name} expects a number; received {level}")
    size = sizes(x)
    mask = ~np.isnan(size) if size.dtype.kind == "f" else np.ones(x.shape, bool)
    if least is not None:
        mask &= size >= least
    if most is not None:
        mask &= size <= most
    return mask


def below_peak(x: Array, decibels: float, *, powers: bool = False) -> float:
    """The size that lies so many decibels below the largest: max |x| · 10 ** (decibels / 20).

    Of ``powers``, which are squares of sizes, it is max |x| · 10 ** (decibels / 10).

    >>> below_peak(np.array([1.0, -10.0]), -20), below_peak(np.array([100.0, 1.0]), -20, powers=True)
    (1.0, 1.0)
    """
    size = sizes(x)
    finite = size[np.isfinite(size)]
    return float(finite.max(initial=0)) * 10 ** (decibels / (10 if powers else 20))


def quantile(x: Array, share: float) -> float:
    """The size that so large a share of the numbers, from 0 to 1, is not above.

    >>> quantile(np.array([3.0, -1.0, 2.0]), 0.5)
    2.0

    Raises ``EngineError`` when the share is none.
    """
    if not 0 <= share <= 1:
        raise EngineError(f"a share expects a number from 0 to 1; received {share!r}")
    size = sizes(x) * 1.0  # truth values too
    finite = size[np.isfinite(size)]
    return float(np.quantile(finite, share)) if finite.size else 0.0


def masked(x: Array, mask: Array) -> Array:
    """x where the mask is true, 0 elsewhere; the mask may have length 1 along some axes.

    >>> masked(np.array([1, 2, 3]), np.array([True, False, True]))
    array([1, 0, 3])
    """
    y = x.copy()
    np.copyto(y, np.zeros((), y.dtype), where=~np.broadcast_to(mask, x.shape))
    return y
