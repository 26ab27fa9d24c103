"""Chance by precomputed sums: which of its outcomes happens, for one row or for thousands at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.transitions import Transitions

#: The least number but 0 that a generator draws is twice as large.
LEAST = 2.0**-54

#: Numerator and denominator of AS 241: near the middle, in the tails, and far out in them.
MIDDLE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
NEAR = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966,
     0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
FAR = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
     0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699,
     6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
     7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769,
     1.0),
)  # fmt: skip


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


def normal_quantile(uniform: Array) -> Array:
    """Numbers of a normal distribution of mean 0 and deviation 1, from numbers that are uniform in [0, 1).

    The number below which such a share of the distribution lies, to 16 digits; that of 0 itself is −∞, and
    the least that is drawn takes its place, −8.3.

    >>> normal_quantile(np.array([0.5, 0.975, 0.001])).round(4)
    array([ 0.    ,  1.96  , -3.0902])

    Source: Wichura, Algorithm AS 241: the percentage points of the normal distribution, 1988.
    """
    share = np.maximum(uniform, LEAST)
    q = share - 0.5
    middle = 0.180625 - q * q
    found = q * _ratio(MIDDLE, middle)
    outside = np.flatnonzero(np.abs(q) > 0.425)
    side, tail = q[outside], share[outside]
    r = np.sqrt(-np.log(np.where(side < 0, tail, 1 - tail)))
    size = np.where(r <= 5, _ratio(NEAR, r - 1.6), _ratio(FAR, r - 5))
    found[outside] = np.where(side < 0, -size, size)
    return found


def _ratio(coefficients: Sequence[Sequence[float]], r: Array) -> Array:
    """One polynomial by another, the coefficients of the highest powers first."""
    parts = []
    for row in coefficients:
        part = np.full(r.shape, row[0])
        for coefficient in row[1:]:
            part = part * r + coefficient
        parts.append(part)
    ratio: Array = parts[0] / parts[1]
    return ratio
