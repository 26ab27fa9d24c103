"""Who looks at whom in the blocks of a transformer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.transformer.record import Work
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.look import SMALL
from dlcli.views.pictures.area import shrink
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section
from dlcli.views.tables.matrix import Matrix
from dlcli.views.tables.table import Table
from dlcli.views.text.text import clip
from dlcli.words.number import digits

HEADS = 8  # heads whose maps are drawn
COLUMNS = 4  # blocks and heads that a table of the strongest keys has columns for
LISTED = 12  # tokens that are listed
NUMBERS = 6  # tokens up to which attention weights are shown as numbers
DIGITS = 2  # of an attention weight
CELLS = 2 * SMALL  # tokens of which each has a place of its own in a map
LOW = 4  # terminal rows of a map at least


def attention(work: Work, precision: int) -> Iterator[Section]:
    """The maps of one block, head by head, and each token's strongest key in all blocks."""
    weights = work.weights
    heads = weights.shape[1]
    of_weights = digits(precision, DIGITS)
    shown = min(heads, HEADS)
    top = _top(weights.data[work.layer, :shown])
    maps = [
        _map(weights, work.layer, head, top, of_weights, legend=top < 1 and head == shown - 1)
        for head in range(shown)
    ]
    more = f", {HEADS} of {heads} heads" if heads > HEADS else ""
    at = "at the memory" if work.at_memory else "each row adds up to 1"
    which = Text(f"block {work.layer}{more}: {at}", style="dim")
    yield Section("result", "Attention", which, Shelf(maps))
    yield Section("result", "Looks most at", body=_strongest(weights, work.layer, of_weights))


def _top(weights: Array) -> float:
    """The share that has the strongest colour: all, or, where areas are drawn, the most that one has."""
    rows, columns = (min(length, CELLS) for length in weights.shape[1:])
    if (rows, columns) == weights.shape[1:]:
        return 1.0
    means = np.stack([shrink(data, rows, columns) for data in weights])
    return float(means[np.isfinite(means)].max(initial=0)) or 1.0


def _map(
    weights: Tensor, layer: int, head: int, top: float, shown: int, *, legend: bool
) -> tuple[str, RenderableType]:
    """What one head looks at."""
    rows, columns = weights.axes[2:]
    data = weights.data[layer, head]
    if max(data.shape) <= NUMBERS:
        view: RenderableType = Matrix(
            data.round(shown),
            rows=rows,
            columns=columns,
            precision=shown,
            scale="sequential",
            limits=(0, 1),
        )
    else:
        # Labels would make each map as wide as the screen: the places are those of the tokens.
        axes = Axis(rows.name), Axis(columns.name)
        high = max(LOW, min(SMALL, -(-len(data) // 2)))  # half a row for each token
        view = HeatMap(data, *axes, scale="sequential", limits=(0, top), height=high, legend=legend)
    return f"head {head}", view


def _strongest(weights: Tensor, block: int, shown: int) -> RenderableType:
    """Each token's strongest key and its share: in all blocks and heads, or in some of one block."""
    layers, heads, queries, _ = weights.shape
    pairs = [(layer, head) for layer in range(layers) for head in range(heads)]
    if len(pairs) > COLUMNS:
        pairs = [(block, head) for head in range(min(heads, COLUMNS))]
    query, key = weights.axes[2:]
    rows = []
    for token in range(min(queries, LISTED)):
        row = [query.place(token)]
        for layer, head in pairs:
            shares: Array = weights.data[layer, head, token]
            at = int(shares.argmax())
            known = np.isfinite(shares[at])
            row.append(f"{clip(key.place(at), 10)} {shares[at]:.{shown}f}" if known else "nan")
        rows.append(row)
    header = ("token", *(f"block {layer} head {head}" for layer, head in pairs))
    columns = range(1, len(header))
    table = Table(header, rows, whole=columns, heads=columns)
    if queries <= LISTED:
        return table
    return Group(table, Text(f"and {queries - LISTED} more tokens", style="dim"))
