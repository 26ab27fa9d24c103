"""Episodes: what happened, step by step, one episode after the other, run after run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.engines.base.checks import Array, EngineError


@dataclass(frozen=True, eq=False)
class StepKinds:
    """The P different steps that occur: in ``state`` came ``action``, paid ``reward``, led to ``next``."""

    state: Array
    action: Array
    reward: Array
    next: Array


def column(name: str) -> cached_property[Array]:
    """A column (N,) of whatever has ``kinds`` with that column, and the ``kind`` of each of its N rows."""
    return cached_property(lambda self: getattr(self.kinds, name)[self.kind])


@dataclass(frozen=True, eq=False)
class Episodes:
    """N steps: in ``state[t]`` came ``action[t]``, paid ``reward[t]`` and led to ``next[t]``.

    All runs have as many episodes, those of run 0 first. Episode ``e`` of run ``r`` is the steps from
    ``offsets[k]`` up to ``offsets[k + 1]`` with ``k = r · (episodes of a run) + e``. ``cut`` (R·E,) tells
    which of them passed the step limit and were ended there, in a state that is not terminal. Of each step
    only its kind is kept, ``kind[t]``, a place in ``kinds``.

    >>> two = Episodes.of([0, 1, 0], [0, 0, 0], [0.0, 1.0, 5.0], [1, 2, 2], lengths=[2, 1])
    >>> two.lengths, two.returns(0.5)
    (array([2, 1]), array([0.5, 1. , 5. ]))
    """

    kind: Array
    kinds: StepKinds
    offsets: Array
    cut: Array
    runs: int = 1

    state, action = column("state"), column("action")
    reward, next = column("reward"), column("next")

    @staticmethod
    def of(
        state: Array | list[int],
        action: Array | list[int],
        reward: Array | list[float],
        next: Array | list[int],
        *,
        lengths: Array | list[int],
        runs: int = 1,
    ) -> Episodes:
        """Episodes of known lengths, none of them cut.

        Raises ``EngineError`` when the columns are of different lengths, or when the episodes do not add up
        to them or cannot be shared out among the runs.
        """
        columns = [np.asarray(column, np.intp) for column in (state, action, next)]
        rewards = np.asarray(reward, np.float64)
        shapes = {column.shape for column in (*columns, rewards)}
        counts = np.asarray(lengths, np.intp)
        if len(shapes) > 1 or rewards.shape != (int(counts.sum()),) or (counts < 1).any():
            raise EngineError(
                f"episodes need columns as long as all of them together, {int(counts.sum())}; "
                f"received {', '.join(str(len(column)) for column in (*columns, rewards))}"
            )
        if runs < 1 or len(counts) % runs:
            raise EngineError(f"{len(counts)} episodes cannot be shared out among {runs} runs")
        offsets = np.concatenate([[0], np.cumsum(counts)])
        kinds = StepKinds(columns[0], columns[1], rewards, columns[2])
        return Episodes(np.arange(len(rewards)), kinds, offsets, np.zeros(len(counts), bool), runs)

    @cached_property
    def lengths(self) -> Array:
        """Steps of each episode (R·E,)."""
        return np.diff(self.offsets)

    @cached_property
    def episode(self) -> Array:
        """The episode k of each step (N,)."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @property
    def run_offsets(self) -> Array:
        """The steps of run r are those from ``run_offsets[r]`` up to ``run_offsets[r + 1]`` (R+1,)."""
        return self.offsets[:: len(self.lengths) // self.runs]

    def head(self, count: int) -> Episodes:
        """The first so many steps of the first run; the last episode of them may lack its end.

        >>> Episodes.of([0, 1, 0], [0] * 3, [0.0] * 3, [1, 2, 2], lengths=[2, 1]).head(1).lengths
        array([1])
        """
        count = min(count, int(self.run_offsets[1]))
        inside = self.offsets[:-1] < count
        offsets = np.append(self.offsets[:-1][inside], count)
        return Episodes(self.kind[:count], self.kinds, offsets, self.cut[inside])

    def returns(self, gamma: float) -> Array:
        """The return G[t] = r[t] + γ G[t + 1] from each step to the end of its episode (N,).

        Computed for all episodes at once, from their last steps backwards.
        """
        found = self.reward.copy()
        order = np.argsort(-self.lengths, kind="stable")  # the longest first: those still going are in front
        lengths, starts = self.lengths[order], self.offsets[:-1][order]
        going = np.searchsorted(-lengths, -np.arange(1, int(lengths[0]) + 1), side="right")
        for t in range(int(lengths[0]) - 2, -1, -1):
            here = starts[: going[t + 1]] + t
            found[here] += gamma * found[here + 1]
        return found

    def first_returns(self, gamma: float) -> Array:
        """The return of each episode from its first step (R·E,), rewards added up in their order.

        >>> Episodes.of([0, 1, 0], [0] * 3, [0.0, 1.0, 5.0], [1, 2, 2], lengths=[2, 1]).first_returns(0.5)
        array([0.5, 5. ])
        """
        reward = self.kinds.reward[self.kind]
        if gamma != 1:
            powers = np.cumprod(np.append(1.0, np.full(int(self.lengths.max()) - 1, gamma)))
            reward = reward * powers[np.arange(len(reward)) - self.offsets[:-1][self.episode]]
        return np.add.reduceat(reward, self.offsets[:-1])
