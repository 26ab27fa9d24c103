"""How long something computes: processor time of runs that take turns, and how far the runs differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import thread_time

#: How often each work is timed; the least counts.
ROUNDS = 9


@dataclass(frozen=True)
class Timing:
    """Processor seconds of the same work, run after run.

    ``least`` is what the work takes where nothing gets in its way. ``usual`` and ``longest`` say how far to
    trust it: how many times as long the middle one and the longest of the runs were.

    >>> Timing((2.0, 3.0, 6.0)).usual, Timing((2.0, 3.0, 6.0)).longest
    (1.5, 3.0)
    """

    seconds: tuple[float, ...]

    @property
    def least(self) -> float:
        """Seconds of the quickest run."""
        return min(self.seconds)

    @property
    def usual(self) -> float:
        """The middle run over the least; 1 where a coarse clock saw none."""
        return median(self.seconds) / self.least if self.least else 1.0

    @property
    def longest(self) -> float:
        """The longest run over the least; 1 where a coarse clock saw none."""
        return max(self.seconds) / self.least if self.least else 1.0


def in_turns(
    works: Sequence[Callable[[], object]],
    *,
    rounds: int = ROUNDS,
    clock: Callable[[], float] = thread_time,
) -> tuple[Timing, ...]:
    """The time of each work. In every round each has a turn, so that a slow moment is shared by all.

    ``clock`` gives seconds. That of this thread on the processor does not count the turns of other programs.

    >>> ticks = iter([0.0, 2.0, 2.0, 3.0, 3.0, 5.0, 5.0, 9.0])
    >>> in_turns([list, dict], rounds=2, clock=lambda: next(ticks))
    (Timing(seconds=(2.0, 2.0)), Timing(seconds=(1.0, 4.0)))
    """
    turns = [[_seconds(work, clock) for work in works] for _ in range(rounds)]
    return tuple(Timing(same) for same in zip(*turns, strict=True))


def _seconds(work: Callable[[], object], clock: Callable[[], float]) -> float:
    begun = clock()
    work()
    return clock() - begun
