"""Answers to topics of windows: each window laid down in turn, places counted one by one."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

Given = dict[str, Any]


def window(given: Given) -> list[Any]:
    """The places that remain of all when everything but the window is cut away."""
    n, k, s, p = (given[name] for name in "nksp")
    places = list(range(-p, n + p))
    seen = [places[one * s :][:k] for one in (given["i"], given["j"])]
    return [end for one in seen for end in (one[0], one[-1])]


def outsize(given: Given) -> list[Any]:
    """Count the places where the kernel can begin."""
    n, k, s, p = (given[name] for name in "nksp")
    d = given.get("d", 1)
    return [sum(1 for start in range(0, n + 2 * p, s) if start + d * (k - 1) < n + 2 * p)]


def same(given: Given) -> list[Any]:
    """Try paddings, the least first and the odd place behind, until there are enough places."""
    n, k, s = (given[name] for name in "nks")
    wanted = len(range(0, n, s))
    for total in range(k):
        if len(range(0, n + total - k + 1, s)) >= wanted:
            return [wanted, total - (total + 1) // 2, (total + 1) // 2]
    raise AssertionError(given)


#: Topic -> the answers that its drawn numbers have, in the order of its fields.
KEYS = {"window": window, "outsize": outsize, "same": same}


def of_window(outcome: Any, given: Given) -> list[Any]:
    """Where the window begins and ends, as dlcli explains it."""
    told = re.findall(r"= (−?\d+), up to (\d+)", str(outcome))
    return [int(end.replace("−", "-")) for one in told for end in one]


def of_outsize(outcome: Any, given: Given) -> list[Any]:
    """The rows of the map that dlcli made."""
    return [outcome["feature-map"].shape[0]]


def of_same(outcome: Any, given: Given) -> list[Any]:
    """How much of the first and of the last window is no padding, by the mean over a picture of ones."""
    y = outcome["feature-map"].squeeze()
    inside = [round(given["k"] * float(np.sqrt(y[end, end]))) for end in (0, -1)]
    return [len(y), *(given["k"] - one for one in inside)]


#: Topic -> the answers as the line of the task gives them.
LINES = {"window": of_window, "outsize": of_outsize, "same": of_same}
