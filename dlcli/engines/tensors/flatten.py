"""Flattening: every cell of a tensor gets one number in a row, and what was near may be far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError

BLOCK = 1 << 20  # numbers subtracted from their neighbours at a time: they stay in the cache


@dataclass(frozen=True)
class Division:
    """One step from a flat index back to a place: ``dividend = quotient · length + remainder``.

    The remainder is the place on ``axis``; the quotient is what the axes before it share out.
    """

    axis: int
    length: int
    dividend: int
    quotient: int
    remainder: int


@dataclass(frozen=True)
class Shuffle:
    """A tensor and the same pixels in another order, with how much neighbours differ in each.

    ``before`` and ``after`` are the mean absolute differences of neighbours; nan where nothing has a
    neighbour.
    """

    picture: Array
    before: float
    after: float


def flatten(x: Array) -> Array:
    """All numbers of a tensor in one row, the last axis fastest: (size,).

    ``y[flat_index(place, x.shape)]`` is ``x[place]``. Nothing is copied where the numbers lie in that order
    already.

    >>> flatten(np.array([[1, 2, 3], [4, 5, 6]]))
    array([1, 2, 3, 4, 5, 6])

    Source: Keras' ``Flatten`` for one example, ``torch.flatten``; NumPy's order "C".
    """
    return x.reshape(-1)


def strides(shape: Sequence[int]) -> tuple[int, ...]:
    """How far neighbours along each axis lie apart in the flat vector, in numbers.

    >>> strides((300, 451, 3))
    (1353, 3, 1)
    """
    far = [1]
    for length in reversed(shape[1:]):
        far.append(far[-1] * length)
    return tuple(reversed(far)) if shape else ()


def flat_index(place: Sequence[int], shape: Sequence[int]) -> int:
    """The index of a cell in the flat vector: ``(i · width + j) · channels + k``, and so on for more axes.

    Raises ``EngineError`` when the tensor has no such cell.

    >>> flat_index((1, 0, 2), (2, 3, 4))
    14
    """
    if len(place) != len(shape) or not all(0 <= i < n for i, n in zip(place, shape, strict=True)):
        raise EngineError(f"a tensor of shape {tuple(shape)} has no cell {tuple(place)}")
    index = 0
    for i, length in zip(place, shape, strict=True):
        index = index * length + i
    return index


def place_of(index: int, shape: Sequence[int]) -> tuple[int, ...]:
    """The cell that a flat index came from: ``flat_index`` backwards.

    >>> place_of(14, (2, 3, 4))
    (1, 0, 2)
    """
    return tuple(division.remainder for division in reversed(divisions(index, shape)))


def divisions(index: int, shape: Sequence[int]) -> tuple[Division, ...]:
    """The chain of divisions with remainder that ``place_of`` makes, the last axis first.

    Raises ``EngineError`` when the vector has no such index.

    >>> [(d.dividend, d.quotient, d.remainder) for d in divisions(14, (2, 3, 4))]
    [(14, 3, 2), (3, 1, 0), (1, 0, 1)]
    """
    size = int(np.prod(shape, dtype=object))
    if not 0 <= index < size:
        raise EngineError(f"a tensor of shape {tuple(shape)} has {size} numbers and no index {index}")
    chain = []
    for axis in reversed(range(len(shape))):
        quotient, remainder = divmod(index, shape[axis])
        chain.append(Division(axis, shape[axis], index, quotient, remainder))
        index = quotient
    return tuple(chain)


def shuffle(x: Array, generator: np.random.Generator, *, depth: int = 0) -> Shuffle:
    """The cells of a tensor in a random order; the last ``depth`` axes (the channels) stay together.

    >>> found = shuffle(np.arange(12).reshape(3, 4), np.random.default_rng(0))
    >>> sorted(found.picture.ravel().tolist()) == list(range(12)), found.before < found.after
    (True, True)

    Raises ``EngineError`` when no axis is left to shuffle.

    Source: Zhang, Bengio, Hardt, Recht and Vinyals, Understanding deep learning requires rethinking
    generalization, 2017, where the "shuffled pixels" of every picture are one permutation, as here.
    """
    free = x.ndim - depth
    if free < 1:
        raise EngineError(f"shuffle needs an axis beside the {depth} that stay together; received {x.shape}")
    cells = x.reshape(-1, *x.shape[free:])
    picture = cells[generator.permutation(len(cells))].reshape(x.shape)
    axes = range(free)
    return Shuffle(picture, neighbour_difference(x, axes), neighbour_difference(picture, axes))


def neighbour_difference(x: Array, axes: Sequence[int]) -> float:
    """The mean of ``|x[i + 1] − x[i]|`` over all neighbours along these axes; nan when there are none.

    Computed in float64 (complex numbers: the size of the difference).

    >>> neighbour_difference(np.array([[0, 1, 3], [0, 1, 3]], np.uint8), (1,))
    1.5
    """
    total, count = 0.0, 0
    for axis in axes:
        rows = np.moveaxis(x, axis, 0)
        step = max(1, BLOCK // max(1, rows[:1].size))
        for start in range(0, len(rows) - 1, step):
            block = rows[start : start + step + 1].astype(np.result_type(x.dtype, np.float64))
            with np.errstate(invalid="ignore", over="ignore"):
                total += float(np.abs(block[1:] - block[:-1]).sum())
        count += max(0, len(rows) - 1) * rows[:1].size
    return total / count if count else float("nan")
