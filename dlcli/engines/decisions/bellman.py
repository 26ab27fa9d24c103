"""What states and actions are worth: the Bellman equation, solved exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, share
from dlcli.engines.decisions.chain import Chain
from dlcli.engines.decisions.linear_equations import bicgstab, solve_by_elimination
from dlcli.engines.decisions.policy import checked_policy
from dlcli.engines.decisions.transitions import Transitions

#: States up to which the equations are solved with a matrix: of more, products with the outcomes are quicker.
DENSE = 300

#: Errors of the Bellman equation, by the size of the values: what an iterative solution aims at, and what it
#: may be left with.
ROUNDING, EXACT = 1e-14, 1e-12

#: Sweeps after which it is seen whether they help, and the most of them.
FIRST, LAST = 100, 100_000


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

    Up to ``DENSE`` states by elimination, more by BiCGSTAB, which never has a matrix: memory is proportional
    to the outcomes. Both add up in an order of their own, the same on every machine. Terminal states, and
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
    unknown = unknown_states(chain, gamma, states)
    values = np.zeros(chain.n_states)
    if unknown.size:
        solve = solve_dense if unknown.size <= DENSE else solve_sparse
        values[unknown] = solve(chain, gamma, unknown)
    return values


def unknown_states(chain: Chain, gamma: float, states: Sequence[str] | None = None) -> Array:
    """The states whose value is not 0 for certain.

    Raises ``EngineError`` when gamma is no number from 0 to 1, and when it is 1 and rewards come for ever.
    """
    share("gamma", gamma)
    silent = chain.silent()
    if gamma == 1:
        endless = np.flatnonzero(~chain.reaching(silent))
        if endless.size:
            state = states[endless[0]] if states else str(endless[0])
            raise EngineError(
                f"from state {state} rewards come for ever and with gamma 1 have no sum; try gamma 0.9"
            )
    return np.flatnonzero(~silent)


def solve_dense(chain: Chain, gamma: float, unknown: Array) -> Array:
    """The values of the unknown states by elimination in the matrix I − γ P."""
    row, column, weight = _among(chain, unknown)
    matrix = np.eye(unknown.size)
    np.subtract.at(matrix, (row, column), gamma * weight)
    found = solve_by_elimination(matrix[None], chain.reward[unknown][None])
    if found is None:
        raise EngineError(
            f"the values of {unknown.size} states do not come out: some leave their loop so rarely that it "
            "is lost in rounding; try a smaller gamma"
        )
    values: Array = found[0]
    return values


def solve_sparse(chain: Chain, gamma: float, unknown: Array) -> Array:
    """The same values by products with the outcomes alone.

    BiCGSTAB is quick where an agent wanders about, and stalls where it runs straight to an end; there plain
    sweeps arrive after as many as the longest way has steps. They take turns, until rounding is all that is
    left. Raises ``EngineError`` when they do not get there.
    """
    n = unknown.size
    row, column, weight = _among(chain, unknown)
    weight = gamma * weight
    stays = row == column
    diagonal = 1.0 - np.bincount(row[stays], weights=weight[stays], minlength=n)
    row, column = row[~stays], column[~stays]
    weight = weight[~stays] / diagonal[row]
    b = chain.reward[unknown] / diagonal

    def coming(values: Array) -> Array:
        return np.bincount(row, weights=weight * values[column], minlength=n)

    def off(values: Array) -> float:
        error = float(np.abs(b + coming(values) - values).max())
        return error / max(1.0, float(np.abs(values).max())) if np.isfinite(error) else np.inf

    values, error, count = np.zeros(n), np.inf, FIRST
    while error > ROUNDING and count <= LAST:
        scale = max(1.0, float(np.abs(values).max()))
        found = bicgstab(lambda v: v - coming(v), b, values, enough=ROUNDING * scale / 10)
        if off(found) > error / 2:
            found = values
            for _ in range(count):
                found = b + coming(found)
            count *= 2
        now = off(found)
        if now > error / 2 and error <= EXACT:
            break
        values, error = (found, now) if now < error else (values, error)
    if error > EXACT:
        raise EngineError(
            f"the values of {n} states do not come out: their Bellman equations are off by {error:.2g} "
            "of the largest; try a smaller gamma"
        )
    return values


def _among(chain: Chain, states: Array) -> tuple[Array, Array, Array]:
    """The steps of a chain among some states: from and to which of these, and how likely."""
    place = np.full(chain.n_states, -1)
    place[states] = np.arange(states.size)
    kept = (place[chain.state] >= 0) & (place[chain.next] >= 0)
    return place[chain.state[kept]], place[chain.next[kept]], chain.weight[kept]
