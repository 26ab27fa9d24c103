"""The story of a sentence in a trained encoder: its tokens, who looks at whom, its vector."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.attn.explain_model import EXPLAIN as EXPLAIN_MODEL
from dlcli.commands.attn.explain_model import explain, given
from dlcli.commands.attn.record_model import Sentence, Work
from dlcli.engines.transformer.head_patterns import HeadPatterns
from dlcli.tensor import Axis
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.look import facts
from dlcli.views.shares import share_map, share_matrix
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import FactsTable, Table, no_room, with_rest
from dlcli.views.text import gaps
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.words.number import fixed, number, percent, rounded

NUMBERS = 8  # tokens up to which the weights of one head are shown as numbers
__all__ = ["explain", "story"]

PART = 0.5  # of the attention of a layer, from which on it is worth a word
PLACES = ("each token itself", "the token before", "the token after", "[CLS]", "[SEP]")
LISTED = 40  # tokens whose strongest keys are listed
SHOWN = 5  # numbers of a sentence's vector


def story(work: Work, *, precision: int = 4) -> Story:
    """The tokens of one sentence, its attention and its vector."""
    sentence, width = work.sentences[0], work.folder.width // work.design.heads
    strongest = [Section("result", "Looks most at", body=_strongest(work))] if work.head is not None else []
    means = Text("shares, mean over the tokens", style="dim")
    return Story(
        Section("input", "Input", given(work).title, FactsTable(pieces_facts(sentence))),
        Section("formula", "Attention", Text("in every head", style="dim"),
                Formula("weights", "softmax(Q Kᵀ / √d)", f"softmax(Q Kᵀ / √{width})")),
        Section("parameters", "Model", body=FactsTable(model_facts(work))),
        Section("result", "Weights", _which(work), _maps(work)),
        *strongest,
        *pair_sections(work, precision),
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


def pieces_facts(sentence: Sentence) -> list[tuple[str, str]]:
    """The tokens as the model reads them, and what it cannot read."""
    pieces = sentence.pieces
    rows = [("tokens", f"{len(pieces.pieces)}: {' '.join(pieces.pieces)}")]
    if any(piece.startswith("##") for piece in pieces.pieces):
        rows.append(("##", "goes on with the word before it: the vocabulary has no such word as a whole"))
    if pieces.second is not None:
        sides = f"0 for {pieces.second} tokens up to the first [SEP], 1 for those behind it"
        rows.append(("token types", f"{sides}: each type has a vector that is added"))
    if pieces.unknown:
        unknown = ", ".join(dict.fromkeys(pieces.unknown))
        rows.append(("[UNK]", f"stands for {unknown}, which no pieces make up"))
    if pieces.dropped:
        rows.append(("left out", f"{pieces.dropped} tokens at the end: the model reads no more"))
    return rows


def _which(work: Work) -> Text:
    head = f"head {work.head}"
    if not isinstance(work.head, int):
        head = f"the mean of {work.design.heads} heads" if work.head else "all heads"
    return gaps.given(f"layer {work.layer} of 0 to {work.folder.layers - 1}, {head}: each row adds up to 1",
                 "dim")  # fmt: skip


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


def pair_sections(work: Work, precision: int) -> Iterator[Section]:
    """Of a pair who looks across: the mean map of each way, and how much each head or layer does."""
    if work.sentences[0].pair is None:
        return
    layer = work.last
    weights = work.attention(layer).weights
    first, second = work.words
    which = "the mean of the heads" if not isinstance(work.head, int) else f"head {work.head}"
    labels = work.sentences[0].token.labels or ()
    for name, queries, keys in (("B to A", second, first), ("A to B", first, second)):
        one = weights.mean(axis=0) if not isinstance(work.head, int) else weights[work.head]
        data = one[queries, keys]
        axes = Axis("query", labels[queries]), Axis("key", labels[keys])
        small = max(data.shape) <= NUMBERS
        view: RenderableType = (
            share_matrix(rounded(data, 2), *axes, precision=2)
            if small
            else HeatMap(data, *axes, scale="sequential", limits=(0, float(data.max())))
        )
        total = percent(float(data.sum(axis=1).mean()), precision=2)
        looks = "second sentence look at the first" if name == "B to A" else "first look at the second"
        title = f"words of the {looks}: {total} of what they look at; layer {layer}, {which}"
        yield Section("result", name, Text(title, style="dim"), view)
    rows = []
    for head, one in enumerate(weights):
        shares = [one[q, k].sum(axis=1).mean() for q in (first, second) for k in (first, second)]
        rows.append((str(head), *(fixed(float(share), 2) for share in shares)))
    table = Table(("head", "A at A", "A at B", "B at A", "B at B"), rows, right=range(5))
    told = Text(f"layer {layer}, shares of words; the rest goes to [CLS] and [SEP]", style="dim")
    yield Section("result", "Who looks across", told, table)


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
    if work.head is None and "--layer" not in work.line:
        return work.line.again(text, "--layer", "all")
    if work.head is None:
        return work.line.again(text, "--head", str(int(work.patterns.bits.argmin())))
    return work.line.again(text, "a kitten is asleep", without=("--layer", "--head", "--pair"))


#: Result -> what explains its cells.
EXPLAIN = EXPLAIN_MODEL
