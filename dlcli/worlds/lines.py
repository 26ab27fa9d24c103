"""CSV tables with a header, line by line, so that every error can name its line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import NoReturn

from dlcli.errors import BadData, printable
from dlcli.words.numeral import (
    keyboard,
    number,
)
from dlcli.words.table_text import (
    heads_of,
    lines_of,
    plain_numbers,
    without_notes,
)

DELIMITERS = ("\t", ";", ",")

#: The columns that have names in them, whatever these look like.
NAMES = ("state", "action", "next")


@dataclass(frozen=True)
class Line:
    """One line of a table: its number, its cells by column, and what the numbers are that have a comma."""

    number: int
    cells: Mapping[str, str]
    plain: Mapping[str, str] = field(default_factory=dict, repr=False)

    def bad(self, message: str) -> NoReturn:
        """Raise ``BadData`` with the number of the line in front."""
        raise BadData(printable(f"line {self.number}: {message}"))

    def value(self, column: str) -> float:
        """A cell as a finite number; a fraction such as 1/3 is one.

        >>> Line(2, {"probability": "1/4"}).value("probability")
        0.25
        """
        word = self.cells[column]
        try:
            value = number(self.plain.get(word, word))
        except ValueError:
            value = math.nan
        if isinstance(value, complex) or not math.isfinite(value):
            received = f"{column} expects a number; received {keyboard(word)!r}"
            self.bad(received if word else f"there is no {column}")
        return float(value)


def heads(text: str) -> list[str]:
    """The names of the columns, as the first line has them that is neither empty nor a note.

    The corner of a matrix, such as ``state\\action``, names what the lines below it are.

    >>> heads("state\\\\action,up,down")
    ['state', 'up', 'down']
    """
    corner, *names = heads_of(_first(text).removeprefix("\ufeff"), _delimiter(text))
    return [corner.partition("\\")[0], *names]


def lines(
    text: str,
    wanted: Sequence[str],
    defaults: Mapping[str, str],
    example: str,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Line]:
    """The lines below the header that are not empty; columns that are not there hold a default everywhere.

    >>> [line.cells for line in lines("state,next\\na,b", ("state", "next"), {"reward": "0"}, "state,next")]
    [{'state': 'a', 'next': 'b', 'reward': '0'}]

    Raises ``BadData``, with the ``example`` of a header, when a ``wanted`` column is missing, and for lines
    that have fewer or more cells than the header. ``tell`` is told of a number that could be read otherwise.
    """
    import csv

    names, delimiter = heads(text), _delimiter(text)
    text, _ = without_notes(text)
    for column in wanted:
        if column not in names:
            raise BadData(f"no column {column}: the header of such a table is {example}")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BadData(printable(f"the header has two columns {twice!r}"))
    missing = {column: word for column, word in defaults.items() if column not in names}
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[tuple[int, dict[str, str]]] = []
    try:
        full = (cells for cells in reader if any(cell.strip() for cell in cells))
        next(full, None)  # the header
        for cells in full:
            if len(cells) != len(names):
                count = f"{len(cells)} cell{'s' * (len(cells) != 1)}"
                raise BadData(f"line {reader.line_num} has {count}; the header has {len(names)}")
            found.append((reader.line_num, dict(zip(names, map(str.strip, cells), strict=True))))
    except csv.Error as error:
        raise BadData(f"line {reader.line_num}: {error}") from None
    plain, told = plain_numbers(
        (cell for _, named in found for name, cell in named.items() if name not in NAMES), delimiter
    )
    if told:
        tell(told)
    for place, named in found:
        yield Line(place, named | missing, plain)


def row(text: str, cells: Mapping[str, str]) -> str:
    """A line of a table with these cells in their columns, and nothing in the others.

    >>> row("state;next;reward\\na;b;5", {"state": "b"})
    'b;;'
    """
    return _delimiter(text).join(cells.get(name, "") for name in heads(text))


def _first(text: str) -> str:
    return next((line for line in lines_of(without_notes(text)[0]) if line.strip()), "")


def _delimiter(text: str) -> str:
    """What divides the cells: what the text says, or the mark that its header has most outside of quotes."""
    said = without_notes(text)[1]
    line = re.sub('"[^"]*"', "", _first(text))
    return said or max((mark for mark in DELIMITERS if mark in line), key=line.count, default=",")
