"""One output of a recurrent net's output layer as a sum on the board."""

from __future__ import annotations

from dlcli.engines.recurrent.sequence_loss import Readout
from dlcli.tensor import Array
from dlcli.views.tables.sums import SumTable, score_sum

LISTED = 12  # products that are listed; of more these are the largest


def output_sum(
    readout: Readout, states: Array, output: int, total: float, *, name: str, bias: str, precision: int
) -> SumTable:
    """The ``states`` (unit,) times their weights, then the bias; of many products the largest.

    >>> import numpy as np
    >>> from rich.console import Console
    >>> readout, states = Readout(np.array([[2.0], [0.5]]), np.ones(1)), np.array([1.0, 4.0])
    >>> print_ = Console(width=40).print
    >>> print_(output_sum(readout, states, 0, 5.0, name="h[0]", bias="b", precision=4))
    from    value   weight   product
    h[0] 0      1 ×    2.0 =       2
    h[0] 1      4 ×    0.5 =       2
                         + b       1
                             ───────
                         sum       5
    """
    return score_sum(
        states, readout.kernel[:, output].astype(states.dtype), "value", "weight", precision,
        head="from", name=name, most=LISTED, beside={bias: float(readout.bias[output])}, total=total,
    )  # fmt: skip
