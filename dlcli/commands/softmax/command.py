"""``dlcli softmax``: scores along an axis become probabilities."""

from __future__ import annotations

from dataclasses import dataclass

from dlcli.commands.kinds.level import no_level
from dlcli.commands.kinds.sounds.blocks import say_alone
from dlcli.commands.softmax.record import Work
from dlcli.engines.tensors.softmax import log_softmax, softmax, softmax_terms
from dlcli.errors import DlcliError
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import AxisName, Real
from dlcli.runner.manual import Manual
from dlcli.runner.option import option
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor
from dlcli.words.cell import axis_place
from dlcli.words.line import Line

#: The headings of its stories.
SECTIONS = (
    "Input", "Exponential", "Log-softmax", "Softmax", "Arithmetic", "Largest", "Logarithm", "Share",
    "Evenness", "Exponentials", "Log-probabilities", "Probabilities", "Notice", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "probabilities": "From 0 to 1, adding up to 1 along the axis.",
        "log-probabilities": "Their natural logarithms, exact where a probability is too small for a float.",
        "exponentials": "exp((x − max) / T): the numerators, from 0 to 1.",
    },
    formulas={
        "p[i]": "exp((x[i] − max) / T) / Σ exp((x[j] − max) / T)  over j along the axis",
        "log p[i]": "(x[i] − max) / T − log Σ exp((x[j] − max) / T)",
        "entropy": "−Σ p[i] · log2 p[i]  in bits",
    },
    explains="probabilities, or of what --emit asks for",
    examples=(
        "dlcli softmax '2 1 0.1'",
        "dlcli softmax '2 1 0.1' --temperature 3 --explain 0,1",
        "dlcli softmax '1000 1001; 3 3; 0 -inf' --axis column",
        "dlcli conv sample:lines -k line:0 -k line:45 -k line:90 | dlcli softmax --temperature 100",
        "dlcli softmax '2 1 0.1' --emit log-probabilities -f csv",
    ),
    sections=SECTIONS,
)


@dataclass(frozen=True)
class Options:
    """The options of ``dlcli softmax``."""

    axis: str = option(
        "--axis",
        AxisName(),
        "-1",
        under="Softmax",
        help="The axis along which probabilities add up to 1, by name (channel) or place (0, -1).",
    )
    temperature: float = option(
        "--temperature",
        Real("T", above=0),
        1.0,
        under="Softmax",
        help="Scores are divided by it: above 1 the probabilities are more even, below 1 sharper.",
    )


@subcommand("softmax", MANUAL, Options)
def command(run: Run, options: Options) -> Worker:
    """Turn scores into probabilities: all positive, larger for larger scores, adding up to 1 along an axis.

    A score of -inf gets probability 0, as a mask wants it. INPUT is a file, - for standard input,
    sample:NAME, or a literal such as '2 1 0.1'.
    """

    def work(x: Tensor) -> Result:
        result = turned(x, options=options, line=run.line)
        say_alone(x, [result.work.axis], run, "softmax")
        return result

    return work


def turned(x: Tensor, *, options: Options, line: Line) -> Result:
    """The probabilities of one tensor, its axes kept."""
    if not x.data.ndim or not x.data.size:
        raise DlcliError(f"softmax wants at least one axis, and none of them empty; received {x.describe()}")
    place = axis_place(options.axis, x)
    temperature = options.temperature
    output = Tensor(
        softmax(x.data, place, temperature), x.axes, "probabilities", no_level(x, "probabilities")
    )

    def logarithms() -> Tensor:
        return Tensor(
            log_softmax(x.data, place, temperature),
            x.axes,
            "log-probabilities",
            no_level(x, "log-probabilities"),
        )

    def exponentials() -> Tensor:
        terms = softmax_terms(x.data, place, temperature)
        return Tensor(terms.exponentials, x.axes, "exponentials", no_level(x, "exponentials"))

    outputs = {
        "probabilities": lambda: output,
        "log-probabilities": logarithms,
        "exponentials": exponentials,
    }
    return Result(outputs, Work(x, output, place, temperature, line))
