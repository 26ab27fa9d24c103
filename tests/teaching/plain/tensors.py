"""Answers to topics of tensors, by NumPy's own indices, reshapes and broadcasting."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

Given = dict[str, Any]


def word(shape: tuple[int, ...]) -> str:
    """A shape as an answer."""
    return ",".join(map(str, shape))


def index(given: Given) -> list[Any]:
    """What NumPy says of the tensor."""
    x = np.array(given["x"])
    if "place" not in given:
        return [x.ndim, word(x.shape), x.size]
    return np.atleast_1d(x[tuple(given["place"])]).tolist()


def reshape(given: Given) -> list[Any]:
    """What NumPy makes of it; a number is found again by its value."""
    if given["level"] == 2:
        h, w, i, j = (given[name] for name in ("rows", "columns", "i", "j"))
        x = np.arange(h * w).reshape(h, w)
        y = x.reshape([given[name] for name in "pqr"])
        return [int(found[0]) for found in np.nonzero(y == x[i, j])]
    x = np.array(given["x"])
    y = x.reshape(given["shape"])
    return y.ravel().tolist() if given["level"] == 1 else [rows(y), rows(x.T)]


def rows(x: Any) -> str:
    """A matrix as it stands among choices."""
    return "; ".join(" ".join(str(int(one)) for one in row) for row in x)


def broadcast(given: Given) -> list[Any]:
    """What NumPy makes of the sum, or that it refuses it."""
    if "pairs" in given:
        return [_met(*pair) for pair in given["pairs"]]
    made = np.array(given["x"]) + np.array(given["y"])
    return [word(made.shape), made[given["place"]]]


def _met(a: tuple[int, ...], b: tuple[int, ...]) -> str:
    try:
        return word((np.zeros(a) + np.zeros(b)).shape)
    except ValueError:
        return "refused"


def flatten(given: Given) -> list[Any]:
    """Where NumPy puts it."""
    given = {"k": 0, "channels": 1, **given}
    shape = tuple(given[name] for name in ("height", "width", "channels"))
    if given["level"] == 3:
        return [int(one) for one in np.unravel_index(given["n"], shape)]
    return [int(np.ravel_multi_index([given[name] for name in "ijk"], shape))]


#: Topic -> the answers that its drawn numbers have, in the order of its fields.
KEYS = {"index": index, "reshape": reshape, "broadcast": broadcast, "flatten": flatten}


def of_index(outcome: Any, given: Given) -> list[Any]:
    """The part that dlcli took, or the shape that it found."""
    x = outcome["tensor"]
    return np.atleast_1d(x).tolist() if "place" in given else [x.ndim, word(x.shape), x.size]


def of_reshape(outcome: Any, given: Given) -> list[Any]:
    """The tensor that dlcli made."""
    y = outcome["tensor"]
    if given["level"] == 2:
        n = given["i"] * given["columns"] + given["j"]  # the line numbers the cells
        return [int(i[0]) for i in np.nonzero(y == n)]
    return y.ravel().tolist() if given["level"] == 1 else [rows(y), rows(np.array(given["x"]).T)]


def of_broadcast(outcome: Any, given: Given) -> list[Any]:
    """The sum that dlcli made; of two pairs, of the one that fits."""
    made = outcome["tensor"]
    if "pairs" not in given:
        return [word(made.shape), made[given["place"]]]
    return [one if one == "refused" else word(made.shape) for one in broadcast(given)]


def of_flatten(outcome: Any, given: Given) -> list[Any]:
    """The place, or the index, that dlcli explains."""
    told = str(outcome)
    if given["level"] == 3:
        place = re.search(r"at index \d+: axis0 (\d+),\s+row (\d+),\s+column (\d+)", told)
        assert place
        return [int(one) for one in place.groups()]
    shown = "axis0 {i}, row {j}, column {k}" if "channels" in given else "row {i}, column {j}"
    found = re.search(rf"at index (\d+): {shown.format(**given)} of", " ".join(told.split()))
    assert found
    return [int(found[1])]


#: Topic -> the answers as the line of the task gives them.
LINES = {"index": of_index, "reshape": of_reshape, "broadcast": of_broadcast, "flatten": of_flatten}
