"""Decoding token by token with a cache, beside passes over all tokens again."""

from __future__ import annotations

from rich.console import Group
from rich.text import Text

from dlcli.commands.transformer.protocol import Work
from dlcli.views.story import Section
from dlcli.views.tables.table import Table
from dlcli.views.text.text import clip
from dlcli.words.number import number

LISTED = 12  # steps that are listed
ROUNDING = {4: 1e-4, 8: 1e-12}  # what two ways of adding up may differ by, by the bytes of a number


def decoding(work: Work) -> Section:
    """A line for each step: what it looked at, what it took, whether it gave the same."""
    steps = work.decoding
    bound = ROUNDING[work.made.output.dtype.itemsize]
    axis = work.tokens.tensor.axes[0]
    shown = list(range(len(steps))) if len(steps) <= LISTED else [*range(LISTED - 1), len(steps) - 1]
    rows = [
        (str(t), clip(axis.place(t), 12), str(t + 1), f"{steps[t].products.cached:,}",
         f"{steps[t].products.again:,}", "yes" if steps[t].difference <= bound else "no")
        for t in shown
    ]  # fmt: skip
    most = max(step.difference for step in steps)
    header = ("step", "token", "keys", "with cache", "without", "equal")
    how = f"equal to the pass over all within {number(bound)}" if most <= bound else f"off by {number(most)}"
    told = f"keys and values stay; {how}"
    table = Table(header, rows, right=(0, 2, 3, 4, 5))
    below = Text("with and without: multiplications that a step takes", style="dim")
    return Section("result", "Step by step", Text(told, style="dim"), Group(table, below))
