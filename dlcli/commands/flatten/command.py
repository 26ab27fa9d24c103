"""``dlcli flatten``: all numbers of a tensor in one row, and what that hides."""

from __future__ import annotations

from functools import partial

from dlcli.commands.flatten.record import Work
from dlcli.engines.tensors.flatten import flatten, place_of
from dlcli.runner.command import command as subcommand
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Axis, Tensor
from dlcli.words.line import Line

#: So many places of the vector get the place they came from as their label.
LABELLED = 1024


#: The headings of its stories.
SECTIONS = (
    "Input", "Index", "And back", "Place", "Flat", "Neighbours", "Shuffled", "Notice", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={"flat": "All numbers in one row, the last axis fastest: (index)."},
    formulas={
        "index": "(i · width + j) · channels + k",
        "k": "index mod channels",
        "j": "(index div channels) mod width",
        "i": "index div channels div width",
        "index, channels first": "(k · height + i) · width + j",
    },
    examples=(
        "dlcli flatten sample:cat",
        "dlcli flatten '1 2 3; 4 5 6'",
        "dlcli flatten sample:cat --explain 1353",
        "dlcli conv sample:exercise -k diag | dlcli flatten -f csv",
        "dlcli flatten sample:lines --seed 7 -f markdown",
    ),
    sections=SECTIONS,
)


@subcommand("flatten", MANUAL)
def command(run: Run) -> Worker:
    """Put all numbers of a tensor in one row, and see what that hides.

    A dense layer takes a vector. The numbers are taken in the order of the axes, the last one fastest, as
    Keras' Flatten and torch.flatten do it. Of a picture of Keras' (height, width, channel) that is row by
    row, the channels of a pixel together; of one of PyTorch's (channel, height, width) all of red comes
    before all of green: put the channels first with dlcli tensor --transpose channel,height,width to get that
    vector of a photo. Weights that were trained on one order are of no use for the other.

    Every number is still there, but what touched in a photo is far apart: a pixel's right neighbour is as
    many places away as there are channels, the one below a whole row. Nothing in the vector says so, and a
    shuffled picture gives as good a vector. All axes are flattened, an axis of a batch too.
    """
    return partial(flattened, seed=run.seed, line=run.line)


def flattened(x: Tensor, *, seed: int, line: Line) -> Result:
    """One input in one row."""
    output = Tensor(flatten(x.data), (row_axis(x),), "flat", x.attrs)
    return Result({"flat": lambda: output}, Work(x, output, seed, line))


def row_axis(x: Tensor) -> Axis:
    """The axis of the vector: that of a vector itself; else each place is labelled by the cell it was.

    There are labels when an axis of the tensor says more than its indices, and the vector is short.

    >>> row_axis(Tensor([[1, 2]], (Axis("row"), Axis("column", ("a", "b"))))).labels
    ('0,a', '0,b')
    """
    if x.data.ndim == 1:
        return x.axes[0]
    if x.data.size > LABELLED or not any(axis.labels or axis.numeric for axis in x.axes):
        return Axis("index")
    places = (place_of(index, x.shape) for index in range(x.data.size))
    return Axis(
        "index",
        tuple(",".join(axis.place(i) for axis, i in zip(x.axes, place, strict=True)) for place in places),
    )
