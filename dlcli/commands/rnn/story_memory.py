"""A net that remembers beside two that do not: one adds its inputs up, one has its feedback cut."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.commands.rnn.explain import added_up, explain
from dlcli.commands.rnn.record import Order, Work
from dlcli.engines.recurrent.memory import running_sums
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.story import Section, Story
from dlcli.views.tables.step_table import Columns, StepTable
from dlcli.views.tables.table import FactsTable
from dlcli.views.text.cell import checked
from dlcli.views.text.text import clip
from dlcli.words.number import number

SAME = 1e-9  # states nearer than this do not differ to the eye
UNITS = 4  # units that are listed
STEPS = 12  # steps up to which an order is spelt out


def memory_sections(work: Work, precision: int) -> Iterator[Section]:
    """What the three nets read, and their last states behind the same steps in several orders."""
    if not work.without_memory:
        return
    states = "h and c before each step are" if work.top.has_cell else "h before each step is"
    facts = [
        ("added up", "x[0] + … + x[t] in place of x[t], and 0 in place of h[t−1]"),
        ("feedback cut", "x[t], and 0 in place of h[t−1]"),
        ("recurrent", "x[t] and h[t−1]"),
    ]
    words = f"the same weights in three nets; without memory {states} 0"
    yield Section("formula", "Without memory", Text(words, style="dim"), FactsTable(facts))
    if len(work.orders) < 2:
        return
    names = ["as it is", *(_name(work, order) for order in work.orders[1:])]
    spelt = "; ".join(
        f"{name}: {_spelt(work, order)}" for name, order in zip(names[1:], work.orders[1:], strict=True)
    )
    count = len(work.sequence.data)
    words = (
        f"h[{count - 1}] of each net, behind the same {count} steps{f'; {spelt}' if count <= STEPS else ''}"
    )
    words += "; the recurrent net begins each with the first states" if work.initial else ""
    groups = [
        Columns("h", called, np.stack([getattr(order, name) for order in work.orders])[:, :UNITS])
        for name, called in (("added", "added up"), ("cut", "feedback cut"), ("recurrent", "recurrent"))
    ]
    table = StepTable(Axis("order", tuple(names)), groups, precision=precision)
    yield Section("result", "Orders", Text(words, style="dim"), table)


def memory_notices(work: Work) -> Iterator[str]:
    """Which of the nets tells the orders apart."""
    if not work.without_memory:
        return
    given, *others = work.orders
    if not others:
        yield "All steps are alike: they have no other order, and a sum says all that can be said of them."
        return
    added = max(_apart(given.added, other.added) for other in others)
    recurrent = [_apart(given.recurrent, other.recurrent) for other in others]
    same = "the same" if added < SAME else f"as good as the same (up to {number(added, 3)})"
    yield f"In every order the net that adds its inputs up ends {same}: a sum has forgotten what came first."
    stays = [other for other in others if _stays(other)]
    if stays:
        yield (
            f"With its feedback cut a net hears step {len(given.places) - 1} alone: as long as that stays, "
            f"nothing before it counts; the recurrent net differs by {number(recurrent[0], 3)}."
        )
    else:
        yield f"The recurrent net differs by {number(recurrent[0], 3)}."


def explain_added(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Step and unit of the net that adds its inputs up: first the sum of the inputs, then the unit."""
    t, _ = checked(cell, Tensor(work.added, (work.sequence.time, Axis("unit")), "added-up"))
    read = running_sums(work.heard)
    first, *rest = explain(work, cell, precision=precision, read=read, heard="Σx").sections
    sums = Section("arithmetic", "Inputs added up", body=Group(*added_up(work, t, precision)))
    return Story(first, sums, *rest)


def explain_cut(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Step and unit of the net whose feedback is cut."""
    return explain(work, cell, precision=precision, read=work.sequence.data)


def _apart(one: Array, other: Array) -> float:
    return float(np.abs(one - other).max())


def _stays(order: Order) -> bool:
    return int(order.places[-1]) == len(order.places) - 1


def _name(work: Work, order: Order) -> str:
    if _stays(order):
        return "last one stays"
    return "backwards" if order.places[0] == len(order.places) - 1 else "one earlier"


def _spelt(work: Work, order: Order) -> str:
    """The steps in an order, by their words or their numbers."""
    words = work.sequence.time.labels
    if words is None:
        return ", ".join(map(str, order.places.tolist()))
    return "“" + " ".join(clip(words[place], 12) for place in order.places.tolist()) + "”"
