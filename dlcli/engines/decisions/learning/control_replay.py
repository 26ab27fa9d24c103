"""The updates of learning by doing once more, one by one, and what the best actions found are worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.bellman import start_value
from dlcli.engines.decisions.learning.agents import AGENTS, USUAL, Settings
from dlcli.engines.decisions.learning.control_definition import Ahead, Control, Step, look_ahead
from dlcli.engines.decisions.learning.exploration import (
    ONE_IN_TEN,
    STEADY,
    Exploration,
    Fall,
    probabilities,
    scores,
)
from dlcli.engines.decisions.learning.replay import Moment
from dlcli.engines.decisions.policy import best_actions, single_best
from dlcli.engines.decisions.transitions import Transitions

MOST = 1_000_000  # updates of a run that can be replayed


@dataclass(frozen=True)
class Rule:
    """One way to learn what to do: one of ``RULES``, its step size, how its actions are chosen.

    ``alpha`` is None for one over the number of visits. Rules of ``AGENTS`` have ``settings`` beside it, and
    may begin each episode with any state and action.
    """

    name: str
    alpha: float | None = 0.1
    explore: Exploration = ONE_IN_TEN
    settings: Settings = USUAL
    exploring_starts: bool = False
    fall: Fall = STEADY

    @property
    def long(self) -> bool:
        """Whether it is one of ``AGENTS``."""
        return self.name in AGENTS


@dataclass(frozen=True, eq=False)
class Choice:
    """How an action was chosen, all (A,): what actions seemed to be worth, how often they had been tried.

    ``value`` is ε, τ or c then, ``scores`` are what was compared and ``policy`` how likely each action was;
    nan and 0 where there is no such action. ``draw``, uniform in [0, 1), decided for ``action``.
    """

    q: Array
    seen: Array
    value: float
    scores: Array
    policy: Array
    draw: float
    action: int


def best_values(transitions: Transitions, q: Array) -> Array:
    """What the best action of each state is worth (…, S), from Q(s, a) (…, S, A); 0 where episodes end.

    >>> fork = Transitions.of([0, 0], [0, 1], [1, 1], [1, 1], [4, 0], n_states=2, n_actions=2)
    >>> best_values(fork, np.array([[3.0, 1.0], [np.nan, np.nan]]))
    array([3., 0.])
    """
    known = np.where(np.isnan(q) & ~transitions.allowed, -np.inf, q)
    return np.where(transitions.terminal, 0.0, known.max(axis=-1))


def greedy_return(transitions: Transitions, q: Array, gamma: float) -> float:
    """What an episode is worth to whoever takes a best action by Q(s, a) (S, A) in every state.

    Of several that are best it is always the first. States to which no such episode comes do not matter.

    Raises ``EngineError`` where rewards may come for ever, and gamma is 1.

    >>> fork = Transitions.of([0, 0], [0, 1], [1, 1], [1, 1], [4, 0], n_states=2, n_actions=2)
    >>> greedy_return(fork, np.array([[1.0, 0.0], [np.nan, np.nan]]), 1.0)
    4.0
    """
    return start_value(transitions, single_best(transitions, q), gamma)


@dataclass(frozen=True, eq=False)
class ControlReplay:
    """The first run of learning by one rule, update by update.

    Parameters
    ----------
    transitions : Transitions
        The world.
    rule : Rule
        What was learnt by.
    learnt : Control
        What was learnt, with the first updates of the first run.
    initial : float
        The first guess for every action.
    again : function of a number
        Learns in the first run once more, and keeps so many updates; asked for those that ``learnt`` lacks.

    >>> from dlcli.engines.decisions.learning.control import control
    >>> fork = Transitions.of([0, 0], [0, 1], [1, 1], [1, 1], [4, 0], n_states=2, n_actions=2)
    >>> learnt = control(fork, "q-learning", [np.random.default_rng(0)], episodes=5, trace=5)
    >>> replay = ControlReplay(fork, Rule("q-learning"), learnt, 0.0, lambda count: learnt)
    >>> replay.count, replay.place(3), [round(step.after, 3) for step in replay.steps(2)]
    (5, (3, 0), [0.4, 0.76])

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, sections 6.4 to 6.7.
    """

    transitions: Transitions
    rule: Rule
    learnt: Control
    initial: float
    again: Callable[[int], Control]

    @cached_property
    def count(self) -> int:
        """How many updates there are."""
        return min(int(self.learnt.steps[0].sum()), MOST)

    @cached_property
    def _ends(self) -> Array:
        """The updates before the end of each episode (E,)."""
        ends: Array = np.cumsum(self.learnt.steps[0])
        return ends

    def place(self, update: int) -> tuple[int, int]:
        """The episode of an update, and the step in it."""
        episode = int(np.searchsorted(self._ends, update, side="right"))
        return episode, update - (int(self._ends[episode - 1]) if episode else 0)

    def steps(self, count: int) -> tuple[Step, ...]:
        """The first so many updates."""
        learnt = self.learnt if count <= len(self.learnt.happened) else self.again(count)
        return learnt.happened[:count]

    def ahead(self, steps: Sequence[Step]) -> Ahead | None:
        """What the next state was taken to be worth in the last of these first steps; None at an end."""
        *before, step = steps
        if self.transitions.terminal[step.next]:
            return None
        q, seen = self._known(before)
        policy = None
        if self.rule.name == "expected-sarsa":
            policy = self._chances(q[0, step.next], seen[0, step.next], len(before))[1]
        return look_ahead(self.rule.name, q[:, step.next], table=step.table, then=step.then, policy=policy)

    def choice(self, steps: Sequence[Step]) -> Choice:
        """How the action of the last of these first steps was chosen."""
        *before, step = steps
        i = len(before)
        if self.rule.name == "sarsa" and self.place(i)[1]:
            before.pop()  # the action was chosen before the last update was made
        q, seen = (table[:, step.state] for table in self._known(before))
        mean, count = q.mean(axis=0), seen.sum(axis=0)
        compared, policy = self._chances(mean, count, i)
        compared = np.where(np.isnan(mean), np.nan, compared)
        return Choice(mean, count, self._value(i), compared, policy, step.draw, step.action)

    def _value(self, update: int) -> float:
        """ε, τ or c in the episode of an update."""
        return float(self.rule.explore.values(self.learnt.steps.shape[1])[self.place(update)[0]])

    def _chances(self, q: Array, seen: Array, update: int) -> tuple[Array, Array]:
        """What the actions (A,) of a state are compared by, and how likely each is."""
        allowed = ~np.isnan(q)
        known = self.rule.explore, np.where(allowed, q, -np.inf), allowed, seen, self._value(update)
        return scores(*known), probabilities(*known)

    def _known(self, steps: Sequence[Step]) -> tuple[Array, Array]:
        """Q(s, a) and how often each action was taken (T, S, A), after these updates."""
        q = self._guesses()
        seen = np.zeros(q.shape, np.intp)
        for one in steps:
            q[one.table, one.state, one.action] = one.after
            seen[one.table, one.state, one.action] += 1
        return q, seen

    def columns(self, steps: Sequence[Step]) -> dict[str, Array]:
        """What happened in the first steps, by names (N,): when, where, the target, the value's way to it.

        Double Q-learning has the ``table`` that was updated as well, 1 or 2.
        """
        episode: Array = np.searchsorted(self._ends, np.arange(len(steps)), side="right")
        names = ("state", "action", "reward", "next", "target", "delta", "alpha", "before", "after")
        found = {"episode": episode} | {
            name: np.array([getattr(step, name) for step in steps]) for name in names
        }
        if self.rule.name == "double-q":
            found["table"] = np.array([step.table + 1 for step in steps])
        return found

    def moments(self, most: int) -> Iterator[Moment]:
        """The run in at most so many pictures: its first steps one by one, then some further apart.

        ``Moment.step`` counts the steps of the run, from 0.
        """
        steps, q = self.steps(self.count), self._guesses()
        slow = min(most // 2, len(steps))
        later = np.linspace(slow, len(steps), most - slow + 1).round().astype(int)
        shown = {*range(1, slow + 1), *later.tolist()}
        for i, step in enumerate(steps):
            q[step.table, step.state, step.action] = step.after
            if i + 1 in shown:
                mean = q.mean(axis=0)
                values = best_values(self.transitions, mean)
                yield Moment(values, self.place(i)[0], i, step.delta, step.next, best_actions(mean))

    def _guesses(self) -> Array:
        """Q(s, a) before the first update (T, S, A) in one table or two, nan where no action is."""
        tables = 2 if self.rule.name == "double-q" else 1
        known = ~np.isnan(self.learnt.q[0])
        return np.tile(np.where(known, self.rule.explore.first(self.initial), np.nan), (tables, 1, 1))
