"""The updates of rules that look further than one step once more, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.learning.agents import Update
from dlcli.engines.decisions.learning.control_definition import Control
from dlcli.engines.decisions.learning.control_replay import MOST, Choice, Rule, best_values
from dlcli.engines.decisions.learning.exploration import probabilities, scores
from dlcli.engines.decisions.learning.replay import Moment
from dlcli.engines.decisions.policy import best_actions
from dlcli.engines.decisions.transitions import Transitions


@dataclass(frozen=True, eq=False)
class LongReplay:
    """The first run of learning by a rule of ``AGENTS``, update by update: as ``ControlReplay`` otherwise.

    >>> from dlcli.engines.decisions.learning.control_long import control_long
    >>> fork = Transitions.of([0, 0], [0, 1], [1, 1], [1, 1], [4, 0], n_states=2, n_actions=2)
    >>> learnt = control_long(fork, "mc", np.random.default_rng(0), episodes=5, trace=5)
    >>> replay = LongReplay(fork, Rule("mc"), learnt, 0.0, lambda count: learnt)
    >>> replay.count, replay.place(3), [round(step.after, 3) for step in replay.steps(2)]
    (5, (3, 0), [0.4, 0.76])
    """

    transitions: Transitions
    rule: Rule
    learnt: Control
    initial: float
    again: Callable[[int], Control]

    @cached_property
    def count(self) -> int:
        """How many updates there are."""
        return min(self.learnt.updates or 0, MOST)

    def steps(self, count: int) -> tuple[Update, ...]:
        """The first so many updates, in the order in which they were made."""
        learnt = self.learnt if count <= len(self.learnt.happened) else self.again(count)
        return tuple(step for step in learnt.happened[:count] if isinstance(step, Update))

    def place(self, update: int) -> tuple[int, int]:
        """The episode of the step that an update is of, and its place in it."""
        step = self.steps(update + 1)[update]
        return step.episode, step.time

    def choice(self, steps: Sequence[Update]) -> Choice:
        """How the action of the last of these first steps was chosen."""
        step = steps[-1]
        q, seen, allowed = np.array(step.values), np.array(step.tried), self.transitions.allowed[step.state]
        known = self.rule.explore, q, allowed, seen, step.exploring
        compared = np.where(allowed, scores(*known), np.nan)
        policy, value = probabilities(*known), step.exploring
        return Choice(np.where(allowed, q, np.nan), seen, value, compared, policy, step.draw, step.action)

    def columns(self, steps: Sequence[Update]) -> dict[str, Array]:
        """What happened in the first updates, by names (N,); of Dyna-Q which were ``planned`` as well."""
        names: tuple[str, ...] = (
            "episode", "state", "action", "reward", "next", "target", "delta", "alpha", "before", "after",
        )  # fmt: skip
        names = (*names, "planned") if self.rule.name == "dyna-q" else names
        return {name: np.array([getattr(step, name) for step in steps]) for name in names}

    def moments(self, most: int) -> Iterator[Moment]:
        """The run in at most so many pictures, as ``ControlReplay`` has them; ``step`` counts updates."""
        steps = self.steps(self.count)
        q = np.where(self.transitions.allowed, self.rule.explore.first(self.initial), np.nan)
        slow = min(most // 2, len(steps))
        later = np.linspace(slow, len(steps), most - slow + 1).round().astype(int)
        shown = {*range(1, slow + 1), *later.tolist()}
        for i, step in enumerate(steps):
            for state, action, trace in step.traces:
                q[state, action] += step.alpha * trace * step.delta
            q[step.state, step.action] = step.after
            if i + 1 in shown:
                values = best_values(self.transitions, q)
                yield Moment(values, step.episode, i, step.delta, step.next, best_actions(q))
