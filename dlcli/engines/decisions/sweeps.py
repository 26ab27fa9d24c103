"""Sweeps over all states: each is set to the right side of its Bellman equation, again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.bellman import q_values
from dlcli.engines.decisions.chain import Chain
from dlcli.engines.decisions.transitions import Transitions


def sweeps(
    transitions: Transitions, policy: Array, gamma: float, *, in_place: bool = False
) -> Iterator[Array]:
    """Iterative policy evaluation: the values (S,) before the first sweep, all 0, after it, and so on.

    v(s) becomes Σ π(a|s) Σ p (r + γ v(s')), with the values before the sweep on the right or, ``in_place``,
    state by state, with those that this sweep has set already. It never ends by itself.

    >>> chain = Transitions.of([0, 1], [0, 0], [1, 2], [1, 1], [0, 1], n_states=3, n_actions=1)
    >>> both = sweeps(chain, np.ones((3, 1)), 1.0)
    >>> [next(both).tolist() for _ in range(3)]
    [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]]

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, section 4.1.
    """
    chain = Chain.of(transitions, policy)
    return _repeated(
        _in_place(chain, gamma) if in_place else lambda v: chain.reward + gamma * chain.expected(v),
        chain.n_states,
    )


def optimal_sweeps(transitions: Transitions, gamma: float, *, in_place: bool = False) -> Iterator[Array]:
    """Value iteration: as ``sweeps``, with the best action of every state instead of the policy's.

    >>> fork = Transitions.of([0, 0], [0, 1], [1, 1], [1, 1], [4, 0], n_states=2, n_actions=2)
    >>> both = optimal_sweeps(fork, 0.9)
    >>> [next(both).tolist() for _ in range(2)]
    [[0.0, 0.0], [4.0, 0.0]]

    Source: Sutton and Barto, section 4.4.
    """

    def together(values: Array) -> Array:
        best = q_values(transitions, values, gamma)
        return np.where(transitions.terminal, 0.0, np.where(np.isnan(best), -np.inf, best).max(axis=1))

    return _repeated(_best_in_place(transitions, gamma) if in_place else together, transitions.n_states)


def _repeated(sweep: Callable[[Array], Array], n_states: int) -> Iterator[Array]:
    values = np.zeros(n_states)
    while True:
        yield values
        values = sweep(values)


def _in_place(chain: Chain, gamma: float) -> Callable[[Array], Array]:
    """One state after the other; plain lists, because each step needs what the one before it has set."""
    n = chain.n_states
    ends = np.bincount(chain.state, minlength=n).cumsum().tolist()
    there, weight, reward = chain.next.tolist(), (gamma * chain.weight).tolist(), chain.reward.tolist()

    def sweep(values: Array) -> Array:
        now: list[float] = values.tolist()
        k = 0
        for s, end in enumerate(ends):
            total = reward[s]
            for j in range(k, end):
                total += weight[j] * now[there[j]]
            now[s], k = total, end
        return np.array(now)

    return sweep


def _best_in_place(transitions: Transitions, gamma: float) -> Callable[[Array], Array]:
    """The same with the best of a state's actions."""
    pairs, there = transitions.pairs.tolist(), transitions.next.tolist()
    weight = (gamma * transitions.probability).tolist()
    reward = transitions.expected_reward.tolist()
    actions = [np.flatnonzero(row).tolist() for row in transitions.allowed]
    count = transitions.n_actions

    def sweep(values: Array) -> Array:
        now: list[float] = values.tolist()
        for s, taken in enumerate(actions):
            if taken:
                now[s] = max(
                    reward[s][a]
                    + sum(
                        weight[k] * now[there[k]]
                        for k in range(pairs[s * count + a], pairs[s * count + a + 1])
                    )
                    for a in taken
                )
        return np.array(now)

    return sweep
