"""``dlcli tensor``: look at a tensor, take a part of it, turn it, cut it elsewhere, repeat it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from dlcli.commands.kinds.pictures.picture import told_channels_first
from dlcli.commands.tensor.record import Indexing, Step, Work
from dlcli.commands.tensor.steps import (
    as_vector,
    broadcasted,
    indexed,
    is_typed_row,
    reshaped,
    transposed,
)
from dlcli.commands.tensor.words import (
    Commas,
    IndexItem,
    parse_index,
    parse_lengths,
    parse_order,
    parse_shape,
)
from dlcli.errors import BadData, DlcliError, WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.inputs import tensors
from dlcli.runner.kinds import Word
from dlcli.runner.manual import Manual
from dlcli.runner.option import option
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor

MANUAL = Manual(
    emits={"tensor": "The tensor after all steps; without any, as it came."},
    formulas={
        "rank": "number of axes",
        "size": "n0 · n1 · n2, the product of the shape's lengths",
        "flat index": "(i · n1 + j) · n2 + k, the same before and after a reshape",
        "transposed[j, i]": "x[i, j]",
        "broadcast": "lengths are equal, or one is 1 or missing; from the last axis on",
    },
    tables={
        "What an index is made of": {
            "2, -1": "one place, counted from the end when negative: its axis goes",
            "1:3, :, ::2, ::-1": "places from, up to (without the last), in steps; : is all of them",
            "...": "all places of every axis that is not named",
            "newaxis": "a new axis of length 1",
            "red, 'New York'": "the place with that label; alone, on whichever axis has it",
        },
    },
    examples=(
        "dlcli tensor sample:cat",
        "dlcli tensor sample:cat --index '100:200, ::2, red'",
        "dlcli tensor '1 2 3; 4 5 6' --reshape 3,2",
        "dlcli tensor sample:cat --index '102, 169:171' --reshape 3,2",
        "dlcli tensor '1 2 3; 4 5 6' --transpose reverse --explain 2,0",
        "dlcli tensor '[12, 3, 6, 34]' --index -1",
        "dlcli tensor '1; 2; 3' --broadcast '10 20 30 40'",
        "dlcli tensor '[1, 2, 3]' --reshape 3,1 --broadcast 3,4 --index :,0 -f csv",
    ),
)

#: All options stand under one heading.
step_option = partial(option, many=True, under="Steps, in the order typed")


@dataclass(frozen=True)
class Options:
    """The options of ``dlcli tensor``: its steps, each as often as it is typed."""

    index: tuple[tuple[IndexItem, ...], ...] = step_option(
        "--index",
        Commas("INDEX", parse_index),
        help="Take a part, as Python writes it: 0; 1,2; ':,0'; '..., -1'; ::2; red.",
    )
    transpose: tuple[tuple[str, ...], ...] = step_option(
        "--transpose",
        Commas("AXES", parse_order),
        help="Put the axes in another order, by names or indices: width,height or 1,0; reverse turns them "
        "round.",
    )
    reshape: tuple[tuple[int, ...], ...] = step_option(
        "--reshape",
        Commas("SHAPE", parse_lengths),
        help="Cut the row of numbers elsewhere: 3,4; one length may be -1.",
    )
    broadcast: tuple[str, ...] = step_option(
        "--broadcast",
        Word("SHAPE|INPUT"),
        help="Repeat to the shape in common with this one (3,4 or '(3, 4)'), or with that of a file, a "
        "sample or a literal ('1 2 3', with blanks).",
    )


@subcommand("tensor", MANUAL, Options)
def command(run: Run, options: Options) -> Worker:
    """Look at a tensor: its rank, axes, shape and size; or take a part of it, turn, reshape or broadcast it.

    A tensor is an array with any number of axes, and never changes: each step makes a new one. Steps are
    taken in the order in which they are typed, and each can be typed again. A transpose takes the meaning of
    the axes along; a reshape keeps only the row of numbers, and shows what that does to them. A row of
    numbers that is typed is a matrix of one row, in brackets it is a vector: '[1, 2, 3]'.
    """
    return partial(stepped, steps=_in_order(options, run), run=run)


def _in_order(options: Options, run: Run) -> list[Callable[[Tensor], Step]]:
    """What is done to a tensor, step by step as typed; what variables say comes before."""
    most = run.limits.max_bytes
    others = [_other(word, run) for word in options.broadcast]
    steps: dict[str, list[Callable[[Tensor], Step]]] = {
        "--index": [partial(indexed, items=asked) for asked in options.index],
        "--transpose": [partial(transposed, words=asked) for asked in options.transpose],
        "--reshape": [partial(reshaped, asked=asked) for asked in options.reshape],
        "--broadcast": [partial(broadcasted, other=other, most_bytes=most) for other in others],
    }
    typed = [words[0] for words in run.line.options if words[0] in steps]
    said = [step for flag, found in steps.items() if flag not in typed for step in found]
    return said + [steps[flag].pop(0) for flag in typed]


def stepped(x: Tensor, *, steps: Sequence[Callable[[Tensor], Step]], run: Run) -> Result:
    """One input through all the steps that are asked for."""
    if not steps:
        told_channels_first(x, run)
    taken: list[Step] = []
    here = x
    for step in steps:
        taken.append(step(here))
        here = taken[-1].after
    if taken and isinstance(taken[0], Indexing) and taken[0].text == "-1" and is_typed_row(x):
        run.warn(
            f"index -1 took the only row of a matrix; {as_vector(x)} is a vector, and -1 its last number"
        )
    return Result({"tensor": lambda: here}, Work(x, here, tuple(taken), run.line))


def _other(word: str, run: Run) -> Tensor | tuple[int, ...]:
    """What the word behind ``--broadcast`` stands for: a shape, or a tensor that is read."""
    shape = parse_shape(word)
    if shape is not None:
        return shape
    if word == "-":
        raise WrongUsage(
            "--broadcast cannot read standard input, which is the tensor; give a file or a shape"
        )
    try:
        found = list(tensors(word, run.environment, run.limits))
    except BadData as error:
        if error.typed is not None:
            raise
        raise DlcliError(f"--broadcast: {error}") from error
    if len(found) != 1:
        told = " and ".join(tensor.describe() for tensor in found)
        raise DlcliError(f"--broadcast {os.path.basename(word)}: expected one tensor; received {told}")
    return found[0]
