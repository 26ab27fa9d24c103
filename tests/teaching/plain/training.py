"""Answers to topics of training, computed plainly: by NumPy, in loops, by differences."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

Given = dict[str, Any]


def dropout(given: Given) -> list[Any]:
    """Units of one mask; with a layer before it; or the mean over all masks."""
    x, rate = given["x"], given["rate"]
    if given["level"] == 1:
        return [one * kept / (1 - rate) for one, kept in zip(x, given["mask"], strict=True)]
    if given["level"] == 2:
        z = [w * x + b for w, b in zip(given["w"], given["b"], strict=True)]
        return [*(z[i] / (1 - rate) if i == given["kept"] else 0 for i in range(2)), z[given["kept"]]]
    sums, mean = {}, Fraction(0)
    for mask in product((0, 1), repeat=2):
        sums[mask] = sum(one * kept / (1 - rate) for one, kept in zip(x, mask, strict=True))
        mean += math.prod((1 - rate) if kept else rate for kept in mask) * sums[mask]
    return [sums[1, 1], sums[1, 0], mean]


def relu_family(given: Given) -> list[Any]:
    """Values; or slopes, as central differences of the function at the x that has this value."""
    if given["level"] == 1:
        x = given["x"]
        return [*(max(0, one) for one in x), *(one if one > 0 else given["α"] * one for one in x)]
    tanh = given["function"] == "tanh"
    function = np.tanh if tanh else lambda x: 0.5 * (1 + np.tanh(x / 2))
    if given["level"] == 2:
        return [float(function(float(one))) for one in given["x"]]
    places = [math.atanh(y) if tanh else math.log(y / (1 - y)) for y in given["y"]]
    steps = [0.5j * 1e-30] * 2  # a complex step: the difference without its rounding
    return [
        (np.tanh(x + h) if tanh else 1 / (1 + np.exp(-(x + h)))).imag / h.imag
        for x, h in zip(places, steps, strict=True)
    ]


def batchnorm(given: Given) -> list[Any]:
    """Statistics; a feature of a batch; or running values."""
    x = np.array(given["x"], float)
    if given["level"] == 1:
        return [x.mean(), x.std()]
    if given["level"] == 2:
        n = (x - x.mean(0)) / x.std(0)
        return [given["gamma"] * n[i, given["feature"]] + given["beta"] for i in given["asked"]]
    n = (x - given["m"]) / np.sqrt(float(given["v"]) + float(given.get("ε", 0)))
    return [*(given["gamma"] * n + given["beta"])]


def adam(given: Given) -> list[Any]:
    """Kingma and Ba's algorithm in its other order: the correction in the step size."""
    (m, v), w, lr = given["known"], given["w"], given["lr"]
    for t in range(3 if given["level"] == 3 else 1, given["level"] + 1):
        g, before = given["g"][t - 1], w
        m, v = m + 0.1 * (g - m), v + 0.001 * (g * g - v)
        step = lr * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        w = before - step * m / (math.sqrt(v) + given.get("ε", 0) * math.sqrt(1 - 0.999**t))
    return [m, w, before - lr * g] if given["level"] == 3 else [m, v, w]


def _loss(x: Any, k: Any, b: Any, dy: Any) -> Any:
    """A loss whose gradient by the map is dY: the sum of both, cell by cell."""
    return sum(
        dy[i][j] * (b + sum(x[i + a][j + c] * k[a][c] for a in (0, 1) for c in (0, 1)))
        for i in (0, 1) for j in (0, 1)
    )  # fmt: skip


def conv_grad(given: Given) -> list[Any]:
    """Differences of the loss, which is linear in each of its numbers."""
    x, k, b, dy = given["x"], given["k"], given.get("b", 0), given["dY"]
    zero = _loss(x, k, b, dy)
    if given["level"] == 2:
        found = []
        for place in given["places"]:
            more = np.array(x)
            more[place] += 1
            found.append(int(_loss(more.tolist(), k, b, dy) - zero))
        return found
    more = np.array(k)
    more[given["place"]] += 1
    dk, db = int(_loss(x, more.tolist(), b, dy) - zero), _loss(x, k, b + 1, dy) - zero
    if given["level"] == 1:
        return [dk]
    return [dk, k[given["place"][0]][given["place"][1]] - given["lr"] * dk, b - given["lr"] * db]


def autoencoder(given: Given) -> list[Any]:
    """The numbers of all arrays; the code; the error."""
    if given["level"] == 1:
        n, m = given["n"], given["m"]
        return [sum(np.zeros(shape).size for shape in ((n, m), (m,), (m, n), (n,)))]
    x = np.array(given["x"], float)
    if given["level"] == 2:
        c = x @ np.array(given["w"]) + given["b"]
        return [*c, c @ given["u"]]
    return [np.square(x - given["c"] * np.array(given["u"], float)).mean()]


#: Topic -> the answers that its drawn numbers have, in the order of its fields.
KEYS = {
    "dropout": dropout,
    "relu-family": relu_family,
    "batchnorm": batchnorm,
    "adam": adam,
    "conv-grad": conv_grad,
    "autoencoder": autoencoder,
}


def units(outcome: Any, given: Given) -> list[Any]:
    """Units behind dropout; inference and means from them."""
    y, keep = outcome["tensor"].ravel(), float(1 - given["rate"])
    if given["level"] == 2:
        return [*y, y[given["kept"]] * keep]
    return [*y] if given["level"] == 1 else [y.sum(), y[0], keep * y.sum()]


def activated(outcome: Any, given: Given) -> list[Any]:
    """Values or derivatives."""
    y = outcome["derivative" if given["level"] == 3 else "activated"].ravel()
    return [*np.maximum(y, 0), *y] if given["level"] == 1 else [*y]


def norm(outcome: Any, given: Given) -> list[Any]:
    """Statistics, or normalised numbers."""
    if given["level"] == 1:
        return [outcome["mean"].item(), outcome["deviation"].item()]
    if given["level"] == 2:
        return [outcome["normalized"][i, given["feature"]] for i in given["asked"]]
    return [*outcome["tensor"].ravel()]


def gradient(outcome: Any, given: Given) -> list[Any]:
    """Gradients as convolutions, and a step along them."""
    made = outcome["feature-map"].squeeze()
    if given["level"] == 2:
        return [made[place] for place in given["places"]]
    a, c = given["place"]
    dk, db, lr = made[a, c], np.sum(given["dY"]), float(given.get("lr", 0))
    return [dk, *([given["k"][a][c] - lr * dk, given["b"] - lr * db] if given["level"] == 3 else [])]


#: Topic -> the answers as the line of the task gives them.
LINES = {"dropout": units, "relu-family": activated, "batchnorm": norm, "conv-grad": gradient}
