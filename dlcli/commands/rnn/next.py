"""The next command line worth trying after a net has read a sequence: the typed one and a thing more.

Built from what the run was, not from the line that came with the data: that line is outside text, and what is
offered here gets pasted into a shell. Numbers that came down a pipe give way to some that can be typed.
"""

from __future__ import annotations

import numpy as np

from dlcli.commands.rnn.protocol import Work
from dlcli.views.origin import source_word

#: What to look at after each kind of cell.
AFTER = {"simple": "lstm", "leaky": "simple", "lstm": "gru", "gru": "lstm"}

PULSE = "1 0 0 0 0 0 0 0"


def again(work: Work) -> list[str]:
    """The gradient's way back; once that has been told, the same with another cell beside it.

    Weights from a file are those of one cell: their largest state is asked about.
    """
    options, source = work.options, source_word(work.input)
    if source is None:
        cells = [work.cell if options.weights is None else work.top.kind]
        return _elsewhere(work, [*cells, _other(work)] if work.wants_gradients else cells)
    if options.weights is None and work.wants_gradients:
        return _line(source, [*options.words([work.cell, _other(work)]), "--bptt"])
    words = list(options.words(options.cells))
    if not work.has_targets and work.targets_wanted:
        words += ["--targets", _target(work)]
    if not work.wants_gradients and (work.has_targets or work.targets_wanted):
        return _line(source, [*words, "--bptt"])
    place = np.unravel_index(int(np.abs(work.steps.outputs).argmax()), work.steps.outputs.shape)
    asked = ["--bptt"] if work.wants_gradients else []
    return _line(source, [*words, *asked, "--explain", ",".join(map(str, place))])


def alone(work: Work) -> list[str]:
    """One of several cells, with the gradient's way back, and as many units as it had beside the others."""
    source = source_word(work.input)
    if source is None:
        return _elsewhere(work, [work.cell])
    words = list(work.options.words([work.cell]))
    if work.top.kind == "leaky" and "--units" not in words:
        words += ["--units", str(work.top.units)]  # alone it would have as many as there are features
    return _line(source, [*words, "--bptt"])


def _other(work: Work) -> str:
    """A cell to stand beside this one, with its skip connection if it has one of its own."""
    _, plus, steps = work.cell.partition("+")
    return AFTER[work.top.kind] + plus + steps


def _line(source: str, words: list[str]) -> list[str]:
    return ["dlcli", "rnn", source, *words]


def _elsewhere(work: Work, cells: list[str]) -> list[str]:
    return _line(PULSE, [*work.options.words(cells, elsewhere=True), "--bptt"])


def _target(work: Work) -> str:
    """Something that the only output could be compared with: another word than was read last, or ones."""
    words = work.sequence.words
    if words is None:
        return " ".join(["1"] * work.outputs.shape[1])
    read = words[int(work.sequence.data[-1].argmax())]
    return next((word for word in words if word != read), read)
