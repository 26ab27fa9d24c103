"""The best that can be done in a world: policy iteration, and value iteration beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.bellman import evaluate, q_values
from dlcli.engines.decisions.chain import Chain
from dlcli.engines.decisions.graph import staying
from dlcli.engines.decisions.policy import equal_shares, proper_actions, random_policy
from dlcli.engines.decisions.sweeps import optimal_sweeps
from dlcli.engines.decisions.transitions import Transitions

#: How much better an action must be than what is done, by the size of the values, to be done instead.
BETTER = 1e-13

#: Rounds of policy iteration at most (a dozen are many), and of sweeps of value iteration.
ROUNDS = 1000
SWEEPS = 1_000_000

#: States up to which policy iteration begins with the random policy.
FEW = 300

#: Before policy iteration, where there are many states: sweeps of one spell, and spells at most.
SPELL, SPELLS = 50, 40


@dataclass(frozen=True, eq=False)
class Optimum:
    """The optimal ``values`` (S,) and ``q`` (S, A), a ``policy`` (S, A) that has them, ``rounds`` it took.

    The policy shares among all best actions of a state of which any choice is as good (``proper_actions``).
    """

    values: Array
    q: Array
    policy: Array
    rounds: int


def policy_iteration(
    transitions: Transitions, gamma: float, *, states: Sequence[str] | None = None
) -> Optimum:
    """Evaluate, improve, evaluate again, until no action is better than what is done: exact.

    It begins with the random policy, or of many states with what some sweeps say, and changes what is done
    in a state only for something better. With gamma 1 that keeps every policy on the way one that ends, or
    one that has stopped paying: when an improved one does neither, its loop earns more on every turn, and
    there is no optimum.

    Raises ``EngineError`` as ``evaluate`` does, and for such a loop.

    >>> fork = Transitions.of([0, 0, 1], [0, 1, 0], [1, 2, 2], [1, 1, 1], [0, 1, 5], n_states=3, n_actions=2)
    >>> best = policy_iteration(fork, 0.9)
    >>> best.values, best.policy
    (array([4.5, 5. , 0. ]), array([[1., 0.],
           [1., 0.],
           [0., 0.]]))

    Source: Howard, Dynamic programming and Markov processes, 1960; Sutton and Barto, section 4.3.
    """
    policy = _beginning(transitions, gamma)
    values = evaluate(transitions, policy, gamma, states=states)
    rounds = 0
    while rounds < ROUNDS:
        rounds += 1
        q = q_values(transitions, values, gamma)
        least = BETTER * max(1.0, float(np.abs(values).max(initial=0.0)))
        better = (_best(q) > values + least) & ~transitions.terminal
        if not better.any():
            break
        policy = policy.copy()
        policy[better] = np.eye(transitions.n_actions)[np.nanargmax(q[better], axis=1)]
        if gamma == 1 and (loop := np.flatnonzero(Chain.of(transitions, policy).endless())).size:
            state = states[loop[0]] if states else str(loop[0])
            raise EngineError(
                f"from state {state} a loop earns more on every turn, and with gamma 1 without end; "
                "try gamma 0.9"
            )
        before, values = values, evaluate(transitions, policy, gamma, states=states)
        # An improvement raises some value by as much as it promised, unless rounding had promised it.
        if float((values - before).max()) <= least / 2:
            break
    q = q_values(transitions, values, gamma)
    return Optimum(values, q, equal_shares(proper_actions(transitions, q, gamma)), rounds)


def value_iteration(
    transitions: Transitions, gamma: float, *, tolerance: float = 1e-12, in_place: bool = False
) -> tuple[Array, int]:
    """The optimal values (S,) by sweeps, until none changes by more than a tolerance, and how many it took.

    Changes are measured against the largest value. Raises ``EngineError`` when that has not happened within
    ``SWEEPS`` sweeps.

    >>> fork = Transitions.of([0, 0, 1], [0, 1, 0], [1, 2, 2], [1, 1, 1], [0, 1, 5], n_states=3, n_actions=2)
    >>> value_iteration(fork, 0.9)
    (array([4.5, 5. , 0. ]), 3)

    Source: Sutton and Barto, section 4.4.
    """
    before: Array | None = None
    for count, values in enumerate(optimal_sweeps(transitions, gamma, in_place=in_place)):
        scale = max(1.0, float(np.abs(values).max(initial=0.0)))
        if before is not None and float(np.abs(values - before).max(initial=0.0)) <= tolerance * scale:
            return values, count
        if count >= SWEEPS:
            break
        before = values
    raise EngineError(
        f"the values still change after {SWEEPS} sweeps of value iteration; try a smaller gamma"
    )


def _best(q: Array) -> Array:
    """The value of the best action of each state (S,)."""
    return np.where(np.isnan(q), -np.inf, q).max(axis=1, initial=-np.inf)


def _beginning(transitions: Transitions, gamma: float) -> Array:
    """The policy of the first round; with gamma 1 one that ends, or stops paying, as every later one will."""
    promising = _promising(transitions, gamma)
    if gamma < 1:
        return promising
    patient = _patient(transitions)
    ends = Chain.of(transitions, promising).reaching(transitions.terminal).all()
    return promising if ends and (patient == random_policy(transitions)).all() else patient


def _promising(transitions: Transitions, gamma: float) -> Array:
    """The random policy of few states; of many what is best once sweeps no longer change it much.

    That is cheaper than the many rounds which news of a far reward takes to spread.
    """
    if transitions.n_states <= FEW:
        return random_policy(transitions)
    before = np.zeros(transitions.n_states, np.intp)
    for values in islice(optimal_sweeps(transitions, gamma), SPELL, SPELL * SPELLS, SPELL):
        q = q_values(transitions, values, gamma)
        best = np.where(np.isnan(q), -np.inf, q).argmax(axis=1)
        if np.count_nonzero(best != before) <= 0.001 * len(best):
            break
        before = best
    return np.eye(transitions.n_actions)[best] * transitions.allowed


def _patient(transitions: Transitions) -> Array:
    """The random policy, but where one can stay for ever without a reward or a price, only such actions.

    Those states are worth at least 0 when nothing is discounted; a policy that leaves them may be worse.
    """
    safe = staying(transitions, transitions.free, transitions.terminal)
    return equal_shares(np.where(safe.any(axis=1, keepdims=True), safe, transitions.allowed))
