"""What episodes are worth that are lived through: a sample of returns beside the expected one."""

from __future__ import annotations

import math

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.transitions import Transitions
from dlcli.engines.decisions.walk import sample_episodes

STEPS = 10_000  # after which an episode is cut at most
NOTHING = 1e-9  # the share of a reward that counts for nothing


def sampled_returns(
    transitions: Transitions, policy: Array, count: int, generator: np.random.Generator, *, gamma: float = 1.0
) -> tuple[Array, int]:
    """The returns (N,) of so many episodes from their first step, and how many of these were cut short.

    An episode without an end is cut where what is left of a reward counts for nothing, which changes no
    return; only without a discount are those counted that passed ``STEPS``.

    >>> coin = Transitions.of([0, 0], [0, 0], [1, 1], [0.5, 0.5], [0, 1], n_states=2, n_actions=1)
    >>> returns, cut = sampled_returns(coin, np.ones((2, 1)), 400, np.random.default_rng(0))
    >>> round(float(returns.mean()), 1), cut
    (0.5, 0)

    Raises ``EngineError`` for more steps than are held at once.

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, equation 3.8, for the return.
    """
    limit = STEPS
    if 0 < gamma < 1:
        limit = min(STEPS, max(1, math.ceil(math.log(NOTHING) / math.log(gamma))))
    elif gamma == 0:
        limit = 1
    found = sample_episodes(transitions, policy, count, [generator], limit=limit)
    return found.returns(gamma)[found.offsets[:-1]], int(found.cut.sum()) if gamma == 1 else 0
