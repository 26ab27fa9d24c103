"""Answers to topics of attention, in floats and loops."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.teaching.plain.probabilities import floats, p_of

Given = dict[str, Any]


def scores(given: Given) -> list[Any]:
    """q·k / √d in loops."""
    return [
        sum(a * b for a, b in zip(given["q"][i], given["k"][j], strict=True)) / 2 for i, j in given["places"]
    ]


def weights(given: Given) -> list[Any]:
    """Softmax over the keys; of products that are not scaled yet, with √4."""
    w = p_of(floats(given["s"]) / given.get("√d", 1), 0 if given["level"] == 3 else 1)
    return [w[place] for place in given["places"]]


def output(given: Given) -> list[Any]:
    """Weights times values."""
    v = np.array(given["v"], float)
    if given["level"] == 3:
        w = p_of(np.array(given["q"], float) @ np.array(given["k"], float).T / 2)[0]
        return [*w, w @ v]
    made = floats(given["w"]) @ v
    return [made[place] for place in given["places"]]


def mask(given: Given) -> list[Any]:
    """Weights with −∞ for what is hidden."""
    made = []
    for i, j in given["places"]:
        s = np.where(given["seen"][i], floats(given["s"])[i], -np.inf)
        made.append(p_of(s)[j] if any(given["seen"][i]) else 0.0)
    return made


def heads(given: Given) -> list[Any]:
    """Shapes, slices side by side."""
    h = given["h"]
    if given["level"] == 1:
        t = given["T"]
        return [f"{h},{t},{given['d'] // h}", f"{h},{t},{t}"]
    if given["level"] == 2:
        width = len(given["x"][0]) // h
        return [one for row in given["x"] for one in row[given["j"] * width : (given["j"] + 1) * width]]
    return [one for head in given["parts"] for one in head[given["t"]]]


def place(pos: int, j: int, d: int) -> float:
    """Vaswani et al., by the exponential of a logarithm."""
    at = pos * math.exp(-2 * (j // 2) / d * math.log(10000))
    return math.cos(at) if j % 2 else math.sin(at)


def positions(given: Given) -> list[Any]:
    """Cells of the table, or the product of two rows."""
    if given["level"] < 3:
        return [place(given["pos"], j, given["d"]) for j in given["columns"]]
    p, q = given["places"]
    return [math.cos(q - p) + math.cos((q - p) / 100)]


def cost(given: Given) -> list[Any]:
    """Counted pair by pair, and step by step."""
    if given["level"] == 1:
        t = given["T"]
        return [t, sum(1 for i in range(t) for j in range(t) if j <= i)]
    d, n = given["d"], given["n"]
    step = sum(d + n for _ in range(n))
    if given["level"] == 2:
        t = given["T"]
        return [sum(2 * d for _ in range(t) for _ in range(t)), sum(step for _ in range(t))]
    return [step, next(t for t in range(1, 10**4) if 2 * t * t * d == t * step)]


#: Topic -> the answers that its drawn numbers have, in the order of its fields.
KEYS = {
    "attn-scores": scores,
    "attn-weights": weights,
    "attn-output": output,
    "mask": mask,
    "heads": heads,
    "positions": positions,
    "cost": cost,
}


def of_scores(outcome: Any, given: Given) -> list[Any]:
    """dlcli's scaled scores."""
    return [outcome["scaled"][at] for at in given["places"]]


def of_weights(outcome: Any, given: Given) -> list[Any]:
    """dlcli's weights."""
    made = outcome["weights" if given["level"] == 1 else "probabilities"]
    return [made[place] for place in given["places"]]


def of_output(outcome: Any, given: Given) -> list[Any]:
    """dlcli's output."""
    if given["level"] == 3:
        return [*outcome["weights"].ravel(), outcome["output"].item()]
    return [outcome["tensor"][at] for at in given["places"]]


def of_mask(outcome: Any, given: Given) -> list[Any]:
    """Cells of dlcli's weights."""
    return [outcome["weights"][place] for place in given["places"]]


def of_heads(outcome: Any, given: Given) -> list[Any]:
    """Shapes, a head, the row that dlcli's heads were cut from."""
    if given["level"] == 1:
        return [",".join(map(str, outcome[name].shape)) for name in ("queries", "scores")]
    if given["level"] == 2:
        return [*outcome["queries"][given["j"]].ravel()]
    assert (outcome["queries"] == given["parts"]).all()
    return [*outcome["tokens"][given["t"]]]


def of_positions(outcome: Any, given: Given) -> list[Any]:
    """Cells of dlcli's table, or a score of its rows."""
    if given["level"] < 3:
        return [outcome["tokens"][given["pos"], j] for j in given["columns"]]
    return [outcome["scores"][given["places"]]]


#: Topic -> the answers as the line of the task gives them.
LINES = {
    "attn-scores": of_scores,
    "attn-weights": of_weights,
    "attn-output": of_output,
    "mask": of_mask,
    "heads": of_heads,
    "positions": of_positions,
}
