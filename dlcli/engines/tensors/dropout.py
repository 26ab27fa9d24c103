"""Dropout: in training some units are set to 0 at random, and the others grow so that the mean stays."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError, compute_dtype

CHUNK = 1 << 16  # draws held at once; an even number, since two of them are made from one of the generator


@dataclass(frozen=True)
class Averages:
    """What several masks give on average.

    ``mean`` is that over all masks and ``kept`` how many of them kept each unit; ``sizes`` are numbers of
    masks, ``distances`` how far the mean over so many was from the input (the root of the mean square over
    all units), and ``expected`` how far it is to be expected.
    """

    mean: Array
    kept: Array
    sizes: tuple[int, ...]
    distances: tuple[float, ...]
    expected: tuple[float, ...]


def dropout(
    x: Array, rate: float, generator: np.random.Generator, *, per: Collection[int] | None = None
) -> tuple[Array, Array]:
    """Set each number to 0 with probability ``rate`` and divide the others by 1 - rate.

        u ~ U[0, 1);  m = [u >= rate];  y = m x / (1 - rate)

    x may have any shape; floats keep their precision, complex numbers are dropped whole. ``per`` lists the
    axes along which there is a draw for each place: places that differ only along other axes are kept or
    dropped together ((3,) drops whole channels of (batch, height, width, channel)); none for a draw for each
    number. Returns y and the mask m, which has length 1 along the axes not in ``per``. With rate 1 all is 0.

    >>> y, mask = dropout(np.ones(4), 0.5, np.random.default_rng(2))
    >>> y, mask
    (array([2., 0., 0., 0.]), array([ True, False, False, False]))

    Raises ``EngineError`` when the rate is not from 0 to 1 or there is no such axis.
    Source: Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, JMLR 15,
    2014, section 10 for the scaling in training.
    """
    dtype = _checked(x, rate)
    mask = draw_mask(x.shape, rate, generator, per=per)
    return _scaled(x, mask, scaling(rate), dtype), mask


def dropout_plain(x: Array, rate: float, u: Array) -> Array:
    """The definition, of draws u that are already there.

    >>> dropout_plain(np.array([1.0, 2, 3]), 0.5, np.array([0.2, 0.5, 0.9]))
    array([0., 4., 6.])
    """
    return np.where(u >= rate, x * scaling(rate), 0)


def dropout_backward(dy: Array, mask: Array, rate: float) -> Array:
    """How a loss L changes with the input: dL/dy / (1 - rate) where a unit was kept, else 0.

    dy and mask are what ``dropout`` returned the shapes of. Raises ``EngineError`` when they do not fit.

    >>> dropout_backward(np.array([10.0, 10]), np.array([True, False]), 0.5)
    array([20.,  0.])
    """
    dtype = _checked(dy, rate)
    fits = mask.ndim == dy.ndim and all(m in (1, n) for m, n in zip(mask.shape, dy.shape, strict=True))
    if mask.dtype != bool or not fits:
        raise EngineError(
            f"the mask expects booleans that dy {dy.shape} can be broadcast with; "
            f"received {mask.dtype} {mask.shape}"
        )
    return _scaled(dy, mask, scaling(rate), dtype)


def draws(
    shape: tuple[int, ...], generator: np.random.Generator, *, per: Collection[int] | None = None
) -> Array:
    """The uniform numbers u from 0 to 1 (float32) that a mask of such a tensor is made from.

    >>> draws((2, 3), np.random.default_rng(0), per=(0,)).shape
    (2, 1)
    """
    return np.asarray(generator.random(mask_shape(shape, per), np.float32))


def draw_mask(
    shape: tuple[int, ...], rate: float, generator: np.random.Generator, *, per: Collection[int] | None = None
) -> Array:
    """Which units are kept: ``draws(...) >= rate``, without holding all draws at once."""
    mask = np.empty(mask_shape(shape, per), bool)
    flat, u = mask.reshape(-1), np.empty(min(CHUNK, mask.size), np.float32)
    for first in range(0, mask.size, CHUNK):
        part = flat[first : first + CHUNK]
        drawn = u[: len(part)]
        generator.random(out=drawn, dtype=np.float32)
        np.greater_equal(drawn, np.float32(rate), out=part)
    return mask


def mask_shape(shape: tuple[int, ...], per: Collection[int] | None = None) -> tuple[int, ...]:
    """The shape of a mask: 1 along the axes that share their draws.

    >>> mask_shape((8, 32, 32, 3), (0, 3))
    (8, 1, 1, 3)
    """
    if per is None:
        return shape
    outside = [axis for axis in per if not 0 <= axis < len(shape)]
    if outside:
        raise EngineError(f"per expects axes from 0 to {len(shape) - 1}; received {outside[0]}")
    return tuple(length if axis in per else 1 for axis, length in enumerate(shape))


def average(
    x: Array,
    rate: float,
    generator: np.random.Generator,
    masks: int,
    *,
    per: Collection[int] | None = None,
) -> Averages:
    """The mean of ``dropout(x)`` over several masks, and how it comes nearer to x with their number.

    Holds one mask at a time. The distance is taken after 1, 2, 4, ... masks and after the last.

    >>> average(np.ones(1000), 0.5, np.random.default_rng(0), 100).sizes
    (1, 2, 4, 8, 16, 32, 64, 100)
    """
    dtype = _checked(x, rate)
    kept = np.zeros(mask_shape(x.shape, per), np.int64)
    sizes: list[int] = []
    distances: list[float] = []
    for done in range(1, masks + 1):
        kept += draw_mask(x.shape, rate, generator, per=per)
        if done & (done - 1) == 0 or done == masks:
            mean = _scaled(x, kept > 0, kept * (scaling(rate) / done), dtype)
            sizes.append(done)
            with np.errstate(invalid="ignore", over="ignore"):
                distances.append(math.sqrt(np.square(np.abs(mean - x)).mean(dtype=np.float64)))
    expected = tuple(expected_distance(x, rate, size) for size in sizes)
    return Averages(mean, kept, tuple(sizes), tuple(distances), expected)


def expected_distance(x: Array, rate: float, masks: int) -> float:
    """What the distance of an average over so many masks is on average: sqrt(mean(x²) r / ((1 - r) masks)).

    >>> expected_distance(np.array([3.0, 3.0]), 0.5, 9)
    1.0
    """
    with np.errstate(invalid="ignore", over="ignore"):
        power = float(np.square(np.abs(x), dtype=np.float64).mean())
    return math.sqrt(power * (rate / (1 - rate) if rate < 1 else 1.0) / (masks if rate < 1 else 1))


def scaling(rate: float) -> float:
    """What a kept unit is multiplied by.

    >>> scaling(0.75), scaling(1)
    (4.0, 0.0)
    """
    return 1 / (1 - rate) if rate < 1 else 0.0


def _scaled(x: Array, where: Array, by: float | Array, dtype: DType) -> Array:
    """x times ``by``, and 0 elsewhere: not x times 0, which for an infinity is no number."""
    y = np.empty(x.shape, dtype)
    with np.errstate(invalid="ignore"):
        np.multiply(x, by, out=y, dtype=dtype)
    np.copyto(y, 0, where=~where)
    return y


def _checked(x: Array, rate: float) -> DType:
    """The precision to compute in; an error when the rate is none."""
    if not 0 <= rate <= 1:
        raise EngineError(f"rate expects a probability from 0 to 1; received {rate!r}")
    return compute_dtype(x)
