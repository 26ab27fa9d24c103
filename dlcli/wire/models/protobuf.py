"""The wire format of Protocol Buffers: messages as mappings, by a schema that says what stands in them.

A message is a row of fields, each behind a key (number × 8 + how it is written): 0 a whole number in groups
of 7 bits, 1 eight bytes, 2 a length and so many bytes, 5 four bytes. Nothing that arrives is trusted: lengths
end where the message around them does, messages lie in each other as deep as the schema goes, and there are
bounds on what a few bytes may become.

Source: Protocol Buffers, Encoding, https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlcli.tensor import Array

#: Fields of one file: each becomes an object of many times its bytes.
MOST_FIELDS = 1 << 20

#: Bytes of a number in groups of 7 bits.
LONGEST = 10

#: How a field is written: as a whole number, as eight bytes, with its length, as four bytes.
VARINT, EIGHT, LENGTH, FOUR = 0, 1, 2, 5

#: Kind of number -> how one of it is written, and what it becomes.
NUMBERS: dict[str, tuple[int, np.dtype[Any]]] = {
    "int": (VARINT, np.dtype("<i8")),
    "double": (EIGHT, np.dtype("<f8")),
    "float": (FOUR, np.dtype("<f4")),
}


class Malformed(ValueError):
    """Bytes that are no message of the schema."""


@dataclass(frozen=True)
class Field:
    """A field: its name, and its kind: ``int``, ``float``, ``double``, ``bytes``, ``text``, or a schema.

    Of a field of ``many`` the numbers become one array, anything else a list.
    """

    name: str
    kind: str | Mapping[int, Field]
    many: bool = False


#: Number of a field -> the field.
Schema = Mapping[int, Field]


def read_message(data: bytes | memoryview, schema: Schema) -> dict[str, Any]:
    r"""The fields of a message by name, as far as the schema knows them; what is not there is left out.

    >>> point = {1: Field("name", "text"), 2: Field("at", "int", many=True)}
    >>> read_message(b"\x0a\x01A\x12\x03\x07\xac\x02", point)
    {'name': 'A', 'at': array([  7, 300])}

    Raises ``Malformed``.
    """
    return _Reader().message(memoryview(data), schema)


def write_message(told: Mapping[str, Any], schema: Schema) -> list[bytes | memoryview]:
    r"""The pieces that a message consists of, one after the other, by its fields' names.

    >>> point = {1: Field("name", "text"), 2: Field("at", "int", many=True)}
    >>> b"".join(write_message({"name": "A", "at": [7, 300]}, point))
    b'\n\x01A\x12\x03\x07\xac\x02'
    """
    pieces: list[bytes | memoryview] = []
    for number, field in schema.items():
        if field.name not in told:
            continue
        value = told[field.name]
        if isinstance(field.kind, str) and field.kind in NUMBERS:
            if not field.many:
                pieces += [_varint(number << 3 | NUMBERS[field.kind][0]), _number(value, field.kind)]
            elif len(value):
                packed = b"".join(_number(one, field.kind) for one in value)
                pieces += [_varint(number << 3 | LENGTH), _varint(len(packed)), packed]
            continue
        for one in value if field.many else [value]:
            inner = _inner(one, field.kind)
            size = sum(len(piece) for piece in inner)
            pieces += [_varint(number << 3 | LENGTH), _varint(size), *inner]
    return pieces


def _inner(value: Any, kind: str | Schema) -> list[bytes | memoryview]:
    """What stands behind a length."""
    if not isinstance(kind, str):
        return write_message(value, kind)
    return [value.encode() if kind == "text" else value]


def _number(value: Any, kind: str) -> bytes:
    return _varint(int(value)) if kind == "int" else np.asarray(value, NUMBERS[kind][1]).tobytes()


def _varint(value: int) -> bytes:
    """A whole number in groups of 7 bits, the lowest first; below zero in two's complement of 64."""
    value &= (1 << 64) - 1
    groups = bytearray()
    while value > 127:
        groups.append(value & 127 | 128)
        value >>= 7
    groups.append(value)
    return bytes(groups)


