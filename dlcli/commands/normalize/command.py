"""``dlcli normalize``: numbers that share a mean get mean 0 and variance 1."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import click
import numpy as np

from dlcli.commands.kinds.level import no_level
from dlcli.commands.kinds.pictures.picture import told_channels_first
from dlcli.commands.kinds.sounds.blocks import say_alone
from dlcli.commands.normalize.parameters import Parameters, of_file, typed
from dlcli.commands.normalize.record import RESPONSE, Response, Work
from dlcli.engines.base.checks import Array
from dlcli.engines.tensors.normalise import (
    EPS,
    RMS_EPS,
    Normalised,
    Sharing,
    local_response,
    normalise,
)
from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import AxisName, Reads, Real, Whole
from dlcli.runner.manual import Manual
from dlcli.runner.option import option
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Axis, Tensor, default_axes
from dlcli.words.axes import PICTURE
from dlcli.words.cell import axis_place

KINDS = ("batch", "layer", "group", "instance", "rms", RESPONSE)

#: Axes that count channels or features, and one that counts examples.
CHANNELS = ("channel", "feature", "unit", "kernel")
BATCH = "batch"

shared_option = partial(option, under="Which numbers share a mean")
learnt_option = partial(option, under="Gain and bias", excludes=f"--kind {RESPONSE}")
response_option = partial(option, under="Local response", needs=f"--kind {RESPONSE}")


@dataclass(frozen=True)
class Options:
    """The options of ``dlcli normalize``."""

    kind: str = shared_option(
        "--kind",
        click.Choice(KINDS),
        "layer",
        help="batch: all of one channel; instance: one channel of one example; layer: all features of one "
        "place (or what --axis says); group: some channels of one example; rms: as layer, without taking "
        "the mean away; local-response: no mean, but what is strong on the channels around.",
    )
    axis: tuple[str, ...] = shared_option(
        "--axis",
        AxisName(),
        many=True,
        excludes=("--kind group", f"--kind {RESPONSE}"),
        help="An axis along which the mean is taken, by its name or place; repeatable. [default: what the "
        "kind says; of layer and rms the last axis]",
    )
    channel: str | None = shared_option(
        "--channel",
        AxisName(),
        excludes=("--kind layer", "--kind rms"),
        help="The axis of the channels. [default: channel or feature by its name, else the last; a gray "
        "picture has none]",
    )
    groups: int | None = shared_option(
        "--groups",
        Whole(),
        needs="--kind group",
        help="Into how many groups the channels are cut, neighbours together. [default: 32, as in Keras]",
    )
    eps: float | None = shared_option(
        "--eps",
        Real("E", least=0),
        excludes=f"--kind {RESPONSE}",
        help="Added to the variance. [default: 1e-5 as PyTorch, 1e-6 of rms; with --weights what the model "
        "in the file says, or 1e-3 where the names are Keras']",
    )
    gain: str | None = learnt_option(
        "--gain",
        Reads("VECTOR"),
        help="gamma: one number, or one for each channel (of layer and rms: for each feature), as '1 0.5 "
        "2' or a file. [default: 1]",
    )
    bias: str | None = learnt_option("--bias", Reads("VECTOR"), help="beta, in the same way. [default: 0]")
    weights: str | None = option(
        "--weights",
        Reads("FILE"),
        under="Gain and bias",
        excludes=(f"--kind {RESPONSE}", "--gain", "--bias"),
        help="gamma and beta of a layer from .safetensors or .npz, with Keras' names or PyTorch's (weight, "
        "bias). Of batch, moving_mean and moving_variance (running_mean, running_var) take the place of "
        "the input's own.",
    )
    layer: str | None = option(
        "--layer",
        str,
        under="Gain and bias",
        needs="--weights",
        metavar="NAME",
        help="Which layer of the file, where it has several.",
    )
    training: bool = option(
        "--training",
        under="Gain and bias",
        needs="--weights",
        help="Mean and variance are those of the input, as in training, whatever the file has.",
    )
    size: int = response_option(
        "--size", Whole(), 5, help="How many channels are looked at, its own in the middle."
    )
    alpha: float = response_option(
        "--alpha",
        Real("A", least=0),
        1e-4,
        help="What the mean square of these channels counts: PyTorch divides it by the size, TensorFlow "
        "does not.",
    )
    beta: float = response_option("--beta", Real("B"), 0.75, help="The power of the divisor.")
    k: float = response_option(
        "--k", Real("K", above=0), 1.0, help="What the divisor is without any response."
    )


#: The headings of its stories.
SECTIONS = (
    "Input", "Formula", "From training", "Share a …", "Shares a mean with", "Statistics", "Arithmetic",
    "Channels", "Normalized", "Numbers", "Notice", "Conventions", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "normalized": "The numbers after it, in the shape of the input.",
        "mean": "The mean of each set of numbers that share one; 0 of rms.",
        "deviation": "√variance of each set, without eps; of rms its root mean square.",
    },
    formulas={
        "n": "(x − mean) / √(variance + eps)",
        "y": "gain · n + bias   (gamma · n + beta)",
        "variance": "the mean of (x − mean)² over the numbers that share it",
        "n (rms)": "x / √(mean of x² + eps)",
        "y[c] (local-response)": "x[c] / (k + alpha / size · Σ x[c']²)^beta   over size channels around c",
    },
    explains="normalized",
    examples=(
        "dlcli normalize '1 2 6; 4 4 10'",
        "dlcli normalize '1 2 6; 4 4 10' --kind batch --gain '1 2 0.5' --bias '0 0 3' --explain 1,2",
        "dlcli normalize sample:cat --kind instance",
        "dlcli normalize sample:cat --kind group --groups 1 --emit deviation -f csv",
        "dlcli conv sample:cat -k sobel-x -k sobel-y -k box:3 | dlcli normalize --kind local-response "
        "--size 3",
        "dlcli normalize '3 4; 6 8' --kind rms -f csv",
    ),
    sections=SECTIONS,
)


@subcommand("normalize", MANUAL, Options)
def command(run: Run, options: Options) -> Worker:
    """Give numbers mean 0 and variance 1, and see which of them share a mean.

    Batch, layer, group and instance normalisation have one formula and differ in which numbers they take one
    mean of: axis by axis the story says so. A picture is a batch of one. Numbers in rows and columns are
    examples and their features; an axis called batch, or the first of four, counts examples. INPUT is a
    file, - for standard input, sample:NAME, or a literal such as '1 2 6; 4 4 10'.

    The variance is divided by the number of cells, as in every framework. In PyTorch the kinds are called
    LayerNorm, BatchNorm (in training, or with the running statistics of --weights), GroupNorm, InstanceNorm,
    RMSNorm and LocalResponseNorm.
    """
    learnt = typed(options.gain, options.bias, run)
    if options.weights:
        learnt = of_file(options.weights, options.layer, run)
    return partial(normalized, options=options, learnt=learnt, run=run)


def normalized(x: Tensor, *, options: Options, learnt: Parameters, run: Run) -> Result:
    """One tensor, its axes kept."""
    if not x.data.ndim or not x.data.size:
        raise DlcliError(
            f"normalize wants at least one axis, and none of them empty; received {x.describe()}"
        )
    kind = options.kind
    channel = axis_place(options.channel, x, "--channel") if options.channel else _channel(x)
    batch = _batch(x, channel)
    if options.channel is None and kind not in ("layer", "rms") and not options.axis:
        each = Tensor(x.data[0], name=x.name) if x.axes == default_axes(4) else x
        told_channels_first(each, run, "normalize takes", f"say --channel {x.data.ndim - 3}")
    if kind == RESPONSE:
        return _response(x, channel, options, run)
    sharing = _sharing(x, channel, batch, options)
    along = _along(x, sharing, channel, kind)
    gain, bias = (
        _broadcast(one, x, along, name) for one, name in ((learnt.gain, "gain"), (learnt.bias, "bias"))
    )
    moving = None
    if learnt.mean is not None and learnt.variance is not None and not options.training:
        if kind != "batch" or options.axis:
            run.warn(f"the moving statistics of {options.weights} are left out: --kind batch alone has such")
        else:
            kept = [_broadcast(one, x, along, "moving statistics") for one in (learnt.mean, learnt.variance)]
            mean, variance = (np.asarray(one).reshape(sharing.stat_shape) for one in kept)
            moving = mean, variance
    eps = _eps(kind, learnt, options, run)
    made = normalise(
        x.data, sharing, eps=eps, gain=gain, bias=bias, moving=moving, centred=kind != "rms"
    )  # fmt: skip
    if moving is None:
        say_alone(x, sharing.axes, run, "normalize")
    mixes = moving is None and not {0, 1}.isdisjoint(sharing.axes)
    output = Tensor(made.output, x.axes, "normalized", no_level(x, "normalized"))
    work = Work(
        x,
        output,
        kind,
        made,
        None,
        channel,
        batch,
        gain,
        bias,
        str(options.weights) if moving else "",
        bool(options.axis),
        run.line,
    )
    outputs = {
        "normalized": lambda: output,
        "mean": lambda: _statistic(x, made, made.mean, "mean"),
        "deviation": lambda: _statistic(x, made, made.deviation, "deviation"),
    }
    return Result(outputs, work, in_place=not mixes)


def _eps(kind: str, learnt: Parameters, options: Options, run: Run) -> float:
    """What is added to the variance: as typed, as the file of weights has it, or the usual."""
    if options.eps is not None:
        return options.eps
    if kind == "rms":
        return RMS_EPS
    if learnt.eps is None:
        return EPS
    run.warn(learnt.why)
    return learnt.eps


def _response(x: Tensor, channel: int | None, options: Options, run: Run) -> Result:
    """Local response normalisation along the channels."""
    if run.emit in ("mean", "deviation"):
        raise WrongUsage(f"--emit {run.emit}: --kind {RESPONSE} takes no mean; leave --emit out")
    if channel is None:
        raise DlcliError(
            f"--kind {RESPONSE} looks across channels, and there are none; received {x.describe()}; try "
            "--channel"
        )
    say_alone(x, [channel], run, "normalize")
    response = Response(channel, options.size, options.alpha, options.beta, options.k)
    y = local_response(
        x.data, channel, size=options.size, alpha=options.alpha, beta=options.beta, k=options.k
    )
    output = Tensor(y, x.axes, "normalized", no_level(x, "normalized"))
    work = Work(x, output, RESPONSE, None, response, channel, None, None, None, "", False, run.line)
    return Result({"normalized": lambda: output}, work, in_place=channel > 1)


def _channel(x: Tensor) -> int | None:
    """The axis that counts channels or features: by its name, or the last; a gray picture has none."""
    named = [place for place, name in enumerate(x.axis_names) if name in CHANNELS]
    if named:
        return named[-1]
    if {*x.axis_names[-2:]} == {*PICTURE}:
        return None
    return x.data.ndim - 1


def _batch(x: Tensor, channel: int | None) -> int | None:
    """The axis that counts examples: by its name, the rows of a matrix, or the first of four."""
    if BATCH in x.axis_names:
        return x.axis_names.index(BATCH)
    others = [axis for axis in range(x.data.ndim) if axis != channel]
    if channel is not None and (x.data.ndim == 2 or x.data.ndim > 3):
        return others[0]
    return None


def _sharing(x: Tensor, channel: int | None, batch: int | None, options: Options) -> Sharing:
    """Which numbers share a mean."""
    kind = options.kind
    if options.axis:
        axes = sorted({axis_place(word, x) for word in options.axis})
        return Sharing(x.shape, tuple(axes))
    if kind in ("layer", "rms"):
        return Sharing(x.shape, (x.data.ndim - 1,))
    if kind == "batch":
        axes = [axis for axis in range(x.data.ndim) if axis != channel]
        if not axes:
            raise DlcliError(
                "--kind batch takes a mean over examples or places, and there is one number for each "
                f"channel; received {x.describe()}; try --kind layer"
            )
        return Sharing(x.shape, tuple(axes))
    places = tuple(axis for axis in range(x.data.ndim) if axis not in (channel, batch))
    if kind == "instance":
        if not places:
            raise DlcliError(
                "--kind instance takes a mean over the places of one channel, and each has one number; "
                f"received {x.describe()}; try --kind layer, or --axis"
            )
        return Sharing(x.shape, places)
    if channel is None:
        raise DlcliError(
            f"--kind group cuts channels into groups, and there are none; received {x.describe()}; try "
            "--channel"
        )
    return Sharing(x.shape, places, channel, 32 if options.groups is None else options.groups)


def _along(x: Tensor, sharing: Sharing, channel: int | None, kind: str) -> tuple[int, ...]:
    """The axes of gamma and beta: those of the mean in layer and rms normalisation, else the channels'."""
    if kind in ("layer", "rms"):
        return sharing.axes
    return () if channel is None else (channel,)


