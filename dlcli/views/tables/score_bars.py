"""Scores, their exponentials and the shares that softmax makes of them, one of them pointed at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlcli.tensor import Array
from dlcli.views.tables.arithmetic import sum_of_others
from dlcli.views.tables.bar_table import BarTable

LISTED = 12  # of more scores, these are the largest


def score_bars(
    name: str, labels: Sequence[str], scores: Array, shares: Array, marked: int, *, precision: int = 4
) -> BarTable:
    """A line for each of all scores (n,), or for the largest and the one that was asked for.

    >>> from rich.console import Console
    >>> scores, shares = np.log([1.0, 3.0]), np.array([0.25, 0.75])
    >>> Console(width=30).print(score_bars("token", ["the", "cat"], scores, shares, 1))
      token  score    exp     p
      the    0.000  0.333  0.25
    ▸ cat    1.099  1.000  0.75
                    ─────  ────
      sum           1.333  1.00
    """
    shown = np.arange(len(scores))
    if len(scores) > LISTED:
        shown = np.union1d(np.argsort(-scores, kind="stable")[:LISTED], [marked])
    exponentials = np.exp(scores - scores.max())
    columns = {"score": scores[shown], "exp": exponentials[shown], "p": shares[shown]}
    totals = [("sum", {"exp": exponentials.sum(), "p": shares.sum()})]
    if len(shown) < len(scores):
        rest = {"exp": sum_of_others(exponentials, shown), "p": sum_of_others(shares, shown)}
        totals.insert(0, (f"{len(scores) - len(shown)} others", rest))
    return BarTable(
        name,
        [labels[i] for i in shown.tolist()],
        columns,
        totals=totals,
        marked=int(np.searchsorted(shown, marked)),
        precision=precision,
    )
