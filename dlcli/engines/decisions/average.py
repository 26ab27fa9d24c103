"""The average reward of a world without an end, and what states are worth beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.bellman import q_values
from dlcli.engines.decisions.chain import Chain
from dlcli.engines.decisions.graph import components
from dlcli.engines.decisions.policy import best_actions, checked_policy, equal_shares
from dlcli.engines.decisions.solving import solve
from dlcli.engines.decisions.transitions import Transitions

ROUNDS = 1000
BETTER = 1e-11  # by the size of the values: less is rounding


@dataclass(frozen=True, eq=False)
class Gain:
    """What a step pays on average in the long run, and what it is worth to be in a state.

    ``gain`` is the average reward; ``values`` (S,) are differential: the rewards from a state on, each less
    the gain, added up, beside those of the first state in which episodes begin, which is worth 0. ``q``
    (S, A) are those of the actions, nan where there is none; ``policy`` (S, A) what is done, and ``rounds``
    what policy iteration took.
    """

    gain: float
    values: Array
    q: Array
    policy: Array
    rounds: int = 0


def average_reward(transitions: Transitions, policy: Array, *, states: Sequence[str] | None = None) -> Gain:
    """The average reward of a policy (S, A), and differential values: h(s) = Σ π Σ p (r − g + h(s′)).

    Raises ``EngineError`` where episodes end, and where the average depends on where one begins, because the
    policy stays for ever in one of several parts of the world.

    Here 0 pays 2 and leads to 1, which pays nothing and leads back:

    >>> both = Transitions.of([0, 1], [0, 0], [1, 0], [1, 1], [2, 0], n_states=2, n_actions=1)
    >>> found = average_reward(both, np.ones((2, 1)))
    >>> found.gain, found.values
    (1.0, array([ 0., -1.]))

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, section 10.3; Howard, Dynamic programming
    and Markov processes, 1960.
    """
    if transitions.terminal.any():
        raise EngineError(
            "episodes end in this world: there is no average reward of steps for ever; leave it to their sum"
        )
    chain = Chain.of(transitions, checked_policy(policy, transitions, states))
    home = _home(chain, states)
    # Between two visits of one state: how long it takes, and what it pays, from everywhere.
    n = chain.n_states
    others = np.flatnonzero(np.arange(n) != home)
    kept = chain.state != home
    away = Chain(chain.state[kept], chain.next[kept], chain.weight[kept], chain.reward, chain.pays)

    def until_home(reward: Array) -> Array:
        found = np.zeros(n)
        if others.size:
            found[others] = solve(replace(away, reward=reward), 1.0, others)
        return found

    steps, paid = until_home(np.ones(n)), until_home(chain.reward)
    leaving = chain.state == home
    weight, there = chain.weight[leaving], chain.next[leaving]
    length = 1.0 + float(np.add.reduce(weight * steps[there]))
    gain = (float(chain.reward[home]) + float(np.add.reduce(weight * paid[there]))) / length
    values = paid - gain * steps
    values = values - values[int(np.argmax(transitions.start))]
    q = q_values(transitions, values, 1.0) - gain
    return Gain(gain, values, q, policy)


def best_average(transitions: Transitions, *, states: Sequence[str] | None = None) -> Gain:
    """The policy with the largest average reward, by policy iteration from the random one.

    Raises ``EngineError`` as ``average_reward`` does, for each policy on the way.

    Here one can stay for 1, or go round by a state that pays 3 on the way back:

    >>> loops = Transitions.of([0, 0, 1], [0, 1, 0], [0, 1, 0], [1, 1, 1], [1, 0, 3], n_states=2, n_actions=2)
    >>> best = best_average(loops)
    >>> best.gain, best.policy
    (1.5, array([[0., 1.],
           [1., 0.]]))

    Source: Howard, Dynamic programming and Markov processes, 1960, chapter 4.
    """
    policy, rounds = equal_shares(transitions.allowed), 0
    found = average_reward(transitions, policy, states=states)
    while rounds < ROUNDS:
        rounds += 1
        known = np.where(np.isnan(found.q), -np.inf, found.q)
        least = BETTER * max(1.0, float(np.abs(found.values).max()))
        better = known.max(axis=1) > found.values + least
        if not better.any():
            break
        policy = policy.copy()
        policy[better] = np.eye(transitions.n_actions)[known[better].argmax(axis=1)]
        found = average_reward(transitions, policy, states=states)
    return Gain(found.gain, found.values, found.q, equal_shares(best_actions(found.q)), rounds)


def _home(chain: Chain, states: Sequence[str] | None) -> int:
    """A state that the policy comes to from everywhere; raises ``EngineError`` where there is none."""
    of, _ = components(chain.state, chain.next, chain.n_states)
    leaving = np.unique(of[chain.state[of[chain.state] != of[chain.next]]])
    closed = np.setdiff1d(of, leaving)
    if len(closed) > 1:
        one, other = (int(np.flatnonzero(of == part)[0]) for part in closed[:2])
        names = [states[s] if states else str(s) for s in (one, other)]
        raise EngineError(
            f"the policy stays for ever in one of {len(closed)} parts of the world, such as those of "
            f"{names[0]} and {names[1]}: the average reward depends on where it begins"
        )
    return int(np.flatnonzero(of == closed[0])[0])
