"""``dlcli returns``: what the rewards of an episode are worth at each of its steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import click
import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.returns import ReturnTerms, return_terms, returns
from dlcli.errors import DlcliError
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import AxisName, Real
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor
from dlcli.words.axis import axis_place
from dlcli.words.not_finite import not_finite

MANUAL = Manual(
    emits={
        "returns": "G_t: what all rewards from a step on are worth at that step.",
        "discounted": "γ^k · R_{k+1}: what each reward is worth at the first step.",
    },
    formulas={
        "G_t": "R_{t+1} + γ·R_{t+2} + γ²·R_{t+3} + … = Σ γ^k · R_{t+k+1}",
        "G_T": "0, and from there back G_t = R_{t+1} + γ·G_{t+1}",
    },
    groups={"Return": ("gamma", "axis")},
    examples=(
        "dlcli returns '-1 2 6 3 2' --gamma 0.5",
        "dlcli returns '0 0 0 0 10' --gamma 0.9 --explain 0,1",
        "dlcli returns '1 1 1 1; 0 0 0 5' --gamma 0.8 -f csv",
    ),
)


@dataclass(frozen=True, eq=False)
class Work:
    """What the view is told: the rewards, what they are worth, the discount, and the axis of the steps."""

    input: Tensor
    output: Tensor
    gamma: float
    axis: int

    def terms(self, cell: tuple[int, ...]) -> ReturnTerms:
        """The sum behind one return."""
        return return_terms(self._episode(self.input.data, cell), self.gamma, cell[self.axis])

    def later(self, cell: tuple[int, ...]) -> Array:
        """The returns of the episode that a cell belongs to (T,)."""
        return self._episode(self.output.data, cell)

    def _episode(self, data: Array, cell: tuple[int, ...]) -> Array:
        episode: Array = np.moveaxis(data, self.axis, -1)[(*cell[: self.axis], *cell[self.axis + 1 :])]
        return episode.astype(self.output.data.dtype)


@subcommand("returns", MANUAL)
@click.option(
    "--gamma",
    type=Real("G", least=0, most=1),
    default=0.9,
    show_default=True,
    help="The discount: what a reward is worth that comes a step later.",
)
@click.option(
    "--axis",
    type=AxisName(),
    help="The axis of the steps, by name or place. [default: the last, or the rows of a single column]",
)
def command(run: Run, *, gamma: float, axis: str | None) -> Worker:
    """Add up the rewards from each step on, later ones discounted: the return.

    Rewards are R_1 to R_T, the first of them paid for step 0. Each row is an episode.

    INPUT is a file, - for standard input, sample:NAME, or a literal such as '-1 2 6 3 2'.
    """
    return partial(discounted, gamma=gamma, axis=axis)


def discounted(x: Tensor, *, gamma: float, axis: str | None) -> Result:
    """The returns of one tensor of rewards, its axes kept."""
    if not x.data.ndim or not x.data.size:
        raise DlcliError(f"returns wants the rewards of at least one step; received {x.describe()}")
    place = x.data.ndim - 1
    if axis is not None:
        place = axis_place(axis, x)
    elif x.data.ndim == 2 and x.shape[1] == 1:
        place = 0
    attrs = {**x.attrs, "gamma": gamma}
    output = Tensor(returns(x.data, gamma, place), x.axes, "returns", attrs)

    def weighted() -> Tensor:
        powers = gamma ** np.arange(x.shape[place])
        shape = [-1 if i == place else 1 for i in range(x.data.ndim)]
        values = (x.data * powers.reshape(shape)).astype(output.data.dtype)
        return Tensor(values, x.axes, "discounted", attrs)

    lost = not_finite(output.data, x.data, "returns") if np.isfinite(x.data).all() else ""
    work = Work(x, output, gamma, place)
    return Result({"returns": lambda: output, "discounted": weighted}, work, verdict=lost)
