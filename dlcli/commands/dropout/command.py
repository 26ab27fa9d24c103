"""``dlcli dropout``: some units are set to 0 at random, the others grow so that the mean stays."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property, partial

import click
import numpy as np

from dlcli.engines.base.checks import Array, compute_dtype
from dlcli.engines.tensors.dropout import Averages, average, draws, dropout, mask_shape
from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import AxisName, Real
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor
from dlcli.words.axis import axis_place

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
    groups={"Dropout": ("rate", "inference", "per", "masks")},
    explains="dropped, or of what --emit asks for",
    examples=(
        "dlcli dropout '1 2 3 4; 5 6 7 8'",
        "dlcli dropout '1 2 3 4; 5 6 7 8' --rate 0.25 --seed 3 --explain 1,2",
        "dlcli dropout '1 2 3 4; 5 6 7 8' --masks 1000",
        "dlcli conv sample:cat -k diag -k antidiag --channels gray | dlcli dropout --per channel",
        "dlcli dropout sample:exercise --emit mask -f csv",
    ),
)

#: The view that explains the cells of each result; of the mean of several masks it is another one.


@dataclass(frozen=True)
class Work:
    """What the view is told; draws and further masks are made again when they are read."""

    input: Tensor
    output: Tensor
    mask: Array
    rate: float
    inference: bool
    masks: int
    per: tuple[int, ...] | None
    seed: int
    before: np.random.Generator

    @cached_property
    def averages(self) -> Averages:
        """The mean over all masks, the first of them being the one that is shown."""
        return average(self.input.data, self.rate, deepcopy(self.before), self.masks, per=self.per)

    @property
    def mean(self) -> Tensor:
        """The mean over all masks as a tensor."""
        data = self.output.data if self.inference or self.masks == 1 else self.averages.mean
        return Tensor(data, self.input.axes, "mean", self.input.attrs)

    def draw(self, cell: tuple[int, ...]) -> float:
        """The uniform number that decided about a cell."""
        u = draws(self.input.shape, deepcopy(self.before), per=self.per)
        return float(np.broadcast_to(u, self.input.shape)[cell])


@subcommand("dropout", MANUAL)
@click.option(
    "--rate",
    type=Real("P", least=0, most=1),
    default=0.5,
    show_default=True,
    help="The probability with which a unit is set to 0.",
)
@click.option("--inference", is_flag=True, help="Not in training: everything passes unchanged.")
@click.option(
    "--per",
    type=AxisName(),
    multiple=True,
    help="One draw for each place along this axis, shared by all its numbers: channel drops whole channels. "
    "Repeatable.",
)
@click.option(
    "--masks",
    type=click.IntRange(min=1),
    metavar="N",
    default=1,
    show_default=True,
    help="Average over so many masks, to see that the mean stays.",
)
def command(run: Run, *, rate: float, inference: bool, per: tuple[str, ...], masks: int) -> Worker:
    """Drop units at random as a network does in training, and see which, and what the others become.

    What is kept is divided by 1 − rate (inverted dropout, as Keras and PyTorch do it), so that nothing is
    left to do in inference. The same --seed drops the same units. INPUT is a file, - for standard input,
    sample:NAME, or a literal such as '1 2; 3 4'.
    """
    if inference and masks > 1:
        raise WrongUsage("--masks averages what is dropped in training; with --inference nothing is dropped")
    return partial(
        dropped,
        rate=rate,
        generator=run.generator(),
        inference=inference,
        per=per,
        masks=masks,
        seed=run.seed,
    )


def dropped(
    x: Tensor,
    *,
    rate: float,
    generator: np.random.Generator,
    inference: bool = False,
    per: tuple[str, ...] = (),
    masks: int = 1,
    seed: int = 0,
) -> Result:
    """One tensor after dropout, its axes kept; the next one gets another mask."""
    if not x.data.size:
        raise DlcliError(f"dropout wants at least one number; received {x.describe()}")
    places = tuple(sorted({axis_place(word, x, "--per") for word in per})) if per else None
    before = deepcopy(generator)
    if inference:
        data = x.data.astype(compute_dtype(x.data), copy=False)
        mask = np.ones(mask_shape(x.shape, places), bool)
    else:
        data, mask = dropout(x.data, rate, generator, per=places)
    output = Tensor(data, x.axes, "dropped", x.attrs)
    work = Work(x, output, mask, rate, inference, masks, places, seed, before)

    def mask_tensor() -> Tensor:
        return Tensor(np.broadcast_to(mask, x.shape), x.axes, "mask", x.attrs)

    outputs = {"dropped": lambda: output, "mask": mask_tensor, "mean": lambda: work.mean}
    return Result(outputs, work)
