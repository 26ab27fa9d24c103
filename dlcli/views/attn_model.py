"""The stories of a trained encoder: one sentence and who looks at whom, or several and how near they are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.tensor import Axis
from dlcli.views.attn_model_cell import explain
from dlcli.views.attn_model_work import SentenceWork, Work
from dlcli.views.command_line import CommandLine
from dlcli.views.facts_table import FactsTable
from dlcli.views.formula import Formula
from dlcli.views.heat_map import HeatMap
from dlcli.views.look import SMALL, facts
from dlcli.views.matrix import Matrix
from dlcli.views.number import number
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.table import Table
from dlcli.views.text import clip

__all__ = ["explain", "story"]

NUMBERS = 8  # tokens up to which the weights of one head are shown as numbers
PART = 0.5  # of the attention of a layer, from which on it is worth a word
LABEL = 16  # cells of a sentence's name in a table
LOW = 4  # terminal rows of a small map at least
SHOWN = 5  # numbers of a sentence's vector


def story(work: Work, *, precision: int = 4) -> Story:
    """Of one sentence its tokens, its attention and its vector; of several how near they are."""
    if len(work.sentences) > 1:
        return Story(tuple(_several(work, precision)))
    return Story(tuple(_one(work, precision)))


def _one(work: Work, precision: int) -> Iterator[Section]:
    sentence = work.sentences[0]
    yield Section("input", "Input", Text(f"“{clip(sentence.text, 60)}”"), FactsTable(_pieces(sentence)))
    width = work.encoder.folder.width // work.encoder.design.heads
    yield Section("formula", "Attention", Text("in every head", style="dim"),
                  Formula("weights", "softmax(Q Kᵀ / √d)", f"softmax(Q Kᵀ / √{width})"))  # fmt: skip
    yield Section("parameters", "Model", body=FactsTable(_model(work)))
    yield Section("result", "Weights", _which(work), _maps(work))
    yield Section(
        "result", "What its heads look at", Text("shares, mean over the tokens", style="dim"), _habits(work)
    )
    yield Section("result", "Output", facts(work.output, precision))
    yield Section("result", "Sentence", _vector(work, precision))
    yield Section("notice", "Notice", Text(" ".join(_notices(work))))
    yield Section("next", "Try next", body=CommandLine(_next(work)))


def _several(work: Work, precision: int) -> Iterator[Section]:
    rows = [
        (str(place), f"“{clip(one.text, 50)}”", str(len(one.pieces.pieces)))
        for place, one in enumerate(work.sentences)
    ]
    yield Section(
        "input",
        "Input",
        Text(f"{len(rows)} sentences"),
        Table(("", "sentence", "tokens"), rows, right=(0, 2)),
    )
    yield Section("formula", "Similarity", Text("of the sentences' vectors", style="dim"),
                  Formula("cos(a, b)", "Σ a·b / (|a| · |b|)"))  # fmt: skip
    yield Section("parameters", "Model", body=FactsTable(_model(work)))
    yield Section(
        "result", "Similarity", Text("1: the same direction, 0: nothing in common", style="dim"), _near(work)
    )
    yield Section("result", "Nearest", body=_nearest(work, precision))
    yield Section("notice", "Notice", Text(_extremes(work, precision)))
    yield Section("next", "Try next", body=CommandLine(_next(work)))


def _pieces(sentence: SentenceWork) -> list[tuple[str, str]]:
    """The tokens as the model reads them, and what it cannot read."""
    pieces = sentence.pieces
    found = [("tokens", f"{len(pieces.pieces)}: {' '.join(pieces.pieces)}")]
    if any(piece.startswith("##") for piece in pieces.pieces):
        found.append(("##", "goes on with the word before it: the vocabulary has no such word as a whole"))
    if pieces.unknown:
        found.append(
            ("[UNK]", f"stands for {', '.join(dict.fromkeys(pieces.unknown))}, which no pieces make up")
        )
    if pieces.dropped:
        found.append(("left out", f"{pieces.dropped} tokens at the end: the model reads no more"))
    return found


def _model(work: Work) -> list[tuple[str, str]]:
    folder, design = work.encoder.folder, work.encoder.design
    each = folder.width // design.heads
    return [
        ("folder", folder.path),
        ("blocks", f"{folder.layers}, post-norm, {design.activation}; trained"),
        ("heads", f"{design.heads}, {each} of {folder.width} features each"),
        ("vocabulary", f"{len(folder.vocabulary):,} pieces"),
        ("weights", f"{work.parameters:,}"),
    ]


def _which(work: Work) -> Text:
    head = "all heads" if work.head is None else f"head {work.head}"
    return Text(f"layer {work.layer} of 0 to {work.encoder.folder.layers - 1}, {head}: each row adds up to 1",
                style="dim")  # fmt: skip


def _maps(work: Work) -> RenderableType:
    """The weights of one head, or of all heads small beside each other."""
    weights = work.weights
    rows, columns = weights.axes[-2:]
    if work.head is not None:
        if len(weights.data) <= NUMBERS:
            return Matrix(
                weights.data.round(2),
                rows=rows,
                columns=columns,
                precision=2,
                scale="sequential",
                limits=(0, 1),
            )
        return HeatMap(weights.data, rows, columns, scale="sequential", limits=(0, float(weights.data.max())))
    high = max(LOW, min(SMALL, -(-len(rows.labels or ()) // 2)))  # half a row for each token
    top, last = float(weights.data.max()), len(weights.data) - 1
    # Labels would make each map as wide as the screen: the places are those of the tokens above.
    rows, columns = Axis(rows.name), Axis(columns.name)
    return Shelf(
        [
            (
                f"head {head}",
                HeatMap(
                    data,
                    rows,
                    columns,
                    scale="sequential",
                    limits=(0, top),
                    height=high,
                    legend=head == last,
                ),
            )
            for head, data in enumerate(weights.data)
        ]
    )


def _habits(work: Work) -> Table:
    found = work.habits
    header = ("head", "itself", "before", "after", "[CLS]", "[SEP]", "entropy")
    rows = [
        (str(head), *(f"{share:.2f}" for share in shares), f"{bits:.2f} bits")
        for head, (shares, bits) in enumerate(zip(found.shares, found.bits, strict=True))
    ]
    return Table(header, rows, right=range(7), spare=(3, 2))


def _vector(work: Work, precision: int) -> Text:
    vector, pooling = work.sentences[0].vector, work.encoder.folder.pooling
    how = {"mean": "the mean of all tokens", "cls": "the token [CLS]", "max": "the largest of all tokens"}[
        pooling
    ]
    first = ", ".join(number(value, precision) for value in vector[:SHOWN])
    return Text(f"{vector.size} numbers, {how}, length 1: {first}, …")


def _near(work: Work) -> Matrix:
    """The cosines; rows have the sentences' words, columns their numbers."""
    count = len(work.sentences)
    names = tuple(f"{place} {clip(one.text, LABEL - 3)}" for place, one in enumerate(work.sentences))
    numbers = tuple(map(str, range(count)))
    return Matrix(
        work.similarity.data, rows=Axis("sentence", names), columns=Axis("sentence", numbers), precision=3,
        limits=(-1, 1),
    )  # fmt: skip


