"""A task on a screen: the same words as on paper, with what is given in colour."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.teaching.forms.plain import HEAD, choices, table_lines
from dlcli.teaching.task import Block, Grid, Lines, Task


def task_parts(task: Task, *, numbered: str) -> RenderableType:
    """What is given and asked, and the names of the answers, behind the number of the task."""
    parts: list[RenderableType] = []
    for block in task.blocks:
        parts += [*_block(block), ""]
    for one, options in zip(task.fields, choices(task.fields), strict=True):
        parts += map(Text, options)
        parts.append(
            Text.assemble((f"{numbered}{one.name} = ", "bold"), (f"   {one.remark}".rstrip(), "dim"))
        )
    return Group(*parts)


def _block(block: Block) -> Iterator[RenderableType]:
    if isinstance(block, Grid):
        for place, line in enumerate(table_lines(block)):
            text = Text(line.removeprefix(HEAD), style="cyan")
            if not place:
                text.stylize("bold", 0, len(block.name))
            yield text
    elif isinstance(block, Lines):
        for number, line in enumerate(block.lines, 1):
            yield Text(f"{f'({number}) ' * block.numbered}{line}", style="cyan")
    else:
        yield Text(block.text.replace("`", ""))
