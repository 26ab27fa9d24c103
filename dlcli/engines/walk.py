"""Walkers: episodes of a world under a policy, thousands of steps beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.chance import Chance, policy_chance
from dlcli.engines.checks import Array, EngineError
from dlcli.engines.episodes import Episodes, Ways
from dlcli.engines.transitions import Transitions

SLOTS = 64  # equal shares that the probabilities of one state may be made of
SHORTEST, LONGEST = 8, 512  # steps of all walkers between two looks at who is done
WALKERS = 256  # beside each other in one run at most: a pass over all of them is one NumPy call
MOST_STEPS = 40_000_000  # of all episodes that are kept at once


@dataclass(frozen=True, eq=False)
class Moves(Ways):
    """All that can happen next, as one Markov chain: where an episode ends, the next one begins.

    Row ``s`` of S+1 holds what the policy and the world do in state ``s``; those of terminal states, and the
    last one, hold the starts of episodes. A place is one such possibility: ``begins`` (P,) tells whether it
    is a start, ``ends`` whether it leads to a terminal state.

    Where the probabilities of each row are multiples of 1/n, with an n of its own, the row is n places that
    are equally likely: ``first[row] + ⌊n[row] · uniform⌋`` draws one, with a single look at a table. Where
    one row is not, ``n`` is empty and ``chance`` searches cumulative sums.
    """

    begins: Array
    ends: Array
    first: Array
    n: Array
    chance: Chance

    @staticmethod
    def of(transitions: Transitions, policy: Array) -> Moves:
        """The chain of a world under a policy (S, A)."""
        _, kept = policy_chance(transitions, policy)
        taken = policy[transitions.state[kept], transitions.action[kept]] * transitions.probability[kept]
        starts = np.flatnonzero(transitions.start)
        rows = [*np.flatnonzero(transitions.terminal).tolist(), transitions.n_states]
        row = np.concatenate([transitions.state[kept], np.repeat(rows, len(starts))])
        order = np.argsort(row, kind="stable")

        def joined(outcomes: Array, begin: Array) -> Array:
            return np.concatenate([outcomes, np.tile(begin, len(rows))])[order]

        row, weights = row[order], joined(taken, transitions.start[starts])
        nothing = np.zeros(len(starts))
        columns: list[Array] = [
            row,
            joined(transitions.action[kept], nothing.astype(np.intp) - 1),
            joined(transitions.reward[kept], nothing),
            joined(transitions.next[kept], starts),
            joined(np.zeros(len(kept), bool), nothing == 0),
        ]
        lengths = np.bincount(row, minlength=transitions.n_states + 1)
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        search, n = Chance.of(weights, offsets), _equal_shares(weights, offsets)
        if n.size:
            shares = np.rint(weights * n[row]).astype(np.intp)
            columns = [np.repeat(column, shares) for column in columns]
            offsets = np.concatenate([[0], np.cumsum(n)])
        ends = transitions.terminal[columns[3]] & ~columns[4]
        state, action, reward, following, begins = columns
        first, shares_of = offsets[:-1], n.astype(np.float64)
        return Moves(state, action, reward, following, begins, ends, first, shares_of, search)

    def walked(self, row: Array, uniform: Array) -> tuple[Array, Array]:
        """The places (T, W) that W walkers come through from their rows (W,), and their rows after that."""
        places = np.empty(uniform.shape, np.intp)
        if not self.n.size:
            for t in range(len(uniform)):
                places[t] = self.chance.draw(row, uniform[t])
                row = self.next[places[t]]
            return places, row
        first: Array = self.first[row]
        n: Array = self.n[row]
        onward, shares, share = self.first[self.next], self.n[self.next], np.empty(len(row))
        for t in range(len(uniform)):
            here: Array = places[t]
            np.multiply(uniform[t], n, out=share)
            here[:] = share
            np.add(here, first, out=here)
            onward.take(here, out=first, mode="wrap")  # NumPy's quickest mode; no place is out of range
            shares.take(here, out=n, mode="wrap")
        return places, self.next[places[-1]]


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
        """All episodes."""
        steps = SHORTEST
        while self.alive.size:
            counts = np.bincount(self.run[self.alive], minlength=self.runs)
            drawn = [
                generator.random((steps, count))
                for generator, count in zip(generators, counts.tolist(), strict=True)
                if count
            ]
            uniform = drawn[0] if len(drawn) == 1 else np.concatenate(drawn, axis=1)
            places, self.row[self.alive] = self.moves.walked(self.row[self.alive], uniform)
            self._keep(np.ascontiguousarray(places.T))
            steps = min(2 * steps, LONGEST)
        return self._joined()

    def _keep(self, places: Array) -> None:
        """Put away the places (W, T) that walkers came through, up to the last episode that each one owes."""
        alive, (walkers, steps) = self.alive, places.shape
        over = self.moves.ends[places]
        limited = int(self.since[alive].max()) + steps >= self.limit
        cut = self._limited(places, over) if limited else over
        walker, t = np.divmod(np.flatnonzero(over), steps)
        ended = np.bincount(walker, minlength=walkers)
        rank = np.arange(len(walker)) - np.repeat(np.cumsum(ended) - ended, ended)
        final = rank + 1 == self.owed[alive][walker]
        length = np.full(walkers, steps)
        length[walker[final]] = t[final] + 1
        if not limited:
            last = np.full(walkers, -1)
            last[walker] = t  # of several the latest stays
            self.since[alive] = np.where(last < 0, self.since[alive] + steps, steps - 2 - last)
        kept = np.arange(steps) < length[:, None]
        self.pieces.append((alive, length, places[kept], cut[kept] if limited else None))
        self.total += int(length.sum())
        check_held(self.runs * self.episodes, self.total)
        self.owed[alive] -= ended
        self.alive = alive[self.owed[alive] > 0]

    def _limited(self, places: Array, over: Array) -> Array:
        """Cut episodes at the limit: whether a step (W, T) does so, ``over`` and ``places`` brought in line.

        What a walker does after that counts for nothing until its next episode begins.
        """
        steps, alive = places.shape[1], self.alive
        begins = self.moves.begins[places]
        t = np.arange(steps)
        begun = np.where(begins, t, -1)
        np.maximum.accumulate(begun, axis=1, out=begun)
        step = np.where(begun >= 0, t - begun - 1, t + self.since[alive][:, None])
        cut = (step == self.limit - 1) & ~over
        over &= step < self.limit
        over |= cut
        places[step >= self.limit] = len(self.moves.state) - 1  # a beginning: no step at all
        past = step[:, -1] >= self.limit - 1
        self.since[alive] = np.where(past | over[:, -1], -1, step[:, -1] + 1)
        self.row[alive[past]] = int(self.moves.state[-1])
        return cut

    def _joined(self) -> Episodes:
        """The pieces of each walker behind each other, walker after walker; beginnings are no steps."""
        owned = np.zeros(len(self.owed), np.intp)
        for alive, length, *_ in self.pieces:
            owned[alive] += length
        at = np.cumsum(owned) - owned
        places, cut = np.empty(self.total, np.intp), np.zeros(self.total, bool)
        for alive, length, found, cuts in self.pieces:
            where = np.repeat(at[alive] - np.cumsum(length) + length, length)
            where += np.arange(len(where))
            places[where] = found
            if cuts is not None:
                cut[where] = cuts
            at[alive] += length
        steps = np.flatnonzero(~self.moves.begins[places])
        places, cut = places[steps], cut[steps]
        last = np.flatnonzero(self.moves.ends[places] | cut)
        return Episodes(places, self.moves, np.concatenate([[0], last + 1]), cut[last], self.runs)
