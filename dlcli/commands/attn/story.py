"""The story of an attention: tokens, scores, the division by √d, the shares of each row, the weighted sum."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.attn.explain import explain, explain_of_heads
from dlcli.commands.attn.maps import beside, by_query, heads_maps, scores_table, weights_table
from dlcli.commands.attn.notices import notices
from dlcli.commands.attn.record import Source, Work
from dlcli.tensor import Array, Axis
from dlcli.views.look import SMALL, facts, look
from dlcli.views.origin import origin_words, source_word
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.facts_table import FactsTable
from dlcli.views.tables.matrix import Matrix
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.words.number import digits, number

__all__ = ["explain", "story"]

DIGITS = 3  # of a share and of an entropy

#: Similarity -> the score of a query and a key.
FORMULAS = {
    "scaled": "Q · Kᵀ",
    "dot": "Q · Kᵀ",
    "cosine": "Q · Kᵀ / (|q| · |k|)",
    "general": "Q · W · Kᵀ",
    "additive": "v · tanh(q A + k B)",
}


def story(work: Work, *, precision: int = 4) -> Story:
    """What looks at what, the formulas, the scores on their way to shares, row by row, and the output."""
    sections = [
        Section("input", "Input", origin_words(work.input, precision), FactsTable(_sources(work, precision))),
        Section("formula", "Attention", _of(work), Group(*_formulas(work, precision))),
        *_tokens(work, precision),
        *_scores(work, precision),
        Section("result", "Each query", body=by_query(work, precision)),
        Section("result", "Output", facts(work.output, precision), look(work.output, precision=precision)),
        Section("notice", "Notice", Text(notices(work))),
        Section("next", "Try next", body=CommandLine(_next(work))),
    ]
    if work.without_scaling:
        at = next(i for i, section in enumerate(sections) if section.name == "Each query")
        sections.insert(at, _without_scaling(work, precision))
    return Story(tuple(sections))


def _of(work: Work) -> Text | None:
    """Which of several heads is looked into."""
    if work.heads == 1:
        return None
    return Text(f"{work.heads} heads beside each other; head {work.head} below", style="dim")


def _sources(work: Work, precision: int) -> list[tuple[str, str]]:
    """What queries, keys and values are made of, and how words became numbers."""
    rows: list[tuple[str, str]] = []
    for name, source, before in (("keys from", work.key, work.query), ("values from", work.value, work.key)):
        if source.given is not before.given:
            rows.append((name, origin_words(source.given, precision).plain))
    words = [source for source in (work.query, work.key, work.value) if source.words]
    if words:
        width = words[0].tensor.shape[1]
        drawn = f"{width} numbers a word, drawn from seed {work.seed}: untrained"
        rows.append(("vectors", f"{drawn}; equal words get equal ones"))
    place = work.query.place
    if work.turned:
        rows.append(("positions", "queries and keys are turned by their places"))
    elif place != "none":
        what = "sines and cosines of the place" if place == "sinusoidal" else "learnt vectors of the place"
        rows.append(("positions", f"{what} are added"))
    elif words:
        rows.append(("positions", "none: attention cannot tell the order of the words"))
    drawn = work.weights_file or f"seed {work.seed}, untrained"
    if work.projection is not None:
        rows.append(("matrices", f"Wq, Wk, Wv, Wo: {work.projection.parameters} numbers from {drawn}"))
    elif work.similarity.arrays():
        count = sum(array.size for array in work.similarity.arrays().values())
        rows.append(("similarity", f"{count} numbers from {drawn}"))
    return rows


def _formulas(work: Work, precision: int) -> Iterator[Formula]:
    """Every step, with the numbers of this run."""
    wide = len("weights")
    if work.projection is not None:
        yield Formula("Q, K, V", "x Wq + bq, x Wk + bk, x Wv + bv", name_width=wide)
    yield Formula("scores", FORMULAS[work.similarity.name], name_width=wide)
    before = "scores"
    if work.similarity.name == "scaled":
        root = number(work.width**0.5, precision)
        yield Formula("scaled", f"scores / √{work.width}", f"scores / {root}", name_width=wide)
        before = "scaled"
    if work.hides:
        yield Formula("masked", f"{before} + mask", name_width=wide)
        before = "masked"
    yield Formula("weights", f"softmax({before})", f"exp({before}) / Σ exp({before}) by row", name_width=wide)
    heads = "weights · V, heads side by side" if work.heads > 1 and work.joins else "weights · V"
    yield Formula("output", heads if work.projection is None else f"({heads}) · Wo + bo", name_width=wide)


def _tokens(work: Work, precision: int) -> Iterator[Section]:
    """Queries, keys and values of the head, those that are the same once."""
    groups: list[tuple[list[str], Array, Source]] = []
    sources = (work.query, work.key, work.value)
    for name, place, source in zip(("queries", "keys", "values"), range(3), sources, strict=True):
        data = work.of_head(place)
        same = next((group for group in groups if np.array_equal(group[1], data, equal_nan=True)), None)
        if same:
            same[0].append(name)
        else:
            groups.append(([name], data, source))
    if any(max(data.shape) > SMALL for _, data, _ in groups):
        return
    titles = [" = ".join(names) for names, _, _ in groups]
    views: list[tuple[str, RenderableType]] = [
        (
            title,
            Matrix(
                data, rows=source.tensor.axes[-2], columns=Axis("feature"), precision=digits(precision, 3)
            ),
        )
        for title, (_, data, source) in zip(titles, groups, strict=True)
    ]
    if len(views) == 1:
        yield Section("parameters", titles[0][:1].upper() + titles[0][1:], body=views[0][1])
    else:
        yield Section("parameters", "Queries, keys, values", body=Shelf(views))


def _scores(work: Work, precision: int) -> Iterator[Section]:
    """Scores, scaled, masked, weights: numbers of small ones, colours of large ones."""
    small = max(work.cells.shape) <= SMALL
    if work.heads > 1:
        axes = Text("what each of them looks at; rows are queries, columns keys", style="dim")
        yield Section("result", "Heads", axes, heads_maps(work, precision))
    if not small:
        in_blocks = work.survey.picture.shape[-2:] != work.cells.shape
        shown = _blocks(work) if in_blocks else Text("each row adds up to 1", style="dim")
        yield Section("result", "Weights", shown, weights_table(work, precision))
        return
    attended = work.attended
    yield Section("result", "Scores", _scores_words(work), scores_table(work, attended.scores, precision))
    if work.similarity.name == "scaled":
        root = f"÷ √{work.width} = {number(work.width**0.5, precision)}"
        yield Section(
            "result", "Scaled", Text(root, style="dim"), scores_table(work, attended.scaled, precision)
        )
    if work.hides:
        yield Section("result", "Masked", _hidden(work), scores_table(work, attended.masked, precision))
    adds_up = Text("the softmax of each row adds up to 1", style="dim")
    if work.survey.blind[work.head].any():
        adds_up.append(", unless it sees nothing")
    yield Section("result", "Weights", adds_up, weights_table(work, precision))


def _scores_words(work: Work) -> Text:
    like = {"cosine": "from −1 to 1", "general": "by W", "additive": "by a small network"}
    return Text(like.get(work.similarity.name, "how far each key points along each query"), style="dim")


def _blocks(work: Work) -> Text:
    queries, keys = work.cells.shape
    kept = "" if work.whole else ", never there at once"
    return Text(f"{queries} × {keys} of them{kept}: the mean of each block", style="dim")


def _hidden(work: Work) -> Text:
    masked = work.attended.masked[work.head]
    hidden = int(np.count_nonzero(np.isneginf(masked)))
    return Text(f"{hidden} of {masked.size} hidden: exp(−inf) is 0", style="dim")


def _without_scaling(work: Work, precision: int) -> Section:
    """The weights with and without the division, in the same colours."""
    maps = [
        (
            f"{name}: {_even(survey.bits[work.head], precision)}",
            beside(work, survey.picture[work.head], precision),
        )
        for name, survey in (("with", work.survey), ("without", work.unscaled))
    ]
    both = f"softmax(scores / √{work.width}) beside softmax(scores)"
    return Section("result", "Without the division", Text(both, style="dim"), Shelf(maps))


def _even(bits: Array, precision: int) -> str:
    return f"{number(float(np.mean(bits)), digits(precision, DIGITS))} bits"


def _next(work: Work) -> list[str]:
    """The same line asking why the last query looks where it looks, other than at itself."""
    source = source_word(work.input)
    if source is None or work.line.piped:
        return ["dlcli", "attn", "the cat sat on the mat", "--explain", "cat,mat"]
    last = work.cells.shape[0] - 1
    shares = np.nan_to_num(work.row(last).weights[0])
    if work.query.given is work.key.given and len(shares) > 1:
        shares[last] = -1
    cell = f"{last},{int(shares.argmax())}"
    return work.line.again(source, "--explain", cell, without=("--query", "--without-scaling"))


#: Result -> what explains its cells: the way from a query and a key to a weight.
EXPLAIN = dict.fromkeys(("scores", "scaled", "masked", "weights"), explain_of_heads)