class _Reader:
    """Reads one file; counts what has been read of it."""

    def __init__(self) -> None:
        self.fields = 0

    def message(self, data: memoryview, schema: Schema) -> dict[str, Any]:
        told: dict[str, Any] = {}
        place = 0
        while place < len(data):
            self.fields += 1
            if self.fields > MOST_FIELDS:
                raise Malformed(f"more than {MOST_FIELDS} fields")
            key, place = _read_varint(data, place)
            number, written = key >> 3, key & 7
            value: int | memoryview
            if written == VARINT:
                value, place = _read_varint(data, place)
            elif written in (EIGHT, LENGTH, FOUR):
                size = {EIGHT: 8, FOUR: 4}.get(written)
                if size is None:
                    size, place = _read_varint(data, place)
                if size > len(data) - place:
                    raise Malformed(f"a field of {size} bytes, {len(data) - place} are left")
                value, place = data[place : place + size], place + size
            else:
                raise Malformed(f"a field written in way {written}, which there is not")
            if number == 0:
                raise Malformed("a field of number 0")
            if number in schema:
                self._put(told, schema[number], written, value)
        for field in schema.values():
            if field.many and isinstance(field.kind, str) and field.kind in NUMBERS and field.name in told:
                told[field.name] = np.concatenate(told[field.name])
        return told

    def _put(self, told: dict[str, Any], field: Field, written: int, value: int | memoryview) -> None:
        """One field into what is known of its message."""
        if isinstance(field.kind, str) and field.kind in NUMBERS:
            made = _numbers(field, written, value)
            if field.many:
                told.setdefault(field.name, []).append(made)
            else:
                told[field.name] = made[0].item()
            return
        if not isinstance(value, memoryview) or written != LENGTH:
            raise Malformed(f"{field.name} written in way {written}")
        one: Any
        if not isinstance(field.kind, str):
            one = self.message(value, field.kind)
        elif field.kind == "text":
            try:
                one = str(value, "utf-8")
            except UnicodeDecodeError:
                raise Malformed(f"{field.name} is not text in UTF-8") from None
        else:
            one = value
        if field.many:
            told.setdefault(field.name, []).append(one)
        else:
            told[field.name] = one


def _numbers(field: Field, written: int, value: int | memoryview) -> Array:
    """The numbers of one field: one, or many that are packed."""
    own, dtype = NUMBERS[str(field.kind)]
    if isinstance(value, int):
        if own != VARINT:
            raise Malformed(f"{field.name} written in way {written}")
        return np.array([value], np.uint64).view(np.int64)
    if written == own:
        return np.frombuffer(value, dtype)
    if written != LENGTH or not field.many:
        raise Malformed(f"{field.name} written in way {written}")
    if own == VARINT:
        return _unpacked(value)
    if len(value) % dtype.itemsize:
        raise Malformed(f"{field.name} of {len(value)} bytes, which hold no whole number of {dtype.itemsize}")
    return np.frombuffer(value, dtype)


def _unpacked(data: memoryview) -> Array:
    """Whole numbers that follow each other in groups of 7 bits."""
    groups = np.frombuffer(data, np.uint8)
    last = groups < 128
    if len(groups) and not last[-1]:
        raise Malformed("a whole number is cut short")
    starts = np.flatnonzero(np.concatenate([[True], last[:-1]])) if len(groups) else np.empty(0, np.intp)
    lengths = np.diff(np.append(starts, len(groups)))
    if len(lengths) and lengths.max() > LONGEST:
        raise Malformed(f"a whole number of more than {LONGEST} bytes")
    places = np.arange(len(groups)) - np.repeat(starts, lengths)
    parts = (groups & 127).astype(np.uint64) << (7 * places).astype(np.uint64)
    return np.bitwise_or.reduceat(parts, starts).view(np.int64) if len(starts) else np.empty(0, np.int64)


def _read_varint(data: memoryview, place: int) -> tuple[int, int]:
    """A whole number, and where it ends."""
    value = 0
    for shift in range(LONGEST):
        if place >= len(data):
            raise Malformed("a whole number is cut short")
        group = data[place]
        place += 1
        value |= (group & 127) << 7 * shift
        if group < 128:
            return value & ((1 << 64) - 1), place
    raise Malformed(f"a whole number of more than {LONGEST} bytes")
