"""Text from outside on the screen: labels, file names and tokens are data, never control sequences."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

DIM, BOLD = Style(dim=True), Style(bold=True)

#: Unicode's classes of characters that steer instead of being seen: controls, formats (among them every
#: bidirectional override, the byte order mark and the invisible tags), halves of surrogate pairs, line and
#: paragraph ends.
STEERING = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))

#: The two joiners are part of how Persian, Indic scripts and emoji are spelt and steer nothing else.
JOINERS = "\u200c\u200d"


def visible(text: str) -> str:
    r"""The text with every character that would steer the terminal replaced by one that names it.

    Control characters become their control pictures, everything else of that kind its escape in ASCII, so
    that a line stays one line, a colour stays off, and letters stay in the order in which they came.

    >>> visible("cat\x1b[31m\n")
    'cat␛[31m␊'
    >>> visible("gpj\u202e.exe")
    'gpj\\u202e.exe'

    Source: Unicode Standard, general categories (section 4.5) and Control Pictures (U+2400); for the
    overrides, Boucher and Anderson, "Trojan Source" (2021).
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_named(character) for character in text)


def plain(text: str, style: str | Style = "") -> Text:
    """Outside text as rich text: ``[brackets]`` in it are no markup, control characters are visible.

    >>> plain("[bold]not bold[/]").plain
    '[bold]not bold[/]'
    """
    return Text(visible(text), style=style)


def clip(text: str, cells: int) -> str:
    """The text made visible and cut to so many terminal cells, an ellipsis standing for what is missing.

    >>> clip("a-long-file-name.png", 10)
    'a-long-fi…'
    """
    text = visible(text)
    # Accents take no cell of their own: without the second bound a pile of them would have no end.
    if cell_len(text) <= cells and len(text) <= 4 * cells:
        return text
    kept, used = "", 0
    for character in text[: 4 * cells]:
        used += cell_len(character)
        if used >= cells:
            break
        kept += character
    return kept + "…" if cells else ""


def apart(texts: Sequence[str], cells: int) -> list[str]:
    """Each text cut to so many cells; those that would be alike then lose their middle and keep their ends.

    >>> apart(["TD, α = 0.01", "TD, α = 0.02", "a very long name"], 10)
    ['TD, α…0.01', 'TD, α…0.02', 'a very lo…']
    """
    cut = {text: clip(text, cells) for text in texts}
    meant: dict[str, set[str]] = {}
    for text, short in cut.items():
        meant.setdefault(short, set()).add(visible(text))
    for text, short in cut.items():
        if len(meant[short]) > 1:
            end = _ending(visible(text), (cells - 1) // 2)
            cut[text] = clip(text, cells - cell_len(end)) + end
    return [cut[text] for text in texts]


def _ending(text: str, cells: int) -> str:
    """As many of the last characters as have room."""
    kept = ""
    for character in reversed(text[-4 * cells :] if cells > 0 else ""):
        if cell_len(character + kept) > cells:
            break
        kept = character + kept
    return kept


def flush_left(text: str, cells: int) -> str:
    """The text filled up with blanks on its right; wide characters count as the two cells they take."""
    return text + " " * (cells - cell_len(text))


def flush_right(text: str, cells: int) -> str:
    """The text filled up with blanks on its left."""
    return " " * (cells - cell_len(text)) + text


def text_line(text: str, style: Style | None = None) -> list[Segment]:
    """A text that ends its line of the screen."""
    return [Segment(text, style), Segment.line()]


def _named(character: str) -> str:
    if unicodedata.category(character) not in STEERING or character in JOINERS:
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that was no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
