"""Walkers: episodes of a world under a policy, thousands of steps beside each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.episodes import Episodes, StepKinds
from dlcli.engines.decisions.sampling import Chance
from dlcli.engines.decisions.transitions import Transitions

SLOTS = 64  # equal shares that the probabilities of one state may be made of
SHORTEST, LONGEST = 8, 512  # steps of all walkers between two looks at who is done
WALKERS = 256  # beside each other in one run at most: a pass over all of them is one NumPy call
MOST_STEPS = 40_000_000  # of all episodes that are kept at once
RETURN_STEPS = 10_000  # after which an episode is cut at most whose return alone is asked for
NOTHING = 1e-9  # the share of a reward that counts for nothing


@dataclass(frozen=True, eq=False)
class Moves(StepKinds):
    """All that can happen next, as one Markov chain: where an episode ends, the next one begins.

    Row ``s`` of S+1 holds what the policy and the world do in state ``s``, the last row the starts of
    episodes. A place is one such possibility; those from ``begin`` on are the starts. ``ends`` (P,) tells
    whether it leads to a terminal state, ``after`` (P,) from which row it goes on.

    Where the probabilities of each row are multiples of 1/n, with an n of its own, the row is n places that
    are equally likely: ``first[row] + ⌊n[row] · uniform⌋`` draws one, with a single look at a table. Where
    one row is not, ``n`` is empty and ``chance`` searches cumulative sums.
    """

    begin: int
    ends: Array
    after: Array
    first: Array
    n: Array
    chance: Chance

    @staticmethod
    def of(transitions: Transitions, policy: Array) -> Moves:
        """The chain of a world under a policy (S, A)."""
        taken = policy[transitions.state, transitions.action] * transitions.probability
        kept = np.flatnonzero(taken)
        starts, last = np.flatnonzero(transitions.start), transitions.n_states
        begins = np.full(len(starts), last)
        columns: list[Array] = [
            np.concatenate([transitions.state[kept], begins]),
            np.concatenate([transitions.action[kept], np.full(len(starts), -1)]),
            np.concatenate([transitions.reward[kept], np.zeros(len(starts))]),
            np.concatenate([transitions.next[kept], starts]),
        ]
        row, weights = columns[0], np.concatenate([taken[kept], transitions.start[starts]])
        offsets = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=last + 1))])
        search, n = Chance.of(weights, offsets), _equal_shares(weights, offsets)
        if n.size:
            shares = np.rint(weights * n[row]).astype(np.intp)
            columns = [np.repeat(column, shares) for column in columns]
            offsets = np.concatenate([[0], np.cumsum(n)])
        state, action, reward, following = columns
        ends = transitions.terminal[following]
        begin = int(offsets[last])
        ends[begin:] = False
        after = np.where(ends, last, following)
        return Moves(
            state, action, reward, following, begin, ends, after, offsets[:-1], n.astype(np.float64), search
        )

    def steps(self) -> StepKinds:
        """What can happen within an episode."""
        inside = slice(self.begin)
        return StepKinds(self.state[inside], self.action[inside], self.reward[inside], self.next[inside])

    def walked(self, row: Array, uniform: Array) -> tuple[Array, Array]:
        """The places (T, W) that W walkers come through from their rows (W,), and their rows after that.

        Places are of the smallest type of integers that holds them.
        """
        places = np.empty(uniform.shape, np.min_scalar_type(len(self.state)))
        if not self.n.size:
            for t in range(len(uniform)):
                found = self.chance.draw(row, uniform[t])
                places[t], row = found, self.after[found]
            return places, row
        first: Array = self.first[row]
        n: Array = self.n[row]
        onward, shares = self.first[self.after], self.n[self.after]
        here, share = np.empty(len(row), np.intp), np.empty(len(row))
        multiply, add, move, look = np.multiply, np.add, onward.take, shares.take
        for drawn, place in zip(uniform, places, strict=True):
            multiply(drawn, n, share)
            here[:] = share
            add(here, first, here)
            place[:] = here
            move(here, None, first, "wrap")  # NumPy's quickest mode; no place is out of range
            look(here, None, n, "wrap")
        return places, self.after[here]


def _by_walker(found: Array) -> Array:
    """What was found at each step of each walker (T, W), walker after walker (W·T,)."""
    return np.ascontiguousarray(found.T).reshape(-1)


def _equal_shares(weights: Array, offsets: Array) -> Array:
    """For each row the least n of which its probabilities are multiples of 1/n; empty when one has none.

    As many equal probabilities as a row has places count however many there are; otherwise n is at most
    ``SLOTS``. Rows without a place have n = 0.

    >>> _equal_shares(np.array([0.25, 0.75, 1 / 3, 2 / 3]), np.array([0, 2, 2, 4]))
    array([4, 0, 3])
    >>> _equal_shares(np.array([0.123, 0.877]), np.array([0, 2]))
    array([], dtype=int64)
    """
    lengths = np.diff(offsets)
    row = np.repeat(np.arange(len(lengths)), lengths)
    found = np.zeros(len(lengths), np.intp)
    missing = lengths > 0
    for n in (None, *range(1, SLOTS + 1)):
        shares = weights * (lengths[row] if n is None else n)
        off = np.bincount(row, weights=np.abs(shares - np.rint(shares)) > 1e-9, minlength=len(lengths))
        fits = missing & (off == 0)
        found[fits] = lengths[fits] if n is None else n
        missing &= ~fits
        if not missing.any():
            return found
    return np.zeros(0, np.intp)


def sample_episodes(
    transitions: Transitions,
    policy: Array,
    episodes: int,
    generators: Sequence[np.random.Generator],
    *,
    limit: int = 10_000,
) -> Episodes:
    """Episodes of a world under a policy, so many for each generator: one generator is one run.

    What a run lives through depends on its own generator and on nothing else.

    Parameters
    ----------
    transitions : Transitions
        The world.
    policy : (S, A)
        Probability of each action in each state.
    episodes : int
        How many, of each run.
    generators : sequence of numpy.random.Generator
        One for each run, as ``Generator.spawn`` makes them.
    limit : int
        Steps after which an episode is cut.

    Raises ``EngineError`` when all steps together are more than ``MOST_STEPS``.

    >>> chain = Transitions.of([0, 1], [0, 0], [1, 2], [1, 1], [0, 5], n_states=3, n_actions=1)
    >>> found = sample_episodes(chain, np.ones((3, 1)), 2, [np.random.default_rng(0)])
    >>> found.state, found.reward, found.next
    (array([0, 1, 0, 1]), array([0., 5., 0., 5.]), array([1, 2, 1, 2]))
    """
    return Walkers(Moves.of(transitions, policy), episodes, len(generators), limit).walk(generators)


def sampled_returns(
    transitions: Transitions, policy: Array, count: int, generator: np.random.Generator, *, gamma: float = 1.0
) -> tuple[Array, int]:
    """The returns (N,) of so many episodes from their first step, and how many of these were cut short.

    An episode without an end is cut where what is left of a reward counts for nothing, which changes no
    return; only without a discount are those counted that passed ``RETURN_STEPS``.

    >>> coin = Transitions.of([0, 0], [0, 0], [1, 1], [0.5, 0.5], [0, 1], n_states=2, n_actions=1)
    >>> returns, cut = sampled_returns(coin, np.ones((2, 1)), 400, np.random.default_rng(0))
    >>> round(float(returns.mean()), 1), cut
    (0.5, 0)

    Raises ``EngineError`` for more steps than are held at once.

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, equation 3.8, for the return.
    """
    limit = RETURN_STEPS
    if 0 < gamma < 1:
        limit = min(RETURN_STEPS, max(1, math.ceil(math.log(NOTHING) / math.log(gamma))))
    elif gamma == 0:
        limit = 1
    found = sample_episodes(transitions, policy, count, [generator], limit=limit)
    return found.returns(gamma)[found.offsets[:-1]], int(found.cut.sum()) if gamma == 1 else 0


def check_held(count: int, least: int) -> None:
    """Refuse so many episodes that take at least so many steps when these are more than are held at once.

    Raises ``EngineError`` with how many are.
    """
    if least > MOST_STEPS:
        raise EngineError(
            f"{count} episodes take more than {MOST_STEPS} steps; "
            "try fewer episodes or runs, or a lower step limit"
        )


class Walkers:
    """Share the episodes of each run out among walkers, and let all of them walk until theirs are done."""

    def __init__(self, moves: Moves, episodes: int, runs: int, limit: int) -> None:
        self.moves, self.episodes, self.runs, self.limit = moves, episodes, runs, limit
        each = min(episodes, WALKERS)
        share = np.full(each, episodes // each)
        share[: episodes % each] += 1
        self.owed = np.tile(share, runs)  # episodes that each walker has still to end (W,)
        self.run = np.repeat(np.arange(runs), each)
        self.since = np.full(len(self.owed), -1)  # steps that an episode has; −1 before it begins
        self.row = np.full(len(self.owed), int(moves.state[-1]))
        self.alive = np.arange(len(self.owed))
        #: Walkers, how many places of each, the places, and which of them cut an episode, if any may.
        self.pieces: list[tuple[Array, Array, Array, Array | None]] = []
        self.total = 0

    def walk(self, generators: Sequence[np.random.Generator]) -> Episodes:
        steps = SHORTEST
        while self.alive.size:
            self._keep(self._walked(generators, steps))
            steps = min(2 * steps, LONGEST)
        return self._joined()

    def _walked(self, generators: Sequence[np.random.Generator], steps: int) -> Array:
        """The places (T, W) that the walkers come through in so many steps."""
        row = self.row[self.alive]
        counts = np.bincount(self.run[self.alive], minlength=self.runs)
        drawn = [
            generator.random((steps, count))
            for generator, count in zip(generators, counts.tolist(), strict=True)
            if count
        ]
        uniform = drawn[0] if len(drawn) == 1 else np.concatenate(drawn, axis=1)
        del drawn  # as much again
        places, self.row[self.alive] = self.moves.walked(row, uniform)
        return places

    def _keep(self, places: Array) -> None:
        """Store the steps (T, W) of all walkers, up to the last episode that each has to deliver."""
        alive, steps = self.alive, len(places)
        begun = places >= self.moves.begin
        over = np.concatenate([begun[1:], self.moves.ends[places[-1:]]])  # after an end comes a beginning
        cut = None
        if int(self.since[alive].max()) + steps >= self.limit:
            cut = self._limited(places, over)
            begun = places >= self.moves.begin
        owed, ended = self.owed[alive], np.add.reduce(over, axis=0, dtype=np.intp)
        at = np.flatnonzero(_by_walker(over))
        first = np.cumsum(ended) - ended  # of the ends of each walker, in ``at``
        done = np.flatnonzero(ended >= owed)
        length = np.full(len(alive), steps)
        length[done] = at[first[done] + owed[done] - 1] - done * steps + 1
        kept = np.arange(steps)[:, None] < length
        np.greater(kept, begun, out=kept)  # a beginning is no step
        count = np.add.reduce(kept, axis=0, dtype=np.intp)
        kept = _by_walker(kept)
        cuts = None if cut is None else _by_walker(cut).compress(kept)
        self.pieces.append((alive, count, _by_walker(places).compress(kept), cuts))
        self.total += int(count.sum())
        check_held(self.runs * self.episodes, self.total)
        if cut is None:
            some = np.flatnonzero(ended)
            self.since[alive] += steps
            self.since[alive[some]] = (some + 1) * steps - 2 - at[first[some] + ended[some] - 1]
        self.owed[alive] = owed - ended
        self.alive = alive[ended < owed]

    def _limited(self, places: Array, over: Array) -> Array:
        """Cut episodes at the limit: whether a step (T, W) does so, ``over`` and ``places`` brought in line.

        What a walker does after that counts for nothing until its next episode begins.
        """
        steps, alive = len(places), self.alive
        begins = places >= self.moves.begin
        t = np.arange(steps)[:, None]
        begun = np.where(begins, t, -1)
        np.maximum.accumulate(begun, axis=0, out=begun)
        step = np.where(begun >= 0, t - begun - 1, t + self.since[alive])
        cut = (step == self.limit - 1) & ~over
        over &= step < self.limit
        over |= cut
        places[step >= self.limit] = self.moves.begin  # no step at all
        past = step[-1] >= self.limit - 1
        self.since[alive] = np.where(past | over[-1], -1, step[-1] + 1)
        self.row[alive[past]] = int(self.moves.state[-1])
        return cut

    def _joined(self) -> Episodes:
        """The pieces of each walker behind each other, walker after walker."""
        owned = np.zeros(len(self.owed), np.intp)
        for alive, count, *_ in self.pieces:
            owned[alive] += count
        at = np.cumsum(owned) - owned
        places = np.empty(self.total, self.pieces[0][2].dtype)
        cut: Array | None = None
        for alive, count, found, cuts in self.pieces:
            where = np.repeat(at[alive] - np.cumsum(count) + count, count)
            where += np.arange(len(where))
            places[where] = found
            if cuts is not None:
                cut = np.zeros(self.total, bool) if cut is None else cut
                cut[where] = cuts
            at[alive] += count
        over = self.moves.ends[places]
        if cut is not None:
            over |= cut
        last = np.flatnonzero(over)
        cuts = np.zeros(len(last), bool) if cut is None else cut[last]
        kinds = self.moves.steps()
        return Episodes(places, kinds, np.concatenate([[0], last + 1]), cuts, self.runs)
