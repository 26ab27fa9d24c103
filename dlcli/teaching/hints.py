"""Help in three steps, and afterwards the whole way."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from dlcli.engines.base.exact import Log
from dlcli.engines.base.slips import SLIPS
from dlcli.teaching.drawing import Drawn
from dlcli.teaching.forms.plain import HEAD, solution_of
from dlcli.teaching.task import Task
from dlcli.teaching.worked import words

#: The idea; the formula with this task's numbers; the first line.
STEPS = 3

#: Of more answers than these the first may be told.
GIVEN_AWAY = 3


def hint(drawn: Drawn, step: int) -> list[str]:
    """One of the three hints, from 1 on; the last one is given again.

    >>> from dlcli.teaching.drawing import draw
    >>> from dlcli.teaching.topic import topic_of
    >>> hint(draw(topic_of("outsize"), 2, "an example"), 2)[0]
    'rows = (n + 2p − k) div s + 1   (div: divide, and round down)'
    """
    task = drawn.task
    if step <= 1:
        return [drawn.topic.idea]
    if step == 2:
        return [task.rule, *numbers(task)]
    return [begun(task)]


def numbers(task: Task) -> list[str]:
    """The drawn numbers by their names, single ones and rows; tables stand in the task.

    A name that an answer has, too, would be taken for that.
    """
    asked = {name for one in task.fields for name in (one.name, one.table)}
    known = {name: _listed(value) for name, value in task.given.items() if name not in asked}
    listed = [f"{name} = {said}" for name, said in known.items() if said]
    return [", ".join(listed)] if listed else []


def _listed(value: object) -> str:
    if isinstance(value, list) and len(value) > 1 and all(map(_is_number, value)):
        return f"({', '.join(map(words, value))})"
    return words(value) if _is_number(value) else ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Fraction | Log) and not isinstance(value, bool)


def begun(task: Task) -> str:
    """The first line that computes something, without what comes out where that is asked for.

    Where none does: the first of many answers, what an order begins with, what a choice is not, or the rule.
    """
    asked = {one.name for one in task.fields}
    for line in task.lines():
        if not isinstance(line.value, str | tuple) and line.text != words(line.value):
            known = line.name in asked or line.value in task.key
            return f"{line.name} = {line.text}" if known else str(line)
    if len(task.fields) > GIVEN_AWAY:
        return str(task.lines()[0])
    one, right = task.fields[0], task.key[0]
    if isinstance(right, tuple):
        return f"It begins with: {right[0]}"
    wrong = [option for option in one.options if option != right]
    return f"It is not: {wrong[0]}" if one.form == "choice" and len(wrong) > 1 else task.rule


def why(drawn: Drawn) -> Iterator[str]:
    """The whole way: rule, lines, and what the usual slips would have given."""
    task = drawn.task
    yield from (line.removeprefix(HEAD) for line in solution_of(task))
    for name in task.targets:
        if name in task.wrong:
            made = ", ".join(_said(value) for value in task.wrong[name][:4])
            more = ", …" if len(task.wrong[name]) > 4 else ""
            yield f"{made}{more} would come out {SLIPS[name].says}. {SLIPS[name].instead}"


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else words(value)