def _nearest(work: Work, precision: int) -> Table:
    near = work.similarity.data.copy()
    np.fill_diagonal(near, -np.inf)
    rows = [
        (
            f"“{clip(one.text, 30)}”",
            f"“{clip(work.sentences[at].text, 30)}”",
            number(near[place, at], precision),
        )
        for place, one in enumerate(work.sentences)
        for at in [int(near[place].argmax())]
    ]
    return Table(("sentence", "is nearest to", "cosine"), rows, right=(2,))


def _extremes(work: Work, precision: int) -> str:
    near = work.similarity.data
    above = [(near[a, b], a, b) for a in range(len(near)) for b in range(a + 1, len(near))]
    (most, a, b), (least, c, d) = max(above), min(above)
    told = [f"“{clip(work.sentences[i].text, 24)}”" for i in (a, b, c, d)]
    words = f"{told[0]} and {told[1]} are nearest ({number(most, 3)})"
    if len(above) > 1:
        words += f", {told[2]} and {told[3]} farthest ({number(least, 3)})"
    return f"{words}: so alike does the model find what they say."


def _notices(work: Work) -> Iterator[str]:
    """What holds for this sentence."""
    shares = work.habits.shares
    ends = shares[:, 3:].mean(axis=0)
    beside = shares[:, :3].max(axis=1)
    if ends.sum() >= PART:
        yield (
            f"{ends.sum():.0%} of what this layer looks at is [CLS] and [SEP], which stand in every "
            "sentence: a head that finds nothing looks there."
        )
    if beside.max() >= PART:
        head = int(beside.argmax())
        where = ("each token itself", "the token before", "the token after")[int(shares[head, :3].argmax())]
        yield f"Head {head} looks mostly at {where}, whatever the words."
    if ends.sum() < PART and beside.max() < PART:
        yield "No head looks at one place alone: these weights depend on the words."


def _next(work: Work) -> list[str]:
    """Another head of the same sentence; another sentence beside it."""
    words = ["dlcli", "attn", *work.words]
    texts = [one.text for one in work.sentences]
    if len(texts) > 1:
        return [*words, texts[0]]
    if work.head is None:
        return [*words, "--head", str(int(work.habits.bits.argmin())), *texts]
    return [*words, *texts, "a kitten is asleep"]
