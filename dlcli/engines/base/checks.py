"""What every engine checks before it computes, and how it says no."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
DType = np.dtype[Any]

#: One number for both spatial axes, or one for the rows and one for the columns.
Size = int | tuple[int, int]

MOST_AXES = 64  # NumPy's own bound
MOST_NUMBERS = 2**59 - 1  # of 16 bytes each, counted in a signed integer of 64 bits


class EngineError(ValueError):
    """An engine cannot compute this: the message says what it expected, what it received and what to try."""


def pair(name: str, value: Size, *, least: int = 1) -> tuple[int, int]:
    """The two whole numbers, for rows and for columns, that a size option stands for.

    >>> pair("stride", 2)
    (2, 2)
    >>> pair("stride", (1, 3))
    (1, 3)

    Raises ``EngineError`` when it is not one or two whole numbers, or when one is smaller than ``least``.
    """
    try:
        numbers = (value, value) if not isinstance(value, tuple | list) else tuple(value)
        rows, columns = (operator.index(number) for number in numbers)
    except (TypeError, ValueError):
        alone: list[object] = list(value) if isinstance(value, tuple | list) else []
        hint = max(least, alone[0]) if len(alone) == 1 and isinstance(alone[0], int) else least
        raise EngineError(
            f"{name} expects one whole number or two (rows, columns); received {value!r}; try {name}={hint}"
        ) from None
    if rows < least or columns < least:
        raise EngineError(f"{name} expects at least {least}; received {value!r}; try {name}={least}")
    return rows, columns


def possible(shape: Sequence[int]) -> tuple[int, ...]:
    """The shape itself, when there can be an array of it.

    >>> possible((2, 0, 3))
    (2, 0, 3)

    Raises ``EngineError`` for more axes than an array has, and for lengths whose product no index counts (a
    length of 0 beside them does not help).
    """
    if len(shape) > MOST_AXES:
        raise EngineError(f"an array has at most {MOST_AXES} axes; received {len(shape)}")
    if math.prod(length for length in shape if length) > MOST_NUMBERS:
        told = " × ".join(map(str, shape))
        raise EngineError(f"no array can be as large as {told} numbers; try smaller lengths")
    return tuple(shape)


def whole(name: str, value: int, *, unit: str = "") -> int:
    """The whole number that an option stands for; ``unit`` (``samples``) is what it counts.

    >>> whole("hop", 128)
    128

    Raises ``EngineError`` when it is none, or smaller than 1.
    """
    counted = f" of {unit}" if unit else ""
    try:
        number = operator.index(value)
    except TypeError:
        raise EngineError(f"{name} expects a whole number{counted}; received {value!r}") from None
    if number < 1:
        raise EngineError(f"{name} expects a whole number{counted}, at least 1; received {number}")
    return number


def share(name: str, value: float) -> float:
    """The number from 0 to 1 that an option such as ``gamma`` stands for.

    >>> share("gamma", 0.9)
    0.9

    Raises ``EngineError`` when it is none.
    """
    if not 0 <= value <= 1:
        raise EngineError(f"{name} expects a number from 0 to 1; received {value:g}")
    return value


def compute_dtype(x: Array, *weights: Array | None) -> DType:
    """The dtype an engine computes in, and the dtype of its result.

    The input decides the precision: floats keep theirs, short integers, booleans and half floats become
    float32, which holds each of their values exactly, and longer integers float64. Weights follow the
    input; complex weights only make the result complex.

    >>> compute_dtype(np.zeros(3, np.uint8)), compute_dtype(np.zeros(3, int))
    (dtype('float32'), dtype('float64'))
    >>> compute_dtype(np.zeros(3, np.float32), np.array([1j]))
    dtype('complex64')

    Raises ``EngineError`` for anything that is not a number.
    """
    for array in (x, *weights):
        if array is not None and array.dtype.kind not in "biufc":
            raise EngineError(f"an engine computes with numbers; received dtype {array.dtype}")
    kind, size = x.dtype.kind, x.dtype.itemsize
    if kind == "c":
        return np.dtype(np.complex64 if size <= 8 else np.complex128)
    double = size > 4 if kind == "f" else size > 2
    if any(array is not None and array.dtype.kind == "c" for array in weights):
        return np.dtype(np.complex128 if double else np.complex64)
    return np.dtype(np.float64 if double else np.float32)
