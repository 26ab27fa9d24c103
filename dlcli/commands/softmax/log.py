"""The logarithm of one probability: the score without the largest, less the logarithm of a sum."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from dlcli.commands.softmax.story import Work, along, slice_table, without_shift
from dlcli.views.origin import whence
from dlcli.views.story import Section, Story
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import MINUS, number


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """All exponentials of the slice through one cell, and what their sum takes from its exponent.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    scores, terms = work.terms(cell)
    at = cell[work.axis]
    with np.errstate(divide="ignore"):
        logarithm = number(np.log(terms.total[0]), precision)
    score, shift, total, exponent = (
        number(value, precision)
        for value in (scores[at], terms.shift[0], terms.total[0], terms.exponents[at])
    )
    less = f"+ {logarithm[1:]}" if logarithm.startswith(MINUS) else f"{MINUS} {logarithm}"
    value = number(work.logarithm(cell), precision)
    over = along(work, cell)
    name = clip(work.output.axes[work.axis].name, 24)
    general = without_shift("x[i]", work, "max", precision), without_shift("x[j]", work, "max", precision)
    return Story(
        (
            Section("input", "Input", whence(work.input, precision)),
            Section("formula", "Log-softmax", Text(f"i and j along {name}", style="dim"),
                    Formula("log p[i]", f"{general[0]} − log Σ exp({general[1]})")),
            Section("arithmetic", "Arithmetic", over, slice_table(work, cell, precision, mark=True)),
            Section("arithmetic", "Logarithm", body=Formula(
                f"log p[{at}]",
                f"{without_shift(score, work, shift, precision)} − log({total})",
                f"{exponent} {less}",
                value,
            )),
            Section("result", "Log-probabilities", Text(f"{value} at {cell_words(cell, work.output)}")),
        )
    )  # fmt: skip
