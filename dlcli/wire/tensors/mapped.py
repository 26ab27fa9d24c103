"""The arrays of a .safetensors file, mapped into memory: each is read only when it is used."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import numpy as np

from dlcli.errors import BadData, BadTensor, printable
from dlcli.tensor import Array
from dlcli.wire.tensors.header import DTYPES, MAX_HEADER, Entry, decode


class MappedArrays(Mapping[str, Array]):
    """The arrays of a file by their names, each made when it is asked for.

    Numbers stay in the file, which the system maps into memory and reads page by page as they are used;
    BF16, which NumPy does not have, becomes float32 then.
    """

    def __init__(self, name: str, entries: Mapping[str, Entry], data: Array) -> None:
        self.name, self._entries, self._data = name, entries, data

    def __getitem__(self, key: str) -> Array:
        entry = self._entries[key]
        raw = self._data[entry.begin : entry.end].view(DTYPES[entry.code])
        try:
            return entry.tensor(raw).data
        except BadTensor as error:
            raise BadData(f"{printable(self.name)}: {error}") from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def map_tensors(path: str) -> MappedArrays:
    """The arrays of a .safetensors file.

    Raises ``BadData`` when the file cannot be read, is cut short, or contradicts itself.
    """
    name = printable(path)
    try:
        size = os.path.getsize(path)
        with open(path, "rb") as file:
            first = file.read(8)
            length = int.from_bytes(first, "little")
            if len(first) == 8 and length > MAX_HEADER:
                raise BadData(f"{name}: its header claims {length} bytes; at most {MAX_HEADER} are read")
            told = file.read(length)
        if len(first) < 8 or len(told) < length:
            raise BadData(f"{name}: cut short: {size} bytes do not hold its header")
        data = (
            np.memmap(path, np.uint8, "r", offset=8 + length) if size > 8 + length else np.empty(0, np.uint8)
        )
    except OSError as error:
        raise BadData(f"cannot read {name}: {os.strerror(error.errno or 0)}") from error
    try:
        entries = decode(told)
    except BadTensor as error:
        raise BadData(f"{name}: no .safetensors file: {error}") from error
    end = entries[-1].end if entries else 0
    if data.size != end:
        what = "cut short" if data.size < end else "longer than its header says"
        raise BadData(f"{name}: {what}: {data.size} bytes of data, {end} announced")
    return MappedArrays(path, {entry.name: entry for entry in entries}, data.view(np.ndarray))
