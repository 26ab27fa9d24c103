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
from dlcli.commands.kinds.attention.layers_story import (
    change_notices,
    changes_section,
    mean_maps,
    rollout_notice,
    rollout_section,
)
from dlcli.engines.transformer.head_patterns import head_patterns
from dlcli.engines.transformer.sentence_vector import unit_vectors
from dlcli.views.charts.map_sheet import MapSheet
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import FactsTable, Table, no_room
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import formulas
from dlcli.views.text.text import clip
from dlcli.words.number import fixed, number

__all__ = ["explain", "story"]

DIGITS = 3  # of a cosine in a sentence
APART = 0.02  # by which two equal tokens part at least for it to be told


def story(work: Work, *, precision: int = 4) -> Story:
    """All heads of all layers as one sheet, their means, rollout, and the tokens from layer to layer."""
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
        Section("result", "Means", Text("of the heads of each layer: A_l", style="dim"),
                mean_maps(work.sentences[0].made.weights, "layer")),
        Section("result", "What its layers look at", Text("shares, mean over heads and tokens", style="dim"),
                _patterns(work)),
        rollout_section(work.rollout, "layer"),
        *pair_sections(work, precision),
        changes_section(work.changes, work.sentences[0].token),
        Section("notice", "Notice", Text(" ".join(_notices(work)))),
        Section("next", "Try next", body=CommandLine(_next(work))),
    )  # fmt: skip


def _heads_words(work: Work) -> str:
    heads = f"head {work.head} of each"
    if not isinstance(work.head, int):
        heads = (
            "the mean of their heads"
            if work.head
            else f"{work.design.heads} head{'s' * (work.design.heads != 1)} each"
        )
    return f"{work.folder.layers}, {heads}; rows of a map are queries"


def _sheet(work: Work) -> RenderableType:
    weights = work.weights.data
    if work.head is None:
        return MapSheet(weights, ("layer", "head"))
    return MapSheet(weights[:, None], ("layer", "head"), columns=[str(work.head)])


def _patterns(work: Work) -> RenderableType:
    rows = []
    for layer, weights in enumerate(work.sentences[0].made.weights):
        found = head_patterns(weights)
        shares = [fixed(share, 2) for share in found.shares.mean(axis=0)]
        rows.append((str(layer), *shares, f"{fixed(found.bits.mean(), 2)} bits"))
    header = ("layer", "itself", "before", "after", "[CLS]", "[SEP]", "entropy")
    return Table(header, rows, right=range(7), spare=(3, 2), missing=no_room)


def _notices(work: Work) -> Iterator[str]:
    sentence = work.sentences[0]
    words = [i for i, piece in enumerate(sentence.pieces.pieces) if piece not in ("[CLS]", "[SEP]")]
    yield from change_notices(work.changes, sentence.token, words, "layer")
    yield from _equal(work)
    if words:
        yield rollout_notice(work.rollout, words)


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
    row = work.rollout.data[-1, 0].copy()
    row[0] = -1
    cell = f"{last},0,{int(row.argmax())}"
    return work.line.again(text, "--emit", "rollout", "--explain", cell, without=("--emit", "--explain"))


#: Result -> what explains its cells.
EXPLAIN = EXPLAIN_MODEL
