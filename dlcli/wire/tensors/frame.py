"""Tensors in a pipe, one frame after the other, and .safetensors files: the same bytes.

The numbers are neither copied nor converted: they go from the array into the pipe, and from the pipe into
an array of the right size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

import numpy as np

from dlcli.errors import BadTensor
from dlcli.tensor import Array, Tensor
from dlcli.wire.atomic import write_all
from dlcli.wire.stream import Limits, Source, widen
from dlcli.wire.tensors.header import DTYPES, MAX_HEADER, Entry, decode, encode_what_fits

#: Numbers that are brought into order at a time when an array does not lie in memory as it is written.
PIECE = 1 << 15


def write_frame(tensor: Tensor, stream: BinaryIO) -> str | None:
    """Write one tensor, under its name, to a stream; the stream may take less than it is offered.

    Returns a sentence on names of positions that found no room.
    """
    return write_tensors({tensor.name: tensor}, stream)


def write_tensors(tensors: Mapping[str, Tensor], stream: BinaryIO) -> str | None:
    """Write several tensors under their names as one .safetensors file or frame; returns as above."""
    for name in tensors:
        if name == "__metadata__":
            raise BadTensor("a tensor cannot be named '__metadata__' in a .safetensors file; rename it")
    widen(stream)
    first, note = encode_what_fits(tensors)
    write_all(stream, first)
    for tensor in tensors.values():
        write_array(tensor.data, stream)
    return note


def write_array(array: Array, stream: BinaryIO) -> None:
    """Write the numbers of an array in C order, little-endian, whatever its strides."""
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    if array.flags.c_contiguous:
        write_all(stream, array.reshape(-1).view(np.uint8))
        return
    pieces = np.nditer(array, ["external_loop", "buffered", "zerosize_ok"], order="C", buffersize=PIECE)
    for piece in pieces:
        write_all(stream, np.ascontiguousarray(piece).view(np.uint8))


def read_frame(source: Source, *, limits: Limits) -> Iterator[Tensor]:
    """The tensors of the frame (or .safetensors file) that comes next, each when it is asked for.

    Raises ``BadData`` for a frame that is cut short, contradicts itself or exceeds the limits; no memory is
    taken for numbers that the header cannot justify.
    """
    widen(source.raw)
    first = source.read(8)
    if len(first) < 8:
        source.bad(f"the frame is cut short: {len(first)} of the 8 bytes that give its header's length")
    length = int.from_bytes(first, "little")
    if length > MAX_HEADER:
        source.bad(f"the frame's header claims {length} bytes; at most {MAX_HEADER} are read")
    told = source.read(length)
    if len(told) < length:
        source.bad(f"the frame is cut short: {len(told)} of the {length} bytes of its header")
    try:
        entries = decode(told)
    except BadTensor as error:
        source.bad(f"not a tensor frame: {error}")
    if not entries:
        source.bad("the frame holds no tensor")
    for entry in entries:
        try:
            tensor = entry.tensor(_numbers(entry, source, limits))
        except BadTensor as error:
            source.bad(f"not a tensor frame: {error}")
        yield tensor
        del tensor


def _numbers(entry: Entry, source: Source, limits: Limits) -> Array:
    size = entry.end - entry.begin
    source.allow(f"tensor {entry.name!r}", size, limits.max_bytes)
    dtype = DTYPES[entry.code]
    return read_numbers(source, dtype, size // dtype.itemsize, f"tensor {entry.name!r}")


def read_numbers(source: Source, dtype: np.dtype[np.generic], count: int, what: str) -> Array:
    """The next numbers of a stream, read straight into the array that holds them."""
    size = count * dtype.itemsize
    left = source.size()
    if left is not None and left < size:
        source.bad(f"{what} is cut short: {left} of its {size} bytes")
    try:
        array = np.empty(count, dtype)
    except (MemoryError, ValueError):
        source.bad(f"{what} takes {size} bytes, more than this machine's memory")
    filled = source.read_into(array.view(np.uint8).data)
    if filled < size:
        source.bad(f"{what} is cut short: {filled} of its {size} bytes")
    return array
