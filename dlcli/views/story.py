"""The story of a run: sections in the same order whatever the command."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

from dlcli.views.page.cells import NO_CELLS, Listed
from dlcli.words.headings import HEADINGS, PARTS, meant

INDENT = 2


@dataclass(frozen=True, eq=False)
class Section:
    """One part of a story: a heading, what else stands in that line, and what is drawn below it.

    ``part`` is one of ``PARTS`` and decides where the section stands, ``name`` is the heading; ``title`` and
    ``body`` may be missing. ``cells`` are those of an input from which what is told there was made.
    A ``detail`` is told where details are asked for, or this section by its name.
    ``of`` are the results, as ``--emit`` knows them, that it tells of under another heading than their own.
    A detail that a ``sheet`` cannot be filled in without stands on a worksheet as well.
    What is ``found``, though it is a parameter or beside a formula, was made of what came in.
    """

    part: str
    name: str
    title: Text | None = None
    body: RenderableType | None = None
    cells: Listed = NO_CELLS
    detail: bool = False
    of: tuple[str, ...] = ()
    found: bool = False
    sheet: bool = False

    @property
    def empty(self) -> bool:
        """Whether what stands in its line says nothing, and nothing is drawn below it."""
        return self.title is not None and not self.title.plain and self.body is None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        heading = Text(self.name, style="bold")
        if self.title is not None:
            heading = Text.assemble(heading, "  ", self.title)
        if heading.cell_len > options.max_width:
            lines = heading.wrap(console, options.max_width - INDENT)
            heading = Text("\n" + " " * INDENT).join(lines)
        yield heading
        if self.body is not None:
            inner = options.update(width=options.max_width - INDENT, height=None)
            # A word of a command line may be longer than the screen is wide: cut, it would be another line.
            for line in Segment.split_lines(console.render(self.body, inner)):
                yield Segment(" " * INDENT)
                yield from line
                yield Segment.line()


class Story:
    """Sections in the order of ``PARTS``; those of one part stay in the order in which they were given.

    One that turns out to say nothing, such as a notice where there is nothing to notice, is left out.

    Raises ``ValueError`` for a part that does not exist, and for a first heading that no story begins with.

    >>> [section.name for section in Story(Section("next", "Next"), Section("input", "Input")).sections]
    ['Input', 'Next']
    """

    def __init__(self, *sections: Section, title: str = "") -> None:
        said = (section for section in sections if not section.empty)
        self.sections = tuple(sorted(said, key=lambda section: PARTS.index(section.part)))
        self.title = title
        if self.sections and self.sections[0].name not in HEADINGS:
            raise ValueError(f"a story begins with {', '.join(HEADINGS)}; received {self.sections[0].name}")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self.title:
            yield Text(self.title, style="bold underline")
            yield ""
        for place, section in enumerate(self.sections):
            # Single lines stand together; air goes around what is drawn.
            if place and (section.body is not None or self.sections[place - 1].body is not None):
                yield ""
            yield section

    def having(self, sections: Iterable[Section]) -> Story:
        """The story with these sections in place of its own; it may begin with any of them."""
        other = copy(self)
        other.sections = tuple(sorted(sections, key=lambda section: PARTS.index(section.part)))
        return other


def named(words: Sequence[str], sections: Sequence[Section]) -> list[list[Section]]:
    """For each word the sections that it names, by their heading or by their part.

    >>> story = Story(Section("input", "Input"), Section("result", "Pooled"), Section("result", "Windows"))
    >>> [[section.name for section in found] for found in named(["result", "pooled", "ends"], story.sections)]
    [['Pooled', 'Windows'], ['Pooled'], []]
    """
    found = []
    for word in words:
        headings = meant(word, [section.name for section in sections])
        parts = meant(word, PARTS)
        found.append([one for one in sections if one.name in headings or one.part in parts])
    return found
