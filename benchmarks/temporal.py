"""Temporal differences: many runs at once, and one long run, beside the loop that every textbook has."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contest import Contest, Work

Array = np.ndarray[Any, np.dtype[Any]]

ALPHA = 0.1
N = 10  # rows and columns of the grid

TRACE, PLANNED = 0.8, 5

#: Rules of control by name -> the name of the engine's agent.
RULES = {"SARSA(λ)": "sarsa-lambda", "Dyna-Q": "dyna-q"}

#: One run at a time, both in plain Python: ours on lists, and with all that is told of a run kept.
CONTROL = {"textbook": 1.0}

GOALS = {"random walk": {"textbook": 0.08}, "grid": {"textbook": 0.04, "lists": 1.0}}


def contests(*, quick: bool) -> list[Contest]:
    """The RMS error of 100 runs of 100 episodes, and the values after one run of thousands.

    Every contender draws its own random numbers: what they have in common is what they do with them.
    """
    runs, episodes, long = (10, 20, 100) if quick else (100, 100, 10_000)
    return [
        Contest(
            f"TD(0), random walk, {runs} runs x {episodes} episodes",
            ["dlcli", "textbook"],
            {"kind": "random walk", "runs": runs, "episodes": episodes},
            GOALS["random walk"],
            same=False,
            rounds=31,
        ),
        Contest(
            f"TD(0), {N}x{N} grid, one run, {long} episodes",
            ["dlcli", "textbook", "lists"],
            {"kind": "grid", "runs": 1, "episodes": long},
            GOALS["grid"],
            same=False,
            rounds=5,
        ),
        *(
            Contest(
                f"{rule}, {N}x{N} grid, one run, {long // 20} episodes",
                ["dlcli", "textbook"],
                {"kind": rule, "runs": 1, "episodes": long // 20},
                CONTROL,
                same=False,
                rounds=5,
            )
            for rule in RULES
        ),
    ]


def ours(kind: str, runs: int, episodes: int) -> Work:
    """dlcli's engines, sampling included."""
    from dlcli.engines.decisions import random_policy
    from dlcli.engines.decisions.learning import Method, predict
    from dlcli.engines.decisions.learning.agents import Settings
    from dlcli.engines.decisions.learning.control_long import control_long
    from dlcli.worlds.builtin import corners, random_walk

    if kind in RULES:
        grid, settings = corners(N, N).transitions, Settings(decay=TRACE, planning=PLANNED)

        def control() -> Array:
            rng = np.random.default_rng(1)
            return control_long(grid, RULES[kind], rng, episodes=episodes, settings=settings).q

        return control
    world = (random_walk() if kind == "random walk" else corners(N, N)).transitions
    policy, method = random_policy(world), [Method(alpha=ALPHA)]
    exact = np.array([0, 1, 2, 3, 4, 5, 0]) / 6 if kind == "random walk" else None

    def learn() -> Array:
        generators = np.random.default_rng(1).spawn(runs)
        learnt = predict(world, policy, method, generators, episodes=episodes, initial=0.5, exact=exact)
        return learnt.values if learnt.rms is None else learnt.rms.mean(axis=1)

    return learn


def textbook(kind: str, runs: int, episodes: int) -> Work:
    """States in a NumPy array, a random action and an update at every step."""
    if kind == "grid":
        return lambda: textbook_grid(episodes)
    if kind in RULES:
        return lambda: (textbook_traces if kind == "SARSA(λ)" else textbook_dyna)(episodes)
    exact = np.arange(1, 6) / 6

    def learn() -> Array:
        rms = np.zeros(episodes + 1)
        for _ in range(runs):
            values = np.array([0, 0.5, 0.5, 0.5, 0.5, 0.5, 0])
            rms[0] += np.sqrt(np.mean((values[1:6] - exact) ** 2))
            for episode in range(episodes):
                state = 3
                while 0 < state < 6:
                    onward = state + (1 if np.random.binomial(1, 0.5) else -1)
                    reward = 1.0 if onward == 6 else 0.0
                    values[state] += ALPHA * (reward + values[onward] - values[state])
                    state = onward
                rms[episode + 1] += np.sqrt(np.mean((values[1:6] - exact) ** 2))
        return rms / runs

    return learn


