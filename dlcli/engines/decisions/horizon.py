"""A finite horizon: what states are worth with so many steps left, and the best action for each step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, share, whole
from dlcli.engines.decisions.bellman import q_values
from dlcli.engines.decisions.policy import best_actions, checked_policy, equal_shares
from dlcli.engines.decisions.transitions import Transitions


@dataclass(frozen=True, eq=False)
class Plan:
    """What to do in N steps, and what that is worth.

    ``values`` (N+1, S) with N steps left first, and 0 with none left; ``q`` (N, S, A) of the actions, nan
    where there is none; ``policy`` (N, S, A) what is done in each step.
    """

    values: Array
    q: Array
    policy: Array


def finite_horizon(
    transitions: Transitions, steps: int, gamma: float = 1.0, *, policy: Array | None = None
) -> Plan:
    """The best plan for so many steps, or what a policy (S, A) is worth in them: backwards from the last.

    v with k steps left is the best of Σ p (r + γ v with k − 1 left), and nothing is worth anything after the
    last step. Of several best actions all are in the policy, equally likely.

    Raises ``EngineError`` for another number of steps than a whole one from 1 on, and as ``evaluate`` does.

    With one step left it is better to take 2 at once; with two, to wait for 5:

    >>> wait = Transitions.of([0, 0, 1], [0, 1, 0], [2, 1, 2], [1, 1, 1], [2, 0, 5], n_states=3, n_actions=2)
    >>> plan = finite_horizon(wait, 2)
    >>> plan.values[:, 0], plan.policy[:, 0]
    (array([5., 2., 0.]), array([[0., 1.],
           [1., 0.]]))

    Source: Bellman, Dynamic programming, 1957; Puterman, Markov decision processes, section 4.5.
    """
    whole("steps", steps, unit="steps")
    share("gamma", gamma)
    fixed = None if policy is None else checked_policy(policy, transitions)
    moves = transitions
    values = np.zeros((steps + 1, moves.n_states))
    q = np.zeros((steps, moves.n_states, moves.n_actions))
    done = np.zeros(q.shape)
    for step in range(steps - 1, -1, -1):
        q[step] = q_values(moves, values[step + 1], gamma)
        known = np.where(moves.allowed, q[step], 0.0)
        done[step] = equal_shares(best_actions(q[step])) if fixed is None else fixed
        if fixed is None:
            best = np.where(moves.allowed, q[step], -np.inf).max(axis=1)
            values[step] = np.where(moves.terminal, 0.0, best)
        else:
            values[step] = np.add.reduce(fixed * known, axis=1)
    return Plan(values, q, done)
