"""``dlcli returns``: what the rewards of an episode are worth at each of its steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from dlcli.commands.returns.record import Work
from dlcli.engines.decisions.returns import discounted_rewards, returns
from dlcli.errors import DlcliError
from dlcli.runner.command import command as subcommand
from dlcli.runner.inputs import TENSORS, tensors
from dlcli.runner.kinds import AxisName, Real
from dlcli.runner.manual import Manual
from dlcli.runner.option import option
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Axis, Tensor
from dlcli.words.cell import axis_place
from dlcli.words.line import Line
from dlcli.words.number import not_finite

#: The headings of its stories.
SECTIONS = (
    "Rewards", "Return", "Arithmetic", "First step", "From the step after", "Returns", "Notice", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "returns": "G_t: what all rewards from a step on are worth at that step.",
        "discounted": "γ^k · R_{k+1}: what each reward is worth at the first step.",
    },
    formulas={
        "G_t": "R_{t+1} + γ·R_{t+2} + γ²·R_{t+3} + … = Σ γ^k · R_{t+k+1}",
        "G_T": "0, and from there back G_t = R_{t+1} + γ·G_{t+1}",
    },
    examples=(
        "dlcli returns '-1 2 6 3 2' --gamma 0.5",
        "dlcli returns '0 0 0 0 10' --gamma 0.9 --explain 0,1",
        "dlcli returns '1 1 1 1; 0 0 0 5' --gamma 0.8 -f csv",
        "dlcli returns '-1 2 6 3 2' --gamma 0.5 -f plain --blank",
    ),
    sections=SECTIONS,
)


@dataclass(frozen=True)
class Options:
    """The options of ``dlcli returns``."""

    gamma: float = option(
        "--gamma",
        Real("G", least=0, most=1),
        0.9,
        under="Return",
        help="The discount: what a reward is worth that comes a step later.",
    )
    axis: str | None = option(
        "--axis",
        AxisName(),
        under="Return",
        help="The axis of the steps, by name or place. [default: the last, or the rows of a single column]",
    )


@subcommand("returns", MANUAL, Options, reads=replace(TENSORS, items=partial(tensors, column="reward")))
def command(run: Run, options: Options) -> Worker:
    """Add up the rewards from each step on, later ones discounted: the return.

    Rewards are R_1 to R_T, the first of them paid for step 0. Each row is an episode; of a table with a
    column called reward that column is one.

    INPUT is a file, - for standard input, sample:NAME, or a literal such as '-1 2 6 3 2'.
    """
    return partial(discounted, options=options, line=run.line)


def discounted(x: Tensor, *, options: Options, line: Line) -> Result:
    """The returns of one tensor of rewards, its axes kept."""
    if not x.data.ndim or not x.data.size:
        raise DlcliError(f"returns wants the rewards of at least one step; received {x.describe()}")
    if options.axis is None:
        x = reward_column(x)
    gamma, place = options.gamma, x.data.ndim - 1
    if options.axis is not None:
        place = axis_place(options.axis, x)
    elif x.data.ndim == 2 and x.shape[1] == 1:
        place = 0
    attrs = {**x.attrs, "gamma": gamma}
    output = Tensor(returns(x.data, gamma, place), x.axes, "returns", attrs)
    lost = not_finite(output.data, x.data, "returns") if np.isfinite(x.data).all() else ""
    outputs = {
        "returns": lambda: output,
        "discounted": lambda: Tensor(discounted_rewards(x.data, gamma, place), x.axes, "discounted", attrs),
    }
    return Result(outputs, Work(x, output, gamma, place, line), verdict=lost)


def reward_column(x: Tensor) -> Tensor:
    """The column of a table that is called reward, as a vector; any other tensor as it is.

    Raises ``DlcliError`` when it goes through several episodes, or two columns are called so.
    """
    columns = [label.lower() for label in x.axes[-1].labels or ()] if x.data.ndim == 2 else []
    if "reward" not in columns:
        return x
    if columns.count("reward") > 1:
        raise DlcliError("two columns are called reward; give one of them another name")
    if "episode" in columns and np.ptp(x.data[:, columns.index("episode")]):
        raise DlcliError("the rewards of several episodes stand below each other; returns wants those of one")
    rows = x.axes[0] if x.axes[0].name != "row" else Axis("step")
    return replace(x, data=x.data[:, columns.index("reward")], axes=(rows,), name="reward")
