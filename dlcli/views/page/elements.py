"""Elements of HTML and SVG: what comes from outside is text in them, never markup."""

from __future__ import annotations

from html import escape

from dlcli.views.text.text import visible


def number(value: float) -> str:
    """A length or a place in pixels, in hundredths.

    >>> number(3.14159), number(2.0)
    ('3.14', '2')
    """
    return f"{round(float(value), 2):g}" if abs(value) < 1e5 else f"{value:.0f}"


def text(words: str) -> str:
    """Outside text in which nothing is markup and nothing steers.

    >>> text("<b>&\\x1b")
    '&lt;b&gt;&amp;␛'
    """
    return escape(visible(words), quote=False)


def element(name: str, *inside: str, **attributes: object) -> str:
    """An element with what is ``inside``; ``class_`` and ``text_anchor`` are ``class`` and ``text-anchor``.

    An attribute that is None or an empty text is left out; numbers are written in hundredths.

    >>> element("text", text("a"), x=1.005, class_="ink", text_anchor="end")
    '<text x="1" class="ink" text-anchor="end">a</text>'
    >>> element("line", x1=0, x2=2.5, class_="")
    '<line x1="0" x2="2.5"/>'
    """
    written = ""
    for key, value in attributes.items():
        if value is None or value == "":
            continue
        said = number(value) if isinstance(value, float | int) else escape(visible(str(value)))
        written += f' {key.rstrip("_").replace("_", "-")}="{said}"'
    if not inside and name not in CLOSED:
        return f"<{name}{written}/>"
    return f"<{name}{written}>{''.join(inside)}</{name}>"


#: Elements of HTML that have an end, even where nothing is in them.
CLOSED = ("div", "p", "td", "th", "span", "pre", "section", "text")
