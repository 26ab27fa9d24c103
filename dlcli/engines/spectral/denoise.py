"""Noise that stays as it is: learnt from a passage, and the gain that takes it out of every frequency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError

LEAST = 1e-8  # of the largest size of the passage: what is smaller counts as this in decibels


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """What each frequency of a passage of noise is like, (frequency, 1[, channel]) each.

    ``level`` and ``deviation`` are mean and standard deviation of its decibels, ``size`` and ``power`` the
    means of |x| and |x|².
    """

    level: Array
    deviation: Array
    size: Array
    power: Array

    def threshold(self, deviations: float = 1.5) -> Array:
        """The size that lies so many standard deviations above the mean, both in decibels.

        Where nothing deviates it is the size itself, and no rounding of the way to decibels and back.
        """
        found: Array = 10 ** ((self.level + deviations * self.deviation) / 20)
        same = (self.deviation == 0) & np.isclose(found, self.size, rtol=1e-9, atol=0)
        found = np.where(same, self.size, found)
        return np.where(self.power > 0, found, 0.0)


def learnt(passage: Array) -> Noise:
    """The noise of the frames of a passage: sizes |x| (frequency, frame[, channel]).

    >>> noise = learnt(np.array([[1.0, 10, 10, 1], [2, 2, 2, 2]]))
    >>> noise.level.ravel(), noise.deviation.ravel()
    (array([10.        ,  6.02059991]), array([10.,  0.]))
    >>> noise.threshold(1).round(6).ravel()
    array([10.,  2.])

    Raises ``EngineError`` when there is no frame, or a size is not finite.
    Source: Sainburg, Thielk and Gentner, Finding, visualizing, and quantifying latent structure across
    diverse animal vocal repertoires, 2020 (noisereduce, ``stationary=True``).
    """
    if passage.ndim < 2 or not passage.shape[1]:
        raise EngineError(f"noise is learnt from (frequency, frame) with a frame; received {passage.shape}")
    if not np.isfinite(passage).all():
        raise EngineError("noise is learnt from finite numbers; the passage has NaN or infinity")
    sizes = np.asarray(passage, np.float64)
    top = sizes.max(initial=0) or 1.0
    levels = 20 * np.log10(np.maximum(sizes, LEAST * top))
    return Noise(
        levels.mean(axis=1, keepdims=True),
        levels.std(axis=1, keepdims=True),
        sizes.mean(axis=1, keepdims=True),
        np.square(sizes).mean(axis=1, keepdims=True),
    )


def gate(size: Array, threshold: Array) -> Array:
    """1 where a size is above the threshold, 0 elsewhere; NaN is nowhere.

    >>> gate(np.array([1.0, 3.0]), np.array(2.0))
    array([0., 1.])
    """
    return (size > threshold).astype(np.float64)


def ratio_gain(size: Array, threshold: Array, power: float = 2.0) -> Array:
    """size^p / (size^p + threshold^p): a half at the threshold, steeper with a larger ``power``; NaN gives 0.

    >>> ratio_gain(np.array([0.0, 2.0, 6.0]), np.array(2.0))
    array([0. , 0.5, 0.9])

    Source: librosa's ``util.softmask``; a Wiener filter, where threshold² is the mean power of the noise.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found = 1 / (1 + (threshold / size) ** power)
    return np.nan_to_num(np.where(size == 0, 0, found), nan=0.0)


def wiener_gain(size: Array, noise_power: Array, over: float = 1.0) -> Array:
    """max(0, 1 − over · noise power / size²): what is left of the power is taken for that of the sound.

    >>> wiener_gain(np.array([1.0, 2.0]), np.array(1.0))
    array([0.  , 0.75])

    Source: Lim and Oppenheim, Enhancement and bandwidth compression of noisy speech, 1979; Berouti, Schwartz
    and Makhoul, Enhancement of speech corrupted by acoustic noise, 1979, for ``over``.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found = 1 - over * (np.sqrt(noise_power) / size) ** 2
    return np.maximum(np.nan_to_num(np.where(size == 0, 0, found), nan=0.0), 0)


def subtraction_gain(size: Array, noise_size: Array, over: float = 1.0) -> Array:
    """max(0, 1 − over · noise size / size): the mean size of the noise is taken away from every size.

    >>> subtraction_gain(np.array([1.0, 2.0]), np.array(1.0))
    array([0. , 0.5])

    Source: Boll, Suppression of acoustic noise in speech using spectral subtraction, 1979.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found = 1 - over * noise_size / size
    return np.maximum(np.nan_to_num(np.where(size == 0, 0, found), nan=0.0), 0)


def triangle(radius: int) -> Array:
    """Weights that fall evenly to both sides of the middle, (2 · radius + 1,), adding up to 1.

    >>> triangle(1)
    array([0.25, 0.5 , 0.25])
    """
    sides = np.arange(radius + 1, 0, -1.0)
    weights = np.concatenate([sides[:0:-1], sides])
    made: Array = weights / weights.sum()
    return made


def smoothed(gain: Array, rows: int, columns: int) -> Array:
    """A gain (row, column, …) averaged over a triangle of so many rows and columns to each side.

    At the ends the mean is of what is there.

    >>> smoothed(np.array([[0.0, 1, 0, 0]]), 0, 1).round(4)
    array([[0.3333, 0.5   , 0.25  , 0.    ]])

    Source: noisereduce's smoothing of its mask, which takes what lies beyond the ends for 0.
    """
    for axis, radius in ((0, rows), (1, columns)):
        if radius:
            weights = triangle(radius)
            whole = _filtered(np.ones(gain.shape[axis]), weights, 0)
            shape = [1] * gain.ndim
            shape[axis] = -1
            gain = _filtered(gain, weights, axis) / whole.reshape(shape)
    return gain


def _filtered(x: Array, weights: Array, axis: int) -> Array:
    """Σ weights · x around every place of an axis, 0 beyond its ends."""
    radius, length = len(weights) // 2, x.shape[axis]
    moved = np.moveaxis(x, axis, 0)
    found = np.zeros(moved.shape)
    for shift, weight in zip(range(-radius, radius + 1), weights, strict=True):
        begin, end = max(-shift, 0), min(length - shift, length)
        if begin < end:
            found[begin:end] += weight * moved[begin + shift : end + shift]
    return np.moveaxis(found, 0, axis)
