"""The story of a sentence in all layers of a trained encoder: every head, rollout, how each token changes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.attn.explain_model import EXPLAIN as EXPLAIN_MODEL
from dlcli.commands.attn.explain_model import explain, given
from dlcli.commands.attn.record_model import Work
from dlcli.commands.attn.story_model import model_facts, pair_sections, pieces_facts
from dlcli.engines.transformer.head_patterns import head_patterns
from dlcli.engines.transformer.sentence_vector import unit_vectors
from dlcli.tensor import Axis
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.charts.map_sheet import MapSheet
from dlcli.views.look import SMALL
from dlcli.views.shares import share_map, share_matrix
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.matrix import Matrix
from dlcli.views.tables.table import FactsTable, Table, no_room, with_rest
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import formulas
from dlcli.views.text.text import clip
from dlcli.words.number import fixed, number, percent, rounded

__all__ = ["explain", "story"]

LISTED = 16  # tokens whose changes are listed
DIGITS = 3  # of a cosine in a sentence
APART = 0.02  # by which two equal tokens part at least for it to be told


def story(work: Work, *, precision: int = 4) -> Story:
    """All heads of all layers as one sheet, their means, rollout, and the tokens from layer to layer."""
    layers = work.folder.layers
    heads = Text(_heads_words(work), style="dim")
    first = given(work)
    return Story(
        Section(first.part, first.name, first.title, FactsTable(pieces_facts(work.sentences[0]))),
        Section("formula", "Attention", body=formulas([
            ("weights", [f"softmax(Q Kᵀ / √{work.folder.width // work.design.heads})"]),
            ("rollout", ["R_l = (½ A_l + ½ I) · R_(l−1)"]),
            ("cosine", ["Σ a·b / (|a| · |b|)"]),
        ])),
        Section("parameters", "Model", body=FactsTable(model_facts(work))),
        Section("result", "All layers", heads, _sheet(work)),
        Section("result", "Means", Text("of the heads of each layer: A_l", style="dim"), _means(work)),
        Section("result", "What its layers look at", Text("shares, mean over heads and tokens", style="dim"),
                _patterns(work)),
        Section("result", "Rollout",
                Text(f"of each token of the input in each behind layer {layers - 1}, by attention alone",
                     style="dim"), _rollout(work)),
        *pair_sections(work, precision),
        Section("result", "How each token changes", Text("rows are tokens, columns layers", style="dim"),
                _changes(work)),
        Section("notice", "Notice", Text(" ".join(_notices(work)))),
        Section("next", "Try next", body=CommandLine(_next(work))),
    )  # fmt: skip


def _heads_words(work: Work) -> str:
    heads = f"head {work.head} of each"
    if not isinstance(work.head, int):
        heads = "the mean of their heads" if work.head else f"{work.design.heads} heads each"
    return f"{work.folder.layers}, {heads}; rows of a map are queries"


def _sheet(work: Work) -> RenderableType:
    weights = work.weights.data
    return MapSheet(weights if weights.ndim == 4 else weights[:, None], ("layer", "head"))


def _means(work: Work) -> RenderableType:
    weights = work.sentences[0].made.weights.mean(axis=1)
    axes, last = (Axis("query"), Axis("key")), len(weights) - 1
    top = float(weights.max())
    return Shelf(
        [
            (f"layer {layer}", share_map(data, *axes, top=top, legend=layer == last))
            for layer, data in enumerate(weights)
        ]
    )


def _patterns(work: Work) -> RenderableType:
    rows = []
    for layer, weights in enumerate(work.sentences[0].made.weights):
        found = head_patterns(weights)
        shares = [fixed(share, 2) for share in found.shares.mean(axis=0)]
        rows.append((str(layer), *shares, f"{fixed(found.bits.mean(), 2)} bits"))
    header = ("layer", "itself", "before", "after", "[CLS]", "[SEP]", "entropy")
    return Table(header, rows, right=range(7), spare=(3, 2), missing=no_room)


def _rollout(work: Work) -> RenderableType:
    rolled, token = work.rolled[-1], work.sentences[0].token
    rows, columns = Axis("query", token.labels), Axis("key", token.labels)
    if len(rolled) <= SMALL:
        return share_matrix(rounded(rolled, 2), rows, columns, precision=2)
    return HeatMap(rolled, rows, columns, scale="sequential", limits=(0, float(rolled.max())))


def _changes(work: Work) -> RenderableType:
    """Cosines with the layer before and with what came in, and lengths: a row for each token."""
    token = work.sentences[0].token
    labels = (token.labels or ())[:LISTED]
    rows, behind = Axis("token", labels), Axis("layer", ("input", *map(str, range(work.folder.layers))))
    changes = work.changes
    blocks: list[tuple[str, RenderableType]] = []
    for name, data, limits in (
        ("cosine with layer before", changes.previous, (-1.0, 1.0)),
        ("cosine with what came in", changes.first, (-1.0, 1.0)),
        ("length", changes.norms, None),
    ):
        shown = rounded(data.T[: len(labels)], 2)
        view = Matrix(shown, rows=rows, columns=behind, precision=3 if limits else 2, limits=limits)
        blocks.append((name, view))
    return with_rest(Shelf(blocks), len(token.labels or ()) - len(labels), "tokens")


def _notices(work: Work) -> Iterator[str]:
    changes, pieces = work.changes, work.sentences[0].pieces.pieces
    by_layer = changes.previous[1:].mean(axis=1)
    most = int(by_layer.argmin())
    cosine = number(float(by_layer[most]), DIGITS)
    yield f"Layer {most} turns the tokens most: a cosine of {cosine} in the mean with what came into it."
    words = [i for i, piece in enumerate(pieces) if piece not in ("[CLS]", "[SEP]")]
    if words:
        last = changes.first[-1, words]
        far = clip(pieces[words[int(last.argmin())]], 16)
        yield f"Of the words “{far}” ends farthest from where it began: {number(float(last.min()), DIGITS)}."
    yield from _equal(work)
    if words:
        shares = work.rolled[-1, 0, words]
        one = clip(pieces[words[int(shares.argmax())]], 16)
        share = percent(float(shares.sum()), precision=2)
        yield (
            f"By rollout, {share} of [CLS] comes from words, most from “{one}”; what values and feed-forward "
            "parts do is not in it."
        )


def _equal(work: Work) -> Iterator[str]:
    """Two equal tokens, whose vectors differ by their places alone at first, and by what is around them."""
    pieces = work.sentences[0].pieces.pieces
    units = unit_vectors(work.layers.data.astype(np.float64))
    for second, piece in enumerate(pieces):
        first = pieces.index(piece)
        if first < second and piece != "[SEP]":
            begin, end = (float(units[at, first] @ units[at, second]) for at in (0, -1))
            if begin - end >= APART:
                both = f"{number(begin, DIGITS)} and leave with {number(end, DIGITS)}"
                yield (
                    f"The two “{clip(piece, 16)}” come in with the cosine {both}: each is now that of its "
                    "place."
                )
            return


def _next(work: Work) -> list[str]:
    text, last = work.sentences[0].text, work.folder.layers - 1
    row = work.rolled[-1, 0].copy()
    row[0] = -1
    cell = f"{last},0,{int(row.argmax())}"
    return work.line.again(text, "--emit", "rollout", "--explain", cell, without=("--emit", "--explain"))


#: Result -> what explains its cells.
EXPLAIN = EXPLAIN_MODEL
