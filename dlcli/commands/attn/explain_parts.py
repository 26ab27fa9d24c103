"""One number of the queries, keys, values or output of an attention: the sum that it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.attn.record import Work
from dlcli.tensor import Array, Axis
from dlcli.views.origin import origin_words
from dlcli.views.story import Section, Story
from dlcli.views.tables.sums import SumTable, largest, score_sum, sum_of_others
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.formula import Formula, bracketed, plus
from dlcli.views.text.text import clip
from dlcli.words.number import MINUS, number

LISTED = 12  # products of a sum that are listed

ROLES = ("queries", "keys", "values")


def explain_part(work: Work, cell: tuple[int, ...], *, precision: int = 4, place: int) -> Story:
    """A query's, key's or value's number (token, feature): Σ x · w and the bias, and the turn of its pair.

    Raises ``WrongUsage`` when there is no such cell.
    """
    tensor = work.part(place)
    cell = checked(cell, tensor)
    head, token, feature = cell if len(cell) == 3 else (0, *cell)
    source = (work.query, work.key, work.value)[place]
    sections = [Section("input", "Input", origin_words(work.input, precision))]
    named = clip(source.axis.place(token), 20)
    turned = work.turned is not None and place < 2
    columns = [feature]
    if turned:
        columns = list(_pair(feature, tensor.shape[-1], interleaved=work.turned == "rotary-interleaved"))
    before = [_before(work, place, head, token, column) for column in columns]
    joined = source.tensor.data.ndim == 2  # heads share the features of a token
    shared = len(work.parts[place]) > 1
    for column, (left, right, bias, value) in zip(columns, before, strict=True):
        at, name = head * tensor.shape[-1] * joined + column, f"W{ROLES[place][0]}"
        which = f"of token {named}" + f", head {head}" * shared
        if right is None:
            taken = "the token itself" if source.place == "none" else "the token's vector with its place"
            told = f"{number(value, precision)}: {taken}, feature {at}; no matrix"
            body: RenderableType = Text(told)
        else:
            which += f", column {at} of {name}" * (turned or shared)
            beside = {"bias": float(bias)} if bias else None
            body = score_sum(left, right, "x", name, precision, name="feature", most=LISTED, beside=beside,
                             total=value)  # fmt: skip
        sections.append(Section("arithmetic", "Product", Text(which, style="dim"), body))
    if turned:
        values = [one[3] for one in before]
        sections.append(_turn(work, place, (head, token, feature), values, precision))
    found = f"{number(tensor.data[cell], precision)} at {cell_words(cell, tensor)}"
    result = Section("result", ROLES[place].capitalize(), Text(found))
    return Story(*sections, result)


explain_queries, explain_keys, explain_values = (partial(explain_part, place=place) for place in range(3))


def _before(
    work: Work, place: int, head: int, token: int, column: int
) -> tuple[Array, Array | None, float, float]:
    """Tokens, a column of the matrix, its bias and their sum; no column where there is no matrix."""
    source = (work.query, work.key, work.value)[place]
    part = work.parts[place]
    data = source.tensor.data
    if work.projection is None:
        own = data[token] if data.ndim == 2 else data[min(head, len(data) - 1), token]
        at = head * part.shape[-1] + column if data.ndim == 2 else column
        return own, None, 0.0, float(own[at])
    layer = (work.projection.query, work.projection.key, work.projection.value)[place]
    at = head * part.shape[-1] + column
    x, kernel = data[token].astype(np.float64), layer.kernel[:, at].astype(np.float64)
    bias = float(layer.bias[at])
    return x, kernel, bias, float(x @ kernel) + bias


def _pair(feature: int, width: int, *, interleaved: bool) -> tuple[int, int]:
    """The two features that turn together, one of which this is.

    >>> _pair(1, 8, interleaved=False), _pair(5, 8, interleaved=False), _pair(5, 8, interleaved=True)
    ((1, 5), (1, 5), (4, 5))
    """
    if interleaved:
        return feature - feature % 2, feature - feature % 2 + 1
    first = feature % (width // 2)
    return first, first + width // 2


def _turn(work: Work, place: int, cell: tuple[int, int, int], pair: list[float], precision: int) -> Section:
    """The pair (a, b) turned by the angle of its place."""
    head, token, feature = cell
    width = work.parts[place].shape[-1]
    interleaved = work.turned == "rotary-interleaved"
    first, second = _pair(feature, width, interleaved=interleaved)
    i = first // 2 if interleaved else first
    at = token + (work.offset if place == 0 else 0)
    angle = at / 10000 ** (2 * i / width)
    a, b = pair
    texts = [number(one, precision) for one in (a, b, angle)]
    if feature == first:
        rule, sum_ = f"a cos θ {MINUS} b sin θ", f"{texts[0]} · cos θ {MINUS} {bracketed(texts[1])} · sin θ"
        made = a * np.cos(angle) - b * np.sin(angle)
    else:
        rule, sum_ = "a sin θ + b cos θ", f"{texts[0]} · sin θ {plus(texts[1])} · cos θ"
        made = a * np.sin(angle) + b * np.cos(angle)
    of = f" of head {head}" * (len(work.parts[place]) > 1)
    which = Text(f"features {first} and {second}{of} by the angle of place {at}", style="dim")
    lines = [
        Formula("θ", f"place / 10000^(2 · {i} / {width})",
                f"{at} / {number(10000 ** (2 * i / width), precision)}", texts[2], name_width=6),
        Formula("turned", rule, sum_, number(made, precision), name_width=6),
    ]  # fmt: skip
    return Section("arithmetic", "Turned", which, Group(*lines))


def explain_output(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """An output's number (query, feature): the values in their shares, and with an output matrix the mix.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    sections = [
        Section("input", "Input", origin_words(work.input, precision)),
        *_output(work, cell, precision),
    ]
    value = number(work.output.data[cell], precision)
    result = Section("result", "Output", Text(f"{value} at {cell_words(cell, work.output)}"))
    return Story(*sections, result)


