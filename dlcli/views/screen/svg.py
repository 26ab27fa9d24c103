"""SVG files of text that every program shows alike."""

from __future__ import annotations

import re
from html import unescape

from rich.cells import cell_len

BLANK = "&#160;"

#: A piece of text that begins with blanks, as rich writes it.
INDENTED = re.compile(
    r'(<text class="[^"]*") x="([\d.]+)"([^>]*) textLength="([\d.]+)"([^>]*)>((?:&#160;)+)([^<]*)'
)


def unindented(svg: str) -> str:
    """The same SVG without blanks at the beginning of a text, which begins further right instead.

    Some programs that show drawings leave blanks out where a text begins.

    >>> unindented('<text class="a" x="10" y="20" textLength="50">&#160;&#160;abc</text>')
    '<text class="a" x="30" y="20" textLength="30">abc</text>'
    """

    def moved(found: re.Match[str]) -> str:
        head, x, between, length, rest, blanks, text = found.groups()
        count = len(blanks) // len(BLANK)
        shift = count * float(length) / (count + cell_len(unescape(text)))
        return f'{head} x="{float(x) + shift:g}"{between} textLength="{float(length) - shift:g}"{rest}>{text}'

    return INDENTED.sub(moved, svg)
