"""Returns: what all rewards from a step on are worth at that step, later ones discounted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, compute_dtype, share


@dataclass(frozen=True, eq=False)
class ReturnTerms:
    """G_t as a sum: ``powers`` γ^k, ``rewards`` R_{t+k+1} and their ``products``, all (T − t,)."""

    powers: Array
    rewards: Array
    products: Array


def returns_plain(rewards: Array, gamma: float) -> Array:
    """The definition, G_t = Σ γ^k R_{t+k+1}, of one episode (T,): each step adds up all that is to come.

    >>> returns_plain(np.array([1.0, 0.0, 2.0]), 0.5)
    array([1.5, 1. , 2. ])
    """
    steps = len(rewards)
    powers = gamma ** np.arange(steps)
    return np.array([(powers[: steps - t] * rewards[t:]).sum() for t in range(steps)])


def returns(rewards: Array, gamma: float, axis: int = -1) -> Array:
    """The return of every step, from the last to the first: G_t = R_{t+1} + γ G_{t+1}, in T steps, not T².

    Parameters
    ----------
    rewards : array of any shape, real
        Along ``axis`` the rewards R_1 … R_T of one episode; all others are episodes beside it.
    gamma : float from 0 to 1
        The discount: how much a reward is worth that comes one step later.

    Returns
    -------
    array shaped like ``rewards``, G_0 … G_{T−1} along the axis.

    Raises ``EngineError`` for complex rewards, an axis that is not there, and for another gamma.

    >>> returns(np.array([[1.0, 0.0, 2.0], [0.0, 0.0, 4.0]]), 0.5)
    array([[1.5, 1. , 2. ],
           [1. , 2. , 4. ]])

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, equations 3.8 and 3.9.
    """
    dtype = compute_dtype(rewards)
    if dtype.kind == "c":
        raise EngineError(f"rewards are real numbers; received {rewards.dtype}")
    share("gamma", gamma)
    if not -rewards.ndim <= axis < rewards.ndim:
        raise EngineError(f"there is no axis {axis} in shape {rewards.shape}; try axis=-1")
    steps_first = np.moveaxis(rewards, axis, 0).astype(dtype)
    worth = steps_first.copy()
    for t in range(len(worth) - 2, -1, -1):
        # Zero times a reward that is infinite is no reward, not nan.
        worth[t] += gamma * worth[t + 1] if gamma else 0
    return np.moveaxis(worth, 0, axis)


def discounted_rewards(rewards: Array, gamma: float, axis: int = -1) -> Array:
    """What each reward R_{k+1} is worth at the first step of its episode: γ^k R_{k+1}, in the same shape.

    >>> discounted_rewards(np.array([[1.0, 0.0, 2.0], [0.0, 0.0, 4.0]]), 0.5)
    array([[1. , 0. , 0.5],
           [0. , 0. , 1. ]])

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, equation 3.8.
    """
    powers = gamma ** np.arange(rewards.shape[axis])
    last = np.moveaxis(rewards, axis, -1) * powers
    return np.moveaxis(last, -1, axis).astype(compute_dtype(rewards))


def return_terms(rewards: Array, gamma: float, step: int = 0) -> ReturnTerms:
    """Every number of the return of one step of an episode (T,).

    >>> return_terms(np.array([1.0, 0.0, 2.0]), 0.5, 1)
    ReturnTerms(powers=array([1. , 0.5]), rewards=array([0., 2.]), products=array([0., 1.]))
    """
    later = rewards[step:]
    powers = gamma ** np.arange(len(later))
    return ReturnTerms(powers, later, powers * later)
