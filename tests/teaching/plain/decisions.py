"""Answers to topics of decisions, in loops and by linear equations."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from tests.teaching.plain.recurrence import floats

Given = dict[str, Any]


def mdp_read(given: Given) -> list[Any]:
    """What is missing to 1; the largest product; a weighted sum."""
    if given["level"] == 1:
        return [1 - sum(given["shares"])]
    if given["level"] == 2:
        return [
            max(first * p for first, row in zip(given["first"], given["after"], strict=True) for p in row)
        ]
    return [float(floats(given["shares"]) @ floats(given["rewards"]))]


def back(rewards: list[int], g: Fraction) -> list[Any]:
    """All returns, by a matrix of powers."""
    n = len(rewards)
    powers = np.array([[float(g) ** (k - t) if k >= t else 0 for k in range(n)] for t in range(n)])
    return list(powers @ floats(rewards))


def returns(given: Given) -> list[Any]:
    """A row of a matrix of powers; forever, the fixed point."""
    if given["level"] == 3:
        g = float(given["γ"])
        return [given["R1"] + g * given["r"] * sum(g**k for k in range(2000))]
    made = back(given["rewards"], given["γ"])
    return made[:1] if given["level"] == 1 else made


def bellman(given: Given) -> list[Any]:
    """All ways with their shares; two equations as a linear system."""
    g = float(given["γ"])
    if given["level"] == 3:
        p = np.array([[0, 1], [float(given["p"]), 0]])
        return list(np.linalg.solve(np.eye(2) - g * p, floats(given["r"])))
    shares, policy = floats(given["shares"]), floats(given["policy"])
    worths = [r + g * v for r, v in zip(given["rewards"], given["values"], strict=True)]
    ways = [*shares] if given["level"] == 1 else [*(policy[0] * shares), policy[1]]
    return [float(np.dot(ways, worths[1:]))]


def bellman_opt(given: Given) -> list[Any]:
    """q of each action, the largest of them."""
    worths = floats(given["rewards"]) + float(given["γ"]) * floats(given["values"])
    if given["level"] == 3:
        return ["abc"[int(np.argmax(worths))], float(max(worths))]
    first, second = map(floats, given["shares"])
    q = [float(first @ worths[:2]), float(second @ worths[1:])]
    return q if given["level"] == 1 else [max(q)]


def sweep(given: Given) -> list[Any]:
    """A matrix for the sweeps; in place, one row at a time."""
    p, r, g = np.eye(3)[list(given["goes"])], floats(given["rewards"]), float(given["γ"])
    values = floats(given["start"])
    if given["level"] == 3:
        for s in range(3):
            values[s] = r[s] + g * (p @ values)[s]
        return list(values)
    for _ in range(given["level"]):
        values = r + g * p @ values
    return list(values)


def td_update(given: Given) -> list[Any]:
    """The mean of old value and target, weighted by the step size."""
    r, v, after, a, g = (float(given.get(one, 0)) for one in ("r", "V(s)", "V(s')", "α", "γ"))
    target = r if "V(end)" in given else r + g * after
    return [target - v, (1 - a) * v + a * target][: 1 + (given["level"] > 1)]


def td_trace(given: Given) -> list[Any]:
    """Step by step over a table in which the end is worth 0."""
    values, made = {**given["start"], "end": 0}, []
    for (s, to), r in zip(given["ways"], given["rewards"], strict=True):
        values[s] = (values[s] + r + given["γ"] * values[to]) / Fraction(2)
        made.append(values[s])
    return made


def mc_vs_td(given: Given) -> list[Any]:
    """Both updates of the first state."""
    if given["level"] == 3:
        states, values = given["states"], given["values"]
        whole = back(given["rewards"], Fraction(1, 2))[0]
        target = values[states[0]] + 0.5 * (whole - values[states[0]])
        (mc,) = [one for one, table in given["tables"].items() if float(table[states[0]]) == target]
        return [mc, states[-1]]
    a, v = float(given["α"]), given["values"]
    whole = back(given["rewards"], given["γ"])[0]
    mc = (1 - a) * v[0] + a * whole
    if given["level"] == 1:
        return [whole, mc]
    return [mc, (1 - a) * v[0] + a * (given["rewards"][0] + float(given["γ"]) * v[1])]


def q_update(given: Given) -> list[Any]:
    """The mean of old value and target, for what s' is worth in each method."""
    a, g, e = (float(given.get(one, 0)) for one in "αγε")
    values = given["values"]

    def new(after: float) -> float:
        return (1 - a) * given["Q"] + a * (given["r"] + g * after)

    if given["level"] == 1:
        return [new(max(values))]
    if given["level"] == 2:
        return [new(values[given["taken"]]), new(max(values))]
    mean = (1 - e) * max(values) + e * float(np.mean(values))
    return [mean, new(mean)]


