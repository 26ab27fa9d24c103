"""One number of a transformer in full: of its output, of a state between two blocks, or a weight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.kinds.attention.layers_story import behind_words, explain_change, explain_rollout
from dlcli.commands.transformer.record import Work
from dlcli.engines.attention.attention import Attended
from dlcli.engines.attention.heads import MultiHead
from dlcli.engines.transformer.blocks import BlockWeights
from dlcli.engines.transformer.feed_forward import FeedForward
from dlcli.tensor import Array, Axis
from dlcli.views.origin import origin_words
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import softmax_row
from dlcli.views.tables.sums import score_sum
from dlcli.views.tables.table import Table
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.formula import Formula, plus
from dlcli.views.text.text import clip
from dlcli.words.number import MINUS, Numbers, digits, number

LARGEST = 6  # terms of a long sum that are listed
DIGITS = 2  # of an attention weight


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The way of one feature of one token: change, sum and norm of every part, and two changes in full.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    value = number(work.made.output[cell], precision)
    result = Section("result", "Output", Text(f"{value} at {cell_words(cell, work.output)}"))
    return _way_of(work, cell, result, precision)


def explain_state(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """As of an output, through the blocks before that place alone; what comes in has no way behind it.

    Raises ``WrongUsage`` when there is no such cell.
    """
    layer, token, feature = checked(cell, work.layers)
    value = number(work.layers.data[layer, token, feature], precision)
    result = Section("result", "State", Text(f"{value} at {behind_words(cell, work.layers)}"))
    if layer:
        return _way_of(work.behind(layer), (token, feature), result, precision)
    words = Text("the token as it comes in: no block has worked on it yet")
    return Story(Section("input", "Input", origin_words(work.input, precision), words), result)


def explain_weight(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Query times key of one head, the division, and what share of its row that gets.

    Raises ``WrongUsage`` when there is no such cell.
    """
    layer, head, query, key = checked(cell, work.weights)
    attended, axes = work.attended(layer), work.weights.axes[2:]
    q, k = attended.query[head, query], attended.key[head, key]
    names = [f"“{clip(axis.place(at), 16)}”" if axis.labels else f"{axis.name} {at}"
             for axis, at in zip(axes, (query, key), strict=True)]  # fmt: skip
    at = f"block {layer}, head {head}: {names[0]} looks at {names[1]}"
    shares = attended.weights[head, query]
    row = softmax_row(axes[1], attended.masked[head, query], shares, key, "x", precision)
    weight = f"{number(shares[key], precision)} at {cell_words(cell, work.weights)}"
    steps = Group(*_on_its_way(attended, (head, query, key), precision))
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        Section("arithmetic", "Score", Text(at, style="dim"), score_sum(q, k, "query", "key", precision)),
        Section("arithmetic", "On its way", body=steps),
        Section("arithmetic", "Softmax", Text(f"of the row of {names[0]}", style="dim"), row),
        Section("result", "Weight", Text(weight)),
    )  # fmt: skip


def explain_rolled(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Over all tokens: what this one takes of each in its block, times what that had of the input before."""
    given = Section("input", "Input", origin_words(work.input, precision))
    return Story(given, *explain_rollout(work.rollout, work.own_weights, cell, precision, "block"))


def explain_changed(work: Work, cell: tuple[int, ...], *, precision: int = 4, name: str) -> Story:
    """The sum behind a norm or a cosine of a token's vectors."""
    given = Section("input", "Input", origin_words(work.input, precision))
    return Story(given, *explain_change(work.change(name), work.made.states, cell, precision))


def _on_its_way(attended: Attended, cell: tuple[int, int, int], precision: int) -> Iterator[Formula]:
    score, scaled = (number(array[cell], precision) for array in (attended.scores, attended.scaled))
    width = attended.query.shape[-1]
    root = number(width**0.5, precision)
    wide = len("scaled")
    yield Formula("scaled", f"q · k / √{width}", f"{score} / {root}", scaled, name_width=wide)
    masked = attended.masked[cell]
    if np.isneginf(masked):
        yield Formula("masked", f"{scaled} {MINUS} inf", f"{MINUS}inf", name_width=wide)
    elif masked != attended.scaled[cell]:
        added = number(masked - attended.scaled[cell], precision)
        yield Formula("masked", f"{scaled} {plus(added)}", number(masked, precision), name_width=wide)


def _way_of(work: Work, cell: tuple[int, ...], result: Section, precision: int) -> Story:
    """The way of one feature of one token through all blocks, and what comes of it."""
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        Section("arithmetic", "Its way", _way_words(work), _way(work, cell, precision)),
        *_changes(work, cell, precision),
        result,
    )


