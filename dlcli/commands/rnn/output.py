"""Why a net gave an output its number: a sum over the units of the state, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.commands.rnn.equations import outputs
from dlcli.commands.rnn.protocol import Work
from dlcli.commands.rnn.steps import output_labels
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.origin import whence
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import LISTED, score_bars
from dlcli.views.tables.sums import SumTable, largest, sum_of_others
from dlcli.views.text.cell import checked
from dlcli.views.text.text import clip
from dlcli.words.number import number


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Step and output: h V + b_y, then softmax where the outputs stand for words, then the loss.

    Raises ``WrongUsage`` when there is no such step or output. Where only the last step has one, it is step 0
    of what is emitted.
    """
    steps, count = work.outputs.shape
    given = 1 if work.last_only else steps
    t, output = checked(
        cell, Tensor(work.outputs[steps - given :], (Axis("time"), Axis("output")), "outputs")
    )
    t += steps - given
    words = output_labels(work)
    labels = words or tuple(str(i) for i in range(count))
    word = f" ({clip(work.sequence.time.place(t), 16)})" if work.sequence.time.labels else ""
    classes = work.has_targets and work.targets.loss == "cross-entropy"
    told = Text(f"step {t}{word}, output {labels[output]}", style="dim")
    sections = [
        Section("input", "Input", whence(work.input, precision)),
        Section("formula", "Formula", told, Group(*outputs(classes))),
        Section("arithmetic", f"Output y[{t}]", body=_sum(work, t, output, precision)),
    ]
    y = number(work.outputs[t, output], precision)
    shares = work.loss.probabilities[t] if classes and work.loss.probabilities is not None else None
    if shares is not None:
        bars = score_bars("output", labels, work.outputs[t], shares, output, precision=precision)
        sections.append(Section("arithmetic", "Softmax", body=bars))
    which = f"“{labels[output]}”" if words else f"output {output}"
    said = f"y[{t}] of {which} is {y}"
    parts = [said, *_becomes(work, t, output, shares, precision)]
    sections.append(Section("result", "Result", Text("; ".join(parts))))
    return Story(tuple(sections))


def _sum(work: Work, t: int, output: int, precision: int) -> SumTable:
    """The units of h with their weights; of many the largest products."""
    states = work.steps.outputs[t]
    weights = work.readout.kernel[:, output].astype(states.dtype)
    products = states * weights
    shown = largest(products, LISTED) if len(products) > LISTED else np.arange(len(products))
    rows = [(f"h[{t}] {i}", states[i], weights[i], products[i]) for i in shown.tolist()]
    extra = {"b_y": float(work.readout.bias[output])}
    if len(shown) < len(products):
        rest = sum_of_others(products, shown)
        extra = {f"{len(products) - len(shown)} others": rest, **extra}
    return SumTable(rows, extra, float(work.outputs[t, output]), precision=precision)


def _becomes(work: Work, t: int, output: int, shares: Array | None, precision: int) -> Iterator[str]:
    """Its probability, and its part of the loss, where this step has a target."""
    if shares is not None:
        yield f"p = {number(shares[output], precision)}"
    if not work.has_targets or not work.loss.counted[t]:
        return
    loss = number(work.loss.steps[t], precision)
    if shares is None:
        target = float(work.targets.values[t, output])
        wanted = number(target, precision)
        wanted = f"({wanted})" if target < 0 else wanted
        part = number((float(work.outputs[t, output]) - target) ** 2 / 2, precision)
        yield f"its part of the loss is ½ (y − {wanted})² = {part}"
    elif int(work.targets.values[t]) == output:
        yield f"the target: L = −log p = {loss}"
