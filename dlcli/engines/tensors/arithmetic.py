"""Arithmetic of two tensors, cell by cell or as a matrix product; no integer wraps round in silence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError, compute_dtype
from dlcli.engines.tensors.broadcast import origin

#: The largest number of int64, in which integers are computed.
LARGEST = 2**63 - 1

#: Up to here every whole number is one of float64: a product of floats is that of the integers, and faster.
EXACT_DOUBLE = 2**53

INTEGERS = "biu"


@dataclass(frozen=True)
class Operation:
    """What two numbers that meet become.

    ``bound`` takes the largest sizes of two arrays of integers and gives what no size of the result exceeds.
    """

    name: str
    sign: str
    compute: Callable[..., Array]
    bound: Callable[[int, int], int]


def _power_bound(x: int, exponent: int) -> int:
    return x if x < 2 else x**exponent if exponent < LARGEST.bit_length() else LARGEST + 1


OPERATIONS = {
    one.name: one
    for one in (
        Operation("add", "+", np.add, lambda x, y: x + y),
        Operation("subtract", "−", np.subtract, lambda x, y: x + y),
        Operation("multiply", "×", np.multiply, lambda x, y: x * y),
        Operation("divide", "/", np.true_divide, lambda x, y: x),
        Operation("power", "**", np.power, _power_bound),
        Operation("maximum", "max", np.maximum, max),
        Operation("minimum", "min", np.minimum, max),
    )
}

#: What picks one of two numbers, and so makes none that its dtype does not hold.
PICKING = ("maximum", "minimum")


@dataclass(frozen=True)
class Wrapped:
    """What would have wrapped round in the dtype that NumPy and PyTorch compute in.

    ``cell`` is the first of ``count`` cells, ``would`` the number that stood there.
    """

    dtype: DType
    count: int
    cell: tuple[int, ...]
    would: int


def combine(
    operation: str, x: Array, y: Array, *, typed: tuple[bool, bool] = (False, False)
) -> tuple[Array, Wrapped | None]:
    """``x`` and ``y`` cell by cell, and what would have wrapped round in NumPy.

    Integers stay integers, computed in int64, unless they are divided, have a negative exponent, or could
    exceed int64: then, and beside floats, the result has the wider precision of ``compute_dtype``. What is
    ``typed`` has none of its own: it takes that of the other one.

    >>> combine("add", np.array([200, 100], np.uint8), np.array(100))[0]
    array([300, 200])
    >>> combine("multiply", np.array([255], np.uint8), np.array(1 / 255), typed=(False, True))[0]
    array([1.], dtype=float32)
    >>> combine("divide", np.array([1, 0]), np.array(0))[0]
    array([inf, nan])

    Raises ``EngineError`` when the shapes do not broadcast, and for the larger of two complex numbers.
    """
    found = OPERATIONS[operation]
    if operation in PICKING and "c" in x.dtype.kind + y.dtype.kind:
        raise EngineError(f"complex numbers have no order, so there is no {operation} of them")
    dtype = _dtype(found, x, y, typed)
    try:
        with np.errstate(all="ignore"):
            data = found.compute(x.astype(dtype, copy=False), y.astype(dtype, copy=False))
    except ValueError:
        raise EngineError(f"shapes {x.shape} and {y.shape} do not broadcast") from None
    return data, _wrapped(data, x, y, typed)


def matmul(x: Array, y: Array, *, typed: tuple[bool, bool] = (False, False)) -> tuple[Array, Wrapped | None]:
    """z[..., i, j] = Σ x[..., i, k] y[..., k, j]; dtypes as ``combine`` has them.

    A vector is a row on the left and a column on the right, and axes before the last two broadcast.

    >>> matmul(np.array([1, 2]), np.array([[1, 0], [3, 1]]))[0]
    array([7, 2])

    Raises ``EngineError`` for a single number, and when the lengths of k differ.
    """
    if not (x.ndim and y.ndim):
        raise EngineError(
            f"a matrix product adds up along an axis, and a single number has none; received shapes "
            f"{x.shape} and {y.shape}"
        )
    if x.shape[-1] != y.shape[-2:][0]:
        raise EngineError(f"{x.shape[-1]} columns of {x.shape} meet {y.shape[-2:][0]} rows of {y.shape}")
    terms = x.shape[-1]
    found = Operation("matmul", "·", np.matmul, lambda a, b: terms * a * b)
    dtype = _dtype(found, x, y, typed)
    fast = dtype.kind in INTEGERS and found.bound(_size(x), _size(y)) <= EXACT_DOUBLE
    computing = np.dtype(np.float64) if fast else dtype
    try:
        with np.errstate(all="ignore"):
            data = np.matmul(x.astype(computing, copy=False), y.astype(computing, copy=False))
    except ValueError:
        raise EngineError(f"shapes {x.shape} and {y.shape} do not broadcast before their last axes") from None
    data = np.asarray(data).astype(dtype, copy=False)
    return data, _wrapped(data, x, y, typed)


def row_and_column(
    cell: Sequence[int], left: Sequence[int], right: Sequence[int]
) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """The cells of both factors whose products add up to a cell of a matrix product, in order.

    >>> row_and_column((1, 0), (2, 2), (2, 3))
    ([(1, 0), (1, 1)], [(0, 0), (1, 0)])
    """
    inner = left[-1]
    tail = (len(left) > 1) + (len(right) > 1)
    before = tuple(cell[: len(cell) - tail])
    mine = origin(before, left[:-2])
    theirs = origin(before, right[:-2])
    row = (cell[len(before)],) if len(left) > 1 else ()
    column = (cell[-1],) if len(right) > 1 else ()
    return [(*mine, *row, k) for k in range(inner)], [(*theirs, k, *column) for k in range(inner)]


def sum_along(x: Array, axis: int) -> Array:
    """The sum along an axis; integers are added in int64 (float64 where it could not hold the sum).

    >>> sum_along(np.array([[200, 100], [1, 2]], np.uint8), 1)
    array([300,   3])
    """
    found = Operation("sum", "+", np.add, lambda a, _: a * x.shape[axis])
    dtype = _dtype(found, x, x, (False, False)) if x.dtype.kind in INTEGERS else compute_dtype(x)
    with np.errstate(all="ignore"):
        return np.asarray(x.sum(axis=axis, dtype=dtype))


def beyond_integers(operation: str, x: Array, y: Array) -> bool:
    """Whether integers were computed in floats because int64 might not have held the result.

    >>> [beyond_integers("power", np.array([10]), np.array(exponent)) for exponent in (18, 19)]
    [False, True]
    """
    if not _integers(x, y) or _leaves_integers(operation, y):
        return False
    if operation == "matmul":
        return x.shape[-1] * _size(x) * _size(y) > LARGEST
    return OPERATIONS[operation].bound(_size(x), _size(y)) > LARGEST


def _dtype(found: Operation, x: Array, y: Array, typed: tuple[bool, bool]) -> DType:
    """The dtype that two arrays are computed in."""
    if _integers(x, y) and not _leaves_integers(found.name, y) and found.bound(_size(x), _size(y)) <= LARGEST:
        kept = _own_dtype(x, y, typed)
        fits = all(_fits(one, kept) for one in (x, y))
        return kept if found.name in PICKING and kept.kind in "iu" and fits else np.dtype(np.int64)
    own = [one for one, is_typed in zip((x, y), typed, strict=True) if not is_typed] or [x, y]
    dtype = np.result_type(*(compute_dtype(one) for one in own))
    return np.result_type(dtype, np.complex64) if "c" in x.dtype.kind + y.dtype.kind else dtype


def _integers(*arrays: Array) -> bool:
    return all(array.dtype.kind in INTEGERS for array in arrays)


def _leaves_integers(operation: str, y: Array) -> bool:
    return operation == "divide" or (operation == "power" and bool(y.size) and bool(y.min() < 0))


def _size(x: Array) -> int:
    """The largest size of an integer."""
    return max(abs(int(x.min())), abs(int(x.max()))) if x.size else 0


def _fits(x: Array, dtype: DType) -> bool:
    held = np.iinfo(dtype) if dtype.kind in "iu" else None
    return held is None or not x.size or bool(held.min <= int(x.min()) and int(x.max()) <= held.max)


def _own_dtype(x: Array, y: Array, typed: Sequence[bool]) -> DType:
    """The dtype of two arrays of integers, what is typed having none; of both where both are typed."""
    own = [one.dtype for one, is_typed in zip((x, y), typed, strict=True) if not is_typed]
    return np.result_type(*(own or [x.dtype, y.dtype]))


def _wrapped(data: Array, x: Array, y: Array, typed: tuple[bool, bool]) -> Wrapped | None:
    if not _integers(x, y) or data.dtype.kind not in "iu" or not data.size:
        return None
    # A number alone is one of Python's to NumPy and PyTorch; an array that is typed is int64 there, too.
    alone = [one.ndim == 0 and is_typed for one, is_typed in zip((x, y), typed, strict=True)]
    dtype = _own_dtype(x, y, alone)
    if dtype.kind not in "iu" or _fits(data, dtype):
        return None
    held = np.iinfo(dtype)
    outside = (data < held.min) | (data > held.max)
    cell = tuple(map(int, np.unravel_index(int(outside.argmax()), data.shape)))
    return Wrapped(dtype, int(np.count_nonzero(outside)), cell, int(data[cell].astype(dtype)))
