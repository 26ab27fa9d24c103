"""Tensors as JSON: one object on one line for each tensor, strict, and the same tensor when read back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import prod
from typing import Any, BinaryIO

import numpy as np

from dlcli.errors import BadTensor
from dlcli.tensor import DTYPES, Array, Tensor
from dlcli.wire.stream import Limits, Source
from dlcli.wire.strict_json import BadJson, brief, is_shape, loads
from dlcli.wire.tensors.meaning import attrs_from_json, axes_as_json, axes_from_json
from dlcli.wire.typed.literal import SPECIAL, array_as_json, is_array, written

#: The numbers that these strings stand for.
VALUES = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def write_json(tensor: Tensor, stream: BinaryIO) -> None:
    """Write one object on one line: name, dtype, shape, axes, attrs, and data as nested lists.

    Complex values are ``[re, im]``; NaN and the infinities are strings.
    """
    from dlcli.wire.atomic import write_all

    head: dict[str, Any] = {
        "name": tensor.name,
        "dtype": tensor.data.dtype.name,
        "shape": list(tensor.shape),
        "axes": axes_as_json(tensor),
        "attrs": dict(tensor.attrs),
    }
    write_all(stream, json.dumps(head)[:-1].encode() + b', "data": ')
    for text in _nested(tensor.data):
        write_all(stream, text.encode())
    write_all(stream, b"}\n")


def _nested(array: Array) -> Iterator[str]:
    """The nested lists of an array as text, piece by piece."""
    if array.dtype.kind == "c":
        real = array.real.dtype
        array = np.ascontiguousarray(array).reshape(*array.shape, 1).view(real)
    if array.size == 0:
        yield json.dumps(array.tolist())
        return
    steps = np.cumprod(array.shape[::-1]).tolist()  # a list ends after every so many numbers
    place = 0
    opening = "[" * array.ndim
    for piece in written(array):
        if array.dtype.kind == "b":
            piece = ["true" if word == "1" else "false" for word in piece]
        parts = []
        for word in piece:
            parts.append(f"{opening}{SPECIAL.get(word, word)}")
            place += 1
            ends = sum(place % step == 0 for step in steps) if steps and place % steps[0] == 0 else 0
            opening = f"{']' * ends}, {'[' * ends}"
        yield "".join(parts)
    yield "]" * array.ndim


def read_json(source: Source, *, limits: Limits) -> Iterator[Tensor]:
    """The tensors of a JSON text: an array, an object as ``write_json`` writes it, or one such a line.

    An array may also stand as NumPy, PyTorch or MATLAB print it: ``[[1. 0.] [0. 1.]]``, ``[1 2; 3 4]``.

    Raises ``BadData`` when it is not strict JSON or not a tensor.
    """
    line = source.read_line(limits.max_bytes)
    try:
        value = loads(line)
    except BadJson:
        line += source.read_rest(limits.max_bytes)
        value = _value(line, source)
    while True:
        yield _tensor(value, source)
        line = b"\n"
        while line and not line.strip():
            line = source.read_line(limits.max_bytes)
        if not line:
            return
        value = _value(line, source)


def _value(text: bytes, source: Source) -> Any:
    try:
        return loads(text)
    except BadJson as error:
        typed = text.decode(errors="replace")
        try:
            return loads(array_as_json(typed))
        except BadJson:
            advice = "; an array may be [1 2; 3 4] or [[1, 2], [3, 4]]" * is_array(typed)
            if advice and "..." in typed:
                advice = "; '...' stands for numbers that were not printed"
            source.bad(f"not valid JSON: {error}{advice}")
        except ValueError as told:
            source.bad(f"not valid JSON: {told}")


def _tensor(value: Any, source: Source) -> Tensor:
    told = value if isinstance(value, dict) else {"data": value}
    try:
        if "data" not in told:
            raise BadTensor('an object needs "data", a list of numbers or of lists')
        name = told.get("name", "matrix" if told is not value else "tensor")
        if not isinstance(name, str):
            raise BadTensor(f"name must be a string; received {brief(name)}")
        array = _array(told["data"], told.get("dtype"), told.get("shape"))
        return Tensor(array, axes_from_json(told.get("axes")), name, attrs_from_json(told.get("attrs")))
    except BadTensor as error:
        source.bad(f"not a tensor in JSON: {error}")


def _array(data: Any, dtype: Any, shape: Any) -> Array:
    if dtype is not None and dtype not in DTYPES:
        raise BadTensor(f"dtype must be one of {', '.join(DTYPES)}; received {brief(dtype)}")
    found = _shape(data)
    if shape is not None and prod(found) == 0 and is_shape(shape) and prod(shape) == 0:
        found = tuple(shape)  # nested lists cannot say what stands behind an empty axis
    elif dtype is not None and dtype.startswith("complex"):
        if found[-1:] != (2,):
            raise BadTensor("complex data must be pairs [re, im]")
        found = found[:-1]
    if shape is not None and shape != list(found):
        raise BadTensor(f"shape says {brief(shape)}; data has the shape {list(found)}")
    flat: list[Any] = []
    _flatten(data, _shape(data), flat)
    kinds = set(map(type, flat))
    if not kinds <= {int, float, bool, str}:
        raise BadTensor("data must be numbers in lists of lists of one length")
    if bool in kinds and len(kinds) > 1:
        raise BadTensor("data mixes true and false with numbers")
    infinite = flat.count("Infinity") + flat.count("-Infinity") if str in kinds else 0
    if str in kinds:
        flat = [_special(value) if isinstance(value, str) else value for value in flat]
    native = _native(dtype, flat)
    try:
        with np.errstate(over="ignore"):
            array = np.array(flat, native)
    except (OverflowError, ValueError):
        raise BadTensor(f"data holds a number that {dtype or 'no dtype'} cannot hold") from None
    if array.dtype.kind == "f" and np.isinf(array).sum() > infinite:
        raise BadTensor(f"data holds a number that {array.dtype} cannot hold")
    if array.dtype.kind == "O":
        raise BadTensor("data holds a whole number of more than 64 bits")
    if dtype is not None and dtype.startswith("complex"):
        array = array.view(dtype)
    return array.reshape(found)


def _native(dtype: str | None, flat: list[Any]) -> str | None:
    """The dtype of the numbers as they stand in the text."""
    if dtype is None:
        return None if flat else "float64"
    if dtype.startswith("complex"):
        return "float32" if dtype == "complex64" else "float64"
    if not dtype.startswith("float") and flat and any(type(value) is float for value in flat):
        raise BadTensor(f"dtype says {dtype}; data holds fractions")
    if (dtype == "bool") != (bool in set(map(type, flat))) and flat:
        raise BadTensor(
            f"dtype says {dtype}; data holds {'true and false' if dtype != 'bool' else 'numbers'}"
        )
    return dtype


def _shape(data: Any) -> tuple[int, ...]:
    """The shape that nested lists have along their first elements."""
    shape = []
    while isinstance(data, list):
        shape.append(len(data))
        if not data:
            break
        data = data[0]
    if len(shape) > 32:
        raise BadTensor(f"data has {len(shape)} dimensions; at most 32 are read")
    return tuple(shape)


def _flatten(data: Any, shape: tuple[int, ...], into: list[Any]) -> None:
    """Append the numbers of nested lists, which must all have this shape."""
    if not shape:
        into.append(data)
        return
    if not isinstance(data, list) or len(data) != shape[0]:
        raise BadTensor("data must be numbers in lists of lists of one length")
    if len(shape) == 1:
        into.extend(data)
        return
    for item in data:
        _flatten(item, shape[1:], into)


def _special(word: str) -> float:
    if word not in VALUES:
        raise BadTensor(
            f'data holds the string "{word[:40]}"; only "NaN", "Infinity" and "-Infinity" are numbers'
        )
    return VALUES[word]
