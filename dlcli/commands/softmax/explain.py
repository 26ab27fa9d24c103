"""One numerator of a softmax: the exponential of a score from which the largest was taken."""

from __future__ import annotations

from rich.text import Text

from dlcli.commands.softmax.story import Work, along, numerator
from dlcli.views.origin import whence
from dlcli.views.story import Section, Story
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.formula import Formula
from dlcli.words.number import number


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The largest score of the slice through one cell, and what is left of this one's exponential.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    scores, terms = work.terms(cell)
    at = cell[work.axis]
    score, shift, exponent, value = (
        number(found, precision)
        for found in (scores[at], terms.shift[0], terms.exponents[at], terms.exponentials[at])
    )
    rule = Formula("e[i]", numerator("x[i]", work, "max", precision))
    return Story(
        (
            Section("input", "Input", whence(work.input, precision)),
            Section("formula", "Exponential", body=rule),
            Section("arithmetic", "Largest", along(work, cell), Formula("max", shift)),
            Section("arithmetic", "Arithmetic", body=Formula(
                f"e[{at}]", numerator(score, work, shift, precision), f"exp({exponent})", value
            )),
            Section("result", "Exponentials", Text(f"{value} at {cell_words(cell, work.output)}")),
        )
    )  # fmt: skip
