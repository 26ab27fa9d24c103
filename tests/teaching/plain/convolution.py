"""Answers to topics of convolution, computed plainly: by NumPy and in loops, without the slips' arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np

Given = dict[str, Any]


def outsize(given: Given) -> list[Any]:
    """Count the places where the kernel can begin."""
    n, k, s, p, d = (given[name] for name in "nkspd")
    return [sum(1 for start in range(0, n + 2 * p, s) if start + d * (k - 1) < n + 2 * p)]


def cells(given: Given) -> list[Any]:
    """Every term of every cell."""
    x, k, b, s = np.pad(given["x"], given["padding"]), given["k"], given["b"], given["stride"]
    m = len(k)
    return [
        b + sum(int(x[i * s + a, j * s + c]) * k[a][c] for a in range(m) for c in range(m))
        for i, j in given["places"]
    ]


#: Topic -> the answers that its drawn numbers have, in the order of its fields.
KEYS = {"outsize": outsize, "conv-cell": cells, "conv-map": cells}


def shape(outcome: Any, given: Given) -> list[Any]:
    """The rows of the map that dlcli made."""
    return [outcome["feature-map"].shape[0]]


def places(outcome: Any, given: Given) -> list[Any]:
    """The cells of the map that dlcli made."""
    return [outcome["feature-map"].squeeze()[place] for place in given["places"]]


#: Topic -> the answers as the line of the task gives them.
LINES = {"outsize": shape, "conv-cell": places, "conv-map": places}
