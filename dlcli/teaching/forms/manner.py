"""How sheets are written: with which solutions, and what counts as right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

#: Where solutions stand: nowhere, below each task, behind a sheet, or without the sheet.
Solutions = Literal["", "after", "end", "alone"]

#: Columns of a paragraph of plain text.
WIDTH = 76


def _silent(note: str) -> None:
    """Says nothing."""


@dataclass(frozen=True)
class Manner:
    """What all forms can be told.

    ``solutions`` matter where a sheet is read by people, and in JSON, which without them has no keys either;
    a question bank has its keys, and a worked solution as the general feedback of each question. ``accept``
    are conventions that count as right. ``width`` is that of a paragraph of plain text. ``say`` is told what
    a form has no place for.
    """

    solutions: Solutions = ""
    accept: frozenset[str] = frozenset()
    width: int = WIDTH
    say: Callable[[str], None] = _silent
