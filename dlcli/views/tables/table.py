"""A table of texts that fits any width."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from itertools import groupby

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.text import Text

from dlcli.views.page import figures as page
from dlcli.views.page.cells import NO_CELLS, Listed
from dlcli.views.page.figures import Cell, Column, Figure, Run, Words
from dlcli.views.text.gaps import GAP as OPEN
from dlcli.views.text.gaps import gap
from dlcli.views.text.markdown import escape, table
from dlcli.views.text.text import DIM, apart, clip, flush_left, flush_right, text_line, visible

GAP = 2
FACT = 20  # cells that the name of a fact may take
LEAST = 4  # cells that a column keeps, however narrow the console


class Table:
    """Rows of text below a quiet header, the columns in ``right`` flush right.

    All text may come from outside. Where the width is too small, the widest columns are cut, those in
    ``right`` last, for they are numbers, and a number that is cut says something else. Where that would not
    do, the ``spare`` columns are left out, in their order. What tells rows apart may be kept ``whole``, too,
    and so may the ``heads`` of columns. What then still has no room goes on below, beside the first column
    once more.

    ``groups`` has a text for each column: neighbours that share one have it above their heads, and where the
    columns go on below they stay together as long as they can.

    ``cells`` are those of a tensor that stand in the column ``under``, one for each row.

    A worksheet has the columns that are ``given``, the first alone unless others are said, and gaps.

    ``missing`` makes a quiet line below of the heads that were left out, in words; none of an empty text.

    >>> from rich.console import Console
    >>> Console(width=40).print(Table(["axis", "length"], [["row", "2"], ["column", "10"]], right=[1]))
    axis    length
    row          2
    column      10
    >>> Console(width=14).print(Table(["s", "one", "two", "last"], [["a", "0.25", "0.5", "0.75"]],
    ...                               right=range(1, 4), groups=["", "V", "V", ""]))
       V
    s   one  two
    a  0.25  0.5
    <BLANKLINE>
    s  last
    a  0.75
    """

    def __init__(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        right: Collection[int] = (),
        spare: Sequence[int] = (),
        whole: Collection[int] = (),
        *,
        heads: Collection[int] = (),
        groups: Sequence[str] = (),
        missing: Callable[[Sequence[str]], str] | None = None,
        cells: Listed = NO_CELLS,
        under: int = 1,
        given: Collection[int] = (0,),
    ) -> None:
        self.cells, self.under, self.given = cells, under, frozenset(given)
        self.header = tuple(visible(text) for text in header)
        self.rows = [tuple(visible(text) for text in row) for row in rows]
        self.right, self.spare = frozenset(right), tuple(spare)
        self.whole, self.heads = self.right | frozenset(whole), frozenset(heads)
        self.groups = tuple(visible(text) for text in groups) or ("",) * len(self.header)
        self.missing = missing

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        blocks = self._blocks(options.max_width)
        for place, widths in enumerate(blocks):
            if place:
                yield Segment.line()
            yield from self._block(widths)
        shown = set().union(*blocks)
        left_out = [head for column, head in enumerate(self.header) if column not in shown]
        if self.missing is not None and (told := self.missing(left_out)):
            yield from text_line(clip(told, options.max_width), DIM)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        most = self._taken(dict(enumerate(self._widths())))
        return Measurement(min(most, options.max_width), min(most, options.max_width))

    def blank(self) -> Table:
        """The same heads and the columns that are given, with gaps for all else."""
        other = copy(self)
        columns = [*zip(*self.rows, strict=True)]
        gaps = [gap(column) if place in self.right else OPEN for place, column in enumerate(columns)]
        other.rows = [
            tuple(
                text if place in self.given or not text.strip() else gaps[place]
                for place, text in enumerate(row)
            )
            for row in self.rows
        ]
        other.missing = None
        return other

    def markdown(self, width: int = 80) -> str:
        """The same as a Markdown table, nothing cut."""
        heads = [f"{group} {head}".strip() for group, head in zip(self.groups, self.header, strict=True)]
        made = table(heads, self.rows, right=self.right)
        told = self.missing([]) if self.missing is not None else ""
        return f"{made}\n\n{escape(told)}" if told else made

    def figure(self) -> Figure:
        """All columns, none cut."""
        groups = [Cell(group, span=len(columns)) for group, columns in self._runs(range(len(self.header)))]
        head = [groups] if any(self.groups) else []
        if any(self.header):
            head.append([*map(Cell, self.header)])
        body = [
            [Cell(text, cell=self.cells[i] * (j == self.under)) for j, text in enumerate(row)]
            for i, row in enumerate(self.rows)
        ]
        made = page.Table(head, body, right=self.right, of=self.cells.of)
        told = self.missing([]) if self.missing is not None else ""
        return Column([made, Words([Run(told, quiet=True)])]) if told else made

    def _block(self, widths: Mapping[int, int]) -> Iterator[Segment]:
        """The columns that stand beside each other, in so many cells each."""
        gaps = self._gaps(widths)
        if any(self.groups[column] for column in widths):
            titles = (
                flush_left(group, sum(widths[column] + gaps[column] for column in columns))
                for group, columns in self._runs(widths)
            )
            yield from text_line("".join(titles).rstrip(), DIM)
        first = next(iter(widths))
        names = [self.header[first], *(row[first] for row in self.rows)]
        names = apart(names, widths[first]) if first not in self.right else names
        for place, row in enumerate((self.header, *self.rows)):
            texts = {**dict(enumerate(row)), first: names[place]}
            cells = (
                (flush_right if column in self.right else flush_left)(clip(texts[column], width), width)
                + " " * gaps[column]
                for column, width in widths.items()
            )
            yield from text_line("".join(cells).rstrip(), DIM if place == 0 else None)

    def _blocks(self, room: int) -> list[dict[int, int]]:
        """Which columns stand beside each other, and how wide they are."""
        least = dict(enumerate(self._least()))
        for column in self.spare:
            if self._taken(least) > room:
                del least[column]
        first, *others = least
        parts = [others]
        if self._taken(least) > room:
            # The name of a row gives way to numbers, as far as that helps.
            beside = max((self._taken({column: least[column]}) for column in others), default=0)
            kept = min(least[first], room - beside - GAP)
            if others and kept >= min(least[first], LEAST):
                least[first] = kept
                parts = list(self._parts(first, others, least, room))
        blocks = [self._cut({column: least[column] for column in (first, *part)}, room) for part in parts]
        narrowest = min(block[first] for block in blocks)
        return [{**block, first: narrowest} for block in blocks]

    def _parts(
        self, first: int, others: Sequence[int], least: Mapping[int, int], room: int
    ) -> Iterator[list[int]]:
        """The other columns in as many parts as they need beside the first one."""

        def fits(columns: Sequence[int]) -> bool:
            return self._taken({column: least[column] for column in (first, *columns)}) <= room

        part: list[int] = []
        for _, run in self._runs(others):
            if part and not fits([*part, *run]):
                yield part
                part = []
            pieces = next(n for n in range(1, len(run) + 1) if fits(run[: -(-len(run) // n)]))
            each = -(-len(run) // pieces)
            for start in range(0, len(run), each):
                if start:
                    yield part
                    part = []
                part = part + run[start : start + each]
        if part:
            yield part

    def _cut(self, least: Mapping[int, int], room: int) -> dict[int, int]:
        """Widths with which columns fit: the widest gives way, down to its least."""
        natural = self._widths()
        widths = {column: natural[column] for column in least}
        while self._taken(widths) > room:
            wide = [column for column in widths if widths[column] > least[column]] or list(widths)
            widest = max(wide, key=lambda column: widths[column])
            if widths[widest] <= LEAST:
                break
            widths[widest] -= 1
        return widths

    def _runs(self, columns: Iterable[int]) -> Iterator[tuple[str, list[int]]]:
        """Neighbours that share a group; every other column by itself."""
        for group, run in groupby(columns, key=lambda column: self.groups[column]):
            if group:
                yield group, list(run)
            else:
                yield from (("", [column]) for column in run)

    def _gaps(self, widths: Mapping[int, int]) -> dict[int, int]:
        """The blanks behind each column, more of them where a group is wider than what stands below it."""
        gaps = dict.fromkeys(widths, GAP)
        for group, run in self._runs(widths):
            below = sum(widths[column] for column in run) + GAP * (len(run) - 1)
            gaps[run[-1]] += max(0, cell_len(group) - below)
        return gaps

    def _taken(self, widths: Mapping[int, int]) -> int:
        return sum(widths.values()) + sum(self._gaps(widths).values()) - GAP

    def _widths(self) -> list[int]:
        columns = zip(self.header, *self.rows, strict=True)
        return [max(cell_len(text) for text in column) for column in columns]

    def _least(self) -> list[int]:
        """What each column keeps as long as another can be cut: of words a few letters, of numbers all."""
        cells = [
            max((cell_len(row[column]) for row in self.rows), default=0) for column in range(len(self.header))
        ]
        least = []
        for column, width in enumerate(self._widths()):
            kept = min(width, LEAST)
            if column in self.whole:
                kept = max(kept, cells[column])
            if column in self.heads:
                kept = max(kept, cell_len(self.header[column]))
            least.append(kept)
        return least


def no_room(heads: Sequence[str]) -> str:
    """A sentence that names the columns that were left out.

    >>> no_room(["mean", "σ"])
    'no room for mean, σ'
    """
    return f"no room for {', '.join(heads)}" if heads else ""


def with_rest(view: RenderableType, left: int, what: str = "") -> RenderableType:
    """A view, and in a line below it how many more there are of what it shows, if there are any.

    >>> Console(width=40).print(with_rest(Text("a, b"), 3, "letters"))
    a, b
    and 3 more letters

    ``what`` is in the plural, of which the first word is made one where there is one more.
    """
    if left == 1:
        first, *others = what.split(" ")
        what = " ".join([re.sub(r"s(,|:|)$", r"\1", first), *others])
    return Group(view, Text(f"and {left:,} more {what}".rstrip(), style="dim")) if left > 0 else view


class FactsTable:
    """Pairs of (outside) texts: names below each other, and beside them words that wrap within their column.

    >>> from rich.console import Console
    >>> Console(width=30).print(FactsTable([("mean", "1.5"), ("deviation", "0.5")]))
    mean       1.5
    deviation  0.5
    """

    def __init__(self, rows: Sequence[tuple[str, str]], *, asked: Collection[str] = ()) -> None:
        self.asked = frozenset(asked)
        self.rows = [(clip(name, FACT), visible(words)) for name, words in rows]
        self.side = GAP + max((cell_len(name) for name, _ in self.rows), default=0)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for name, words in self.rows:
            lines = Text(words).wrap(console, max(1, options.max_width - self.side)) or [Text("")]
            for place, line in enumerate(lines):
                yield Segment(flush_left("" if place else name, self.side), DIM)
                yield from text_line(line.plain.rstrip())

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        most = self.side + max((cell_len(words) for _, words in self.rows), default=0)
        return Measurement(min(options.max_width, self.side + FACT), min(options.max_width, most))

    def figure(self) -> page.Table:
        """Names and words beside each other."""
        return page.Table([], [[Cell(name), Cell(words)] for name, words in self.rows])

    def blank(self) -> FactsTable:
        """The names, with gaps for what is said of each."""
        return FactsTable([(name, OPEN) for name, _ in self.rows])

    def unmarked(self) -> FactsTable:
        """What is given, with gaps for those that are asked for though they stand among it."""
        return FactsTable([(name, OPEN if name in self.asked else words) for name, words in self.rows])

    def markdown(self, width: int = 80) -> str:
        return table(("", ""), self.rows)
