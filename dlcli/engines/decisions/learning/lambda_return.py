"""The off-line λ-return algorithm: once an episode has ended each state moves to its λ-return."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlcli.engines.base.checks import Array, EngineError


def lambda_returns_plain(reward: Array, following: Array, *, gamma: float, decay: float) -> Array:
    """G^λ of each step of one episode (T,): the mean of all n-step returns, weighted by (1 − λ) λⁿ⁻¹.

    The whole return has the rest of the weight. ``reward`` (T,) are R₁ … R_T and ``following`` (T,) the
    values of the states after each step, 0 for the last one.

    Raises ``EngineError`` for a λ outside of [0, 1] and for two lengths.

    >>> lambda_returns_plain(np.array([0.0, 1.0]), np.array([0.5, 0.0]), gamma=1.0, decay=0.5)
    array([0.75, 1.  ])

    Source: Sutton and Barto, 2nd edition, equation 12.3.
    """
    _check(reward, following, decay)
    count = len(reward)
    found = np.zeros(count)
    for t in range(count):
        total, faded = 0.0, 1.0
        for n in range(1, count - t + 1):
            total += faded * float(reward[t + n - 1])
            faded *= gamma
            target = total + faded * float(following[t + n - 1])
            weight = decay ** (n - 1) * (1 if n == count - t else 1 - decay)
            found[t] += weight * target
    return found


def lambda_returns(reward: Array, following: Array, *, gamma: float, decay: float | Array) -> Array:
    """The same from the last step to the first: G = r + γ [(1 − λ) V(s′) + λ G′], in one pass.

    ``following`` may be (M, T), the values that M learners have, and ``decay`` (M,) a λ for each of them.

    >>> lambda_returns(np.array([0.0, 1.0]), np.array([0.5, 0.0]), gamma=1.0, decay=0.5)
    array([0.75, 1.  ])
    """
    _check(reward, following[0] if following.ndim == 2 else following, decay)
    later = following[..., -1]
    found = np.zeros(following.shape)
    for t in range(len(reward) - 1, -1, -1):
        later = reward[t] + gamma * ((1 - decay) * following[..., t] + decay * later)
        found[..., t] = later
    return found


def learn_offline(values: Array, state: Sequence[int], targets: Array, *, alpha: float | Array) -> Array:
    """Each state of an episode in its order moved to its target: V(s) ← V(s) + α [G − V(s)], a new (…, S).

    ``values`` and ``targets`` may be (M, S) and (M, T) of M learners, ``alpha`` (M,) a step size for each.

    >>> learn_offline(np.zeros(2), [0, 1, 0], np.array([1.0, 2.0, 3.0]), alpha=0.5)
    array([1.75, 1.  ])

    Source: Sutton and Barto, 2nd edition, equation 12.4 for one feature per state.
    """
    found = values.copy()
    for t, s in enumerate(state):
        found[..., s] += alpha * (targets[..., t] - found[..., s])
    return found


def _check(reward: Array, following: Array, decay: float | Array) -> None:
    if reward.shape != following.shape or reward.ndim != 1 or not reward.size:
        raise EngineError(
            "an episode has a reward and a next value for each of its steps; received "
            f"{reward.shape} and {following.shape}"
        )
    if not ((np.asarray(decay) >= 0) & (np.asarray(decay) <= 1)).all():
        raise EngineError(f"lambda expects a number from 0 to 1; received {decay}")
