"""Sets in NumPy's files: .npz with x and y, or pairs of .npy; mapped into memory where not compressed."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from math import prod
from typing import Any, BinaryIO, cast
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np

from dlcli.errors import BadData, called, printable
from dlcli.tensor import Array
from dlcli.wire.datasets.array_files import array_names, sets_of_arrays
from dlcli.wire.datasets.dataset import DataSet, of_array
from dlcli.wire.datasets.labels import MANY, of_words, one_of_each, read_labels
from dlcli.wire.stream import Limits, Source
from dlcli.wire.tensors.frame import read_numbers
from dlcli.wire.tensors.npy import read_header
from dlcli.words.number import counted

#: The part of a zip member's local header behind which its name, its extra field and its bytes stand.
LOCAL = struct.Struct("<4s22xHH")

#: What zipfile, zlib and struct raise for a broken archive.
BROKEN = (BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError)

#: The array that says that inputs are sounds: samples a second.
RATE = "sample_rate"

Load = Callable[[str], Array]


def is_npz_set(path: str) -> bool:
    """Whether an archive holds inputs and as many labels, by the heads of its arrays."""
    try:
        with ZipFile(path) as archive:
            members = _members(archive)
            x, y = _first_pair(members)
            return bool(y) and _fits(*(_head_in(archive, members[name]) for name in (x, y)))
    except (BadData, *BROKEN):
        return False


def is_npy_set(path: str) -> bool:
    """Whether an .npy file holds pictures with as many labels beside it, or a folder such or rows of numbers.

    A file of rows may be meant as the array that it is.
    """
    least = 2 if os.path.isdir(path) else 3
    try:
        for files in sets_of_arrays(path):
            x, y = _first_pair(files)
            if y and _fits(*(_head_of(files[name]) for name in (x, y)), least=least):
                return True
        return False
    except (BadData, OSError):
        return False


def read_npz(path: str, word: str, *, limits: Limits, say: Callable[[str], None]) -> DataSet | None:
    """The set in an archive; None where none of its arrays is called x or x_train."""
    where = called(word)
    try:
        with ZipFile(path) as archive:
            members = _members(archive)
            packed = {name: info for name, info in members.items() if not _is_plain(info)}
            if not {"x", "x_train"} & set(members):
                return None
            size, whole = sum(info.file_size for info in packed.values()), os.path.getsize(path)
            source = Source(cast(BinaryIO, archive.fp), word)
            source.allow("the .npz archive", size, limits.max_bytes)
            source.allow_unpacked("the .npz archive", size, whole, limits)

            def load(name: str) -> Array:
                info = members[name]
                called = f"{where}, array {info.filename.removesuffix('.npy')!r}"
                if _is_plain(info):
                    return map_npy(path, called, offset=_offset(path, info), size=info.file_size)
                with archive.open(info) as file:
                    return _read(Source(cast(BinaryIO, file), called))

            return (_sounds if RATE in members else _set)(members, load, word, say)
    except BROKEN as error:
        raise BadData(f"{where}: the .npz archive is cut short or corrupt") from error


def _sounds(names: Mapping[str, Any], load: Load, word: str, say: Callable[[str], None]) -> DataSet:
    """Recordings: rows of samples, with the number of them that come a second as ``sample_rate``."""
    from dlcli.wire.datasets.sounds import sound_set, too_short, trimmed

    found, where, rate = _set(names, load, word, say), printable(word), load(RATE)
    if rate.size != 1 or rate.dtype.kind not in "iuf" or not 1 <= float(rate.reshape(-1)[0]) < 2**31:
        raise BadData(f"{where}: {RATE} is one number of samples a second; received {_times(rate.shape)}")
    if len(found.shape) != 1 or found.labels is None or not found.classes:
        raise BadData(
            f"{where} has a {RATE}: recordings are rows of samples, (n, time), with a class for each in y"
        )
    if short := too_short(found.shape[0], int(rate.reshape(-1)[0])):
        raise BadData(f"{where}: recordings are words; received rows of {short}")

    def words(part: DataSet) -> tuple[list[Array], Array]:
        rows = part.take(np.arange(len(part)))
        full = 1.0 if rows.dtype.kind == "f" else float(-np.iinfo(rows.dtype).min or 1)
        assert part.labels is not None
        return [trimmed(row) / np.float32(full) for row in rows], part.labels

    held = None if found.held_out is None else words(found.held_out)
    recordings, labels = words(found)
    return sound_set(word, recordings, int(rate.reshape(-1)[0]), labels, found.classes, held)


def read_npy(path: str, word: str, *, say: Callable[[str], None]) -> DataSet | None:
    """The set that an .npy file belongs to, or that a folder holds; None where there is none.

    Raises ``BadData`` for a folder with several.
    """
    sets = sets_of_arrays(path)
    if not sets:
        return None
    files, labelled = sets[0], [files for files in sets if {"y", "y_train"} & set(files)]
    if len(several := labelled or sets) > 1:
        inputs = [printable(next(iter(one.values()))) for one in several]
        raise BadData(
            f"{printable(word)} holds {len(several)} sets of .npy files; name the inputs of one: "
            f"{', '.join(inputs[:-1])} or {inputs[-1]}"
        )
    if not os.path.isdir(path):
        beside = [files[name] for name in files if not os.path.samefile(files[name], path)]
        if beside:
            others = " and ".join(map(printable, beside))
            say(f"{printable(word)}: read with {others}, by the names of the files")
    return _set(files, lambda name: map_npy(files[name], printable(files[name])), word, say)


def map_npy(path: str, where: str, *, offset: int = 0, size: int | None = None) -> Array:
    """The array of an .npy file that begins at an ``offset`` of a file, mapped into memory.

    Raises ``BadData`` for what is no array of numbers or words, or is cut short.
    """
    try:
        with open(path, "rb", buffering=0) as file:
            file.seek(offset)
            source = Source(cast(BinaryIO, file), where)
            shape, in_columns, dtype = _head(source)
            begin = file.tell()
            left = (os.path.getsize(path) if size is None else offset + size) - begin
    except OSError as error:
        raise BadData(f"cannot read {where}: {os.strerror(error.errno or 0)}") from error
    if left < (needed := prod(shape) * dtype.itemsize):
        raise BadData(f"{where}: the array is cut short: {left} of its {needed} bytes")
    if not needed:
        return np.empty(shape, dtype)
    ordered = shape[::-1] if in_columns else shape
    mapped = np.memmap(path, dtype, "r", begin, ordered).view(np.ndarray)
    return mapped.T if in_columns else mapped


def _read(source: Source) -> Array:
    shape, in_columns, dtype = _head(source)
    flat = read_numbers(source, dtype, prod(shape), "the array")
    return flat.reshape(shape[::-1]).T if in_columns else flat.reshape(shape)


def _head(source: Source) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    if source.peek(6) != b"\x93NUMPY":
        source.bad("not an .npy array")
    shape, in_columns, dtype = read_header(source)
    if dtype.kind not in "biufU":
        source.bad(f"this .npy array holds {dtype}; inputs are real numbers, labels numbers or words")
    return shape, in_columns, dtype


def _head_of(path: str) -> tuple[int, ...]:
    with open(path, "rb", buffering=0) as file:
        return _head(Source(cast(BinaryIO, file), path))[0]


def _head_in(archive: ZipFile, info: ZipInfo) -> tuple[int, ...]:
    with archive.open(info) as file:
        return _head(Source(cast(BinaryIO, file), info.filename))[0]


def _fits(x: tuple[int, ...], y: tuple[int, ...], *, least: int = 2) -> bool:
    return least <= len(x) <= 4 and len(y) in (1, 2) and x[0] == y[0]


def _members(archive: ZipFile) -> dict[str, ZipInfo]:
    return {
        info.filename.lower().removesuffix(".npy"): info
        for info in archive.infolist()
        if info.filename.endswith(".npy")
    }


def _is_plain(info: ZipInfo) -> bool:
    return info.compress_type == ZIP_STORED and not info.flag_bits & 1


def _offset(path: str, info: ZipInfo) -> int:
    """Where the bytes of a member begin: behind its local header, which has an extra field of its own."""
    with open(path, "rb") as file:
        file.seek(info.header_offset)
        mark, name, extra = LOCAL.unpack(file.read(LOCAL.size))
    if mark != b"PK\x03\x04":
        raise BadZipFile("no local header")
    return info.header_offset + LOCAL.size + int(name) + int(extra)


def _first_pair(names: Iterable[str]) -> tuple[str, str]:
    """The names of the inputs and of their labels, empty where there are none."""
    there = set(names)
    x, y = next((four[:2] for four in array_names(there)), ("", ""))
    return x, y if y in there else ""


def _set(names: Mapping[str, Any], load: Load, word: str, say: Callable[[str], None]) -> DataSet:
    """The set of arrays that have these names."""
    where = called(word)
    (x, y, x_test, y_test), *others = array_names(names)
    if others:
        say(f"{where} holds {' and '.join((x, *(four[0] for four in others)))}: {x} is read")
    main = _part(names, load, word, x, y, say)
    if x_test not in names:
        return main
    if y in names and y_test not in names:
        say(f"{where} has no {y_test} beside {x_test}: {x_test} is left out")
        return main
    test = _part(names, load, word, x_test, y_test, say)
    if test.shape != main.shape:
        raise BadData(
            f"{where}: {x_test} has inputs of {_times(test.shape)}, {x} of {_times(main.shape)}; "
            "both need the same shape"
        )
    if bool(main.classes) != bool(test.classes):
        raise BadData(f"{where}: {y} and {y_test} are not the same kind of labels")
    classes = max(main.classes, test.classes, key=len)
    if y in names and load(y).dtype.kind == "U":
        words, more = (list(map(str, load(one).reshape(-1).tolist())) for one in (y, y_test))
        if unknown := sorted(set(more) - set(words)):
            raise BadData(f"{where}: {y_test} has the class '{printable(unknown[0])}', which {y} has not")
        labels, _ = of_words(list(map(printable, more)), main.classes)
        test, classes = _with(test, labels, main.classes), main.classes
    return _with(main, main.labels, classes, _with(test, test.labels, classes))


def _with(
    data: DataSet, labels: Array | None, classes: tuple[str, ...], held_out: DataSet | None = None
) -> DataSet:
    from dataclasses import replace

    return replace(data, labels=labels, classes=classes, held_out=held_out)


def _part(
    names: Mapping[str, Any], load: Load, word: str, x: str, y: str, say: Callable[[str], None]
) -> DataSet:
    where = called(word)
    inputs = load(x)
    check_inputs(inputs, f"{where}, {x}")
    if y not in names:
        say(f"{where} has no {y} beside {x}: no labels for {counted(len(inputs), 'input')}")
        return of_array(word, inputs, None, ())
    told = load(y)
    if _of_steps(inputs, told):
        say(
            f"{where}, {y} is read as a class for each of {inputs.shape[1]} steps; values to be fitted are "
            "saved as floats"
        )
        classes = tuple(map(str, range(int(told.max()) + 1)))
        return of_array(word, inputs, told.astype(np.int64), classes)
    labels, classes = read_labels(told, len(inputs), f"{where}, {y}", say)
    return of_array(word, inputs, labels, classes)


def _of_steps(x: Array, y: Array) -> bool:
    """Whether whole numbers (n, time) are class numbers of the steps of sequences (n, time, feature).

    Or of (n, time) whole numbers, which are words.
    """
    if y.dtype.kind not in "iu" or y.shape != x.shape[:2] or x.ndim > 3 or not y.size:
        return False
    words = x.ndim == 3 or (x.dtype.kind in "iu" and x.max() > 1)
    return bool(words and y.min() >= 0 and 0 < y.max() < MANY and not one_of_each(y))


def check_inputs(x: Array, where: str) -> None:
    """Raise ``BadData`` for an array that is no set of pictures or rows of real numbers."""
    if x.ndim not in (2, 3, 4) or x.dtype.kind not in "biuf" or not x.size:
        raise BadData(
            f"{where} is {_times(x.shape)} of {x.dtype}; inputs are pictures (n, height, width) or "
            "(n, height, width, channel), or rows of numbers (n, feature)"
        )


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "a single number"
