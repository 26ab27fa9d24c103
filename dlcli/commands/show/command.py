"""``dlcli show``: look at any tensor and pass it on."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, replace
from math import prod

import click

from dlcli.commands.kinds.nets.data import Data, or_data
from dlcli.commands.kinds.pictures.picture import told_channels_first
from dlcli.commands.show.record import Work
from dlcli.errors import WrongUsage, printable
from dlcli.runner.command import command as subcommand
from dlcli.runner.inputs import SENTENCES
from dlcli.runner.manual import Manual
from dlcli.runner.option import option
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor
from dlcli.wire.datasets.array_files import files_of_arrays
from dlcli.wire.datasets.words import SMALL_DIGITS, form_of

#: The headings of its stories.
SECTIONS = (
    "Axes", "Data", "Held out", "Looks", "Origin", "Tensor", "Licence", "Around it", "Classes", "Number",
    "Numbers", "Values to be fitted", "Among all", "Passed over", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "tensor": "The input, as it came. Of a set of data the pictures that are not held out, each "
        "labelled by its class."
    },
    formulas={"mean": "Σ x / n", "deviation": "√(Σ (x − mean)² / n)"},
    examples=(
        "dlcli show sample:cat",
        "dlcli show sample:exercise --view histogram",
        "dlcli conv sample:cat -k sobel-x --channels gray | dlcli show --view heat",
        "dlcli show sample:exercise --explain 1,2",
        "dlcli show '3 1 4 1 5; 9 2 6 5 3' --view chart -f plain",
        "dlcli show sample:digits",
        "dlcli show shapes:100 -o sheet.png",
    ),
    tables={
        "Sets of data": {
            "sample:digits": "2,000 handwritten digits of MNIST, 28 x 28, 400 of them held out.",
            "digits:all": "5,000 of them, 1,000 held out; pip install 'dlcli[data]' brings them.",
            "digits8": "1,797 handwritten digits of 8 x 8, 355 held out.",
            "shapes:N": "N drawn shapes of ten classes on textures in colour, 32 x 32, and N/4 held out.",
            "reviews:N": "N short reviews of films, negative or positive, drawn from a grammar with "
            "negations, and 500 held out.",
            "dates:N": "N days as people write them, to be translated into ISO 8601, and 500 other days "
            "held out.",
            "FOLDER": "A folder of pictures for each class; train/ and test/ (or val/) may hold these.",
            "CIFAR, MNIST": "The folder or a file of CIFAR-10 or CIFAR-100, binary or for Python; IDX files, "
            "packed or not.",
            "FILE": ".npz with x and y, or x_train, y_train, x_test, y_test; x.npy beside y.npy; a CSV with "
            "a column label or class, of sentences in a column text; or with columns source and target, of "
            "sentences and their translations.",
        }
    },
    sections=SECTIONS,
)

#: Forms of files that can be shown as tensors, too.
BOTH = ("npz", "npy", "table")

#: What ``--view`` knows; ``auto`` goes by the axes.
VIEWS = ("auto", "numbers", "picture", "heat", "chart", "histogram", "scatter")


@dataclass(frozen=True)
class Options:
    """The options of ``dlcli show``."""

    view: str = option(
        "--view",
        click.Choice(VIEWS),
        "auto",
        under="Looking",
        help="How to draw it; auto goes by the axes and the size. scatter: points (point, feature), of more "
        "than two features their two principal components; the labels of the first axis are classes.",
    )


@subcommand("show", MANUAL, Options, reads=or_data(SENTENCES))
def command(run: Run, options: Options) -> Worker:
    """Look at any tensor: axes, numbers, where it comes from. What came in goes on unchanged.

    INPUT is a file, - for standard input, sample:NAME, a literal such as '23 255 40; 21 34 200', a
    sentence, whose words are numbered as they first appear, or a set of data (see below): of that a contact
    sheet is shown, with the count of each class. In the middle of a pipe --show tells the story on standard
    error while the tensor goes on.
    """

    def work(x: Tensor | Data) -> Result:
        if isinstance(x, Data):
            return _set(x, run, options)
        told_channels_first(x, run)
        return Result(
            {"tensor": lambda: x},
            Work(replace(x), options.view, run.line),  # what was read is the result
            in_place=True,
            drawn=_typed_view(options),
        )

    return work


def _set(x: Data, run: Run, options: Options) -> Result:
    """A set of data: its pictures as one tensor, a contact sheet of them in a picture file."""
    from dlcli.commands.show.record_data import Work as DataWork

    word = str(x.attrs["source"])
    form, path = form_of(word)
    name = printable(word)
    if form in BOTH and not word.startswith("sample:") and word != SMALL_DIGITS:
        file = next(iter(files_of_arrays(path).values())) if os.path.isdir(path) else word
        told = f"{name} is shown as a set of data"
        if form != "table":
            told += f"; its numbers as they are: dlcli show - < {printable(shlex.quote(file))}"
        elif not x.set.vocabulary and all(map(str.isdecimal, x.set.classes)):
            told += f"; its numbers as they are: dlcli tensor {printable(shlex.quote(file))} | dlcli show"
        run.warn(told)
    if words := x.set.missing_words():
        run.warn(words)
    if options.view == "scatter" and len(x.set.shape) == 3:
        shape, rows = " x ".join(map(str, x.set.shape)), prod(x.set.shape)
        raise WrongUsage(
            f"--view scatter needs points (point, feature), and {name} has pictures of {shape}; with a row "
            f"for each: dlcli show {printable(shlex.quote(word))} | dlcli tensor --reshape -1,{rows} | dlcli "
            "show --view scatter; or a layer of a net in their place: dlcli predict NET INPUT --emit LAYER"
        )
    look = DataWork(x.set, options.view, run.line, run.limits, x.attrs)
    return Result(
        {"tensor": look.whole},
        look,
        explained=look.outline,
        view="story_data",
        pictures={"tensor": look.sheet} if look.pictures else {},
        drawn=_typed_view(options),
    )


def _typed_view(options: Options) -> str:
    return "" if options.view in ("auto", "picture") else f"--view {options.view}"
