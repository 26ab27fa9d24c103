"""``dlcli show``: look at any tensor and pass it on."""

from __future__ import annotations

from dataclasses import dataclass

import click

from dlcli.commands.kinds.picture import told_channels_first
from dlcli.commands.show.record import Work
from dlcli.runner.command import command as subcommand
from dlcli.runner.inputs import SENTENCES
from dlcli.runner.manual import Manual
from dlcli.runner.option import option
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor

MANUAL = Manual(
    emits={"tensor": "The input, as it came."},
    formulas={"mean": "Σ x / n", "deviation": "√(Σ (x − mean)² / n)"},
    examples=(
        "dlcli show sample:cat",
        "dlcli show sample:exercise --view histogram",
        "dlcli conv sample:cat -k sobel-x --channels gray | dlcli show --view heat",
        "dlcli show sample:exercise --explain 1,2",
        "dlcli show '3 1 4 1 5; 9 2 6 5 3' --view chart -f plain",
    ),
)

#: What ``--view`` knows; ``auto`` goes by the axes.
VIEWS = ("auto", "numbers", "picture", "heat", "chart", "histogram")


@dataclass(frozen=True)
class Options:
    """The options of ``dlcli show``."""

    view: str = option(
        "--view",
        click.Choice(VIEWS),
        "auto",
        under="Looking",
        help="How to draw it; auto goes by the axes and the size.",
    )


@subcommand("show", MANUAL, Options, reads=SENTENCES)
def command(run: Run, options: Options) -> Worker:
    """Look at any tensor: axes, numbers, where it comes from. What came in goes on unchanged.

    INPUT is a file, - for standard input, sample:NAME, a literal such as '23 255 40; 21 34 200', or a
    sentence, whose words are numbered as they first appear. In the middle of a pipe --show tells the story
    on standard error while the tensor goes on.
    """

    def work(x: Tensor) -> Result:
        told_channels_first(x, run)
        return Result({"tensor": lambda: x}, Work(x, options.view, run.line))

    return work
