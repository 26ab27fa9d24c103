"""Tables and maps of the scores and weights of an attention, and what each query looks at most."""

from __future__ import annotations

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.attn.record import Work
from dlcli.tensor import Array, Axis
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.look import SMALL
from dlcli.views.pictures.picture import HEIGHT
from dlcli.views.shelf import Shelf
from dlcli.views.tables.matrix import Matrix
from dlcli.views.tables.table import Table, no_room
from dlcli.views.text.text import clip
from dlcli.words.number import digits, number

HEADS = 8  # heads that are drawn
FEW = 6  # queries and keys up to which two tables of numbers stand beside each other
WORDS = 32  # queries up to which each has a line of a map to itself, with its word beside it
TALL = 12  # terminal rows of the map of one head among several
SUM = "Σ"
LISTED = 12  # queries that are listed
DIGITS = 3  # of a share and of an entropy


def scores_table(work: Work, scores: Array, precision: int) -> Matrix:
    """Numbers (head, query, key) of the head that is looked into, labelled by its tokens."""
    query, key = work.axes
    data = scores[work.head]
    return Matrix(data, rows=query, columns=key, precision=precision)


def weights_table(work: Work, precision: int) -> RenderableType:
    """The shares, and what each row adds up to; of many a map."""
    query, key = work.axes
    if max(work.cells.shape) > SMALL:
        words = query.labels is not None and len(query.labels) <= WORDS
        return weights_map(work, work.survey.picture[work.head], height=WORDS if words else HEIGHT)
    data = work.attended.weights[work.head]
    data = np.concatenate([data, data.sum(axis=1, keepdims=True)], axis=1)
    keys = (*(key.place(i) for i in range(data.shape[1] - 1)), SUM)
    return Matrix(
        data,
        rows=query,
        columns=Axis("key", keys),
        precision=precision,
        scale="sequential",
        limits=(0, 1),
        sums=1,
    )


def weights_map(
    work: Work, picture: Array, *, height: int = HEIGHT, legend: bool = True, top: float | None = None
) -> RenderableType:
    """Shares as colours up to ``top``, or to the largest; of blocks of them, without labels."""
    axes = [
        axis if length == blocks else _coarser(axis, length / blocks)
        for axis, length, blocks in zip(work.axes, work.cells.shape, picture.shape, strict=True)
    ]
    limits = (0.0, top or _largest(picture))
    return HeatMap(picture, *axes, scale="sequential", limits=limits, height=height, legend=legend)


def _coarser(axis: Axis, tokens: float) -> Axis:
    """The places of blocks of so many tokens along an axis: numbers where it has such, or indices."""
    return Axis(axis.name, start=axis.start or 0.0, step=(axis.step or 1.0) * tokens, unit=axis.unit)


def _largest(picture: Array) -> float:
    return float(picture[np.isfinite(picture)].max(initial=0)) or 1.0


def heads_maps(work: Work, precision: int) -> RenderableType:
    """A small map of each head in the same colours, with how even its rows are on average."""
    shown = min(work.heads, HEADS)
    bits, pictures = work.survey.bits, work.survey.picture
    top = _largest(pictures[:shown])
    maps = [
        (
            f"head {head}: {number(float(np.mean(bits[head])), digits(precision, 3))} bits",
            weights_map(work, pictures[head], height=TALL, legend=False, top=top),
        )
        for head in range(shown)
    ]
    if shown == work.heads:
        return Shelf(maps)
    return Group(Shelf(maps), Text(f"and {work.heads - shown} more heads", style="dim"))


def beside(work: Work, picture: Array, precision: int) -> RenderableType:
    """A map to stand beside another, both from 0 to 1: numbers of few weights."""
    query, key = work.axes
    if max(picture.shape) <= FEW:
        shown = digits(precision, 2)
        return Matrix(picture, rows=query, columns=key, precision=shown, scale="sequential", limits=(0, 1))
    return weights_map(work, picture, height=TALL, legend=False)


def by_query(work: Work, precision: int) -> RenderableType:
    """The strongest key of each query, its share, and how even the row is."""
    survey, (query, key) = work.survey, work.axes
    bits, strongest, share, blind = (
        part[work.head] for part in (survey.bits, survey.strongest, survey.share, survey.blind)
    )
    shown, rows = digits(precision, DIGITS), []
    for i in range(min(len(bits), LISTED)):
        place = [query.place(i), str(i)] if query.labels else [query.place(i)]
        if blind[i]:
            rows.append([*place, "nothing", "", "", ""])
            continue
        if np.isnan(share[i]):
            rows.append([*place, "no number", "", "", ""])
            continue
        at = int(strongest[i])
        seen = f"{clip(key.place(at), 16)} ({at})" if key.labels else key.place(at)
        part, even, keys = (number(value, shown) for value in (share[i], bits[i], 2.0 ** bits[i]))
        rows.append([*place, seen, part, _many(even, "bit"), _many(keys, "key")])
    header = [
        "query",
        *(["place"] if query.labels else []),
        "looks most at",
        "share",
        "entropy",
        "as even as",
    ]
    right = range(len(header) - 3, len(header))
    spare = [*([1] if query.labels else []), len(header) - 1]
    table = Table(header, rows, right=right, spare=spare, missing=no_room)
    most = number(float(np.log2(max(work.parts[1].shape[-2], 1))), shown)
    more = f"and {len(bits) - LISTED} more queries; " if len(bits) > LISTED else ""
    below = f"{more}a row of shares all alike has {_many(most, 'bit')}"
    return Group(table, Text(below, style="dim"))


def _many(number: str, what: str) -> str:
    return f"{number} {what}{'s' * (number != '1')}"
