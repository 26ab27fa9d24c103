"""Chance by precomputed sums: which of its outcomes happens, for one row or for thousands at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.transitions import Transitions


@dataclass(frozen=True, eq=False)
class Chance:
    """Tables to draw from: row ``r`` holds the outcomes from ``rows[r]`` up to ``rows[r + 1]``.

    ``cumulative`` (K,) adds up the probabilities within a row and the row's own number, so that it rises
    all along, and one binary search finds the outcome of every row at once. Sums are made one after the
    other, in an order that does not depend on the machine: the same numbers draw the same outcomes anywhere.

    >>> coin = Chance.of(np.array([0.25, 0.75, 1.0]), np.array([0, 2, 3]))
    >>> coin.draw(np.array([0, 0, 1]), np.array([0.2, 0.25, 0.9]))
    array([0, 1, 2])
    """

    cumulative: Array
    rows: Array

    @staticmethod
    def of(weights: Array, rows: Array) -> Chance:
        """Tables of positive weights (K,) that add up to 1 in each row of ``rows`` (R+1,), or to nothing."""
        lengths = np.diff(rows)
        row = np.repeat(np.arange(len(lengths)), lengths)
        cumulative = np.empty(len(weights))
        width = int(lengths.max(initial=0))
        total = np.zeros(len(lengths))
        for i in range(width):  # the i-th outcome of every row that has one
            longer = np.flatnonzero(lengths > i)
            total[longer] += weights[rows[longer] + i]
            cumulative[rows[longer] + i] = total[longer]
        cumulative /= np.where(total > 0, total, 1.0)[row]
        return Chance(cumulative + row, rows)

    def draw(self, row: Array, uniform: Array) -> Array:
        """The outcome k of each row, from numbers that are uniform in [0, 1)."""
        found = np.searchsorted(self.cumulative, row + uniform, side="right")
        # A number just below 1 may have been rounded up to the next row.
        return np.minimum(found, self.rows[row + 1] - 1)


def outcome_chance(transitions: Transitions) -> Chance:
    """Draws an outcome of each (state, action): ``draw(state * A + action, uniform)``.

    >>> two = Transitions.of([0, 0], [0, 1], [1, 0], [1, 1], [5, 0], n_states=2, n_actions=2)
    >>> k = outcome_chance(two).draw(np.array([0, 1]), np.array([0.3, 0.3]))
    >>> two.next[k], two.reward[k]
    (array([1, 0]), array([5., 0.]))
    """
    return Chance.of(transitions.probability, transitions.pairs)


def start_chance(transitions: Transitions) -> tuple[Chance, Array]:
    """Draws the state in which an episode begins: ``states[chance.draw(zeros, uniform)]``."""
    states = np.flatnonzero(transitions.start)
    return Chance.of(transitions.start[states], np.array([0, len(states)])), states
