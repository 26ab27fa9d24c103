"""``dlcli upsample``: make a picture larger, or put what a pooling kept back where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import click
import numpy as np

from dlcli.commands.kinds.one_tensor import check_free
from dlcli.commands.kinds.pictures.picture import ordered, picture_of
from dlcli.commands.kinds.pictures.receptive_field import NEAREST, LineLayer, enlarged, remembered
from dlcli.commands.kinds.pictures.sliding import placed
from dlcli.commands.kinds.pictures.winners import POOLED
from dlcli.commands.kinds.sounds.blocks import say_alone
from dlcli.commands.upsample.record import Work
from dlcli.engines.base.checks import Array, possible
from dlcli.engines.pooling.unpool import side_by_side, unpool2d
from dlcli.engines.pooling.upsample import KINDS, sampling, upsample2d
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.command import command as subcommand
from dlcli.runner.inputs import tensors
from dlcli.runner.kinds import Pair, Reads
from dlcli.runner.manual import Manual
from dlcli.runner.option import option
from dlcli.runner.result import Result, Run, Together, Worker
from dlcli.tensor import Axis, Tensor

#: Options by their heading.
size_option = partial(option, under="Size")
between_option = partial(option, under="Between the cells", excludes="--winners")

#: What winners are called.
WINNERS = ("argmax", "argmin")


@dataclass(frozen=True)
class Options:
    """The options of ``dlcli upsample``."""

    size: tuple[int, int] | None = size_option(
        "--size", Pair(), help="How many rows and columns each cell becomes. [default: 2]"
    )
    output_size: tuple[int, int] | None = size_option(
        "--output-size",
        Pair(),
        excludes="--size",
        metavar="H,W",
        help="Rows and columns of the output, where they are no multiple of the input's, or with --winners "
        "those of the picture that was pooled.",
    )
    kind: str = between_option(
        "--kind",
        click.Choice(KINDS),
        "nearest",
        help="nearest: each cell again and again; bilinear: means of the two cells on both sides, along "
        "rows and columns.",
    )
    align_corners: bool = between_option(
        "--align-corners",
        needs="--kind bilinear",
        help="Corner cells stay at the corners, as PyTorch's align_corners; otherwise a cell keeps its "
        "share of the area, as in Keras, too.",
    )
    winners: str | None = option(
        "--winners",
        Reads("FILE"),
        under="Unpooling",
        help="Put each number where its winner stood, 0 elsewhere: FILE holds the argmax (or argmin) of "
        "dlcli pool.",
    )


#: The headings of its stories.
SECTIONS = (
    "Input", "Place", "Reach", "Receptive field", "Size", "Bilinear", "Nearest", "Winners", "Arithmetic",
    "Winner", "Upsampled", "Notice", "Sees", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={"upsampled": "The larger picture: (height, width[, channel])."},
    formulas={
        "height": "n · size, or what --output-size says",
        "y[i] (nearest)": "x[⌊i · n / out⌋]   along rows and columns",
        "y[i] (bilinear)": "(1 − t) · x[⌊p⌋] + t · x[⌊p⌋ + 1],  t = p − ⌊p⌋",
        "p": "(i + ½) · n / out − ½, held between 0 and n − 1",
        "p (--align-corners)": "i · (n − 1) / (out − 1)",
        "y[i, j] (--winners)": "x[r, c] where winners[r, c] = i · width + j;   0 elsewhere",
    },
    examples=(
        "dlcli upsample '1 2; 3 4' --size 2",
        "dlcli upsample '1 2; 3 4' --kind bilinear --explain 1,2",
        "dlcli pool sample:cat --size 4 | dlcli upsample --size 4 --kind bilinear",
        "dlcli upsample '4 5; 8 7' --winners '4 6; 12 10' --output-size 4,4 --explain 1,0",
        "dlcli upsample sample:exercise --output-size 7,9 -f csv",
    ),
    sections=SECTIONS,
)


@subcommand("upsample", MANUAL, Options)
def command(run: Run, options: Options) -> Worker | Together:
    """Make a picture larger, as a decoder does: repeat its cells, mix them, or undo a pooling.

    --winners is the way back of a max pooling: dlcli pool -o FILE writes what was kept and where it stood.
    Other numbers than those that were kept, of a map that went through further layers, go to the same
    places. Each channel is made larger by itself. INPUT is a file, - for standard input, sample:NAME, or a
    literal such as '1 2; 3 4'.

    The result equals torch.nn.Upsample, Keras' UpSampling2D (whose bilinear never aligns corners) and
    torch.nn.MaxUnpool2d. Where windows overlapped and one cell won several of them, the last one's number
    stands there.
    """
    if options.winners is None:
        return partial(enlarge, options=options, run=run)
    winners = _winners(options.winners, run)
    return Together(partial(unpool, winners=winners, options=options, run=run))


def enlarge(x: Tensor, *, options: Options, run: Run) -> Result:
    """One input, its cells repeated or mixed."""
    x = picture_of(x, run, "upsample")
    size = None if options.output_size else options.size or (2, 2)
    rows, columns = out = options.output_size or _times(x, size or (1, 1))
    if rows < x.shape[0] or columns < x.shape[1]:
        raise WrongUsage(
            f"--output-size {rows},{columns}: upsample makes nothing smaller than it is; received "
            f"{x.describe()}; try dlcli pool"
        )
    possible((rows, columns, *x.shape[2:]))
    kind, aligned = options.kind, options.align_corners
    if kind != "nearest" or options.output_size:
        say_alone(x, [place for place in (0, 1) if out[place] > x.shape[place]], run, "upsample")
    lines = (
        sampling(x.shape[0], rows, kind, aligned),
        sampling(x.shape[1], columns, kind, aligned),
    )
    data = x.data if x.data.ndim == 3 else x.data[..., None]
    y = upsample2d(data[None], out, kind=kind, align_corners=aligned)[0]
    axes = []
    for axis, line in zip(x.axes, lines, strict=False):
        centres = line.centres
        step = centres[1] - centres[0] if len(centres) > 1 else 1.0
        axes.append(axis if len(centres) == line.length else placed(axis, float(centres[0]), float(step)))
    attrs = {**x.attrs, **remembered(x, "upsample", enlarged(lines, kind, align_corners=aligned))}
    output = Tensor(y if x.data.ndim == 3 else y[..., 0], (*axes, *x.axes[2:]), "upsampled", attrs)
    work = Work(x, output, kind, aligned, size, lines, None, "", run.line)
    return Result({"upsampled": lambda: output}, work)


def unpool(items: Sequence[Tensor], *, winners: Tensor, options: Options, run: Run) -> Result:
    """What a pooling kept, where it stood."""
    pictures = [item for item in items if item.name not in WINNERS or len(items) == 1]
    if len(pictures) != 1:
        told = " and ".join(item.describe() for item in pictures[:3]) or "nothing"
        raise WrongUsage(
            f"--winners {printable(str(options.winners))} is of one pooling: give the one tensor whose "
            f"numbers go back; received {told}"
        )
    x = picture_of(pictures[0], run, "upsample")
    winners = ordered(winners, run, "--winners") if winners.data.ndim == 3 else winners
    if winners.shape != x.shape:
        raise DlcliError(
            f"--winners has one place for each number of the input: (row, column, …) {_shape(winners)}; "
            f"received {x.describe()}"
        )
    places = winners.data if x.data.ndim == 3 else winners.data[..., None]
    size, told = None, ""
    known = [winners.attrs.get(key) for key in POOLED]
    if all(type(length) is int and length > 0 for length in known):
        out, told = (int(known[0] or 0), int(known[1] or 0)), "as --winners tells"
        if options.output_size not in (None, out):
            raise WrongUsage(
                f"--output-size {_words(options.output_size)}: the winners were counted in a picture of "
                f"{_words(out)}; leave --output-size out"
            )
        if options.size and options.size != (rate := (out[0] // x.shape[0], out[1] // x.shape[1])):
            raise WrongUsage(
                f"--size {_words(options.size)}: the winners are those of windows {_words(rate)} apart, in a "
                f"picture of {_words(out)}; leave --size out"
            )
    elif options.output_size:
        out, told = options.output_size, "as --output-size tells"
    else:
        size = options.size or (2, 2)
        out = _times(x, size)
        _check_windows(places, size, out)
        run.warn(
            f"the picture that was pooled is taken to be {out[0]} x {out[1]}; --output-size H,W says "
            "otherwise"
        )
    possible((*out, *x.shape[2:]))
    data = x.data if x.data.ndim == 3 else x.data[..., None]
    y = unpool2d(data[None], places[None], out)[0]
    attrs, axes = dict(x.attrs), [Axis(axis.name) for axis in x.axes[:2]]
    step = out[0] // x.shape[0], out[1] // x.shape[1]
    if _times(x, step) == out and side_by_side(places[None], step):
        axes = [placed(axis, 0.5 / n - 0.5, 1 / n) for axis, n in zip(x.axes, step, strict=False)]
        rows, columns = (LineLayer(NEAREST, n, new) for n, new in zip(x.shape, out, strict=False))
        attrs |= remembered(x, "unpooling", (rows, columns))
    output = Tensor(y if x.data.ndim == 3 else y[..., 0], (*axes, *x.axes[2:]), "upsampled", attrs)
    work = Work(x, output, "winners", False, size, None, places.reshape(x.shape), told, run.line)
    return Result({"upsampled": lambda: output}, work)


def _winners(path: str, run: Run) -> Tensor:
    """The places in a file: the tensor called argmax or argmin, or the only one."""
    if path == "-":
        check_free(run, "--winners")
    found = list(tensors(path, run.environment, run.limits))
    named = [tensor for tensor in found if tensor.name in WINNERS] or found
    if len(named) != 1 or named[0].data.ndim not in (2, 3) or not named[0].data.size:
        told = " and ".join(tensor.describe() for tensor in found[:3]) or "nothing"
        raise DlcliError(
            f"--winners {printable(path)}: expected one argmax or argmin (height, width[, channel]), as "
            f"dlcli pool -o FILE writes it; received {told}"
        )
    tensor = named[0]
    whole = tensor.data.dtype.kind in "iu"
    if tensor.data.dtype.kind == "f" and np.isfinite(tensor.data).all() and (tensor.data % 1 == 0).all():
        tensor, whole = replace(tensor, data=tensor.data.astype(np.int64)), True
    if not whole:
        raise DlcliError(
            f"--winners {printable(path)}: winners are whole numbers, row · width + column; received "
            f"{tensor.describe()}"
        )
    return tensor


def _check_windows(places: Array, size: tuple[int, int], out: tuple[int, int]) -> None:
    """Raise ``WrongUsage`` where winners do not lie in windows of this size side by side."""
    if not side_by_side(places[None], size):
        raise WrongUsage(
            f"the winners do not lie in windows of {size[0]} x {size[1]} side by side in a picture of "
            f"{out[0]} x "
            f"{out[1]}: give --output-size H,W, the rows and columns of what was pooled, or another --size"
        )


def _times(x: Tensor, size: tuple[int, int]) -> tuple[int, int]:
    return x.shape[0] * size[0], x.shape[1] * size[1]


def _words(size: tuple[int, int]) -> str:
    return f"{size[0]},{size[1]}"


def _shape(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape))
