"""The story of a softmax: scores, their exponentials, the sum of these, and the shares of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.softmax.explain import (
    LISTED,
    explain,
    explain_exponential,
    explain_logarithm,
    formula,
    slice_table,
)
from dlcli.commands.softmax.record import Work
from dlcli.tensor import Axis
from dlcli.views.look import SMALL, facts, look, thumbnail
from dlcli.views.origin import origin_words, source_word
from dlcli.views.story import Section, Story
from dlcli.views.tables.matrix import Matrix
from dlcli.views.text.cell import strongest, strongest_words
from dlcli.views.text.command_line import CommandLine
from dlcli.words.number import number

NOTICED = 3


def story(work: Work, *, precision: int = 4) -> Story:
    """The scores, the formula, the probabilities beside their numerators, how even they are."""
    tensor = work.output
    alone = tensor.data.size == tensor.shape[work.axis]
    sections = [
        Section("input", "Input", origin_words(work.input, precision),
                None if alone else thumbnail(work.input, precision)),
        formula(work, (0,) * tensor.data.ndim if alone else None, precision),
        Section("result", "Probabilities", facts(tensor, precision), _probabilities(work, alone, precision)),
        Section("result", "Largest", strongest_words(tensor, precision)),
        Section("result", "Evenness", _evenness(work, precision)),
        Section("notice", "Notice", Text(" ".join([*_notices(work, precision)][:NOTICED]))),
        Section("next", "Try next", body=CommandLine(_next(work))),
    ]  # fmt: skip
    return Story(tuple(sections))


def _probabilities(work: Work, alone: bool, precision: int) -> RenderableType:
    tensor = work.output
    if alone:
        listed = slice_table(work, (0,) * tensor.data.ndim, precision)
        if tensor.data.size <= LISTED:
            return listed
        return Group(look(tensor, precision=precision, scale="sequential"), Text(""), listed)
    if tensor.data.ndim == 2 and max(tensor.shape) <= SMALL:
        return _with_sums(work, precision)
    return look(tensor, precision=precision, scale="sequential")


def _with_sums(work: Work, precision: int) -> Matrix:
    """A small matrix with what it adds up to along the axis as its last row or column."""
    tensor = work.output
    data = np.concatenate([tensor.data, tensor.data.sum(axis=work.axis, keepdims=True)], axis=work.axis)
    axes = list(tensor.axes)
    one = axes[work.axis]
    axes[work.axis] = Axis(one.name, (*(one.place(i) for i in range(tensor.shape[work.axis])), "Σ"))
    return Matrix(
        data,
        rows=axes[0],
        columns=axes[1],
        precision=precision,
        scale="sequential",
        limits=(0, 1),
        sums=int(work.axis == 1),
    )


def _evenness(work: Work, precision: int) -> Text:
    """The entropy, and how many equally likely places would be as uncertain."""
    bits = work.bits[np.isfinite(work.bits)]
    count = work.output.shape[work.axis]
    if not bits.size:
        return Text("unknown: no slice has probabilities")
    low, high, mean = (float(value) for value in (bits.min(), bits.max(), bits.mean()))
    most = f"of at most {number(np.log2(count), precision)}"
    same = f"as uncertain as {number(2**mean, precision)} of {count} place{'s' * (count > 1)} alike"
    if number(low, precision) == number(high, precision):
        return Text(f"entropy {number(mean, precision)} bits {most}: {same}")
    ends = f"{number(low, precision)} to {number(high, precision)} bits"
    return Text(f"entropy {ends} {most}, on average {number(mean, precision)}: {same}")


def _notices(work: Work, precision: int) -> Iterator[str]:
    """What holds for this run, the most telling first."""
    bits, scores = work.bits, work.input.data
    lost = bits.size - int(np.count_nonzero(np.isfinite(bits)))
    if lost:
        has, where = ("has", "it") if lost == 1 else ("have", "them")
        slices = f"{lost} of {bits.size} slices {has}" if bits.size > 1 else "There are"
        yield f"{slices} no probabilities (nan): NaN or inf is in {where}, or nothing but −inf."
    if work.output.shape[work.axis] == 1:
        yield "One place alone has probability 1, whatever its score."
    masked = int(np.count_nonzero(np.isneginf(scores))) if scores.dtype.kind == "f" else 0
    if masked and lost < bits.size:
        get = "score of −inf gets" if masked == 1 else "scores of −inf get"
        yield f"exp(−inf) is 0: {masked} {get} no probability."
    top = strongest(work.input)
    if top is None:
        return
    largest = number(scores[top] / work.temperature, precision)
    if work.overflows:
        dtype = work.output.data.dtype
        yield f"Without the shift by max, exp({largest}) would be more than {dtype} holds: inf / inf is nan."
    else:
        yield "The shift by max changes no share, and no exponential can overflow."
    if work.temperature == 1:
        yield "The order stays; a temperature above 1 makes the shares more even, below 1 sharper."
    else:
        what = "more even" if work.temperature > 1 else "sharper"
        told = number(work.temperature, precision)
        yield f"Divided by temperature {told} the scores give {what} shares than at 1; the order stays."


def _next(work: Work) -> list[str]:
    """The same line at another temperature, along another axis, or asking why."""
    source, tensor = source_word(work.input), work.output
    if source is None:
        return ["dlcli", "softmax", "2 1 0.1", "--temperature", "3"]
    if tensor.shape[work.axis] == 1 and tensor.data.size > 1:
        return work.line.again(source, "--axis", str(int(np.argmax(tensor.shape))), without=("--axis",))
    if work.temperature == 1:
        return work.line.again(source, "--temperature", "3", without=("--temperature",))
    cell = strongest(tensor) or (0,) * tensor.data.ndim
    return work.line.again(source, "--explain", ",".join(map(str, cell)))


#: Result -> what explains its cells.
EXPLAIN = {
    "probabilities": explain,
    "log-probabilities": explain_logarithm,
    "exponentials": explain_exponential,
}
