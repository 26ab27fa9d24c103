"""Answers to topics of softmax and its loss, in floats."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Given = dict[str, Any]


def floats(values: Any) -> Any:
    """Drawn numbers, logarithms among them, as floats."""
    return np.vectorize(float, otypes=[float])(np.array(values, object))


def p_of(z: Any, axis: int = -1) -> Any:
    """Softmax of floats."""
    e = np.exp(z - z.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def softmax(given: Given) -> list[Any]:
    """The probabilities that are asked for."""
    return [p_of(floats(given["z"]))[i] for i in given["asked"]]


def temperature(given: Given) -> list[Any]:
    """One probability; or the temperatures at which the largest is least, and greatest."""
    z = floats(given["z"])
    if given["level"] > 1:
        return [p_of(z / float(given["T"]))[given["i"]]]
    return [f"T = {float(end(given['T'], key=lambda t: p_of(z / float(t)).max())):g}" for end in (min, max)]


def softmax_axis(given: Given) -> list[Any]:
    """All probabilities; or the axis, and a cell along the other."""
    z = floats(given["z"])
    if given["level"] < 3:
        return [p_of(z, given["axis"])[place] for place in given["places"]]
    axis = int(np.allclose(floats([[one.value for one in row] for row in given["p"]]), p_of(z, 1)))
    return [("each column", "each row")[axis], p_of(z, 1 - axis)[given["place"]]]


def cross_entropy(given: Given) -> list[Any]:
    """The loss of each picture, and of several their mean."""
    rows = [floats(given["p"])] if "p" in given else [p_of(z) for z in floats(given["z"])]
    losses = [-math.log(p[t]) for p, t in zip(rows, given["t"], strict=True)]
    return losses if len(losses) == 1 else [*losses, sum(losses) / len(losses)]


#: Topic -> the answers that its drawn numbers have, in the order of its fields.
KEYS = {
    "softmax": softmax,
    "temperature": temperature,
    "softmax-axis": softmax_axis,
    "cross-entropy": cross_entropy,
}


def probabilities(outcome: Any, given: Given) -> list[Any]:
    """One row of dlcli's probabilities."""
    return [outcome["probabilities"][0, i] for i in given.get("asked", [given.get("i")])]


def flattest(outcome: Any, given: Given) -> list[Any]:
    """A probability; or the temperatures whose row has the least, and the greatest largest one."""
    if given["level"] > 1:
        return probabilities(outcome, given)
    largest = outcome["probabilities"].max(1)
    return [f"T = {float(given['T'][end]):g}" for end in (largest.argmin(), largest.argmax())]


def along(outcome: Any, given: Given) -> list[Any]:
    """All of dlcli's probabilities, or one of them."""
    p = outcome["probabilities"]
    if given["level"] < 3:
        return [p[place] for place in given["places"]]
    return [("each row", "each column")[int(np.allclose(p.sum(1), 1))], p[given["place"]]]


def losses(outcome: Any, given: Given) -> list[Any]:
    """Minus the log-probabilities of the right classes."""
    found = [-outcome["log-probabilities"][n, t] for n, t in enumerate(given["t"])]
    return found if len(found) == 1 else [*found, sum(found) / len(found)]


#: Topic -> the answers as the line of the task gives them.
LINES = {"softmax": probabilities, "temperature": flattest, "softmax-axis": along, "cross-entropy": losses}
