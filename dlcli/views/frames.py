"""Pictures that follow each other, for a terminal or a file: what a story module's ``frames`` gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

from rich.console import Group, RenderableType
from rich.text import Text

#: Digits of numbers in pictures that move, where nobody says how many: squares are small.
DIGITS = 3


@dataclass(frozen=True)
class Frames:
    """Pictures in their order, each a renderable that is a figure, too.

    ``shown`` is how many ``pictures`` there are and ``total`` of how many steps, each a ``what`` in words;
    ``rate`` is how many are shown in a second where nobody says. ``said`` is what is told of them where some
    are left out, if there is more to it than these numbers.
    """

    pictures: Iterable[RenderableType]
    shown: int
    total: int
    what: str
    rate: float = 2.0
    said: str = ""


def name_of_part(name: str, shown: int, count: int, what: str) -> str:
    """The name of a block, and of how much it shows a part.

    >>> name_of_part("state", 6, 32, "units"), name_of_part("state", 4, 4, "units")
    ('state, 6 of 32 units', 'state')
    """
    return name if shown >= count else f"{name}, {shown:,} of {count:,} {what}"


def words_behind(picture: RenderableType) -> list[RenderableType]:
    """The lines of words at the end of a picture, such as the sum of a window.

    >>> from dlcli.views.tables.board import Board
    >>> words_behind(Group(Text("window 1"), Board([["1"]]), Text("y = 1")))
    [<text 'y = 1' [] ''>]
    """
    parts = picture.renderables if isinstance(picture, Group) else []
    return list(takewhile(lambda one: isinstance(one, Text), reversed(parts)))[::-1]


def thinned(total: int, most: int) -> list[int]:
    """At most so many of ``total`` steps, by their places: as evenly as can be, with the first and the last.

    >>> thinned(3, 10), thinned(10, 4), thinned(5, 1)
    ([0, 1, 2], [0, 3, 6, 9], [4])
    """
    if total <= most:
        return list(range(total))
    if most == 1:
        return [total - 1]
    return [(2 * place * (total - 1) + most - 1) // (2 * (most - 1)) for place in range(most)]
