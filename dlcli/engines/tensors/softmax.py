"""Softmax: scores along one axis become probabilities; its logarithm, its derivative, its evenness."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from functools import reduce

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError, compute_dtype

CHUNK = 1 << 16  # numbers worked on at once: they stay in the cache from the first pass to the last
WIDE = 2048  # numbers beside each other that a pass over another axis than the last takes at least
SHORT = 32  # entries along the last axis up to which whole columns are added up


@dataclass(frozen=True)
class SoftmaxTerms:
    """Every number on the way to the probabilities.

    ``shift`` is the largest score of each slice along the axis and ``total`` the sum of its exponentials
    (both with length 1 there); ``exponents`` (x - shift) / T, ``exponentials`` of them and ``probabilities``
    have the shape of the scores.
    """

    shift: Array
    exponents: Array
    exponentials: Array
    total: Array
    probabilities: Array


def softmax_plain(x: Array, axis: int = -1, temperature: float = 1.0) -> Array:
    """The definition, exp(x / T) / Σ exp(x / T), which overflows where scores are large.

    >>> softmax_plain(np.array([0.0, np.log(3)]))
    array([0.25, 0.75])
    """
    exponentials = np.exp(x / temperature)
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def softmax_terms(x: Array, axis: int = -1, temperature: float = 1.0) -> SoftmaxTerms:
    """The probabilities of ``softmax`` together with all that they are made of.

    Subtracting the same number from all scores of a slice multiplies numerator and denominator alike; with
    the largest one subtracted no exponential is above 1.

    >>> terms = softmax_terms(np.array([1000.0, 1000.0 + np.log(3)]))
    >>> terms.exponentials.round(4), terms.total.round(4)
    (array([0.3333, 1.    ]), array([1.3333]))

    Raises ``EngineError`` as ``softmax`` does.
    """
    axis, dtype = _checked(x, axis, temperature)
    x = x.astype(dtype, copy=False)
    with np.errstate(over="ignore", invalid="ignore"):
        shift = x.max(axis=axis, keepdims=True, initial=-np.inf)
        exponents = (x - shift) / _temperature(temperature, dtype)
    exponentials = np.exp(exponents)
    total = exponentials.sum(axis=axis, keepdims=True)
    return SoftmaxTerms(shift, exponents, exponentials, total, exponentials / total)


def softmax(x: Array, axis: int = -1, temperature: float = 1.0) -> Array:
    """The probabilities p[i] = exp(x[i] / T) / Σ exp(x[j] / T), j running along an axis.

    Of all that sum to 1 and keep the scores' mean, those with the largest entropy. A higher temperature makes
    them more even, a lower one sharper; their order stays.

    Parameters
    ----------
    x : array of any shape, real
        Scores (logits). A score of -inf gets probability 0; a slice with NaN or +inf in it, or with nothing
        but -inf, gives NaN, as in PyTorch.
    axis : int
        The one along which probabilities add up to 1.
    temperature : float
        Above 0, in the unit of the scores.

    Returns
    -------
    array shaped like ``x``; float32 stays float32, and short integers become it.

    Raises ``EngineError`` for complex scores, for an axis that is not there, and for a temperature that is no
    finite number above 0.

    >>> softmax(np.array([[1.0, 2.0, 3.0], [1000.0, 1000.0, -np.inf]])).round(4)
    array([[0.09  , 0.2447, 0.6652],
           [0.5   , 0.5   , 0.    ]])

    Source: Bridle, Probabilistic interpretation of feedforward classification network outputs, 1990;
    Goodfellow, Bengio and Courville, Deep Learning, equation 6.29.
    """
    axis, dtype = _checked(x, axis, temperature)
    n = x.shape[axis]
    scores = x.reshape(math.prod(x.shape[:axis]), n, -1 if x.size else 0)  # (before, n, after)
    y = np.empty(scores.shape, dtype)
    before, after = max(1, CHUNK // max(1, y[:1].size)), max(WIDE, CHUNK // max(1, n))
    for start in range(0, y.shape[0], before):
        for first in range(0, y.shape[2], after):
            part = np.s_[start : start + before, :, first : first + after]
            _fill(y[part], scores[part], _temperature(temperature, dtype))
    return y.reshape(x.shape)


def log_softmax(x: Array, axis: int = -1, temperature: float = 1.0) -> Array:
    """The logarithms of the probabilities of ``softmax``, exact even where those are too small for a float.

    >>> log_softmax(np.array([0.0, 1000.0]))
    array([-1000.,     0.])

    Raises ``EngineError`` as ``softmax`` does.
    """
    axis, dtype = _checked(x, axis, temperature)
    x = x.astype(dtype, copy=False)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        y = (x - x.max(axis=axis, keepdims=True, initial=-np.inf)) / _temperature(temperature, dtype)
        y -= np.log(np.exp(y).sum(axis=axis, keepdims=True))
    return y


def softmax_backward(dy: Array, y: Array, axis: int = -1, temperature: float = 1.0) -> Array:
    """The gradient at the scores, from ``dy`` at the probabilities ``y``: y (dy − Σ dy y) / T.

    A probability grows with its own score by p (1 − p) / T and falls with any other by p q / T.

    >>> softmax_backward(np.array([1.0, 0.0]), np.array([0.25, 0.75]))
    array([ 0.1875, -0.1875])

    Source: Goodfellow, Bengio and Courville, Deep Learning, section 6.2.2.3.
    """
    return y * (dy - (dy * y).sum(axis=axis, keepdims=True)) / temperature


def entropy(p: Array, axis: int = -1) -> Array:
    """Σ −p log2 p along an axis, in bits: 0 when one probability is 1, log2 n when all n are equal.

    Two to the power of it is how many equally likely classes would be as uncertain.

    >>> entropy(np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]))
    array([1., 0.])

    Source: Shannon, A mathematical theory of communication, 1948, section 6.
    """
    logarithms = np.log2(p, out=np.zeros_like(p), where=p != 0)
    return 0.0 - (p * logarithms).sum(axis=axis)


def _checked(x: Array, axis: int, temperature: float) -> tuple[int, DType]:
    """The axis counted from the front, and the dtype to compute in."""
    dtype = compute_dtype(x)
    if dtype.kind == "c":
        raise EngineError(
            f"softmax is not defined for complex numbers; received {x.dtype}; try their sizes or real parts"
        )
    if x.ndim == 0:
        raise EngineError("softmax needs an axis along which probabilities add up; received a single number")
    try:
        place = operator.index(axis)
    except TypeError:
        raise EngineError(f"axis expects a whole number; received {axis!r}; try axis=-1") from None
    if not -x.ndim <= place < x.ndim:
        raise EngineError(f"there is no axis {axis} in shape {x.shape}; try axis=-1")
    if not (temperature > 0 and math.isfinite(temperature)):
        raise EngineError(f"temperature expects a finite number above 0; received {temperature}; try 1")
    return place % x.ndim, dtype


def _temperature(temperature: float, dtype: DType) -> Array:
    """The temperature in the scores' precision; one that has no place there is as good as the nearest."""
    limits = np.finfo(dtype)
    return np.asarray(min(max(temperature, float(limits.tiny)), float(limits.max)), dtype)


def _fill(y: Array, x: Array, temperature: Array) -> None:
    """Probabilities along the middle axis of ``x`` (before, n, after) into ``y``, pass by pass in place."""
    n, after = y.shape[1:]
    # NumPy goes through short rows one by one; adding up their columns is several times as fast.
    columns = after == 1 and n <= SHORT
    with np.errstate(over="ignore", invalid="ignore"):
        x = x.astype(y.dtype, copy=False)
        largest = reduce(np.maximum, (x[:, i] for i in range(n))) if columns else x.max(axis=1)
        np.subtract(x, largest[:, None], out=y)
        if temperature != 1:
            y /= temperature
    np.exp(y, out=y)
    total = reduce(np.add, (y[:, i] for i in range(n))) if columns else y.sum(axis=1)
    y /= total[:, None]
