"""Which .npy files belong together as inputs and their labels: told by their names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

#: Names of arrays that belong together: what is learnt from and its labels, then what is held out.
ARRAYS = (("x_train", "y_train", "x_test", "y_test"), ("x", "y", "x_test", "y_test"))

#: The last part of a file's name for each of these arrays, such as ``digits-x.npy``.
_ARRAY_FILE = re.compile(r"(?:(?P<stem>.+)[-_])??(?P<name>[xy](?:[-_](?:train|test))?)\.npy", re.IGNORECASE)


def array_names(names: Iterable[str]) -> list[tuple[str, str, str, str]]:
    """The sets among arrays of these names, as in ``ARRAYS``; what is held out belongs to the first alone.

    >>> array_names(["x", "x_test", "x_train"])
    [('x_train', 'y_train', 'x_test', 'y_test'), ('x', 'y', '', '')]
    """
    there = set(names)
    found = [four for four in ARRAYS if four[0] in there]
    return found[:1] + [(x, y, "", "") for x, y, *_ in found[1:]]


def array_sets(folder: str, files: Iterable[str]) -> list[dict[str, str]]:
    """The .npy files of a folder that belong together, by the names of their arrays: x, y, or x_train, ….

    Each set has a stem and a kind of names of its own, and begins with what is learnt from. Those with labels
    come first; labels without their inputs are in none. Of two names for one array the later file is taken.

    >>> array_sets("d", ["digits-x.npy", "digits-y.npy", "notes.npy"])
    [{'x': 'd/digits-x.npy', 'y': 'd/digits-y.npy'}]
    >>> [list(found) for found in array_sets("d", ["x.npy", "x_train.npy", "y_train.npy", "y_test.npy"])]
    [['x_train', 'y_train'], ['x']]
    """
    found: dict[str, dict[str, str]] = {}
    for name in files:
        if match := _ARRAY_FILE.fullmatch(name):
            key = match["name"].lower().replace("-", "_")
            found.setdefault(match["stem"] or "", {})[key] = os.path.join(folder, name)
    sets = []
    for arrays in found.values():
        for x, y, x_test, y_test in array_names(arrays):
            names = (x, y, *(x_test, y_test) * (x_test in arrays))
            sets.append({name: arrays[name] for name in names if name in arrays})
    return sorted(sets, key=lambda arrays: not {"y", "y_train"} & set(arrays))


def sets_of_arrays(path: str) -> list[dict[str, str]]:
    """The sets of .npy files in a folder, or that which a file belongs to, as ``array_sets`` gives them."""
    whole = os.path.isdir(path)
    folder, name = (path, "") if whole else os.path.split(path)
    if not whole and _ARRAY_FILE.fullmatch(name) is None:
        return []
    files = sorted(file for file in os.listdir(folder or ".") if os.path.isfile(os.path.join(folder, file)))
    if whole:
        return array_sets(folder, files)
    sets = array_sets(folder, sorted(files, key=name.__eq__))
    return [arrays for arrays in sets if os.path.join(folder, name) in arrays.values()]


def files_of_arrays(path: str) -> dict[str, str]:
    """The .npy files of the first of these sets, by the name of the array; none where there is no set."""
    return next(iter(sets_of_arrays(path)), {})
