"""The logarithm of a probability: of the same score, less the logarithm of all exponentials together."""

from __future__ import annotations

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.commands.seq2seq.explain import explained
from dlcli.commands.seq2seq.protocol import Work
from dlcli.views.story import Section, Story
from dlcli.views.text.cell import checked
from dlcli.views.text.formula import Formula, bracketed
from dlcli.views.text.text import clip
from dlcli.words.number import number


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
