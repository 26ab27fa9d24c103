"""A Markov decision process under a policy: a chain of states, what it pays, and whether it ever ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.graph import steps_to
from dlcli.engines.decisions.transitions import Transitions


@dataclass(frozen=True, eq=False)
class Chain:
    """J steps that a policy takes: from ``state`` to ``next`` with probability ``weight``, all (J,).

    ``reward`` (S,) is what a step from a state pays on average, and ``pays`` (S,) whether any step from there
    pays something at all. States without a step are terminal.
    """

    state: Array
    next: Array
    weight: Array
    reward: Array
    pays: Array

    @staticmethod
    def of(transitions: Transitions, policy: Array) -> Chain:
        """The chain of a policy (S, A), without what it never does.

        >>> fork = Transitions.of([0, 0], [0, 1], [1, 1], [1, 1], [4, 0], n_states=2, n_actions=2)
        >>> Chain.of(fork, np.array([[0.25, 0.75], [0, 0]])).reward
        array([1., 0.])
        """
        weight = policy[transitions.state, transitions.action] * transitions.probability
        kept = np.flatnonzero(weight)
        state, weight, paid = transitions.state[kept], weight[kept], transitions.reward[kept]
        n = transitions.n_states
        reward = np.bincount(state, weights=weight * paid, minlength=n)
        pays = np.bincount(state, weights=paid != 0, minlength=n) > 0
        return Chain(state, transitions.next[kept], weight, reward, pays)

    def begun(self, start: Array) -> Chain:
        """The part of the chain that episodes come through which begin where ``start`` (S,) is above 0.

        >>> apart = Transitions.of([0, 1], [0, 0], [2, 1], [1, 1], [4, 1], n_states=3, n_actions=1)
        >>> Chain.of(apart, np.ones((3, 1))).begun(np.array([1.0, 0.0, 0.0])).state
        array([0])
        """
        there = steps_to(start > 0, self.next, self.state) >= 0
        kept = there[self.state]
        state, next, weight = (part[kept] for part in (self.state, self.next, self.weight))
        return Chain(state, next, weight, np.where(there, self.reward, 0.0), self.pays & there)

    @property
    def n_states(self) -> int:
        """S, terminal states among them."""
        return len(self.reward)

    def expected(self, values: Array) -> Array:
        """The value (S,) that is expected one step on, 0 where there is no step."""
        return np.bincount(self.state, weights=self.weight * values[self.next], minlength=self.n_states)

    def reaching(self, goal: Array) -> Array:
        """The states (S,) of bool from which the chain may come to a goal; the goals are among them.

        >>> loop = Transitions.of([0, 1], [0, 0], [1, 0], [1, 1], [0, 0], n_states=3, n_actions=1)
        >>> Chain.of(loop, np.ones((3, 1))).reaching(np.array([False, False, True]))
        array([False, False,  True])
        """
        return steps_to(goal, self.state, self.next) >= 0

    def silent(self) -> Array:
        """The states (S,) of bool from which nothing is ever paid again: ends, and loops that pay nothing."""
        return ~self.reaching(self.pays)

    def endless(self) -> Array:
        """The states (S,) of bool from which rewards are certain to come for ever."""
        return ~self.reaching(self.silent())
