"""A story as Markdown: tables stay tables, pictures become text in a fence."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol, runtime_checkable

from rich.console import Console, Group, RenderableType
from rich.text import Text

from dlcli.views.story import Story
from dlcli.views.text.text import visible

#: Everything that CommonMark (section 2.4) and GitHub's tables give a meaning and that a label may contain.
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!$])")

#: What makes a line an item of a list, or a rule, when it begins so (sections 4.1 and 5.2).
BEGINNING = re.compile(r"^(\d*)(?=[-+.)](?![\w.]))")


@runtime_checkable
class HasMarkdown(Protocol):
    """A renderable that knows its own Markdown."""

    def markdown(self, width: int = 80) -> str:
        """Its Markdown, without a line end; what has to be drawn is drawn ``width`` columns wide."""


def to_markdown(story: Story | RenderableType, width: int = 80) -> str:
    """The sections of a story under headings, pictures as they stand on a screen of ``width`` columns."""
    if not isinstance(story, Story):
        return block(story, width) + "\n"
    parts = [f"## {escape(story.title)}"] if story.title else []
    for section in story.sections:
        parts.append(f"### {escape(section.name)}")
        if section.title is not None and section.title.plain:
            parts.append(escape(section.title.plain))
        if section.body is not None:
            parts.append(block(section.body, width))
    return "\n\n".join(parts) + "\n"


def block(body: RenderableType, width: int) -> str:
    """One renderable: its own Markdown, that of its parts, or plain text in a fence."""
    if isinstance(body, Story):
        return to_markdown(body, width).rstrip("\n")
    if isinstance(body, HasMarkdown):
        return body.markdown(width)
    if isinstance(body, Text):
        return escape(body.plain)
    if isinstance(body, Group):
        parts = [written for part in body.renderables if (written := block(part, width))]
        # The items of one list stand together.
        return ("\n" if all(part.startswith("- ") for part in parts) else "\n\n").join(parts)
    return fence(drawn(body, width))


def drawn(body: RenderableType, width: int) -> str:
    """What a renderable looks like without colour."""
    console = Console(
        width=width, color_system=None, file=io.StringIO(), legacy_windows=False, force_jupyter=False,
        _environ={},
    )  # fmt: skip
    with console.capture() as capture:
        console.print(body)
    return "\n".join(line.rstrip() for line in capture.get().rstrip("\n").split("\n"))


def fence(text: str, language: str = "text") -> str:
    """Text in a code fence longer than any run of backquotes in it.

    >>> print(fence("a ``` b"))
    ````text
    a ``` b
    ````
    """
    ticks = _ticks(text, 3)
    return f"{ticks}{language}\n{text}\n{ticks}"


def code(text: str) -> str:
    """Text as a span of code in a line.

    >>> print(code("y = `x`"))
    `` y = `x` ``
    """
    ticks = _ticks(text, 1)
    blank = " " if "`" in text else ""
    return f"{ticks}{blank}{text}{blank}{ticks}"


def _ticks(text: str, least: int) -> str:
    """More backquotes than any run of them in a text has."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)


def escape(text: str) -> str:
    r"""Outside text in which nothing is markup.

    >>> print(escape("a_b|<c>"))
    a\_b\|\<c\>
    >>> print(escape("1. 2; 3 4"))
    1\. 2; 3 4
    """
    return BEGINNING.sub(r"\1\\", SPECIAL.sub(r"\\\1", visible(text).strip()))


def table(header: Sequence[str], rows: Iterable[Sequence[str]], right: Collection[int] = ()) -> str:
    """A table of GitHub's Markdown; the columns in ``right`` are set flush right.

    >>> print(table(["cell", "value"], [["0, 1", "−2.8"]], right=[1]))
    | cell | value |
    | --- | ---: |
    | 0, 1 | −2.8 |
    """
    rule = ["---:" if place in right else "---" for place in range(len(header))]
    cells = [[escape(text) for text in row] for row in (header, *rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (cells[0], rule, *cells[1:]))
