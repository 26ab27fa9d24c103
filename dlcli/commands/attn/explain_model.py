"""One number of a sentence in a trained encoder: a weight, a mean of heads, rollout, a norm, a cosine."""

from __future__ import annotations

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.attn.record_model import Work
from dlcli.engines.transformer.rollout import with_residual
from dlcli.tensor import Array
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import BarTable
from dlcli.views.tables.sums import SumTable, largest, score_sum, sum_of_others
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import number

KEYS = 12  # keys of a row that is explained
TERMS = 12  # summands that are listed
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


def explain_a_to_b(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """What a word of the first sentence looks at in the second."""
    return explain_across(work, cell, precision=precision, name="a-to-b")


def explain_b_to_a(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """What a word of the second sentence looks at in the first."""
    return explain_across(work, cell, precision=precision, name="b-to-a")


def explain_rollout(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Over all tokens: what this one takes of each in its layer, times what that had of the input before."""
    layer, query, key = checked(cell, work.rollout)
    mixed = with_residual(work.sentences[0].made.weights)[layer, query]
    before = work.rolled[layer - 1, :, key] if layer else np.eye(len(mixed))[:, key]
    behind = f"R of layer {layer - 1}" if layer else "R: itself"
    which = f"“{_name(work, query)}” behind layer {layer}: how much of “{_name(work, key)}” of the input"
    value = number(work.rolled[layer, query, key], precision)
    heads = work.design.heads
    body = _terms(work, mixed, before, ("½ A + ½ I", behind), precision)
    return Story(
        given(work),
        Section("formula", "Rollout", Text(f"A is the mean of {heads} heads", style="dim"),
                Formula(f"R_{layer}", f"(½ A_{layer} + ½ I)" + f" · R_{layer - 1}" * bool(layer))),
        Section("arithmetic", "Ways", Text(which, style="dim"), body),
        Section("result", "Rollout", Text(f"{value} at {cell_words((layer, query, key), work.rollout)}")),
    )  # fmt: skip


def explain_change(work: Work, cell: tuple[int, ...], *, precision: int = 4, name: str) -> Story:
    """The sum behind a norm or a cosine of a token's vectors.

    Raises ``WrongUsage`` when there is no such cell.
    """
    tensor = work.change(name)
    layer, token = checked(cell, tensor)
    states = work.layers.data.astype(np.float64)
    own = states[layer, token]
    other_layer = {"norms": layer, "first-cosine": 0, "previous-cosine": max(layer - 1, 0)}[name]
    other = states[other_layer, token]
    names = work.behind.labels or ()
    value = number(tensor.data[layer, token], precision)
    total = float(own @ other)
    lengths = [number(float(np.linalg.norm(one)), precision) for one in (own, other)]
    told = number(total, precision)
    if name == "norms":
        rule = Formula("norm", "√Σ x²", f"√{told}", value)
    else:
        rule = Formula("cosine", "Σ a·b / (|a| · |b|)", f"{told} / ({' · '.join(lengths)})", value)
    heads = [_behind(names[place]) for place in (layer, other_layer)]
    which = f"“{_name(work, token)}”: {' and '.join(dict.fromkeys(heads))}"
    return Story(
        given(work),
        Section("arithmetic", "Products", Text(which, style="dim"),
                score_sum(own, other, *(("x", "x") if name == "norms" else ("a", "b")), precision)),
        Section("arithmetic", "On its way", body=rule),
        Section("result", name.capitalize(), Text(f"{value} at {cell_words((layer, token), tensor)}")),
    )  # fmt: skip


def explain_norms(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The squares of a token's vector."""
    return explain_change(work, cell, precision=precision, name="norms")


def explain_first(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """A token's vector beside the one that came in."""
    return explain_change(work, cell, precision=precision, name="first-cosine")


def explain_previous(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """A token's vector beside the one that a layer before left."""
    return explain_change(work, cell, precision=precision, name="previous-cosine")


def given(work: Work) -> Section:
    """The sentence, or both of a pair."""
    sentence = work.sentences[0]
    words = f"“{clip(sentence.text, 60)}”"
    if sentence.pair is not None:
        words += f" and “{clip(sentence.pair, 60)}”"
    return Section("input", "Input", Text(words))


def _behind(name: str) -> str:
    return "as it came in" if name == "input" else f"behind {name}"


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


def _terms(work: Work, a: Array, b: Array, names: tuple[str, str], precision: int) -> RenderableType:
    """A product for each token, the largest listed."""
    products = a * b
    shown = largest(products, TERMS)
    rows = [(_name(work, i), a[i], b[i], products[i]) for i in shown.tolist()]
    more = products.size - len(shown)
    extra = {f"{more} others": sum_of_others(products, shown)} if more else {}
    return SumTable(
        rows, extra, float(products.sum()), heads=("token", *names, "product"), precision=precision
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
    "a-to-b": explain_a_to_b,
    "b-to-a": explain_b_to_a,
    "rollout": explain_rollout,
    "norms": explain_norms,
    "first-cosine": explain_first,
    "previous-cosine": explain_previous,
}
