"""The story of a gated latch: its truth table, its signals, and the gates of an LSTM on the same signals."""

from __future__ import annotations

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.commands.rnn.record import SHARPNESS, LatchWork
from dlcli.engines.recurrent.latch import truth_table
from dlcli.tensor import Array
from dlcli.views.again import again
from dlcli.views.charts.waves import Waves
from dlcli.views.origin import origin_words
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.words.number import Numbers, number

#: Steps that are listed; of a longer run these are the first.
LISTED = 16

FORMULA = "Q[t]", "EN · D + (1 − EN) · Q[t−1]"

#: The letters of an LSTM's gates, in the order in which they act.
GATES = {"f": "forget", "i": "input", "g": "candidate"}


def story(work: LatchWork, *, precision: int = 4) -> Story:
    """What a latch does, what it did to these signals, and how the gates of an LSTM do the same."""
    steps = work.steps
    signals, q = {"EN": steps.enable, "D": steps.data}, {"Q": steps.states}
    columns = {**signals, "EN·D": steps.taken, "(1−EN)·Q": steps.kept, **q}
    shown = len(steps.states)
    listed = Text(f"the first {LISTED} of {shown}", style="dim") if shown > LISTED else None
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        Section("formula", "Gated latch", Text("EN opens the gate, D is what then gets in", style="dim"),
                Formula(*FORMULA)),
        Section("parameters", "Truth table", body=truth(truth_table())),
        Section("result", "Signals", body=Waves(signals | q)),
        Section("result", "Steps", listed, _table(columns, precision)),
        _as_lstm(work, precision),
        Section("notice", "Notice", Text(_notice(work, precision))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    )  # fmt: skip


def explain(work: LatchWork, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """What one step let in and what it kept. Raises ``WrongUsage`` when there is no such step."""
    cell = checked(cell, work.output)
    steps, t = work.steps, cell[0]
    enable, data, before, taken, kept, q = (
        number(values[t], precision)
        for values in (steps.enable, steps.data, steps.before, steps.taken, steps.kept, steps.states)
    )
    numbers = f"{enable} · {data} + (1 − {enable}) · {before}"
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        Section("formula", "Gated latch", body=Formula(*FORMULA)),
        Section("arithmetic", "Arithmetic", Text(f"step {t}, after Q = {before}", style="dim"),
                Formula(f"Q[{t}]", numbers, f"{taken} + {kept}", q)),
        Section("result", "Q", Text(f"{q} at {cell_words(cell, work.output)}")),
    )  # fmt: skip


def truth(table: Array) -> Table:
    """The truth table, and in words what each row does.

    >>> from rich.console import Console
    >>> Console(width=40).print(truth(np.array([[0, 0, 0, 0], [1, 0, 1, 0]])))
    EN  D  Q[t−1]  Q[t]
     0  0       0     0  kept
     1  0       1     0  taken from D
    """
    rows = [[*map(str, row), "taken from D" if row[0] else "kept"] for row in table.tolist()]
    return Table(["EN", "D", "Q[t−1]", "Q[t]", ""], rows, right=range(4))


def _table(columns: dict[str, Array], precision: int) -> Table:
    shown = [Numbers(values[:LISTED], precision).texts.tolist() for values in columns.values()]
    rows = [[str(t), *texts] for t, texts in enumerate(zip(*shown, strict=True))]
    return Table(["t", *columns], rows, right=range(len(columns) + 1))


def _as_lstm(work: LatchWork, precision: int) -> Section:
    """The gates of an LSTM on the same signals, its cell state beside the latch's bit."""
    assert work.lstm.cell is not None
    columns = {name: work.lstm.parts[gate][:, 0] for name, gate in GATES.items()}
    columns |= {"c": work.lstm.cell[:, 0], "Q": work.steps.states}
    s = number(SHARPNESS, precision)
    gates = Group(
        Formula("f", f"σ({s} · (1 − 2 EN))", name_width=4),
        Formula("i", f"σ({s} · (2 EN − 1))", name_width=4),
        Formula("g", f"tanh({s} · D)", name_width=4),
        Formula("c[t]", "f · c[t−1] + i · g"),
        "",
        _table(columns, precision),
    )
    return Section(
        "result", "The same in an LSTM", Text("forget gate, input gate, candidate", style="dim"), gates
    )


def _notice(work: LatchWork, precision: int) -> str:
    """What holds for these signals, and what becomes of a bit when gates are soft."""
    steps = work.steps
    assert work.lstm.cell is not None
    off = float(np.abs(work.lstm.cell[:, 0] - steps.states).max())
    hard = bool(np.isin(steps.enable, (0, 1)).all())
    kept = int(np.count_nonzero(steps.enable == 0))
    first = (
        f"EN is 0 at {kept} of {len(steps.states)} steps: whatever D does there, Q stays."
        if hard
        else "EN between 0 and 1 mixes old and new: a leaky unit whose share changes at every step."
    )
    return (
        f"{first} An LSTM's forget gate is 1 − EN and its input gate is EN, but learnt, and never quite "
        f"0 or 1: its cell is off by up to {number(off, precision)}."
    )


def _next(work: LatchWork) -> list[list[str]]:
    """An LSTM on the same signals."""
    return again(work.line, work.input, "--cell", "lstm", "--units", "1", without=("--cell",))
