"""A beam search on the screen: what was kept after every step, and what became of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from rich.text import Text

from dlcli.commands.seq2seq.record import Work
from dlcli.views.story import Section
from dlcli.views.tables.table import Table, with_rest
from dlcli.words.number import Numbers, number

LISTED = 5  # sequences that are listed of those that were kept


def beam_sections(work: Work, precision: int) -> list[Section]:
    """The sequences that were kept last, and the path of the search there; none without a beam."""
    if not work.trace:
        return []
    final = work.trace[-1]
    logs = np.array([one.log_probability for one in final[:LISTED]])
    columns = Numbers(logs, precision).texts.tolist(), Numbers(np.exp(logs), precision).texts.tolist()
    rows = [
        [str(rank), *numbers, " ".join(work.words(np.array(one.tokens))) + ("" if one.ended else " …")]
        for rank, (one, *numbers) in enumerate(zip(final[:LISTED], *columns, strict=True), 1)
    ]
    greedy = work.greedy.log_likelihood
    gained = final[0].log_probability - greedy
    told = (
        f"{math.exp(gained):.{max(precision - 1, 1)}f} times as likely as the greedy answer"
        if gained > 1e-9
        else "the greedy answer is the likeliest of them"
    )
    table = Table(["", "log p", "p", "sequence"], rows, right=(0, 1, 2), whole=(3,))
    return [
        Section("result", "Beam", Text(f"{work.beam} side by side; {told}", style="dim"),
                with_rest(table, len(final) - len(rows))),
        Section("result", "Search", Text("the last word of what was kept, and p so far", style="dim"),
                _search(work)),
    ]  # fmt: skip


def _search(work: Work) -> Table:
    """A row a step: the sequences that were kept, each by its last word."""
    rows = []
    for step, kept in enumerate(work.trace):
        cells = []
        for one in kept[:LISTED]:
            (word,) = work.words(np.array(one.tokens[-1:]))
            cells.append(f"{word} {number(math.exp(one.log_probability), 3)}")
        rows.append([str(step), *cells, *[""] * (min(work.beam, LISTED) - len(cells))])
    ranks = [str(rank) for rank in range(1, min(work.beam, LISTED) + 1)]
    spare = tuple(range(len(ranks), 1, -1))
    most = max(map(len, work.trace))

    def missing(heads: Sequence[str]) -> str:
        others = most - (len(ranks) - len(heads))
        return f"and up to {others} more at each step" if others > 0 else ""

    whole = range(1, len(ranks) + 1)
    return Table(["step", *ranks], rows, right=(0,), spare=spare, whole=whole, missing=missing)
