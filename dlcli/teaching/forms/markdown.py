"""Markdown (CommonMark with the tables of GitHub): what is answered stands in a block of text that can be
filled in, and that ``check`` reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dlcli.teaching.forms.answers import headed
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.forms.markup import clean
from dlcli.teaching.forms.plain import MADE
from dlcli.teaching.forms.solution import solution
from dlcli.teaching.reading import letter
from dlcli.teaching.sheet import Item, Sheet
from dlcli.teaching.task import Block, Grid, Say, Task
from dlcli.teaching.worked import words

#: What would be read as Markdown, or as HTML.
SIGNS = re.compile(r"([\\`*_\[\]<>#|&~$!^])")

#: What makes a list, a quotation or a rule where a line begins with it.
BEGINNING = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))")


def markdown(sheets: Sequence[Sheet], manner: Manner) -> str:
    """Sheets with a rule between them."""
    return "\n---\n\n".join("\n\n".join(_sheet(one, manner)) + "\n" for one in sheets)


def escaped(text: str) -> str:
    """A text in which nothing is Markdown.

    >>> print(escaped("1. a_b < *c*"), escaped("- x"))
    1\\. a\\_b \\< \\*c\\* \\- x
    """
    plain = SIGNS.sub(r"\\\1", " ".join(clean(text).split()))
    return BEGINNING.sub(lambda found: _first(found[1], found[2]), plain)


def _first(blanks: str, sign: str) -> str:
    return f"{blanks}\\{sign}" if not sign.isdigit() else f"{blanks}{sign}\\"


def _sheet(sheet: Sheet, manner: Manner) -> Iterator[str]:
    alone = manner.solutions == "alone"
    otherwise = "Solutions" if alone else "Exercise"
    title = escaped(sheet.title or otherwise) + (": solutions" if sheet.title and alone else "")
    yield f"# {title}"
    if sheet.name:
        yield f"Name: {escaped(sheet.name)}"
    for item in sheet.items:
        yield _heading(item)
        if not alone:
            yield from _task(item)
        if alone or manner.solutions == "after":
            yield from _worked(item.drawn.task)
    if manner.solutions == "end":
        yield "## Solutions"
        for item in sheet.items:
            yield f"### Solution {item.number}"
            yield from _worked(item.drawn.task)
    if sheet.line and not alone:
        yield fenced([MADE + sheet.line.removeprefix(MADE)])


def _heading(item: Item) -> str:
    points = f"{words(item.points)} point{'s' * (item.points != 1)}"
    return f"## Task {item.number}: {escaped(item.drawn.topic.title)} ({points})"


def _task(item: Item) -> Iterator[str]:
    for one in item.drawn.task.blocks:
        yield of_block(one)
    lines = []
    for name, field in zip(item.names, item.drawn.task.fields, strict=True):
        if field.options:
            options = (f"- {letter(place)}) {escaped(one)}" for place, one in enumerate(field.options))
            yield f"{_code(name)}:"
            yield "\n".join(options)
        lines.append(f"{name} =   {field.remark}".rstrip())
    yield fenced(lines)


def _worked(task: Task) -> Iterator[str]:
    made = solution(task)
    yield fenced(made.all)
    if made.see:
        yield f"See: {_code(made.see)}"


def of_block(one: Block) -> str:
    """A paragraph, a table with its headers, or lines as they stand."""
    if isinstance(one, Say):
        parts = one.text.split("`")
        if len(parts) % 2 == 0:
            return escaped(one.text)
        made = (_code(part) if place % 2 else _piece(part) for place, part in enumerate(parts))
        return BEGINNING.sub(lambda found: _first(found[1], found[2]), "".join(made).strip())
    if isinstance(one, Grid):
        return table(one)
    return fenced([f"({place}) {line}" if one.numbered else line for place, line in enumerate(one.lines, 1)])


def _piece(text: str) -> str:
    """A piece of a paragraph, with the blanks at its ends."""
    return SIGNS.sub(r"\\\1", re.sub(r"\s+", " ", clean(text)))


def _code(text: str) -> str:
    """Code in a line, whatever backticks it has."""
    text = " ".join(clean(text).split())
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"


def fenced(lines: Sequence[str]) -> str:
    """Lines that stand as they are, whatever fences they have."""
    text = "\n".join(clean(one) for one in lines)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}"


def table(one: Grid) -> str:
    """A table with the name of what it is in its corner; Markdown has no headers of rows: bold."""
    across, down = headed(one)
    columns = max((*map(len, one.rows), len(across)))
    lead = bool(down or one.name)
    heads = ([escaped(one.name)] if lead else []) + [escaped(each) for each in across or [""] * columns]
    rows = [
        ([f"**{escaped(down[place])}**" if down else ""] if lead else []) + [escaped(each) for each in row]
        for place, row in enumerate(one.rows)
    ]
    rule = ["---:"] * len(heads)
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, rule, *rows))
