"""What a stack of layers did to its tokens, as stories tell it: sheets of maps, rollout, cosines by layer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.engines.transformer.rollout import with_residual
from dlcli.engines.transformer.token_changes import TokenChanges
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.look import SMALL
from dlcli.views.shares import share_map, share_matrix
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section
from dlcli.views.tables.matrix import Matrix
from dlcli.views.tables.sums import SumTable, largest, score_sum, sum_of_others
from dlcli.views.tables.table import with_rest
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import number, percent, rounded

LISTED = 16  # tokens whose changes are listed
TERMS = 12  # summands that are listed
NAME = 16  # cells of a token's name
DIGITS = 3  # of a cosine in a sentence


def mean_maps(weights: Array, word: str) -> RenderableType:
    """The mean over the heads of weights (layer, head, T, T) as small maps, each under its layer."""
    means = weights.mean(axis=1)
    top, last = float(means[np.isfinite(means)].max(initial=0)) or 1.0, len(means) - 1
    axes = Axis("query"), Axis("key")
    return Shelf(
        [
            (f"{word} {layer}", share_map(data, *axes, top=top, legend=layer == last))
            for layer, data in enumerate(means)
        ]
    )


def rollout_section(rollout: Tensor, word: str, leaves_out: str = "") -> Section:
    """How much of each token of the input is in each behind the last layer; ``leaves_out`` is not in it."""
    rolled, (_, rows, columns) = rollout.data[-1], rollout.axes
    view: RenderableType
    if len(rolled) <= SMALL:
        view = share_matrix(rounded(rolled, 2), rows, columns, precision=2)
    else:
        view = HeatMap(rolled, rows, columns, scale="sequential", limits=(0, float(rolled.max())))
    last = len(rollout.data) - 1
    what = f"attention among them, {leaves_out} left out" if leaves_out else "attention alone"
    told = Text(f"of each token of the input in each behind {word} {last}, by {what}", style="dim")
    return Section("result", "Rollout", told, view)


def changes_section(changes: TokenChanges, token: Axis) -> Section:
    """Cosines with the layer before and with what came in, and lengths: a row for each token."""
    count = changes.norms.shape[1]
    shown = min(count, LISTED)
    rows = Axis("token", tuple(token.place(i) for i in range(shown)))
    layer = Axis("layer", ("input", *map(str, range(len(changes.norms) - 1))))
    blocks: list[tuple[str, RenderableType]] = []
    for name, data, limits in (
        ("cosine with layer before", changes.previous, (-1.0, 1.0)),
        ("cosine with what came in", changes.first, (-1.0, 1.0)),
        ("length", changes.norms, None),
    ):
        numbers = rounded(data.T[:shown], 2)
        precision = 3 if limits else 2
        blocks.append((name, Matrix(numbers, rows=rows, columns=layer, precision=precision, limits=limits)))
    said = Text("rows are tokens, columns layers", style="dim")
    return Section(
        "result", "How each token changes", said, with_rest(Shelf(blocks), count - shown, "tokens")
    )


def change_notices(changes: TokenChanges, token: Axis, words: list[int], word: str) -> Iterator[str]:
    """Which layer turns the tokens most, and which of ``words`` ends farthest from where it began."""
    by_layer = changes.previous[1:].mean(axis=1)
    if not np.isfinite(by_layer).all():
        return
    most = int(by_layer.argmin())
    cosine = number(float(by_layer[most]), DIGITS)
    yield (
        f"{word.capitalize()} {most} turns the tokens most: a cosine of {cosine} in the mean with what came "
        "into it."
    )
    if words:
        last = changes.first[-1, words]
        far = clip(token.place(words[int(last.argmin())]), NAME)
        yield f"“{far}” ends farthest from where it began: {number(float(last.min()), DIGITS)}."


def rollout_notice(rollout: Tensor, words: list[int]) -> str:
    """How much of the first token comes from others, the tokens ``words``, and most from which."""
    _, query, key = rollout.axes
    shares = rollout.data[-1, 0, words]
    one = clip(key.place(words[int(shares.argmax())]), NAME)
    share = percent(float(shares.sum()), precision=2)
    return (
        f"By rollout, {share} of {clip(query.place(0), NAME)} comes from other words, most from “{one}”; "
        "what values and feed-forward parts do is not in it."
    )


def _heads(count: int) -> str:
    return f"{count} head{'s' * (count != 1)}"


def explain_rollout(
    rollout: Tensor, weights: Array, cell: tuple[int, ...], precision: int, word: str
) -> list[Section]:
    """Over all tokens: what this one takes of each in its layer, times what that had of the input before.

    Raises ``WrongUsage`` when there is no such cell.
    """
    layer, query, key = checked(cell, rollout)
    _, queries, keys = rollout.axes
    mixed = with_residual(weights)[layer, query]
    before = rollout.data[layer - 1, :, key] if layer else np.eye(len(mixed))[:, key]
    products = mixed * before
    shown = largest(products, TERMS)
    rows = [(clip(keys.place(i), NAME), mixed[i], before[i], products[i]) for i in shown.tolist()]
    more = products.size - len(shown)
    extra = {f"{more} others": sum_of_others(products, shown)} if more else {}
    heads = ("token", "½ A + ½ I", f"R of {word} {layer - 1}" if layer else "I: itself", "product")
    table = SumTable(rows, extra, float(products.sum()), heads=heads, precision=precision)
    names = clip(queries.place(query), NAME), clip(keys.place(key), NAME)
    which = f"“{names[0]}” behind {word} {layer}: how much of “{names[1]}” of the input"
    mean = Text(f"A is the mean of {_heads(weights.shape[1])}", style="dim")
    rule = f"(½ A_{layer} + ½ I)" + f" · R_{layer - 1}" * bool(layer)
    value = number(rollout.data[layer, query, key], precision)
    return [
        Section("formula", "Rollout", mean, Formula(f"R_{layer}", rule)),
        Section("arithmetic", "Ways", Text(which, style="dim"), table),
        Section("result", "Rollout", Text(f"{value} at {cell_words((layer, query, key), rollout)}")),
    ]


def behind_words(cell: tuple[int, ...], tensor: Tensor) -> str:
    """A cell in words, of a tensor whose first axis has labels that say what they are, as "layer 1"."""
    rest = zip(tensor.axes[1:], cell[1:], strict=True)
    words = [f"{axis.name} {clip(axis.place(index), 24)}" for axis, index in rest]
    return ", ".join([tensor.axes[0].place(cell[0]), *words])


def explain_change(change: Tensor, states: Array, cell: tuple[int, ...], precision: int) -> list[Section]:
    """The sum behind a norm or a cosine of a token's vectors, of states (layer + 1, T, F).

    Raises ``WrongUsage`` when there is no such cell.
    """
    name = change.name or ""
    layer, token = checked(cell, change)
    behind, tokens = change.axes
    other_layer = {"norms": layer, "first-cosine": 0, "previous-cosine": max(layer - 1, 0)}[name]
    own, other = (states[place, token].astype(np.float64) for place in (layer, other_layer))
    value = number(change.data[layer, token], precision)
    total = number(float(own @ other), precision)
    lengths = [number(float(np.linalg.norm(one)), precision) for one in (own, other)]
    if name == "norms":
        rule = Formula("norm", "√Σ x²", f"√{total}", value)
    else:
        rule = Formula("cosine", "Σ a·b / (|a| · |b|)", f"{total} / ({' · '.join(lengths)})", value)
    places = [behind.place(place) for place in (layer, other_layer)]
    told = ["as it came in" if place == "input" else f"behind {place}" for place in places]
    which = f"“{clip(tokens.place(token), NAME)}”: {' and '.join(dict.fromkeys(told))}"
    factors = ("x", "x") if name == "norms" else ("a", "b")
    return [
        Section(
            "arithmetic", "Products", Text(which, style="dim"), score_sum(own, other, *factors, precision)
        ),
        Section("arithmetic", "On its way", body=rule),
        Section("result", name.capitalize(), Text(f"{value} at {behind_words((layer, token), change)}")),
    ]
