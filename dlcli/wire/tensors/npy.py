"""NumPy's .npy arrays and .npz archives, from files and pipes alike, and never a pickle.

Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from math import prod
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.lib import format as npy

from dlcli.errors import BadTensor
from dlcli.tensor import DTYPES, Array, Tensor
from dlcli.wire.atomic import write_all
from dlcli.wire.foreign import foreign
from dlcli.wire.stream import Limits, Source
from dlcli.wire.strict_json import BadJson, loads
from dlcli.wire.tensors.frame import read_numbers, write_array
from dlcli.wire.tensors.meaning import attrs_from_json, axes_as_json, axes_from_json

#: Where an .npz archive says what its arrays mean: under this key of its comment, which who reads the arrays
#: does not meet; or in a member of this name, where there is too much for a comment.
MEANING = "dlcli.json"
_COMMENT = b'{"dlcli.json": '
MOST_COMMENT = 65535

#: A longer header of an .npy file is refused.
MAX_HEADER = 1 << 20

#: The three things that the header of an .npy file says, as a Python dictionary; no program text is run.
_DTYPE = re.compile(r"""['"]descr['"]\s*:\s*(?:(['"])([<>|=]?[?a-zA-Z]\d*(?:\[\w+\])?)\1|(\[))""")
_ORDER = re.compile(r"""['"]fortran_order['"]\s*:\s*(True|False)""")
_SHAPE = re.compile(r"""['"]shape['"]\s*:\s*\(([\d\s,]*)\)""")


def read_npy(source: Source, *, limits: Limits) -> Tensor:
    """The one array that comes next, in .npy format. Raises ``BadData``."""
    try:
        return Tensor(_array(source, limits), name="array")
    except BadTensor as error:
        source.bad(f"not a usable .npy array: {error}")


def _array(source: Source, limits: Limits) -> Array:
    shape, in_columns, dtype = read_header(source)
    if dtype.newbyteorder("=").name not in DTYPES:
        source.bad(
            f"this .npy array holds {'records' if dtype.names else dtype}; a tensor holds numbers or booleans"
        )
    size = prod(shape) * dtype.itemsize
    source.allow("the array", size, limits.max_bytes)
    flat = read_numbers(source, dtype, prod(shape), "the array")
    if dtype == np.bool_ and flat.size and flat.view(np.uint8).max() > 1:
        source.bad("this .npy array holds booleans other than 0 and 1")
    return flat.reshape(shape[::-1]).T if in_columns else flat.reshape(shape)


def read_header(source: Source) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """What the header that comes next says: shape, whether the columns come first, and dtype.

    Raises ``BadData`` for what is no header, and for the numbers of a pickle.
    """
    start = source.read(8)
    version = (start[6], start[7]) if len(start) == 8 else None
    if version not in ((1, 0), (2, 0)):
        source.bad("the .npy array is cut short or of an unknown version")
    width = 2 if version == (1, 0) else 4
    length = int.from_bytes(source.read(width), "little")
    if length > MAX_HEADER:
        source.bad(f"the .npy header claims {length} bytes; at most {MAX_HEADER} are read")
    header = source.read(length)
    try:
        shape, in_columns, dtype = _parse(header.decode("latin1"))
    except (ValueError, TypeError):
        source.bad("the .npy header is cut short or not valid")
    if dtype.hasobject:
        source.bad("this .npy array holds a pickle, which can run code: dlcli never loads one")
    return shape, in_columns, dtype


