"""One cell of the mean of several masks: how many of them kept it, and what that makes of it."""

from __future__ import annotations

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.commands.dropout.story import Work, drawn_for
from dlcli.views.origin import whence
from dlcli.views.story import Section, Story
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.formula import Formula
from dlcli.words.number import MINUS, number


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """In how many masks the unit was kept, and the sum of what these made of it by the number of masks.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    kept = int(np.broadcast_to(work.averages.kept, work.input.shape)[cell])
    x, value = number(work.input.data[cell], precision), number(work.mean.data[cell], precision)
    rate, masks = number(work.rate, precision), work.masks
    brackets = f"({x})" if x.startswith(MINUS) else x
    sides = [f"{kept} × {brackets} / (1 − {rate}) / {masks}", value] if kept else [f"0 / {masks}", "0"]
    where = f" at {cell_words(cell, work.output)}" if cell else ""
    return Story(
        (
            Section("input", "Input", whence(work.input, precision)),
            Section("formula", "Mean", body=Formula("mean", f"kept × x / (1 − {rate}) / {masks}")),
            Section("arithmetic", "Arithmetic", drawn_for(work, cell), Group(
                Formula("kept", f"by {kept} of {masks} masks", name_width=4),
                Formula("mean", *sides, name_width=4),
            )),
            Section("result", "Mean", Text(f"{value}{where}")),
        )
    )  # fmt: skip
