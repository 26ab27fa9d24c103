"""What is to become small: how far the outputs of a batch are from their targets, and its gradient.

Outputs are (feature, …, example); n is the number of examples, or of all steps of all sequences that there
are, m that of the numbers of one output. Losses that compare probabilities take the numbers before softmax or
sigmoid ("logits"), where both are exact and no logarithm of 0 is taken:

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

#: The rank of outputs that are sequences: (feature, time, sequence).
SEQUENCE = 3


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

    def of(
        self, z: Array, target: Array, memory: Memory | None = None, mask: Array | None = None
    ) -> tuple[float, Array]:
        """The loss of outputs and its gradient; of (feature, time, sequence) the mean over all steps.

        Steps that are not in the ``mask`` (time, sequence) count for nothing, nor do those whose class is
        below 0: nothing is asked there.

        >>> z, none = np.zeros((2, 3, 1)), -1
        >>> loss, slope = LOSSES["cross-entropy"].of(z, np.array([[none], [1], [none]]))
        >>> round(loss, 4), slope[:, :, 0]
        (0.6931, array([[ 0. ,  0.5,  0. ],
               [ 0. , -0.5,  0. ]]))
        """
        if z.ndim != SEQUENCE:
            return self.compute(z, target, memory)
        asked = asked_of(target, mask)
        classes = target.ndim < z.ndim
        if asked is None:
            value, slope = self.compute(flat(z), target.reshape(-1) if classes else flat(target), memory)
            return value, slope.reshape(z.shape)
        value, some = self.compute(z[:, asked], target[asked] if classes else target[:, asked], memory)
        slope = np.zeros_like(z)
        slope[:, asked] = some
        return value, slope


def asked_of(target: Array, mask: Array | None) -> Array | None:
    """The steps (time, sequence) of which a target says something; none where it says so of all.

    Raises ``EngineError`` where it says something of no step.
    """
    asked = mask
    if target.ndim == SEQUENCE - 1 and target.dtype.kind in "iu" and (target < 0).any():
        asked = target >= 0 if mask is None else mask & (target >= 0)
    if asked is None or asked.all():
        return None
    if not asked.any():
        raise EngineError("no step of these sequences has a target: there is nothing to compare")
    return asked


def flat(x: Array) -> Array:
    """(feature, …, example) as (feature, place)."""
    return x.reshape(len(x), -1)


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


#: Losses of numbers that are to be come near to -> the number nearest to many by it, or nearly so.
AVERAGE: dict[str, Callable[..., Array]] = {
    "mean-squared": np.mean,
    "mean-absolute": np.median,
    "huber": np.median,
}


def loss_of_constant(name: str, known: Array, target: Array) -> float:
    """The loss on targets (n, …) of a net that always gives the one number that is nearest to known ones.

    >>> known = np.array([0.0, 0.0, 3.0])
    >>> loss_of_constant("mean-squared", known, known), loss_of_constant("mean-absolute", known, known)
    (2.0, 1.0)
    """
    target = target.astype(np.float64)
    best = AVERAGE[name](known.astype(np.float64), axis=0)
    return LOSSES[name].compute(np.broadcast_to(best, target.shape), target)[0]


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
