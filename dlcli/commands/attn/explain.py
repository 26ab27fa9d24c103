"""One score of an attention, from its products to its share, and what it adds to the output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.attn.record import Work
from dlcli.engines.attention.attention import Attended
from dlcli.engines.attention.terms import PairTerms
from dlcli.tensor import Axis
from dlcli.views.look import SMALL
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import NO_CELLS, Listed, listed
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import softmax_row
from dlcli.views.tables.matrix import Matrix
from dlcli.views.tables.sums import largest, sum_of_others
from dlcli.views.tables.table import Table
from dlcli.views.text.cell import checked
from dlcli.views.text.formula import Formula, bracketed, plus
from dlcli.views.text.text import clip
from dlcli.words.number import MINUS, Numbers, number

LISTED = 16  # products up to which all are listed
LARGEST = 8  # how many are, of more
VALUES = 12  # features of a value that are shown


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The products behind one score, the division, the softmax of its row, and what the value adds.

    Raises ``WrongUsage`` when there is no such query and key.
    """
    query, key = checked(cell, work.cells)
    row, terms = work.row(query), work.terms(query, key)
    places = _place(work.axes[0], query), _place(work.axes[1], key)
    head = f", head {work.head}" if work.heads > 1 else ""
    share = number(row.weights[0, key], precision)
    name = (
        "masked"
        if work.alters
        else "capped"
        if work.cap is not None
        else "scaled"
        if work.scales
        else "score"
    )
    return Story(
        Section("input", "Input", origin_words(work.input, precision), cells=_tokens(work, query, key)),
        Section("arithmetic", "Score", Text(f"query {places[0]}, key {places[1]}{head}", style="dim"),
                _products(terms, precision), _vector(work, 0, query)),
        Section("arithmetic", "On its way", body=Group(*_steps(work, row, terms, (query, key), precision)),
                cells=_vector(work, 1, key)),
        Section("arithmetic", "Softmax", Text(f"of the row of query {places[0]}", style="dim"),
                softmax_row(work.axes[1], row.masked[0], row.weights[0], key, name, precision),
                listed(work.cells, [(query, other) for other in range(work.cells.shape[1])])),
        Section("arithmetic", "Value", Text(f"{share} of the value of {places[1]}", style="dim"),
                _value(work, row, key, precision), _vector(work, 2, key)),
        Section("result", "Weight", Text(f"{share}: query {places[0]} at key {places[1]}{head}")),
    )  # fmt: skip


def explain_of_heads(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """As ``explain``, of a cell (head, query, key) of several heads; of one head (query, key).

    Raises ``WrongUsage`` when there is no such cell.
    """
    if len(work.all_cells.shape) == 2:
        return explain(work, cell, precision=precision)
    head, query, key = checked(cell, work.all_cells)
    return explain(replace(work, head=head), (query, key), precision=precision)


def _vector(work: Work, place: int, token: int) -> Listed:
    """The numbers of a query (0), a key (1) or a value (2) in the table that a story has of them."""
    table = work.told_as(place) if work.projection is None else None
    if table is None or max(table.shape) > SMALL:
        return NO_CELLS
    return listed(table, [(token, feature) for feature in range(table.shape[1])])


def _tokens(work: Work, query: int, key: int) -> Listed:
    """What was read of the query and, where keys are made of the same input, of the key."""
    x = work.input
    both = {query, key} if work.key.given is work.query.given else {query}
    if x.data.ndim not in (1, 2) or x.shape[0] != work.cells.shape[0]:
        return NO_CELLS
    features = [()] if x.data.ndim == 1 else [(i,) for i in range(x.shape[1])]
    return listed(x, [(token, *feature) for token in sorted(both) for feature in features])


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
    texts = Numbers(np.array([*listed, *(value for _, value in sums)]), precision).texts.tolist()
    columns = [Numbers(part[shown], precision).texts.tolist() for part in (terms.left, terms.right)]
    header = ["feature", *terms.names, "product"]
    if terms.sums is not None:
        header = ["unit", "q A + k B", *terms.names, "product"]
        columns.insert(0, Numbers(terms.sums[shown], precision).texts.tolist())
    blank = [""] * len(columns)
    rows = [
        [str(int(place)), *parts, text] for place, *parts, text in zip(shown, *columns, texts, strict=False)
    ]
    rows += [[name, *blank, text] for (name, _), text in zip(sums, texts[len(listed) :], strict=True)]
    given = [place for place, head in enumerate(header) if place == 0 or head in terms.names]
    return Table(header, rows, right=range(1, len(header)), given=given)


def _steps(
    work: Work, row: Attended, terms: PairTerms, cell: tuple[int, int], precision: int
) -> Iterator[Formula]:
    query, key = cell
    score, scaled, capped, masked = (
        number(value, precision)
        for value in (row.scores[0, key], row.scaled[0, key], row.capped[0, key], row.masked[0, key])
    )
    wide = len("masked")
    if terms.lengths is not None:
        total, *lengths = (number(value, precision) for value in (terms.total, *terms.lengths))
        yield Formula(
            "score", "q · k / (|q| · |k|)", f"{total} / ({' · '.join(lengths)})", score, name_width=wide
        )
    else:
        yield Formula("score", score, name_width=wide)
    if work.scale is not None:
        factor = bracketed(number(work.scale, precision))
        yield Formula("scaled", f"score · {factor}", f"{score} · {factor}", scaled, name_width=wide)
    elif work.scales:
        root = number(work.width**0.5, precision)
        yield Formula("scaled", f"score / √{work.width}", f"{score} / {root}", scaled, name_width=wide)
    if work.cap is not None:
        cap = number(work.cap, precision)
        yield Formula(
            "capped", f"{cap} · tanh({'scaled' if work.scales else 'score'} / {cap})",
            f"{cap} · tanh({scaled} / {cap})", capped, name_width=wide,
        )  # fmt: skip
    if work.alters:
        left, taken = row.capped[0, key], 0.0
        sides = [capped]
        if work.slopes is not None:
            slope, apart = float(work.slopes[work.head]), abs(query + work.offset - key)
            sides.append(f"{MINUS} {number(slope, precision)} · {apart}")
            taken = slope * apart
        if np.isneginf(row.masked[0, key]):
            sides.append(f"{MINUS} inf")
        elif added := work.mask is not None and row.masked[0, key] - (left - taken):
            sides.append(plus(number(added, precision)))
        yield Formula("masked", " ".join(sides), masked.replace("-", MINUS), name_width=wide)


def _value(work: Work, row: Attended, key: int, precision: int) -> RenderableType:
    """The value, what of it this query takes, and all that it takes together."""
    value = row.value[..., key, :].reshape(-1)
    share = row.weights[0, key]
    output = row.output.reshape(-1)
    lines = np.stack([value, share * value, output])[:, :VALUES]
    axis = Axis("row", ("value", "× weight", "output"))
    more = len(value) - VALUES
    table = Matrix(lines, rows=axis, columns=Axis("feature"), precision=precision)
    below = "output: what all keys add up to" + (f"; {more} more features" if more > 0 else "")
    return Group(table, Text(below, style="dim"))
