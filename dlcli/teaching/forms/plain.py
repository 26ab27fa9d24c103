"""A sheet as plain text: the form that everything else is held to, and that comes back filled in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from dlcli.teaching.forms.manner import WIDTH
from dlcli.teaching.forms.solution import solution
from dlcli.teaching.reading import letter
from dlcli.teaching.sheet import Item, Sheet
from dlcli.teaching.task import Block, Field, Grid, Lines, Say, Task
from dlcli.teaching.worked import words

#: What stands in front of what is no sentence.
HEAD = "    "

#: What the first line begins with that says how the sheet is made again.
MADE = "# dlcli exercise "


def written(sheet: Sheet, width: int = WIDTH) -> str:
    """The sheet with a line for each answer; ``width`` is that of a paragraph."""
    return "\n".join(_sheet(sheet, width)) + "\n"


def solved(sheet: Sheet) -> str:
    """The solutions alone: key, and the lines that lead to it."""
    lines = [_title(sheet, "Solutions"), ""]
    for item in sheet.items:
        lines += [_heading(item), "", *solution_of(item.drawn.task), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _sheet(sheet: Sheet, width: int) -> Iterator[str]:
    if sheet.line:
        yield MADE + sheet.line.removeprefix(MADE)
        yield ""
    yield _title(sheet, "Exercise")
    for item in sheet.items:
        yield ""
        yield from (_heading(item), "")
        yield from task(item, width)


def _title(sheet: Sheet, otherwise: str) -> str:
    return " - ".join(filter(None, (sheet.title or otherwise, sheet.name)))


def _heading(item: Item) -> str:
    points = f"{words(item.points)} point{'s' * (item.points != 1)}"
    return f"Task {item.number}: {item.drawn.topic.title} ({points})"


def task(item: Item, width: int) -> Iterator[str]:
    """What is given and asked, and lines for the answers."""
    for place, block in enumerate(item.drawn.task.blocks):
        if place:
            yield ""
        yield from text_of(block, width)
    yield ""
    fields = item.drawn.task.fields
    for name, one, options in zip(item.names, fields, choices(fields), strict=True):
        yield from (f"{HEAD}{option}" for option in options)
        yield f"{name} =   {one.remark}".rstrip()


def text_of(block: Block, width: int) -> Iterator[str]:
    """A paragraph, a table or lines, in plain text."""
    if isinstance(block, Say):
        yield from wrap(block.text.replace("`", ""), width, break_long_words=False, break_on_hyphens=False)
    elif isinstance(block, Lines):
        for number, line in enumerate(block.lines, 1):
            yield f"{HEAD}{f'({number}) ' * block.numbered}{line}"
    else:
        yield from table_lines(block)


def table_lines(block: Grid) -> Iterator[str]:
    """A table with its name in front, its columns below each other."""
    rows = [list(row) for row in block.rows]
    if block.across:
        rows.insert(0, list(block.across))
    heads = (
        [""] * len(rows)
        if not block.down
        else ["", *block.down][-len(rows) :]
        if block.across
        else [*block.down]
    )
    wide = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lead = max(map(len, heads))
    for place, (head, row) in enumerate(zip(heads, rows, strict=True)):
        name = block.name if not place else ""
        numbers = "  ".join(one.rjust(width) for one, width in zip(row, wide, strict=True))
        yield f"{HEAD}{name:{len(block.name)}}  {head:{lead}}{'  ' * bool(lead)}{numbers}".rstrip()


def choices(fields: Sequence[Field]) -> list[list[str]]:
    """What each field is chosen from, with letters; nothing where that stands before the field above it.

    >>> one, other = (Field(name, form="choice", options=("rows", "columns")) for name in "ab")
    >>> choices([one, other])
    [['a) rows', 'b) columns'], []]
    """
    listed = [[f"{letter(place)}) {option}" for place, option in enumerate(one.options)] for one in fields]
    return [[] if at and one == listed[at - 1] else one for at, one in enumerate(listed)]


def solution_of(task: Task) -> Iterator[str]:
    """The rule, the lines with the numbers, the letters of choices, and the line that shows it."""
    made = solution(task)
    yield from (f"{HEAD}{line}" for line in made.all)
    if made.see:
        yield f"{HEAD}see: {made.see}"
