"""One run of ``dlcli mdp`` on one world: its values, how they were found, what episodes were worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.bellman import BellmanTerms, bellman_terms, evaluate
from dlcli.engines.decisions.ends import Ends, ends_of
from dlcli.engines.decisions.horizon import Plan, finite_horizon
from dlcli.engines.decisions.optimal import policy_iteration
from dlcli.engines.decisions.policy import best_actions, equal_shares, proper_actions
from dlcli.engines.decisions.sweeps import optimal_sweeps, sweeps
from dlcli.words.line import Line
from dlcli.worlds.world import World

LONGEST = 20_000_000  # outcomes that are looked at, one after the other, for what a time limit costs


@dataclass(frozen=True, eq=False)
class Sampled:
    """The returns (N,) of sampled episodes, and how many of them were cut short."""

    returns: Array
    cut: int
    seed: int


@dataclass(frozen=True, eq=False)
class Work:
    """The values of a world; what only a story needs is computed when it is read.

    ``gamma`` is the discount and ``policy`` (S, A) what is done; ``values`` (S,) are v, and ``q`` (S, A) what
    they make of each action. After ``sweep_count`` sweeps ``before`` are the values that the last of them
    found; None when the equations were solved. ``rounds`` is what policy iteration took. With a horizon, so
    many sweeps are the steps of the ``plan``, and the values those before its first step; ``gain`` is the
    average reward, where the values are differential.
    """

    world: World
    policy_word: str
    optimal: bool
    gamma: float
    policy: Array
    values: Array
    q: Array
    sweep_count: int | None = None
    in_place: bool = False
    before: Array | None = None
    rounds: int | None = None
    plan: Plan | None = None
    gain: float | None = None
    sampled: Sampled | None = None
    line: Line = field(default_factory=Line)

    @cached_property
    def tied(self) -> Array:
        """The actions that the values call best (S, A) of bool."""
        return best_actions(self.q)

    @cached_property
    def best(self) -> Array:
        """Those of them that are marked: whoever takes any of these comes to what they promise."""
        return proper_actions(self.world.transitions, self.q, self.gamma)

    @cached_property
    def none_better(self) -> bool:
        """Whether no action is better than what the policy does; by values that sweeps found nobody knows."""
        done = self.policy > 0
        return self.sweep_count is None and bool(done.any() and not done[~self.tied].any())

    @cached_property
    def optimum(self) -> float | None:
        """What an episode is worth at best; None when there is no best."""
        if self.gamma < 1 and self.none_better:
            return self.worth(self.values)
        try:
            return self.worth(policy_iteration(self.world.transitions, self.gamma).values)
        except EngineError:
            return None

    @cached_property
    def optimal_ends(self) -> Ends | None:
        """Which ends the optimal policy reaches; None where there is none."""
        try:
            moves = self.world.transitions
            return ends_of(moves, policy_iteration(moves, self.gamma).policy)
        except EngineError:
            return None

    @cached_property
    def convergence(self) -> tuple[Array, Array]:
        """The largest change of each sweep (K,), and how far the values then are from the exact ones."""
        count, make = self.sweep_count or 0, self.all_sweeps()
        changes, away = np.full((2, count), np.nan)
        before = next(make)
        for k, values in enumerate(islice(make, count)):
            changes[k] = np.abs(values - before).max()
            if self.exact is not None:
                away[k] = np.abs(values - self.exact).max()
            before = values
        return changes, away

    def all_sweeps(self) -> Iterator[Array]:
        """The values (S,) before the first sweep and after each, without an end."""
        moves = self.world.transitions
        if self.optimal:
            return optimal_sweeps(moves, self.gamma, in_place=self.in_place)
        return sweeps(moves, self.policy, self.gamma, in_place=self.in_place)

    @cached_property
    def exact(self) -> Array | None:
        """The values that the sweeps converge to; None when no sweeps were counted, or there are none."""
        moves = self.world.transitions
        try:
            if self.optimal:
                return policy_iteration(moves, self.gamma).values
            return evaluate(moves, self.policy, self.gamma)
        except EngineError:
            return None

    @cached_property
    def improved(self) -> Array | None:
        """What states are worth to whoever follows the marked actions; None when that never ends."""
        try:
            return evaluate(self.world.transitions, equal_shares(self.best), self.gamma)
        except EngineError:
            return None

    @cached_property
    def ends(self) -> Ends | None:
        """Which ends the policy reaches; None where it is no policy, for want of numbers, or has too many."""
        try:
            return ends_of(self.world.transitions, self.policy)
        except EngineError:
            return None

    @cached_property
    def within(self) -> tuple[int, float] | None:
        """The time limit that the world is run with elsewhere, and what an episode is worth within it.

        None where there is no such limit, or to follow the policy for so long takes too long.
        """
        moves, limit = self.world.transitions, self.world.time_limit or self.world.max_steps
        if limit is None or limit * len(moves.state) > LONGEST or not self.policy.any():
            return None
        try:
            plan = finite_horizon(moves, limit, self.gamma, policy=self.policy)
        except EngineError:
            return None
        return limit, self.worth(plan.values[0])

    @property
    def letter(self) -> str:
        """What the values are called: h where they are differential."""
        return "v" if self.gain is None else "h"

    def worth(self, values: Array) -> float:
        """What an episode is worth, as it begins."""
        return float(self.world.transitions.start @ values)

    def terms(self, state: int) -> BellmanTerms:
        """The right side of the Bellman equation of a state; for the optimum, of all its actions."""
        moves = self.world.transitions
        if self.gain is not None:
            moves = replace(moves, reward=moves.reward - self.gain)
        policy = moves.allowed.astype(np.float64) if self.optimal else self.policy
        source = self.values if self.before is None else self.before
        if self.in_place:  # states before this one have been set by the same sweep
            source = np.where(np.arange(moves.n_states) < state, self.values, source)
        return bellman_terms(moves, policy, source, self.gamma, state)
