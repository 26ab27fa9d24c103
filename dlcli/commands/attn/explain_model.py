"""One weight of a trained head in full, or one cosine: the products, their sum, and its share."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from dlcli.commands.attn.record_model import Work
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import BarTable
from dlcli.views.tables.sums import score_sum
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import number

LISTED = 12  # keys that are


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The products behind one score and the softmax of its row.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.weights)
    head, query, key = cell if work.head is None else (work.head, *cell)
    sentence = work.sentences[0]
    attended = sentence.made.attention(work.layer)
    q, k = attended.query[head, query], attended.key[head, key]
    score, scaled = attended.scores[head, query, key], attended.scaled[head, query, key]
    weight = attended.weights[head, query, key]
    place = sentence.token.place
    at = f"layer {work.layer}, head {head}: “{clip(place(query), 16)}” looks at “{clip(place(key), 16)}”"
    product, divided = number(score, precision), number(scaled, precision)
    row = Text(f"all keys of “{clip(place(query), 16)}”", style="dim")
    return Story(
        (
            Section("input", "Input", Text(f"“{clip(sentence.text, 60)}”")),
            Section("arithmetic", "Score", Text(at, style="dim"), score_sum(q, k, "query", "key", precision)),
            Section("arithmetic", "Scaled", body=Formula("q·k / √d", f"{product} / √{q.size}", divided)),
            Section("arithmetic", "Softmax", row, _row(work, head, query, key, precision)),
            Section(
                "result", "Weight", Text(f"{number(weight, precision)} at {cell_words(cell, work.weights)}")
            ),
        )
    )


def _row(work: Work, head: int, query: int, key: int, precision: int) -> BarTable:
    """A line for each key: its scaled score, the exponential, the share."""
    sentence = work.sentences[0]
    attended = sentence.made.attention(work.layer)
    scaled, shares = attended.scaled[head, query], attended.weights[head, query]
    shown = np.arange(len(shares))
    if len(shares) > LISTED:
        shown = np.union1d(np.argsort(-shares, kind="stable")[:LISTED], [key])
    exponentials = np.exp(scaled - scaled.max())
    columns = {"score": scaled[shown], "exp(score − max)": exponentials[shown], "weight": shares[shown]}
    labels = [sentence.token.place(int(place)) for place in shown]
    totals = [("Σ of all", {"exp(score − max)": exponentials.sum(), "weight": shares.sum()})]
    marked = int(np.flatnonzero(shown == key)[0])
    return BarTable("key", labels, columns, totals=totals, marked=marked, precision=precision)


def explain_cosine(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Both vectors have length 1, so that the sum of their products is the cosine."""
    cell = checked(cell, work.similarity)
    one, other = (work.sentences[place] for place in cell)
    value = number(work.similarity.data[cell], precision)
    both = Text(f"“{clip(one.text, 30)}” and “{clip(other.text, 30)}”", style="dim")
    return Story(
        (
            Section("arithmetic", "Products", both, score_sum(one.vector, other.vector, "a", "b", precision)),
            Section("result", "Similarity", Text(f"{value}: both vectors have length 1")),
        )
    )
