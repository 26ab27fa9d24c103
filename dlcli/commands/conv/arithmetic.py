"""The arithmetic of one cell: every product, their sum, the bias, the activation."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcli.engines.convolution.terms import CellTerms
from dlcli.tensor import Axis
from dlcli.views.page.cells import NO_CELLS, Listed
from dlcli.views.tables.matrix import shares
from dlcli.views.tables.sums import EQUALS, TIMES, Sum, Total, largest, sum_of_others
from dlcli.views.text.text import clip, visible
from dlcli.words.number import Numbers, number

PADDING = "padding"
LISTED = 32  # terms of a cell up to which all are listed
LARGEST = 12  # how many are, of more than that


class Arithmetic(Sum):
    """A line for each product of a cell, then their sum, the bias, the activation and what came out.

    Parameters
    ----------
    terms : CellTerms
        The products of one output cell.
    result : number
        What the output holds in that cell.
    channel : Axis, optional
        The input's channel axis: its labels name the channel; without it, no channel is named.
    activation : str
        Its name; ``"linear"`` changes nothing and is not shown.
    kernel_places : bool
        Whether the place of each weight in the kernel is named, too.
    precision : int
        Significant digits.
    cells : Listed
        The cells of the input in which the factors stand.

    Of more than ``LISTED`` terms the ``LARGEST`` largest are listed, in their order, and one line sums up
    the others. Where the kernel reached beyond the input, the place is ``padding``, with the place of the
    number that was repeated there unless it was a zero.
    """

    signs, least, shift = (TIMES, EQUALS), len(PADDING), 1

    def __init__(
        self,
        terms: CellTerms,
        *,
        result: Any,
        channel: Axis | None = None,
        activation: str = "linear",
        kernel_places: bool = False,
        precision: int = 4,
        cells: Listed = NO_CELLS,
    ) -> None:
        count = len(terms.products)
        shown = largest(terms.products, LARGEST if count > LISTED else count)
        products = terms.products[shown]
        totals = [
            Total("sum", terms.total, rule=True),
            Total("+ bias", terms.bias),
            Total(_result_name(terms, result, activation, precision), result, rule=True),
        ]
        if missing := count - len(shown):
            totals.insert(0, Total(f"{missing} other terms", sum_of_others(terms.products, shown)))
        added = Numbers(np.array([*products, *(total.value for total in totals)]), precision)
        if activation != "linear":
            added.refine(len(added.texts) - 1, number(result, precision))
        places = [_input_place(terms, i, channel) for i in shown.tolist()]
        kernel = [f"{terms.kernel_rows[i]}, {terms.kernel_columns[i]}" for i in shown.tolist()]
        super().__init__(
            {"input": places} | ({"kernel": kernel} if kernel_places else {}),
            {"value": terms.inputs[shown], "weight": terms.weights[shown]},
            "product",
            added,
            totals,
            shares(terms.products, "diverging", None)[shown],
            cells=cells.only(shown.tolist()),
            given=True,
            precision=precision,
        )
        # Only what adds to the sum is coloured.
        self.adds = products != 0
        self.quiet = np.array([place.startswith(PADDING) for place in places])


def _input_place(terms: CellTerms, i: int, channel: Axis | None) -> str:
    where = f"{terms.rows[i]}, {terms.columns[i]}"
    if channel is not None and terms.channels[i] >= 0:
        where += f", {clip(channel.place(int(terms.channels[i])), 16)}"
    if not terms.outside[i]:
        return where
    return PADDING if terms.rows[i] < 0 else f"{PADDING} ({where})"


def _result_name(terms: CellTerms, result: Any, activation: str, precision: int) -> str:
    before = number(terms.before, precision)
    if activation != "linear":
        return f"{visible(activation)}({before})"
    # The engine adds up in the input's precision, this table in double: where the digits shown tell, say so.
    return "result" if number(result, precision) == before else f"result in {np.asarray(result).dtype}"
