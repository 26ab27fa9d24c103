"""Ten thousand states and four actions: exact values and the optimum, and what memory they take.

The dense solve is what a notebook would do: a matrix of states by states, and elimination in it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contest import Contest, Work

Array = np.ndarray[Any, np.dtype[Any]]

#: Bytes beyond input and output for 120,000 outcomes: a dozen arrays as long as they are.
MEMORY = 12_000_000


def contests(*, quick: bool) -> list[Contest]:
    """A grid to wander about in, the same on ice, and states that lead anywhere; then the best policy."""
    n = 30 if quick else 100
    found = []
    for kind, gamma in (("grid", 1.0), ("ice", 0.99), ("random", 0.99)):
        # Elimination fills a sparse matrix without a plan up to a dense one: no contest.
        peers = ["dense solve", "scipy spsolve"] if kind != "random" else ["dense solve"]
        options = {"kind": kind, "n": n, "gamma": gamma, "best": False}
        name = f"values, {kind}, {n * n} states"
        found.append(Contest(name, ["dlcli", *peers], options, {"dense solve": 0.1}, MEMORY, rounds=3))
    options = {"kind": "ice", "n": n, "gamma": 0.99, "best": True}
    name = f"optimum, ice, {n * n} states"
    found.append(Contest(name, ["dlcli", "value iteration"], options, {}, MEMORY, rounds=3))
    return found


def world(kind: str, n: int) -> Any:
    """The transitions of n² states with four actions."""
    from dlcli.engines.decisions import Transitions
    from dlcli.worlds.builtin import corners
    from dlcli.worlds.toml_grid import read_grid

    if kind == "grid":
        return corners(n, n).transitions
    if kind == "ice":
        rows = "\n".join(["S" + "." * (n - 1)] + ["." * n] * (n - 2) + ["." * (n - 1) + "G"])
        return read_grid(f"step_reward = -1\nslip = 0.5\ngrid = '''\n{rows}\n'''").transitions
    rng = np.random.default_rng(1)
    states, width = n * n, 3
    pair = np.repeat(np.arange(states * 4), width)
    return Transitions.of(
        pair // 4, pair % 4, rng.integers(0, states, len(pair)),
        rng.dirichlet(np.ones(width), states * 4).ravel(), rng.normal(1, 1, len(pair)),
        n_states=states, n_actions=4,
    )  # fmt: skip


def ours(kind: str, n: int, gamma: float, best: bool) -> Work:
    """dlcli's engines."""
    from dlcli.engines.decisions import evaluate, policy_iteration, random_policy

    moves = world(kind, n)
    if best:
        return lambda: policy_iteration(moves, gamma).values
    policy = random_policy(moves)
    return lambda: evaluate(moves, policy, gamma)


def dense(kind: str, n: int, gamma: float, best: bool) -> Work:
    """A matrix of all states by all states, and NumPy's elimination."""
    from dlcli.engines.decisions import Chain, random_policy

    moves = world(kind, n)
    chain = Chain.of(moves, random_policy(moves))

    def work() -> Array:
        matrix = np.eye(n * n)
        np.subtract.at(matrix, (chain.state, chain.next), gamma * chain.weight)
        return np.linalg.solve(matrix, chain.reward)

    return work


def sparse(kind: str, n: int, gamma: float, best: bool) -> Work:
    """SciPy's elimination in a sparse matrix (SuperLU)."""
    from scipy.sparse import csc_matrix, identity
    from scipy.sparse.linalg import spsolve

    from dlcli.engines.decisions import Chain, random_policy

    moves = world(kind, n)
    policy = random_policy(moves)

    def work() -> Array:
        chain = Chain.of(moves, policy)
        steps = csc_matrix((chain.weight, (chain.state, chain.next)), (n * n, n * n))
        solved: Array = spsolve(identity(n * n, format="csc") - gamma * steps, chain.reward)
        return solved

    return work


def vectorised(kind: str, n: int, gamma: float, best: bool) -> Work:
    """Value iteration until nothing changes, each sweep a few calls of NumPy."""
    from dlcli.engines.decisions import value_iteration

    moves = world(kind, n)
    return lambda: value_iteration(moves, gamma, tolerance=1e-13)[0]


CONTENDERS = {"dlcli": ours, "dense solve": dense, "scipy spsolve": sparse, "value iteration": vectorised}
