"""The logarithm of a probability: of the same score, less the logarithm of all exponentials together."""

from __future__ import annotations

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.views.cell import checked
from dlcli.views.formula import Formula, bracketed
from dlcli.views.number import number
from dlcli.views.seq2seq_cell import explained
from dlcli.views.seq2seq_work import Work
from dlcli.views.story import Section, Story
from dlcli.views.text import clip


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """What makes the probability, then its logarithm by way of the scores, which loses no small number.

    Raises ``WrongUsage`` when there is no such step or token.
    """
    cell = checked(cell, work.output)
    step, token = cell
    *before, _ = explained(work, cell, precision=precision).sections
    scores = work.decoded.scores[step]
    top = float(scores.max())
    score, most, together = (
        number(value, precision) for value in (scores[token], top, np.log(np.exp(scores - top).sum()))
    )
    found = number(work.decoded.log_probabilities[step, token], precision)
    lines = Group(
        Formula("log p", "score − max − log Σ exp(score − max)"),
        Formula("", f"{score} − {bracketed(most)} − {together}", found, name_width=len("log p")),
    )
    told = Text(f"log p(“{clip(work.translator.target[token], 20)}” | …) = {found}")
    result = Section("result", "Result", told)
    return Story((*before, Section("arithmetic", "Logarithm", body=lines), result))
