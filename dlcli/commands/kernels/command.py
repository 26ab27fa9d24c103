"""``dlcli kernels``: the kernels that have a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from dlcli.commands.kernels.record import Learnt, Work
from dlcli.commands.kinds.pictures.kernel import KernelWord
from dlcli.engines.base.checks import EngineError
from dlcli.engines.convolution.filters import is_filter
from dlcli.engines.convolution.kernels import KERNELS, draws, expanded, named
from dlcli.errors import WrongUsage, printable
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import Reads
from dlcli.runner.manual import Manual
from dlcli.runner.option import argument, option
from dlcli.runner.result import Catalogue, Result, Run
from dlcli.tensor import Axis, Tensor

#: The headings of its stories.
SECTIONS = (
    "Kernel", "Formula", "From the middle", "Kernels", "Separable", "Share", "Weights", "Notice",
    "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "kernel": "The weights: (height, width), of a learnt kernel (height, width, channel) where it sees "
        "several. Without a name, of each kernel after the other."
    },
    tables={"Kernels by name": {recipe.usage(name): recipe.formula for name, recipe in KERNELS.items()}},
    examples=(
        "dlcli kernels",
        "dlcli kernels gaussian:5",
        "dlcli kernels gabor:45 -o gabor.png",
        "dlcli kernels line:0:165:15",
        "dlcli kernels line:30 -f csv --precision 3",
        "dlcli kernels sobel-x --explain 1,2",
        "dlcli kernels dog:1,2,5 --explain 2,1",
        "dlcli kernels --weights sample:digits-cnn",
    ),
    sections=SECTIONS,
)


@dataclass(frozen=True)
class Options:
    """What ``dlcli kernels`` takes."""

    words: tuple[str, ...] = argument(KernelWord(), metavar="[NAME]...", many=True)
    weights: str | None = option(
        "--weights", Reads("FILE"), under="Learnt kernels", help="Those of a net that dlcli train wrote."
    )
    layer: str | None = option(
        "--layer",
        str,
        under="Learnt kernels",
        needs="--weights",
        metavar="NAME",
        help="Of this layer. [default: the first convolution]",
    )


@subcommand("kernels", MANUAL, Options, reads=None)
def command(run: Run, options: Options) -> Catalogue:
    """Show the kernels that conv knows by name, or those that are named, with their arguments.

    A kernel is a small matrix of weights. Weights that add up to 0 answer to change, weights that add up to 1
    keep the brightness. N, SIGMA, ANGLE and WAVELENGTH stand behind a colon, as in gaussian:9,2; y and x
    count the cells below and to the right of the middle. A range in the place of the first of these,
    START:STOP:STEP, is several kernels. With --weights, the kernels that a net has learnt.
    """
    if options.weights is not None:
        return _learnt(options.weights, options, run)
    # Without a name every one, with an angle of 45 degrees where one is needed.
    try:
        words = tuple(one for word in options.words for one in expanded(word))
    except EngineError as error:
        raise WrongUsage(str(error)) from error
    words = words or tuple(
        name + ":45" * any(argument.needed for argument in recipe.arguments)
        for name, recipe in KERNELS.items()
    )
    # One for all: two random kernels are not the same.
    generator = run.generator() if any(map(draws, words)) else None
    works = [_work(word, run, generator) for word in words]
    return Catalogue([_entry(work) for work in works], None if len(works) == 1 else tuple(works))


def _learnt(weights: str, options: Options, run: Run) -> Catalogue:
    """The kernels of one layer of a net."""
    from dlcli.commands.kinds.nets.net_file import read_net_file
    from dlcli.commands.kinds.pictures.conv_layer import conv_layer

    found = conv_layer(read_net_file(weights, run), options.layer, first=True)
    if options.words:
        raise WrongUsage(
            f"--weights {printable(weights)} are kernels that were learnt, and {options.words[0]} has a "
            "name; give one of them"
        )
    outputs = []
    for place in range(found.kernels.shape[3]):
        kernel = found.kernels[..., place]
        axes = (Axis("height"), Axis("width"), Axis("channel"))
        name = f"{found.name}:{place}"
        outputs.append(
            Tensor(kernel[..., 0], axes[:2], name) if kernel.shape[2] == 1 else Tensor(kernel, axes, name)
        )
    bias = None if found.bias is None else found.bias
    page = Learnt(weights, found.name, tuple(outputs), bias, str(found.sliding["activation"]))
    entries = [partial(Result, {"kernel": partial(_same, output)}, page) for output in outputs]
    return Catalogue(entries, page)


def _same(tensor: Tensor) -> Tensor:
    return tensor


def _work(word: str, run: Run, generator: np.random.Generator | None) -> Work:
    if is_filter(word):
        raise WrongUsage(
            f"{printable(word)} is a filter, whose weights depend on the sample rate of a sound; with one it "
            f"is shown by dlcli conv sample:speech --kernel {printable(word)}"
        )
    try:
        kernel = named(word, generator)
    except EngineError as error:
        raise WrongUsage(str(error)) from error
    output = Tensor(kernel.array, (Axis("height"), Axis("width")), kernel.name)
    return Work(kernel, output, run.seed if draws(word) else None)


def _entry(work: Work) -> Callable[[], Result]:
    return partial(Result, {"kernel": lambda: work.output}, work)
