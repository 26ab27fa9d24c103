"""How far values are from the exact ones while they are learnt: after each episode, by steps, over runs."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.episodes import Episodes
from dlcli.engines.decisions.learning.backups import Backups


def rms_error(values: Array, exact: Array, counted: Array) -> Array:
    """The root of the mean squared difference (…) over the states that are ``counted`` (S,) of bool.

    >>> rms_error(np.array([[3.0, 9.0, 4.0]]), np.zeros(3), np.array([True, False, True]))
    array([3.53553391])
    """
    return np.sqrt(((values - exact)[..., counted] ** 2).mean(axis=-1))


class Curve:
    """The RMS error of every run after each of its episodes, from values as updates leave them.

    Parameters
    ----------
    backups, episodes : Backups, Episodes
        What is updated, and the steps that this comes from.
    before : (R, S)
        The values before the first backup.
    exact, counted : (S,)
        What they should be, and the states that are looked at.

    >>> from dlcli.engines.decisions.learning.backups import td0_backups
    >>> two = Episodes.of([0, 0], [0, 0], [1.0, 1.0], [1, 1], lengths=[1, 1])
    >>> curve = Curve(td0_backups(two, 1.0), two, np.zeros((1, 2)), np.ones(2), np.array([True, False]))
    >>> curve.note(np.array([0, 1]), np.array([0.5, 0.75]))
    >>> curve.rms()
    array([[0.5 , 0.25]])
    """

    def __init__(
        self, backups: Backups, episodes: Episodes, before: Array, exact: Array, counted: Array
    ) -> None:
        self.exact, self.counted = exact, counted
        runs, n_states = before.shape
        each = len(episodes.lengths) // runs
        # After each episode the values of all runs lie side by side, state by state; first those before it.
        self.values = np.empty((each + 1, n_states, runs))
        self.values[0] = before.T
        self.held = np.ones(self.values.shape, bool)  # whether the value before the episode still holds
        owner, episode = np.divmod(np.arange(len(episodes.lengths)), each)
        row = ((episode + 1) * n_states * runs + owner).astype(np.min_scalar_type(self.values.size))
        row = np.repeat(row, episodes.lengths)
        self.place = row if backups.steps is None else row[backups.steps]
        self.place += (backups.kinds.state * runs).astype(row.dtype)[backups.kind]

    def note(self, backups: Array, after: Array) -> None:
        """Take down the values that came out of these backups, of which those of a run are in their order."""
        place = self.place.take(backups, mode="clip").astype(np.intp)
        self.values.reshape(-1)[place] = after  # of several values the last one stays
        self.held.reshape(-1)[place] = False

    def rms(self) -> Array:
        """The errors (R, E), once all backups are noted."""
        values = self.values
        for i in range(1, len(values)):
            np.copyto(values[i], values[i - 1], where=self.held[i])
        error = values[1:, self.counted]
        error -= self.exact[self.counted, None]
        np.square(error, out=error)
        return np.sqrt(error.mean(axis=1)).T


def by_transitions(curve: Array, steps: Array, places: Array) -> Array:
    """A curve over episodes (R, E+1), read at numbers of transitions (P,): (R, P).

    ``steps`` (R, E) are the lengths of the episodes. Between two episodes the value after the earlier one
    holds; nan stands where a run has not so many transitions.

    >>> by_transitions(np.array([[4.0, 2.0, 1.0]]), np.array([[3, 2]]), np.array([0, 2, 3, 5, 6]))
    array([[ 4.,  4.,  2.,  1., nan]])
    """
    found = np.full((len(curve), len(places)), np.nan)
    for run, lengths in enumerate(steps):
        ends = np.concatenate([[0], np.cumsum(lengths)])
        there = places <= ends[-1]
        found[run, there] = curve[run, np.searchsorted(ends, places[there], side="right") - 1]
    return found


def transitions_until(rms: Array, steps: Array, share: float) -> Array:
    """The transitions after which each method's error is at most a share of its first one (M,).

    Parameters
    ----------
    rms : (M, R, E+1)
        The error of M methods in R runs, before the first of E episodes and after each.
    steps : (R, E)
        The lengths of the episodes, which all methods share.
    share : float
        Of the error before the first episode.

    Both are means over the runs; the number is inf where the error never comes down so far.

    Raises ``EngineError`` for arrays that do not fit each other.

    >>> transitions_until(np.array([[[4.0, 3.0, 1.0]], [[4.0, 4.0, 3.0]]]), np.array([[5, 7]]), 0.5)
    array([12., inf])

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, example 6.2 compares methods so.
    """
    if rms.ndim != 3 or rms.shape[1:] != (steps.shape[0], steps.shape[-1] + 1):
        raise EngineError(
            f"errors are (methods, runs, episodes + 1) for steps (runs, episodes); received {rms.shape} for "
            f"{steps.shape}"
        )
    mean = rms.mean(axis=1)  # (M, E+1)
    ends = np.concatenate([[0.0], np.cumsum(steps.mean(axis=0))])  # (E+1,)
    down = mean <= share * mean[:, :1]
    return np.where(down.any(axis=1), ends[down.argmax(axis=1)], np.inf)
