"""Normalisation: numbers that share a mean get mean 0 and variance 1; which share one is all that differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, compute_dtype

#: What is added to the variance unless it is said: PyTorch's.
EPS = 1e-5

#: The same of root mean squares, as in transformers.
RMS_EPS = 1e-6

#: Numbers of a block: its float64 copy stays in the cache from one step to the next.
BLOCK = 1 << 15

#: The squares of larger numbers, and their sums, may be beyond the largest float; those of numbers below its
#: inverse lose their digits.
SQUARED = 2.0**480


@dataclass(frozen=True)
class Sharing:
    """Which numbers of an array share a mean: those along ``axes``; of ``group_axis`` those in one group.

    Groups are neighbours along their axis, as many in each.

    >>> Sharing((2, 3, 4), (1,)).stat_shape, Sharing((2, 3, 4), (1,), 2, 2).stat_shape
    ((2, 1, 4), (2, 1, 2))

    Raises ``EngineError`` where no axis is left, one does not exist, or the groups do not divide their axis.
    """

    shape: tuple[int, ...]
    axes: tuple[int, ...]
    group_axis: int | None = None
    groups: int = 1

    def __post_init__(self) -> None:
        if not self.axes and self.group_axis is None:
            raise EngineError("a mean is taken along one axis or more; received none")
        if not all(0 <= axis < len(self.shape) for axis in self.axes):
            raise EngineError(f"an array of shape {self.shape} has no axes {self.axes}")
        if self.group_axis is not None:
            length = self.shape[self.group_axis]
            if self.group_axis in self.axes or self.groups < 1 or length % self.groups:
                fits = [n for n in range(1, length + 1) if length % n == 0]
                raise EngineError(
                    f"groups expects a number that divides the {length} channels; received {self.groups}; "
                    f"try one of {', '.join(map(str, fits[:8]))}"
                )

    @property
    def stat_shape(self) -> tuple[int, ...]:
        """One number for each set that shares a mean, in as many axes as the array has."""
        return tuple(
            self.groups if axis == self.group_axis else 1 if axis in self.axes else length
            for axis, length in enumerate(self.shape)
        )

    @property
    def sets(self) -> int:
        """How many means there are."""
        return prod(self.stat_shape)

    @property
    def count(self) -> int:
        """How many numbers share each."""
        return prod(self.shape) // self.sets

    def place(self, cell: Sequence[int]) -> tuple[int, ...]:
        """Where in ``stat_shape`` the mean of a cell stands.

        >>> Sharing((2, 3, 4), (1,), 2, 2).place((1, 2, 3))
        (1, 0, 1)
        """
        return tuple(
            index * self.groups // self.shape[axis]
            if axis == self.group_axis
            else 0
            if axis in self.axes
            else index
            for axis, index in enumerate(cell)
        )

    def members(self, place: Sequence[int]) -> tuple[slice, ...]:
        """The part of the array that shares the mean at a place of ``stat_shape``.

        >>> Sharing((2, 3, 4), (1,), 2, 2).members((1, 0, 1))
        (slice(1, 2, None), slice(0, 3, None), slice(2, 4, None))
        """
        parts = []
        for axis, index in enumerate(place):
            each = self.shape[axis] // self.stat_shape[axis]
            parts.append(slice(index * each, (index + 1) * each))
        return tuple(parts)

    def together(self, totals: Array) -> Array:
        """Sums along ``axes`` alone as those of each set, in ``stat_shape``: channels of a group added up."""
        if self.group_axis is None:
            return totals
        split = self.group_axis
        parts = totals.reshape(*totals.shape[:split], self.groups, -1, *totals.shape[split + 1 :])
        return np.asarray(parts.sum(axis=split + 1))

    def largest(self, x: Array) -> Array:
        """The largest number of each set, in ``stat_shape``; nan where one is nan."""
        fine = x.max(axis=self.axes, keepdims=True)
        if self.group_axis is None:
            return np.asarray(fine)
        split = self.group_axis
        parts = fine.reshape(*fine.shape[:split], self.groups, -1, *fine.shape[split + 1 :])
        return np.asarray(parts.max(axis=split + 1))

    def wide(self, stat: Array) -> Array:
        """A number for each set where an operation with the array can broadcast it."""
        if self.group_axis is None:
            return stat
        return stat.repeat(self.shape[self.group_axis] // self.groups, axis=self.group_axis)


@dataclass(frozen=True)
class Normalised:
    """Every number on the way: ``mean`` and ``variance`` in ``sharing.stat_shape``, float64.

    Of root mean squares the mean is 0 and the variance the mean square. ``deviation`` is √variance, finite
    also where the variance is beyond the largest float; ``divisor`` is √(variance + eps). ``x`` is what was
    normalised.
    """

    sharing: Sharing
    mean: Array
    variance: Array
    deviation: Array
    divisor: Array
    eps: float
    x: Array
    output: Array

    def normalised(self, cell: Sequence[int]) -> float:
        """What a cell is before gain and bias."""
        place = self.sharing.place(cell)
        with np.errstate(all="ignore"):
            return float((self.x[tuple(cell)] - self.mean[place]) / self.divisor[place])


def normalise(
    x: Array,
    sharing: Sharing,
    *,
    eps: float = EPS,
    gain: Array | None = None,
    bias: Array | None = None,
    moving: tuple[Array, Array] | None = None,
    centred: bool = True,
) -> Normalised:
    """y = gain · (x − mean) / √(variance + eps) + bias, with mean and variance of the sets of ``sharing``.

    Batch normalisation shares a mean along all axes but the channels', instance normalisation along those of
    one picture and channel, layer normalisation along the features of one cell or all of one example, group
    normalisation along one picture and a group of its channels. The variance is the mean square distance, not
    divided by one less. All is computed in float64, a block that stays in the cache at a time; without gain
    and bias it is ``normalise_plain``.

    Parameters
    ----------
    x : array, real
    gain, bias : arrays that broadcast with x, optional
        gamma and beta.
    moving : (mean, variance), optional
        Statistics from elsewhere, in ``sharing.stat_shape``: those that a net has kept from its training.
    centred : bool
        Without it no mean is taken away: root mean square normalisation.

    Raises ``EngineError`` for complex numbers, shapes that do not fit, and an eps below 0.

    >>> made = normalise(np.array([[1.0, 3.0], [10.0, 30.0]]), Sharing((2, 2), (1,)), eps=0.0)
    >>> made.mean.ravel(), made.output.tolist()
    (array([ 2., 20.]), [[-1.0, 1.0], [-1.0, 1.0]])

    Of one axis alone it is ``layer_norm`` of the transformer, which is faster and can go backwards.

    Sources: Ioffe and Szegedy, Batch normalization, 2015; Ba, Kiros and Hinton, Layer normalization, 2016;
    Ulyanov, Vedaldi and Lempitsky, Instance normalization, 2016; Wu and He, Group normalization, 2018; Zhang
    and Sennrich, Root mean square layer normalization, 2019.
    """
    dtype = compute_dtype(x)
    if dtype.kind == "c":
        raise EngineError(f"normalisation is not defined for complex numbers; received {x.dtype}")
    if x.shape != sharing.shape or 0 in x.shape:
        raise EngineError(f"normalisation expects shape {sharing.shape}, not empty; received {x.shape}")
    if not eps >= 0:
        raise EngineError(f"eps expects a number from 0 on; received {eps}")
    for name, array in (("gain", gain), ("bias", bias)):
        if array is not None and np.broadcast_shapes(array.shape, x.shape) != x.shape:
            raise EngineError(
                f"the {name} of shape {array.shape} does not go with numbers of shape {x.shape}"
            )
    if moving is not None:
        mean, variance = (np.asarray(one, np.float64) for one in moving)
        if not mean.shape == variance.shape == sharing.stat_shape:
            raise EngineError(
                f"mean and variance have shape {sharing.stat_shape}; received {mean.shape} and "
                f"{variance.shape}"
            )
    else:
        mean, variance = statistics(x, sharing, centred=centred)
    seen, centre = x, mean
    with np.errstate(all="ignore"):
        deviation, divisor = np.sqrt(variance), np.sqrt(variance + eps)
        by = divisor
        lost = (variance < SQUARED**-2) if eps == 0 else np.zeros(1, bool)
        if moving is None and not ((variance <= SQUARED**2) & ~lost).all():
            wide = x.astype(np.float64)
            factor = _factor(sharing.largest(np.abs(wide)))
            seen = wide / sharing.wide(factor)
            centre, square = statistics(seen, sharing, centred=centred)
            mean, variance, deviation = centre * factor, square * factor * factor, np.sqrt(square) * factor
            divisor = np.where(factor == 1, np.sqrt(square + eps), np.hypot(deviation, np.sqrt(eps)))
            by = divisor / factor
    made = Normalised(sharing, mean, variance, deviation, divisor, eps, x, np.empty(x.shape, dtype))
    centre, by = sharing.wide(centre), sharing.wide(by)
    scratch = np.empty(block_size(x.shape))
    with np.errstate(all="ignore"):
        for block in blocks(x.shape):
            wide = _part(scratch, seen, block)
            if centred or moving is not None:
                wide -= _of(centre, block)
            wide /= _of(by, block)
            if gain is not None:
                wide *= _of(gain, block)
            if bias is not None:
                wide += _of(bias, block)
            made.output[block] = wide
    return made


def _factor(largest: Array) -> Array:
    """The power of two that each set is divided by, so that a float holds the squares: 1 of nearly all."""
    known = np.isfinite(largest) & (largest > 0) & ((largest > SQUARED) | (largest < 1 / SQUARED))
    exponent = np.frexp(np.where(known, largest, 1.0))[1] - 1
    return np.asarray(np.where(known, np.ldexp(1.0, exponent), 1.0))


def normalise_plain(x: Array, sharing: Sharing, *, eps: float = EPS) -> Array:
    """The definition, one set after the other: (x − mean) / √(variance + eps), in float64.

    >>> normalise_plain(np.array([[1.0, 3.0], [10.0, 30.0]]), Sharing((2, 2), (1,)), eps=0.0)
    array([[-1.,  1.],
           [-1.,  1.]])
    """
    y = np.empty(x.shape)
    for place in np.ndindex(*sharing.stat_shape):
        numbers = x[sharing.members(place)].astype(np.float64)
        y[sharing.members(place)] = (numbers - numbers.mean()) / np.sqrt(numbers.var() + eps)
    return y


def statistics(x: Array, sharing: Sharing, *, centred: bool = True) -> tuple[Array, Array]:
    """Mean and variance of each set, in ``sharing.stat_shape`` and float64, block by block.

    Not ``centred``, the mean is 0 and the variance the mean square.

    >>> statistics(np.array([[1.0, 3.0], [10.0, 30.0]]), Sharing((2, 2), (1,)))
    (array([[ 2.],
           [20.]]), array([[  1.],
           [100.]]))
    """
    fine = tuple(1 if axis in sharing.axes else length for axis, length in enumerate(x.shape))
    total, scratch = np.zeros(fine), np.empty(block_size(x.shape))
    with np.errstate(all="ignore"):
        if centred:
            for block in blocks(x.shape):
                _of(total, block)[...] += _part(scratch, x, block).sum(axis=sharing.axes, keepdims=True)
        mean = sharing.together(total) / sharing.count
        wide_mean = sharing.wide(mean)
        total[...] = 0
        for block in blocks(x.shape):
            wide = _part(scratch, x, block)
            if centred:
                wide -= _of(wide_mean, block)
            np.square(wide, out=wide)
            _of(total, block)[...] += wide.sum(axis=sharing.axes, keepdims=True)
        return mean, sharing.together(total) / sharing.count


def blocks(shape: tuple[int, ...], size: int = BLOCK) -> Iterator[tuple[slice, ...]]:
    """Cuts an array into parts that follow each other in memory, of so many numbers at most.

    >>> [tuple((one.start, one.stop) for one in block) for block in blocks((2, 3, 2), 4)]
    [((0, 1), (0, 2), (0, 2)), ((0, 1), (2, 3), (0, 2)), ((1, 2), (0, 2), (0, 2)), ((1, 2), (2, 3), (0, 2))]
    """
    steps: list[int] = []
    for length in reversed(shape):
        steps.insert(0, max(min(length, size), 1))
        size //= steps[0]
    cuts = [range(0, length, step) for length, step in zip(shape, steps, strict=True)]
    for starts in product(*cuts):
        ends = (min(start + step, n) for start, step, n in zip(starts, steps, shape, strict=True))
        yield tuple(map(slice, starts, ends))


def block_size(shape: tuple[int, ...]) -> int:
    """The most numbers that a block of ``blocks`` holds."""
    return min(prod(shape), BLOCK)


def _part(scratch: Array, x: Array, block: tuple[slice, ...]) -> Array:
    """A block of x in float64, in the scratch array."""
    part = x[block]
    wide = scratch[: part.size].reshape(part.shape)
    wide[...] = part
    return wide


def _of(array: Array, block: tuple[slice, ...]) -> Array:
    """What of an array that broadcasts belongs to a block."""
    own = block[len(block) - array.ndim :]
    found: Array = array[
        tuple(slice(None) if n == 1 else one for n, one in zip(array.shape, own, strict=True))
    ]
    return found


def local_response(
    x: Array, axis: int, *, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Array:
    """Each number divided by what is strong around it on other channels.

    y[c] = x[c] / (k + alpha / size · Σ x[c']²)^beta   over the ``size`` channels from c − ⌊size / 2⌋ on

    along ``axis``; beyond the ends there is nothing. TensorFlow does not divide alpha by the size.

    >>> local_response(np.array([1.0, 2.0, 0.0]), 0, size=3, alpha=3.0, beta=1.0).round(3)
    array([0.167, 0.333, 0.   ])

    Raises ``EngineError`` for complex numbers and a size below 1.
    Source: Krizhevsky, Sutskever and Hinton, ImageNet classification, 2012, section 3.3;
    ``torch.nn.LocalResponseNorm``.
    """
    dtype = compute_dtype(x)
    if dtype.kind == "c":
        raise EngineError(
            f"local response normalisation is not defined for complex numbers; received {x.dtype}"
        )
    if size < 1:
        raise EngineError(f"size expects at least 1 channel; received {size}")
    y = np.empty(x.shape, dtype)
    seen, made = np.moveaxis(x, axis, -1), np.moveaxis(y, axis, -1)
    channels = seen.shape[-1]
    with np.errstate(all="ignore"):
        for block in blocks(seen.shape[:-1], max(BLOCK // max(channels, 1), 1)):
            wide = seen[block].astype(np.float64)
            squares, energy = np.square(wide), np.zeros_like(wide)
            for shift in range(-(size // 2), size - size // 2):
                first, last = max(0, -shift), min(channels, channels - shift)
                if first < last:
                    energy[..., first:last] += squares[..., first + shift : last + shift]
            energy *= alpha / size
            energy += k
            made[block] = wide / _power(energy, beta)
            if not np.isfinite(energy).all():
                made[block] = _large_response(wide, size, alpha, beta, k)
    return y


def _large_response(x: Array, size: int, alpha: float, beta: float, k: float) -> Array:
    """The same along the last axis for squares that no float holds, divided by a power of two first."""
    energy, factor = np.zeros_like(x), np.ones_like(x)
    channels = x.shape[-1]
    for c in range(channels if alpha else 0):
        seen = x[..., neighbours(c, channels, size)]
        factor[..., c] = np.maximum(_factor(np.abs(seen).max(axis=-1)), 1)
        energy[..., c] = np.square(seen / factor[..., c, None]).sum(axis=-1)
    divisor = (k / factor / factor + alpha / size * energy) ** beta
    return np.asarray(x / factor**beta / factor**beta / divisor)


def _power(x: Array, exponent: float) -> Array:
    """x to the power, of three quarters by roots, which are ten times as fast."""
    if exponent != 0.75:
        return np.asarray(x**exponent)
    root = np.sqrt(x)
    return np.asarray(root * np.sqrt(root))


def neighbours(channel: int, channels: int, size: int) -> slice:
    """The channels that local response normalisation looks at from one.

    >>> neighbours(0, 9, 5), neighbours(4, 9, 4)
    (slice(0, 3, None), slice(2, 6, None))
    """
    first = channel - size // 2
    return slice(max(first, 0), min(first + size, channels))
