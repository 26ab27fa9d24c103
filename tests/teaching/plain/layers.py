"""Answers to topics of layers: arrays of the layers' shapes are counted, a net of ones is run."""

from __future__ import annotations

from typing import Any

import numpy as np

Given = dict[str, Any]


def conv(given: Given) -> list[Any]:
    """The sizes of the arrays that the layers would hold."""
    counted = []
    for kind, *numbers in given["layers"]:
        if kind == "pool":
            counted.append([0])
            continue
        k, c, o = numbers
        weights, biases = np.zeros((k, k, c, o)).size, np.zeros(o).size
        counted.append([weights, biases, weights + biases])
    if given["level"] == 2:
        return counted[0]
    return [one[-1] for one in counted]


def dense(given: Given) -> list[Any]:
    """The sizes of the arrays that the layers would hold."""
    counted = []
    if given["level"] == 1:
        n = given["numbers"]
    else:
        n = np.zeros([given[name] for name in ("rows", "columns", "channels")]).size
        counted = [n, 0]
    for m in given["dense"]:
        counted.append(np.zeros((n, m)).size + np.zeros(m).size)
        n = m
    return counted


def shapes(given: Given) -> list[Any]:
    """The shapes of arrays that are padded and cut into windows."""
    x, counted = np.zeros((given["n"], given["n"], given["channels"])), []
    for _, k, s, filters, same in given["layers"]:
        if same:
            x = np.pad(x, ((k // 2, k // 2), (k // 2, k // 2), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(0, 1))[::s, ::s]
        x = np.zeros((*windows.shape[:2], filters or windows.shape[2]))
        counted += [x.shape[0], x.shape[2]]
    return [*counted, x.size]


def field(given: Given) -> list[Any]:
    """From the places of one number back through all layers to the places that it sees."""

    def seen(place: int) -> set[int]:
        places = {place}
        for k, s, d in reversed([*zip(given["k"], given["s"], given["d"], strict=True)]):
            places = {s * one + d * a for one in places for a in range(k)}
        return places

    return [max(seen(0)) - min(seen(0)) + 1, min(seen(1)) - min(seen(0))]


#: Topic -> the answers that its drawn numbers have, in the order of its fields.
KEYS = {"params-conv": conv, "params-dense": dense, "shapes-model": shapes, "receptive": field}


def of_field(outcome: Any, given: Given) -> list[Any]:
    """The line takes as many rows as two numbers see together, and has two of them."""
    wide, jump = field(given)
    assert outcome["feature-map"].shape[:2] == (2, 2)
    assert f"--broadcast {wide + jump}," in outcome.line
    return [wide, jump]


#: Topic -> the answers as the line of the task gives them.
LINES = {"receptive": of_field}
