"""The next command line worth trying after a net has read a sequence."""

from __future__ import annotations

from dlcli.views.origin import source_word
from dlcli.views.rnn_work import Work

#: What to look at after each kind of cell.
AFTER = {"simple": "lstm", "leaky": "simple", "lstm": "gru", "gru": "lstm"}


def again(work: Work) -> list[str]:
    """The gradient's way back; once that has been told, the same with another cell beside it."""
    line = alone(work)
    return [*line, "--cell", AFTER[work.top.kind]] if work.wants_gradients else line


def alone(work: Work) -> list[str]:
    """One cell, with the gradient's way back."""
    line = ["dlcli", "rnn", source_word(work.input) or "1 0 0 0 0 0 0 0", "--cell", work.name, "--bptt"]
    return [*line, "--standardize"] if "deviation" in work.sequence.how else line
