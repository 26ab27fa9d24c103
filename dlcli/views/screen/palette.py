"""What tells several series apart: a colour that the colour-blind can tell too, and a letter."""

from __future__ import annotations

from rich.console import Console
from rich.style import Style

#: Six of the eight colours of Masataka Okabe and Kei Ito, "Color universal design" (2008). Those with the
#: most contrast on black and on white come first; yellow, which vanishes on white, and black are left out.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def colour(place: int) -> Style:
    """The ink of a series; after the sixth they start again, and letters tell those apart."""
    return Style(color=COLOURS[place % len(COLOURS)])


def letter(place: int) -> str:
    """The mark of a series.

    >>> letter(0), letter(27)
    ('a', 'B')
    """
    return LETTERS[place % len(LETTERS)]


def many_colours(console: Console) -> bool:
    """Whether the console can show colours as they are meant: of sixteen, several become the same."""
    return console.color_system in ("256", "truecolor") and not console.no_color
