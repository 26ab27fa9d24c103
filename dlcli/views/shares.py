"""Shares from 0 to 1, such as the weights of an attention: as numbers, or as a small map."""

from __future__ import annotations

import numpy as np

from dlcli.tensor import Array, Axis
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.look import SMALL
from dlcli.views.page.cells import UNKNOWN, Cells, Placed
from dlcli.views.tables.matrix import Matrix

LOW = 4  # terminal rows of a map at least


def share_matrix(
    shares: Array,
    rows: Axis,
    columns: Axis,
    *,
    precision: int,
    along: int | None = None,
    cells: Cells = UNKNOWN,
) -> Matrix:
    """The numbers (row, column); with ``along``, an axis, what they add up to along it stands behind them.
    ``cells`` are those of a tensor that the shares are.

    >>> from rich.console import Console
    >>> shares = np.array([[0.5, 0.5], [0.25, 0.75]])
    >>> Console(width=40).print(share_matrix(shares, Axis("query"), Axis("key"), precision=2, along=1))
             key
      query   0     1     Σ
          0  0.50  0.50  1.00
          1  0.25  0.75  1.00
    """
    axes = [rows, columns]
    placed: Cells | Placed = cells
    if along is not None:
        one = axes[along]
        axes[along] = Axis(one.name, (*(one.place(i) for i in range(shares.shape[along])), "Σ"))
        shares = np.concatenate([shares, shares.sum(axis=along, keepdims=True)], axis=along)
        if cells and along == 0:
            height, width = shares.shape
            places = [[cells.at(i, j) for j in range(width)] for i in range(height - 1)]
            placed = Placed(cells.of, np.array([*places, [""] * width], object))
    return Matrix(
        shares,
        rows=axes[0],
        columns=axes[1],
        precision=precision,
        scale="sequential",
        limits=(0, 1),
        sums=int(along == 1),
        cells=placed,
    )


def share_map(
    shares: Array, rows: Axis, columns: Axis, *, top: float, legend: bool, cells: Cells = UNKNOWN
) -> HeatMap:
    """Colours up to ``top``, half a terminal row for each token, to stand beside others of the same tokens.

    Labels would make each map as wide as the screen: the places are those of the tokens.
    """
    height = max(LOW, min(SMALL, -(-len(shares) // 2)))
    axes = Axis(rows.name), Axis(columns.name)
    return HeatMap(
        shares, *axes, scale="sequential", limits=(0, top), height=height, legend=legend, cells=cells
    )
