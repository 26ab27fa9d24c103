"""CIFAR-10 and CIFAR-100, the binary files and the Python files, in a folder or packed as they are fetched.

Format: https://www.cs.toronto.edu/~kriz/cifar.html : a picture is 3072 bytes, 32 rows of 32 for red, then
for green and for blue. In the binary files its label stands before it, of CIFAR-100 two: coarse, then fine.
"""

from __future__ import annotations

import os
import re
import tarfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import BinaryIO, cast

import numpy as np

from dlcli.errors import BadData, called, printable
from dlcli.tensor import Array
from dlcli.wire.datasets.dataset import DataSet
from dlcli.wire.datasets.words import HUNDRED, is_cifar_batch
from dlcli.wire.stream import Limits, Source

SIDE = 32
PIXELS = 3 * SIDE * SIDE

#: Files beside the batches that name the classes, with the key of their names where they are pickles.
META = {"batches.meta": "label_names", "meta": "fine_label_names"}
META_TEXT = ("batches.meta.txt", "fine_label_names.txt")

#: The bytes of a file of some name, mapped or unpacked when they are asked for.
Files = Mapping[str, Callable[[], Array]]


@dataclass(frozen=True)
class Batch:
    """The pictures of a file (n, 3072), their labels (n,), and how many classes such files have."""

    name: str
    pixels: Array
    labels: Array
    classes: int


def read_cifar(path: str, word: str, *, limits: Limits) -> DataSet:
    """The pictures of a file or of all data batches of a folder; the test batch beside them is held out.

    Raises ``BadData`` for files that are cut short, hold what no CIFAR file holds, or labels out of range.
    """
    where = called(word)
    if os.path.isdir(path):
        files, chosen = _in_folder(path), None
    elif path.lower().endswith((".tar.gz", ".tgz")):
        files, chosen = _in_archive(path, where, limits), None
    else:
        folder, chosen = os.path.split(path)
        files = {**_in_folder(folder), chosen: partial(_mapped, path)}
    batches = [name for name in files if is_cifar_batch(name) or _is_hundred(name, files)]
    binary = any(name.endswith(".bin") for name in batches)
    same = [name for name in batches if name.endswith(".bin") == binary]
    train = sorted((name for name in same if not name.startswith("test")), key=_number)
    tests = [name for name in same if name.startswith("test")]
    if chosen is not None:
        tests = [name for name in tests if name.endswith(".bin") == chosen.endswith(".bin")]
        tests = [] if chosen.startswith("test") else tests
        train = [chosen]
    elif not train:
        train, tests = tests, []
    if not train:
        raise BadData(f"{where}: no batch of CIFAR in it: data_batch_1.bin, train.bin, data_batch_1 or train")
    names = _class_names(files, where, limits)
    main = _set(word, [_batch(name, files[name], where, limits) for name in train], names, where)
    if not tests:
        return main
    test = _set(word, [_batch(tests[0], files[tests[0]], where, limits)], main.classes, where)
    return replace(main, held_out=test)


def _is_hundred(name: str, files: Files) -> bool:
    """Whether a file is one of CIFAR-100's Python form: a pickle called train or test."""
    return name in HUNDRED and bytes(files[name]()[:1]) == b"\x80"


def _number(name: str) -> tuple[int, str]:
    found = re.search(r"\d+", name)
    return (int(found[0]) if found else 0), name


def _in_folder(folder: str) -> dict[str, Callable[[], Array]]:
    paths = {name: os.path.join(folder, name) for name in os.listdir(folder or ".")}
    return {name: partial(_mapped, path) for name, path in paths.items() if os.path.isfile(path)}


def _mapped(path: str) -> Array:
    if not os.path.getsize(path):
        return np.empty(0, np.uint8)
    return np.memmap(path, np.uint8, "r").view(np.ndarray)


