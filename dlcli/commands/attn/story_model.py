"""The story of a sentence in a trained encoder: its tokens, who looks at whom, its vector."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.attn.record_model import Sentence, Work
from dlcli.engines.transformer.head_patterns import HeadPatterns
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.look import facts
from dlcli.views.shares import share_map, share_matrix
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import BarTable
from dlcli.views.tables.sums import score_sum
from dlcli.views.tables.table import FactsTable, Table, no_room, with_rest
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import fixed, number, percent, rounded

NUMBERS = 8  # tokens up to which the weights of one head are shown as numbers
PART = 0.5  # of the attention of a layer, from which on it is worth a word
PLACES = ("each token itself", "the token before", "the token after", "[CLS]", "[SEP]")
LISTED = 40  # tokens whose strongest keys are listed
SHOWN = 5  # numbers of a sentence's vector
KEYS = 12  # keys of a row that is explained


def story(work: Work, *, precision: int = 4) -> Story:
    """The tokens of one sentence, its attention and its vector."""
    sentence, width = work.sentences[0], work.folder.width // work.design.heads
    strongest = [Section("result", "Looks most at", body=_strongest(work))] if work.head is not None else []
    means = Text("shares, mean over the tokens", style="dim")
    return Story(
        Section("input", "Input", Text(f"“{clip(sentence.text, 60)}”"), FactsTable(_pieces(sentence))),
        Section("formula", "Attention", Text("in every head", style="dim"),
                Formula("weights", "softmax(Q Kᵀ / √d)", f"softmax(Q Kᵀ / √{width})")),
        Section("parameters", "Model", body=FactsTable(model_facts(work))),
        Section("result", "Weights", _which(work), _maps(work)),
        *strongest,
        Section("result", "What its heads look at", means, _patterns(work.patterns)),
        Section("result", "Output", facts(work.output, precision)),
        Section("result", "Sentence", _vector(work, precision)),
        Section("notice", "Notice", Text(" ".join(_notices(work)))),
        Section("next", "Try next", body=CommandLine(_next(work))),
    )  # fmt: skip


def model_facts(work: Work) -> list[tuple[str, str]]:
    """Where it lies, and how large it is."""
    folder, design = work.folder, work.design
    each = folder.width // design.heads
    causal = "; causal: a token sees itself and those before it" if design.causal else ""
    return [
        ("folder", folder.path),
        ("blocks", f"{folder.layers}, post-norm, {design.activation}; trained{causal}"),
        ("heads", f"{design.heads}, {each} of {folder.width} features each"),
        ("vocabulary", f"{len(folder.vocabulary):,} pieces"),
        ("weights", f"{work.parameters:,}"),
    ]


def _pieces(sentence: Sentence) -> list[tuple[str, str]]:
    """The tokens as the model reads them, and what it cannot read."""
    pieces = sentence.pieces
    rows = [("tokens", f"{len(pieces.pieces)}: {' '.join(pieces.pieces)}")]
    if any(piece.startswith("##") for piece in pieces.pieces):
        rows.append(("##", "goes on with the word before it: the vocabulary has no such word as a whole"))
    if pieces.unknown:
        unknown = ", ".join(dict.fromkeys(pieces.unknown))
        rows.append(("[UNK]", f"stands for {unknown}, which no pieces make up"))
    if pieces.dropped:
        rows.append(("left out", f"{pieces.dropped} tokens at the end: the model reads no more"))
    return rows


def _which(work: Work) -> Text:
    head = "all heads" if work.head is None else f"head {work.head}"
    return Text(f"layer {work.layer} of 0 to {work.folder.layers - 1}, {head}: each row adds up to 1",
                style="dim")  # fmt: skip


def _maps(work: Work) -> RenderableType:
    """The weights of one head, or of all heads small beside each other."""
    weights = work.weights
    rows, columns = weights.axes[-2:]
    if work.head is not None:
        if len(weights.data) <= NUMBERS:
            return share_matrix(rounded(weights.data, 2), rows, columns, precision=2)
        return HeatMap(weights.data, rows, columns, scale="sequential", limits=(0, float(weights.data.max())))
    top, last = float(weights.data.max()), len(weights.data) - 1
    return Shelf(
        [
            (f"head {head}", share_map(data, rows, columns, top=top, legend=head == last))
            for head, data in enumerate(weights.data)
        ]
    )


def _strongest(work: Work) -> RenderableType:
    """Each token's strongest key in the head that is looked into."""
    weights = work.weights
    query, key = weights.axes
    rows = [
        (query.place(place), key.place(at), fixed(shares[at], 2))
        for place, shares in enumerate(weights.data[:LISTED])
        for at in [int(shares.argmax())]
    ]
    table = Table(("token", "key", "share"), rows, right=(2,))
    return with_rest(table, len(weights.data) - len(rows), "tokens")


