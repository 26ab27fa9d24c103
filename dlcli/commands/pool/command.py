"""``dlcli pool``: keep one number of each window of a picture, a feature map or a table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import click

from dlcli.commands.kinds.sliding import slid
from dlcli.engines.base.checks import Array
from dlcli.engines.pooling.fast import average, extreme, norm
from dlcli.engines.pooling.terms import KINDS, WindowTerms, window_terms
from dlcli.engines.pooling.windows import PoolWindows, checked
from dlcli.engines.pooling.winners import winners
from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import Padding, Pair
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor


@dataclass(frozen=True)
class Settings:
    """Where the windows stand and what is made of them, the same for every input."""

    size: tuple[int, int] | None  # none: the whole picture
    stride: tuple[int, int] | None
    padding: str | int
    dilation: tuple[int, int]
    ceil: bool
    kind: str
    p: float
    count_padding: bool


@dataclass(frozen=True)
class Work:
    """What the view tells the story from: see ``dlcli.commands.pool.protocol.Work``."""

    input: Tensor
    output: Tensor
    windows: PoolWindows
    settings: Settings

    @property
    def seen(self) -> Array:
        """The input as (height, width, channel)."""
        return self.input.data if self.input.data.ndim == 3 else self.input.data[..., None]

    @cached_property
    def winners(self) -> Array | None:
        """Where the numbers that were kept stand, row * width + column; none for sums."""
        if self.settings.kind not in ("max", "min"):
            return None
        places = winners(self.seen[None], self.windows, self.settings.kind == "max")[0]
        return places.reshape(self.output.shape)

    def terms(self, cell: tuple[int, ...]) -> WindowTerms:
        """The cells behind one output cell."""
        channel = cell[2] if len(cell) == 3 else 0
        settings = self.settings
        return window_terms(
            self.seen[..., channel], self.windows, (cell[0], cell[1]), kind=settings.kind, p=settings.p,
            count_padding=settings.count_padding,
        )  # fmt: skip


MANUAL = Manual(
    emits={
        "pooled": "What each window became: (height, width[, channel]).",
        "argmax": "Where the kept number stands, row · width + column of the input (max and min).",
    },
    formulas={
        "y[i, j, k] (max)": "max x[i·s + r·d − before, j·s + c·d − before, k]  over r, c",
        "y[i, j, k] (avg)": "Σ x[…] / number of cells",
        "y[i, j, k] (lp)": "(Σ x[…]^p)^(1/p)",
        "height": "⌊(n + before + after − ((size − 1)·d + 1)) / s⌋ + 1",
    },
    groups={
        "Windows": ("size", "stride", "padding", "dilation", "ceil", "whole"),
        "Pooling": ("kind", "p", "count_padding"),
    },
    examples=(
        "dlcli pool sample:cat --size 4",
        "dlcli pool '1 3 2 0; 4 2 5 1; 0 1 7 2; 8 0 3 6' --explain 1,0",
        "dlcli conv sample:lines --kernel diag --activation relu | dlcli pool --size 4 -o pooled.npy",
        "dlcli pool sample:exercise --kind avg --padding same -f csv",
        "dlcli pool sample:cat --global --kind avg -f json",
        "dlcli pool sample:exercise --size 3 --stride 1 --emit argmax -f csv",
    ),
)


@subcommand("pool", MANUAL)
@click.option("--size", type=Pair(), help="Rows and columns of a window. [default: 2]")
@click.option("--stride", type=Pair(), help="Rows and columns from window to window. [default: the size]")
@click.option(
    "--padding",
    type=Padding(),
    default="valid",
    show_default=True,
    help="valid: none; same: output as large as the input divided by the stride; full: every overlap; "
    "N: that many rows and columns on each side. Padding is never the largest or least number.",
)
@click.option(
    "--dilation", type=Pair(), default="1", show_default=True, help="Rows and columns from cell to cell."
)
@click.option("--ceil", is_flag=True, help="Round the size up: also windows that reach beyond the input.")
@click.option("--global", "whole", is_flag=True, help="One window over the whole input.")
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="max",
    show_default=True,
    help="What is kept: the largest number, the mean, the least, or the root of the sum of powers.",
)
@click.option("--p", type=float, metavar="P", help="The power of --kind lp. [default: 2]")
@click.option(
    "--count-padding",
    is_flag=True,
    help="A mean counts the padding as zeros, as PyTorch does by default; otherwise it is not counted, as in "
    "Keras.",
)
def command(
    run: Run,
    *,
    size: tuple[int, int] | None,
    whole: bool,
    p: float | None,
    **settings: Any,
) -> Worker:
    """Keep one number of each window: the largest, the mean, the least, or a norm.

    Pooling makes a picture smaller and says less exactly where something stands: of each window, by default
    2 x 2 cells side by side, only the largest number goes on. Each channel is pooled by itself, and a photo
    stays a photo. INPUT is a file, - for standard input, sample:NAME, or a literal such as '1 3; 4 2'.

    A NaN wins its window. Of equal numbers the first counts, row by row. --kind lp takes the p-th root of the
    sum of p-th powers of the cells that its window sees, without absolute values; PyTorch's LPPool2d does the
    same but where --ceil cuts a window short: there it scales the sum up to a whole window. A padding is
    refused when a window would see nothing else; PyTorch allows at most half the size.
    """
    kind = settings["kind"]
    if p is not None and kind != "lp":
        raise WrongUsage(f"--p is the power of --kind lp; --kind {kind} has none")
    if p is not None and not 0 < p < float("inf"):
        most = "; --kind max is what a power of infinity comes to" if p == float("inf") else ""
        raise WrongUsage(f"--p wants a positive, finite number; received {p:g}; try --p 2{most}")
    if settings["count_padding"] and kind != "avg":
        raise WrongUsage(f"--count-padding is about the mean of --kind avg; --kind {kind} counts nothing")
    if click.get_current_context().params.get("emit") == "argmax" and kind not in ("max", "min"):
        raise WrongUsage(
            f"--emit argmax: only a largest or least number has a place; --kind {kind} has none, "
            "max and min have"
        )
    if whole:
        others = {
            "size": size,
            "stride": settings["stride"],
            "ceil": settings["ceil"],
            "padding": settings["padding"] != "valid",
            "dilation": settings["dilation"] != (1, 1),
        }
        for name, given in others.items():
            if given:
                raise WrongUsage(f"--global is one window over the whole input; leave --{name} out")
    chosen = Settings(size=None if whole else size or (2, 2), p=2.0 if p is None else p, **settings)
    return partial(pooled, settings=chosen)


def pooled(x: Tensor, *, settings: Settings) -> Result:
    """One input, window by window."""
    if x.data.ndim not in (2, 3) or 0 in x.shape:
        raise DlcliError(
            f"pool wants a picture or a matrix: 2 or 3 axes (height, width[, channel]), none of them empty; "
            f"received {x.describe()}"
        )
    seen = (x.data if x.data.ndim == 3 else x.data[..., None])[None]  # (1, H, W, C)
    kind = settings.kind
    if x.data.dtype.kind == "c" and kind != "avg":
        raise DlcliError(
            f"--kind {kind} wants real numbers: complex ones have no order, only their mean is defined; "
            f"received {x.describe()}; try --kind avg"
        )
    windows = checked(
        f"--kind {kind}", seen, settings.size or (x.shape[0], x.shape[1]), settings.stride, settings.padding,
        settings.dilation, settings.ceil, ordered=kind != "avg", p=settings.p,
    )  # fmt: skip
    if kind == "avg":
        y = average(seen, windows, settings.count_padding)
    elif kind == "lp":
        y = norm(seen, windows, settings.p)
    else:
        y = extreme(seen, windows, kind == "max")
    axes = (*(slid(axis, windows.where, i) for i, axis in enumerate(x.axes[:2])), *x.axes[2:])
    output = Tensor(y[0] if x.data.ndim == 3 else y[0, ..., 0], axes, "pooled", x.attrs)
    work = Work(x, output, windows, settings)
    outputs = {"pooled": lambda: output}
    if kind in ("max", "min"):
        outputs["argmax"] = lambda: Tensor(_of(work.winners), axes, f"arg{kind}", x.attrs)
    return Result(outputs, work)


def _of(places: Array | None) -> Array:
    assert places is not None
    return places
