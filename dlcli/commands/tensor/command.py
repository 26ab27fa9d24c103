"""``dlcli tensor``: look at a tensor, take a part of it, turn it, cut it elsewhere, compute with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from dlcli.commands.kinds.one_tensor import one_tensor
from dlcli.commands.kinds.pictures.picture import told_channels_first
from dlcli.commands.tensor.arithmetic import computed, multiplied, noisy, summed
from dlcli.commands.tensor.record import Indexing, Noise, Step, Work
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
    NoiseKind,
    parse_index,
    parse_lengths,
    parse_order,
    parse_shape,
)
from dlcli.engines.tensors.arithmetic import OPERATIONS
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import AxisName, Reads
from dlcli.runner.manual import Manual
from dlcli.runner.option import option
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor

#: The headings of its stories.
SECTIONS = (
    "Input", "Rank", "Size", *(name.capitalize() for name in OPERATIONS), "Broadcast", "Course notes",
    "Dense layer", "Index", "Matmul", "Noise", "Other", "Reshape", "Reshape is not transpose", "So far",
    "Sum", "Transpose", "Where each number came from", "Place in memory", "Tensor", "Notice", "Conventions",
    "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={"tensor": "The tensor after all steps; without any, as it came."},
    formulas={
        "rank": "number of axes",
        "size": "n0 · n1 · n2, the product of the shape's lengths",
        "flat index": "(i · n1 + j) · n2 + k, the same before and after a reshape",
        "transposed[j, i]": "x[i, j]",
        "broadcast": "lengths are equal, or one is 1 or missing; from the last axis on",
        "sum": "x + other, each number with the one it meets by broadcasting",
        "product": "x · W: product[i, j] = Σ x[i, k] · W[k, j]",
        "dense layer": "y = x · W + b: --matmul W --add b",
    },
    tables={
        "What OTHER is": {
            "2, 1/255": "a number: stretched over all cells",
            "'1 2; 3 4'": "a literal, as the input may be one",
            "noisy.npy, sample:cat": "a file or a sample with one tensor",
            "net.npz:dense/kernel": "the tensor of that name in a file or a sample",
            "-": "standard input, where the input is named",
        },
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
        "dlcli tensor '[1, 2, 3]' --multiply 2",
        "dlcli tensor sample:cat --multiply 1/255 --noise gaussian:0.1 --maximum 0 --minimum 1 -o noisy.png",
        "dlcli tensor '1 2; 3 4' --add '10; 20' --explain 1,0",
        "dlcli tensor '[1, 2]' --matmul '1 0 -1; 2 1 1' --add '[0.5, 0, 0]'",
        "dlcli tensor '1 2; 3 4' --matmul '1 0 -1; 2 1 1' --add '[0.5, 0, 0]' --explain 1,2",
        "dlcli conv sample:cat -k sobel-x -k sobel-y --channels gray "
        "| dlcli tensor --power 2 --sum channel --power 1/2",
    ),
    sections=SECTIONS,
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
        Reads("SHAPE|INPUT"),
        help="Repeat to the shape in common with this one (3,4 or '(3, 4)'), or with that of a file, a "
        "sample or a literal ('1 2 3', with blanks).",
    )
    add: tuple[str, ...] = step_option("--add", Reads("OTHER"), help="Add another tensor, or a number.")
    subtract: tuple[str, ...] = step_option("--subtract", Reads("OTHER"), help="Subtract it.")
    multiply: tuple[str, ...] = step_option(
        "--multiply", Reads("OTHER"), help="Multiply by it, cell by cell: 1/255 for a photo from 0 to 1."
    )
    divide: tuple[str, ...] = step_option(
        "--divide", Reads("OTHER"), help="Divide by it; by 0 it gives inf or NaN, as in NumPy."
    )
    power: tuple[str, ...] = step_option(
        "--power", Reads("OTHER"), help="Raise to it: 2, or 1/2 for the root."
    )
    maximum: tuple[str, ...] = step_option(
        "--maximum", Reads("OTHER"), help="Keep the larger of both: --maximum 0 is relu."
    )
    minimum: tuple[str, ...] = step_option("--minimum", Reads("OTHER"), help="Keep the smaller of both.")
    matmul: tuple[str, ...] = step_option(
        "--matmul",
        Reads("OTHER"),
        help="Multiply by a matrix: every row with every column, x · W; with --add behind it a dense layer.",
    )
    sum_: tuple[str, ...] = step_option("--sum", AxisName(), help="Add up along an axis, which goes.")
    noise: tuple[tuple[str, float], ...] = step_option(
        "--noise",
        NoiseKind(),
        help="Add random numbers, drawn from --seed: gaussian:0.1 (mean 0, deviation 0.1) or uniform:0.1 "
        "(from -0.1 to 0.1).",
    )


@subcommand("tensor", MANUAL, Options)
def command(run: Run, options: Options) -> Worker:
    """Look at a tensor: its rank, axes, shape and size; or take a part of it, turn it, compute with it.

    A tensor is an array with any number of axes, and never changes: each step makes a new one. Steps are
    taken in the order in which they are typed, and each can be typed again. A transpose takes the meaning of
    the axes along; a reshape keeps only the row of numbers, and shows what that does to them. A row of
    numbers that is typed is a matrix of one row, in brackets it is a vector: '[1, 2, 3]'.

    Two tensors meet by broadcasting. Integers stay integers, in int64, where NumPy's uint8 would wrap round;
    a quotient, and what meets a float, is one, in the wider precision of both; what is typed takes that of
    what it meets.
    """
    return partial(stepped, steps=_in_order(options, run), run=run)


def _in_order(options: Options, run: Run) -> list[Callable[[Tensor], Step]]:
    """What is done to a tensor, step by step as typed; what variables say comes before."""
    most = run.limits.max_bytes
    steps: dict[str, list[Callable[[Tensor], Step]]] = {
        "--index": [partial(indexed, items=asked) for asked in options.index],
        "--transpose": [partial(transposed, words=asked) for asked in options.transpose],
        "--reshape": [partial(reshaped, asked=asked) for asked in options.reshape],
        "--broadcast": [
            partial(broadcasted, other=_shape_or_tensor(word, run), word=word, most_bytes=most)
            for word in options.broadcast
        ],
        "--sum": [partial(summed, word=word) for word in options.sum_],
        "--matmul": [
            partial(multiplied, other=one_tensor(word, run, "--matmul"), word=word, most_bytes=most)
            for word in options.matmul
        ],
    }
    for operation in OPERATIONS:
        flag, step = f"--{operation}", partial(computed, operation=operation)
        steps[flag] = [
            partial(step, other=one_tensor(word, run, flag), word=word, most_bytes=most)
            for word in getattr(options, operation)
        ]
    generator = run.generator()
    steps["--noise"] = [
        partial(noisy, noise=Noise(*noise, run.seed), generator=generator) for noise in options.noise
    ]
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


def _shape_or_tensor(word: str, run: Run) -> Tensor | tuple[int, ...]:
    """What the word behind ``--broadcast`` stands for: a shape, or a tensor that is read."""
    shape = parse_shape(word)
    return one_tensor(word, run, "--broadcast") if shape is None else shape
