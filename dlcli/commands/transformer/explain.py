"""One number of a transformer's output: its way through the blocks, and the sums behind its last changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.transformer.protocol import Work
from dlcli.commands.transformer.sums import attention_sum, forward_sum
from dlcli.views.origin import whence
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table
from dlcli.views.text.cell import cell_words, checked
from dlcli.words.number import number

if TYPE_CHECKING:
    from dlcli.engines.attention.heads import MultiHead
    from dlcli.engines.transformer.feed_forward import FeedForward


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The way of one feature of one token: change, sum and norm of every part, and two changes in full.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    value = number(work.made.output[cell], precision)
    result = Section("result", "Output", Text(f"{value} at {cell_words(cell, work.output)}"))
    return way(work, cell, result, precision)


def way(work: Work, cell: tuple[int, ...], result: Section, precision: int) -> Story:
    """The way of one feature of one token through all blocks, and what comes of it."""
    return Story(
        (
            Section("input", "Input", whence(work.input, precision)),
            Section("arithmetic", "Its way", _way_words(work), _way(work, cell, precision)),
            *_changes(work, cell, precision),
            result,
        )
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
            numbers.append([step.input[cell], step.change[cell], step.norm.mean[token, 0],
                            step.norm.deviation[token, 0], norm.gain[feature], norm.bias[feature],
                            step.output[cell]])  # fmt: skip
    last, norm_behind = work.made.norm, work.model.norm
    if last is not None and norm_behind is not None:
        names.append("norm")
        numbers.append([work.made.blocks[-1].output[cell], np.nan, last.mean[token, 0],
                        last.deviation[token, 0], norm_behind.gain[feature],
                        norm_behind.bias[feature], last.output[cell]])  # fmt: skip
    rows = [[name, *(_told(value, precision) for value in line)]
            for name, line in zip(names, numbers, strict=True)]  # fmt: skip
    if not _scaled(work):
        header, groups, *rows = ([*row[:5], row[7]] for row in (header, groups, *rows))
    return Table(header, rows, right=range(1, len(header)), whole=(0,), groups=groups)


def _told(value: float, precision: int) -> str:
    return "" if np.isnan(value) else number(value, precision)


def _changes(work: Work, cell: tuple[int, ...], precision: int) -> Iterator[Section]:
    """The sums that the changes of one block are."""
    weights = work.block_weights
    tokens = work.tokens.tensor.axes[0]
    where = Text(f"block {work.layer}", style="dim")
    parts = {step.name: step.part for step in work.block.steps}
    for name, attention, key in (
        ("attention", weights.attention, tokens),
        ("memory attention", weights.memory, work.memory.axes[0] if work.memory is not None else tokens),
    ):
        if attention is not None:
            mixing, part = attention.output, cast("MultiHead", parts[name])
            body = attention_sum(part, mixing.kernel, mixing.bias, cell, key, precision)
            yield Section("arithmetic", f"Change by {name}", where, body)
    forward = forward_sum(cast("FeedForward", parts["feed-forward"]), weights, cell, precision)
    yield Section("arithmetic", "Change by feed-forward", where, forward)
