"""A folder with a folder of pictures for each class; a picture is decoded when it is taken."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, cast

import numpy as np

from dlcli.errors import BadData, called, printable
from dlcli.tensor import Array
from dlcli.wire.datasets.dataset import DataSet
from dlcli.wire.datasets.labels import in_order
from dlcli.wire.pictures.image import head_of_image, read_image
from dlcli.wire.stream import Limits, Source
from dlcli.words.near import some

#: What the folders of the part that is learnt from are called, and those of the part that is held out.
TRAIN = ("train", "training")
TEST = ("test", "testing", "val", "valid", "validation")

MOST = 2000  # files that are passed over where there are fewer pictures
NAMED = 3  # files that are named of those that are passed over


@dataclass(frozen=True)
class Found:
    """A picture in a folder: its path below that, its class, its shape and the type of its numbers."""

    name: str
    label: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def read_folder(path: str, word: str, *, limits: Limits, say: Callable[[str], None]) -> DataSet:
    """The pictures below a folder, their classes the folders in it, in the order of their names.

    Where these are called train and test (or val), the classes are in there, and the second is held out.
    Raises ``BadData`` where there is no class or no picture, and for pictures of different sizes.
    """
    folders = {name.lower(): name for name in folders_in(path)}
    train = next((folders[name] for name in TRAIN if name in folders), None)
    if train is None:
        return _read(path, word, "", (), limits, say)
    parts = [folders[name] for name in TEST if name in folders]
    main = _read(path, word, train, (), limits, say)
    if not parts:
        return main
    if len(parts) > 1:
        say(f"{printable(word)}: {parts[0]} is held out; {', '.join(parts[1:])} is not used")
    test = _read(path, word, parts[0], main.classes, limits, say)
    if (test.shape, test.dtype) != (main.shape, main.dtype):
        raise BadData(
            f"{printable(word)}: the pictures in {train} are {_told(main)}, those in {parts[0]} "
            f"{_told(test)}; both need one size and one kind of numbers"
        )
    return replace(main, held_out=test)


def folders_in(path: str) -> list[str]:
    """The names of the folders in a folder, in their order. Raises ``BadData`` where it cannot be read."""
    try:
        with os.scandir(path) as entries:
            names = [one.name for one in entries if _shown(one) and os.path.isdir(one.path)]
    except OSError as error:
        raise BadData(f"cannot read {printable(path)}: {os.strerror(error.errno or 0)}") from error
    return sorted(names, key=in_order)


def _read(
    path: str, word: str, part: str, known: Sequence[str], limits: Limits, say: Callable[[str], None]
) -> DataSet:
    root = os.path.join(path, part)
    where = printable(os.path.join(word, part) if part else word)
    names = folders_in(root)
    if not names:
        raise BadData(
            f"{where}: no folder in it; a set of pictures has one for each class, "
            "such as cat/1.png and dog/1.png"
        )
    if known and (unknown := [name for name in names if printable(name) not in known]):
        raise BadData(
            f"{where} has a folder '{printable(unknown[0])}', which is none of the classes {some(known, 6)}"
        )
    classes = tuple(known) or tuple(map(printable, names))
    found: list[Found] = []
    skipped = [f"{name}: in the folder of no class" for name in _files(root)]
    for name in names:
        for file in walk(root, name):
            if len(skipped) > max(MOST, len(found)):
                raise BadData(
                    f"{where}: more than {MOST} files in it are no pictures, such as {printable(file)}; "
                    "a set of pictures has a folder of pictures for each class"
                )
            try:
                if not stat.S_ISREG(os.stat(os.path.join(root, file)).st_mode):
                    skipped.append(f"{printable(file)}: a pipe, a socket or a device, and no plain file")
                    continue
                with open(os.path.join(root, file), "rb", buffering=0) as raw:
                    shape, dtype = head_of_image(Source(cast(BinaryIO, raw), file), limits=limits)
            except BadData as error:
                skipped.append(str(error))
            except OSError as error:
                skipped.append(f"{printable(file)}: cannot be read: {os.strerror(error.errno or 0)}")
            else:
                found.append(Found(file, classes.index(printable(name)), shape, dtype))
    if skipped:
        say(_skipped_words(where, skipped))
    if not found:
        raise BadData(f"{where}: no picture in its folders {some(classes, 6)}")
    _same_size(found, where)
    labels = np.array([one.label for one in found], np.int64)
    _tell_small(labels, classes, where, say)
    channels = 1 if all(one.shape[2] < 3 for one in found) else 3
    _tell_channels(found, channels, where, say)
    shape = (*found[0].shape[:2], channels)

    def take(at: Array) -> Array:
        pictures = [_decoded(root, found[i].name, where, shape, found[0].dtype, limits) for i in at.tolist()]
        return np.stack(pictures) if pictures else np.empty((0, *shape), found[0].dtype)

    dtype = found[0].dtype
    return DataSet(
        word, shape, dtype, labels, classes, take, len(found),
        skipped=tuple(skipped), deep=dtype == np.uint16,
    )  # fmt: skip


def _files(root: str) -> list[str]:
    with os.scandir(root) as entries:
        return sorted(one.name for one in entries if _shown(one) and not os.path.isdir(one.path))


def _shown(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".")


def walk(root: str, name: str) -> Iterator[str]:
    """The files below a folder in the order of their names, as paths below the root."""
    for folder, folders, files in os.walk(os.path.join(root, name)):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for file in sorted(files):
            if not file.startswith("."):
                yield os.path.relpath(os.path.join(folder, file), root)


def _skipped_words(where: str, skipped: Sequence[str]) -> str:
    named, count = "; ".join(skipped[:NAMED]), len(skipped)
    told = "1 file is no picture and was" if count == 1 else f"{count} files are no pictures and were"
    return f"{where}: {told} passed over: {named}{f'; and {count - NAMED} more' if count > NAMED else ''}"


def _same_size(found: Sequence[Found], where: str) -> None:
    sizes = Counter(one.shape[:2] for one in found)
    kinds = Counter(one.dtype for one in found)
    if len(kinds) > 1:
        (a, _), (b, _) = kinds.most_common(2)
        names = [printable(next(one.name for one in found if one.dtype == kind)) for kind in (a, b)]
        raise BadData(
            f"{where}: the numbers of {names[0]} are {a}, those of {names[1]} {b}; "
            "save them all with 8 bits a channel"
        )
    if len(sizes) == 1:
        return
    (usual, _), *_ = sizes.most_common()
    first = next(one for one in found if one.shape[:2] == usual)
    other = next(one for one in found if one.shape[:2] != usual)
    count = len(found) - sizes[usual]
    raise BadData(
        f"{where}: pictures of different sizes: {printable(first.name)} is {_size(first.shape)} pixels, "
        f"{called(other.name)} {_size(other.shape)} ({count} of {len(found)} are not {_size(usual)}); "
        f"a net takes one size. "
        f"Try: magick mogrify -resize '{_size(usual)}!' {where.rstrip('/')}/*/*"
    )


def _size(shape: Sequence[int]) -> str:
    """Width and height as programs for pictures write them."""
    return f"{shape[1]}x{shape[0]}"


def _told(data: DataSet) -> str:
    return f"{_size(data.shape)} in {data.shape[2]} channel{'s' * (data.shape[2] > 1)} of {data.dtype}"


def _tell_small(labels: Array, classes: Sequence[str], where: str, say: Callable[[str], None]) -> None:
    """Say which classes have one picture."""
    sizes = np.bincount(labels, minlength=len(classes)).tolist()
    few = [name for name, size in zip(classes, sizes, strict=True) if size == 1]
    if few:
        many = f" (and {len(few) - 1} more)" if len(few) > 1 else ""
        say(f"{where}: class {few[0]!r}{many} has one picture: it can be learnt from or held out, not both")


def _tell_channels(found: Sequence[Found], channels: int, where: str, say: Callable[[str], None]) -> None:
    gray = sum(one.shape[2] < 3 for one in found)
    alpha = sum(one.shape[2] in (2, 4) for one in found)
    if channels == 3 and gray:
        say(f"{where}: {gray} of {len(found)} pictures are gray: read with red, green and blue alike")
    if alpha:
        say(f"{where}: {alpha} of {len(found)} pictures have an alpha channel, which is left out")


def _decoded(
    root: str, name: str, where: str, shape: tuple[int, ...], dtype: np.dtype[Any], limits: Limits
) -> Array:
    called = os.path.join(where, name)
    try:
        with open(os.path.join(root, name), "rb", buffering=0) as file:
            data = read_image(Source(cast(BinaryIO, file), called), limits=limits).data
    except OSError as error:
        raise BadData(f"cannot read {printable(called)}: {os.strerror(error.errno or 0)}") from error
    except BadData as error:
        raise BadData(f"{error}: mend it, or take it out of the folder") from error
    data = data.reshape(*data.shape[:2], -1)
    if data.shape[2] in (2, 4):
        data = data[..., :-1]
    if data.shape[2] < shape[2]:
        data = data.repeat(shape[2], axis=2)
    if data.shape != shape:
        raise BadData(
            f"{printable(called)} is {_size(data.shape)} pixels once decoded, "
            f"where its head says {_size(shape)}"
        )
    return np.asarray(data, dtype)
