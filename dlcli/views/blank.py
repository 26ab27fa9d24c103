"""A story as a sheet to be filled in: what came in, the formulas, and tables with gaps for numbers."""

from __future__ import annotations

from dataclasses import replace

from dlcli.views.story import Section, Story
from dlcli.views.text.gaps import emptied, gaps, unmarked

#: What is given to whoever fills the sheet in, and what is found by it; the rest would give the answers.
GIVEN = ("input", "parameters")
FOUND = ("formula", "arithmetic", "result")


def blank(story: Story, line: str = "") -> Story:
    """The sections of a story with gaps where its numbers were; frames for drawings.

    The ``line`` whose numbers are to be found stands above them: what was asked for stands there.

    >>> from rich.text import Text
    >>> story = Story(Section("input", "Input", Text("2 numbers")), Section("result", "Sum", Text("3 of 1")),
    ...               Section("notice", "Notice", Text("It is odd.")))
    >>> [(section.name, section.title.plain) for section in blank(story).sections]
    [('Input', '2 numbers'), ('Sum', '____ of ____')]
    """
    sections = [
        _given(section) if section.part in GIVEN and not section.found else _emptied(section)
        for section in story.sections
        if section.part in (*GIVEN, *FOUND)
    ]
    sheet = story.having(sections)
    sheet.title = line or story.title
    return sheet


def _given(section: Section) -> Section:
    return replace(section, body=None if section.body is None else unmarked(section.body))


def _emptied(section: Section) -> Section:
    title = section.title  # of a formula it says what was set
    if title is not None and (section.part != "formula" or section.found):
        title = gaps(title)
    return replace(section, title=title, body=None if section.body is None else emptied(section.body))
