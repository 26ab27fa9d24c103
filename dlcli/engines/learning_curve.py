"""How far values are from the exact ones while they are learnt: after each episode, by steps, over runs."""

from __future__ import annotations

import numpy as np

from dlcli.engines.backups import Backups
from dlcli.engines.checks import Array
from dlcli.engines.episodes import Episodes

CHUNK = 1 << 21  # values looked at at once


def rms_error(values: Array, exact: Array, counted: Array) -> Array:
    """The root of the mean squared difference (…) over the states that are ``counted`` (S,) of bool.

    >>> rms_error(np.array([[3.0, 9.0, 4.0]]), np.zeros(3), np.array([True, False, True]))
    array([3.53553391])
    """
    return np.sqrt(((values - exact)[..., counted] ** 2).mean(axis=-1))


def rms_by_episode(
    after: Array, backups: Backups, episodes: Episodes, before: Array, exact: Array, counted: Array
) -> Array:
    """The RMS error of every run after each of its episodes (R, E).

    Parameters
    ----------
    after : (N,)
        The value of each backup's state as it came out of it.
    backups, episodes : Backups, Episodes
        What was updated, and the steps that this came from.
    before : (R, S)
        The values before the first backup.
    exact, counted : (S,)
        What they should be, and the states that are looked at.

    >>> from dlcli.engines.backups import td0_backups
    >>> two = Episodes.of([0, 0], [0, 0], [1.0, 1.0], [1, 1], lengths=[1, 1])
    >>> rms_by_episode(np.array([0.5, 0.75]), td0_backups(two, 1.0), two, np.zeros((1, 2)), np.ones(2),
    ...                np.array([True, False]))
    array([[0.5 , 0.25]])
    """
    runs, n_states = before.shape
    each = len(episodes.lengths) // runs
    found = np.empty((runs, each))
    width = max(1, CHUNK // (each * n_states))  # runs at once
    owner, episode = np.divmod(np.arange(len(episodes.lengths)), each)
    # The values of all runs lie side by side; row 0 holds those before the first episode.
    row = ((episode + 1) * min(width, runs) + owner % width) * n_states
    place = row[episodes.episode[backups.step]] + backups.state
    for run in range(0, runs, width):
        rows = slice(run, run + width)
        some = len(before[rows])
        mine = slice(int(backups.offsets[run]), int(backups.offsets[run + some]))
        shape = (each + 1, min(width, runs), n_states)
        error, old = np.empty(shape), np.ones(shape, bool)
        error[0, :some] = before[rows]
        error.reshape(-1)[place[mine]] = after[mine]  # of several values the last one stays
        old.reshape(-1)[place[mine]] = False
        for i in range(1, each + 1):  # where no value is new, the one before holds
            np.copyto(error[i], error[i - 1], where=old[i])
        found[rows] = rms_error(error[1:, :some], exact, counted).T
    return found


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
