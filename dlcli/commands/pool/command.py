"""``dlcli pool``: keep one number of each window of a picture, a feature map or a table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import click

from dlcli.commands.kinds.level import no_level
from dlcli.commands.kinds.pictures.picture import check_window, picture_of
from dlcli.commands.kinds.pictures.receptive_field import remembered, windows
from dlcli.commands.kinds.pictures.sliding import mixed, slid
from dlcli.commands.kinds.pictures.winners import POOLED
from dlcli.commands.kinds.sounds.blocks import say_alone
from dlcli.commands.pool.record import Work
from dlcli.engines.pooling.pool2d import pooling
from dlcli.engines.pooling.terms import KINDS
from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import Padding, Pair
from dlcli.runner.manual import Manual
from dlcli.runner.moving import Moving
from dlcli.runner.option import option
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor
from dlcli.words.axes import SEVERAL

#: Options by their heading; with --global there is one window, and nothing to say of it.
window_option = partial(option, under="Windows", excludes="--global")
pooling_option = partial(option, under="Pooling")


@dataclass(frozen=True)
class Options(Moving):
    """The options of ``dlcli pool``."""

    size: tuple[int, int] | None = window_option(
        "--size", Pair(), help="Rows and columns of a window. [default: 2]"
    )
    stride: tuple[int, int] | None = window_option(
        "--stride", Pair(), help="Rows and columns from window to window. [default: the size]"
    )
    padding: str | int = window_option(
        "--padding",
        Padding(),
        "valid",
        help="valid: none; same: output as large as the input divided by the stride; full: every overlap; "
        "N: that many rows and columns on each side. Padding is never the largest or least number.",
    )
    dilation: tuple[int, int] = window_option(
        "--dilation", Pair(), "1", help="Rows and columns from cell to cell."
    )
    ceil: bool = window_option("--ceil", help="Round the size up: also windows that reach beyond the input.")
    whole: bool = option("--global", under="Windows", help="One window over the whole input.")
    kind: str = pooling_option(
        "--kind",
        click.Choice(KINDS),
        "max",
        help="What is kept: the largest number, the mean, the least, or the root of the sum of powers.",
    )
    p: float | None = pooling_option(
        "--p", float, metavar="P", needs="--kind lp", help="The power of --kind lp. [default: 2]"
    )
    count_padding: bool = pooling_option(
        "--count-padding",
        needs="--kind avg",
        help="A mean counts the padding as zeros, as PyTorch does by default; otherwise it is not counted, "
        "as in Keras.",
    )


#: The headings of its stories.
SECTIONS = (
    "Input", "Receptive field", "Size", "Window", "Windows", "Steps", "Arithmetic", "Cells", "Pooled",
    "Notice", "Sees", "Computed by", "Try next",
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
    examples=(
        "dlcli pool sample:cat --size 4",
        "dlcli pool '1 3 2 0; 4 2 5 1; 0 1 7 2; 8 0 3 6' --explain 1,0",
        "dlcli conv sample:lines --kernel diag --activation relu | dlcli pool --size 4 -o pooled.npy",
        "dlcli pool sample:exercise --kind avg --padding same -f csv",
        "dlcli pool sample:cat --global --kind avg -f json",
        "dlcli pool sample:exercise --size 3 --stride 1 --emit argmax -f csv",
        "dlcli pool '1 3 2 1; 4 2 0 1; 5 1 3 3' --stride 1 -o windows.gif",
    ),
    sections=SECTIONS,
)


@subcommand("pool", MANUAL, Options)
def command(run: Run, options: Options) -> Worker:
    """Keep one number of each window: the largest, the mean, the least, or a norm.

    Pooling makes a picture smaller and says less exactly where something stands: of each window, by default
    2 x 2 cells side by side, only the largest number goes on. Each channel is pooled by itself, and a photo
    stays a photo. INPUT is a file, - for standard input, sample:NAME, or a literal such as '1 3; 4 2'.

    A NaN wins its window. Of equal numbers the first counts, row by row. --kind lp takes the p-th root of the
    sum of p-th powers of the cells that its window sees, without absolute values; PyTorch's LPPool2d does the
    same but where --ceil cuts a window short: there it scales the sum up to a whole window. A padding is
    refused when a window would see nothing else; PyTorch allows at most half the size.
    """
    p, kind = options.p, options.kind
    if p is not None and not 0 < p < float("inf"):
        most = "; --kind max is what a power of infinity comes to" if p == float("inf") else ""
        raise WrongUsage(f"--p wants a positive, finite number; received {p:g}; try --p 2{most}")
    if run.emit == "argmax" and kind not in ("max", "min"):
        raise WrongUsage(
            f"--emit argmax: only a largest or least number has a place; --kind {kind} has none, "
            "max and min have"
        )
    return partial(pooled, options=options, run=run)


def pooled(x: Tensor, *, options: Options, run: Run) -> Result:
    """One input, window by window."""
    x = picture_of(x, run, "pool")
    kind, p = options.kind, 2.0 if options.p is None else options.p
    if x.data.dtype.kind == "c" and kind != "avg":
        raise DlcliError(
            f"--kind {kind} wants real numbers: complex ones have no order, only their mean is defined; "
            f"received {x.describe()}; try --kind avg"
        )
    size = (x.shape[0], x.shape[1]) if options.whole else options.size or (2, 2)
    check_window(x, size, "--size " + ",".join("1" if axis.name in SEVERAL else "2" for axis in x.axes[:2]))
    made = pooling(
        (x.data if x.data.ndim == 3 else x.data[..., None])[None],  # (1, H, W, C)
        size,
        kind=kind,
        p=p,
        stride=options.stride,
        padding=options.padding,
        dilation=options.dilation,
        ceil=options.ceil,
        count_padding=options.count_padding,
    )
    if not options.whole:
        say_alone(x, mixed(made.windows.where), run, "pool")
    y = made.output[0]  # (OH, OW, C)
    axes = (*(slid(axis, made.windows.where, i) for i, axis in enumerate(x.axes[:2])), *x.axes[2:])
    field = remembered(x, "pool", windows(made.windows.where))
    attrs = no_level(x, "pooled") if kind == "lp" else x.attrs
    output = Tensor(y if x.data.ndim == 3 else y[..., 0], axes, "pooled", {**attrs, **field})
    work = Work(
        x, output, made.windows, kind, p, options.count_padding, options.ceil, options.whole, run.line
    )
    outputs = {"pooled": lambda: output}
    if work.places:
        counted = dict(zip(POOLED, map(int, x.shape[:2]), strict=True))
        of_winners = {**no_level(x, f"arg{kind}"), **field, **counted}
        outputs["argmax"] = lambda: Tensor(work.winners, axes, f"arg{kind}", of_winners)
    return Result(outputs, work)
