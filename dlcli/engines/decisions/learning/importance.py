"""Off-policy prediction: what a policy is worth, from the episodes of another one."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.episodes import Episodes


def importance_ratios(episodes: Episodes, target: Array, behaviour: Array) -> Array:
    """ρ of each episode (n,): how much likelier ``target`` makes its actions than ``behaviour``, both (S, A).

    Raises ``EngineError`` for policies of two shapes, and where an action was taken that ``behaviour`` never
    takes.

    >>> two = Episodes.of([0, 1, 0], [0, 1, 1], [0.0, 1.0, 5.0], [1, 2, 2], lengths=[2, 1])
    >>> half = np.full((2, 2), 0.5)
    >>> importance_ratios(two, np.array([[1.0, 0.0], [0.25, 0.75]]), half)
    array([3., 0.])

    Source: Sutton and Barto, 2nd edition, equation 5.3.
    """
    if target.shape != behaviour.shape:
        raise EngineError(f"both policies are (S, A); received {target.shape} and {behaviour.shape}")
    pairs = episodes.state, episodes.action
    chance = behaviour[pairs]
    if not (chance > 0).all():
        t = int(np.flatnonzero(~(chance > 0))[0])
        state, action = int(pairs[0][t]), int(pairs[1][t])
        raise EngineError(f"the policy that was followed never takes action {action} in state {state}")
    found: Array = np.multiply.reduceat(target[pairs] / chance, episodes.offsets[:-1])
    return found


def importance_estimates(returns: Array, ratios: Array) -> tuple[Array, Array]:
    """The estimates after each episode (…, n), by ordinary importance sampling and by weighted.

    Ordinary: the mean of ρ·G, which is right on average and may be far off. Weighted: Σ ρ·G / Σ ρ, which is
    never outside of the returns; 0 as long as every ρ is.

    >>> ordinary, weighted = importance_estimates(np.array([1.0, 5.0]), np.array([3.0, 1.0]))
    >>> ordinary, weighted
    (array([3., 4.]), array([1., 2.]))

    Source: Sutton and Barto, 2nd edition, equations 5.5 and 5.6.
    """
    total, weight = np.cumsum(ratios * returns, axis=-1), np.cumsum(ratios, axis=-1)
    ordinary = total / np.arange(1, returns.shape[-1] + 1)
    weighted = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
    return ordinary, weighted
