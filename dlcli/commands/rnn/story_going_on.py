"""The states that a net begins and ends with, and the steps that it does not read."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.text import Text

from dlcli.commands.rnn.first_states import as_table, state_names
from dlcli.commands.rnn.record import Work
from dlcli.engines.recurrent.stacked import StackSteps
from dlcli.tensor import Axis
from dlcli.views.story import Section
from dlcli.views.tables.matrix import Matrix
from dlcli.words.number import counted, number

LISTED = 6  # steps that are named


def begun(work: Work, precision: int) -> Iterator[Section]:
    """What the net begins with, where that is not zeros."""
    if not work.initial:
        return
    table = Matrix(
        as_table(work.initial, work.layers),
        rows=Axis("state", state_names(work.layers)),
        columns=Axis("unit"),
        precision=precision,
    )
    yield Section("parameters", "First states", Text(f"h[−1], from {work.begins}", style="dim"), table)


def ended(work: Work, precision: int) -> Iterator[Section]:
    """What another run would have to begin with, to go on from here."""
    if not work.can_go_on or not (work.initial or work.stateful):
        return
    steps: StackSteps = work.steps
    table = Matrix(
        as_table(steps.last, work.layers),
        rows=Axis("state", state_names(work.layers)),
        columns=Axis("unit"),
        precision=precision,
    )
    words = "the next input begins with them" if work.stateful else "--emit final-states, to go on from here"
    yield Section("result", "Final states", Text(words, style="dim"), table)


def going_on(work: Work) -> Iterator[str]:
    """What first states change at the end, and what is not read."""
    if work.initial:
        apart = float(np.abs(work.steps.outputs[-1] - work.fresh[-1]).max())
        yield f"Begun with zeros, the last state would differ by {number(apart, 3)}."
    if work.mask is None:
        return
    left_out = np.flatnonzero(~work.mask).tolist()
    if not left_out:
        yield "No step is masked."
        return
    named = ", ".join(map(str, left_out[:LISTED])) + ", …" * (len(left_out) > LISTED)
    one = len(left_out) == 1
    hand = "it hands on the state that it was" if one else "they hand on the state that they were"
    yield (
        f"{counted(len(left_out), 'step')} {'is' if one else 'are'} not read ({named}): {hand} given, and "
        f"{'has' if one else 'have'} no loss."
    )
