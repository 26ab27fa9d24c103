"""What states and actions are worth: the Bellman equation, solved exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, share
from dlcli.engines.decisions.chain import Chain
from dlcli.engines.decisions.graph import no_end
from dlcli.engines.decisions.policy import checked_policy
from dlcli.engines.decisions.solving import solve
from dlcli.engines.decisions.transitions import Transitions


@dataclass(frozen=True, eq=False)
class BellmanTerms:
    """The right side of the Bellman equation of one state, outcome by outcome, all (J,).

    v(s) = Σ ``chosen`` · ``probability`` · (``reward`` + γ · ``value``), where ``chosen`` is how likely the
    policy takes the action and ``value`` what the next state is worth; ``product`` are the summands.
    """

    action: Array
    next: Array
    chosen: Array
    probability: Array
    reward: Array
    value: Array
    product: Array


def q_values(transitions: Transitions, values: Array, gamma: float) -> Array:
    """What an action is worth, q(s, a) = Σ p (r + γ v(s')), (S, A); nan where a state has no such action.

    >>> fork = Transitions.of([0, 0], [0, 1], [1, 1], [1, 1], [4, 0], n_states=2, n_actions=2)
    >>> q_values(fork, np.array([0.0, 0.0]), 0.9)
    array([[ 4.,  0.],
           [nan, nan]])

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, equation 4.6.
    """
    moves = transitions
    sums = np.bincount(
        moves.pair,
        weights=moves.probability * (moves.reward + gamma * values[moves.next]),
        minlength=moves.n_states * moves.n_actions,
    )
    return np.where(moves.allowed, sums.reshape(moves.n_states, moves.n_actions), np.nan)


def bellman_terms(
    transitions: Transitions, policy: Array, values: Array, gamma: float, state: int
) -> BellmanTerms:
    """Every number of the Bellman equation of one state.

    >>> fork = Transitions.of([0, 0], [0, 1], [1, 1], [1, 1], [4, 0], n_states=2, n_actions=2)
    >>> bellman_terms(fork, np.array([[0.5, 0.5], [0, 0]]), np.array([2.0, 0.0]), 0.9, 0).product
    array([2., 0.])
    """
    k = np.arange(*transitions.rows[state : state + 2])
    k = k[policy[state, transitions.action[k]] > 0]
    action, there = transitions.action[k], transitions.next[k]
    chosen, probability, reward = policy[state, action], transitions.probability[k], transitions.reward[k]
    value = values[there]
    return BellmanTerms(
        action, there, chosen, probability, reward, value, chosen * probability * (reward + gamma * value)
    )


def evaluate(
    transitions: Transitions, policy: Array, gamma: float, *, states: Sequence[str] | None = None
) -> Array:
    """The exact value (S,) of every state under a policy: v = r + γ P v, solved as linear equations.

    ``solve`` says how; it adds up in an order of its own, the same on every machine. Terminal states, and
    loops that pay nothing, are worth 0.

    Parameters
    ----------
    policy : (S, A)
        How likely each action is in each state.
    gamma : float from 0 to 1
        The discount.
    states : sequence of str, optional
        What messages call the states.

    Raises ``EngineError`` for a policy that the world does not have, for another gamma, and when gamma is 1
    and rewards from some state come for ever, so that their sum is no number.

    >>> fork = Transitions.of([0, 0, 1], [0, 1, 0], [1, 2, 2], [1, 1, 1], [1, 0, 2], n_states=3, n_actions=2)
    >>> evaluate(fork, np.array([[0.5, 0.5], [1, 0], [0, 0]]), 0.9)
    array([1.4, 2. , 0. ])

    Source: Sutton and Barto, equations 3.14 and 4.4.
    """
    chain = Chain.of(transitions, checked_policy(policy, transitions, states))
    return _solved(chain, gamma, states, transitions)


def start_value(transitions: Transitions, policy: Array, gamma: float) -> float:
    """What an episode is worth under a policy (S, A), as it begins; other states need not have a value.

    Raises ``EngineError`` as ``evaluate`` does, but only for states that episodes come to.

    >>> apart = Transitions.of([0, 1], [0, 0], [2, 1], [1, 1], [4, 1], n_states=3, n_actions=1)
    >>> start_value(apart, np.array([[1.0], [1.0], [0.0]]), 1.0)
    4.0
    """
    start = transitions.start
    chain = Chain.of(transitions, checked_policy(policy, transitions)).begun(start)
    return float(start @ _solved(chain, gamma, None, transitions))


def _solved(chain: Chain, gamma: float, states: Sequence[str] | None, transitions: Transitions) -> Array:
    unknown = unknown_states(chain, gamma, states, transitions)
    values = np.zeros(chain.n_states)
    if unknown.size:
        values[unknown] = solve(chain, gamma, unknown)
    return values


def unknown_states(
    chain: Chain,
    gamma: float,
    states: Sequence[str] | None = None,
    transitions: Transitions | None = None,
) -> Array:
    """The states whose value is not 0 for certain.

    Raises ``EngineError`` when gamma is no number from 0 to 1, and when it is 1 and rewards come for ever;
    the ``transitions`` of the world tell whether any way would lead to one of its ends.
    """
    share("gamma", gamma)
    silent = chain.silent()
    if gamma == 1:
        endless = np.flatnonzero(~chain.reaching(silent))
        if endless.size:
            state = states[endless[0]] if states else str(endless[0])
            lost = transitions is not None and no_end(transitions, np.arange(len(silent)) == endless[0])
            why = "no end can be reached: " * lost + "rewards come for ever and with gamma 1 have no sum"
            raise EngineError(f"from state {state} {why}; try gamma 0.9")
    return np.flatnonzero(~silent)
