"""``dlcli conv``: slide kernels over a picture, a feature map or a table of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import click
import numpy as np

from dlcli.commands.conv.kernels import Bank, Kernel, bank_of, kernel_bank, weight_bank
from dlcli.commands.kinds.kernel import KernelWord
from dlcli.commands.kinds.sliding import slid
from dlcli.engines.base.checks import Array, EngineError, compute_dtype
from dlcli.engines.base.padding import PAD_MODES, Geometry, geometry
from dlcli.engines.convolution.conv2d import conv2d, plan
from dlcli.engines.convolution.kernels import KERNELS
from dlcli.engines.convolution.terms import CellTerms, conv_terms
from dlcli.engines.tensors.activations import ACTIVATIONS
from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import Padding, Pair
from dlcli.runner.line import was_typed
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Axis, Tensor

#: Red, green and blue to one gray: ITU-R BT.601, as Pillow and OpenCV do.
LUMA = {"red": 0.299, "green": 0.587, "blue": 0.114}


@dataclass(frozen=True)
class Settings:
    """How the kernels slide, the same for every input."""

    stride: tuple[int, int]
    padding: str | int
    pad_mode: str
    dilation: tuple[int, int]
    activation: str
    channels: str
    flip: bool

    @property
    def sliding(self) -> dict[str, Any]:
        """What ``conv2d`` and ``geometry`` take."""
        return {
            "stride": self.stride,
            "padding": self.padding,
            "pad_mode": self.pad_mode,
            "dilation": self.dilation,
        }


@dataclass(frozen=True)
class Work:
    """What the view tells the story from: see ``dlcli.commands.conv.protocol.Work``."""

    input: Tensor
    output: Tensor
    kernels: tuple[Kernel, ...]
    bias: Array
    geometry: Geometry
    settings: Settings
    method: str
    seen: Array  # (height, width, channel) as the engine saw it
    weights: Array  # (kernel_height, kernel_width, channel, output channel), flipped when asked for
    seed: int | None  # what random kernels were drawn by; none when none is random

    @property
    def padding(self) -> str:
        return str(self.settings.padding)

    @property
    def activation(self) -> str:
        return self.settings.activation

    @property
    def channels(self) -> str | None:
        return self.settings.channels if self.input.data.ndim == 3 else None

    @property
    def flip(self) -> bool:
        return self.settings.flip

    @property
    def added(self) -> int:
        """How many channels the same weights are laid on, and added up."""
        alike = self.channels != "keep" and self.kernels[0].array.shape[2] == 1
        return int(self.seen.shape[2]) if alike else 1

    def activated(self, value: float) -> float:
        """What the activation makes of one number."""
        return float(ACTIVATIONS[self.activation].function(np.array(value))[()])

    def terms(self, cell: tuple[int, ...]) -> CellTerms:
        """The products behind one output cell."""
        out = cell[2] if len(cell) == 3 else 0
        seen, weights = self.seen, self.weights[..., out]
        if self.channels == "keep":
            place = slice(out // len(self.kernels), out // len(self.kernels) + 1)
            seen, weights = seen[..., place], self.weights[..., out]
        return conv_terms(seen, weights, self.bias[out].item(), self.geometry, (cell[0], cell[1]))


MANUAL = Manual(
    emits={"feature-map": "How strongly each kernel answers at each place: (height, width[, channel])."},
    formulas={
        "y[i, j, o]": "b[o] + Σ x[i·s + r·d, j·s + c·d, k] · w[r, c, k, o]  over r, c, k",
        "height": "⌊(n + before + after − ((kernel − 1)·d + 1)) / s⌋ + 1",
    },
    groups={
        "Kernels": ("kernels", "biases", "weights", "flip", "channels"),
        "Sliding": ("stride", "padding", "pad_mode", "dilation", "activation"),
    },
    tables={"Kernels by name": {recipe.usage(name): recipe.summary for name, recipe in KERNELS.items()}},
    examples=(
        "dlcli conv sample:cat --kernel diag",
        "dlcli conv sample:exercise --kernel '0.9 1.1; -2.8 0.8' --bias 0.15 --explain 0,0",
        "dlcli conv sample:cat -k sobel-x -k sobel-y --channels gray --padding same -o edges.npy",
        "dlcli conv '1 2 3; 4 5 6; 7 8 9' --kernel box:2 -f csv",
    ),
)


@subcommand("conv", MANUAL)
@click.option(
    "-k",
    "--kernel",
    "kernels",
    type=KernelWord(),
    multiple=True,
    metavar="KERNEL",
    help="A kernel's name (diag, box:5, gabor:45), a literal such as '0 1; 1 0', or a file. "
    "Repeatable: one output channel each.",
)
@click.option(
    "--bias",
    "biases",
    type=float,
    multiple=True,
    metavar="B",
    help="Added to every answer of a kernel: one for all, or one each. [default: 0]",
)
@click.option(
    "--stride", type=Pair(), default="1", show_default=True, help="Rows and columns from window to window."
)
@click.option(
    "--padding",
    type=Padding(),
    default="valid",
    show_default=True,
    help="valid: none; same: output as large as the input (divided by the stride); full: every overlap; "
    "N: that many rows and columns on each side.",
)
@click.option(
    "--pad-mode",
    type=click.Choice(tuple(PAD_MODES)),
    default="zeros",
    show_default=True,
    help="What stands in the padding. reflect (also mirror): c b|a b c|b a; symmetric: b a|a b c|c b; "
    "edge: a a|a b c|c c; wrap: b c|a b c|a b.",
)
@click.option(
    "--dilation", type=Pair(), default="1", show_default=True, help="Rows and columns from weight to weight."
)
@click.option(
    "--activation",
    type=click.Choice(tuple(ACTIVATIONS)),
    default="linear",
    show_default=True,
    help="Applied to every answer.",
)
@click.option(
    "--channels",
    type=click.Choice(("sum", "keep", "gray")),
    default="sum",
    show_default=True,
    help="A picture's channels: added up as a Conv2D layer does, filtered each by itself, or turned gray "
    "first.",
)
@click.option("--flip", is_flag=True, help="Turn the kernels by 180°: convolution in the sense of the books.")
@click.option(
    "--weights",
    metavar="FILE",
    help="A layer's kernels and biases from .safetensors or .npz, with Keras' names (kernel, bias) or "
    "PyTorch's (weight, bias).",
)
def command(
    run: Run,
    *,
    kernels: tuple[str, ...],
    biases: tuple[float, ...],
    weights: str | None,
    **settings: Any,
) -> Worker:
    """Slide kernels over a picture, a feature map or a table, and see where they answer.

    Each output cell is the sum of the products of a kernel's weights with the cells beneath it, plus a bias:
    a correlation, which is what every framework calls convolution. INPUT is a file, - for standard input,
    sample:NAME, or a literal such as '23 255 40; 21 34 200'.
    """
    if was_typed("pad_mode") and settings["pad_mode"] != "zeros" and settings["padding"] in ("valid", 0):
        raise WrongUsage(
            f"--pad-mode {settings['pad_mode']} is about padding, and there is none; add --padding same, "
            "full or N, or leave --pad-mode out"
        )
    bank = weight_bank(weights, kernels, biases, run) if weights else kernel_bank(kernels, biases, run)
    return partial(convolve, bank=bank, settings=Settings(**settings), run=run)


def convolve(x: Tensor, *, bank: Bank, settings: Settings, run: Run) -> Result:
    """One input through all the kernels."""
    if x.data.ndim not in (2, 3) or 0 in x.shape:
        raise DlcliError(
            f"conv wants a picture or a matrix: 2 or 3 axes (height, width[, channel]), none of them empty; "
            f"received {x.describe()}"
        )
    seen, names = _channels(x, bank, settings.channels, run)  # (H, W, C)
    keep = settings.channels == "keep" and x.data.ndim == 3
    weights, bias, groups = bank_of(bank, seen.shape[2], keep=keep)
    if settings.flip:
        weights = weights[::-1, ::-1]
    where = geometry(seen.shape[:2], weights.shape[:2], **settings.sliding)
    dtype = compute_dtype(seen, weights)
    method = plan((1, *seen.shape), weights, groups=groups, dtype=dtype, **settings.sliding)
    y = conv2d(seen[None], weights, bias, groups=groups, **settings.sliding)[0]  # (OH, OW, K)
    if settings.activation != "linear":
        if y.dtype.kind == "c":
            raise EngineError(
                f"{settings.activation} is not defined for complex numbers; leave --activation linear"
            )
        y = ACTIVATIONS[settings.activation].function(y)
    axes = [slid(axis, where, i) for i, axis in enumerate(x.axes[:2])]
    if y.shape[2] == 1 and not bank.layer and (groups == 1 or x.data.ndim == 2):
        y = y[..., 0]
    else:
        labels = tuple(
            name if len(bank.kernels) == 1 and groups > 1 else f"{name} {kernel.name}".strip()
            for name in (names if groups > 1 else ("",))
            for kernel in bank.kernels
        )
        axes.append(Axis(x.axes[2].name if x.data.ndim == 3 else "channel", labels=labels))
    output = Tensor(y, tuple(axes), "feature map", x.attrs)
    work = Work(x, output, bank.kernels, bias, where, settings, method.why, seen, weights, bank.seed)
    return Result({"feature-map": lambda: output}, work)


def _channels(x: Tensor, bank: Bank, mode: str, run: Run) -> tuple[Array, tuple[str, ...]]:
    """The input as (height, width, channel) and the names of its channels, alpha and colours dealt with."""
    if x.data.ndim == 2:
        if mode != "sum":
            run.warn(f"--channels {mode} changes nothing: the input has no channels")
        return x.data[..., None], ("",)
    axis = x.axes[2]
    names = tuple(axis.place(i) for i in range(x.shape[2]))
    data = x.data
    if names[-1:] == ("alpha",) and mode != "keep" and bank.depth in (1, len(names) - 1):
        run.warn("the alpha channel is left out (transparency is no colour); --channels keep filters it too")
        data, names = data[..., :-1], names[:-1]
    if mode != "gray":
        return data, names
    if bank.depth != 1:
        raise DlcliError(
            f"--channels gray leaves one channel, and the kernel has a depth of {bank.depth}: "
            "use a kernel of depth 1, or --channels sum"
        )
    dtype = compute_dtype(data, data)
    if set(names) == set(LUMA):
        mix = np.array([LUMA[name] for name in names], dtype)
    else:
        mix = np.full(len(names), 1 / len(names), dtype)
    return (data.astype(dtype, copy=False) @ mix)[..., None], ("gray",)
