"""A recurrent net step by step, picture by picture: what it reads, its gates, its states."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType

from dlcli.commands.rnn.cells import letter
from dlcli.commands.rnn.record import Work
from dlcli.tensor import Array
from dlcli.views.frames import DIGITS, Frames, name_of_part, thinned
from dlcli.views.screen.colour import coloured
from dlcli.views.shelf import Shelf
from dlcli.views.tables.board import Board, in_decimals
from dlcli.views.tables.matrix import shares
from dlcli.views.text.text import clip, plain

STEPS = 60  # pictures
UNITS, FEATURES, OUTPUTS = 6, 6, 6  # of each that are shown
SEEN = 10  # steps beside each other
WORD = 9  # letters of a label


def reading(work: Work, *, precision: int = DIGITS, most: int | None = None) -> Frames:
    """The steps of the highest layer, one after the other."""
    count = len(work.sequence.data)
    shown = thinned(count, most or STEPS)
    return Frames(_steps(work, shown, precision), len(shown), count, "steps", 1.0)


def _steps(work: Work, shown: list[int], precision: int) -> Iterator[RenderableType]:
    """Each step: the input, the gates with what they let through, and the states up to here."""
    layer, done = work.layers[-1].cells[0], work.steps.layers[-1].directions[0]
    count, states = len(work.sequence.data), done.states
    listed = min(UNITS, states.shape[1])
    units = tuple(f"unit {i}" for i in range(listed))
    parts = {name: values for name, values in done.parts.items() if name != "recall"}
    rows: list[tuple[str, Array]] = [(f"{name} {letter(name, layer.kind)}", v) for name, v in parts.items()]
    if done.cell is not None:
        rows.append(("cell c", done.cell))
    rows.append(("state h", states))
    most = max(float(np.abs(values[np.isfinite(values)]).max(initial=0.0)) for _, values in rows) or 1.0
    of = f"; layer {len(work.layers)} of {len(work.layers)}" if len(work.layers) > 1 else ""
    of += "; the net that reads forwards" if len(work.layers[-1].cells) > 1 else ""
    width, seen = states.shape[1], min(SEEN, count)
    gates_name = name_of_part("gates and states", listed, width, "units")
    states_name = name_of_part("h so far", seen, count, "steps")
    for t in shown:
        title = plain(f"step {t + 1} of {count} (index {t}): reads {_word(work, t)}{of}", "bold")
        numbers = np.array([values[t, :listed] for _, values in rows])
        texts = in_decimals(numbers, precision)
        lit = np.zeros(texts.shape, bool)
        lit[-1] = True
        blocks: list[tuple[str, RenderableType]] = []
        if work.sequence.words is None:
            read = work.sequence.data[t : t + 1, :FEATURES]
            labels = tuple(clip(work.sequence.feature.place(i), WORD) for i in range(read.shape[1]))
            name = name_of_part("x", FEATURES, work.sequence.data.shape[1], "numbers")
            blocks.append((name, Board(in_decimals(read, precision).T, rows=labels, wide=6)))
        grounds = coloured("diverging", numbers / most)
        gates = Board(
            texts, lit=lit, grounds=grounds, rows=tuple(name for name, _ in rows), columns=units, wide=6
        )
        blocks += [(gates_name, gates), (states_name, _so_far(work, states, t, listed, precision))]
        if t == count - 1 or not work.last_only:
            names = work.output_labels or tuple(f"y{i}" for i in range(work.outputs.shape[1]))
            given = in_decimals(work.outputs[t : t + 1, :OUTPUTS], precision).T
            labels = tuple(clip(name, WORD) for name in names[:OUTPUTS])
            name = name_of_part("y", OUTPUTS, len(names), "outputs")
            blocks.append((name, Board(given, rows=labels, wide=6)))
        yield Group(title, Shelf(blocks))


def _so_far(work: Work, states: Array, t: int, listed: int, precision: int) -> Board:
    """The states of the last steps, a column each, the present one lit up."""
    last = max(SEEN, t + 1) if len(states) > SEEN else len(states)
    seen = range(max(0, last - SEEN), last)
    values = states[list(seen), :listed].T
    texts = in_decimals(values, precision)
    texts[:, t + 1 - seen.start :] = ""
    lit = np.zeros(texts.shape, bool)
    lit[:, t - seen.start] = True
    return Board(
        texts,
        lit=lit,
        grounds=coloured("diverging", shares(values, "diverging", None)),
        columns=tuple(clip(work.sequence.time.place(i), WORD) for i in seen),
        wide=5,
    )


def _word(work: Work, t: int) -> str:
    """What is read at a step, in words."""
    if work.mask is not None and not work.mask[t]:
        return "nothing (masked): the state stays"
    return clip(work.sequence.time.place(t), 24) if work.sequence.words is not None else f"x[{t}]"