class Grid:
    """The environment as textbooks and Gymnasium have it: reset and step."""

    moves = ((-1, 0), (0, 1), (1, 0), (0, -1))
    place = (0, 0)

    def reset(self) -> tuple[int, int]:
        """Begin anywhere but in a corner that ends the episode."""
        start = np.random.randint(1, N * N - 1)
        self.place = start // N, start % N
        return self.place

    def step(self, action: int) -> tuple[tuple[int, int], float, bool]:
        """Move, unless there is a wall."""
        row = min(N - 1, max(0, self.place[0] + self.moves[action][0]))
        column = min(N - 1, max(0, self.place[1] + self.moves[action][1]))
        self.place = row, column
        return self.place, -1.0, self.place in ((0, 0), (N - 1, N - 1))


def textbook_grid(episodes: int) -> Array:
    """The box "Tabular TD(0)" word for word."""
    world, values = Grid(), np.full((N, N), 0.5)
    values[0, 0] = values[-1, -1] = 0.0
    for _ in range(episodes):
        state, ended = world.reset(), False
        while not ended:
            onward, reward, ended = world.step(np.random.randint(4))
            values[state] += ALPHA * (reward + values[onward] * (not ended) - values[state])
            state = onward
    return values


def greedy(row: Array) -> int:
    """An action that is best, one in ten times any."""
    if np.random.random() < 0.1:
        return int(np.random.randint(4))
    return int(np.random.choice(np.flatnonzero(row == row.max())))


def textbook_traces(episodes: int) -> Array:
    """SARSA(λ) with a matrix of traces, every cell of which every step moves."""
    world, q = Grid(), np.zeros((N, N, 4))
    for _ in range(episodes):
        state, ended, trace = world.reset(), False, np.zeros_like(q)
        action = greedy(q[state])
        while not ended:
            onward, reward, ended = world.step(action)
            then = greedy(q[onward])
            trace[state][action] += 1
            q += ALPHA * (reward + q[onward][then] * (not ended) - q[state][action]) * trace
            trace *= TRACE
            state, action = onward, then
    return q


def textbook_dyna(episodes: int) -> Array:
    """The box "Tabular Dyna-Q", its model a dictionary."""
    world, q = Grid(), np.zeros((N, N, 4))
    model: dict[tuple[tuple[int, int], int], tuple[tuple[int, int], float, bool]] = {}
    for _ in range(episodes):
        state, ended = world.reset(), False
        while not ended:
            action = greedy(q[state])
            onward, reward, ended = world.step(action)
            model[state, action] = onward, reward, ended
            seen = list(model)
            steps = [(state, action), *(seen[i] for i in np.random.randint(len(seen), size=PLANNED))]
            for one, did in steps:
                after, paid, over = model[one, did]
                q[one][did] += ALPHA * (paid + q[after].max() * (not over) - q[one][did])
            state = onward
    return q


def lists(kind: str, runs: int, episodes: int) -> Work:
    """The same loop as tight as plain Python gets: lists, a table of moves, the random module."""
    from random import random

    table = [
        [
            min(N - 1, max(0, row + down)) * N + min(N - 1, max(0, column + aside))
            for down, aside in Grid.moves
        ]
        for row in range(N)
        for column in range(N)
    ]
    last = N * N - 1

    def learn() -> Array:
        values = [0.5] * (N * N)
        values[0] = values[last] = 0.0
        for _ in range(episodes):
            state = 1 + int(random() * (last - 1))
            while 0 < state < last:
                onward = table[state][int(random() * 4)]
                values[state] += ALPHA * (values[onward] - 1.0 - values[state])
                state = onward
        return np.array(values)

    return learn


CONTENDERS = {"dlcli": ours, "textbook": textbook, "lists": lists}
