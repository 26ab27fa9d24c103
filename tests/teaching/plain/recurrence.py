"""Answers to topics of recurrence, by NumPy and in loops."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

Given = dict[str, Any]


def floats(values: Any) -> Any:
    """Drawn numbers as floats."""
    return np.array(values, dtype=float)


def seq_shape(given: Given) -> list[Any]:
    """By the words of the application, or by whether something comes out at every step."""
    if given["level"] == 1:
        return [kind(said) for said in given["said"]]
    if given["level"] == 2:
        made = np.zeros((given["steps"] if given["every"] else 1, given["classes"]))
        return [len(made), made.size]
    return [f"the state of {'every' if every else 'the last'} step" for every in given["every"]]


def kind(said: str) -> str:
    """Its name, by the words of an application."""
    read = re.search(r"(word by word|sample by sample|[fF]rames?|picture by picture|thirty days)[^,]*go|goes in (word|sample|picture|frame)", said)  # fmt: skip
    written = re.search(r"comes out (word|note|frame) by|for each word|a label of each|comes out frame", said)
    return f"{'many' if read else 'one'}-to-{'many' if written else 'one'}"


def rnn_state(given: Given) -> list[Any]:
    """Rows and matrices of one step after another."""
    w, u, b = (np.atleast_1d(floats(given[name])) for name in "wub")
    n = len(b)
    h, made = np.atleast_1d(floats(given["h"])), []
    for x in given["x"]:
        h = np.tanh(np.atleast_1d(floats(x)) @ w.reshape(-1, n) + h @ u.reshape(n, n) + b)
        made += h.tolist()
    return made


def rnn_memory(given: Given) -> list[Any]:
    """The sequence with the same end; tanh of each input alone; the places where two nets differ."""
    if given["level"] == 1:
        made = [row for row in given["options"].values() if row[-1] == given["x"][-1]]
        assert len(made) == 1
        return [", ".join(f"{one}".replace("-", "−") for one in made[0])]
    if given["level"] == 2:
        return [float(np.tanh(float(given["w"]) * x + float(given["b"]))) for x in given["x"]]
    found = []
    for u in (0.37, 0.0):
        states = []
        for row in (given["first"], given["second"]):
            h = 0.1
            states.append([h := np.tanh(0.41 * x + u * h + 0.2) for x in row])
        found.append(sum(one != other for one, other in zip(*states, strict=True)))
    return found


def rnn_params(given: Given) -> list[Any]:
    """The sizes of the arrays of Keras."""
    m, n, gates = given["m"], given["n"], (1, 4, 3)[given["level"] - 1]
    biases = (2, gates * n) if gates == 3 else (gates * n,)
    return [sum(np.zeros(shape).size for shape in ((m, gates * n), (n, gates * n), biases))]


def bidirectional(given: Given) -> list[Any]:
    """Both ways in loops."""
    if given["level"] == 2:
        one = np.zeros((given["steps"], given["units"]))
        return list(np.concatenate([one, one], axis=1).shape)

    def run(xs: list[int], w: float, u: float) -> list[float]:
        h, made = 0.0, []
        for x in xs:
            h = w * x + u * h
            made.append(h)
        return made

    behind = run(given["x"][::-1], *map(float, given["backward"]))[::-1]
    if given["level"] == 1:
        return behind
    return list(np.add(run(given["x"], *map(float, given["forward"])), behind))


def skip_leaky(given: Given) -> list[Any]:
    """A weighted mean; or a sum over the last two states."""
    if given["level"] < 3:
        made = [float(given["h"])]
        for x in given["x"]:
            made.append(made[-1] + (1 - float(given["α"])) * (x - made[-1]))
        return made[1:]
    w, u, s = (float(given[name]) for name in "wus")
    h = [0.0, 0.0]
    for x in given["x"]:
        h.append(w * x + u * h[-1] + s * h[-2])
    return h[-2:]


def q_of(d: list[int], enable: list[int]) -> list[int]:
    """The last D that was let in."""
    return [next((d[k] for k in range(t, -1, -1) if enable[k]), 0) for t in range(len(d))]


def latch(given: Given) -> list[Any]:
    """Q, or the one row that gives it."""
    if given["level"] < 3:
        return q_of(given["d"], given["enable"])
    made = [row for row in given["options"] if q_of(given["d"], [int(one) for one in row]) == given["q"]]
    assert len(made) == 1
    return made


KEYS = {
    "seq-shape": seq_shape,
    "rnn-state": rnn_state,
    "rnn-memory": rnn_memory,
    "rnn-params": rnn_params,
    "bidirectional": bidirectional,
    "skip-leaky": skip_leaky,
    "latch": latch,
}


def counted(outcome: Any, given: Given) -> list[Any]:
    """The number that the story tells."""
    return [int(re.search(r"(\d+) parameters", str(outcome))[1])]


def latched(outcome: Any, given: Given) -> list[Any]:
    """The states; at level 3 the row whose states they are."""
    states = [int(one) for one in outcome["states"].ravel()]
    return states if given["level"] < 3 else latch({**given, "q": states})


LINES = {"rnn-params": counted, "latch": latched}