def _patterns(patterns: HeadPatterns) -> Table:
    header = ("head", "itself", "before", "after", "[CLS]", "[SEP]", "entropy")
    rows = [
        (str(head), *(fixed(share, 2) for share in shares), f"{fixed(bits, 2)} bits")
        for head, (shares, bits) in enumerate(zip(patterns.shares, patterns.bits, strict=True))
    ]
    return Table(header, rows, right=range(7), spare=(3, 2), missing=no_room)


def _vector(work: Work, precision: int) -> Text:
    vector = work.sentences[0].vector
    ways = {"mean": "the mean of all tokens", "cls": "the token [CLS]", "max": "the largest of all tokens"}
    how = ways[work.pooling]
    for layer in work.folder.dense:
        activation = "" if layer.activation == "linear" else f" and {layer.activation}"
        how += f" through a dense layer {layer.inputs} → {layer.outputs}{activation}"
    first = ", ".join(number(value, precision) for value in vector[:SHOWN])
    size = "1" if work.folder.normalize is not False else number(np.linalg.norm(vector), precision)
    return Text(f"{vector.size} numbers, {how}, length {size}: {first}, …")


def _notices(work: Work) -> Iterator[str]:
    shares = work.patterns.shares
    ends = float(shares[:, 3:].sum(axis=1).mean())
    if ends >= PART:
        yield (
            f"{percent(ends, precision=2)} of what this layer looks at is [CLS] and [SEP], which stand in "
            "every sentence: a head that finds nothing looks there."
        )
    shown = shares[:, :3] if ends >= PART else shares
    if shown.max() >= PART:
        head, pattern = np.unravel_index(int(shown.argmax()), shown.shape)
        yield f"Head {head} looks mostly at {PLACES[pattern]}, whatever the words."
    elif ends < PART:
        yield "No head looks mostly at one place: these weights depend on the words."


def _next(work: Work) -> list[str]:
    """Another head of the same sentence; another sentence beside it."""
    text = work.sentences[0].text
    if work.head is None:
        return work.line.again(text, "--head", str(int(work.patterns.bits.argmin())))
    return work.line.again(text, "a kitten is asleep", without=("--layer", "--head"))


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The products behind one score and the softmax of its row.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.weights)
    head, query, key = cell if work.head is None else (work.head, *cell)
    sentence, attended = work.sentences[0], work.attended
    q, k = attended.query[head, query], attended.key[head, key]
    product, divided, weight = (
        number(array[head, query, key], precision)
        for array in (attended.scores, attended.scaled, attended.weights)
    )
    place = sentence.token.place
    at = f"layer {work.layer}, head {head}: “{clip(place(query), 16)}” looks at “{clip(place(key), 16)}”"
    row = Text(f"all keys of “{clip(place(query), 16)}”", style="dim")
    return Story(
        Section("input", "Input", Text(f"“{clip(sentence.text, 60)}”")),
        Section("arithmetic", "Score", Text(at, style="dim"), score_sum(q, k, "query", "key", precision)),
        Section("arithmetic", "Scaled", body=Formula("q·k / √d", f"{product} / √{q.size}", divided)),
        Section("arithmetic", "Softmax", row, _row(work, head, query, key, precision)),
        Section("result", "Weight", Text(f"{weight} at {cell_words(cell, work.weights)}")),
    )


def _row(work: Work, head: int, query: int, key: int, precision: int) -> BarTable:
    """A line for each key: its scaled score, the exponential, the share."""
    scaled, shares = work.attended.masked[head, query], work.attended.weights[head, query]
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
EXPLAIN = dict.fromkeys(("scores", "scaled", "masked", "weights"), explain)
