"""Answers to topics of convolution, computed plainly: by NumPy and in loops, without the slips' arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np

import dlcli

Given = dict[str, Any]


def cells(given: Given) -> list[Any]:
    """Every term of every cell."""
    x, k, b, s = np.pad(given["x"], given["padding"]), given["k"], given["b"], given["stride"]
    m = len(k)
    return [
        b + sum(int(x[i * s + a, j * s + c]) * k[a][c] for a in range(m) for c in range(m))
        for i, j in given["places"]
    ]


def relu(given: Given) -> list[Any]:
    """Every term of every kernel, the bias, and what is not below 0."""
    x = np.array(given["x"])
    sums = [int(np.vdot(x, k)) + b for k, b in zip(given["kernels"], given["biases"], strict=True)]
    return [one for made in sums for one in (made, max(0, made))]


def channels(given: Given) -> list[Any]:
    """One cell by the sum over all that a kernel sees."""
    j, o = given["place"]
    x, k = np.array(given["x"]), np.array(given["kernels"][o])
    cell = int(np.einsum("ijc,ijc", x[:, j : j + 2], k)) + given["biases"][o]
    return [f"1,{x.shape[1] - 1},{len(given['kernels'])}", cell][given["level"] < 3 :]


#: Topic -> the answers that its drawn numbers have, in the order of its fields.
KEYS = {"conv-cell": cells, "conv-map": cells, "conv-bias-act": relu, "conv-rgb": channels}


def places(outcome: Any, given: Given) -> list[Any]:
    """The cells of the map that dlcli made."""
    return [outcome["feature-map"].squeeze()[place] for place in given["places"]]


def of_relu(outcome: Any, given: Given) -> list[Any]:
    """What dlcli made with ReLU, and without it."""
    bare = dlcli.run(outcome.line.replace("dlcli ", "").replace(" --activation relu", ""))
    both = zip(*(np.ravel(one["feature-map"]) for one in (bare, outcome)), strict=True)
    return [value for one in both for value in one]


def of_channels(outcome: Any, given: Given) -> list[Any]:
    """The shape of the map that dlcli made, and a cell."""
    y = outcome["feature-map"]
    if given["level"] < 3:
        return [y.ravel()[0]]
    j, o = given["place"]
    return [",".join(map(str, y.shape)), y[0, j, o]]


#: Topic -> the answers as the line of the task gives them.
LINES = {"conv-cell": places, "conv-map": places, "conv-bias-act": of_relu, "conv-rgb": of_channels}
