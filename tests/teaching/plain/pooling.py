"""Answers to topics of pooling, by windows that NumPy cuts out of a picture with NaN around it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

Given = dict[str, Any]


def pool(given: Given) -> list[Any]:
    """Each window of each channel."""
    x, size, s = np.array(given["x"], float), given["size"], given["stride"]
    if "mean" in given:
        x = np.pad(x, ((0, 1), (0, 1)), constant_values=np.nan)
        kept: Any = lambda window: Fraction(int(np.nansum(window)), int((~np.isnan(window)).sum()))  # noqa: E731
    else:
        kept = np.max
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(0, 1))[::s, ::s]
    return [kept(windows[place]) for place in np.ndindex(windows.shape[:-2])]


def sizes(given: Given) -> list[Any]:
    """Count the windows; of those that reach beyond the end, as the task says."""
    size, s, level = given["k"], given["s"], given["level"]
    counted = []
    for n in given["sides"]:
        starts = range(0, n, s)
        if given["same"]:
            counted.append(len(starts))
        else:
            whole = [start for start in starts if start + size <= n]
            more = level == 3 and whole[-1] + size < n
            counted.append(len(whole) + more)
    return counted


#: Topic -> the answers that its drawn numbers have, in the order of its fields.
KEYS = {"pool": pool, "pool-size": sizes}


def of_pool(outcome: Any, given: Given) -> list[Any]:
    """The map that dlcli made."""
    return outcome["pooled"].ravel().tolist()


def of_sizes(outcome: Any, given: Given) -> list[Any]:
    """Its rows and columns."""
    return [*outcome["pooled"].shape]


#: Topic -> the answers as the line of the task gives them.
LINES = {"pool": of_pool, "pool-size": of_sizes}
