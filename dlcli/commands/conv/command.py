"""``dlcli conv``: slide kernels over a picture, a feature map or a table of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import click
import numpy as np

from dlcli.commands.conv.kernels import bank_of, kernel_bank, layer_groups, weight_bank
from dlcli.commands.conv.record import Bank, Laid, Work
from dlcli.commands.conv.sound import Filters, Settings, is_sound
from dlcli.commands.kinds.activation import USAGE, ActivationWord
from dlcli.commands.kinds.level import no_level
from dlcli.commands.kinds.pictures.kernel import KernelWord
from dlcli.commands.kinds.pictures.picture import check_window, gray_of, picture_of, white_of
from dlcli.commands.kinds.pictures.receptive_field import laid_down, remembered, windows
from dlcli.commands.kinds.pictures.sliding import mixed, placed, slid
from dlcli.commands.kinds.sounds.blocks import say_alone
from dlcli.engines.base.checks import Array, EngineError, possible
from dlcli.engines.base.padding import PAD_MODES
from dlcli.engines.convolution.conv2d import convolution
from dlcli.engines.convolution.filters import FILTERS, is_filter
from dlcli.engines.convolution.kernels import KERNELS
from dlcli.engines.convolution.transposed import checked, laid
from dlcli.engines.tensors.activations import activation
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import Padding, Pair, Reads, Real, Whole
from dlcli.runner.manual import Manual
from dlcli.runner.moving import Moving
from dlcli.runner.option import option, was_typed
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Axis, Tensor
from dlcli.words.number import counted

#: The results that tell who answers most.
CONTESTS = ("winner", "strength")

#: A run's kernels, the names of the channels, the weights and biases for these, and the number of groups.
Kernels = tuple[Bank, tuple[str, ...], Array, Array, int]

#: Options by their heading.
kernel_option = partial(option, under="Kernels")
sliding_option = partial(option, under="Sliding")


class PaddingOrCausal(Padding):
    """The paddings of pictures, and the one of a sound that waits for no sample."""

    name = "valid|same|full|causal|N"
    words = ("valid", "same", "full", "causal")


@dataclass(frozen=True)
class Options(Moving):
    """The options of ``dlcli conv``."""

    kernels: tuple[str, ...] = kernel_option(
        "-k --kernel",
        KernelWord(),
        many=True,
        metavar="KERNEL",
        help="A kernel's name (diag, box:5, gabor:45); several by a range (line:0:165:15 from 0 to 165 in "
        "steps of 15); a literal such as '0 1; 1 0', with a matrix for each channel '1 0; 0 1 | 0 2; -1 0 | "
        "…'; a file of one or several, FILE:NAME one of them; or - for standard input. Repeatable: one "
        "output channel each.",
    )
    biases: tuple[float, ...] = kernel_option(
        "--bias",
        Real("FLOAT"),
        many=True,
        metavar="B",
        help="Added to every answer of a kernel: one for all, or one for each in their order, as in --bias 1 "
        "--bias 2. [default: 0]",
    )
    stride: tuple[int, int] = sliding_option(
        "--stride", Pair(), "1", help="Rows and columns from window to window."
    )
    padding: str | int = sliding_option(
        "--padding",
        PaddingOrCausal(),
        "valid",
        help="valid: none; same: output as large as the input (divided by the stride); full: every overlap; "
        "N: that many rows and columns on each side; causal: before a sound alone, which is what sounds have "
        "unless another is typed.",
    )
    pad_mode: str = sliding_option(
        "--pad-mode",
        click.Choice(tuple(PAD_MODES)),
        "zeros",
        needs="--padding",
        help="What stands in the padding. reflect (also mirror): c b|a b c|b a; symmetric: b a|a b c|c b; "
        "edge: a a|a b c|c c; wrap: b c|a b c|a b.",
    )
    dilation: tuple[int, int] = sliding_option(
        "--dilation", Pair(), "1", help="Rows and columns from weight to weight."
    )
    activation: str = sliding_option(
        "--activation",
        ActivationWord(),
        "linear",
        help=f"Applied to every answer: {USAGE}.",
    )
    transposed: bool = option(
        "--transposed",
        under="Transposed",
        excludes=("--pad-mode", "--padding full"),
        help="The other way round, as a decoder does it: each cell of the input lays the kernel down, "
        "times its number, the next one a stride further, and what lies on a cell is added up. --padding "
        "is cut off then.",
    )
    output_padding: int | None = option(
        "--output-padding",
        Whole(least=0),
        under="Transposed",
        needs="--transposed",
        excludes="--padding same",
        help="Rows and columns more at the bottom and right, fewer than the stride or the dilation. "
        "[default: 0, or what a kernel that is smaller than the stride lacks]",
    )
    channels: str = kernel_option(
        "--channels",
        click.Choice(("sum", "keep", "gray")),
        "sum",
        help="A picture's channels: added up as a Conv2D layer does, filtered each by itself, or turned gray "
        "first.",
    )
    groups: int | None = kernel_option(
        "--groups",
        Whole(),
        excludes=("--channels keep", "--channels gray"),
        help="Cut channels and kernels into N parts, each with its own: with as many as there are channels, "
        "a depthwise convolution. [default: 1, or what --weights fit]",
    )
    threshold: float = sliding_option(
        "--threshold",
        Real("SHARE", least=0, most=1),
        0.05,
        needs="--emit winner",
        help="The least answer that wins a place, as a share of the largest of all.",
    )
    flip: bool = kernel_option(
        "--flip", help="Turn the kernels by 180°: convolution in the sense of the books."
    )
    weights: str | None = kernel_option(
        "--weights",
        Reads("FILE"),
        help="A layer's kernels and biases from .safetensors or .npz, with Keras' names (kernel or "
        "depthwise_kernel, bias) or PyTorch's (weight, bias); of a file that dlcli train wrote its strides, "
        "padding and activation, too.",
    )
    layer: str | None = kernel_option(
        "--layer",
        str,
        needs="--weights",
        excludes=("--channels keep", "--flip"),
        metavar="NAME",
        help="Which layer of the file, where it has several.",
    )

    @property
    def sliding(self) -> dict[str, Any]:
        """What the engine is told of the way that kernels slide."""
        names = ("stride", "padding", "pad_mode", "dilation")
        return {name: getattr(self, name) for name in names}

    @property
    def over_sounds(self) -> Settings:
        """What a sound takes of them, its padding causal unless another was asked for."""
        usual = self.padding == "valid" and not was_typed("padding")
        typed = {
            "--channels": was_typed("channels"),
            "--groups": self.groups is not None,
            "--transposed": self.transposed,
        }
        return Settings(
            stride=self.stride,
            dilation=self.dilation,
            padding="causal" if usual else self.padding,
            pad_mode=self.pad_mode,
            activation=self.activation,
            flip=self.flip,
            weights=self.weights,
            pictures=[flag for flag, given in typed.items() if given],
        )


#: The headings of its stories.
SECTIONS = (
    "Input", "Counts", "Filter", "Reach", "Receptive field", "Size", "Window", "At single tones", "Kernel",
    "Kernels", "Response", "Stamps", "Steps", "Under the weights", "Weights", "Window and weights", "Answers",
    "Arithmetic", "Then", "Audio", "Directions", "Feature map", "Level", "No winner", "Spectra", "Strength",
    "Strongest", "Winner", "Wins", "Notice", "Sees", "Computed by", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "feature-map": "How strongly each kernel answers at each place: (height, width[, channel]); of a "
        "sound the filtered sound (time[, channel]).",
        "winner": "Of several kernels, the number of the one that answers most at each place, -1 where none "
        "wins: (height, width).",
        "strength": "The strongest of their answers at each place: (height, width).",
    },
    formulas={
        "y[i, j, o]": "b[o] + Σ x[i·s + r·d, j·s + c·d, k] · w[r, c, k, o]  over r, c, k",
        "height": "⌊(n + before + after − ((kernel − 1)·d + 1)) / s⌋ + 1",
        "y[n, o] of a sound": "b[o] + Σ x[n·s + r·d − before] · w[r, o]  over r; before = (taps − 1)·d",
        "winner[i, j]": "argmax over o of y[i, j, o], where it is above 0 and alone",
        "y[i·s + r·d − cut, …] (--transposed)": "b[o] + Σ x[i, j, k] · w[r, c, k, o]  over what lands there",
        "height (--transposed)": "(n − 1)·s + ((kernel − 1)·d + 1) − before − after + output padding",
    },
    tables={
        "Kernels by name": {recipe.usage(name): recipe.summary for name, recipe in KERNELS.items()},
        "Filters of sounds by name": {recipe.usage(name): recipe.summary for name, recipe in FILTERS.items()},
    },
    examples=(
        "dlcli conv sample:cat --kernel diag",
        "dlcli conv sample:exercise --kernel '0.9 1.1; -2.8 0.8' --bias 0.15 --explain 0,0",
        "dlcli conv sample:cat -k sobel-x -k sobel-y --channels gray --padding same -o edges.npy",
        "dlcli conv '1 2 3; 4 5 6; 7 8 9' --kernel box:2 -f csv",
        "dlcli conv sample:cat -k sobel-x -k sobel-y --channels gray --axes -o both.png",
        "dlcli conv sample:speech --kernel '-0.97 1' --explain 9000",
        "dlcli conv sample:speech --kernel low-pass:1000 -o dull.wav",
        "dlcli conv sample:lines --kernel line:0:165:15 --emit winner",
        "dlcli conv '1 2; 3 4' --transposed --kernel '1 2 1; 2 4 2; 1 2 1' --stride 2 --explain 2,2",
        "dlcli conv sample:cat --channels gray --weights sample:digits-cnn --layer conv2d -o learnt.npy",
        "dlcli conv '3 3 2; 0 0 1; 3 1 2' --kernel '0 1; 2 2' --padding 1 --stride 2 -o sliding.gif",
    ),
    sections=SECTIONS,
)


@subcommand("conv", MANUAL, Options)
def command(run: Run, options: Options) -> Worker:
    """Slide kernels over a picture, a feature map or a table, and see where they answer.

    Each output cell is the sum of the products of a kernel's weights with the cells beneath it, plus a bias:
    a correlation, which is what every framework calls convolution. Over a sound kernels slide along the time
    and are filters. INPUT is a file, - for standard input, sample:NAME, or a literal such as
    '23 255 40; 21 34 200'.
    """
    if options.transposed and run.emit in CONTESTS:
        raise WrongUsage(
            f"--emit {run.emit}: who answers most is asked of kernels that slide; leave --transposed or "
            "--emit out"
        )
    if options.weights:
        bank = weight_bank(
            options.weights,
            options.kernels,
            options.biases,
            run,
            options.layer,
            transposed=options.transposed,
        )
        options = _as_learnt(options, bank)
    else:
        bank = kernel_bank(options.kernels, options.biases, run)
    filters = Filters(bank, options.over_sounds, run)
    if run.emit in CONTESTS:
        _check_contest(bank, options, str(run.emit))

    def work(x: Tensor) -> Result:
        if is_sound(x):
            return filters(x)
        _check_picture(options, bank, x)
        return convolve(x, bank=bank, options=options, run=run)

    return work


def _check_picture(options: Options, bank: Bank, x: Tensor) -> None:
    """Refuse a picture where something was asked for that only a sound has."""
    for word in filter(is_filter, options.kernels):
        row = x.data.ndim == 2 and x.axis_names[0] == "row" and len(x.data) == 1
        hint = "; in brackets, as in '[1, 2, 3]', a row of numbers is a sound" if row else ""
        raise DlcliError(
            f"--kernel {printable(word)} is a filter for sounds (time[, channel]); received {x.describe()}"
            f"{hint}"
        )
    for kernel in bank.kernels:
        if kernel.vector:
            raise DlcliError(
                f"--kernel {printable(kernel.name)} is a vector of {kernel.array.size}, the filter of a "
                f"sound (time[, channel]); received {x.describe()}, whose kernel has a height and a width"
            )
    if options.padding == "causal":
        raise WrongUsage(
            f"--padding causal is for sounds, which have a before and a behind; received {x.describe()}: try "
            "--padding same"
        )


def _check_contest(bank: Bank, options: Options, emit: str) -> None:
    """Raise ``WrongUsage`` where no kernel can win over others."""
    for word in filter(is_filter, options.kernels):
        raise WrongUsage(f"--emit {emit} is of pictures, and {printable(word)} is a filter for sounds")
    if len(bank.kernels) < 2:
        raise WrongUsage(
            f"--emit {emit} is of several kernels, and there is one: give --kernel again, or a range of them "
            "such as --kernel line:0:165:15"
        )
    if options.channels == "keep":
        raise WrongUsage(
            f"--emit {emit}: with --channels keep each kernel has several answers at a place; try --channels "
            "sum or gray"
        )


def _as_learnt(options: Options, bank: Bank) -> Options:
    """The options with what a layer of a trained net has, where nothing else was typed."""
    if bank.net and options.groups not in (None, bank.groups):
        raise WrongUsage(f"--groups {options.groups}: {bank.net} has {bank.groups}; leave --groups out")
    settings = {name: value for name, value in bank.sliding.items() if not was_typed(name)}
    return replace(options, **settings)


def _as_net_takes_it(x: Tensor, bank: Bank, options: Options, run: Run) -> Tensor:
    """The input of a layer of a net: pixels from 0 to 1, and as many channels as it has learnt from."""
    channels = 1 if x.data.ndim == 2 or options.channels == "gray" else x.shape[2]
    if channels != bank.channels and not (_has_alpha(x) and channels - 1 == bank.channels):
        gray = "; --channels gray makes it one" if bank.channels == 1 else ""
        raise DlcliError(
            f"{bank.net} takes {bank.channels} channel{'s' * (bank.channels > 1)}; received {x.describe()}"
            f"{gray}"
        )
    if bank.rescaling is None:
        if x.data.dtype.kind in "ui":
            run.warn(f"{bank.net} takes what layers before it give, no pixels: numbers are taken as they are")
        return x
    (scale, offset), whole = bank.rescaling, x.data.dtype.kind in "ui"
    if not whole:
        if not (np.isclose(255 * scale, 1) and offset == 0):
            run.warn(
                f"numbers are taken as they are, as {bank.net} takes them behind the rescaling of its net"
            )
        return x
    divisor = white_of(x) / 255 / scale if scale else np.inf
    added = f", then {offset:+g}" if offset else ""
    run.warn(f"pixels are divided by {divisor:g}{added}, as {bank.net} has learnt from them")
    return replace(x, data=x.data / np.float32(divisor) + np.float32(offset))


def convolve(x: Tensor, *, bank: Bank, options: Options, run: Run) -> Result:
    """One input through all the kernels."""
    x = picture_of(x, run, "conv")
    if bank.net:
        x = _as_net_takes_it(x, bank, options, run)
    if x.axis_names[2:] == ("batch",) and options.channels != "keep":
        raise DlcliError(
            f"the pictures of a batch are no channels, which conv adds up; received {x.describe()}; "
            "try --channels keep, or one of them: dlcli tensor --index 0"
        )
    check_window(x, bank.kernels[0].array.shape[:2], "a kernel that is 1 there, such as '1; 2; 1'")
    groups = _groups(x, bank, options, run)
    seen, names = _channels(x, bank.depth * groups, options.channels, run)  # (H, W, C)
    keep = options.channels == "keep" and x.data.ndim == 3
    apart = keep and bank.depth > 1
    if apart and options.activation != "linear":
        raise WrongUsage(
            f"--channels keep --activation {options.activation}: each map is one channel's part of a "
            "kernel's sum, and an activation is of the whole sum; leave --activation out for the parts, or "
            "--channels for the activated sum"
        )
    weights, bias, groups = bank_of(bank, seen.shape[2], groups, keep=keep)
    if options.flip:
        weights = weights[::-1, ::-1]
    kernels = bank, names, weights, bias, groups
    if options.transposed:
        return _lay_down(x, seen, kernels, options, run)
    made = convolution(seen[None], weights, bias, groups=groups, **options.sliding)
    say_alone(x, mixed(made.geometry), run, "conv")
    y = made.output[0]  # (OH, OW, K)
    if y.dtype.kind == "c" and run.emit in CONTESTS:
        raise EngineError(f"--emit {run.emit}: complex answers have no order; try the sizes or real parts")
    y = _activated(y, options)
    axes = [slid(axis, made.geometry, i) for i, axis in enumerate(x.axes[:2])]
    y, axes = _with_channels(y, axes, x, kernels, keep=keep)
    # A mean of decibels with such weights is a level, too; a difference or a sum is none.
    mean = np.allclose(weights.sum((0, 1, 2)), 1, rtol=0, atol=1e-5) and not bias.any()
    level = mean and options.activation == "linear"
    attrs = x.attrs if level else no_level(x, "feature map")
    attrs = {**attrs, **remembered(x, "conv", windows(made.geometry))}
    output = Tensor(y, tuple(axes), "feature map", attrs)
    if apart:
        _say_parts(bias, run)
    work = Work(
        input=x,
        output=output,
        kernels=bank.kernels,
        bias=bias,
        geometry=made.geometry,
        method=made.plan.why,
        padding=str(options.padding),
        activation=options.activation,
        channels=options.channels if x.data.ndim == 3 else None,
        flip=options.flip,
        groups=groups,
        seen=seen,
        weights=weights,
        layer=bank.layer,
        line=run.line,
        share=options.threshold,
        biased=bank.biased,
    )
    outputs = {"feature-map": lambda: output}
    if not work.contest:
        return Result(outputs, work)
    outputs |= {"winner": lambda: work.winner, "strength": lambda: work.strength}
    return Result(outputs, work, view="story_winner" if run.emit in CONTESTS else "story")


def _lay_down(x: Tensor, seen: Array, kernels: Kernels, options: Options, run: Run) -> Result:
    """One input (height, width, channel), each cell of which lays all the kernels down."""
    bank, _, weights, bias, groups = kernels
    keep = options.channels == "keep" and x.data.ndim == 3
    where = checked(
        seen[None], weights, bias, groups, stride=options.stride, padding=options.padding,
        output_padding=options.output_padding, dilation=options.dilation,
    )  # fmt: skip
    possible((*where.out_size, weights.shape[3]))
    say_alone(x, mixed(where), run, "conv --transposed")
    if options.output_padding is None and any(where.added) and options.padding == "valid":
        added = f"{counted(where.added[0], 'row')} and {counted(where.added[1], 'column')}"
        run.warn(
            f"{added} are added behind, for the kernel is smaller than the stride, as Keras does; "
            "--output-padding 0 leaves them out, as PyTorch does"
        )
    y = _activated(laid(seen[None], weights, bias, where, groups)[0], options)  # (OH, OW, K)
    axes = []
    for axis, cut, span, stride in zip(x.axes, where.cut, where.span, where.stride, strict=False):
        axes.append(placed(axis, (cut[0] - (span - 1) / 2) / stride, 1 / stride))
    y, axes = _with_channels(y, axes, x, kernels, keep=keep)
    if keep and bank.depth > 1:
        _say_parts(bias, run)
    field = remembered(x, "conv --transposed", laid_down(where))
    output = Tensor(y, tuple(axes), "feature map", {**no_level(x, "feature map"), **field})
    work = Laid(
        input=x,
        output=output,
        kernels=bank.kernels,
        bias=bias,
        padding=str(options.padding),
        activation=options.activation,
        channels=options.channels if x.data.ndim == 3 else None,
        flip=options.flip,
        groups=groups,
        seen=seen,
        weights=weights,
        layer=bank.layer,
        line=run.line,
        where=where,
        biased=bank.biased,
    )
    return Result({"feature-map": lambda: output}, work, view="story_transposed")


def _activated(y: Array, options: Options) -> Array:
    """What the activation makes of the answers."""
    if options.activation == "linear":
        return y
    if y.dtype.kind == "c":
        raise EngineError(
            f"{options.activation} is not defined for complex numbers; leave --activation linear"
        )
    return activation(options.activation).function(y)


def _with_channels(
    y: Array, axes: list[Axis], x: Tensor, kernels: Kernels, *, keep: bool
) -> tuple[Array, list[Axis]]:
    """The maps (height, width, kernel) and their axes; a single one of typed kernels has no channel axis."""
    bank, names, _, _, groups = kernels
    if y.shape[2] == 1 and not bank.layer and groups == 1:
        return y[..., 0], axes
    labels = tuple(
        name if len(bank.kernels) == 1 and keep else f"{name} {kernel.name}".strip()
        for name in (names if keep else ("",))
        for kernel in bank.kernels
    )
    return y, [*axes, Axis(x.axes[2].name if x.data.ndim == 3 else "channel", labels=labels)]


def _say_parts(bias: Array, run: Run) -> None:
    run.warn(
        "--channels keep: each map is one channel's part of the kernel's sum"
        + ("; the bias is in the first part" if bias.any() else "")
    )


def _groups(x: Tensor, bank: Bank, options: Options, run: Run) -> int:
    """How many groups the channels are cut in: as typed, as the weights tell, or as they fit this input."""
    counts = [1] if x.data.ndim == 2 else [x.shape[2], x.shape[2] - 1] if _has_alpha(x) else [x.shape[2]]
    if bank.net:
        return bank.groups or 1
    if options.transposed:
        if bank.layer and (options.groups or 1) > 1:
            raise WrongUsage(
                f"--groups {options.groups}: --transposed lays the kernels of one group down; leave it out"
            )
        return options.groups or 1
    if bank.groups is not None:
        _check_depthwise(bank.groups, counts, options)
        return bank.groups
    if options.groups is not None:
        return options.groups
    if not bank.layer or options.channels != "sum" or x.data.ndim == 2:
        return 1
    groups, told = layer_groups(bank, counts, str(options.weights))
    if told:
        run.warn(told)
    return groups


def _check_depthwise(wanted: int, channels: Sequence[int], options: Options) -> None:
    """Raise ``DlcliError`` where a depthwise layer is for so many channels, and line or input have others."""
    what = f"{options.weights} is a depthwise layer for {wanted} channel{'s' * (wanted > 1)}"
    if options.channels != "sum" and wanted > 1:
        raise WrongUsage(
            f"--channels {options.channels}: {what}, each with its own kernels; leave --channels out"
        )
    if options.channels == "sum" and wanted not in channels:
        raise DlcliError(f"{what}, and the input has {channels[0]}: give it one of {wanted}")
    if options.groups not in (None, wanted):
        raise WrongUsage(f"--groups {options.groups}: {what}, a group each; leave --groups out")


def _has_alpha(x: Tensor) -> bool:
    return x.data.ndim > 2 and (x.axes[2].labels or ())[-1:] == ("alpha",)


def _channels(x: Tensor, wanted: int, mode: str, run: Run) -> tuple[Array, tuple[str, ...]]:
    """The input as (height, width, channel) and the names of its channels, alpha and colours dealt with.

    ``wanted`` is how many channels the kernels are made for, 1 for any number.
    """
    if x.data.ndim == 2:
        if mode != "sum":
            run.warn(f"--channels {mode} changes nothing: the input has no channels")
        return x.data[..., None], ("",)
    axis = x.axes[2]
    names = tuple(axis.place(i) for i in range(x.shape[2]))
    data = x.data
    if _has_alpha(x) and mode != "keep" and wanted in (1, len(names) - 1):
        run.warn("the alpha channel is left out (transparency is no colour); --channels keep filters it too")
        data, names = data[..., :-1], names[:-1]
    if mode != "gray":
        return data, names
    if wanted != 1:
        raise DlcliError(
            f"--channels gray leaves one channel, and the kernel has a depth of {wanted}: "
            "use a kernel of depth 1, or --channels sum"
        )
    return gray_of(data, names)[..., None], ("gray",)
