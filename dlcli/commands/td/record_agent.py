"""One run of ``dlcli td --control --approximate``: agents that learnt what to do by weights, not a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.approximation.acting import Course
from dlcli.engines.decisions.approximation.control import ActionUpdate
from dlcli.engines.decisions.optimal import Optimum
from dlcli.engines.decisions.policy import greedy_policy
from dlcli.nets.agents.deep_q import QSettings, QStep
from dlcli.nets.agents.policy_gradient import PolicySettings, PolicyStep
from dlcli.tensor import Axis, Tensor
from dlcli.words.line import Line
from dlcli.worlds.gym_box import BoxWorld
from dlcli.worlds.world import World

if TYPE_CHECKING:
    from dlcli.commands.td.options import Options

#: Episodes whose mean return is told while it is learnt.
LAST = 100

#: What an agent can tell of one update.
Update = ActionUpdate | QStep | PolicyStep


@dataclass(frozen=True, eq=False)
class Learner:
    """What learnt by one rule and one approximation in R runs.

    ``numbers`` is how many it learns, ``settings`` what its updates are set to. ``courses`` are its runs,
    and ``updates`` (R,) counts those of each. ``evaluated`` (R, n) is what new episodes paid with its best
    actions alone, in a world without a table; in one with a table ``q`` (R, S, A) are its action values,
    where it has some, and ``greedy`` is what its best actions pay, None where that never ends.
    """

    rule: str
    word: str
    name: str
    numbers: int
    settings: QSettings | PolicySettings | tuple[float, float, int]
    courses: tuple[Course, ...]
    updates: Array
    evaluated: Array | None = None
    q: Array | None = None
    greedy: tuple[float | None, ...] = ()

    @property
    def late(self) -> Array:
        """The mean return of the last episodes of each run (R,)."""
        return np.array([np.mean(course.returns[-LAST:]) for course in self.courses])

    def smooth(self, places: Array, last: int) -> Array:
        """The mean return of the last so many episodes of each run after some numbers of steps (R, P).

        NaN before the first episode is over; a run that has ended keeps what it came to.
        """
        found = np.full((len(self.courses), len(places)), np.nan)
        for row, course in zip(found, self.courses, strict=True):
            sums = np.concatenate([[0.0], np.cumsum(course.returns)])
            done = np.searchsorted(np.cumsum(course.lengths), places, side="right")
            first = np.maximum(done - last, 0)
            there = done > 0
            row[there] = (sums[done[there]] - sums[first[there]]) / (done - first)[there]
        return found


@dataclass(frozen=True, eq=False)
class Agents:
    """A world, and the learners in it; ``again`` learns by the first once more, up to an update."""

    world: World | BoxWorld
    options: Options
    learners: tuple[Learner, ...]
    again: Callable[[int], Update]
    gamma: float
    limit: int
    budget: str
    optimum: Optimum | None = None
    seed: int = 0
    line: Line = field(default_factory=Line)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """A name for each learner."""
        return tuple(f"{RULE_NAMES[one.rule]}, {one.name}" for one in self.learners)

    @property
    def solved(self) -> float | None:
        """The mean return from which on the world counts as solved."""
        return self.world.solved if isinstance(self.world, BoxWorld) else None


#: How rules are called.
RULE_NAMES = {
    "sarsa": "SARSA",
    "expected-sarsa": "expected SARSA",
    "q-learning": "Q-learning",
    "double-q": "double Q",
    "reinforce": "REINFORCE",
}


def outputs(work: Agents) -> Mapping[str, Callable[[], Tensor]]:
    """The tensors of what was learnt, a layer for each learner where there are several."""
    attrs = {**work.world.attrs, "gamma": work.gamma, "seed": work.seed}
    every = Axis("method", work.labels)

    def stacked(data: list[Array], axes: tuple[Axis, ...], name: str) -> Tensor:
        if len(data) == 1:
            return Tensor(data[0], axes, name, attrs)
        return Tensor(np.stack(data), (every, *axes), name, attrs)

    def padded(of: Callable[[Course], list[float]]) -> list[Array]:
        longest = max(len(of(course)) for one in work.learners for course in one.courses)
        found = []
        for one in work.learners:
            rows = np.full((len(one.courses), longest), np.nan)
            for row, course in zip(rows, one.courses, strict=True):
                row[: len(of(course))] = of(course)
            found.append(rows)
        return found

    axes = (Axis("run"), Axis("episode"))
    made: dict[str, Callable[[], Tensor]] = {
        "returns": lambda: stacked(padded(lambda course: course.returns), axes, "returns"),
        "lengths": lambda: stacked(padded(lambda c: [float(n) for n in c.lengths]), axes, "lengths"),
    }
    if all(one.evaluated is not None for one in work.learners):
        made["evaluated"] = lambda: stacked(
            [one.evaluated for one in work.learners if one.evaluated is not None], axes, "evaluated"
        )
    if isinstance(work.world, World) and all(one.q is not None for one in work.learners):
        states, actions = Axis("state", work.world.states), Axis("action", work.world.actions)
        best = [greedy_policy(one.q[0]) for one in work.learners if one.q is not None]
        q = [one.q.mean(axis=0) for one in work.learners if one.q is not None]
        made = {
            "values": lambda: stacked([each.max(axis=1) for each in q], (states,), "values"),
            "q": lambda: stacked(q, (states, actions), "q"),
            "policy": lambda: stacked(best, (states, actions), "policy"),
            **made,
        }
    return made
