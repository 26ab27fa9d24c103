"""``dlcli dropout``: some units are set to 0 at random, the others grow so that the mean stays."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import partial

import numpy as np

from dlcli.commands.dropout.record import Work
from dlcli.commands.kinds.level import no_level
from dlcli.engines.base.checks import compute_dtype
from dlcli.engines.tensors.dropout import dropout, mask_shape
from dlcli.errors import DlcliError
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import AxisName, Real, Whole
from dlcli.runner.manual import Manual
from dlcli.runner.option import option
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor
from dlcli.words.cell import axis_place
from dlcli.words.line import Line

#: All options stand under one heading.
dropout_option = partial(option, under="Dropout")


@dataclass(frozen=True)
class Options:
    """The options of ``dlcli dropout``."""

    rate: float = dropout_option(
        "--rate", Real("P", least=0, most=1), 0.5, help="The probability with which a unit is set to 0."
    )
    inference: bool = dropout_option("--inference", help="Not in training: everything passes unchanged.")
    per: tuple[str, ...] = dropout_option(
        "--per",
        AxisName(),
        many=True,
        help="One draw for each place along this axis, shared by all its numbers: channel drops whole "
        "channels. Repeatable.",
    )
    masks: int = dropout_option(
        "--masks",
        Whole(),
        1,
        excludes="--inference",
        help="Average over so many masks, to see that the mean stays.",
    )


#: The headings of its stories.
SECTIONS = (
    "Input", "Dropout", "Mask", "Draws", "Mean", "Arithmetic", "Output", "Dropped", "Notice", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "dropped": "The numbers after dropout.",
        "mask": "Which of them were kept: true or false.",
        "mean": "What --masks masks give on average; with one mask the same as dropped.",
    },
    formulas={
        "u": "uniform from 0 to 1, drawn for each number (or each place along --per)",
        "y": "x / (1 − rate) if u ≥ rate else 0",
        "y in inference": "x",
    },
    explains="dropped, or of what --emit asks for",
    examples=(
        "dlcli dropout '1 2 3 4; 5 6 7 8'",
        "dlcli dropout '1 2 3 4; 5 6 7 8' --rate 0.25 --seed 3 --explain 1,2",
        "dlcli dropout '1 2 3 4; 5 6 7 8' --masks 1000",
        "dlcli conv sample:cat -k diag -k antidiag --channels gray | dlcli dropout --per channel",
        "dlcli dropout sample:exercise --emit mask -f csv",
    ),
    sections=SECTIONS,
)


@subcommand("dropout", MANUAL, Options)
def command(run: Run, options: Options) -> Worker:
    """Drop units at random as a network does in training, and see which, and what the others become.

    What is kept is divided by 1 − rate (inverted dropout, as Keras and PyTorch do it), so that nothing is
    left to do in inference. The same --seed drops the same units. INPUT is a file, - for standard input,
    sample:NAME, or a literal such as '1 2; 3 4'.
    """
    return partial(dropped, options=options, generator=run.generator(), seed=run.seed, line=run.line)


def dropped(x: Tensor, *, options: Options, generator: np.random.Generator, seed: int, line: Line) -> Result:
    """One tensor after dropout, its axes kept; the next one gets another mask."""
    if not x.data.size:
        raise DlcliError(f"dropout wants at least one number; received {x.describe()}")
    places = tuple(sorted({axis_place(word, x, "--per") for word in options.per})) or None
    before = deepcopy(generator)
    if options.inference:
        data = x.data.astype(compute_dtype(x.data), copy=False)
        mask = np.ones(mask_shape(x.shape, places), bool)
    else:
        data, mask = dropout(x.data, options.rate, generator, per=places)
    work = Work(
        input=x,
        output=Tensor(data, x.axes, "dropped", x.attrs),
        mask=mask,
        rate=options.rate,
        inference=options.inference,
        masks=1 if options.inference else options.masks,
        per=places,
        seed=seed,
        before=before,
        line=line,
    )

    def mask_tensor() -> Tensor:
        return Tensor(np.broadcast_to(mask, x.shape), x.axes, "mask", no_level(x, "mask"))

    outputs = {"dropped": lambda: work.output, "mask": mask_tensor, "mean": lambda: work.mean}
    return Result(outputs, work, in_place=True)
