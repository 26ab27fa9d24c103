"""Which .npy files belong together as inputs and their labels: told by their names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

#: Names of arrays that belong together: what is learnt from and its labels, then what is held out.
ARRAYS = (("x_train", "y_train", "x_test", "y_test"), ("x", "y", "", ""))

#: The last part of a file's name for each of these arrays, such as ``digits-x.npy``.
_ARRAY_FILE = re.compile(r"(?:(?P<stem>.+)[-_])??(?P<name>[xy](?:[-_](?:train|test))?)\.npy", re.IGNORECASE)


def array_files(folder: str, files: Iterable[str], stem: str | None = None) -> dict[str, str]:
    """The .npy files of a folder that belong together, by the name of the array: x, y, or x_train and so on.

    With a ``stem`` only ``STEM-x.npy`` and the like; without one, of several stems the first that has an x.
    An x is always among them, otherwise there is nothing.

    >>> array_files("d", ["digits-x.npy", "digits-y.npy", "notes.npy"])
    {'x': 'd/digits-x.npy', 'y': 'd/digits-y.npy'}
    """
    found: dict[str, dict[str, str]] = {}
    for name in sorted(files):
        if match := _ARRAY_FILE.fullmatch(name):
            key = match["name"].lower().replace("-", "_")
            found.setdefault(match["stem"] or "", {})[key] = os.path.join(folder, name)
    sets = {key: arrays for key, arrays in found.items() if {"x", "x_train"} & set(arrays)}
    return sets.get(stem, {}) if stem is not None else next(iter(sets.values()), {})


def files_of_arrays(path: str) -> dict[str, str]:
    """The .npy files that belong together, in a folder or beside a file, by the name of the array."""
    whole = os.path.isdir(path)
    folder, name = (path, "") if whole else os.path.split(path)
    stem = stem_of(name)
    if stem is None and not whole:
        return {}
    files = [file for file in os.listdir(folder or ".") if os.path.isfile(os.path.join(folder, file))]
    return array_files(folder, files, stem)


def stem_of(name: str) -> str | None:
    """What stands before ``-x.npy`` in a file's name: nothing, or None where it is the name of no such file.

    >>> stem_of("digits-x.npy"), stem_of("y_train.npy"), stem_of("notes.npy")
    ('digits', '', None)
    """
    match = _ARRAY_FILE.fullmatch(name)
    return (match["stem"] or "") if match else None