def eps_greedy(given: Given) -> list[Any]:
    """Every drawn step, counted out."""
    q, e = given["q"], given["ε"]
    best = [k for k, one in enumerate(q) if one == max(q)]
    made = [Fraction(e, len(q))] * len(q)
    for k in best:
        made[k] += Fraction(1 - e, len(best))
    assert sum(made) == 1
    if given["level"] > 1:
        return made
    return [made[best[0]], next(one for k, one in enumerate(made) if k != best[0])]


def policy_improve(given: Given) -> list[Any]:
    """Look in all four directions."""
    v, c = np.array(given["values"]), np.array(given["costs"])
    s = v + c
    return [best_of([s[0, j], s[2, j], s[1, j - 1], s[1, j + 1]]) for j in (1, 2)]


def best_of(sums: Any) -> str:
    """The moves with the largest sum."""
    return " or ".join(
        move for move, one in zip(("up", "down", "left", "right"), sums, strict=True) if one == max(sums)
    )


KEYS = {
    "mdp-read": mdp_read,
    "returns": returns,
    "bellman": bellman,
    "bellman-opt": bellman_opt,
    "sweep": sweep,
    "td-update": td_update,
    "td-trace": td_trace,
    "mc-vs-td": mc_vs_td,
    "q-update": q_update,
    "eps-greedy": eps_greedy,
    "policy-improve": policy_improve,
}


def returned(outcome: Any, given: Given) -> list[Any]:
    """The returns of dlcli; of a reward forever the first, behind the first reward."""
    made = outcome["returns"].ravel()
    if given["level"] == 3:
        return [given["R1"] + float(given["γ"]) * made[0]]
    return list(made[:1]) if given["level"] == 1 else list(made)


def made(outcome: Any, given: Given) -> list[Any]:
    """The numbers as they stand there."""
    return [*outcome["tensor"].ravel()]


def most(outcome: Any, given: Given) -> list[Any]:
    """The largest of the numbers, such as of four ways."""
    return [outcome["tensor"].max()]


def best_action(outcome: Any, given: Given) -> list[Any]:
    """Both q; the larger; the action of the largest, and that."""
    q = outcome["tensor"].ravel()
    return [[*q], [q.max()], ["abc"[int(q.argmax())], q.max()]][given["level"] - 1]


def asked(outcome: Any, given: Given) -> list[Any]:
    """The probabilities of all actions; at level 1 of the best and of the first other."""
    p = outcome["tensor"].ravel()
    best = int(np.argmax(given["q"]))
    return [p[best], p[int(best == 0)]] if given["level"] == 1 else [*p]


def moves(outcome: Any, given: Given) -> list[Any]:
    """The best moves of each row of sums."""
    return [best_of(row) for row in outcome["tensor"]]


LINES = {
    "returns": returned,
    "mdp-read": most,
    "bellman": made,
    "bellman-opt": best_action,
    "td-update": made,
    "q-update": made,
    "eps-greedy": asked,
    "policy-improve": moves,
}
