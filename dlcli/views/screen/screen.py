"""How pictures get onto a console: pixels, half blocks, or letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from rich.console import Console

Means = Literal["kitty", "iterm", "sixel", "blocks", "ascii"]

#: Pixels of a character cell (height, width) where nobody knows them.
CELL = 20, 10


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a console draws pictures, and the pixels (height, width) of its character cells."""

    means: Means = "blocks"
    cell: tuple[int, int] = CELL

    @property
    def pixels(self) -> bool:
        """Whether every pixel can have a colour of its own."""
        return self.means in ("kitty", "iterm", "sixel")

    @property
    def dots(self) -> tuple[int, int]:
        """How many dots (down, across) a character cell can show."""
        return self.cell if self.pixels else (2, 1)

    @property
    def spare(self) -> int:
        """Columns to the right of a picture that stay free: at the edge of a screen the cursor is undecided
        whether it stands in the last column or behind it, and pixels are placed from where it stands."""
        return int(self.pixels)


class Screen(Console):
    """A console that finds out how to draw pictures when the first of them is to be drawn."""

    def __init__(self, *, find: Callable[[], Drawing], **more: Any) -> None:
        super().__init__(**more)
        self._find = find

    @cached_property
    def drawing(self) -> Drawing:
        """What pictures are drawn with."""
        return self._find()


def drawing_of(console: Console) -> Drawing:
    """How a console draws pictures: in letters without colour, in half blocks unless it knows better."""
    if console.color_system is None or console.no_color:
        return Drawing("ascii")
    return console.drawing if isinstance(console, Screen) else Drawing()


def sixteen_colours(console: Console) -> bool:
    """Whether the console has so few colours that scales need steps which it can tell apart."""
    return console.color_system == "standard"


def has_colour(console: Console) -> bool:
    """Whether the console shows colours at all."""
    return console.color_system is not None and not console.no_color


def many_colours(console: Console) -> bool:
    """Whether the console can show colours as they are meant: of sixteen, several become the same."""
    return console.color_system in ("256", "truecolor") and not console.no_color
