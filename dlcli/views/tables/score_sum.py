"""What a score is the sum of: the products of two vectors, feature by feature."""

from __future__ import annotations

import numpy as np

from dlcli.tensor import Array
from dlcli.views.tables.arithmetic import largest, sum_of_others
from dlcli.views.tables.sum_table import SumTable

LARGEST = 8  # products that are listed


def score_sum(a: Array, b: Array, left: str, right: str, precision: int) -> SumTable:
    """The largest products of two vectors (n,), the others together, and the sum; both have their names.

    >>> from rich.console import Console
    >>> Console(width=40).print(score_sum(np.array([1.0, 2]), np.array([3.0, 4]), "q", "k", 4))
            q   k   product
    unit 0  1 × 3 =       3
    unit 1  2 × 4 =       8
                    ───────
                sum      11
    """
    products = a * b
    shown = largest(products, LARGEST) if products.size > LARGEST else np.arange(products.size)
    rest = products.size - len(shown)
    rows = [(f"unit {unit}", a[unit], b[unit], products[unit]) for unit in shown.tolist()]
    extra = {f"{rest} others": sum_of_others(products, shown)} if rest else {}
    return SumTable(
        rows, extra, float(products.sum()), heads=("", left, right, "product"), precision=precision
    )
