"""Worlds that can only be stepped in: episodes from them, and the table of what was seen."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.episodes import Episodes, StepKinds
from dlcli.engines.decisions.sampling import Chance
from dlcli.engines.decisions.transitions import Transitions


class Simulator(Protocol):
    """One agent in such a world."""

    def reset(self) -> int:
        """Begin an episode; the state it begins in."""

    def step(self, action: int) -> tuple[int, float, bool]:
        """Do something; the next state, the reward, and whether the episode is over."""


class SimulatorEnvironment:
    """A simulator as ``control_plain`` has it: every action is there in every state but the last."""

    def __init__(self, simulator: Simulator, n_states: int, n_actions: int) -> None:
        self.simulator = simulator
        self.allowed = np.ones((n_states, n_actions), bool)
        self.allowed[-1] = False

    def begin(self, uniform: float) -> int:
        """The simulator has chance of its own."""
        return self.simulator.reset()

    def step(self, state: int, action: int, uniform: float) -> tuple[float, int, bool]:
        after, reward, ended = self.simulator.step(action)
        return reward, after, ended


def stepped_episodes(
    simulator: Simulator, policy: Array, count: int, generator: np.random.Generator, *, limit: int = 10_000
) -> Episodes:
    """So many episodes of one run: actions are drawn from the policy (S, A), what follows is the simulator's.

    >>> class Coin:
    ...     def reset(self): return 0
    ...     def step(self, action): return 1, float(action), True
    >>> always = np.array([[0.0, 1.0], [0.0, 0.0]])
    >>> stepped_episodes(Coin(), always, 2, np.random.default_rng(0)).reward
    array([1., 1.])
    """
    n_states, n_actions = policy.shape
    places = np.flatnonzero(policy)
    row = places // n_actions
    offsets = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=n_states))])
    chance = Chance.of(policy.ravel()[places], offsets)
    steps: list[tuple[int, int, float, int]] = []
    lengths, cut = [], []
    for _ in range(count):
        state = simulator.reset()
        for length in range(1, limit + 1):
            place = chance.draw(np.array([state]), generator.random(1))
            action = int(places[place[0]] % n_actions)
            after, reward, ended = simulator.step(action)
            steps.append((state, action, reward, after))
            state = after
            if ended or length == limit:
                break
        lengths.append(length)
        cut.append(not ended)
    states, actions, rewards, following = map(np.array, zip(*steps, strict=True))
    kinds = StepKinds(states, actions, rewards.astype(np.float64), following)
    return Episodes(np.arange(len(steps)), kinds, np.concatenate([[0], np.cumsum(lengths)]), np.array(cut))


def seen_transitions(
    state: Array, action: Array, reward: Array, next: Array, starts: Array, n_actions: int
) -> tuple[Transitions, Array]:
    """The outcomes that were seen, as likely as they were seen, over the states that were; and these (S,).

    States get new numbers, in their order; the last of them, the end, is always among them.

    >>> seen, states = seen_transitions(np.array([4, 4]), np.array([0, 0]), np.array([1.0, 0.0]),
    ...                                 np.array([9, 9]), np.array([4]), 2)
    >>> states, seen.probability, seen.terminal
    (array([4, 9]), array([0.5, 0.5]), array([False,  True]))

    Raises ``EngineError`` when nothing was seen.
    """
    if not len(state):
        raise EngineError("nothing was seen of this world")
    states = np.union1d(state, next)
    place = {old: new for new, old in enumerate(states.tolist())}
    rows, counts = np.unique(np.stack([state, action, next, reward], axis=1), axis=0, return_counts=True)
    sources, follow = ([place[int(old)] for old in rows[:, column]] for column in (0, 2))
    taken = rows[:, 1].astype(int)
    pair = np.array(sources) * n_actions + taken
    share = counts / np.bincount(pair, weights=counts)[pair]
    begins = np.bincount([place[int(s)] for s in starts], minlength=len(states)) / len(starts)
    made = Transitions.of(
        sources, taken, follow, share, rows[:, 3], n_states=len(states), n_actions=n_actions, start=begins
    )
    return made, states
