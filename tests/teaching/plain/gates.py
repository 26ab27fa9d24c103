"""Answers to topics of gates, by NumPy, term by term."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from tests.teaching.plain.recurrence import floats

Given = dict[str, Any]


def lstm_step(given: Given) -> list[Any]:
    """The gates, from their sums at level 3, then one step."""
    if given["level"] == 3:
        sums = {one: float(value) for one, value in given["sums"].items()}
        f, i, o = (1 / (1 + np.exp(-sums[one])) for one in "fio")
        g, c = np.tanh(sums["g"]), float(given["c"])
    else:
        f, i, o, g, c = (float(given[one]) for one in "fiogc")
    new = i * g + c * f
    return [new, o * np.tanh(new)][: 1 + (given["level"] > 1)]


#: Words of a sentence -> the part that it tells of.
TOLD = {
    "is gone": "forget gate",
    "multiplies the old": "forget gate",
    "gradient": "forget gate",
    "bias begins": "forget gate",
    "nothing of this step's input": "input gate",
    "multiplies what is new": "input gate",
    "how much of the candidate": "input gate",
    "would be written": "candidate",
    "alone can be below 0": "candidate",
    "shows nothing": "output gate",
    "multiplies the tanh": "output gate",
    "not c of this step": "output gate",
}


#: Words of the four steps, in the order in which they are computed.
AFTER = ("weighted sums|from x", "old cell|f · c", "added|written", "shows|hands on|h.t. = o")


def lstm_gates(given: Given) -> list[Any]:
    """By a word of each sentence; by a word of each step; the second of four stacked numbers."""
    if given["level"] == 1:
        return [f"the {part}" for said in given["said"] for words, part in TOLD.items() if words in said]
    if given["level"] == 2:
        return [tuple(step for words in AFTER for step in given["steps"] if re.search(words, step))]
    i, f, g, _ = map(float, given["stacked"])
    return [f, f * float(given["c"]) + i * g]


def gru_step(given: Given) -> list[Any]:
    """Reset after the product, as PyTorch has it."""
    if given["level"] == 1:
        z, n, h = (float(given[one]) for one in "znh")
        return [n + z * (h - n)]
    z, r, a, u, b, h = (floats(given[one]) for one in "zraubh")
    n = np.tanh(a + r * (u.T @ h + b))
    return [*n, *(n - z * n + z * h)]


KEYS = {"lstm-step": lstm_step, "lstm-gates": lstm_gates, "gru-step": gru_step}
LINES: dict[str, Any] = {}
