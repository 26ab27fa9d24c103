"""A recurrent net step by step, picture by picture: what it reads, its gates, its states."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType

from dlcli.commands.rnn.cells import letter
from dlcli.commands.rnn.record import Work
from dlcli.engines.recurrent.cell import Steps
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
    """Each step: the input, of each reader its gates and its states, the output."""
    cells, readers = work.layers[-1].cells, work.steps.layers[-1].directions
    count = len(work.sequence.data)
    rows = [_rows(done, cell.kind) for cell, done in zip(cells, readers, strict=True)]
    rows[1:] = [[(name, values[::-1]) for name, values in one] for one in rows[1:]]  # it read from the end
    most = max(
        float(np.abs(values[np.isfinite(values)]).max(initial=0.0)) for one in rows for _, values in one
    )
    of = f"; layer {len(work.layers)} of {len(work.layers)}" if len(work.layers) > 1 else ""
    of += "; → reads from the start, ← from the end" if len(readers) > 1 else ""
    arrows = ("→ ", "← ") if len(readers) > 1 else ("",)
    for t in shown:
        title = plain(f"step {t + 1} of {count} (index {t}): reads {_word(work, t)}{of}", "bold")
        shelves: list[list[tuple[str, RenderableType]]] = [[] for _ in readers]
        if work.sequence.words is None:
            read = work.sequence.data[t : t + 1, :FEATURES]
            labels = tuple(clip(work.sequence.feature.place(i), WORD) for i in range(read.shape[1]))
            name = name_of_part("x", FEATURES, work.sequence.data.shape[1], "numbers")
            shelves[0].append((name, Board(in_decimals(read, precision).T, rows=labels, wide=precision + 4)))
        for blocks, arrow, one in zip(shelves, arrows, rows, strict=True):
            width = one[-1][1].shape[1]
            name = name_of_part(f"{arrow}gates and states", UNITS, width, "units")
            blocks.append((name, _gates(one, t, most or 1.0, precision)))
            name = name_of_part(f"{arrow}h so far", SEEN, count, "steps")
            blocks.append((name, _so_far(work, one[-1][1], t, precision, backwards="←" in arrow)))
        if t == count - 1 or not work.last_only:
            names = work.output_labels or tuple(f"y{i}" for i in range(work.outputs.shape[1]))
            given = in_decimals(work.outputs[t : t + 1, :OUTPUTS], precision).T
            labels = tuple(clip(name, WORD) for name in names[:OUTPUTS])
            whose = ", of both" if len(readers) > 1 else ""
            whose += ": h→ of this step, h← of step 0" if work.final else ""
            name = name_of_part(f"y{whose}", OUTPUTS, len(names), "outputs")
            shelves[-1].append((name, Board(given, rows=labels, wide=precision + 4)))
        yield Group(title, *map(Shelf, shelves))


def _rows(done: Steps, kind: str) -> list[tuple[str, Array]]:
    """The gates of a reader and its states, each (time, unit) with its name."""
    rows = [(f"{name} {letter(name, kind)}", part) for name, part in done.parts.items() if name != "recall"]
    rows += [("cell c", done.cell)] if done.cell is not None else []
    return [*rows, ("state h", done.states)]


def _gates(rows: list[tuple[str, Array]], t: int, most: float, precision: int) -> Board:
    """The gates and the state of a step, a row each, in colours up to ``most``."""
    numbers = np.array([values[t, :UNITS] for _, values in rows])
    lit = np.zeros(numbers.shape, bool)
    lit[-1] = True
    return Board(
        in_decimals(numbers, precision),
        lit=lit,
        grounds=coloured("diverging", numbers / most),
        rows=tuple(name for name, _ in rows),
        columns=tuple(f"unit {i}" for i in range(numbers.shape[1])),
        wide=precision + 4,
    )


def _so_far(work: Work, states: Array, t: int, precision: int, *, backwards: bool) -> Board:
    """The states of some steps, a column each: of those that are read by then, the present one lit up."""
    count = len(states)
    first = min(t, max(0, count - SEEN)) if backwards else max(0, t + 1 - SEEN)
    seen = range(first, min(count, first + SEEN))
    values = states[list(seen), :UNITS].T
    texts = in_decimals(values, precision)
    if backwards:
        texts[:, : t - first] = ""
    else:
        texts[:, t + 1 - first :] = ""
    lit = np.zeros(texts.shape, bool)
    lit[:, t - first] = True
    return Board(
        texts,
        lit=lit,
        grounds=coloured("diverging", shares(values, "diverging", None)),
        columns=tuple(clip(work.sequence.time.place(i), WORD) for i in seen),
        wide=precision + 4,
    )


def _word(work: Work, t: int) -> str:
    """What is read at a step, in words."""
    if work.mask is not None and not work.mask[t]:
        return "nothing (masked): the state stays"
    return clip(work.sequence.time.place(t), 24) if work.sequence.words is not None else f"x[{t}]"
