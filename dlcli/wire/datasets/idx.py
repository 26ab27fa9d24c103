"""The IDX files of MNIST, Fashion-MNIST and EMNIST, plain or packed by gzip.

Format: https://yann.lecun.com/exdb/mnist/ : two zeros, the type of the numbers, how many axes, the length of
each (four bytes, the highest first), and the numbers.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from typing import Any, BinaryIO, cast

import numpy as np

from dlcli.errors import BadData, printable
from dlcli.tensor import Array
from dlcli.wire.datasets.dataset import DataSet, of_array
from dlcli.wire.datasets.labels import read_labels
from dlcli.wire.datasets.words import IDX_FILE
from dlcli.wire.stream import Limits, Source

#: The third byte of a file -> the type of its numbers.
TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}

#: What held-out parts are called in the place of train.
TESTS = ("t10k", "test")

#: The classes of Fashion-MNIST, whose files have the names of MNIST's.
FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
           "Ankle boot")  # fmt: skip


def read_idx(path: str, word: str, *, limits: Limits, say: Callable[[str], None]) -> DataSet:
    """The pictures of an IDX file, or of a folder of such, with the labels in the file that belongs to it.

    That is found by its name (``train-images-idx3-ubyte`` and ``train-labels-idx1-ubyte``), as are the
    held-out ones (``t10k-images-idx3-ubyte``). Raises ``BadData``.
    """
    folder, name = (path, "") if os.path.isdir(path) else os.path.split(path)
    files = _files(folder)
    if not name:
        images = sorted((key for key in files if "images" in key), key=lambda key: ("train" not in key, key))
        key = images[0]
    else:
        key = _key(name)
        files[key] = path
        if "labels" in key and (found := _partner(key, "labels", "images")) in files:
            key = found
        elif len(_shape_of(path)) == 1:
            raise BadData(
                f"{printable(word)} holds labels; their pictures are looked for in "
                f"{printable(_partner(key, 'labels', 'images'))} beside it, which is not there"
            )
    main = _part(files, key, word, limits, say)
    for test in TESTS if "train" in key else ():
        other = key.replace("train", test)
        if other in files:
            held = _part(files, other, word, limits, say)
            if held.shape != main.shape:
                raise BadData(f"{printable(word)}: {other} has pictures of another size than {key}")
            classes = max(main.classes, held.classes, key=len)
            return replace(main, classes=classes, held_out=replace(held, classes=classes))
    return main


def _files(folder: str) -> dict[str, str]:
    """The IDX files of a folder by their names without what varies; one that is not packed comes first."""
    names = [name for name in os.listdir(folder or ".") if IDX_FILE.fullmatch(name)]
    names = [name for name in names if os.path.isfile(os.path.join(folder, name))]
    return {_key(name): os.path.join(folder, name) for name in sorted(names, key=len, reverse=True)}


def _key(name: str) -> str:
    return name.lower().removesuffix(".gz").replace(".idx", "-idx")


def _partner(key: str, this: str, that: str) -> str:
    here, there = ("idx3", "idx1") if this == "images" else ("idx1", "idx3")
    return key.replace(this, that).replace(here, there)


def _part(
    files: Mapping[str, str], key: str, word: str, limits: Limits, say: Callable[[str], None]
) -> DataSet:
    path = files[key]
    pictures = _array(path, limits)
    where = printable(path)
    if pictures.ndim not in (3, 4) or not pictures.size:
        shape = " x ".join(map(str, pictures.shape))
        raise BadData(f"{where} holds {shape} numbers; pictures are (n, height, width)")
    beside = _partner(key, "images", "labels")
    if beside == key or beside not in files:
        expected = f", which are looked for in {printable(beside)} beside it" if beside != key else ""
        say(f"{where} has no labels{expected}: its {len(pictures)} pictures are read without")
        return of_array(word, pictures, None, ())
    fashion = "fashion" in os.path.abspath(path).lower()
    labels, classes = read_labels(
        _array(files[beside], limits), len(pictures), printable(files[beside]), say,
        FASHION if fashion else None,
    )  # fmt: skip
    return of_array(word, pictures, labels, classes)


def _shape_of(path: str) -> tuple[int, ...]:
    return _head(path, _is_packed(path))[1]


def _is_packed(path: str) -> bool:
    with open(path, "rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _head(path: str, packed: bool) -> tuple[np.dtype[Any], tuple[int, ...]]:
    try:
        with gzip.open(path) if packed else open(path, "rb") as file:
            start = file.read(4)
            if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in TYPES:
                raise BadData(f"{printable(path)}: no IDX file: it begins with {start.hex(' ')}")
            lengths = file.read(4 * start[3])
    except (OSError, EOFError, zlib.error) as error:
        raise BadData(f"{printable(path)}: the IDX file is cut short or corrupt") from error
    if len(lengths) < 4 * start[3]:
        raise BadData(f"{printable(path)}: the IDX file is cut short or corrupt")
    return np.dtype(TYPES[start[2]]), tuple(np.frombuffer(lengths, ">u4").tolist())


def _array(path: str, limits: Limits) -> Array:
    packed = _is_packed(path)
    dtype, shape = _head(path, packed)
    begin, size = 4 + 4 * len(shape), prod(shape) * dtype.itemsize
    there = os.path.getsize(path)
    if not packed:
        if there != begin + size:
            what = "cut short" if there < begin + size else "longer than its head says"
            raise BadData(f"{printable(path)}: {what}: {there} bytes, {begin + size} announced")
        return np.memmap(path, dtype, "r", begin, shape).view(np.ndarray) if size else np.empty(shape, dtype)
    with open(path, "rb") as raw:
        source = Source(cast(BinaryIO, raw), path)
        source.allow("the array", size, limits.max_bytes)
        source.allow_unpacked("the file", size, there, limits)
        try:
            data = gzip.GzipFile(fileobj=raw).read(begin + size)
        except (OSError, EOFError, zlib.error) as error:
            raise BadData(f"{printable(path)}: the IDX file is cut short or corrupt") from error
    if len(data) < begin + size:
        raise BadData(f"{printable(path)}: cut short: {len(data)} bytes, {begin + size} announced")
    return np.frombuffer(data, dtype, offset=begin).reshape(shape)
