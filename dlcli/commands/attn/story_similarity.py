"""The story of several sentences in a trained encoder: how near their vectors are to each other."""

from __future__ import annotations

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.attn.record_model import Work
from dlcli.commands.attn.story_model import model_facts
from dlcli.engines.transformer.sentence_vector import unit_vectors
from dlcli.tensor import Axis
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.story import Section, Story
from dlcli.views.tables.matrix import Matrix
from dlcli.views.tables.sums import score_sum
from dlcli.views.tables.table import FactsTable, Table, with_rest
from dlcli.views.text.cell import checked
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import number

NUMBERS = 16  # sentences up to which the cosines are shown as numbers
LISTED = 24  # sentences that are listed
LABEL = 16  # cells of a sentence's name in a table


def story(work: Work, *, precision: int = 4) -> Story:
    """The sentences, the cosine of every two of them, and which is nearest to which."""
    count = len(work.sentences)
    between = Text("1: the same direction, 0: nothing in common", style="dim")
    return Story(
        Section("input", "Input", Text(f"{count} sentences"), _sentences(work)),
        Section("formula", "Similarity", Text("of the sentences' vectors", style="dim"),
                Formula("cos(a, b)", "Σ a·b / (|a| · |b|)")),
        Section("parameters", "Model", body=FactsTable(model_facts(work))),
        Section("result", "Similarity", between, _near(work)),
        Section("result", "Nearest", body=_nearest(work, precision)),
        Section("notice", "Notice", Text(_extremes(work))),
        Section("next", "Try next", body=CommandLine(work.line.again(work.sentences[0].text))),
    )  # fmt: skip


def _sentences(work: Work) -> RenderableType:
    rows = [
        (str(place), f"“{clip(one.text, 50)}”", str(len(one.pieces.pieces)))
        for place, one in enumerate(work.sentences[:LISTED])
    ]
    return with_rest(Table(("", "sentence", "tokens"), rows, right=(0, 2)), len(work.sentences) - LISTED)


def _near(work: Work) -> RenderableType:
    """The cosines; rows have the sentences' words, columns their numbers."""
    near, count = work.similarity.data, len(work.sentences)
    if count > NUMBERS:
        return HeatMap(near, Axis("sentence"), Axis("other"), limits=(-1, 1), scale="diverging")
    names = tuple(f"{place} {clip(one.text, LABEL - 3)}" for place, one in enumerate(work.sentences))
    numbers = tuple(map(str, range(count)))
    return Matrix(near, rows=Axis("sentence", names), columns=Axis("sentence", numbers), precision=3,
                  limits=(-1, 1))  # fmt: skip


def _nearest(work: Work, precision: int) -> RenderableType:
    near = work.similarity.data.copy()
    np.fill_diagonal(near, -np.inf)
    rows = []
    for place, one in enumerate(work.sentences[:LISTED]):
        at = int(near[place].argmax())
        other = f"“{clip(work.sentences[at].text, 28)}”"
        rows.append(
            (str(place), f"“{clip(one.text, 28)}”", str(at), other, number(near[place, at], precision))
        )
    header = ("", "sentence", "", "is nearest to", "cosine")
    return with_rest(Table(header, rows, right=(0, 2, 4)), len(work.sentences) - LISTED)


def _extremes(work: Work) -> str:
    """The two that are nearest to each other, and the two that are farthest apart."""
    near = work.similarity.data
    above = np.transpose(np.triu_indices(len(near), 1)).tolist()
    cosines = near[np.triu_indices(len(near), 1)]
    (a, b), (c, d) = above[int(cosines.argmax())], above[int(cosines.argmin())]
    names = [f"“{clip(work.sentences[i].text, 24)}”" for i in (a, b, c, d)]
    words = f"{names[0]} and {names[1]} are nearest ({number(near[a, b], 3)})"
    if len(above) > 1:
        words += f", {names[2]} and {names[3]} farthest ({number(near[c, d], 3)})"
    return f"{words}: so alike does the model find what they say."


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Of both vectors at length 1 the sum of their products is the cosine."""
    cell = checked(cell, work.similarity)
    one, other = (work.sentences[place] for place in cell)
    value = number(work.similarity.data[cell], precision)
    both = Text(f"“{clip(one.text, 30)}” and “{clip(other.text, 30)}”", style="dim")
    have = "have length 1" if work.folder.normalize is not False else "are divided by their lengths"
    a, b = (unit_vectors(sentence.vector) for sentence in (one, other))
    return Story(
        Section("input", "Input", Text(f"{len(work.sentences)} sentences")),
        Section("arithmetic", "Products", both, score_sum(a, b, "a", "b", precision)),
        Section("result", "Similarity", Text(f"{value}: both vectors {have}")),
    )


#: Result -> what explains its cells.
EXPLAIN = {"similarity": explain}
