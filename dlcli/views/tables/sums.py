"""Sums on the board: a line for each summand with its factors, and below a rule what they add up to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Any, NamedTuple, Self

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment

from dlcli.tensor import Array
from dlcli.views.page.cells import NO_CELLS, Listed
from dlcli.views.page.figures import Cell, Figure, Run, Table, Words
from dlcli.views.page.figures import Column as PageColumn
from dlcli.views.screen.colour import code, coloured, on
from dlcli.views.screen.screen import sixteen_colours
from dlcli.views.tables.matrix import shares
from dlcli.views.text.gaps import gap, without_numbers
from dlcli.views.text.markdown import table
from dlcli.views.text.text import BOLD, DIM, apart, clip, flush_left, flush_right, text_line
from dlcli.words.number import Numbers, whole

NAME = 20  # cells that a name may take
LEAST = 4  # and that it keeps, however narrow the console
HEAD = 7  # cells that the head of names keeps
BESIDE = 15  # cells left of the summands, at least, for the names of sums
TIMES, EQUALS = " ×", " ="

UNITS = 8  # products of two vectors that are listed


#: How a total is called that is a bias: it is added, and nothing has to be computed for it.
BIAS = "+ b"


class Total(NamedTuple):
    """A line below the summands; ``rule`` draws a line above it."""

    name: str
    value: Any
    rule: bool = False


class Column(NamedTuple):
    """What stands below each other under a head; ``sign`` follows every text."""

    head: str
    texts: Sequence[str]
    sign: str = ""

    @property
    def width(self) -> int:
        """Cells of the widest text, with the sign."""
        return max(map(cell_len, (self.head, *self.texts))) + len(self.sign)


class Sum:
    """A table whose last column is added up, each summand on the colour of its size.

    Parameters
    ----------
    names : mapping of heads to sequences of str
        What a line is about.
    factors : mapping of heads to arrays (n,)
        Numbers that stand before the summands, with ``signs`` behind them.
    head : str
        What stands above the summands.
    added : Numbers
        The n summands, and behind them the values of the totals.
    totals : sequence of Total
        Lines below the summands; the last is in bold.
    shares : array (n,)
        Where the summands stand on the scale of colours.
    note : str
        A line below all.
    cells : Listed
        Which cells of a tensor stand in the lines under the head ``under``, without that in the first factor.
    given : bool
        Whether a worksheet has the factors.

    What does not fit beside the names goes on below: line by line, or with ``blocks`` all lines of some
    columns after all of others. Names are cut to ``least`` cells before that, or to
    what their head needs; numbers are always whole.
    """

    signs: Sequence[str] = ()
    blocks = False
    least = LEAST
    margin = 2  # blanks between the name of a total and the summands' column
    shift = 0  # cells that the heads of weight and product stand further left than these

    def __init__(
        self,
        names: Mapping[str, Sequence[str]],
        factors: Mapping[str, Array],
        head: str,
        added: Numbers,
        totals: Sequence[Total],
        shares: Array,
        *,
        note: str = "",
        cells: Listed = NO_CELLS,
        under: str = "",
        given: bool = False,
        precision: int = 4,
    ) -> None:
        self.cells, self.under, self.given = cells, under or next(iter(factors), head), given
        self.names, self.count = len(names), len(shares)
        self.totals, self.shares, self.note = totals, shares, note
        self.quiet, self.adds = np.zeros(self.count, bool), ~np.isnan(shares)
        signs = dict(zip(factors, self.signs, strict=False))
        self.columns = [
            *(Column(name, texts) for name, texts in names.items()),
            *(
                Column(name, Numbers(values, precision).texts.tolist(), signs.get(name, ""))
                for name, values in factors.items()
            ),
            Column(head, added.texts.tolist()),
        ]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        widths, parts, room = self._layout(options.max_width)
        colours = coloured("diverging", self.shares, sixteen=sixteen_colours(console))
        cells = [
            apart(column.texts, width) if place < self.names else column.texts
            for place, (column, width) in enumerate(zip(self.columns, widths, strict=True))
        ]
        rows = range(-1, self.count)
        order = [(part, row) for part in parts for row in rows]
        if not self.blocks:
            order = [(part, row) for row in rows for part in parts]
        for part, row in order:
            if self.blocks and row < 0 and part is not parts[0]:
                yield Segment.line()
            indent = " " * (room - self._taken(part, widths)) if part[0] else ""
            if row < 0:
                yield Segment(indent + self._heads(part, widths), DIM)
            else:
                yield from self._row(part, widths, indent, [texts[row] for texts in cells], row, colours)
            yield Segment.line()
        yield from self._totals(room, widths[-1])
        if self.note:
            yield from text_line(clip(self.note, options.max_width), DIM)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        most = self._taken(range(len(self.columns)), [column.width for column in self.columns])
        return Measurement(min(most, options.max_width), min(most, options.max_width))

    def blank(self) -> Self:
        """The same lines with gaps for factors that are not given, summands and sums; a bias is given."""
        other, kept = copy(self), len(self.columns) - 1 if self.given else self.names
        stays = [self.given and total.name.startswith(BIAS) for total in self.totals]
        shown = [False] * self.count + stays
        other.columns = [
            column
            if place < kept
            else column._replace(
                texts=[
                    text if stay else gap(column.texts)
                    for text, stay in zip(column.texts, shown, strict=False)
                ]
            )
            for place, column in enumerate(self.columns)
        ]
        other.totals = [total._replace(name=without_numbers(total.name)) for total in self.totals]
        other.adds = np.zeros_like(self.adds)
        other.note = self.note if without_numbers(self.note) == self.note else ""
        return other

    def markdown(self, width: int = 80) -> str:
        """All of it as a Markdown table, the totals in its last rows."""
        heads = [column.head for column in self.columns]
        rows = [[column.texts[i].strip() for column in self.columns] for i in range(self.count)]
        blank = [""] * (len(heads) - 2)
        rows += [[total.name, *blank, text.strip()] for total, text in self._sums()]
        return table(heads, rows, right=range(self.names, len(heads)))

    def figure(self) -> Figure:
        """All of it as a table, the names of totals before their numbers."""
        colours = coloured("diverging", self.shares)
        last = len(self.columns) - 1
        head = [[Cell(column.head) for column in self.columns]]
        body = [[self._figure_cell(i, j, colours) for j in range(last + 1)] for i in range(self.count)]
        before = 0 if self.blocks or last == self.names else self.names
        rules = []
        for total, text in self._sums():
            rules += [len(body)] * total.rule
            bold = total is self.totals[-1]
            name = Cell(total.name, bold=bold, span=last - before)
            body.append([*[Cell("", span=before)] * (before > 0), name, Cell(text.strip(), bold=bold)])
        right = range(self.names, last + 1)
        made = Table(head, body, labels=self.names, right=right, rules=rules, of=self.cells.of)
        return PageColumn([made, Words([Run(self.note, quiet=True)])]) if self.note else made

    def _figure_cell(self, i: int, j: int, colours: Array) -> Cell:
        """What stands in a line below a head."""
        last = len(self.columns) - 1
        added = j == last and bool(self.adds[i])
        return Cell(
            f"{self.columns[j].texts[i].strip()}{self.columns[j].sign}",
            ground=code(colours[i]) if added else "",
            quiet=bool(self.quiet[i]),
            cell=self.cells[i] * (j >= self.names and self.columns[j].head == self.under),
        )

    def _sums(self) -> Iterator[tuple[Total, str]]:
        return zip(self.totals, self.columns[-1].texts[self.count :], strict=True)

    def _heads(self, part: Sequence[int], widths: Sequence[int]) -> str:
        text = ""
        for place, column in enumerate(part):
            head, _, sign = self.columns[column]
            cells = widths[column] - len(sign)
            flush = flush_left if column < self.names else flush_right
            shift = self.shift if column == self.names + 1 else 0
            text += " " * (self._gap(part, place) - shift) + flush(clip(head, cells), cells) + " " * len(sign)
        return text

    def _row(
        self,
        part: Sequence[int],
        widths: Sequence[int],
        text: str,
        cells: Sequence[str],
        row: int,
        colours: Array,
    ) -> Iterator[Segment]:
        style = DIM if self.quiet[row] else None
        for place, column in enumerate(part):
            text += " " * self._gap(part, place)
            if column < self.names:
                text += flush_left(cells[column], widths[column])
                if column == self.names - 1:
                    yield Segment(text, style)
                    text = ""
            elif column < len(cells) - 1:
                sign = self.columns[column].sign
                text += flush_right(cells[column], widths[column] - len(sign)) + sign
            else:
                ground = self._ground(widths[column])
                yield Segment(text + " " * (widths[column] - ground), style)
                yield Segment(cells[column].rjust(ground), on(colours[row]) if self.adds[row] else style)
                text = ""
        yield Segment(text, style)

    def _totals(self, room: int, width: int) -> Iterator[Segment]:
        """What stands below the summands, whose column of this width ends after ``room`` cells."""
        left = room - width
        flush = flush_left if self.blocks else flush_right
        for total, text in self._sums():
            if total.rule:
                yield from text_line(" " * left + ("─" * self._ground(width)).rjust(width), DIM)
            bold = BOLD if total is self.totals[-1] else None
            name = flush(clip(total.name, left - self.margin), left - self.margin) + " " * self.margin
            if self.blocks:
                yield Segment(name + text.rjust(width), bold)
            else:
                yield Segment(name)
                yield Segment(text.rjust(width), bold)
            yield Segment.line()

    def _ground(self, width: int) -> int:
        """Cells of the colour behind a summand: of a block those of the numbers, else all of the column."""
        return max(map(cell_len, self.columns[-1].texts), default=0) if self.blocks else width

    def _gap(self, part: Sequence[int], place: int) -> int:
        """Blanks before a column; a sign parts two by itself."""
        return (1 if self.columns[part[place - 1]].sign else 2) if place else 0

    def _taken(self, part: Sequence[int], widths: Sequence[int]) -> int:
        return sum(widths[column] + self._gap(part, place) for place, column in enumerate(part))

    def _layout(self, width: int) -> tuple[list[int], list[list[int]], int]:
        """The cells of each column, which columns stand beside each other, and where the last ends."""
        widths = [column.width for column in self.columns]
        names = range(self.names)
        kept = [max(self.least, min(cell_len(column.head), HEAD)) for column in self.columns]
        least = [min(cells, kept[place]) if place in names else cells for place, cells in enumerate(widths)]
        parts = [] if self.blocks else [list(names)]
        for column in range(self.names, len(widths)):
            if parts and self._taken([*parts[-1], column], least) <= width:
                parts[-1].append(column)
            else:
                parts.append([*(names if self.blocks else ()), column])
        while max(self._taken(part, widths) for part in parts if part[0] == 0) > width:
            wide = [column for column in names if widths[column] > least[column]]
            if not wide:
                break
            widths[max(wide, key=lambda column: widths[column])] -= 1
        if self.blocks:
            return widths, parts, self._taken(parts[-1], widths)
        room = max(widths[-1] + BESIDE, *(self._taken(part, widths) for part in parts))
        return widths, parts, min(width, room)


class Summands(Sum):
    """Names, then columns of numbers, of which the last one is added up.

    Parameters
    ----------
    names : mapping of heads to sequences of str
        Outside text that says what a line is about.
    numbers : mapping of heads to arrays (n,)
        What stands in the line; the last column holds the summands.
    totals : sequence of (label, number)
        Lines below a rule, the last of them in bold.

    >>> from rich.console import Console
    >>> lines = Summands({"next": ["a", "b"]}, {"p": np.array([0.5, 0.5]), "p·v": np.array([2, -1.5])},
    ...                  [("sum", 0.5)])
    >>> Console(width=40).print(lines)
    next    p   p·v
    a     0.5   2.0
    b     0.5  −1.5
               ────
    sum         0.5
    """

    blocks = True

    def __init__(
        self,
        names: Mapping[str, Sequence[str]],
        numbers: Mapping[str, Array],
        totals: Sequence[tuple[str, Any]] = (),
        *,
        cells: Listed = NO_CELLS,
        under: str = "",
        given: bool = False,
        precision: int = 4,
    ) -> None:
        *factors, last = numbers
        added = whole(np.array([*numbers[last], *(value for _, value in totals)]))
        super().__init__(
            {head: apart(texts, NAME) for head, texts in names.items()},
            {head: whole(np.asarray(numbers[head])) for head in factors},
            last,
            Numbers(added, precision),
            [Total(clip(name, NAME), value, place == 0) for place, (name, value) in enumerate(totals)],
            shares(np.asarray(numbers[last], np.float64), "diverging", None),
            cells=cells,
            under=under,
            given=given,
            precision=precision,
        )


class SumTable(Sum):
    """Rows (name, value, weight, product), then numbers added beside them, their sum, and what becomes of it.

    Parameters
    ----------
    rows : sequence of (str, value, weight, product)
    extra : mapping of names to numbers
        What is added beside the products.
    total : float
    last : (str, number), optional
        The activation of the sum, and its value.
    note : str
        A line below.
    heads : four str
        What stands above names, factors and products.

    >>> from rich.console import Console
    >>> print_ = Console(width=60).print
    >>> print_(SumTable([("x", 2.0, 0.5, 1.0)], {"b": 0.25}, 1.25, ("tanh(1.25)", 0.848)))
    from  value   weight   product
    x         2 ×    0.5 =   1.000
                     + b     0.250
                           ───────
                     sum     1.250
              tanh(1.25)     0.848
    """

    signs, least, margin = (TIMES, EQUALS), NAME, 3

    def __init__(
        self,
        rows: Sequence[tuple[str, float, float, float]],
        extra: Mapping[str, float],
        total: float,
        last: tuple[str, float] | None = None,
        *,
        note: str = "",
        heads: tuple[str, str, str, str] = ("from", "value", "weight", "product"),
        cells: Listed = NO_CELLS,
        precision: int = 4,
    ) -> None:
        totals = [Total(f"+ {name}", value) for name, value in extra.items()]
        totals += [Total("sum", total, rule=True), *([Total(*last)] if last else [])]
        values, weights, products = (np.array([row[i] for row in rows], float) for i in (1, 2, 3))
        added = np.array([*products, *(total.value for total in totals)], float)
        super().__init__(
            {heads[0]: apart([row[0] for row in rows], NAME)},
            {heads[1]: values, heads[2]: weights},
            heads[3],
            Numbers(added, precision),
            totals,
            shares(products, "diverging", None),
            note=note,
            given=True,
            cells=cells,
            precision=precision,
        )


def score_sum(
    a: Array,
    b: Array,
    left: str,
    right: str,
    precision: int,
    *,
    head: str = "",
    name: str = "unit",
    most: int = UNITS,
    beside: Mapping[str, float] | None = None,
    total: float | None = None,
    cells: Listed = NO_CELLS,
) -> SumTable:
    """The largest products of two vectors (n,), the others together, and the sum; both have their names.

    ``most`` products are listed, each with the ``name`` (under ``head``) and the number of its factors.
    ``beside`` them stands what is added, such as a bias; ``total`` is the sum where it is known.
    ``cells`` are those of the first vector.

    >>> from rich.console import Console
    >>> Console(width=40).print(score_sum(np.array([1.0, 2]), np.array([3.0, 4]), "q", "k", 4))
            q   k   product
    unit 0  1 × 3 =       3
    unit 1  2 × 4 =       8
                    ───────
                sum      11
    """
    products = a * b
    shown = largest(products, most)
    rest = products.size - len(shown)
    rows = [(f"{name} {i}", a[i], b[i], products[i]) for i in shown.tolist()]
    extra = {f"{rest} others": sum_of_others(products, shown)} if rest else {}
    extra |= beside or {}
    if total is None:
        total = float(products.sum()) + sum((beside or {}).values())
    heads = (head, left, right, "product")
    cells = cells.only(shown.tolist())
    return SumTable(rows, extra, total, heads=heads, cells=cells, precision=precision)


def largest(products: Array, count: int) -> Array:
    """The indices of the products of the largest size, in the order in which they stand; of fewer, all.

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