def _parse(header: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether the columns come first, and dtype. Raises ``ValueError`` or ``TypeError``."""
    dtype, order, shape = (pattern.search(header) for pattern in (_DTYPE, _ORDER, _SHAPE))
    if dtype is None or order is None or shape is None:
        raise ValueError("a part of the header is missing")
    lengths = tuple(int(length) for length in shape[1].split(",") if length.strip())
    if len(lengths) > 32:
        raise ValueError("too many dimensions")
    return lengths, order[1] == "True", np.dtype([("", "V1")] if dtype[3] else dtype[2])


def write_npy(tensor: Tensor, stream: BinaryIO) -> None:
    """Write the numbers of a tensor; its axes and attributes have no place in this format."""
    data = tensor.data
    in_columns = data.flags.f_contiguous and not data.flags.c_contiguous
    header = BytesIO()
    told = {"descr": npy.dtype_to_descr(data.dtype), "fortran_order": in_columns, "shape": data.shape}
    npy.write_array_header_1_0(header, told)
    write_all(stream, header.getvalue())
    write_array(data.T if in_columns else data, stream)


def read_npz(source: Source, *, limits: Limits) -> Iterator[Tensor]:
    """The arrays of an .npz archive in its order, each under its name, when it is asked for."""
    from zipfile import ZipFile

    with _refusing(source):
        packed_file = source.seekable(limits.max_bytes)
        archive = ZipFile(packed_file)
        notes = _notes(archive, source, limits)
        arrays = [info for info in archive.infolist() if info.filename.endswith(".npy")]
        members = [info.filename for info in arrays]
    if not members:
        source.bad(foreign(source, archive.namelist()) or "the .npz archive holds no array")
    size, packed = sum(info.file_size for info in arrays), packed_file.seek(0, os.SEEK_END)
    source.allow_unpacked("the .npz archive", size, packed, limits)
    for member in members:
        name = member.removesuffix(".npy")
        with _refusing(source), archive.open(member) as file:
            inner = Source(cast(BinaryIO, file), f"{source.name}, array {name!r}")
            if inner.peek(6) != npy.MAGIC_PREFIX:
                inner.bad("not an .npy array")
            array = _array(inner, limits)
            if not inner.at_end():
                inner.bad("bytes are left over behind the array")
        told = notes.get(name, {})
        try:
            if not isinstance(told, dict):
                raise BadTensor("its note on axes is no object")
            axes, attrs = axes_from_json(told.get("axes")), attrs_from_json(told.get("attrs"))
            tensor = Tensor(array, axes, name or "array", attrs)
        except BadTensor as error:
            source.bad(f"not a usable .npz archive: {error}")
        del array
        yield tensor
        del tensor


def _notes(archive: Any, source: Source, limits: Limits) -> Mapping[str, Any]:
    """Axes and attributes of each array of an archive, as dlcli noted them."""
    if MEANING in archive.namelist():
        source.allow(MEANING, archive.getinfo(MEANING).file_size, limits.max_bytes)
        with archive.open(MEANING) as file:
            text = file.read()
    elif archive.comment.startswith(_COMMENT):
        text = archive.comment.removeprefix(_COMMENT).removesuffix(b"}")
    else:
        return {}
    try:
        notes = loads(text)
    except BadJson as error:
        source.bad(f"its {MEANING} is not valid: {error}")
    if not isinstance(notes, dict):
        source.bad(f"its {MEANING} is not valid: it is no object")
    return notes


@contextmanager
def _refusing(source: Source) -> Iterator[None]:
    """Turn whatever zipfile and zlib raise for a broken archive into ``BadData``."""
    import zlib
    from zipfile import BadZipFile

    try:
        yield
    except BadTensor:
        raise
    except (BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
        source.bad("the .npz archive is cut short or corrupt")


def write_npz(tensors: Mapping[str, Tensor], stream: BinaryIO) -> None:
    """Write arrays under their names, and in the comment what their axes mean; ``numpy.load`` reads it.

    Other programs find arrays alone. Where there is more to say than a comment takes, it is a member.
    """
    from zipfile import ZIP_STORED, ZipFile

    notes = {name: {"axes": axes_as_json(t), "attrs": dict(t.attrs)} for name, t in tensors.items()}
    with ZipFile(stream, "w", ZIP_STORED) as archive:
        for name, tensor in tensors.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                write_npy(tensor, cast(BinaryIO, member))
        text = json.dumps(notes)
        comment = _COMMENT + text.encode() + b"}"
        if len(comment) <= MOST_COMMENT:
            archive.comment = comment
        else:
            archive.writestr(MEANING, text)