def _in_archive(path: str, where: str, limits: Limits) -> dict[str, Callable[[], Array]]:
    """The files of a packed archive that are CIFAR's, unpacked in memory; nothing is written."""
    wanted = (*META, *META_TEXT, *HUNDRED)
    found: dict[str, Callable[[], Array]] = {}
    try:
        with open(path, "rb") as raw, tarfile.open(fileobj=raw, mode="r:gz") as archive:
            source, total = Source(cast(BinaryIO, raw), where), 0
            for member in archive:
                name = os.path.basename(member.name)
                file = archive.extractfile(member) if member.isreg() else None
                if file is None or not (name in wanted or is_cifar_batch(name)):
                    continue
                total += member.size
                source.allow("the archive", total, limits.max_bytes)
                source.allow_unpacked("the archive", total, os.path.getsize(path), limits)
                data = np.frombuffer(file.read(), np.uint8)
                found[name] = partial(np.asarray, data)
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise BadData(f"{where}: the archive is cut short or corrupt") from error
    return found


def _class_names(files: Files, where: str, limits: Limits) -> tuple[str, ...]:
    """The names of the classes, where a file beside the batches tells them."""
    for name in META_TEXT:
        if name in files:
            text = bytes(files[name]()).decode("utf-8", "replace")
            return tuple(printable(line.strip()) for line in text.splitlines() if line.strip())
    for name, key in META.items():
        if name in files:
            from dlcli.wire.datasets.pickled import read_pickle

            told = read_pickle(bytes(files[name]()), f"{where}, {name}").get(key)
            if isinstance(told, list) and all(isinstance(one, str) for one in told):
                return tuple(map(printable, told))
    return ()


def _batch(name: str, load: Callable[[], Array], where: str, limits: Limits) -> Batch:
    data, called = load(), f"{where}, {printable(name)}" if not where.endswith(name) else where
    if data.size > limits.max_bytes:
        raise BadData(
            f"{called} has {data.size} bytes, more than the {limits.max_bytes} allowed; "
            "raise --max-bytes to read it"
        )
    if bytes(data[:1]) == b"\x80" and not name.endswith(".bin"):
        return _pickled(bytes(data), called)
    labels = 2 if name in ("train.bin", "test.bin") else 1
    row = labels + PIXELS
    if not data.size or data.size % row:
        raise BadData(
            f"{called} has {data.size} bytes, which are no whole pictures of {row}: {labels} for its "
            f"label{'s' * (labels > 1)}, {PIXELS} for {SIDE} x {SIDE} pixels of three colours; fetch it again"
        )
    rows = data.reshape(-1, row)
    fine = rows[:, labels - 1].astype(np.int64)
    return Batch(called, rows[:, labels:], fine, 100 if labels == 2 else 10)


def _pickled(data: bytes, called: str) -> Batch:
    from dlcli.wire.datasets.pickled import read_pickle

    found = read_pickle(data, called)
    pixels = found.get("data")
    labels = found.get("fine_labels", found.get("labels")) or []
    whole = isinstance(labels, list) and all(type(label) is int for label in labels)
    if not (
        isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8 and pixels.ndim == 2
        and pixels.shape[1] == PIXELS and whole and len(labels) == len(pixels)
    ):  # fmt: skip
        raise BadData(
            f"{called}: no batch of CIFAR: its dictionary needs data (n, {PIXELS}) of bytes "
            "and as many labels"
        )
    numbers = np.array([max(-1, min(label, 1 << 31)) for label in labels], np.int64)
    return Batch(called, pixels, numbers, 100 if "fine_labels" in found else 10)


def _set(word: str, batches: Sequence[Batch], names: Sequence[str], where: str) -> DataSet:
    known = len(names) or batches[0].classes
    for batch in batches:
        wrong = np.flatnonzero((batch.labels < 0) | (batch.labels >= known))
        if wrong.size:
            raise BadData(
                f"{batch.name}: labels out of range: {batch.labels[wrong[0]]} at picture {wrong[0]}; "
                f"there are the classes 0 to {known - 1}"
            )
    classes = tuple(names) or tuple(map(str, range(known)))
    ends = np.cumsum([len(batch.labels) for batch in batches])
    labels = np.concatenate([batch.labels for batch in batches])

    def take(at: Array) -> Array:
        part = np.searchsorted(ends, at, side="right")
        rows = np.empty((len(at), PIXELS), np.uint8)
        for i in np.unique(part).tolist():
            mine = part == i
            rows[mine] = batches[i].pixels[at[mine] - (ends[i] - len(batches[i].labels))]
        return np.ascontiguousarray(rows.reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1))

    return DataSet(word, (SIDE, SIDE, 3), np.dtype(np.uint8), labels, classes, take, len(labels))
