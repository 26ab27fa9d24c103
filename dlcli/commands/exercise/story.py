"""Sheets on a screen: the same words as on paper, with what is given in colour."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dlcli.commands.kinds.exercises.task_story import task_parts
from dlcli.teaching.forms.plain import HEAD, solution_of
from dlcli.teaching.sheet import Item, Sheet
from dlcli.teaching.topic import Topic
from dlcli.teaching.worked import words
from dlcli.views.story import Section


def sheet_parts(sheet: Sheet, *, solution: bool = False) -> list[RenderableType]:
    """A sheet, task by task."""
    title = Text(" - ".join(filter(None, (sheet.title or "Exercise", sheet.name))), style="bold underline")
    parts: list[RenderableType] = [title, *(_task(item, solution) for item in sheet.items)]
    return parts if solution else [*parts, _next(sheet)]


def _task(item: Item, solution: bool) -> Section:
    points = f"{words(item.points)} point{'s' * (item.points != 1)}"
    parts = [task_parts(item.drawn.task, numbered=f"{item.number}.")]
    if solution:
        parts += [
            "",
            *(Text(line.removeprefix(HEAD), style="green") for line in solution_of(item.drawn.task)),
        ]
    topic, level = item.drawn.topic, item.drawn.level
    asks = f": {topic.levels[level - 1]}" if topic.levels[level - 1] else ""
    heading = Text(f"{topic.title} ({points}); level {level}{asks}", style="dim")
    return Section("result", f"Task {item.number}", heading, Group(*parts))


def _next(sheet: Sheet) -> RenderableType:
    made = f"dlcli exercise {sheet.line}" if sheet.line else "the same line"
    return Text.assemble(("To be marked: ", "bold"), f"{made} > sheet.txt, fill it in, dlcli check sheet.txt")


def catalogue(topics: Mapping[str, Topic]) -> list[RenderableType]:
    """All topics by chapter: what each is about, and its section of the notes."""
    found: list[RenderableType] = []
    for chapter in dict.fromkeys(one.chapter for one in topics.values()):
        table = Table.grid(padding=(0, 2))
        for one in topics.values():
            if one.chapter == chapter:
                table.add_row(Text(one.name, style="bold"), one.title, Text(one.notes, style="dim"))
        found.append(Section("result", chapter, None, table))
    found.append(Text(f"{len(topics)} topics. Try: dlcli exercise {next(iter(topics))}"))
    return found
