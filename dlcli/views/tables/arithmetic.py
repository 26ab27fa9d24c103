"""The arithmetic behind one cell, as one would write it on the board."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array, Axis
from dlcli.views.screen.colour import coloured, on
from dlcli.views.screen.screen import sixteen_colours
from dlcli.views.tables.matrix import shares
from dlcli.views.text.markdown import table
from dlcli.views.text.text import clip, flush_left, flush_right, visible
from dlcli.words.number import Numbers, number

if TYPE_CHECKING:
    from dlcli.engines.convolution.terms import CellTerms

PADDING = "padding"
HEADS = ("input", "value", "weight", "product")
DIM = Style(dim=True)

LISTED = 32  # terms up to which all are listed
LARGEST = 12  # how many are, of more than that


class Total(NamedTuple):
    """A line below the products; ``rule`` draws a line above it."""

    name: str
    value: Any
    rule: bool = False


class Arithmetic:
    """A line for each product, then their sum, the bias, the activation and what came out.

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
    precision : int
        Significant digits.

    Of more than ``LISTED`` terms the ``LARGEST`` largest are listed, in their order, and one line sums up
    the others. Where the kernel reached beyond the input, the place is ``padding``, with the place of the
    number that was repeated there unless it was a zero.
    """

    def __init__(
        self,
        terms: CellTerms,
        *,
        result: Any,
        channel: Axis | None = None,
        activation: str = "linear",
        precision: int = 4,
    ) -> None:
        self.channel = channel
        shown = np.arange(len(terms.products))
        if len(terms.products) > LISTED:
            shown = largest(terms.products, LARGEST)
        products = terms.products[shown]
        self.places = [self._place(terms, i) for i in shown.tolist()]
        self.adds = products != 0
        self.shares = shares(terms.products, "diverging", None)[shown]
        totals = [
            Total("sum", terms.total, rule=True),
            Total("+ bias", terms.bias),
            Total(_result_name(terms, result, activation, precision), result, rule=True),
        ]
        missing = len(terms.products) - len(products)
        if missing:
            totals.insert(0, Total(f"{missing} other terms", sum_of_others(terms.products, shown)))
        self.totals = totals
        # The points of all that is added up stand below each other.
        added = Numbers(np.array([*products, *(total.value for total in totals)]), precision)
        if activation != "linear":
            added.refine(len(added.texts) - 1, number(result, precision))
        self.sums = added.texts[len(products) :].tolist()
        self.columns = (
            Numbers(terms.inputs[shown], precision),
            Numbers(terms.weights[shown], precision),
            added,
        )

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        value, weight, product = self._widths()
        colours = coloured("diverging", self.shares, sixteen=sixteen_colours(console))
        place = min(self._place_width(), max(len(PADDING), options.max_width - self._numbers_width()))
        heads = (flush_left(HEADS[0], place), HEADS[1].rjust(value), HEADS[2].rjust(weight))
        yield Segment(f"{heads[0]}  {heads[1]}  {heads[2]}   {HEADS[3].rjust(product)}", DIM)
        yield Segment.line()
        values, weights, products = (column.texts for column in self.columns)
        for i, where in enumerate(self.places):
            quiet = DIM if where.startswith(PADDING) else None
            yield Segment(flush_left(clip(where, place), place), quiet)
            yield Segment(f"  {values[i].rjust(value)} ×{weights[i].rjust(weight + 1)} = ", quiet)
            # Only what adds to the sum is coloured.
            yield Segment(products[i].rjust(product), on(colours[i]) if self.adds[i] else quiet)
            yield Segment.line()
        yield from self._totals(place + value + weight + 8, product)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        width = self._place_width() + self._numbers_width()
        return Measurement(min(width, options.max_width), width)

    def markdown(self, width: int = 80) -> str:
        """The products and what they add up to, as a Markdown table."""
        values, weights, products = (column.texts.tolist() for column in self.columns)
        rows = [
            [a, *(t.strip() for t in b)]
            for a, *b in zip(self.places, values, weights, products, strict=False)
        ]
        rows += [
            [total.name, "", "", text.strip()] for total, text in zip(self.totals, self.sums, strict=True)
        ]
        return table(HEADS, rows, right=(1, 2, 3))

    def _totals(self, left: int, product: int) -> Iterator[Segment]:
        for total, text in zip(self.totals, self.sums, strict=True):
            if total.rule:
                yield Segment(" " * left + "─" * product, DIM)
                yield Segment.line()
            yield Segment(flush_right(clip(total.name, left - 2), left - 2) + "  ")
            yield Segment(text.rjust(product), Style(bold=True) if total is self.totals[-1] else None)
            yield Segment.line()

    def _place(self, terms: CellTerms, i: int) -> str:
        where = f"{terms.rows[i]}, {terms.columns[i]}"
        if self.channel is not None and terms.channels[i] >= 0:
            where += f", {clip(self.channel.place(int(terms.channels[i])), 16)}"
        if not terms.outside[i]:
            return where
        return PADDING if terms.rows[i] < 0 else f"{PADDING} ({where})"

    def _place_width(self) -> int:
        return max(map(cell_len, (HEADS[0], *self.places)))

    def _widths(self) -> tuple[int, int, int]:
        value, weight, product = (
            max(column.width, len(head)) for column, head in zip(self.columns, HEADS[1:], strict=True)
        )
        return value, weight, product

    def _numbers_width(self) -> int:
        return sum(self._widths()) + 8


def largest(products: Array, count: int) -> Array:
    """The indices of the products of the largest size, in the order in which they stand.

    >>> largest(np.array([1, -9, 0, 4]), 2)
    array([1, 3])
    """
    return np.sort(np.argsort(-np.abs(products), kind="stable")[:count])


def sum_of_others(summands: Array, shown: Array | list[int]) -> Any:
    """What the summands that are not shown add up to, added themselves: of zeros it is 0, not rounding.

    >>> sum_of_others(np.array([0.1, 0.2, 0.3, 0.0]), np.array([0, 1, 2]))
    0.0
    """
    return np.delete(summands, shown).sum().item()


def _result_name(terms: CellTerms, result: Any, activation: str, precision: int) -> str:
    before = number(terms.before, precision)
    if activation != "linear":
        return f"{visible(activation)}({before})"
    # The engine adds up in the input's precision, this table in double: where the digits shown tell, say so.
    return "result" if number(result, precision) == before else f"result in {np.asarray(result).dtype}"
