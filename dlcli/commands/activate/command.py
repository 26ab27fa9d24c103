"""``dlcli activate``: an activation function on every number, and its derivative."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import click

from dlcli.commands.activate.record import Work
from dlcli.commands.kinds.activation import NAMES, ActivationWord
from dlcli.commands.kinds.level import no_level
from dlcli.engines.base.checks import EngineError, compute_dtype
from dlcli.engines.tensors.activations import ACTIVATIONS, Activation, activation
from dlcli.errors import DlcliError
from dlcli.runner.command import command as subcommand
from dlcli.runner.manual import Manual
from dlcli.runner.option import argument, option
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor
from dlcli.words.line import Line

#: The headings of its stories.
SECTIONS = (
    "Input", *(name.capitalize() for name in ACTIVATIONS), "Curve", "Arithmetic", "Activated", "Derivative",
    "Effect", "Notice", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "activated": "f(x) of every number.",
        "derivative": "f′(x) of every number: what of a gradient passes. The default with --derivative.",
    },
    formulas={name: f"{one.formula};  f′ = {one.derivative_formula}" for name, one in ACTIVATIONS.items()},
    examples=(
        "dlcli activate relu '1 -2; 0 3'",
        "dlcli activate sigmoid '1 -2; 0 3' --explain 0,1",
        "dlcli conv sample:cat --kernel sobel-x | dlcli activate relu",
        "dlcli activate tanh ' -3 -2 -1 0 1 2 3' --derivative -f csv",
        "dlcli activate leaky-relu:0.3 '1 -2; 0 3' --explain 0,1",
        "dlcli activate gelu sample:lines -o gelu.npy",
    ),
    sections=SECTIONS,
)


class FunctionName(ActivationWord):
    """The name of the function that stands before the inputs."""

    def __init__(self) -> None:
        super().__init__(f"{NAMES} stand before the input")

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """What can stand where nothing does."""
        return f"Name one of {NAMES}."


@dataclass(frozen=True)
class Options:
    """What ``dlcli activate`` takes before its inputs."""

    function: str = argument(FunctionName(), metavar="FUNCTION")
    derivative: bool = option(
        "--derivative", under="Activation", help="Write the derivative f′(x), unless --emit says otherwise."
    )


@subcommand("activate", MANUAL, Options)
def command(run: Run, options: Options) -> Worker:
    """Apply an activation function to every number, and see what of a gradient would pass.

    FUNCTION is linear, relu, leaky-relu, prelu, sigmoid, hard-sigmoid, tanh, hard-tanh, elu, selu, gelu, silu
    or softplus. Behind a colon, as in leaky-relu:0.3, stands the slope of leaky-relu (0.01 as in PyTorch;
    Keras' layer has 0.3, its function 0.2), prelu (0.25) and hard-sigmoid (1/6; Keras 2 and ONNX have 0.2),
    and the factor of elu (1). P and p are the cumulative probability and the density of a standard normal
    number. INPUT is a file, - for standard input, sample:NAME, or a literal such as '1 -2; 0 3'.
    """
    derivative = options.derivative
    if run.emit is not None:  # it is the result then, and what the story is about
        derivative = run.emit == "derivative"
    return partial(activated, function=activation(options.function), derivative=derivative, line=run.line)


def activated(x: Tensor, *, function: Activation, derivative: bool, line: Line) -> Result:
    """One tensor through the function, its axes kept."""
    if not x.data.size:
        raise DlcliError(f"activate wants at least one number; received {x.describe()}")
    dtype = compute_dtype(x.data)
    if dtype.kind == "c":
        raise EngineError(
            f"{function.name} is not defined for complex numbers; received {x.data.dtype}; "
            "try their sizes or real parts"
        )
    output = Tensor(
        function.function(x.data.astype(dtype, copy=False)), x.axes, "activated", no_level(x, "activated")
    )
    work = Work(x, output, function, derivative, line)
    outputs = {"activated": lambda: output, "derivative": lambda: work.slope}
    return Result(dict(reversed(outputs.items())) if derivative else outputs, work, in_place=True)
