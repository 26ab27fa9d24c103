"""Answers to topics of the way back, by differences and in loops; and those of sequence to sequence."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np

from tests.teaching.plain.recurrence import floats

Given = dict[str, Any]


def loss_time(given: Given) -> list[Any]:
    """Halves of squares."""
    losses = [Fraction((y - target) ** 2, 2) for y, target in zip(given["y"], given["target"], strict=True)]
    if given["level"] == 3:
        return losses[-1:]
    return [*losses, sum(losses) / (3 if given["level"] == 2 else 1)]


def bptt_path(given: Given) -> list[Any]:
    """Derivatives of the states by w, step by step forward in place of back."""
    if given["level"] == 3:
        (i, j), h = given["place"], floats(given["after"])
        delta = floats(given["e"]) * (1 - h) * (1 + h)
        return [*delta, *(floats(given["u"]) @ delta), float(given["before"][i]) * delta[j]]
    w, h = float(given["w"]), floats([0, *given["h"]])
    by_w, slopes = 0.0, []
    for t in range(1, 4):
        by_w = h[t - 1] + w * by_w
        slopes.append(by_w)
    whole = float(np.dot(given["e"], slopes))
    if given["level"] == 1:
        direct = given["e"][2] * h[2]
        return [direct, whole - direct, whole]
    return [given["e"][1] + w * given["e"][2], whole]


def vanish(given: Given) -> list[Any]:
    """Multiply step by step; the slope of tanh where it gives h."""
    slope = float(1 - given["h"] ** 2)
    factor = float(given["w"]) * slope
    if given["level"] == 1:
        return [factor, prod([factor] * given["steps"])]
    if given["level"] == 2:
        left, steps = 1.0, 0
        while left >= 0.01:
            left, steps = left * factor, steps + 1
        return [factor, steps]
    names = {"the simple unit": factor, "the leaky unit": given["α"], "the LSTM": given["f"]}
    return [*names.values(), max(names, key=lambda one: names[one] ** 5)]


def seq2seq(given: Given) -> list[Any]:
    """The last column; all that can be said, with its probability."""
    if given["level"] == 1:
        return [row[-1] for row in given["h"]]
    rows = given["rows"]

    def share(said: Any) -> Fraction:
        return prod(rows[0][one] if not t else rows[said[t - 1] + 1][one] for t, one in enumerate(said))

    if given["level"] == 2:
        return [share(given["said"])]
    greedy = [int(np.argmax(rows[0]))]
    greedy.append(int(np.argmax(rows[greedy[0] + 1])))
    return [share(greedy), max(share(said) for said in product((0, 1), repeat=2))]


KEYS = {"loss-time": loss_time, "bptt-path": bptt_path, "vanish": vanish, "seq2seq": seq2seq}


def losses(outcome: Any, given: Given) -> list[Any]:
    """The loss of each step, and their sum or mean; the last one alone."""
    made = outcome["tensor"].ravel()
    return [made[-1]] if given["level"] == 3 else [*made, made.sum() if given["level"] == 1 else made.mean()]


def powers(outcome: Any, given: Given) -> list[Any]:
    """The factor and its power; at level 2 a power below 1 %, the first one."""
    factor, left = outcome["tensor"].ravel()
    if given["level"] == 1:
        return [factor, left]
    assert left < 0.01 <= left / factor
    return [factor, round(np.log(left) / np.log(factor))]


LINES = {"loss-time": losses, "vanish": powers}