def _broadcast(vector: Array | None, x: Tensor, along: tuple[int, ...], name: str) -> Array | None:
    """A vector where it is multiplied with the numbers; a single number goes for all."""
    if vector is None:
        return None
    shape = tuple(length if axis in along else 1 for axis, length in enumerate(x.shape))
    if vector.size == 1:
        return np.broadcast_to(vector.reshape((1,) * x.data.ndim), shape)
    if vector.size != np.prod(shape):
        names = " · ".join(x.axis_names[axis] for axis in along) or "nothing"
        raise DlcliError(
            f"the {name} has one number for all, or one for each of {int(np.prod(shape))} ({names}); "
            f"received {vector.size}"
        )
    return vector.reshape(shape)


def _statistic(x: Tensor, made: Normalised, values: Array, name: str) -> Tensor:
    """A number for each set, on the axes that tell the sets apart."""
    sharing = made.sharing
    kept = [axis for axis in range(x.data.ndim) if axis not in sharing.axes]
    axes = []
    for axis in kept:
        grouped = axis == sharing.group_axis and sharing.groups != x.shape[axis]
        axes.append(Axis("group") if grouped else x.axes[axis])
    data = values.reshape([values.shape[axis] for axis in kept]).astype(made.output.dtype)
    return Tensor(data, tuple(axes), name, no_level(x, name))
