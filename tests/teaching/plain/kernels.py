"""Answers to topics of kernels, by products of matrices that NumPy cuts out."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcli.wire.samples import samples

Given = dict[str, Any]


def answers(x: Any, k: Any, b: float = 0) -> Any:
    """The map of a kernel of 2 × 2."""
    x, k = np.array(x), np.array(k)
    return sum(k[a, c] * x[a : len(x) - 1 + a, c : x.shape[1] - 1 + c] for a in (0, 1) for c in (0, 1)) + b


def typed(kernel: str) -> Any:
    """A kernel as it stands among choices."""
    return np.array([[int(one) for one in row.split()] for row in kernel.split(";")])


def which(given: Given) -> list[Any]:
    """The kernel whose map stands out: it is largest, or above 0 at one place alone."""
    if given["level"] == 2:
        y = answers(given["x"], given["kernel"], given["b"])
        falls = answers(np.eye(4), given["kernel"]).max() > answers(np.eye(4)[::-1], given["kernel"]).max()
        return [given["lines"][not falls], *(y[place] for place in given["places"])]
    maps = {one: answers(given["x"], typed(one)) for one in given["options"]}
    if given["level"] == 1:
        found = max(maps, key=lambda one: maps[one].max())
    else:
        line = given["places"][1]
        (found,) = (one for one, y in maps.items() if y[line] > 0 and y[:, 0].max() <= 0)
    return [found, *(maps[found][place] for place in given["places"])]


def sheet(given: Given) -> list[Any]:
    """The map of the samples."""
    x, k = (np.loadtxt(samples()[name]) for name in ("exercise", f"exercise-kernel-{given['kernel']}"))
    y = answers(x, k, (0, -1, 0.15, -1.6)[given["kernel"] - 1])
    return [y[place] for place in given["places"]]


#: Topic -> the answers that its drawn numbers have, in the order of its fields.
KEYS = {"which-kernel": which, "sheet-2-11": sheet}


def of_which(outcome: Any, given: Given) -> list[Any]:
    """The maps of all kernels as dlcli made them, and the choice that they show."""
    y = outcome["feature-map"].squeeze()
    if given["level"] == 2:
        return [which(given)[0], *(y[place] for place in given["places"])]
    found = which(given)[0]
    o = given["options"].index(found)
    assert given["level"] == 3 or o == y.max(axis=(0, 1)).argmax()
    return [found, *(y[place][o] for place in given["places"])]


def of_sheet(outcome: Any, given: Given) -> list[Any]:
    """The cells of the map that dlcli made."""
    return [outcome["feature-map"].squeeze()[place] for place in given["places"]]


#: Topic -> the answers as the line of the task gives them.
LINES = {"which-kernel": of_which, "sheet-2-11": of_sheet}
