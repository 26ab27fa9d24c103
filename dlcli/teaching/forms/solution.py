"""The worked solution of a task, as every form has it."""

from __future__ import annotations

from dataclasses import dataclass

from dlcli.teaching.reading import letter
from dlcli.teaching.task import Field, Task


@dataclass(frozen=True)
class Solution:
    """The rule, the lines that it leads to, the letters to be chosen, and the line of dlcli to see it."""

    formula: str
    lines: tuple[str, ...]
    chosen: tuple[str, ...]
    see: str

    @property
    def reasons(self) -> tuple[str, ...]:
        """The rule and the lines one below the other."""
        return (*filter(None, (self.formula,)), *self.lines)

    @property
    def all(self) -> tuple[str, ...]:
        """These, and the letters of what is to be chosen."""
        return (*self.reasons, *self.chosen)


def solution(task: Task) -> Solution:
    """The solution without a slip."""
    chosen = tuple(
        f"{one.name}: {letters(one, right)}"
        for one, right in zip(task.fields, task.key, strict=True)
        if one.options
    )
    return Solution(task.rule, tuple(map(str, task.lines())), chosen, task.line)


def letters(field: Field, answer: str | tuple[str, ...]) -> str:
    """The letters of what is chosen, in its order."""
    chosen = answer if isinstance(answer, tuple) else (answer,)
    return " ".join(letter(field.options.index(one)) for one in chosen)
