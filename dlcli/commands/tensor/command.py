"""``dlcli tensor``: look at a tensor, take a part of it, turn it, cut it elsewhere, repeat it."""

from __future__ import annotations

import os
from functools import partial

import click

from dlcli.commands.tensor.record import Step, Work
from dlcli.commands.tensor.steps import broadcasted, indexed, reshaped, transposed
from dlcli.commands.tensor.words import Axes, Index, IndexItem, Lengths, parse_shape
from dlcli.engines.tensors.flatten import strides
from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.inputs import tensors
from dlcli.runner.manual import Manual
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
    groups={"Steps, in this order": ("index", "transpose", "reshape", "broadcast")},
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
        "dlcli tensor '1; 2; 3' --broadcast '10 20 30 40'",
        "dlcli tensor '1 2 3' --index 0 --reshape 3,1 --broadcast 3,4 -f csv",
    ),
)


@subcommand("tensor", MANUAL)
@click.option(
    "--index", type=Index(), help="Take a part, as Python writes it: 0; 1,2; ':,0'; '..., -1'; ::2; red."
)
@click.option(
    "--transpose",
    type=Axes(),
    help="Put the axes in another order, by names or indices: width,height or 1,0; reverse turns them round.",
)
@click.option(
    "--reshape", type=Lengths(), help="Cut the row of numbers elsewhere: 3,4; one length may be -1."
)
@click.option(
    "--broadcast",
    metavar="SHAPE|INPUT",
    help="Repeat to the shape in common with this one (3,4 or '(3, 4)'), or with that of a file, a sample "
    "or a literal ('1 2 3', with blanks).",
)
def command(
    run: Run,
    *,
    index: tuple[IndexItem, ...] | None,
    transpose: tuple[str, ...] | None,
    reshape: tuple[int, ...] | None,
    broadcast: str | None,
) -> Worker:
    """Look at a tensor: its rank, axes, shape and size; or take a part of it, turn, reshape or broadcast it.

    A tensor is an array with any number of axes, and never changes: each step makes a new one. Steps are
    taken in the order index, transpose, reshape, broadcast, whatever their order on the line. A transpose
    takes the meaning of the axes along; a reshape keeps only the row of numbers, and shows what that does to
    them.
    """
    other = _other(broadcast, run) if broadcast is not None else None
    return partial(worked, index=index, transpose=transpose, reshape=reshape, other=other, run=run)


def worked(
    x: Tensor,
    *,
    index: tuple[IndexItem, ...] | None,
    transpose: tuple[str, ...] | None,
    reshape: tuple[int, ...] | None,
    other: tuple[str, Tensor | tuple[int, ...]] | None,
    run: Run,
) -> Result:
    """One input through all the steps."""
    steps: list[Step] = []
    here = x
    if index is not None:
        steps.append(indexed(here, index))
        here = steps[-1].after
    if transpose is not None:
        steps.append(transposed(here, transpose))
        here = steps[-1].after
    if reshape is not None:
        steps.append(reshaped(here, reshape))
        here = steps[-1].after
    if other is not None:
        steps.append(broadcasted(here, other[1], other[0], run.limits.max_bytes))
        here = steps[-1].after
    work = Work(x, here, strides(x.shape), tuple(steps))
    return Result({"tensor": lambda: work.output}, work)


def _other(word: str, run: Run) -> tuple[str, Tensor | tuple[int, ...]]:
    """The word after ``--broadcast`` and what it stands for: a shape, or a tensor that is read."""
    shape = parse_shape(word)
    if shape is not None:
        return word, shape
    if word == "-":
        raise WrongUsage(
            "--broadcast cannot read standard input, which is the tensor; give a file or a shape"
        )
    try:
        found = list(tensors(word, run.environment, run.limits))
    except DlcliError as error:
        raise DlcliError(f"--broadcast: {error}") from error
    if len(found) != 1:
        told = " and ".join(tensor.describe() for tensor in found)
        raise DlcliError(f"--broadcast {os.path.basename(word)}: expected one tensor; received {told}")
    return word, found[0]
