"""An agent that learns from observations, step by step: the loop that every way of learning shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.learning.control_definition import TableEnvironment
from dlcli.engines.decisions.transitions import Transitions


class Surroundings(Protocol):
    """A world that is observed: each observation is D numbers."""

    def reset(self) -> Array:
        """Begin an episode; what is observed (D,)."""

    def step(self, action: int) -> tuple[Array, float, bool]:
        """Do something: the next observation (D,), the reward, and whether the world ended the episode."""


class PlacedStates:
    """A world with a table, of which an agent observes the ``points`` (S, D) of its states.

    >>> chain = Transitions.of([0], [0], [1], [1], [5], n_states=2, n_actions=1)
    >>> world = PlacedStates(chain, np.array([[0.25], [0.75]]), np.random.default_rng(0))
    >>> world.reset(), world.step(0)
    (array([0.25]), (array([0.75]), 5.0, True))
    """

    def __init__(self, transitions: Transitions, points: Array, generator: np.random.Generator) -> None:
        self.table, self.points, self.generator = TableEnvironment(transitions), points, generator
        self.state = 0

    def reset(self) -> Array:
        """The point of the state in which an episode begins."""
        self.state = self.table.begin(self.generator.random())
        return self._point()

    def step(self, action: int) -> tuple[Array, float, bool]:
        """Do something that the state has: the next point, the reward, and whether the episode is over."""
        reward, self.state, ended = self.table.step(self.state, action, self.generator.random())
        return self._point(), reward, ended

    def _point(self) -> Array:
        found: Array = self.points[self.state].copy()
        return found


@dataclass(frozen=True, eq=False)
class Experience:
    """One step: ``observed`` (D,), the action, its reward, ``after`` (D,), and how the episode goes on.

    ``ended`` says that the world ended it, ``cut`` that it is only broken off: what would have followed is
    worth something then.
    """

    observed: Array
    action: int
    reward: float
    after: Array
    ended: bool
    cut: bool


class Agent(Protocol):
    """What acts and learns. ``updates`` counts how often it has learnt; ``finished`` ends the learning."""

    updates: int
    finished: bool

    def act(self, observed: Array) -> int:
        """The action that is taken while it learns, which tries others, too."""

    def see(self, step: Experience) -> None:
        """Learn from what happened."""

    def best(self, observed: Array) -> Array:
        """The best actions (n,) for observations (n, D)."""

    def parameters(self) -> Array:
        """The numbers that it learns, flat: what is kept of the best check."""


@dataclass(frozen=True)
class Budget:
    """How long an agent learns: until so many ``steps`` or ``episodes``, whichever comes first.

    ``limit`` is after how many steps an episode is cut. Every ``every`` steps the best actions alone are
    looked at, unless that is 0; the learning ends where they pay ``enough`` on average.
    """

    steps: int | None = None
    episodes: int | None = None
    limit: int = 10_000
    every: int = 0
    enough: float | None = None


@dataclass(eq=False)
class Course:
    """How one run went.

    ``returns`` and ``lengths`` of its episodes, the last of which may be broken off; ``checks`` are (steps
    so far, what the best actions paid on average); ``kept`` the parameters of the best of these, which is
    the one after ``kept_at`` steps.
    """

    returns: list[float] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    checks: list[tuple[int, float]] = field(default_factory=list)
    kept: Array | None = None
    kept_at: int = 0
    cut: int = 0

    @property
    def steps(self) -> int:
        """Steps of all episodes."""
        return sum(self.lengths)


def learn(
    agent: Agent,
    surroundings: Surroundings,
    budget: Budget,
    *,
    gamma: float = 1.0,
    check: Callable[[], float] | None = None,
    seen: Callable[[Course], None] = lambda _: None,
) -> Course:
    """Let an agent act and learn until its budget is spent; ``seen`` is called after each episode.

    ``gamma`` discounts the returns that are written down. ``check`` says what the best actions pay.

    >>> class Bell:
    ...     def reset(self): return np.zeros(1)
    ...     def step(self, action): return np.ones(1), float(action), True
    >>> class Ringer:
    ...     updates, finished = 0, False
    ...     def act(self, observed): return 1
    ...     def see(self, step): self.updates += 1
    >>> learn(Ringer(), Bell(), Budget(episodes=3)).returns
    [1.0, 1.0, 1.0]
    """
    course, total = Course(), 0
    steps = np.inf if budget.steps is None else budget.steps
    episodes = np.inf if budget.episodes is None else budget.episodes
    best = -np.inf
    while len(course.returns) < episodes and total < steps and not agent.finished:
        observed, paid, faded, length = surroundings.reset(), 0.0, 1.0, 0
        going = True
        while going:
            action = agent.act(observed)
            after, reward, ended = surroundings.step(action)
            length, total = length + 1, total + 1
            paid, faded = paid + faded * reward, faded * gamma
            cut = not ended and (length == budget.limit or total >= steps)
            agent.see(Experience(observed, action, reward, after, ended, cut))
            observed = after
            going = not (ended or cut or agent.finished)
            if check is not None and budget.every and total % budget.every == 0:
                worth = check()
                course.checks.append((total, worth))
                if worth > best:
                    best, course.kept, course.kept_at = worth, agent.parameters().copy(), total
                if budget.enough is not None and worth >= budget.enough:
                    steps, going = total, False
        course.returns.append(paid)
        course.lengths.append(length)
        course.cut += not ended and length == budget.limit
        seen(course)
    return course


def greedy_returns(
    best: Callable[[Array], Array],
    surroundings: Sequence[Surroundings],
    *,
    limit: int,
    gamma: float = 1.0,
    unended: float | None = None,
) -> Array:
    """What an episode in each of the worlds (n,) pays with the best actions alone.

    ``best`` gives actions (k,) for observations (k, D): those of all episodes that still go on. An episode
    that has not ended after ``limit`` steps counts as ``unended``, or as what it has paid until then.
    """
    observed = np.stack([one.reset() for one in surroundings])
    paid, faded, live = np.zeros(len(observed)), 1.0, np.arange(len(observed))
    for _ in range(limit):
        going = []
        for i, action in zip(live.tolist(), best(observed[live]).tolist(), strict=True):
            observed[i], reward, ended = surroundings[i].step(action)
            paid[i] += faded * reward
            if not ended:
                going.append(i)
        faded *= gamma
        live = np.array(going, np.intp)
        if not going:
            break
    if unended is not None:
        paid[live] = unended
    return paid