def _output(work: Work, cell: tuple[int, ...], precision: int) -> Iterator[Section]:
    width = work.parts[2].shape[-1]
    if not work.joins:
        head, query, feature = cell
        yield _weighted(work, head, query, feature, precision)
        return
    query, feature = cell
    mixing = None if work.projection is None else work.projection.output
    if mixing is None:
        yield _weighted(work, feature // width, query, feature % width, precision)
        return
    found = np.concatenate(
        [_row(work, head, query)[1] for head in range(work.heads)]
    )  # (head · feature,): what the heads found, side by side
    column = mixing.kernel[:, feature].astype(np.float64)
    bias = float(mixing.bias[feature])
    most = int(largest(found * column, 1)[0])
    yield _weighted(work, most // width, query, most % width, precision)
    mixed = Text(f"what the heads found times column {feature} of Wo", style="dim")
    beside = {"bias": bias} if bias else None
    yield Section("arithmetic", "Mixed", mixed,
                  score_sum(found, column, "found", "Wo", precision, name="number", most=LISTED,
                            beside=beside, total=float(found @ column) + bias))  # fmt: skip


def _row(work: Work, head: int, query: int) -> tuple[Array, Array, Array]:
    """The weights (key,) of a query in a head, what it found (feature,), and the values (key, feature)."""
    row = replace(work, head=head).row(query)
    return (
        row.weights.reshape(-1).astype(np.float64),
        row.output.reshape(-1).astype(np.float64),
        row.value.reshape(-1, row.value.shape[-1]),
    )


def _weighted(work: Work, head: int, query: int, feature: int, precision: int) -> Section:
    """Σ over the keys of weight times value, the largest terms listed."""
    weights, found, values = _row(work, head, query)
    value = values[:, feature].astype(np.float64)
    products = weights * value
    shown = largest(products, LISTED)
    axis: Axis = work.axes[1]
    rows = [(clip(axis.place(i), 16), weights[i], value[i], products[i]) for i in shown.tolist()]
    rest = {f"{products.size - len(shown)} others": sum_of_others(products, shown)}
    extra = rest if len(shown) < products.size else {}
    which = f"query {clip(work.axes[0].place(query), 20)}, feature {feature}" + f", head {head}" * (
        work.heads > 1
    )
    table = SumTable(rows, extra, float(found[feature]), heads=("key", "weight", "value", "product"),
                     precision=precision)  # fmt: skip
    return Section("arithmetic", "Values in their shares", Text(which, style="dim"), table)
