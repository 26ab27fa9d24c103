"""Answers to topics of convolution, computed plainly: by NumPy and in loops, without the slips' arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np

Given = dict[str, Any]


def cells(given: Given) -> list[Any]:
    """Every term of every cell."""
    x, k, b, s = np.pad(given["x"], given["padding"]), given["k"], given["b"], given["stride"]
    m = len(k)
    return [
        b + sum(int(x[i * s + a, j * s + c]) * k[a][c] for a in range(m) for c in range(m))
        for i, j in given["places"]
    ]


#: Topic -> the answers that its drawn numbers have, in the order of its fields.
KEYS = {"conv-cell": cells, "conv-map": cells}


def places(outcome: Any, given: Given) -> list[Any]:
    """The cells of the map that dlcli made."""
    return [outcome["feature-map"].squeeze()[place] for place in given["places"]]


#: Topic -> the answers as the line of the task gives them.
LINES = {"conv-cell": places, "conv-map": places}
