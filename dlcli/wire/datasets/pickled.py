"""The pickles of CIFAR's Python files, read so that nothing in them can run.

A pickle is a program that may call any function by its name. This reader knows the three names with which
NumPy writes an array, and takes objects of its own for them, so that NumPy's are not called either; all other
names are refused, and what else a pickle can make is numbers, texts, bytes, lists and dictionaries.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from dlcli.errors import BadData, printable

#: The types of numbers of arrays that are read.
CODES = ("u1", "i1", "u2", "i2", "i4", "u4", "i8", "u8", "f4", "f8")


class _Type:
    """In the place of ``numpy.dtype``: the code of a plain number and the order of its bytes."""

    def __init__(self, code: object, *_: object) -> None:
        if isinstance(code, bytes):
            code = code.decode("latin1")
        if code not in CODES:
            raise pickle.UnpicklingError(f"an array of {code!r}")
        self.code = str(code)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1].decode("latin1") if isinstance(state[1], bytes) else state[1]
        if order in ("<", ">"):
            self.code = order + self.code


class _Array:
    """In the place of an array that is put together: its numbers come with its state."""

    value: np.ndarray[Any, np.dtype[Any]]

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, in_columns, raw = state
        if isinstance(raw, str):
            raw = raw.encode("latin1")
        self.value = _made(raw, dtype, shape, "F" if in_columns else "C")


class _Whole(_Array):
    """In the place of an array whose numbers come at once, as newer pickles have it."""

    def __init__(self, raw: object, dtype: object, shape: object, order: object = "C") -> None:
        self.value = _made(raw, dtype, shape, order)


def _made(raw: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray[Any, np.dtype[Any]]:
    whole = isinstance(shape, tuple) and all(type(length) is int and length >= 0 for length in shape)
    if not (isinstance(raw, (bytes, bytearray)) and isinstance(dtype, _Type) and whole):
        raise pickle.UnpicklingError("an array that contradicts itself")
    kind = np.dtype(dtype.code)
    if len(raw) != prod(shape) * kind.itemsize or len(shape) > 8:
        raise pickle.UnpicklingError("an array that contradicts itself")
    return np.frombuffer(raw, kind).reshape(shape, order="F" if order == "F" else "C")


class _Encode:
    """In the place of ``_codecs.encode``, with which old protocols write bytes."""

    def __call__(self, text: object, encoding: object = "latin1") -> bytes:
        if not isinstance(text, str) or encoding not in ("latin1", b"latin1"):
            raise pickle.UnpicklingError("bytes in another encoding")
        return text.encode("latin1")

    def __setstate__(self, state: object) -> None:
        raise pickle.UnpicklingError("a function that it changes")


#: Names that a pickle may call -> what is called in their place.
KNOWN: Mapping[tuple[str, str], Any] = {
    ("numpy", "dtype"): _Type,
    ("numpy", "ndarray"): _Array,
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _Array for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): _Whole for core in ("core", "_core")},
    ("_codecs", "encode"): _Encode(),
}


# The one in Python, not the one in C: that one takes memory for any place of its memo that is named.
class _Reader(pickle._Unpickler):
    """Refuses every name but those in ``KNOWN``."""

    def find_class(self, module: str, name: str, /) -> Any:
        if (module, name) not in KNOWN:
            raise pickle.UnpicklingError(f"the name {module}.{name}")
        return KNOWN[module, name]

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError("a reference to something outside")


def read_pickle(data: bytes, where: str) -> dict[str, Any]:
    """The dictionary of a pickle, its keys as text, its arrays as arrays.

    Raises ``BadData`` for anything that is not made of arrays, numbers, texts, bytes, lists and dictionaries.
    """
    try:
        found = _Reader(io.BytesIO(data), encoding="bytes").load()
    except pickle.UnpicklingError as error:
        raise BadData(
            f"{where}: a pickle with {printable(str(error))[:120]}, which no CIFAR file has: a pickle can "
            "run code, so nothing but arrays, numbers, texts, lists and dictionaries is read from one"
        ) from error
    except Exception as error:
        raise BadData(f"{where}: the pickle is cut short or corrupt") from error
    if not isinstance(found, dict):
        raise BadData(f"{where}: the pickle holds no dictionary, as CIFAR's files do")
    return {_text(key): _plain(value) for key, value in found.items()}


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, _Array):
        return getattr(value, "value", None)
    if isinstance(value, list):
        return [_text(one) if isinstance(one, (bytes, str)) else one for one in value]
    return value
