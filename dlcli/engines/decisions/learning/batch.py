"""Batch learning: the values at which all updates from the same episodes, again and again, come to rest."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.learning.backups import Backups
from dlcli.engines.decisions.linear_equations import solve_by_elimination

#: States up to which values after every single episode are solved for.
MOST_STATES = 512

#: What leads out of what was seen, by its share: less is rounding.
LEAST = 1e-12


def batch_plain(
    values: Array, backups: Backups, *, alpha: float, tolerance: float = 1e-12, most: int = 1_000_000
) -> int:
    """Repeat all updates of one run until nothing moves any more, values (S,) in place: the definition.

    The increments of one pass are added up and made at its end. Returns the number of passes.

    >>> from dlcli.engines.decisions.learning.backups import td0_backups
    >>> from dlcli.engines.decisions.episodes import Episodes
    >>> seen = Episodes.of([0, 1, 1], [0, 0, 0], [0.0, 0.0, 1.0], [1, 2, 2], lengths=[2, 1])
    >>> values = np.zeros(3)
    >>> passes = batch_plain(values, td0_backups(seen, 1.0), alpha=0.1)
    >>> values.round(6)
    array([0.5, 0.5, 0. ])

    Raises ``EngineError`` when that takes more than ``most`` passes: the step size is too large, or episodes
    without an end are all there is.

    Source: Sutton and Barto, 2nd edition, section 6.3.
    """
    for done in range(1, most + 1):
        target = backups.reward + backups.discount * values[backups.follower]
        delta = target - values[backups.state]
        moves = alpha * np.bincount(backups.state, weights=delta, minlength=len(values))
        values += moves
        if not np.abs(moves).max() > tolerance:
            return done
        if not np.isfinite(values).all():
            break
    raise EngineError(f"the updates do not come to rest with step size {alpha}; try a smaller one")


class Batch:
    """All that batch learning needs to know of the episodes so far: sums, for every run, state by state.

    The updates of a state come to rest where its value is the mean of its targets. With targets that are
    rewards alone (Monte Carlo) that is it; with r + γ V(s′) these are linear equations: the values are those
    of the chain that makes what was seen most likely (the certainty-equivalence estimate).
    """

    def __init__(self, runs: int, n_states: int) -> None:
        if n_states > MOST_STATES:
            raise EngineError(
                f"batch learning solves for the values of at most {MOST_STATES} states after every episode; "
                f"this world has {n_states}"
            )
        self.count = np.zeros((runs, n_states))
        self.reward = np.zeros((runs, n_states))
        self.weight = np.zeros((runs, n_states, n_states))  # discounts from state to follower, added up

    def see(self, backups: Backups, chosen: Array) -> None:
        """Take in the backups that are ``chosen``, by their places."""
        run = np.searchsorted(backups.offsets, chosen, side="right") - 1
        state, follower = backups.state[chosen], backups.follower[chosen]
        np.add.at(self.count, (run, state), 1.0)
        np.add.at(self.reward, (run, state), backups.reward[chosen])
        np.add.at(self.weight, (run, state, follower), backups.discount[chosen])

    def values(self, initial: Array) -> Array:
        """Where the updates come to rest (R, S); a state that was never seen keeps its ``initial`` value.

        Raises ``EngineError`` when they do not: without a discount, where no episode came to an end.
        """
        seen = np.maximum(self.count, 1.0)
        unseen = self.count == 0
        a = -self.weight / seen[:, :, None]
        a[:, np.arange(a.shape[1]), np.arange(a.shape[1])] += 1.0
        b = np.where(unseen, initial, self.reward / seen)
        if not self.weight.any():
            return b
        found = solve_by_elimination(a, b, least=LEAST)
        if found is None:
            raise EngineError("the updates do not come to rest: nothing that was seen leads to an end")
        return found
