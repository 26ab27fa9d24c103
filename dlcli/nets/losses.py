"""What is to become small: how far the outputs of a batch are from their targets, and its gradient.

Outputs are (feature, …, picture); n is the number of pictures, m that of the numbers of one output. Losses
that compare probabilities take the numbers before softmax or sigmoid ("logits"), where both are exact and no
logarithm of 0 is taken:

    cross-entropy         −Σ t log softmax(z) / n              gradient (softmax(z) − t) / n
    binary-cross-entropy  Σ (log(1 + exp z) − t z) / (n m)     gradient (sigmoid(z) − t) / (n m)
    mean-squared          Σ (y − t)² / (n m)                   gradient 2 (y − t) / (n m)
    mean-absolute         Σ |y − t| / (n m)                    gradient sign(y − t) / (n m)
    huber                 Σ h(y − t) / (n m)                   gradient max(−1, min(y − t, 1)) / (n m)
                          h(d) = d² / 2 for |d| ≤ 1, |d| − ½ beyond

Sources: Goodfellow, Bengio and Courville, Deep Learning, 2016, sections 5.5 and 6.2.2; Huber, Robust
estimation of a location parameter, 1964.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.nets.memory import Memory


@dataclass(frozen=True)
class Loss:
    """One loss: its value (a mean over the batch) and its gradient at the outputs.

    ``compute`` takes outputs and targets, and a memory if it is to work there: the gradient is overwritten by
    the next batch then. ``head`` is the activation that its gradient already includes, where the outputs are
    taken before it.
    """

    name: str
    formula: str
    compute: Callable[..., tuple[float, Array]]
    head: str | None = None


def cross_entropy(z: Array, target: Array, memory: Memory | None = None) -> tuple[float, Array]:
    """Of class numbers (picture,), or of probabilities shaped like z (class, …, picture).

    >>> loss, slope = cross_entropy(np.array([[0.0], [0.0]]), np.array([1]))
    >>> round(loss, 4), slope.ravel()
    (0.6931, array([ 0.5, -0.5]))
    """
    n = z.shape[-1]
    shifted = z - z.max(axis=0)
    exp = np.exp(shifted)
    total = exp.sum(axis=0)
    slope = np.divide(exp, total, out=exp)
    if target.ndim == 1 and target.dtype.kind in "iu":
        if z.ndim != 2:
            raise EngineError(f"class numbers are compared with (class,) outputs; received {z.shape[:-1]}")
        places = target, np.arange(n)
        value = float((np.log(total) - shifted[places]).mean())
        slope[places] -= 1
    else:
        value = float((target * (np.log(total) - shifted)).sum() / n)
        slope *= target.sum(axis=0)
        slope -= target
    slope /= n
    return value, slope


def binary_cross_entropy(z: Array, target: Array, memory: Memory | None = None) -> tuple[float, Array]:
    """Of numbers from 0 to 1 shaped like z.

    >>> loss, slope = binary_cross_entropy(np.array([[0.0]]), np.array([[1.0]]))
    >>> round(loss, 4), slope
    (0.6931, array([[-0.5]]))
    """
    memory = memory or Memory(z.dtype)
    small, above, terms, slope = (
        memory.array(name, z.shape) for name in ("small", "above", "terms", "slope")
    )
    np.exp(np.negative(np.abs(z, out=small), out=small), out=small)  # exp(−|z|)
    np.greater_equal(z, 0, out=above)
    np.subtract(above, target, out=terms)
    terms *= z  # max(z, 0) − t z
    terms += np.log1p(small, out=slope)
    np.maximum(small, above, out=slope)
    small += 1
    slope /= small  # sigmoid(z), without a branch
    slope -= target
    slope *= z.dtype.type(1 / z.size)
    return float(terms.mean()), slope


def mean_squared(y: Array, target: Array, memory: Memory | None = None) -> tuple[float, Array]:
    """The mean square of the differences.

    >>> mean_squared(np.array([[3.0]]), np.array([[1.0]]))
    (4.0, array([[4.]]))
    """
    memory = memory or Memory(y.dtype)
    difference = np.subtract(y, target, out=memory.array("slope", y.shape))
    value = float(np.square(difference, out=memory.array("terms", y.shape)).mean())
    difference *= y.dtype.type(2 / y.size)
    return value, difference


def mean_absolute(y: Array, target: Array, memory: Memory | None = None) -> tuple[float, Array]:
    """The mean size of the differences.

    >>> mean_absolute(np.array([[3.0]]), np.array([[1.0]]))
    (2.0, array([[1.]]))
    """
    difference = y - target
    return float(np.abs(difference).mean()), np.sign(difference) / y.dtype.type(y.size)


def huber(y: Array, target: Array, memory: Memory | None = None) -> tuple[float, Array]:
    """Half the square of small differences, the size of large ones: their gradient is no longer than 1.

    >>> huber(np.array([[3.0, 0.5]]), np.array([[0.0, 0.0]]))
    (1.3125, array([[0.5 , 0.25]]))
    """
    difference = y - target
    near = np.clip(difference, -1, 1)
    value = float((near * (difference - near / 2)).mean())
    return value, near / y.dtype.type(y.size)


LOSSES = {
    one.name: one
    for one in (
        Loss("cross-entropy", "−Σ t log softmax(z) / n", cross_entropy, "softmax"),
        Loss("binary-cross-entropy", "Σ (log(1 + exp z) − t z) / (n m)", binary_cross_entropy, "sigmoid"),
        Loss("mean-squared", "Σ (y − t)² / (n m)", mean_squared),
        Loss("mean-absolute", "Σ |y − t| / (n m)", mean_absolute),
        Loss("huber", "Σ h(y − t) / (n m)", huber),
    )
}
