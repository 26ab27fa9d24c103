"""Tables and maps of the scores and weights of an attention."""

from __future__ import annotations

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.attn.protocol import Work
from dlcli.tensor import Array, Axis
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.look import SMALL
from dlcli.views.pictures.picture import HEIGHT
from dlcli.views.shelf import Shelf
from dlcli.views.tables.matrix import Matrix
from dlcli.words.digits import digits
from dlcli.words.number import number

HEADS = 8  # heads that are drawn
FEW = 6  # queries and keys up to which two tables of numbers stand beside each other
WORDS = 32  # queries up to which each has a line of a map to itself, with its word beside it
TALL = 12  # terminal rows of the map of one head among several
SUM = "Σ"


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
