"""Backups: which value moves, in which order, and what its target is made of; one plan for each method."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.engines.base.checks import Array, whole
from dlcli.engines.decisions.episodes import Episodes, column


@dataclass(frozen=True, eq=False)
class BackupKinds:
    """The K different updates that occur: V(state) moves to reward + discount · V(follower).

    A ``discount`` of 0 means that the target waits for nothing but rewards.
    """

    state: Array
    reward: Array
    discount: Array
    follower: Array


@dataclass(frozen=True, eq=False)
class Backups:
    """N updates in the order in which they are made, run after run.

    Of each update only its kind is kept, ``kind[i]``, a place in ``kinds``. ``steps`` are the steps of the
    episodes whose states are updated, None when these are all of them, in their order. Backups
    ``offsets[r]`` up to ``offsets[r + 1]`` are those of run r. ``weights`` (N,) say how much a return counts
    from the episodes of another policy, None where all count the same.
    """

    kind: Array
    kinds: BackupKinds
    offsets: Array
    steps: Array | None = None
    weights: Array | None = None

    state, reward = column("state"), column("reward")
    discount, follower = column("discount"), column("follower")

    @staticmethod
    def of(
        step: Array, state: Array, reward: Array, discount: Array, follower: Array, offsets: Array
    ) -> Backups:
        """Updates of which each has columns (N,) of its own."""
        return Backups(np.arange(len(step)), BackupKinds(state, reward, discount, follower), offsets, step)

    @cached_property
    def step(self) -> Array:
        """The step whose state is updated (N,)."""
        return np.arange(len(self.kind)) if self.steps is None else self.steps

    def upto(self, count: int) -> Backups:
        """The first so many of the first run."""
        count = min(count, int(self.offsets[1]))
        steps = None if self.steps is None else self.steps[:count]
        weights = None if self.weights is None else self.weights[:count]
        return Backups(self.kind[:count], self.kinds, np.array([0, count]), steps, weights)


def td0_backups(episodes: Episodes, gamma: float) -> Backups:
    """TD(0): each state moves towards r + γ V(s′), as soon as s′ is seen.

    >>> one = Episodes.of([0, 1], [0, 0], [0.0, 1.0], [1, 2], lengths=[2])
    >>> plan = td0_backups(one, 0.9)
    >>> plan.state, plan.reward, plan.discount, plan.follower
    (array([0, 1]), array([0., 1.]), array([0.9, 0.9]), array([1, 2]))
    """
    steps = episodes.kinds
    kinds = BackupKinds(steps.state, steps.reward, np.full(len(steps.state), float(gamma)), steps.next)
    return Backups(episodes.kind, kinds, episodes.run_offsets)


def n_step_backups(episodes: Episodes, gamma: float, n: int) -> Backups:
    """n-step TD: each state moves towards r + γ r′ + … + γⁿ V(s⁽ⁿ⁾), or the whole return near the end.

    >>> one = Episodes.of([0, 1, 2], [0, 0, 0], [1.0, 2.0, 4.0], [1, 2, 3], lengths=[3])
    >>> plan = n_step_backups(one, 0.5, 2)
    >>> plan.reward, plan.discount, plan.follower
    (array([2., 4., 4.]), array([0.25, 0.25, 0.5 ]), array([2, 3, 3]))

    Raises ``EngineError`` for an n that is no whole number above 0.

    Source: Sutton and Barto, equation 7.1 and the box "n-step TD" of section 7.1.
    """
    whole("n", n, unit="steps")
    count = len(episodes.state)
    t = np.arange(count)
    last = episodes.offsets[1:][episodes.episode] - 1  # the step with which the episode of step t ends
    reward, discount = episodes.reward.copy(), np.full(count, float(gamma))
    n = min(n, int(episodes.lengths.max(initial=1)))  # no episode has more
    for i in range(1, n):
        there = np.flatnonzero(t + i <= last)
        reward[there] += discount[there] * episodes.reward[there + i]
        discount[there] *= gamma
    follower = episodes.next[np.minimum(t + n - 1, last)]
    return Backups.of(t, episodes.state, reward, discount, follower, episodes.run_offsets)


def monte_carlo_backups(episodes: Episodes, gamma: float, *, first_visit: bool = False) -> Backups:
    """Monte Carlo: each state moves towards the return that followed, once its episode has ended.

    With ``first_visit`` only the first time that a state occurs in an episode counts.

    >>> one = Episodes.of([0, 0, 1], [0, 0, 0], [0.0, 0.0, 1.0], [0, 1, 2], lengths=[3])
    >>> monte_carlo_backups(one, 0.5).reward
    array([0.25, 0.5 , 1.  ])
    >>> monte_carlo_backups(one, 0.5, first_visit=True).state
    array([0, 1])

    Source: Sutton and Barto, equation 6.1, and section 5.1 for first and every visits.
    """
    steps = first_visits(episodes) if first_visit else np.arange(len(episodes.state))
    return Backups.of(
        steps,
        episodes.state[steps],
        episodes.returns(gamma)[steps],
        np.zeros(len(steps)),
        episodes.next[steps],
        np.searchsorted(steps, episodes.run_offsets),
    )


def first_visits(episodes: Episodes) -> Array:
    """The steps at which a state occurs for the first time in its episode, in order.

    >>> two = Episodes.of([0, 1, 0, 0], [0] * 4, [0.0] * 4, [1, 0, 2, 2], lengths=[3, 1])
    >>> first_visits(two)
    array([0, 1, 3])
    """
    key = episodes.episode * (int(episodes.state.max(initial=0)) + 1) + episodes.state
    return np.sort(np.unique(key, return_index=True)[1])


def visit_numbers(backups: Backups, seen: Array) -> Array:
    """How often the state of each backup has been updated in its run, this time included (N,).

    ``seen`` (R, S) counts the times before; it is brought up to date in place. One over it as the step size
    makes a value the mean of its targets.

    >>> one = Episodes.of([0, 1, 0], [0] * 3, [0.0] * 3, [1, 0, 2], lengths=[3])
    >>> seen = np.array([[5, 0, 0]])
    >>> visit_numbers(td0_backups(one, 1.0), seen), seen
    (array([6, 1, 7]), array([[7, 1, 0]]))
    """
    runs, n_states = seen.shape
    key = np.repeat(np.arange(runs), np.diff(backups.offsets)) * n_states + backups.state
    order = np.argsort(key, kind="stable")
    counts = np.bincount(key, minlength=runs * n_states)
    numbers = np.empty(len(key), np.intp)
    numbers[order] = np.arange(len(key)) - np.repeat(np.cumsum(counts) - counts, counts)
    numbers += seen.ravel()[key] + 1
    seen += counts.reshape(seen.shape)
    return numbers


def off_policy_backups(
    episodes: Episodes, gamma: float, ratio: Array, *, ordinary: bool, first_visit: bool = False
) -> Backups:
    """Monte Carlo for a policy π from the episodes of another one, b: ``weights`` are ρ from each step on.

    ``ratio`` (S, A) is π(a|s) / b(a|s). With ``ordinary`` the target of an update is ρ · G, otherwise G.

    >>> one = Episodes.of([0, 1], [0, 1], [0.0, 3.0], [1, 2], lengths=[2])
    >>> plan = off_policy_backups(one, 1.0, np.array([[0.5, 1.5], [0.0, 2.0]]), ordinary=True)
    >>> plan.weights, plan.reward
    (array([1., 2.]), array([3., 6.]))

    Source: Sutton and Barto, equations 5.3, 5.5 and 5.6.
    """
    plan = monte_carlo_backups(episodes, gamma, first_visit=first_visit)
    weights = ratios_to_go(episodes, ratio)[plan.step]
    reward = weights * plan.reward if ordinary else plan.reward
    kinds = BackupKinds(plan.state, reward, plan.discount, plan.follower)
    return Backups(plan.kind, kinds, plan.offsets, plan.steps, weights)


def ratios_to_go(episodes: Episodes, ratio: Array) -> Array:
    """ρ of each step (n,): the product of ``ratio`` (S, A) from it to the end of its episode.

    >>> two = Episodes.of([0, 1, 0], [0, 1, 1], [0.0] * 3, [1, 2, 2], lengths=[2, 1])
    >>> ratios_to_go(two, np.array([[0.5, 1.5], [0.0, 2.0]]))
    array([1. , 2. , 1.5])
    """
    found: Array = ratio[episodes.state, episodes.action].astype(np.float64)
    last, lengths = episodes.offsets[1:] - 1, np.diff(episodes.offsets)
    for back in range(1, int(lengths.max(initial=0))):
        at = last[lengths > back] - back
        found[at] *= found[at + 1]
    return found


def weight_totals(backups: Backups, seen: Array) -> Array:
    """The sum of the weights of each backup's state so far in its run, its own included (N,).

    ``seen`` (R, S) has the sums before; it is brought up to date in place. A weight over its sum as the step
    size makes a value the weighted mean of its targets.

    >>> one = Episodes.of([0, 1, 0], [0] * 3, [0.0] * 3, [1, 0, 2], lengths=[3])
    >>> plan = off_policy_backups(one, 1.0, np.array([[2.0], [0.5]]), ordinary=False)
    >>> plan.weights, weight_totals(plan, np.array([[5.0, 0.0]]))
    (array([2., 1., 2.]), array([7., 1., 9.]))
    """
    assert backups.weights is not None
    runs, n_states = seen.shape
    key = np.repeat(np.arange(runs), np.diff(backups.offsets)) * n_states + backups.state
    order = np.argsort(key, kind="stable")
    which, begins = np.unique(key[order], return_index=True)
    totals = np.empty(len(key))
    for one, places in zip(which, np.split(order, begins[1:]), strict=True):
        run, state = divmod(int(one), n_states)
        totals[places] = seen[run, state] + np.cumsum(backups.weights[places])
        seen[run, state] = totals[places[-1]]
    return totals
