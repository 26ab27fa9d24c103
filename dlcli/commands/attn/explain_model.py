"""One number of a sentence in a trained encoder: a weight, a mean of heads, rollout, a norm, a cosine."""

from __future__ import annotations

from functools import partial

import numpy as np
from rich.text import Text

from dlcli.commands.attn.record_model import Work
from dlcli.commands.kinds.attention.layers import CHANGES
from dlcli.commands.kinds.attention.layers_story import explain_change, explain_rollout
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import BarTable
from dlcli.views.tables.sums import score_sum
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import number

KEYS = 12  # keys of a row that is explained
NAME = 16  # cells of a token's name


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The products behind one score and the softmax of its row; of a mean of heads their weights.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.weights)
    layer, *rest = cell if work.layer is None else (work.layer, *cell)
    if work.head == "mean":
        query, key = rest
        return _mean(work, (layer, query, key), cell, precision)
    head, query, key = rest if not isinstance(work.head, int) else (work.head, *rest)
    attended = work.attention(layer)
    q, k = attended.query[head, query], attended.key[head, key]
    product, divided, weight = (
        number(array[head, query, key], precision)
        for array in (attended.scores, attended.scaled, attended.weights)
    )
    names = _name(work, query), _name(work, key)
    at = f"layer {layer}, head {head}: “{names[0]}” looks at “{names[1]}”"
    row = Text(f"all keys of “{names[0]}”", style="dim")
    return Story(
        given(work),
        Section("arithmetic", "Score", Text(at, style="dim"), score_sum(q, k, "query", "key", precision)),
        Section("arithmetic", "Scaled", body=Formula("q·k / √d", f"{product} / √{q.size}", divided)),
        Section("arithmetic", "Softmax", row, _row(work, (layer, head, query, key), precision)),
        Section("result", "Weight", Text(f"{weight} at {cell_words(cell, work.weights)}")),
    )


def explain_across(work: Work, cell: tuple[int, ...], *, precision: int = 4, name: str) -> Story:
    """As a weight of the whole map, named by its place between two sentences."""
    cell = checked(cell, work.across(name))
    first, second = work.words
    queries, keys = (first, second) if name == "a-to-b" else (second, first)
    *before, query, key = cell
    return explain(work, (*before, query + queries.start, key + keys.start), precision=precision)


def explain_rolled(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Over all tokens: what this one takes of each in its layer, times what that had of the input before."""
    weights = work.sentences[0].made.weights
    return Story(given(work), *explain_rollout(work.rollout, weights, cell, precision, "layer"))


def explain_changed(work: Work, cell: tuple[int, ...], *, precision: int = 4, name: str) -> Story:
    """The sum behind a norm or a cosine of a token's vectors."""
    return Story(given(work), *explain_change(work.change(name), work.layers.data, cell, precision))


def given(work: Work) -> Section:
    """The sentence, or both of a pair."""
    sentence = work.sentences[0]
    words = f"“{clip(sentence.text, 60)}”"
    if sentence.pair is not None:
        words += f" and “{clip(sentence.pair, 60)}”"
    return Section("input", "Input", Text(words))


def _name(work: Work, token: int) -> str:
    return clip(work.sentences[0].token.place(token), NAME)


def _mean(work: Work, at: tuple[int, int, int], cell: tuple[int, ...], precision: int) -> Story:
    """The weights of all heads at one place, and their mean."""
    layer, query, key = at
    weights = work.attention(layer).weights[:, query, key]
    value = number(float(weights.mean()), precision)
    which = f"layer {layer}: “{_name(work, query)}” at “{_name(work, key)}”"
    bars = BarTable(
        "head",
        list(map(str, range(len(weights)))),
        {"weight": weights},
        totals=[("sum", {"weight": weights.sum()})],
        precision=precision,
    )
    total = number(float(weights.sum()), precision)
    return Story(
        given(work),
        Section("arithmetic", "Heads", Text(which, style="dim"), bars),
        Section("arithmetic", "Mean", body=Formula("mean", f"{total} / {len(weights)}", value)),
        Section("result", "Weight", Text(f"{value} at {cell_words(cell, work.weights)}")),
    )


def _row(work: Work, cell: tuple[int, int, int, int], precision: int) -> BarTable:
    """A line for each key: its scaled score, the exponential, the share."""
    layer, head, query, key = cell
    attended = work.attention(layer)
    scaled, shares = attended.masked[head, query], attended.weights[head, query]
    shown = np.union1d(np.flatnonzero(np.isfinite(scaled)), [key])
    if len(shown) > KEYS:
        shown = np.union1d(np.argsort(-shares, kind="stable")[:KEYS], [key])
    exponentials = np.exp(scaled - scaled.max())
    columns = {"score": scaled[shown], "exp(score − max)": exponentials[shown], "weight": shares[shown]}
    labels = [work.sentences[0].token.place(int(place)) for place in shown]
    totals = [("Σ of all", {"exp(score − max)": exponentials.sum(), "weight": shares.sum()})]
    marked = int(np.searchsorted(shown, key))
    return BarTable("key", labels, columns, totals=totals, marked=marked, precision=precision)


#: Result -> what explains its cells.
EXPLAIN = {
    **dict.fromkeys(("scores", "scaled", "capped", "masked", "weights"), explain),
    **{name: partial(explain_across, name=name) for name in ("a-to-b", "b-to-a")},
    "rollout": explain_rolled,
    **{name: partial(explain_changed, name=name) for name in CHANGES},
}
