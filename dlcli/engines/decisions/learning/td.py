"""Temporal difference learning: V(s) ← V(s) + α [r + γ V(s′) − V(s)], one step of experience at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.episodes import Episodes
from dlcli.engines.decisions.learning.backups import Backups, td0_backups

#: A number, or as many of them at once as there are runs.
Numbers = TypeVar("Numbers", float, Array)


@dataclass(frozen=True, eq=False)
class Updates:
    """Everything that happened to the values, update by update, each array (N,).

    ``step`` is the step of the experience whose state was updated, ``target`` what its value moved towards,
    ``delta`` the target minus the value ``before`` (the reward prediction error), ``alpha`` the step size
    and ``after`` the value that came out. ``ahead`` is V(follower), which the target took in; ``trace`` the
    eligibility of the state, 1 but for TD(λ): after = before + alpha · trace · delta.
    """

    step: Array
    target: Array
    delta: Array
    alpha: Array
    before: Array
    after: Array
    ahead: Array
    trace: Array


def td_error(target: Numbers, value: Numbers) -> Numbers:
    """δ = target − V(s): how much better it went than was expected, the reward prediction error.

    >>> td_error(1 + 0.9 * 5.0, 4.0)
    1.5
    """
    return target - value


def check_alpha(alpha: float | None) -> None:
    """Raise ``EngineError`` unless a step size is above 0 and up to 1, or none: one over the visits."""
    if alpha is not None and not 0 < alpha <= 1:
        raise EngineError(f"alpha expects a number above 0 and up to 1; received {alpha:g}")


def backed_up(values: Array, backups: Backups, alpha: float | Array) -> Updates:
    """Update the values (S,) in place, one backup after the other: the definition of all methods.

    Each one moves the value of its state towards target = reward + discount · V(follower) by the share
    ``alpha``, a number or one for each backup (N,). What happened on the way is returned.

    >>> from dlcli.engines.decisions.episodes import Episodes
    >>> from dlcli.engines.decisions.learning.backups import td0_backups
    >>> values = np.zeros(3)
    >>> episode = Episodes.of([0, 1], [0, 0], [0.0, 1.0], [1, 2], lengths=[2])
    >>> for _ in range(2):
    ...     happened = backed_up(values, td0_backups(episode, 1.0), 0.5)
    >>> values, happened.target, happened.delta
    (array([0.25, 0.75, 0.  ]), array([0.5, 1. ]), array([0.5, 0.5]))

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, equations 6.1 and 6.2.
    """
    count = len(backups.state)
    alphas = np.broadcast_to(np.asarray(alpha, np.float64), (count,))
    target, delta, before, after, ahead = np.empty((5, count))
    for i in range(count):
        s, follower = backups.state[i], backups.follower[i]
        before[i] = values[s]
        ahead[i] = values[follower]
        target[i] = backups.reward[i] + backups.discount[i] * ahead[i]
        delta[i] = td_error(target[i], before[i])
        after[i] = before[i] + alphas[i] * delta[i]
        values[s] = after[i]
    return Updates(backups.step, target, delta, alphas, before, after, ahead, np.ones(count))


def td0(
    episodes: Episodes, n_states: int, *, alpha: float, gamma: float = 1.0, initial: float = 0.0
) -> Array:
    """Tabular TD(0): the values (S,) after one run of episodes, as the textbook's box has it.

    ``initial`` is the first guess for states that occur; those that never do keep 0, terminal ones among
    them.

    >>> two = Episodes.of([0, 1, 1], [0, 0, 0], [0.0, 1.0, 1.0], [1, 2, 2], lengths=[2, 1])
    >>> td0(two, 3, alpha=0.5)
    array([0.  , 0.75, 0.  ])

    Source: Sutton and Barto, the box "Tabular TD(0) for estimating v_π" of section 6.1.
    """
    values = np.zeros(n_states)
    values[episodes.state] = initial
    backed_up(values, td0_backups(episodes, gamma), alpha)
    return values
