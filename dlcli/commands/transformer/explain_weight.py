"""One attention weight of a transformer: the products behind its score, and the softmax of its row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.commands.transformer.protocol import Work
from dlcli.tensor import Array, Axis
from dlcli.views.origin import whence
from dlcli.views.story import Section, Story
from dlcli.views.tables.arithmetic import sum_of_others
from dlcli.views.tables.bar_table import BarTable
from dlcli.views.tables.score_sum import score_sum
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import MINUS, number

if TYPE_CHECKING:
    from dlcli.engines.attention.attention import Attended

LISTED = 12  # keys of a row that are listed


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Query times key of one head, the division, and what share of its row that gets.

    Raises ``WrongUsage`` when there is no such cell.
    """
    layer, head, query, key = checked(cell, work.weights)
    attended, axes = work.attended(layer), work.weights.axes[2:]
    q, k = attended.query[head, query], attended.key[head, key]
    names = [f"“{clip(axis.place(at), 16)}”" if axis.labels else f"{axis.name} {at}"
             for axis, at in zip(axes, (query, key), strict=True)]  # fmt: skip
    at = f"block {layer}, head {head}: {names[0]} looks at {names[1]}"
    weight = number(attended.weights[head, query, key], precision)
    return Story(
        (
            Section("input", "Input", whence(work.input, precision)),
            Section("arithmetic", "Score", Text(at, style="dim"), score_sum(q, k, "query", "key", precision)),
            Section("arithmetic", "On its way", body=Group(*_way(attended, (head, query, key), precision))),
            Section("arithmetic", "Softmax", Text(f"of the row of {names[0]}", style="dim"),
                    _row(attended, head, query, key, axes[1], precision)),
            Section("result", "Weight", Text(f"{weight} at {cell_words(cell, work.weights)}")),
        )
    )  # fmt: skip


def _way(attended: Attended, cell: tuple[int, int, int], precision: int) -> Iterator[Formula]:
    """From the sum to what the softmax is given."""
    score, scaled = (number(array[cell], precision) for array in (attended.scores, attended.scaled))
    width = attended.query.shape[-1]
    root = number(width**0.5, precision)
    wide = len("scaled")
    yield Formula("scaled", f"q · k / √{width}", f"{score} / {root}", scaled, name_width=wide)
    if np.isneginf(attended.masked[cell]):
        yield Formula("masked", f"{scaled} {MINUS} inf", f"{MINUS}inf", name_width=wide)


def _row(attended: Attended, head: int, query: int, key: int, axis: Axis, precision: int) -> BarTable:
    """A line for each key: what the softmax is given, the exponential, the share."""
    masked, weights = attended.masked[head, query].astype(np.float64), attended.weights[head, query]
    finite = masked[np.isfinite(masked)]
    top = float(finite.max()) if finite.size else 0.0
    powers: Array = np.exp(masked - top)
    shown = np.arange(len(weights))
    if len(weights) > LISTED:
        shown = np.union1d(np.argsort(-np.nan_to_num(weights), kind="stable")[:LISTED], [key])
    power = f"exp(x {'+' if top < 0 else MINUS} {number(abs(top), precision)})"
    columns = {"x": masked[shown], power: powers[shown], "weight": weights[shown]}
    totals = [("sum", {power: powers.sum(), "weight": weights.sum()})]
    if len(shown) < len(weights):
        rest = {power: sum_of_others(powers, shown), "weight": sum_of_others(weights, shown)}
        totals.insert(0, (f"{len(weights) - len(shown)} others", rest))
    marked = int(np.searchsorted(shown, key))
    labels = [axis.place(int(place)) for place in shown]
    return BarTable("key", labels, columns, totals=totals, marked=marked, precision=precision)
