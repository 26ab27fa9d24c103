"""One cell of the mask of a dropout: the draw that decided about it."""

from __future__ import annotations

from rich.text import Text

from dlcli.commands.dropout.story import Work, drawn_for, verdict
from dlcli.views.origin import whence
from dlcli.views.story import Section, Story
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.formula import Formula
from dlcli.words.number import number


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The draw beside the rate, and what came of it.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    kept, line = True, Formula("m", "1")
    rule = Formula("m", f"1 if u ≥ {number(work.rate, precision)} else 0")
    if not work.inference:
        kept, line = verdict(work, cell, precision)
    where = f" at {cell_words(cell, work.output)}" if cell else ""
    told = "1 (kept)" if kept else "0 (dropped)"
    return Story(
        (
            Section("input", "Input", whence(work.input, precision)),
            *([] if work.inference else [Section("formula", "Mask", body=rule)]),
            Section("arithmetic", "Arithmetic", drawn_for(work, cell), line),
            Section("result", "Mask", Text(f"{told}{where}")),
        )
    )
