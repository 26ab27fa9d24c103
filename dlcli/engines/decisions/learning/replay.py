"""The updates of a run once more, one by one: what each did to the values, and pictures of how they grow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.episodes import Episodes
from dlcli.engines.decisions.learning.backups import Backups
from dlcli.engines.decisions.learning.prediction import Method
from dlcli.engines.decisions.learning.td import Updates, backed_up
from dlcli.engines.decisions.learning.td_lambda import td_lambda, td_lambda_plain


@dataclass(frozen=True, eq=False)
class Moment:
    """A picture of learning: the values (S,) as they are at that time.

    ``episode`` and ``step`` tell when it is, None before the first and at the end of an episode; ``delta`` is
    the error of the update that was just made, ``state`` where the agent has come to, and ``best`` (S, A) of
    bool the actions that are best by these values, where these are known.
    """

    values: Array
    episode: int | None = None
    step: int | None = None
    delta: float | None = None
    state: int | None = None
    best: Array | None = None


@dataclass(frozen=True, eq=False)
class Replayed:
    """What the first updates of a run did, and what they left behind.

    ``traces`` (K, S) are those of all states in the last K steps, None unless the method is TD(λ);
    ``values`` (S,) stand after the last of the updates.
    """

    updates: Updates
    traces: Array | None
    values: Array


@dataclass(frozen=True, eq=False)
class Replay:
    """The first run of some episodes, learnt from by one method as the definitions have it.

    Parameters
    ----------
    method : Method
        How values are learnt; its ``batch`` counts for nothing here.
    episodes : Episodes
        What was seen; of several runs the first counts.
    terminal : (S,) of bool
        Where episodes end.
    gamma, initial : float
        The discount, and the first guess for every state that is not terminal.

    >>> seen = Episodes.of([0, 1, 0], [0] * 3, [0.0, 1.0, 0.0], [1, 2, 1], lengths=[2, 1])
    >>> replay = Replay(Method(alpha=0.5), seen, np.array([False, False, True]), 1.0, 0.0)
    >>> replay.upto(3).updates.after, replay.upto(3).values, replay.place(2)
    (array([0.  , 0.5 , 0.25]), array([0.25, 0.5 , 0.  ]), (1, 0))

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, sections 6.1, 7.1 and 12.2.
    """

    method: Method
    episodes: Episodes
    terminal: Array
    gamma: float
    initial: float

    @cached_property
    def plan(self) -> Backups:
        """The updates of the run in their order, and what their targets are made of."""
        return self.method.backups(self.episodes, self.gamma)

    @property
    def count(self) -> int:
        """How many updates there are."""
        return int(self.plan.offsets[1])

    @property
    def _traced(self) -> bool:
        """Whether traces spread an update over all states."""
        return self.method.name == "lambda"

    def place(self, update: int) -> tuple[int, int]:
        """The episode of an update, and the step in it whose state was updated."""
        t = int(self.plan.step[update])
        episode = int(self.episodes.episode[t])
        return episode, t - int(self.episodes.offsets[episode])

    def upto(self, count: int, keep: int | None = None) -> Replayed:
        """The first so many updates; of their traces only the last ``keep``, when that is a number."""
        plan, values = self.plan.upto(count), self._guesses()
        alpha = self.method.step_sizes(plan, self._unseen())
        if not self._traced:
            return Replayed(backed_up(values, plan, alpha), None, values)
        happened, traces = td_lambda_plain(
            values,
            self.episodes.head(count),
            alpha=alpha,
            gamma=self.gamma,
            decay=self.method.decay,
            traces=self.method.traces,
            keep=keep,
        )
        return Replayed(happened, traces, values)

    def columns(self, happened: Updates) -> dict[str, Array]:
        """What happened in updates, by names (N,): when, where, the target, and the value's way to it.

        TD(λ) has the ``trace`` of the state as well: after = before + alpha · trace · delta.
        """
        seen = ("episode", "state", "action", "reward", "next")
        update = ("target", "delta", "alpha", "before", "after", "trace")[: 6 if self._traced else 5]
        return {name: getattr(self.episodes, name)[happened.step] for name in seen} | {
            name: getattr(happened, name) for name in update
        }

    def moments(self, most: int, episodes: int) -> Iterator[Moment]:
        """So many episodes in at most ``most`` pictures: the first steps one by one, then some episodes.

        Of two pictures the first has the values before all steps, the other those behind the last episode.

        TD(λ), which moves all values at every step, is shown by episodes alone.

        >>> seen = Episodes.of([0, 1, 0], [0] * 3, [0.0, 1.0, 0.0], [1, 2, 1], lengths=[2, 1])
        >>> replay = Replay(Method(alpha=0.5), seen, np.array([False, False, True]), 1.0, 0.0)
        >>> [(one.episode, one.step, one.values[1].item()) for one in replay.moments(4, 2)]
        [(None, None, 0.0), (0, 0, 0.0), (0, None, 0.5), (1, None, 0.5)]
        """
        values, seen, plan = self._guesses(), self.episodes, self.plan.upto(self.count)
        episodes = min(episodes, len(seen.lengths) // seen.runs)
        ends = np.searchsorted(plan.step, seen.offsets[1 : episodes + 1])
        slow = 0 if self._traced else (most - 1) // 2
        shown = np.unique(np.linspace(episodes - 1, 0, most - 1 - slow).round().astype(int))
        yield Moment(values.copy())
        if self._traced:
            alpha = self.method.step_sizes(plan, self._unseen())
            after = td_lambda(
                values[None].copy(), seen.head(self.count), alpha=alpha, gamma=self.gamma,
                decay=self.method.decay, traces=self.method.traces,
            )  # fmt: skip
            yield from (Moment(after[episode], episode) for episode in shown.tolist())
            return
        happened = self.upto(self.count).updates
        for i in range(min(slow, int(ends[0]))):
            t = int(happened.step[i])
            values[plan.state[i]] = happened.after[i]
            yield Moment(values.copy(), 0, t, float(happened.delta[i]), int(seen.next[t]))
        done = 0
        for episode in shown.tolist():
            mine = slice(done, int(ends[episode]))
            values[plan.state[mine]] = happened.after[mine]  # of several values the last one stays
            done = int(ends[episode])
            yield Moment(values.copy(), episode)

    def _guesses(self) -> Array:
        """The values before the first update (S,)."""
        return np.where(self.terminal, 0.0, self.initial)

    def _unseen(self) -> Array:
        """How often the states were updated before (1, S)."""
        return self.method.unseen(1, len(self.terminal))
