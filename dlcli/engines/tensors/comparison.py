"""How far a tensor is from a reference: its differences, where they are too large, what explains them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.tensors.arithmetic import EXACT_DOUBLE, combine

#: Those of ``numpy.allclose``.
RTOL, ATOL = 1e-5, 1e-8

#: Parts of the largest number by which what is scaled or shifted may miss: the rounding of float32.
ROUNDING = 1e-6


@dataclass(frozen=True)
class Comparison:
    """A tensor beside a reference of the same shape.

    ``difference`` is the tensor minus the reference; 0 where both are the same infinity, or both NaN and
    ``equal_nan``. A cell is ``within`` where its size is at most ``atol + rtol · |reference|``.
    """

    reference: Array
    actual: Array
    difference: Array
    within: Array
    rtol: float
    atol: float
    equal_nan: bool

    @property
    def beyond(self) -> int:
        """How many cells are not within the tolerance."""
        return int(self.within.size - np.count_nonzero(self.within))

    @cached_property
    def both_nan(self) -> int:
        """How many cells are NaN in both."""
        return int(np.count_nonzero(np.isnan(self.reference) & np.isnan(self.actual)))

    @cached_property
    def sizes(self) -> Array:
        """The size of each difference; inf where one of both is NaN, or another infinity."""
        sizes = np.abs(self.difference).astype(np.float64, copy=False)
        return np.where(np.isnan(sizes), np.inf, sizes)

    @property
    def overflows(self) -> bool:
        """Whether the largest difference is that of two finite numbers, and more than its dtype holds."""
        return math.isinf(self.largest) and bool(self.finite[self.worst])

    @property
    def largest(self) -> float:
        """The largest size of a difference; 0 where there is no cell."""
        return float(self.sizes.max()) if self.sizes.size else 0.0

    @property
    def worst(self) -> tuple[int, ...]:
        """The first cell with the largest difference. Raises ``ValueError`` where there is no cell."""
        return tuple(map(int, np.unravel_index(int(self.sizes.argmax()), self.sizes.shape)))

    def allowed(self, cell: tuple[int, ...]) -> float:
        """How large the difference of a cell may be."""
        return self.atol + self.rtol * abs(self.reference[cell].item())

    @cached_property
    def needed(self) -> float:
        """The least ``atol`` with which all cells would be within, the same ``rtol`` given; inf for none."""
        if not self.sizes.size:
            return 0.0
        with np.errstate(invalid="ignore"):
            left = self.sizes - self.rtol * np.abs(self.reference).astype(np.float64)
        left = np.where(np.isinf(self.sizes), np.inf, np.where(self.sizes == 0, 0, left))
        return max(0.0, float(left.max()))

    @cached_property
    def finite(self) -> Array:
        """The cells whose numbers are finite in both: over these the means are taken."""
        return np.isfinite(self.reference) & np.isfinite(self.actual)

    @cached_property
    def rms(self) -> float:
        """The root of the mean of |difference|²; NaN where no cell is finite."""
        return _rms(self.difference[self.finite])

    @property
    def snr(self) -> float:
        """10 log10(Σ |reference|² / Σ |difference|²), in dB; inf where there is no difference."""
        a, b = self.reference[self.finite], self.actual[self.finite]
        if math.isinf(self.rms):  # two finite numbers are farther apart than float64 holds; their halves not
            return _decibels(_rms(a / 2), _rms(b / 2 - a / 2))
        return _decibels(_rms(a), self.rms)

    def psnr(self, data_range: float) -> float:
        """10 log10(data_range² / mean |difference|²), in dB; inf where there is no difference."""
        return _decibels(data_range, self.rms)


def compare(
    reference: Array, actual: Array, *, rtol: float = RTOL, atol: float = ATOL, equal_nan: bool = True
) -> Comparison:
    """``actual`` beside ``reference``, cell by cell.

    >>> found = compare(np.array([1.0, 2.0]), np.array([1.0, 2.5]))
    >>> found.beyond, found.largest, found.worst, round(found.snr, 2)
    (1, 0.5, (1,), 13.01)

    Raises ``EngineError`` when the shapes differ: nothing is broadcast.

    Source: ``numpy.allclose``, of which ``reference`` is the second argument.
    """
    if reference.shape != actual.shape:
        raise EngineError(f"shapes differ: {reference.shape} and {actual.shape}")
    with np.errstate(all="ignore"):
        difference = _difference(reference, actual)
        finite = np.isfinite(reference) & np.isfinite(actual)
        same = np.where(finite, difference == 0, reference == actual)
        if equal_nan:
            same = same | (np.isnan(reference) & np.isnan(actual))
        difference = np.where(same, np.zeros((), difference.dtype), difference)
        allowed = atol + rtol * np.abs(reference).astype(np.float64)
        within = np.where(finite, np.abs(difference) <= allowed, same)
    return Comparison(reference, actual, difference, within, rtol, atol, equal_nan)


@dataclass(frozen=True)
class Relation:
    """A change of the reference that explains all of a difference.

    ``kind`` is ``scaled``, ``offset``, ``reversed``, ``transposed``, ``turned`` or ``shifted``. ``value`` is
    the factor, what is added, or by how many places it is shifted along ``axis``; ``turned`` is reversed
    along the first two axes.
    """

    kind: str
    value: float = 0.0
    axis: int = 0


def relation(reference: Array, actual: Array) -> Relation | None:
    """A simple change of the reference that gives the other tensor, where there is one.

    >>> x = np.array([[1.0, 2.0], [4.0, 3.0]])
    >>> relation(x, 2 * x)
    Relation(kind='scaled', value=2.0, axis=0)
    >>> relation(x, x - 1).kind, relation(x, x[:, ::-1]).axis, relation(x, x.T).kind
    ('offset', 1, 'transposed')

    A shift by one place counts where all cells agree that are in both.
    """
    x, y = (array.astype(np.result_type(array, np.float64), copy=False) for array in (reference, actual))
    if x.size < 2 or not (np.isfinite(x).all() and np.isfinite(y).all()) or np.ptp(np.abs(x)) == 0:
        return None
    close = ROUNDING * max(float(np.abs(x).max()), float(np.abs(y).max()))

    def equal(one: Array, other: Array) -> bool:
        return (
            one.size > 1 and bool((np.abs(one - other) <= close).all()) and bool(np.ptp(np.abs(one)) > close)
        )

    if (np.abs(y - x) <= close).all():  # nothing but rounding
        return None
    power = np.vdot(x, x)
    factor = np.vdot(x, y) / power
    if abs(factor.imag) <= ROUNDING * abs(factor) and factor != 0 and equal(factor.real * x, y):
        return Relation("scaled", float(factor.real))
    offset = (y - x).mean()
    if abs(offset.imag) <= ROUNDING * abs(offset) and equal(x + offset.real, y):
        return Relation("offset", float(offset.real))
    for axis in range(x.ndim):
        if equal(np.flip(x, axis), y):
            return Relation("reversed", axis=axis)
    if x.ndim == 2 and x.shape[0] == x.shape[1] and equal(x.T, y):
        return Relation("transposed")
    if x.ndim > 1 and equal(np.flip(x, (0, 1)), y):
        return Relation("turned")
    for axis in range(x.ndim):
        ahead, behind = np.moveaxis(x, axis, 0), np.moveaxis(y, axis, 0)
        for by, (one, other) in ((1, (ahead[:-1], behind[1:])), (-1, (ahead[1:], behind[:-1]))):
            if len(ahead) > 2 and equal(one, other):
                return Relation("shifted", float(by), axis)
    return None


def _difference(reference: Array, actual: Array) -> Array:
    """The signed difference: of integers in int64 where it holds them, of others in float64.

    An integer that float64 does not hold is the sum of two that it does: so no difference is lost.
    """
    if reference.dtype.kind in "biu" and actual.dtype.kind in "biu":
        difference = combine("subtract", actual, reference)[0]
        if difference.dtype.kind == "i":
            return difference
    (b, rest_of_b), (a, rest_of_a) = _in_two(actual), _in_two(reference)
    return (b - a) + (rest_of_b - rest_of_a)


def _in_two(x: Array) -> tuple[Array, Array | float]:
    """An array in float64 (complex128), and what is left of integers beyond 2⁵³: their lowest 32 bits.

    >>> high, low = _in_two(np.array([2**62 + 1, 7]))
    >>> high.tolist() == [2.0**62, 7.0], low
    (True, array([1., 0.]))
    """
    wide = np.complex128 if x.dtype.kind == "c" else np.float64
    if x.dtype.kind not in "iu" or x.dtype.itemsize < 8:
        return x.astype(wide), 0.0
    held = (x <= EXACT_DOUBLE) & (x >= (-EXACT_DOUBLE if x.dtype.kind == "i" else 0))
    low = np.where(held, x.dtype.type(0), x & x.dtype.type(2**32 - 1))
    return (x - low).astype(wide), low.astype(wide)


def _rms(values: Array) -> float:
    """The root of the mean square, which is finite where the squares are not."""
    if not values.size:
        return math.nan
    sizes = np.abs(values).astype(np.float64)
    largest = float(sizes.max())
    if largest == 0 or not math.isfinite(largest):
        return largest
    return largest * math.sqrt(float(np.mean((sizes / largest) ** 2)))


def _decibels(above: float, below: float) -> float:
    """20 log10 of the ratio of two sizes."""
    if math.isnan(above) or math.isnan(below):
        return math.nan
    if below == 0:
        return math.inf
    return 20 * (math.log10(above) - math.log10(below)) if above else -math.inf
