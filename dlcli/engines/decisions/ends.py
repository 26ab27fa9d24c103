"""Where episodes end: how likely in which state, after how many steps, with what sum of rewards, or never."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.chain import Chain
from dlcli.engines.decisions.episodes import Episodes
from dlcli.engines.decisions.graph import components, steps_to
from dlcli.engines.decisions.policy import checked_policy, single_best
from dlcli.engines.decisions.solving import solve
from dlcli.engines.decisions.transitions import Transitions

MOST = 1000  # ends that are looked at one by one


@dataclass(frozen=True, eq=False)
class Ends:
    """The ends of a world, all (E,): how likely an episode ends there, and what it was like when it did.

    ``state`` are the terminal states, ``chance`` how likely they are reached from the start; ``steps`` and
    ``reward`` are the mean number of steps and the mean sum of rewards, none discounted, of the episodes that
    end there, nan where none does. ``never`` is how likely no end is reached, and ``pace`` what a step then
    pays on average in the long run, nan where every episode ends; ``pays`` whether any of those steps pays
    anything. Of episodes that were lived through (``seen``) nobody knows about never: ``cut`` is the share of
    those that were cut before an end, with their steps and rewards.
    """

    state: Array
    chance: Array
    steps: Array
    reward: Array
    never: float = 0.0
    pace: float = np.nan
    pays: bool = False
    seen: bool = False
    cut: float = 0.0
    cut_steps: float = np.nan
    cut_reward: float = np.nan

    @property
    def mean_steps(self) -> float:
        """The steps of an episode on average; infinite where some never end."""
        return np.inf if self.never else self._mean(self.steps, self.cut_steps)

    @property
    def mean_reward(self) -> float:
        """The sum of rewards of an episode on average; nan where rewards may come for ever."""
        return np.nan if self.never else self._mean(self.reward, self.cut_reward)

    def _mean(self, values: Array, of_cut: float) -> float:
        mean = float(np.add.reduce(np.where(self.chance > 0, self.chance * values, 0.0)))
        return mean + self.cut * of_cut if self.cut else mean


def ends_of(transitions: Transitions, policy: Array) -> Ends:
    """Which ends are reached from the start under a policy (S, A), exactly.

    With ``b`` the probability to come to an end from each state, the steps of those that do are the solution
    of x = P (b + x), and their rewards that of y = P (r · b + y), both divided by b: so N = (I − Q)⁻¹, the
    fundamental matrix of the absorbing chain, is never made. What never ends is left to the closed classes of
    states; what a step pays there follows from the steps and rewards between two visits of one of them.

    Raises ``EngineError`` for a policy that the world does not have, for more than ``MOST`` ends, and where
    the equations cannot be solved.

    Whoever goes left or right by the toss of a coin from the second of three states comes to either end after
    four steps on average:

    >>> state, next = [1, 1, 2, 2, 3, 3], [0, 2, 1, 3, 2, 4]
    >>> walk = Transitions.of(state, [0, 1] * 3, next, [1] * 6, [0, 0, 0, 0, 0, 1], n_states=5, n_actions=2,
    ...                       start=2)
    >>> found = ends_of(walk, np.where(walk.allowed, 0.5, 0.0))
    >>> found.state, found.chance, found.steps, found.reward
    (array([0, 4]), array([0.5, 0.5]), array([4., 4.]), array([0., 1.]))

    Source: Kemeny and Snell, Finite Markov Chains, 1960, chapter 3; conditioned on the end, section 3.5.
    """
    moves = transitions
    policy = checked_policy(policy, moves)
    weight = policy[moves.state, moves.action] * moves.probability
    kept = _reached(moves, weight)
    state, next, weight, reward = (part[kept] for part in (moves.state, moves.next, weight, moves.reward))
    n, terminal = moves.n_states, np.flatnonzero(moves.terminal)
    if len(terminal) > MOST:
        raise EngineError(f"{len(terminal)} ends are more than the {MOST} that are looked at one by one")
    none = np.zeros(n)
    chain = Chain(state, next, weight, none, none > 0)
    begins = moves.start > 0
    ending = chain.reaching(moves.terminal)
    closed = _closed(chain, ending, moves.terminal)
    passing = np.zeros(n, bool)
    passing[state] = True
    passing &= ~closed

    def solved(right: Array) -> Array:
        """x = right + P x over the states in which nobody stays; 0 in the others."""
        found = np.zeros(n)
        unknown = np.flatnonzero(passing)
        if unknown.size:
            found[unknown] = solve(replace(chain, reward=right), 1.0, unknown)
        return found

    def gathered(values: Array) -> Array:
        """The sum (S,) of what belongs to the steps (J,) from each state, as likely as they are."""
        return np.bincount(state, weights=weight * values, minlength=n)

    def reaching(goal: Array) -> Array:
        """How likely each state (S,) leads to one of the goals (S,) of bool."""
        return np.where(goal, 1.0, solved(np.where(passing, gathered(goal[next]), 0.0)))

    chance, steps, paid = (np.full(len(terminal), value) for value in (0.0, np.nan, np.nan))
    for i, end in enumerate(terminal.tolist()):
        goal = np.arange(n) == end
        if not (chain.reaching(goal) & begins).any():
            continue
        b = reaching(goal)
        chance[i] = float(np.add.reduce(moves.start * b))
        length = solved(np.where(passing, gathered(b[next]), 0.0))
        earned = solved(np.where(passing, gathered(reward * b[next]), 0.0))
        steps[i] = float(np.add.reduce(moves.start * length)) / chance[i]
        paid[i] = float(np.add.reduce(moves.start * earned)) / chance[i]
    if not closed.any():
        return Ends(terminal, chance, steps, paid)
    pace, share, pays = 0.0, 0.0, False
    for members in _classes(chain, closed):
        here = reaching(members)
        likely = float(np.add.reduce(moves.start * here))
        share += likely
        pace += likely * _pace(chain, np.flatnonzero(members), gathered(reward))
        pays = pays or bool((reward[members[state]] != 0).any())
    return Ends(terminal, chance, steps, paid, share, pace / share, pays)


def _reached(moves: Transitions, weight: Array) -> Array:
    """The outcomes (J,) that happen in episodes: those of a policy, in states to which it comes."""
    taken = np.flatnonzero(weight)
    reached = steps_to(moves.start > 0, moves.next[taken], moves.state[taken]) >= 0
    return taken[reached[moves.state[taken]]]


def _closed(chain: Chain, ending: Array, terminal: Array) -> Array:
    """The states (S,) of bool of classes that nobody leaves, ends not among them."""
    lost = np.zeros(chain.n_states, bool)
    lost[chain.state[~ending[chain.state]]] = True
    of, count = components(chain.state, chain.next, chain.n_states)
    leaving = np.zeros(count, bool)
    leaving[of[chain.state[of[chain.state] != of[chain.next]]]] = True
    return lost & ~leaving[of] & ~terminal


def _classes(chain: Chain, closed: Array) -> list[Array]:
    """The closed classes, each as its states (S,) of bool."""
    of, _ = components(chain.state, chain.next, chain.n_states)
    return [(of == one) & closed for one in np.unique(of[closed])]


def _pace(chain: Chain, members: Array, reward: Array) -> float:
    """What a step pays on average in a closed class: rewards between two visits of a state, by steps."""
    first, others = members[0], members[1:]
    values, steps = np.zeros(chain.n_states), np.zeros(chain.n_states)
    if others.size:
        values[others] = solve(replace(chain, reward=reward), 1.0, others)
        steps[others] = solve(replace(chain, reward=np.ones(chain.n_states)), 1.0, others)
    between = reward[first] + chain.expected(values)[first]
    return float(between / (1 + chain.expected(steps)[first]))


class SeenEnds:
    """Which ends episodes came to that are lived through some at a time; ``terminal`` (S,) of bool are these.

    >>> seen = SeenEnds(np.array([False, False, True, True]))
    >>> seen.see(Episodes.of([0, 0, 1], [0, 0, 0], [1.0, 2.0, 3.0], [2, 1, 3], lengths=[1, 2]))
    >>> seen.ends.chance, seen.ends.steps, seen.ends.reward
    (array([0.5, 0.5]), array([1., 2.]), array([1., 5.]))
    """

    def __init__(self, terminal: Array) -> None:
        self.terminal = terminal
        self.sums = np.zeros((3, len(terminal)))  # episodes, their steps, their rewards, by the last state

    def see(self, episodes: Episodes, paid: Array | None = None) -> None:
        """Count some more, whose sums of rewards (n,) may be known."""
        paid = episodes.first_returns(1.0) if paid is None else paid
        last = episodes.next[episodes.offsets[1:] - 1]
        for sums, weights in zip(self.sums, (None, episodes.lengths, paid), strict=True):
            sums += np.bincount(last, weights=weights, minlength=len(sums))

    @property
    def ends(self) -> Ends:
        """The ends of all that were seen."""
        total, state = self.sums[0].sum(), np.flatnonzero(self.terminal)
        count, steps, paid = self.sums[:, state]
        some = np.where(count > 0, count, np.nan)
        cut, cut_steps, cut_paid = self.sums[:, ~self.terminal].sum(axis=1).tolist()
        of_cut = (cut / total, cut_steps / cut, cut_paid / cut) if cut else ()
        return Ends(state, count / total, steps / some, paid / some, 0.0, np.nan, False, True, *of_cut)


def mean_ends(found: Sequence[Ends]) -> Ends:
    """The ends of several policies of one world, each as likely as the others to be the one that is followed.

    >>> one = Ends(np.array([2, 3]), np.array([1.0, 0.0]), np.array([4.0, np.nan]), np.array([1.0, np.nan]))
    >>> other = Ends(one.state, np.zeros(2), one.steps * np.nan, one.reward * np.nan, 1.0, 0.5, True)
    >>> mean = mean_ends([one, other])
    >>> mean.chance, mean.steps, mean.never, mean.pace
    (array([0.5, 0. ]), array([ 4., nan]), 0.5, 0.5)
    """
    chance = np.array([one.chance for one in found])
    some = np.where(chance.any(axis=0), chance.sum(axis=0), np.nan)
    steps, reward = (
        np.where(chance > 0, chance * np.array([getattr(one, name) for one in found]), 0.0).sum(axis=0) / some
        for name in ("steps", "reward")
    )
    endless = [one for one in found if one.never]
    never = sum(one.never for one in endless)
    pace = sum(one.never * one.pace for one in endless) / never if endless else np.nan
    pays = any(one.pays for one in endless)
    return Ends(found[0].state, chance.mean(axis=0), steps, reward, never / len(found), pace, pays)


def greedy_ends(transitions: Transitions, q: Array) -> Ends | None:
    """The ends to which the best actions lead by Q(s, a) (S, A), the first of several that are tied.

    None where a value is no number, or the best of them is no action of the world.
    """
    inner = q[~transitions.terminal]
    if not np.isfinite(np.where(np.isnan(q), 0.0, q)).all() or np.isnan(inner).all(axis=1).any():
        return None
    try:
        return ends_of(transitions, single_best(transitions, q))
    except EngineError:
        return None


def goals(transitions: Transitions, named: Sequence[int] = ()) -> Array:
    """The ends (E,) that are meant to be reached: those ``named`` so, and those that pay who enters them.

    >>> fork = Transitions.of([0, 0], [0, 1], [1, 2], [1, 1], [4, -1], n_states=3, n_actions=2)
    >>> goals(fork)
    array([1])
    """
    paying = transitions.next[transitions.terminal[transitions.next] & (transitions.reward > 0)]
    return np.union1d(paying, np.asarray(named, np.intp))
