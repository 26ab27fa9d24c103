"""The softmax of one row of an attention: what each key has, its exponential, its share."""

from __future__ import annotations

import numpy as np

from dlcli.tensor import Array, Axis
from dlcli.views.tables.bar_table import BarTable
from dlcli.views.tables.sums import sum_of_others
from dlcli.words.number import MINUS, number

LISTED = 12  # keys of a row that are listed


def softmax_row(keys: Axis, x: Array, weights: Array, key: int, name: str, precision: int) -> BarTable:
    """A line for each key of a row x (n,), or for the most weighted ones and the one that is pointed at.

    ``name`` stands above x, what the softmax is given; ``weights`` (n,) are what it gives.

    >>> from rich.console import Console
    >>> x, weights = np.array([0.0, np.log(3)]), np.array([0.25, 0.75])
    >>> Console(width=40).print(softmax_row(Axis("key", ("the", "cat")), x, weights, 1, "x", 3))
      key    x  exp(x − 1.1)  weight
      the  0.0          0.33    0.25  █▌
    ▸ cat  1.1          1.00    0.75  ████▌
                ────────────  ──────
      sum               1.33    1.00
    """
    x = x.astype(np.float64)
    finite = x[np.isfinite(x)]
    top = float(finite.max()) if finite.size else 0.0
    with np.errstate(invalid="ignore"):
        powers = np.exp(x - top)
    shown = np.arange(len(weights))
    if len(weights) > LISTED:
        shown = np.union1d(np.argsort(-np.nan_to_num(weights), kind="stable")[:LISTED], [key])
    power = f"exp(x {'+' if top < 0 else MINUS} {number(abs(top), precision)})"
    columns = {name: x[shown], power: powers[shown], "weight": weights[shown]}
    totals = [("sum", {power: powers.sum(), "weight": weights.sum()})]
    if len(shown) < len(weights):
        rest = {power: sum_of_others(powers, shown), "weight": sum_of_others(weights, shown)}
        totals.insert(0, (f"{len(weights) - len(shown)} others", rest))
    labels = [keys.place(int(place)) for place in shown]
    marked = int(np.searchsorted(shown, key))
    return BarTable("key", labels, columns, totals=totals, marked=marked, precision=precision)
