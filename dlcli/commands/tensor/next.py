"""The next command line worth trying after a look at a tensor."""

from __future__ import annotations

from dlcli.commands.tensor.record import Reshaping, Work
from dlcli.views.origin import source_word


def again(work: Work) -> list[str]:
    """After steps, the same line asking for a cell, or for the transpose instead of a reshape that is none.

    Of a tensor that was only looked at, a part, or its numbers in another shape.
    """
    source = source_word(work.input)
    if source is None:
        return ["dlcli", "tensor", "sample:exercise", "--reshape", "5,4"]
    words = ["dlcli", "tensor", source]
    if not work.steps:
        return words + _first(work)
    (*_, last) = work.steps
    if len(work.steps) == 1 and isinstance(last, Reshaping) and last.beside is not None:
        return [*words, *last.beside.words]
    if not work.output.data.size or not work.output.shape:
        return words
    for step in work.steps:
        words += step.words
    return [*words, "--explain", ",".join(str(length - 1) for length in work.output.shape)]


def _first(work: Work) -> list[str]:
    """A step that shows something of this tensor."""
    shape = work.input.shape
    for axis, names in enumerate(work.input.axes):
        if names.labels and names.labels[0].isidentifier():
            return ["--index", ",".join([":"] * axis + [names.labels[0]])]
    if len(shape) == 2:
        return ["--reshape", ",".join(map(str, reversed(shape)))]
    return ["--reshape", "-1,1"] if shape and work.input.data.size else ["--broadcast", "2,3"]