def _scaled(work: Work) -> bool:
    """Whether the norms multiply by gains and add biases, as those that nobody has trained do not."""
    norms = [norm for layer in work.model.layers for norm in layer.norms]
    norms += [work.model.norm] if work.model.norm is not None else []
    return any((norm.gain != 1).any() or norm.bias.any() for norm in norms)


def _way_words(work: Work) -> Text:
    scaled = " · gain + bias" if _scaled(work) else ""
    if work.design.norm_first:
        return Text(f"out = x + change, what the part makes of (x − mean) / σ{scaled}", style="dim")
    return Text(f"out = (x + change − mean) / σ{scaled}", style="dim")


def _way(work: Work, cell: tuple[int, ...], precision: int) -> RenderableType:
    """A line for each part of each block, and the norm behind them all."""
    token, feature = cell
    header = ["block", "x", "change", "mean", "σ", "gain", "bias", "out"]
    groups = ["", "", "", "norm", "norm", "norm", "norm", ""]
    names: list[str] = []
    numbers: list[list[float]] = []
    for place, (made, weights) in enumerate(zip(work.made.blocks, work.model.layers, strict=True)):
        for step, norm in zip(made.steps, weights.norms, strict=True):
            names.append(f"{place} {step.name}")
            numbers.append([step.input[cell], step.part.output[cell], step.norm.mean[token, 0],
                            step.norm.deviation[token, 0], norm.gain[feature], norm.bias[feature],
                            step.output[cell]])  # fmt: skip
    last, norm_behind = work.made.norm, work.model.norm
    if last is not None and norm_behind is not None:
        names.append("norm")
        numbers.append([work.made.blocks[-1].output[cell], np.nan, last.mean[token, 0],
                        last.deviation[token, 0], norm_behind.gain[feature],
                        norm_behind.bias[feature], last.output[cell]])  # fmt: skip
    rows = [[name, *("" if np.isnan(value) else number(value, precision) for value in line)]
            for name, line in zip(names, numbers, strict=True)]  # fmt: skip
    if not _scaled(work):
        header, groups, *rows = ([*row[:5], row[7]] for row in (header, groups, *rows))
    return Table(header, rows, right=range(1, len(header)), whole=(0,), groups=groups)


def _changes(work: Work, cell: tuple[int, ...], precision: int) -> Iterator[Section]:
    weights = work.model.layers[work.layer]
    tokens = work.tokens.tensor.axes[0]
    where = Text(f"block {work.layer}", style="dim")
    parts = {step.name: step.part for step in work.block.steps}
    for name, attention, key in (
        ("attention", weights.attention, tokens),
        ("memory attention", weights.memory, work.memory.axes[0] if work.memory is not None else tokens),
    ):
        if attention is not None:
            mixing, part = attention.output, cast("MultiHead", parts[name])
            assert mixing is not None  # a block's attention has an output layer
            body = _attention_sum(part, mixing.kernel, mixing.bias, cell, key, precision)
            yield Section("arithmetic", f"Change by {name}", where, body)
    forward = _forward_sum(cast("FeedForward", parts["feed-forward"]), weights, cell, precision)
    yield Section("arithmetic", "Change by feed-forward", where, forward)


def _attention_sum(
    terms: MultiHead, kernel: Array, bias: Array, cell: tuple[int, ...], key: Axis, precision: int
) -> RenderableType:
    """What each head found for a token, times its rows of the kernel: heads add up to the change.

    kernel and bias are those of the layer that mixes the heads.
    """
    token, feature = cell
    heads = terms.attended.query.shape[0]
    products = (terms.joined[token] * kernel[:, feature]).reshape(heads, -1).sum(axis=1)
    rows = []
    for head in range(heads):
        shares = terms.attended.weights[head, token]
        at = int(shares.argmax())
        share = number(shares[at], digits(precision, DIGITS))
        rows.append([f"head {head}", f"{clip(key.place(at), 16)} ({share})"])
    summands = np.array([*products, bias[feature], products.sum() + bias[feature]], np.float64)
    added = Numbers(summands, precision).texts.tolist()
    rows += [["+ bias", ""], ["= change", ""]]
    return Table(
        ("", "looks most at", "adds"),
        [[*a, b] for a, b in zip(rows, added, strict=True)],
        right=[2],
        whole=(0, 1),
    )


def _forward_sum(
    terms: FeedForward, weights: BlockWeights, cell: tuple[int, ...], precision: int
) -> RenderableType:
    """Hidden units times their weights: the largest products, the others together, the bias."""
    token, feature = cell
    layer = weights.feed_forward.narrow
    return score_sum(
        terms.hidden[token], layer.kernel[:, feature], "hidden", "weight", precision,
        most=LARGEST, beside={"bias": float(layer.bias[feature])},
    )  # fmt: skip
