"""One score of an attention, from its products to its share, and what it adds to the output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.attn.protocol import Work
from dlcli.tensor import Axis
from dlcli.views.origin import whence
from dlcli.views.story import Section, Story
from dlcli.views.tables.arithmetic import largest, sum_of_others
from dlcli.views.tables.bar_table import BarTable
from dlcli.views.tables.matrix import Matrix
from dlcli.views.tables.table import Table
from dlcli.views.text.cell import checked
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import MINUS, Numbers, number

if TYPE_CHECKING:
    from dlcli.engines.attention.attention import Attended
    from dlcli.engines.attention.terms import PairTerms

LISTED = 16  # products up to which all are listed
LARGEST = 8  # how many are, of more
KEYS = 12  # keys of a row that are listed
VALUES = 12  # features of a value that are shown


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The products behind one score, the division, the softmax of its row, and what the value adds.

    Raises ``WrongUsage`` when there is no such query and key.
    """
    query, key = checked(cell, work.cells)
    row, terms = work.row(query), work.terms(query, key)
    names = _place(work.axes[0], query), _place(work.axes[1], key)
    head = f", head {work.head}" if work.heads > 1 else ""
    share = number(row.weights[0, key], precision)
    return Story(
        (
            Section("input", "Input", whence(work.input, precision)),
            Section("arithmetic", "Score", Text(f"query {names[0]}, key {names[1]}{head}", style="dim"),
                    _products(terms, precision)),
            Section("arithmetic", "On its way", body=Group(*_way(work, row, terms, key, precision))),
            Section("arithmetic", "Softmax", Text(f"of the row of query {names[0]}", style="dim"),
                    _row(work, row, key, precision)),
            Section("arithmetic", "Value", Text(f"{share} of the value of {names[1]}", style="dim"),
                    _value(work, row, key, precision)),
            Section("result", "Weight", Text(f"{share}: query {names[0]} at key {names[1]}{head}")),
        )
    )  # fmt: skip


def _place(axis: Axis, index: int) -> str:
    return f"{clip(axis.place(index), 24)} ({index})" if axis.labels else str(index)


def _products(terms: PairTerms, precision: int) -> RenderableType:
    """Factor times factor, one line each; of many the largest."""
    count = len(terms.products)
    shown = np.arange(count) if count <= LISTED else largest(terms.products, LARGEST)
    listed = terms.products[shown]
    sums = [("sum", terms.total)]
    if len(shown) < count:
        sums.insert(0, (f"{count - len(shown)} others", sum_of_others(terms.products, shown)))
    told = Numbers(np.array([*listed, *(value for _, value in sums)]), precision).texts.tolist()
    columns = [Numbers(part[shown], precision).texts.tolist() for part in (terms.left, terms.right)]
    header = ["feature", *terms.names, "product"]
    if terms.sums is not None:
        header = ["unit", "q A + k B", *terms.names, "product"]
        columns.insert(0, Numbers(terms.sums[shown], precision).texts.tolist())
    blank = [""] * len(columns)
    rows = [
        [str(int(place)), *parts, text] for place, *parts, text in zip(shown, *columns, told, strict=False)
    ]
    rows += [[name, *blank, text] for (name, _), text in zip(sums, told[len(listed) :], strict=True)]
    return Table(header, rows, right=range(1, len(header)))


def _way(work: Work, row: Attended, terms: PairTerms, key: int, precision: int) -> Iterator[Formula]:
    """From the sum to what the softmax is given."""
    told = [
        number(value, precision) for value in (row.scores[0, key], row.scaled[0, key], row.masked[0, key])
    ]
    wide = len("masked")
    if terms.lengths is not None:
        total, *lengths = (number(value, precision) for value in (terms.total, *terms.lengths))
        yield Formula(
            "score", "q · k / (|q| · |k|)", f"{total} / ({' · '.join(lengths)})", told[0], name_width=wide
        )
    else:
        yield Formula("score", told[0], name_width=wide)
    if work.similarity.name == "scaled":
        root = number(work.width**0.5, precision)
        yield Formula("scaled", f"score / √{work.width}", f"{told[0]} / {root}", told[1], name_width=wide)
    if work.hides:
        hidden = np.isneginf(row.masked[0, key])
        added = f"{MINUS}inf" if hidden else number(row.masked[0, key] - row.scaled[0, key], precision)
        yield Formula("masked", f"{told[1]} {_plus(added)}", told[2].replace("-", MINUS), name_width=wide)


def _plus(told: str) -> str:
    return f"{MINUS} {told[1:]}" if told.startswith(MINUS) else f"+ {told}"


def _row(work: Work, row: Attended, key: int, precision: int) -> BarTable:
    """All keys of the query, or the most weighted ones, and the one that is asked about."""
    masked, weights = row.masked[0].astype(np.float64), row.weights[0]
    finite = masked[np.isfinite(masked)]
    top = float(finite.max()) if finite.size else 0.0
    with np.errstate(invalid="ignore"):
        powers = np.exp(masked - top)
    count = len(weights)
    shown = np.arange(count)
    if count > KEYS:
        shown = np.union1d(np.argsort(-np.nan_to_num(weights), kind="stable")[:KEYS], [key])
    axis = work.axes[1]
    name = "masked" if work.hides else "scaled" if work.similarity.name == "scaled" else "score"
    columns = {
        name: masked[shown],
        f"exp(x {_minus(top, precision)})": powers[shown],
        "weight": weights[shown],
    }
    power = list(columns)[1]
    totals = [("sum", {power: powers.sum(), "weight": weights.sum()})]
    if len(shown) < count:
        rest = {power: sum_of_others(powers, shown), "weight": sum_of_others(weights, shown)}
        totals.insert(0, (f"{count - len(shown)} others", rest))
    labels = [axis.place(int(i)) for i in shown]
    marked = int(np.searchsorted(shown, key))
    return BarTable("key", labels, columns, totals=totals, marked=marked, precision=precision)


def _minus(value: float, precision: int) -> str:
    """A number that is taken away, in words of a formula."""
    told = number(abs(value), precision)
    return f"{MINUS} {told}" if value >= 0 else f"+ {told}"


def _value(work: Work, row: Attended, key: int, precision: int) -> RenderableType:
    """The value, what of it this query takes, and all that it takes together."""
    value = row.value[..., key, :].reshape(-1)
    share = row.weights[0, key]
    found = row.output.reshape(-1)
    lines = np.stack([value, share * value, found])[:, :VALUES]
    axis = Axis("row", ("value", "× weight", "output"))
    more = len(value) - VALUES
    table = Matrix(lines, rows=axis, columns=Axis("feature"), precision=precision)
    below = "output: what all keys add up to" + (f"; {more} more features" if more > 0 else "")
    return Group(table, Text(below, style="dim"))
