"""Text for HTML and XML: what is escaped and what is markup cannot be mixed up."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

#: What XML 1.0 has no place for becomes this sign.
UNKNOWN = "�"


class Markup(str):
    """A text that is markup already: everything else is escaped when it comes into a tag."""

    __slots__ = ()


def clean(text: str) -> str:
    """The text with what no XML may contain written as a sign.

    >>> clean("a" + chr(27) + "[2J") == "a" + UNKNOWN + "[2J"
    True
    """
    return "".join(one if _is_xml(ord(one)) else UNKNOWN for one in text)


def _is_xml(code: int) -> bool:
    """Whether XML 1.0 has a place for a character, and Unicode a meaning in a text."""
    if code < 0x20 or 0x7F <= code < 0xA0:
        return code in (0x09, 0x0A)
    return not 0xD800 <= code < 0xE000 and code & 0xFFFE != 0xFFFE


def escaped(text: str) -> Markup:
    """A text as it stands in an element of HTML and XML.

    >>> escaped("x < y & z")
    'x &lt; y &amp; z'
    """
    return text if isinstance(text, Markup) else Markup(escape(clean(text), quote=False))


def joined(*inside: str, by: str = "") -> Markup:
    """Several texts as one, each escaped where it is no markup."""
    return Markup(by.join(map(escaped, inside)))


def tag(name: str, /, *inside: str, **attributes: str | None) -> Markup:
    """An element in one line; an attribute of None is none, and ``_`` behind a name is left away.

    >>> tag("p", "x < ", tag("code", "y"), class_="given")
    '<p class="given">x &lt; <code>y</code></p>'
    >>> tag("hr")
    '<hr/>'
    """
    opened = name + "".join(_attributes(attributes))
    return Markup(f"<{opened}>{joined(*inside)}</{name}>" if inside else f"<{opened}/>")


def block(name: str, /, *inside: str, **attributes: str | None) -> Markup:
    """An element whose parts stand in lines of their own; empty ones are left away.

    >>> print(block("tr", tag("td", "1"), tag("td", "2")))
    <tr>
    <td>1</td>
    <td>2</td>
    </tr>
    """
    lines = [one for one in inside if one]
    opened = name + "".join(_attributes(attributes))
    if not lines:
        return Markup(f"<{opened}/>")
    return Markup(f"<{opened}>\n{joined(*lines, by=chr(10))}\n</{name}>")


def _attributes(attributes: dict[str, str | None]) -> Iterator[str]:
    for name, value in attributes.items():
        if value is not None:
            yield f' {name.rstrip("_").replace("__", ":")}="{escape(clean(value))}"'


#: What an XML file begins with.
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
